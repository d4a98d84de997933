//! `toddle check`: finds mistakes in an experiment before a long training.

use std::path::PathBuf;

use clap::Args;
use toddle::Float;
use toddle::check::{self, Finding, Report, Verdict};
use toddle_run::error::Error;
use toddle_run::precision::Precision;

use crate::ending::Ending;
use crate::output::print;
use crate::subject::Subject;

/// Look for mistakes in an experiment: in its data, loss, gradients and units.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Options {
    /// The experiment, or a run's folder
    pub file: PathBuf,

    /// Replace a setting of the file, such as train.batch=32; may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,

    /// Print one JSON object instead of the list
    #[arg(long)]
    pub json: bool,
}

const AFTER_HELP: &str = "\
A line begins with ✓ if all is well, with ! if something works but is probably not meant, and with ✗ if training cannot \
work. The exit code is 1 if a line begins with ✗. No file is written.

Examples:
  toddle check experiments/lenet5.toml
  toddle check experiments/lenet5.toml --set train.optimizer.rate=10";

/// Runs the command.
pub fn run(options: &Options) -> Result<Ending, Error> {
    let subject = Subject::load(&options.file, &options.set)?;
    let mut report = match subject.experiment.precision {
        Precision::F32 => report::<f32>(&subject),
        Precision::F64 => report::<f64>(&subject),
    }?;
    report.findings.splice(
        0..0,
        subject.warnings().iter().map(|warning| Finding {
            verdict: Verdict::Doubtful,
            subject: "samples",
            node: None,
            kind: None,
            message: warning.clone(),
            remedy: None,
        }),
    );
    print(&if options.json { json(&report) } else { report.to_string() })?;
    Ok(if report.is_good() { Ending::Complete } else { Ending::Wrong })
}

fn report<T: Float + From<f32>>(subject: &Subject) -> Result<Report, Error> {
    subject.look::<T, _>(|network, fit, samples| {
        Ok(check::training(network, fit, samples, subject.validation())?)
    })
}

fn json(report: &Report) -> String {
    serde_json::to_string_pretty(report).expect("texts are JSON") + "\n"
}
