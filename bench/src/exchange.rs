//! The answers of exported C and Rust beside toddle's own: one image through LeNet-5, on one thread.

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use peers_common::Work;
use serde::Serialize;
use tempfile::TempDir;
use toddle::{Engine, Machine, Mode};
use toddle_exchange::int8::Quantized;
use toddle_exchange::{c, rust};

use crate::timing::{Timing, calm};
use crate::work::networks;

/// The figures, in seconds an answer.
#[derive(Debug, Serialize)]
pub struct Measure {
    toddle: Timing,
    /// `gcc -O3 -march=native`.
    c: Timing,
    /// `gcc -O3`: each fused multiply-add is the call of a function.
    c_in_software: Timing,
    /// Integers of 8 bits, `gcc -O3 -march=native`.
    c_int8: Timing,
    /// Integers of 8 bits, `gcc -O3`.
    c_int8_portable: Timing,
    /// `rustc -O -C target-cpu=native`.
    rust: Timing,
    /// `rustc -O`: each fused multiply-add is computed with numbers of 64 bits.
    rust_in_software: Timing,
    /// The medians of the ratios to toddle.
    c_to_toddle: f64,
    c_in_software_to_toddle: f64,
    c_int8_to_toddle: f64,
    c_int8_portable_to_toddle: f64,
    rust_to_toddle: f64,
    rust_in_software_to_toddle: f64,
}

const REPEATS: usize = 15;

/// The answers that are timed together.
const ANSWERS: u32 = 500;

/// A program that times `ANSWERS` answers: for each line on its input, it writes the seconds of an answer.
const C_MAIN: &str = r#"
#include <stdio.h>
#include <time.h>
int lenet5_predict(const float *x, float *y);
int main(void) {
    static float x[784], y[10];
    for (int i = 0; i < 784; i++) {
        x[i] = (float)(i % 7) / 7.0f;
    }
    while (getchar() == '\n') {
        struct timespec begin, end;
        clock_gettime(CLOCK_MONOTONIC, &begin);
        for (int n = 0; n < ANSWERS; n++) {
            x[0] = y[0];
            lenet5_predict(x, y);
        }
        clock_gettime(CLOCK_MONOTONIC, &end);
        printf("%.12f\n", ((double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec)) / ANSWERS);
        fflush(stdout);
    }
    return 0;
}
"#;

const RUST_MAIN: &str = r#"
mod lenet5;
fn main() {
    let mut network = lenet5::Network::new();
    let mut x = core::array::from_fn(|i| (i % 7) as f32 / 7.0);
    let mut y = [0.0; lenet5::OUTPUTS];
    for _ in std::io::stdin().lines() {
        let begin = std::time::Instant::now();
        for _ in 0..ANSWERS {
            x[0] = y[0];
            network.predict(&x, &mut y);
        }
        println!("{:.12}", begin.elapsed().as_secs_f64() / f64::from(ANSWERS));
    }
}
"#;

/// Times all of them in turn.
pub fn run() -> Result<Measure, Box<dyn Error>> {
    let network = networks::spec(Work::W2, false, false).build::<f32>(0)?;
    let folder = TempDir::new()?;
    let folder = folder.path();
    fs::write(folder.join("lenet5.c"), c::encode(&network, "lenet5", &[])?.text)?;
    let samples: Vec<f32> = (0..4 * 784).map(|i| (i % 7) as f32 / 7.0).collect();
    let quantized = Quantized::new(&network, &samples)?;
    fs::write(folder.join("int8.c"), c::encode_int8(&quantized, "lenet5", &[])?.text)?;
    fs::write(folder.join("main.c"), C_MAIN)?;
    // The attribute is that of a whole crate.
    let text = rust::encode(&network, "lenet5", &[])?.text.replace("#![no_std]\n", "");
    fs::write(folder.join("lenet5.rs"), text)?;
    fs::write(folder.join("main.rs"), format!("{RUST_MAIN}\nconst ANSWERS: u32 = {ANSWERS};\n"))?;
    let c = format!("-std=gnu99 -ffp-contract=off -O3 -DANSWERS={ANSWERS} main.c");
    build(folder, "gcc", &format!("{c} lenet5.c -march=native -o of-c -lm"))?;
    build(folder, "gcc", &format!("{c} lenet5.c -o of-c-in-software -lm"))?;
    build(folder, "gcc", &format!("{c} int8.c -march=native -o of-c-int8 -lm"))?;
    build(folder, "gcc", &format!("{c} int8.c -o of-c-int8-portable -lm"))?;
    build(folder, "rustc", "--edition 2021 -O -C target-cpu=native -o of-rust main.rs")?;
    build(folder, "rustc", "--edition 2021 -O -o of-rust-in-software main.rs")?;
    let programs =
        ["of-c", "of-c-in-software", "of-c-int8", "of-c-int8-portable", "of-rust", "of-rust-in-software"];
    let mut others = Vec::new();
    for program in programs {
        others.push(Timed::start(&folder.join(program))?);
    }

    let mut engine = Engine::new(&network, network.plan(1, Mode::Infer, &Machine::detect()?.threads(1)));
    let mut x: Vec<f32> = (0..784).map(|i| (i % 7) as f32 / 7.0).collect();
    let mut y = [0.0; 10];
    let mut own = || {
        let begin = Instant::now();
        for _ in 0..ANSWERS {
            x[0] = y[0];
            engine.forward(&network, black_box(&x), &mut y);
        }
        begin.elapsed().as_secs_f64() / f64::from(ANSWERS)
    };
    own();
    let mut raw = [const { Vec::new() }; 7];
    for _ in 0..REPEATS {
        calm();
        raw[0].push(own());
        for (raw, other) in raw[1..].iter_mut().zip(&mut others) {
            raw.push(other.next()?);
        }
    }
    let [toddle, c, c_in_software, c_int8, c_int8_portable, rust, rust_in_software] = raw.map(Timing::of);
    let ratio = |timing: &Timing| timing.ratio_to(&toddle);
    let measure = Measure {
        c_to_toddle: ratio(&c),
        c_in_software_to_toddle: ratio(&c_in_software),
        c_int8_to_toddle: ratio(&c_int8),
        c_int8_portable_to_toddle: ratio(&c_int8_portable),
        rust_to_toddle: ratio(&rust),
        rust_in_software_to_toddle: ratio(&rust_in_software),
        toddle,
        c,
        c_in_software,
        c_int8,
        c_int8_portable,
        rust,
        rust_in_software,
    };
    println!("LeNet-5, one answer: toddle {:.1} µs", measure.toddle.median * 1e6);
    for (name, timing, ratio) in [
        ("C", &measure.c, measure.c_to_toddle),
        ("C without the instruction", &measure.c_in_software, measure.c_in_software_to_toddle),
        ("C with integers", &measure.c_int8, measure.c_int8_to_toddle),
        ("C with integers for any processor", &measure.c_int8_portable, measure.c_int8_portable_to_toddle),
        ("Rust", &measure.rust, measure.rust_to_toddle),
        ("Rust without the instruction", &measure.rust_in_software, measure.rust_in_software_to_toddle),
    ] {
        println!("{name} {:.1} µs, {ratio:.2} × toddle", timing.median * 1e6);
    }
    Ok(measure)
}

/// Runs a compiler in `folder`.
fn build(folder: &Path, compiler: &str, arguments: &str) -> Result<(), Box<dyn Error>> {
    let status = Command::new(compiler).args(arguments.split(' ')).current_dir(folder).status()?;
    if status.success() { Ok(()) } else { Err(format!("{compiler} failed: {status}").into()) }
}

/// A program that times answers.
struct Timed {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Timed {
    fn start(program: &Path) -> Result<Timed, Box<dyn Error>> {
        let mut child = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (to, from) = (child.stdin.take().ok_or("no pipe")?, child.stdout.take().ok_or("no pipe")?);
        let mut timed = Timed { child, to, from: BufReader::new(from) };
        // The first answers are not counted.
        timed.next()?;
        Ok(timed)
    }

    /// The seconds of an answer.
    fn next(&mut self) -> Result<f64, Box<dyn Error>> {
        self.to.write_all(b"\n")?;
        let mut line = String::new();
        self.from.read_line(&mut line)?;
        Ok(line.trim().parse()?)
    }
}

impl Drop for Timed {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
