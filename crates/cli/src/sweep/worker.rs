//! Takes trials and trains them, until none is left.

use std::thread;
use std::time::Duration;

use toddle::Machine;
use toddle_run::error::Error;
use toddle_run::run;
use toddle_run::sweep::{Job, Trial, TrialResult};

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
    loop {
        if interrupt.heard() {
            return Ok(Ending::Interrupted(interrupt.exit_code()));
        }
        let open = opened.rungs.open(&opened.board.results()?);
        if open.is_empty() {
            return Ok(Ending::Complete);
        }
        let mut trained = false;
        for job in open {
            let trial = &opened.trials[job.trial - 1];
            let Some(_claim) = opened.board.claim(trial)? else { continue };
            // Another process may have trained it since the results were read.
            if opened.board.results()?.contains_key(&job) {
                continue;
            }
            let Some(result) = train(opened, &command, trial, job)? else {
                return Ok(Ending::Interrupted(interrupt.exit_code()));
            };
            opened.board.note(job, &result)?;
            let done = opened.board.results()?.len();
            note(quiet, &format!("{done:>4} of {all}  {}", told(opened, trial, job, &result)));
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
fn train(opened: &Opened, command: &Command, trial: &Trial, job: Job) -> Result<Option<TrialResult>, Error> {
    let (experiment, folder) = (opened.experiment(trial)?, opened.board.run(trial));
    let begun = run::is_run(&folder);
    let options = train::Options {
        file: None,
        set: Vec::new(),
        threads: None,
        out: (!begun).then(|| folder.clone()),
        resume: begun.then_some(folder),
        folds: None,
        json: false,
        quiet: true,
    };
    match command.train_until(&options, experiment, Some(job.epochs)) {
        Ok(outcome) if outcome.complete || outcome.epochs >= job.epochs => Ok(Some(result(outcome))),
        Ok(_) => Ok(None),
        // These depend on the settings alone. All other errors are of this process.
        Err(error @ (Error::Fit(_) | Error::Build(_))) => {
            Ok(Some(TrialResult { failed: Some(error.to_string()), ..TrialResult::default() }))
        }
        Err(error) => Err(error),
    }
}

fn result(outcome: Outcome) -> TrialResult {
    TrialResult {
        loss: outcome.loss,
        validation_loss: outcome.validation_loss,
        accuracy: outcome.accuracy,
        weights_sha256: Some(outcome.weights_sha256),
        failed: None,
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
