//! How far exp, ln, tanh and their kin are from the true values: every `f32`, and random `f64`.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use serde::Serialize;
use toddle_lanes::{Float, LANES};

#[path = "../../crates/lanes/tests/math/truth.rs"]
#[allow(dead_code, reason = "the tests of toddle-lanes use the rest")]
mod truth;

use truth::{Function, Worst, random_f64};

/// What one function does at worst.
#[derive(Debug, Serialize)]
pub struct Measure {
    function: &'static str,
    number: &'static str,
    /// How many arguments were tried.
    arguments: u64,
    /// The greatest distance from the true value, in units in the last place.
    ulps: f64,
    /// The argument where it is.
    at: f64,
    /// What the documentation allows.
    bound: f64,
    /// How often ±∞ or NaN was due and something else came.
    wrong_specials: u64,
}

/// Random `f64` for each function: a sixteenth of what there are of `f32`.
const DOUBLES: u64 = 1 << 28;

/// Measures every function at all 2³² `f32`, and at [`DOUBLES`] random `f64`.
pub fn run() -> Vec<Measure> {
    println!(
        "{:<9} {:>6} {:>11} {:>7} {:>24} {:>6} {:>14}",
        "function", "number", "arguments", "ulps", "at", "bound", "wrong specials"
    );
    let mut measures = Vec::new();
    for function in Function::ALL {
        measures.push(measure(function, 1 << 32, |n| f32::from_bits(n as u32)));
        measures.push(measure(function, DOUBLES, random_f64));
    }
    measures
}

/// The function at `argument(0..count)`, on all CPUs. `count` is a multiple of [`CHUNK`].
fn measure<T: Float>(function: Function, count: u64, argument: impl Fn(u64) -> T + Sync) -> Measure {
    let next = AtomicU64::new(0);
    let work = || {
        let mut worst = None;
        loop {
            let begin = next.fetch_add(CHUNK, Ordering::Relaxed);
            if begin >= count {
                return worst;
            }
            if begin.is_multiple_of(count / 16) {
                eprint!("\r{:<9} {:>6} {:>3} %\r", function.name(), T::NAME, 100 * begin / count);
            }
            let chunk = function.worst(&blocks(begin..begin + CHUNK, &argument));
            worst = Some(worst.map_or(chunk, |worst: Worst<T>| worst.and(chunk)));
        }
    };
    let workers = thread::available_parallelism().map_or(1, |n| n.get());
    let worst = thread::scope(|scope| {
        let threads = (0..workers).map(|_| scope.spawn(work)).collect::<Vec<_>>();
        let worsts = threads.into_iter().filter_map(|thread| thread.join().expect("a worker does not panic"));
        worsts.reduce(Worst::and).expect("there is a chunk")
    });

    let (ulps, at, bound) = (worst.ulps, worst.at.to_f64(), function.bound());
    let (name, specials) = (function.name(), worst.wrong_specials);
    println!("{name:<9} {:>6} {count:>11} {ulps:>7.4} {:>24} {bound:>6} {specials:>14}", T::NAME, worst.at);
    Measure { function: name, number: T::NAME, arguments: count, ulps, at, bound, wrong_specials: specials }
}

/// The arguments that a worker takes at a time.
const CHUNK: u64 = 1 << 14;

fn blocks<T>(numbers: Range<u64>, argument: impl Fn(u64) -> T) -> Vec<[T; LANES]> {
    let starts = numbers.step_by(LANES);
    starts.map(|start| std::array::from_fn(|lane| argument(start + lane as u64))).collect()
}
