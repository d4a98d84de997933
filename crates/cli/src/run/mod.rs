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
//!
//! | file | idea |
//! |---|---|
//! | `metrics.rs` | how a training went, epoch by epoch |
//! | `curves.rs` | the same as a picture |

pub mod curves;
pub mod metrics;

use std::path::{Path, PathBuf};

use crate::error::{Error, ExperimentError};

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

/// Where a new run called `name` goes: into `out`, which holds none yet, or else into a folder in `runs` that is free.
pub fn free(name: &str, out: Option<&Path>) -> Result<PathBuf, Error> {
    match out {
        Some(out) if is_run(out) => {
            let place = format!("`{}`", out.display());
            let remedy = format!("--resume {}, or --out with another folder", out.display());
            Err(ExperimentError::new(
                place,
                "there is a run already",
                "a folder without one",
                EXPERIMENT,
                &remedy,
            ))
        }
        Some(out) => Ok(out.into()),
        None => {
            let numbered = (2..).map(|n| Path::new("runs").join(format!("{name}-{n}")));
            let mut folders = std::iter::once(Path::new("runs").join(name)).chain(numbered);
            Ok(folders.find(|folder| !is_run(folder)).expect("some number is free"))
        }
    }
}
