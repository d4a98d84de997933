//! The post's networks: a step, and whole epochs beside NumPy's.

use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use serde::Serialize;
use serde_json::Value;
use toddle::{
    Conv2d, Dense, Engine, Flatten, Float, Isa, Jacobian, Loss, Machine, Mode, Network, NetworkSpec, Shape,
    Slices, Softmax, StepContext, Tanh, Update,
};

use crate::timing::{Timing, time};

/// Figures of one network.
#[derive(Debug, Serialize)]
pub struct Measure {
    convolutions: usize,
    number: &'static str,
    simd: &'static str,
    step_microseconds: f64,
    timing: Timing,
}

/// The post's best network trained and tested whole, by the `toddle` command and by NumPy in turn, one thread each.
#[derive(Debug, Serialize)]
pub struct Pair {
    commands: [String; 2],
    numpy: String,
    epochs: usize,
    toddle_seconds: Timing,
    numpy_seconds: Timing,
    /// NumPy's median over toddle's.
    ratio: f64,
}

/// Everything that [`run`] measures.
#[derive(Debug, Serialize)]
pub struct Measures {
    steps: Vec<Measure>,
    beside_numpy: Option<Pair>,
}

const STEPS: usize = 200;
const EPOCHS: usize = 25;
const REPEATS: usize = 3;

/// Times a step on one thread in every form that is not portable, and epochs beside NumPy where there is one.
pub fn run(python: Option<&Path>) -> Result<Measures, Box<dyn Error>> {
    let mut steps = Vec::new();
    println!("{:>12} {:>7} {:>8} {:>9}", "convolutions", "number", "simd", "µs a step");
    for isa in Isa::available().iter().copied().filter(|isa| isa.name() != "portable") {
        for convolutions in [2, 1] {
            steps.push(step::<f64>(convolutions, isa)?);
            steps.push(step::<f32>(convolutions, isa)?);
        }
    }
    Ok(Measures { steps, beside_numpy: python.map(beside_numpy).transpose()? })
}

fn network<T: Float>(convolutions: usize) -> Result<Network<T>, Box<dyn Error>> {
    let mut spec = NetworkSpec::new(Shape::image(1, 28, 28));
    for _ in 0..convolutions {
        spec = spec.add(Conv2d::new(1, 3)).add(Tanh);
    }
    let spec = spec.add(Flatten).add(Dense::new(100)).add(Tanh).add(Dense::new(10));
    Ok(spec.add(Softmax { jacobian: Jacobian::Diagonal, ..Softmax::default() }).build(0)?)
}

fn step<T: Float + From<f32>>(convolutions: usize, isa: Isa) -> Result<Measure, Box<dyn Error>> {
    let images = toddle_data::mnist().train()?.first(STEPS)?;
    let (x, y): (Vec<T>, Vec<T>) = (images.inputs(), images.one_hot());
    let mut network = network::<T>(convolutions)?;
    let mut engine = Engine::new(&network, network.plan(1, Mode::Descend, &Machine { isa, threads: 1 }));
    let step = StepContext { seed: 0, number: 0, loss: &Loss::MeanSquaredError };
    let timing = time(15, || {
        for (x, y) in x.chunks(784).zip(y.chunks(10)) {
            let batch = Slices { inputs: x, targets: y, samples: 1 };
            engine.step(&mut network, &batch, step, Update::Descend { rate: 0.1 }, &mut [T::ZERO]).unwrap();
        }
    });
    let step_microseconds = timing.median / STEPS as f64 * 1e6;
    println!("{convolutions:>12} {:>7} {:>8} {step_microseconds:>9.2}", T::NAME, isa.name());
    Ok(Measure { convolutions, number: T::NAME, simd: isa.name(), step_microseconds, timing })
}

fn beside_numpy(python: &Path) -> Result<Pair, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let built =
        Command::new("cargo").args(["build", "--release", "-p", "toddle-cli"]).current_dir(&root).status()?;
    if !built.success() {
        return Err("the toddle command does not build".into());
    }
    let out = std::env::temp_dir().join(format!("toddle-bench-{}", std::process::id()));
    let mut ours = Command::new(std::env::current_exe()?.with_file_name("toddle"));
    let epochs = EPOCHS.to_string();
    ours.args(["reproduce", "--only", "2-softmax", "--threads", "1", "--json", "--quiet"]);
    ours.args(["--epochs", &epochs, "--out"]).arg(&out);
    let mut theirs = Command::new(python);
    theirs.arg("crates/testkit/goldens/post.py").args([
        "train",
        "--convolutions",
        "2",
        "--output",
        "softmax",
        "--epochs",
        &epochs,
    ]);
    theirs.current_dir(&root).envs(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"].map(|name| (name, "1")));

    let (mut toddle_seconds, mut numpy_seconds) = (Vec::new(), Vec::new());
    for turn in 1..=REPEATS {
        let (seconds, result) = clock(&mut ours)?;
        let our_error = last_error(&result["runs"][0])?;
        toddle_seconds.push(seconds);
        let (seconds, result) = clock(&mut theirs)?;
        let their_error = last_error(&result)?;
        numpy_seconds.push(seconds);
        if (our_error - their_error).abs() > 1e-9 * their_error {
            return Err(format!(
                "the times mean nothing, the errors differ: {our_error}, NumPy {their_error}"
            )
            .into());
        }
        println!("turn {turn}: toddle {:.2} s, NumPy {seconds:.2} s", toddle_seconds[turn - 1]);
    }
    std::fs::remove_dir_all(&out)?;
    let (toddle_seconds, numpy_seconds) = (Timing::of(toddle_seconds), Timing::of(numpy_seconds));
    let ratio = numpy_seconds.median / toddle_seconds.median;
    println!("{EPOCHS} epochs and the test: {ratio:.1} times as fast as NumPy");
    let commands = [
        format!("toddle reproduce --only 2-softmax --threads 1 --json --quiet --epochs {epochs}"),
        format!("post.py train --convolutions 2 --output softmax --epochs {epochs}"),
    ];
    let versions = "import platform, numpy, scipy; print('Python', platform.python_version(), 'NumPy', numpy.__version__, 'SciPy', scipy.__version__)";
    let numpy = Command::new(python).args(["-c", versions]).output()?;
    let numpy = String::from_utf8_lossy(&numpy.stdout).trim().to_string();
    Ok(Pair { commands, numpy, epochs: EPOCHS, toddle_seconds, numpy_seconds, ratio })
}

/// How long a command takes, from start to end, and the JSON that it prints.
fn clock(command: &mut Command) -> Result<(f64, Value), Box<dyn Error>> {
    let start = Instant::now();
    let output = command.output()?;
    let seconds = start.elapsed().as_secs_f64();
    if !output.status.success() {
        return Err(format!("{command:?} failed:\n{}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok((seconds, serde_json::from_slice(&output.stdout)?))
}

/// The error of the last epoch.
fn last_error(run: &Value) -> Result<f64, Box<dyn Error>> {
    let error = run["errors"][EPOCHS - 1].as_f64();
    error.ok_or_else(|| "the run has no error for its last epoch".into())
}
