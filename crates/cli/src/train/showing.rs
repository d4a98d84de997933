//! The report after a training.

use toddle_data::{Model, Parts};
use toddle_run::error::Error;
use toddle_run::experiment::Experiment;
use toddle_run::folder::Folder;
use toddle_run::report::{self, Depth};
use toddle_run::run;

use crate::output::note;

/// The report of a larger model is not written at once, since it takes the memory of two more models.
const MOST_BYTES: u64 = 64 << 20;

/// Writes the report of the run in `folder`, and the card of its model. The samples to train on are given back before, if others are
/// measured. Where the report is not possible, the model is worth more: a note says why there is no report.
pub fn write(folder: &Folder, experiment: &Experiment, parts: Parts, silent: bool) -> Result<(), Error> {
    let model = folder.path().join(run::MODEL);
    if model.metadata().is_ok_and(|model| model.len() > MOST_BYTES) {
        note(silent, "the network is large: `toddle report` writes its report");
        return Ok(());
    }
    let gathered = Model::open(folder.path()).map_err(Error::from).and_then(|model| {
        report::of_parts(folder.path(), &experiment.name, experiment, parts, &model, Depth::Quick)
    });
    match gathered {
        Ok(run) => {
            folder.write(run::CARD, toddle_look::report::card(&run).as_bytes())?;
            folder.write(run::REPORT, toddle_look::report::page(&[run], None).as_bytes())
        }
        Err(error) => {
            note(silent, &format!("there is no report: {error}"));
            Ok(())
        }
    }
}
