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

use toddle_data::Missing;

use crate::error::{Error, ExperimentError};
use crate::folder::{self, Folder, LOCK};

pub const EXPERIMENT: &str = "experiment.toml";
pub const ENVIRONMENT: &str = "environment.json";
pub const METRICS_CSV: &str = "metrics.csv";
pub const METRICS_JSONL: &str = "metrics.jsonl";
pub const CHECKPOINTS: &str = "checkpoints";
pub const MODEL: &str = "model.safetensors";
pub const CURVES: &str = "curves.svg";

/// The files that a training writes.
pub const FILES: [&str; 6] = [EXPERIMENT, ENVIRONMENT, METRICS_CSV, METRICS_JSONL, MODEL, CURVES];

/// Whether a folder holds a run: its experiment, and what a training leaves beside it from the first moment on. A user's own
/// `experiment.toml` is no run.
pub fn is_run(folder: &Path) -> bool {
    folder.join(EXPERIMENT).is_file() && [LOCK, ENVIRONMENT].iter().any(|name| folder.join(name).is_file())
}

/// The experiment of `folder`.
pub fn experiment(folder: &Path) -> Result<PathBuf, Error> {
    if folder.join(EXPERIMENT).is_file() {
        return Ok(folder.join(EXPERIMENT));
    }
    let place = format!("`{}`", folder.display());
    let expected = format!("a folder with {EXPERIMENT} and what else toddle train writes");
    let missing = Missing::new(folder);
    let got = match folder {
        _ if folder.is_dir() => "a folder without it".into(),
        _ if folder.exists() => "a file".into(),
        _ => missing.got(),
    };
    let otherwise = "a folder in runs";
    let remedy = if folder.exists() { otherwise.into() } else { missing.remedy(otherwise) };
    Err(ExperimentError::new(place, "there is no run", &expected, &got, &remedy))
}

/// Checks that nothing lies in `out`, where a new run called `name` is to go. [`begin`] asks again, but only once all samples
/// are read.
pub fn check_out(name: &str, out: &Path) -> Result<(), Error> {
    let contents = folder::contents(out)?;
    match () {
        () if contents.is_empty() => Ok(()),
        () if is_run(out) => Err(taken(out)),
        () => Err(folder::occupied(out, &contents, name)),
    }
}

/// The folder of a new run called `name`, held: `out`, or else the first in `runs` where nothing lies.
pub fn begin(name: &str, out: Option<&Path>) -> Result<Folder, Error> {
    let Some(out) = out else {
        let numbered = (2..).map(|n| Path::new("runs").join(format!("{name}-{n}")));
        let mut folders = std::iter::once(Path::new("runs").join(name)).chain(numbered);
        return folders.find_map(|folder| free(&folder).transpose()).expect("some number is free");
    };
    check_out(name, out)?;
    free(out)?.ok_or_else(|| taken(out))
}

/// A folder for the run whose own, `lost`, is no longer there: one in the same place, or beside it where another is there now.
pub fn begin_again(lost: &Path) -> Result<Folder, Error> {
    let numbered = (2..).map(|n| {
        let name = lost.file_name().unwrap_or_default().to_string_lossy();
        lost.with_file_name(format!("{name}-{n}"))
    });
    let mut folders = std::iter::once(lost.to_owned()).chain(numbered);
    folders.find_map(|folder| free(&folder).transpose()).expect("some number is free")
}

/// `folder`, held for a new run; `None` if anything lies in it.
fn free(folder: &Path) -> Result<Option<Folder>, Error> {
    let is_empty = || Ok::<_, Error>(folder::contents(folder)?.is_empty());
    if !is_empty()? {
        return Ok(None);
    }
    let mut held = Folder::open(folder, &FILES)?;
    // Another may have begun in between, and even have ended.
    Ok((held.hold()? && is_empty()?).then_some(held))
}

/// The refusal to begin a run where there is one.
fn taken(out: &Path) -> Error {
    let (place, what) = (format!("`{}`", out.display()), "there is a run already");
    let remedy = format!("--resume {}, or --out with another folder", out.display());
    ExperimentError::new(place, what, "a folder without one", "that of another run", &remedy)
}

/// Checks that `folder` holds a run that can be gone on with, and not the experiment of a user, which would be overwritten.
pub fn check_run(folder: &Path) -> Result<(), Error> {
    let experiment = experiment(folder)?;
    if is_run(folder) {
        return Ok(());
    }
    let place = format!("`{}`", folder.display());
    let expected = format!("what toddle train writes beside {EXPERIMENT}: {ENVIRONMENT}, at least");
    let (got, remedy) =
        (format!("{EXPERIMENT} without it"), format!("toddle train {}", experiment.display()));
    Err(ExperimentError::new(place, "there is no run", &expected, &got, &remedy))
}

/// `folder`, held to go on with the run in it.
pub fn go_on(folder: &Path) -> Result<Folder, Error> {
    let mut held = Folder::open(folder, &FILES)?;
    if held.hold()? {
        return Ok(held);
    }
    let (place, what) = (format!("`{}`", folder.display()), "another command is training there");
    let (expected, got) = ("a run that has stopped", "one that is under way");
    let remedy = "again when it has ended; Ctrl-C makes it save and end";
    Err(ExperimentError::new(place, what, expected, got, remedy))
}
