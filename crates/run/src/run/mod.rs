//! A run: the folder of a training.
//!
//! | in the folder | content |
//! |---|---|
//! | `experiment.toml` | the settings, with all defaults |
//! | `environment.json` | the version of toddle, the machine, the seed and the command |
//! | `metrics.csv`, `metrics.jsonl` | a line for each epoch |
//! | `checkpoints/` | the state of the training after a step, from which `--resume` continues |
//! | `model.safetensors` | the network after the training |
//! | `curves.svg` | the metrics as a picture |
//! | `film.jsonl` | what the network looked like at some epochs |
//! | `report.html` | everything about the training on one page |
//! | `model.md` | the card of the model |
//! | `.lock` | locked by the training that is running |
//!
//! | file | idea |
//! |---|---|
//! | `metrics.rs` | the metrics of each epoch |
//! | `curves.rs` | the metrics as a picture |
//! | `film.rs` | what the network looked like at some epochs |

pub mod curves;
pub mod film;
pub mod metrics;

use std::path::{Path, PathBuf};

use serde_json::json;
use toddle::Machine;
use toddle::checkpoint::About;
use toddle_data::Missing;

use crate::error::{Error, ExperimentError};
use crate::folder::{self, Folder, LOCK};
use crate::sweep::SWEEP;

/// The settings, with all defaults.
pub const EXPERIMENT: &str = "experiment.toml";
/// The version of toddle, the machine, the seed and the command.
pub const ENVIRONMENT: &str = "environment.json";
/// A line for each epoch, as a table.
pub const METRICS_CSV: &str = "metrics.csv";
/// A line for each epoch, as JSON.
pub const METRICS_JSONL: &str = "metrics.jsonl";
/// The folder of the states of the training.
pub const CHECKPOINTS: &str = "checkpoints";
/// The network after the training.
pub const MODEL: &str = "model.safetensors";
/// The metrics as a picture.
pub const CURVES: &str = "curves.svg";
/// What the network looked like at some epochs.
pub const FILM: &str = "film.jsonl";
/// Everything about the training on one page.
pub const REPORT: &str = "report.html";
/// The card of the model.
pub const CARD: &str = "model.md";

/// The files that a training writes.
pub const FILES: [&str; 9] =
    [EXPERIMENT, ENVIRONMENT, METRICS_CSV, METRICS_JSONL, MODEL, CURVES, FILM, REPORT, CARD];

/// The key of a model's summary that says whether the experiment, trained from the beginning, gives the same bits.
pub const REPEATS: &str = "repeats";

/// Whether the experiment of a model, trained from the beginning, gives the same bits. False if the file does not say so, as after an
/// import or a training through the page.
pub fn repeats(about: &About) -> bool {
    about.summary.get(REPEATS).is_some_and(|repeats| repeats == true)
}

/// The contents of `environment.json`: the version, the machine, the seed and the command.
pub fn environment(machine: &Machine, seed: u32, precision: &str) -> String {
    let environment = json!({
        "toddle": env!("CARGO_PKG_VERSION"),
        "system": std::env::consts::OS,
        "processor": std::env::consts::ARCH,
        "vectors": machine.isa.name(),
        "threads": machine.threads,
        "seed": seed,
        "precision": precision,
        "command": std::env::args().collect::<Vec<_>>(),
    });
    serde_json::to_string_pretty(&environment).expect("texts and numbers are JSON") + "\n"
}

/// Whether a folder contains a run: an experiment, and a file that a training writes at its beginning. A folder with
/// only an `experiment.toml` of the user is not a run.
pub fn is_run(folder: &Path) -> bool {
    folder.join(EXPERIMENT).is_file() && [LOCK, ENVIRONMENT].iter().any(|name| folder.join(name).is_file())
}

/// The experiment of `folder`.
pub fn experiment(folder: &Path) -> Result<PathBuf, Error> {
    let place = format!("`{}`", folder.display());
    if folder.join(SWEEP).is_file() {
        let remedy = format!(
            "the folder of a trial, such as {0}/trials/0001; or `toddle sweep {0}`",
            folder.display()
        );
        return Err(ExperimentError::new(
            place,
            "there is no run",
            "the folder of a run",
            "the folder of a sweep",
            &remedy,
        ));
    }
    if folder.join(EXPERIMENT).is_file() {
        return Ok(folder.join(EXPERIMENT));
    }
    let expected = format!("a folder with {EXPERIMENT} and the other files of toddle train");
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

/// Checks that `out` is empty, for a new run with the name `name`. [`begin`] checks again after all samples are read.
pub fn check_out(name: &str, out: &Path) -> Result<(), Error> {
    let contents = folder::contents(out)?;
    match () {
        () if contents.is_empty() => Ok(()),
        () if is_run(out) => Err(taken(out)),
        () => Err(folder::occupied(out, &contents, name)),
    }
}

/// The locked folder of a new run with the name `name`: `out`, or else the first free folder in `runs`.
pub fn begin(name: &str, out: Option<&Path>) -> Result<Folder, Error> {
    let Some(out) = out else {
        let numbered = (2..).map(|n| Path::new("runs").join(format!("{name}-{n}")));
        let mut folders = std::iter::once(Path::new("runs").join(name)).chain(numbered);
        return folders.find_map(|folder| free(&folder).transpose()).expect("some number is free");
    };
    check_out(name, out)?;
    free(out)?.ok_or_else(|| taken(out))
}

/// A folder for a run whose folder `lost` has been moved or removed: the same path, or a path beside it if another
/// folder is there now.
pub fn begin_again(lost: &Path) -> Result<Folder, Error> {
    let numbered = (2..).map(|n| {
        let name = lost.file_name().unwrap_or_default().to_string_lossy();
        lost.with_file_name(format!("{name}-{n}"))
    });
    let mut folders = std::iter::once(lost.to_owned()).chain(numbered);
    folders.find_map(|folder| free(&folder).transpose()).expect("some number is free")
}

/// The locked `folder` for a new run; `None` if the folder is not empty.
fn free(folder: &Path) -> Result<Option<Folder>, Error> {
    let is_empty = || Ok::<_, Error>(folder::contents(folder)?.is_empty());
    if !is_empty()? {
        return Ok(None);
    }
    let mut held = Folder::open(folder, &FILES)?;
    // Another process may have begun a run since the first check, and may even have ended it.
    Ok((held.hold()? && is_empty()?).then_some(held))
}

/// The error that the folder already has a run.
fn taken(out: &Path) -> Error {
    let (place, what) = (format!("`{}`", out.display()), "the folder already has a run");
    let remedy = format!("--resume {}, or --out with another folder", out.display());
    ExperimentError::new(place, what, "a folder without a run", "another run", &remedy)
}

/// Checks that `folder` contains a run that can be continued. A folder with only an experiment of the user is
/// refused, because the experiment would be overwritten.
pub fn check_run(folder: &Path) -> Result<(), Error> {
    let experiment = experiment(folder)?;
    if is_run(folder) {
        return Ok(());
    }
    let place = format!("`{}`", folder.display());
    let expected = format!("the files of toddle train beside {EXPERIMENT}, such as {ENVIRONMENT}");
    let (got, remedy) =
        (format!("{EXPERIMENT} without it"), format!("toddle train {}", experiment.display()));
    Err(ExperimentError::new(place, "there is no run", &expected, &got, &remedy))
}

/// The locked `folder`, to continue its run.
pub fn go_on(folder: &Path) -> Result<Folder, Error> {
    let mut held = Folder::open(folder, &FILES)?;
    if held.hold()? {
        return Ok(held);
    }
    let (place, what) = (format!("`{}`", folder.display()), "another command is training in this folder");
    let (expected, got) = ("a run that has stopped", "a run that is training");
    let remedy = "again when the other command has ended; Ctrl-C saves and ends it";
    Err(ExperimentError::new(place, what, expected, got, remedy))
}
