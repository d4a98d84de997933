//! `toddle train`: an experiment, from its file to a run's folder.
//!
//! | file | idea |
//! |---|---|
//! | `options.rs` | what the command can be told |
//! | `session.rs` | the training, step by step, and what it leaves |
//! | `samples.rs` | samples that look different in every epoch |
//! | `progress.rs` | what is seen meanwhile |
//! | `outcome.rs` | what came of it |

mod options;
mod outcome;
mod progress;
mod samples;
mod session;

pub use options::Options;
pub use samples::Augmented;

use std::path::Path;

use toddle::Machine;

use crate::data::told;
use crate::ending::Ending;
use crate::error::{Error, ExperimentError};
use crate::experiment::Experiment;
use crate::interrupt::Interrupt;
use crate::output::{note, print};
use crate::precision::Precision;
use crate::run;
use session::Session;

/// Runs the command.
pub fn run(options: &Options) -> Result<Ending, Error> {
    let machine = Machine::detect()?;
    let machine = machine.threads(options.threads.map_or(machine.threads, |threads| threads as usize));
    let mut experiment = match (&options.file, &options.resume) {
        (Some(file), _) => Experiment::load(file, &options.set)?,
        (None, Some(run)) => Experiment::load(&run::experiment(run)?, &options.set)?,
        (None, None) => unreachable!("the command line asks for one of them"),
    };
    let parts = experiment.parts()?;
    if let Some(run) = &options.resume {
        check_same(&experiment, run)?;
    }
    if !options.quiet {
        told(&parts.notes, &parts.skipped);
    }
    let session =
        Session { options, experiment: &experiment, parts: &parts, machine, interrupt: Interrupt::listen() };
    let outcome = match experiment.precision {
        Precision::F32 => session.run::<f32>(),
        Precision::F64 => session.run::<f64>(),
    }?;
    print(&if options.json { outcome.json() } else { outcome.table() })?;
    if outcome.complete {
        note(options.quiet, &format!("wrote {}", outcome.run));
        return Ok(Ending::Complete);
    }
    note(options.quiet, &format!("interrupted, and saved; to go on:\n  {}", resumption(&outcome.run)));
    Ok(Ending::Interrupted)
}

/// Checks that the run in the folder `run` is one of the same experiment.
fn check_same(experiment: &Experiment, run: &Path) -> Result<(), Error> {
    let begun = Experiment::load(&run::experiment(run)?, &[])?;
    if begun.continues_as(experiment) {
        return Ok(());
    }
    let (was, is) = (begun.to_toml(), experiment.to_toml());
    let mut lines =
        was.lines().zip(is.lines()).filter(|(was, is)| was != is && !was.starts_with("epochs = "));
    let (was, is) = lines.next().unwrap_or(("fewer settings", "more"));
    let place = format!("`{}`", run.display());
    let remedy = "--resume without it, which may change train.epochs alone, or a new run";
    Err(ExperimentError::new(place, "the run is one of other settings", was, is, remedy))
}

/// The command that goes on with the run in `folder`.
fn resumption(folder: &str) -> String {
    let plain = folder.chars().all(|c| c.is_alphanumeric() || "/._-+".contains(c));
    let folder = if plain { folder.to_owned() } else { format!("'{}'", folder.replace('\'', r"'\''")) };
    format!("toddle train --resume {folder}")
}
