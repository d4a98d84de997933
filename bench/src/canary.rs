//! How fast the machine is just now.

use std::thread;
use std::time::Instant;

use serde_json::{Value, json};
use toddle_lanes::{Isa, peak};

/// Runs on so many threads for some hundredths of a second: their multiply-adds, in GFLOP/s.
pub fn run(threads: usize) -> Value {
    let isa = Isa::detect();
    let begin = Instant::now();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| (0..ROUNDS).for_each(|_| peak::run::<f32>(isa)));
        }
    });
    let flops = threads * ROUNDS * peak::FLOPS;
    json!({ "gflops": flops as f64 / begin.elapsed().as_secs_f64() / 1e9 })
}

/// Some fifty milliseconds.
const ROUNDS: usize = 1500;
