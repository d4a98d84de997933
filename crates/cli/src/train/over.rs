//! A training that is over: the reason, and the setting with which it continues.

use std::path::Path;

use toddle::{Float, Trainer};
use toddle_run::error::{Error, ExperimentError};
use toddle_run::experiment::Experiment;

use super::resumption;

/// The reason why the training in `run` has no steps left, and the command that continues it.
pub fn reason<T: Float>(experiment: &Experiment, trainer: &Trainer<T>, run: &Path) -> String {
    let state = trainer.state();
    let (epochs, patience) = (experiment.train.fit.epochs, experiment.train.fit.patience.unwrap_or_default());
    let mut sets = String::new();
    let mut reasons = Vec::new();
    if state.epochs >= epochs {
        reasons.push(format!("all {epochs} epochs are done (train.epochs = {epochs})"));
        sets += &format!(" --set train.epochs={}", 2 * epochs.max(1));
    }
    if trainer.is_at_goal() {
        reasons.push("the goal is reached (train.stop_at)".into());
        sets += " --set 'train.stop_at={ loss = 0 }'";
    } else if state.stopped {
        let best = state.best.map_or(0, |(_, epoch)| epoch);
        reasons.push(format!("no epoch after epoch {best} was better (train.patience = {patience})"));
        sets += &format!(" --set train.patience={}", 2 * patience.max(1));
    }
    format!(
        "nothing is left to train: {}; this command continues:\n  {}{sets}",
        reasons.join(", and "),
        resumption(run)
    )
}

/// Checks that a training of `wanted` epochs has not finished more epochs already.
pub fn check_epochs(done: usize, wanted: usize, run: &Path) -> Result<(), Error> {
    if done <= wanted {
        return Ok(());
    }
    let (place, what) =
        (format!("`{}`", run.display()), "the run has more epochs than the experiment asks for");
    let expected = format!("train.epochs = {done}, or more");
    let got = format!("train.epochs = {wanted}");
    Err(ExperimentError::new(place, what, &expected, &got, &format!("--set train.epochs={}", 2 * done)))
}
