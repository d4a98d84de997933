//! A run: the folder that a training keeps.
//!
//! | in the folder | what it is |
//! |---|---|
//! | `experiment.toml` | the settings, everything written out |
//! | `environment.json` | what it was trained on |
//! | `metrics.csv`, `metrics.jsonl` | an epoch a line |
//! | `checkpoints/` | the training as it was after a step: what `--resume` goes on from |
//! | `model.safetensors` | the network as the training has left it |
//! | `curves.svg` | the metrics as a picture |
//! | `.lock` | locked by the training that is at work there |
//!
//! | file | idea |
//! |---|---|
//! | `metrics.rs` | how a training went, epoch by epoch |
//! | `curves.rs` | the same as a picture |

pub mod curves;
pub mod metrics;

use std::path::{Path, PathBuf};

use crate::error::{Error, ExperimentError};
use crate::folder::Folder;

pub const EXPERIMENT: &str = "experiment.toml";
pub const ENVIRONMENT: &str = "environment.json";
pub const METRICS_CSV: &str = "metrics.csv";
pub const METRICS_JSONL: &str = "metrics.jsonl";
pub const CHECKPOINTS: &str = "checkpoints";
pub const MODEL: &str = "model.safetensors";
pub const CURVES: &str = "curves.svg";

/// The files that a training writes.
pub const FILES: [&str; 6] = [EXPERIMENT, ENVIRONMENT, METRICS_CSV, METRICS_JSONL, MODEL, CURVES];

/// Whether a folder holds a run.
pub fn is_run(folder: &Path) -> bool {
    folder.join(EXPERIMENT).is_file()
}

/// The experiment of `folder`.
pub fn experiment(folder: &Path) -> Result<PathBuf, Error> {
    if is_run(folder) {
        return Ok(folder.join(EXPERIMENT));
    }
    let place = format!("`{}`", folder.display());
    let expected = format!("a folder with {EXPERIMENT} and what else toddle train writes");
    let got = match folder {
        _ if folder.is_dir() => "a folder without it",
        _ if folder.exists() => "a file",
        _ => "nothing there",
    };
    Err(ExperimentError::new(place, "there is no run", &expected, got, "a folder in runs"))
}

/// The folder of a new run called `name`, held: `out`, or else the first in `runs` that no run has.
pub fn begin(name: &str, out: Option<&Path>) -> Result<Folder, Error> {
    let Some(out) = out else {
        let numbered = (2..).map(|n| Path::new("runs").join(format!("{name}-{n}")));
        let mut folders = std::iter::once(Path::new("runs").join(name)).chain(numbered);
        return folders.find_map(|folder| free(&folder).transpose()).expect("some number is free");
    };
    free(out)?.ok_or_else(|| {
        let (place, what) = (format!("`{}`", out.display()), "there is a run already");
        let remedy = format!("--resume {}, or --out with another folder", out.display());
        ExperimentError::new(place, what, "a folder without one", "that of another run", &remedy)
    })
}

/// `folder`, held for a new run; `None` if there is one already.
fn free(folder: &Path) -> Result<Option<Folder>, Error> {
    if is_run(folder) {
        return Ok(None);
    }
    let mut held = Folder::open(folder, &FILES)?;
    // Another may have begun in between, and even have ended.
    Ok((held.hold()? && !is_run(folder)).then_some(held))
}

/// `folder`, held to go on with the run in it.
pub fn go_on(folder: &Path) -> Result<Folder, Error> {
    let mut held = Folder::open(folder, &FILES)?;
    if held.hold()? {
        return Ok(held);
    }
    let (place, what) = (format!("`{}`", folder.display()), "another command is training there");
    let (expected, got) = ("a run that has stopped", "one that is under way");
    Err(ExperimentError::new(
        place,
        what,
        expected,
        got,
        "again when it has ended; Ctrl-C makes it save and end",
    ))
}
