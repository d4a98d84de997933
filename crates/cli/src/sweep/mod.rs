//! `toddle sweep`: many trainings of one experiment, shared by any number of processes.
//!
//! | file | idea |
//! |---|---|
//! | `options.rs` | the options of the command |
//! | `worker.rs` | takes trials and trains them, until none is left |
//! | `table.rs` | the best points, for a terminal |
//! | `slurm.rs` | a script that starts the processes on a cluster |

mod options;
mod slurm;
mod table;
mod worker;

pub use options::Options;

use std::path::{Path, PathBuf};

use toddle::{Machine, escaped};
use toddle_run::error::Error;
use toddle_run::experiment::Experiment;
use toddle_run::run::metrics;
use toddle_run::shell::quoted;
use toddle_run::sweep::{self, Board, Results, Rungs, Sweep, Trial};

use crate::ending::Ending;
use crate::load::load;
use crate::output::{note, print};

/// A sweep and its folder.
struct Opened {
    sweep: Sweep,
    trials: Vec<Trial>,
    rungs: Rungs,
    board: Board,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Ending, Error> {
    let opened = Opened::new(options)?;
    if let Some(processes) = options.slurm {
        let (name, text) = slurm::script(&opened, processes, options.threads);
        opened.board.write(name, &text)?;
        let script = opened.board.path().join(name);
        note(
            options.quiet,
            &format!(
                "wrote {}; this command starts it:\n  sbatch {}",
                escaped(script.display()),
                quoted(&script.display().to_string())
            ),
        );
        return Ok(Ending::Complete);
    }
    let ending = match options.report {
        true => Ending::Complete,
        false => {
            let machine = Machine::detect()?;
            let threads = options.threads.map_or(machine.threads, |threads| threads as usize);
            worker::work(&opened, machine.threads(threads), options.quiet)?
        }
    };
    let results = opened.report(options.quiet)?;
    let failed = results.values().map(|result| result.failed.as_deref()).collect::<Option<Vec<_>>>();
    match (ending, failed.as_deref()) {
        (Ending::Complete, Some([first, ..])) => Err(Error::Refused {
            what: "every training of the sweep has failed".into(),
            expected: "a training that comes to its end".into(),
            got: (*first).to_owned(),
            remedy: "other values in [space], in a new sweep".into(),
        }),
        _ => Ok(ending),
    }
}

impl Opened {
    /// Opens the sweep of the options, or begins it. Every trial's settings are checked before the first is trained.
    fn new(options: &Options) -> Result<Opened, Error> {
        let begun = options.file.is_dir();
        let file = if begun { options.file.join(sweep::SWEEP) } else { options.file.clone() };
        let (sweep, text) = Sweep::load(&file)?;
        let beside = file.parent().unwrap_or(Path::new("."));
        let base = if begun { beside.join(sweep::EXPERIMENT) } else { beside.join(&sweep.experiment) };
        let experiment = load(&base, &[])?;
        sweep.check(&file, &experiment)?;
        let trials = sweep.trials();
        let mut first = None;
        for trial in &trials {
            let (own, _) = Experiment::load(&base, &trial.sets(&sweep))?;
            sweep.check_trial(&file, &experiment, trial, &own)?;
            first.get_or_insert(own);
        }
        let out = match (&options.out, begun) {
            (Some(out), _) => out.clone(),
            (None, true) => options.file.clone(),
            (None, false) => PathBuf::from("sweeps").join(&sweep.name),
        };
        if let Some(first) = first.filter(|_| !out.join(sweep::SWEEP).exists()) {
            match sweep.check_goal(&file, first) {
                // Another trial may have other data.
                Err(Error::Data(_)) if sweep.varies_data() => {}
                checked => checked?,
            }
        }
        if options.report && !out.join(sweep::SWEEP).exists() {
            return Err(Error::Refused {
                what: "the sweep has no results yet".into(),
                expected: "a sweep that has begun".into(),
                got: format!("no {} in `{}`", sweep::SWEEP, out.display()),
                remedy: "the command without --report".into(),
            });
        }
        let rungs = Rungs::new(&sweep, &trials, experiment.train.fit.epochs);
        let board = Board::open(&out, &sweep.name, &text, &experiment.to_toml())?;
        Ok(Opened { sweep, trials, rungs, board })
    }

    /// The settings of a trial.
    fn experiment(&self, trial: &Trial) -> Result<Experiment, Error> {
        let (mut experiment, _) =
            Experiment::load(&self.board.path().join(sweep::EXPERIMENT), &trial.sets(&self.sweep))?;
        experiment.name = format!("{}-{}", self.sweep.name, trial.name());
        Ok(experiment)
    }

    /// Writes the files for people, and prints the best points. Returns the results.
    fn report(&self, quiet: bool) -> Result<Results, Error> {
        let results: Results = self.board.results()?;
        print(&table::best(self, &results))?;
        self.board.write(sweep::TABLE, &sweep::table(&self.sweep, &self.trials, &results))?;
        let epochs = self.trials.iter().map(|trial| metrics::read(&self.board.run(trial)));
        let epochs = epochs.collect::<Result<Vec<_>, Error>>()?;
        let page = sweep::page(&self.sweep, &self.trials, &self.rungs, &results, &epochs);
        self.board.write(sweep::REPORT, &page)?;
        let report = self.board.path().join(sweep::REPORT);
        note(quiet, &format!("wrote {}", escaped(report.display())));
        Ok(results)
    }
}
