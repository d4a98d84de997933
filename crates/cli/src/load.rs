//! Reads an experiment, and prints what is to be said about it.

use std::path::Path;

use toddle_run::error::Error;
use toddle_run::experiment::Experiment;

use crate::output::note;

/// The experiment in `file`. Each of `sets` replaces a setting.
pub fn load(file: &Path, sets: &[String]) -> Result<Experiment, Error> {
    let (experiment, notes) = Experiment::load(file, sets)?;
    for text in notes {
        note(false, &text);
    }
    Ok(experiment)
}
