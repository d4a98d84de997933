//! `toddle train`: an experiment, from its file to a run's folder.
//!
//! | file | idea |
//! |---|---|
//! | `options.rs` | the options of the command |
//! | `session.rs` | the training, from its beginning or a checkpoint to its last files |
//! | `ranks.rs` | trainings over several processes |
//! | `folds.rs` | the trainings of a cross-validation |
//! | `keeper.rs` | the files during a training: metrics and checkpoints |
//! | `progress.rs` | the progress display |
//! | `showing.rs` | the report after a training |
//! | `warnings.rs` | the warnings before a training |
//! | `over.rs` | the reason why a training has no steps left |
//! | `outcome.rs` | the results of a training |

mod folds;
mod keeper;
mod options;
mod outcome;
mod over;
mod progress;
mod ranks;
mod session;
mod showing;
mod warnings;

pub use options::Options;
pub use outcome::Outcome;
pub use ranks::{Connect, Connected};

use std::cell::OnceCell;
use std::path::Path;

use session::Session;
use toddle::checkpoint::About;
use toddle::{Float, Machine, Network, Ranks, escaped};
use toddle_run::error::{Error, ExperimentError};
use toddle_run::experiment::Experiment;
use toddle_run::precision::Precision;
use toddle_run::run;
use toddle_run::shell::quoted;

use crate::data::told;
use crate::ending::Ending;
use crate::interrupt::Interrupt;
use crate::load::load;
use crate::output::{note, print};

/// Runs the command. `connect` connects the ranks of `--mpi`.
pub fn run(options: &Options, connect: Option<&dyn Connect>) -> Result<Ending, Error> {
    if options.mpi {
        return ranks::run(options, connect);
    }
    let machine = Machine::detect()?;
    let machine = machine.threads(options.threads.map_or(machine.threads, |threads| threads as usize));
    run_on(options, Command::new(machine))
}

fn run_on(options: &Options, command: Command) -> Result<Ending, Error> {
    if let (Some(file), Some(k)) = (&options.file, options.folds) {
        return folds::run(&command, options, file, k);
    }
    let experiment = match (&options.file, &options.resume) {
        (Some(file), _) => load(file, &options.set)?,
        (None, Some(run)) => load(&run::experiment(run)?, &options.set)?,
        (None, None) => unreachable!("the command line asks for one of them"),
    };
    let outcome = command.train(options, experiment)?;
    let printed = print(&if options.json { outcome.json() } else { outcome.table() });
    if outcome.complete {
        printed?;
        note(options.quiet, &outcome.over.unwrap_or_else(|| format!("wrote {}", escaped(outcome.run))));
        return Ok(Ending::Complete);
    }
    let ending = command.ending();
    if ending == Ending::Complete {
        printed?;
    }
    // After SIGHUP, the terminal may be closed.
    note(options.quiet, &command.stop(&outcome));
    Ok(ending)
}

/// What the trainings of a command share.
pub struct Command {
    machine: Machine,
    /// It listens from the first training on.
    interrupt: OnceCell<Interrupt>,
    /// The processes that train together, of which this is rank 0.
    ranks: Option<Ranks>,
}

impl Command {
    /// For trainings on `machine`.
    pub fn new(machine: Machine) -> Command {
        Command { machine, interrupt: OnceCell::new(), ranks: None }
    }

    /// Listens for signals, which end a training from now on.
    pub fn listen(&self) -> Interrupt {
        self.interrupt.get_or_init(Interrupt::listen).clone()
    }

    /// Trains `experiment`, or continues the run of the options.
    fn train(&self, options: &Options, experiment: Experiment) -> Result<Outcome, Error> {
        self.train_until(options, experiment, None, "")
    }

    /// [`train`](Self::train), but the training pauses after epoch `until`. The samples are `known`, if it is not empty.
    pub fn train_until(
        &self,
        options: &Options,
        mut experiment: Experiment,
        until: Option<usize>,
        known: &str,
    ) -> Result<Outcome, Error> {
        // Reading the samples may take long. So errors of the folder are reported first.
        match (&options.resume, &options.out) {
            (Some(run), _) => run::check_run(run)?,
            (None, Some(out)) => run::check_out(&experiment.name, out)?,
            (None, None) => {}
        }
        let parts = experiment.parts()?;
        if !known.is_empty() && parts.meaning.told_apart() != known {
            return Err(Error::Refused {
                what: format!("the data `{}` have changed since the sweep began", parts.meaning.place),
                expected: "the samples of the trials before".into(),
                got: "other samples".into(),
                remedy: "the old data, or a new sweep with --out and another folder".into(),
            });
        }
        if let Some(run) = &options.resume {
            check_same(&experiment, run)?;
        }
        if !options.quiet {
            told(&parts.notes, &parts.skipped);
        }
        parts.warnings.iter().for_each(|text| note(options.silent, &format!("warning: {}", escaped(text))));
        let interrupt = self.listen();
        let (machine, precision) = (self.machine, experiment.precision);
        let ranks = self.ranks.as_ref();
        let session =
            Session { options, experiment: &experiment, parts: &parts, machine, interrupt, until, ranks };
        let (outcome, folder) = match precision {
            Precision::F32 => session.run::<f32>(),
            Precision::F64 => session.run::<f64>(),
        }?;
        if let Some(folder) = folder {
            if self.ending() == Ending::Complete && !options.no_report {
                showing::write(&folder, &experiment, parts, options.silent)?;
            }
            if !folder.is_there() {
                return Err(Error::Moved { folder: folder.path().into() });
            }
        }
        Ok(outcome)
    }

    /// How the command ends after a training that is not complete: by a signal, or by the time limit of the experiment.
    fn ending(&self) -> Ending {
        let heard = self.interrupt.get().filter(|interrupt| interrupt.heard());
        heard.map_or(Ending::Complete, |interrupt| Ending::Interrupted(interrupt.exit_code()))
    }

    /// Why a training is not complete, and the command that continues it.
    fn stop(&self, outcome: &Outcome) -> String {
        let why = match self.ending() {
            // Of several ranks, another one may have heard the signal.
            Ending::Complete if self.ranks.is_some() => {
                format!(
                    "a signal, the time limit or an error of another rank came after step {}: ",
                    outcome.steps
                )
            }
            Ending::Complete => {
                format!("the time limit (train.time_limit) is over after step {}: ", outcome.steps)
            }
            _ => "interrupted and ".into(),
        };
        format!("{why}saved; this command continues:\n  {}", resumption(Path::new(&outcome.run)))
    }
}

/// Writes a new run of `experiment` in the folder `out`. It has not begun, and its weights are those of `network`. `known` is what is
/// known about the network already.
pub fn adopt<T: Float>(
    mut experiment: Experiment,
    network: Network<T>,
    known: &About,
    out: &Path,
) -> Result<(), Error> {
    let options = Options {
        file: None,
        set: Vec::new(),
        threads: None,
        out: Some(out.to_owned()),
        resume: None,
        folds: None,
        mpi: false,
        no_report: true,
        json: false,
        quiet: true,
        silent: true,
    };
    let (parts, machine) = (experiment.parts()?, Machine::detect()?);
    let session = Session {
        options: &options,
        experiment: &experiment,
        parts: &parts,
        machine,
        interrupt: Interrupt::listen(),
        until: None,
        ranks: None,
    };
    session.adopt(network, known, out)
}

/// Checks that the run in the folder `run` is one of the same experiment.
fn check_same(experiment: &Experiment, run: &Path) -> Result<(), Error> {
    let begun = load(&run::experiment(run)?, &[])?;
    let continued = experiment.resumed_as(&begun);
    if begun == continued {
        return Ok(());
    }
    let (was, is) = (begun.settings(), continued.settings());
    let is_other = |setting: &&(String, String)| !was.contains(setting) || !is.contains(setting);
    let key = was.iter().chain(&is).find(is_other).map_or("", |(key, _)| key);
    let said = |settings: &[(String, String)]| match settings.iter().find(|(known, _)| known == key) {
        Some((_, value)) => format!("{key} = {value}"),
        None => format!("no {key}"),
    };
    let place = format!("`{}`", run.display());
    if ["data.mean", "data.deviation"].iter().any(|of_data| key.starts_with(of_data)) {
        let what = "the data have changed since the run began";
        return Err(ExperimentError::new(place, what, &said(&was), &said(&is), "the old data, or a new run"));
    }
    let remedy = "--resume without this change, or a new run; only train.epochs, patience, stop_at, time_limit and the places of the data may change";
    Err(ExperimentError::new(place, "the run has other settings", &said(&was), &said(&is), remedy))
}

/// The command that continues the run in `folder`.
fn resumption(folder: &Path) -> String {
    format!("toddle train --resume {}", quoted(&folder.display().to_string()))
}
