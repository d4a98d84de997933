//! Checks and times a program's steps as ../../../python/common.py does.

use std::time::Instant;

use serde_json::{Value, json};

use crate::{Error, Options, Work};

/// Prints a line of figures, and the most memory that the program has had.
pub fn report(mut line: Value) -> Result<(), Error> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no peak of memory")?;
    line["peak_mib"] = json!(peak.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0);
    println!("{line}");
    Ok(())
}

/// Checks or times a training: `step(first)` trains on the batch that begins there, `value(loss)` waits for its loss.
pub fn train<L>(
    options: &Options,
    mut step: impl FnMut(usize) -> Result<L, Error>,
    value: impl Fn(L) -> Result<f64, Error>,
) -> Result<(), Error> {
    let work = options.work;
    let mut firsts = (0..work.samples()).step_by(work.batch()).cycle();
    let mut step = || step(firsts.next().expect("batches come again"));
    if options.check {
        let losses = (0..work.checked_steps()).map(|_| value(step()?)).collect::<Result<Vec<_>, _>>()?;
        return report(json!({ "losses": losses }));
    }
    let run = |steps| {
        (1..steps).try_for_each(|_| step().map(drop))?;
        value(step()?)
    };
    let (seconds, loss) = pace(options.seconds, run)?;
    let (metric, value) = match work {
        Work::W1 => ("seconds_per_epoch", seconds * work.samples() as f64),
        _ => ("samples_per_second", work.batch() as f64 / seconds),
    };
    report(json!({ "metric": metric, "value": value, "loss": loss }))
}

/// Checks or times `predict(first, count)`, which gives the outputs of so many test images.
pub fn infer(
    options: &Options,
    mut predict: impl FnMut(usize, usize) -> Result<Vec<f32>, Error>,
) -> Result<(), Error> {
    if options.check {
        return report(json!({ "outputs": predict(0, 16)? }));
    }
    if options.work == Work::W6One {
        let mut times = Vec::new();
        for i in 0..2200 {
            let start = Instant::now();
            predict(i, 1)?;
            times.push(start.elapsed().as_secs_f64() * 1e6);
        }
        let times = &mut times[200..];
        times.sort_by(f64::total_cmp);
        report(json!({ "metric": "latency_us_median", "value": times[1000] }))?;
        return report(json!({ "metric": "latency_us_p99", "value": times[1980] }));
    }
    let mut firsts = (0..9984).step_by(256).cycle();
    let run = |batches| {
        for _ in 0..batches {
            predict(firsts.next().expect("batches come again"), 256)?;
        }
        Ok(0.0)
    };
    let (seconds, _) = pace(options.seconds, run)?;
    report(json!({ "metric": "samples_per_second", "value": 256.0 / seconds }))
}

/// Times a training until 99 % of the test images are right; the test is not timed.
pub fn reach_99<S>(
    mut state: S,
    mut step: impl FnMut(&mut S) -> Result<(), Error>,
    mut accuracy: impl FnMut(&mut S) -> f64,
) -> Result<(), Error> {
    let mut seconds = 0.0;
    for steps in (STEPS_TO_TEST..=MOST_STEPS).step_by(STEPS_TO_TEST) {
        let start = Instant::now();
        (0..STEPS_TO_TEST).try_for_each(|_| step(&mut state))?;
        seconds += start.elapsed().as_secs_f64();
        let accuracy = accuracy(&mut state);
        if accuracy >= 0.99 {
            return report(json!({
                "metric": "seconds_to_99", "value": seconds, "steps": steps, "accuracy": accuracy
            }));
        }
    }
    Err(format!("99 % were not reached in {MOST_STEPS} steps").into())
}

/// W7 looks at the test set four times an epoch.
const STEPS_TO_TEST: usize = 117;
const MOST_STEPS: usize = 20_000;

/// Seconds a step, over about so many seconds, and what the last run returned; `run(n)` makes `n` steps and waits for them.
fn pace(seconds: f64, mut run: impl FnMut(usize) -> Result<f64, Error>) -> Result<(f64, f64), Error> {
    run(1)?;
    run(1)?;
    let mut clock = |steps| {
        let start = Instant::now();
        let last = run(steps)?;
        Ok::<_, Error>((start.elapsed().as_secs_f64(), last))
    };
    let mut steps = 1;
    let mut took = clock(steps)?.0;
    while took < seconds / 4.0 {
        steps *= 2;
        took = clock(steps)?.0;
    }
    let steps = ((steps as f64 * seconds / took).round() as usize).max(1);
    let (took, last) = clock(steps)?;
    Ok((took / steps as f64, last))
}
