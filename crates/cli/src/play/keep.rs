//! What was trained through the page, as a run's folder.

use toddle::{Machine, escaped};
use toddle_play::Kept;
use toddle_run::checkpoints::Checkpoints;
use toddle_run::error::Error;
use toddle_run::run::metrics::Metrics;
use toddle_run::run::{self, curves};

use crate::output::note;

/// Keeps a training, and says where.
pub fn keep(kept: Kept, machine: &Machine) {
    match write(&kept, machine) {
        Ok(folder) => note(false, &format!("wrote {}", escaped(folder))),
        Err(error) => note(false, &format!("error: {error}")),
    }
}

/// Writes a new run. Returns its folder.
fn write(kept: &Kept, machine: &Machine) -> Result<String, Error> {
    let folder = run::begin(&kept.name, None)?;
    folder.write(run::EXPERIMENT, kept.experiment.as_bytes())?;
    folder.write(run::ENVIRONMENT, run::environment(machine, kept.seed, kept.precision).as_bytes())?;
    folder.write(run::MODEL, &kept.model)?;
    let checkpoints = Checkpoints::new(folder.path().join(run::CHECKPOINTS));
    checkpoints.save(kept.step, &|to| to.write_all(&kept.checkpoint))?;
    if !kept.film.is_empty() {
        folder.write(run::FILM, kept.film.as_bytes())?;
    }
    Metrics::begin(&folder, kept.rows.clone())?;
    let shown = curves::Run { name: &kept.name, rows: &kept.rows };
    let subtitle = format!("seed {}, {}, trained through the page", kept.seed, kept.precision);
    folder.write(run::CURVES, curves::one(&shown, "loss", subtitle).as_bytes())?;
    Ok(folder.path().display().to_string())
}
