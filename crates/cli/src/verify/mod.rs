//! `toddle verify`: a test of "same seed, same bits".

use std::path::PathBuf;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use sha2::{Digest, Sha256};
use toddle::Float;
use toddle::verify::{ways, ways_of_ranks};
use toddle_run::error::Error;
use toddle_run::precision::Precision;

use crate::ending::Ending;
use crate::output::print;
use crate::subject::Subject;

/// Train an experiment in many ways that must give the same bits, and compare the bits.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Options {
    /// The experiment, or a run's folder
    pub file: PathBuf,

    /// Replace a setting of the file, such as train.batch=32; may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,

    /// The number of steps to train, at most those of the experiment
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..), allow_negative_numbers = true)]
    pub steps: u64,

    /// Compare trainings over 1, 2, 3, 4 and 8 ranks instead. The ranks are threads of this process, so this needs no MPI
    #[arg(long)]
    pub ranks: bool,

    /// Print a JSON list with an object for each training instead of the lines
    #[arg(long)]
    pub json: bool,
}

const AFTER_HELP: &str = "\
It trains on 1, 2, 3 and 8 threads. With every instruction set of this CPU, it also trains with stops at 20 random steps; \
each time it resumes with another number of threads. The portable instruction set takes most of the time. A line begins \
with ✓ if the weights and the optimizer's state have the bits of the first training. It begins with ✗ if a bit differs, \
and then the exit code is 1.

With --ranks it trains over ranks as toddle train --mpi does, with one and with two threads each, and once with stops at 20 random \
steps, after each of which it resumes with another number of ranks.

Examples:
  toddle verify experiments/lenet5.toml --steps 50
  toddle verify experiments/lenet5.toml --steps 20 --ranks
  toddle verify experiments/xor.toml --json | jq -r '.[].weights' | uniq";

const BAR: &str = "{wide_bar} training {msg}  {elapsed}, {eta} to go";

/// The result of one training.
#[derive(Serialize)]
struct Line {
    way: String,
    /// SHA-256 of the weights and the layers' state, as little-endian bytes.
    weights: String,
    /// SHA-256 of the rest of the state of the training.
    optimizer: String,
    same: bool,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Ending, Error> {
    let subject = Subject::load(&options.file, &options.set)?;
    let lines = match subject.experiment.precision {
        Precision::F32 => lines::<f32>(&subject, options),
        Precision::F64 => lines::<f64>(&subject, options),
    }?;
    if options.json {
        print(&(serde_json::to_string_pretty(&lines).expect("texts are JSON") + "\n"))?;
    }
    Ok(if lines.iter().all(|line| line.same) { Ending::Complete } else { Ending::Wrong })
}

fn lines<T: Float + From<f32>>(subject: &Subject, options: &Options) -> Result<Vec<Line>, Error> {
    let seed = subject.experiment.seed;
    subject.look::<T, _>(|network, fit, samples| {
        let mut lines: Vec<Line> = Vec::new();
        let of_training = fit.steps_per_epoch(samples.count()).saturating_mul(fit.epochs as u64);
        let steps = options.steps.min(of_training);
        let ways = if options.ranks { ways_of_ranks } else { ways }(steps, u64::from(seed));
        if !options.json {
            let how = if options.ranks { "; the ranks are threads of this process" } else { "" };
            let plural = if steps == 1 { "" } else { "s" };
            print(&format!("{steps} step{plural} in {} ways{how}\n", ways.len()))?;
        }
        // It is seen on a terminal only.
        let bar = ProgressBar::new(ways.len() as u64 * steps);
        bar.set_style(
            ProgressStyle::with_template(BAR).expect("the template is well formed").progress_chars("━╸ "),
        );
        for way in &ways {
            bar.set_message(format!("{} of {}", lines.len() + 1, ways.len()));
            let trained = way.train::<T>(network.spec(), seed, fit, samples, steps, || bar.inc(1))?;
            let (weights, optimizer) = (sha256(&trained.weights), sha256(&trained.optimizer));
            let same = lines
                .first()
                .is_none_or(|first| (&first.weights, &first.optimizer) == (&weights, &optimizer));
            let line = Line { way: way.to_string(), weights, optimizer, same };
            if !options.json {
                bar.suspend(|| print(&line.text()))?;
            }
            lines.push(line);
        }
        bar.finish_and_clear();
        Ok(lines)
    })
}

impl Line {
    fn text(&self) -> String {
        let Line { way, weights, optimizer, same } = self;
        let mark = if *same { '✓' } else { '✗' };
        format!("{mark} {way}\n    weights   {weights}\n    optimizer {optimizer}\n")
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
