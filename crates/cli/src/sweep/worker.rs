//! Takes trials and trains them, until none is left.

use std::thread;
use std::time::Duration;

use toddle::{FitError, Machine};
use toddle_data::DataError;
use toddle_run::error::Error;
use toddle_run::run;
use toddle_run::sweep::{Goal, Job, Results, Trial, TrialResult};

use super::Opened;
use crate::ending::Ending;
use crate::output::note;
use crate::train::{self, Command, Outcome};

/// How long a process waits for the others, before it looks again.
const WAIT: Duration = Duration::from_millis(500);

/// Trains until the sweep is complete, or a signal asks for an end.
pub fn work(opened: &Opened, machine: Machine, quiet: bool) -> Result<Ending, Error> {
    let command = Command::new(machine);
    let interrupt = command.listen();
    let (mut waits, all) = (false, opened.rungs.count());
    let mut results = Results::new();
    loop {
        if interrupt.heard() {
            return Ok(Ending::Interrupted(interrupt.exit_code()));
        }
        opened.board.update(&mut results)?;
        let open = opened.rungs.open(&results);
        if open.is_empty() {
            return Ok(Ending::Complete);
        }
        let mut trained = false;
        for job in open {
            let trial = &opened.trials[job.trial - 1];
            let Some(_claim) = opened.board.claim(trial)? else { continue };
            // Another process may have trained it since the results were read.
            opened.board.update(&mut results)?;
            if results.contains_key(&job) {
                continue;
            }
            let Some(result) = train(opened, &command, trial, job, known(opened, trial, &results))? else {
                return Ok(Ending::Interrupted(interrupt.exit_code()));
            };
            opened.board.note(job, &result)?;
            opened.board.update(&mut results)?;
            note(quiet, &format!("{:>4} of {all}  {}", results.len(), told(opened, trial, job, &result)));
            (trained, waits) = (true, false);
            break;
        }
        if !trained {
            if !waits {
                note(quiet, "waiting for trainings of other processes");
            }
            waits = true;
            thread::sleep(WAIT);
        }
    }
}

/// Trains a trial to the epochs of `job`. `None` after a signal: the training is saved.
fn train(
    opened: &Opened,
    command: &Command,
    trial: &Trial,
    job: Job,
    known: &str,
) -> Result<Option<TrialResult>, Error> {
    let failed = |error: Error| TrialResult { failed: Some(error.to_string()), ..TrialResult::default() };
    let (experiment, folder) = match opened.experiment(trial) {
        Ok(experiment) => (experiment, opened.board.run(trial)),
        Err(error) if is_result(&error, true) => return Ok(Some(failed(error))),
        Err(error) => return Err(error),
    };
    let varies_data = opened.sweep.varies_data();
    let begun = run::is_run(&folder);
    let options = train::Options {
        file: None,
        set: Vec::new(),
        threads: None,
        out: (!begun).then(|| folder.clone()),
        resume: begun.then_some(folder),
        folds: None,
        mpi: false,
        no_report: true,
        json: false,
        quiet: true,
        silent: true,
    };
    match command.train_until(&options, experiment, Some(job.epochs), known) {
        Ok(outcome) if outcome.complete || outcome.epochs >= job.epochs => {
            let result = result(outcome);
            match result.value(opened.sweep.goal) {
                Some(_) => Ok(Some(result)),
                None => Err(without_goal(opened.sweep.goal)),
            }
        }
        Ok(_) => Ok(None),
        // A run that goes on has been able to begin, so its settings are right.
        Err(error) if !begun && is_result(&error, varies_data) => Ok(Some(failed(error))),
        Err(error) if is_result(&error, false) && !matches!(error, Error::Experiment(_)) => {
            Ok(Some(failed(error)))
        }
        Err(error) => Err(error),
    }
}

/// Whether the training fails with the settings of the trial on every machine. Any other error is of this process. `varies_data`:
/// whether the trials have different data.
fn is_result(error: &Error, varies_data: bool) -> bool {
    match error {
        Error::Experiment(_) => true,
        Error::Data(DataError::Read { .. } | DataError::Missing { .. }) => false,
        Error::Data(_) => varies_data,
        Error::Fit(FitError::Memory | FitError::Resume { .. } | FitError::Isa(_)) => false,
        Error::Fit(_) | Error::Build(_) => true,
        _ => false,
    }
}

fn result(outcome: Outcome) -> TrialResult {
    TrialResult {
        loss: outcome.loss,
        validation_loss: outcome.validation_loss,
        accuracy: outcome.accuracy,
        weights_sha256: Some(outcome.weights_sha256),
        failed: None,
        samples: Some(outcome.told_apart),
    }
}

/// What tells the samples of a trial apart from others, as another trial with the same data and the same seed has them. Empty if
/// there is none.
fn known<'r>(opened: &Opened, trial: &Trial, results: &'r Results) -> &'r str {
    let data = |trial: &Trial| {
        let values = opened.sweep.space.keys().zip(&trial.values);
        let of_data = values.filter(|(key, _)| key.starts_with("data"));
        (trial.seed, of_data.map(|(_, value)| value.to_string()).collect::<Vec<_>>())
    };
    let own = data(trial);
    let others = results.iter().filter(|(job, _)| data(&opened.trials[job.trial - 1]) == own);
    others.filter_map(|(_, result)| result.samples.as_deref()).next().unwrap_or_default()
}

/// The error that a training has ended without the number of the goal.
fn without_goal(goal: Goal) -> Error {
    Error::Refused {
        what: format!("a training has ended without {}, which is the goal of the sweep", goal.words()),
        expected: "samples to validate with, and answers that are right or wrong if the goal is accuracy"
            .into(),
        got: "none".into(),
        remedy: "a new sweep with goal = \"loss\", or with data.validation in its experiment".into(),
    }
}

/// One line about a result.
fn told(opened: &Opened, trial: &Trial, job: Job, result: &TrialResult) -> String {
    let goal = opened.sweep.goal;
    let number = match &result.failed {
        None => format!("{} {}", goal.words(), goal.shown(result.value(goal))),
        Some(why) => format!("failed: {}", why.lines().next().unwrap_or_default()),
    };
    format!(
        "trial {}, {} epochs: {number}  {}",
        trial.number,
        job.epochs,
        trial.sets(&opened.sweep).join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_settings_make_a_failure_a_result() {
        let resume = FitError::Resume { what: "other layers".into() };
        let not_finite = FitError::NotFinite { what: "the loss".into(), epoch: 1, step: 2 };
        assert!(is_result(&not_finite.into(), false));
        assert!(!is_result(&FitError::Memory.into(), true) && !is_result(&resume.into(), true));
    }
}
