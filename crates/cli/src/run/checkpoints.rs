//! The last two checkpoints of a run.

use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

use super::CHECKPOINTS;
use crate::error::{Error, ExperimentError};
use crate::folder::Folder;

/// How many are kept: the one before the last is there if the last is damaged.
const KEPT: usize = 2;

/// The folder of a run's checkpoints.
pub struct Checkpoints {
    folder: Folder,
}

impl Checkpoints {
    /// Those of the run in `folder`.
    pub fn open(folder: &Path) -> Result<Checkpoints, Error> {
        Ok(Checkpoints { folder: Folder::open(&folder.join(CHECKPOINTS), &[])? })
    }

    /// Keeps `checkpoint`, of a training after so many steps, and those before it as far as they are wanted.
    pub fn write(&self, step: u64, checkpoint: &[u8]) -> Result<(), Error> {
        self.folder.write(&format!("step-{step:08}.safetensors"), checkpoint)?;
        let files = files(self.folder.path());
        for file in files.iter().rev().skip(KEPT) {
            // One too many does no harm.
            let _ = fs::remove_file(file);
        }
        Ok(())
    }
}

/// What `decode` makes of the last checkpoint of the run in `folder`, or, where that one is damaged, of the one before it.
pub fn last<S, E: Display>(folder: &Path, decode: impl Fn(&[u8]) -> Result<S, E>) -> Result<S, Error> {
    let mut got = "none".to_owned();
    for file in files(&folder.join(CHECKPOINTS)).iter().rev() {
        let read = fs::read(file).map_err(|cause| cause.to_string());
        match read.and_then(|bytes| decode(&bytes).map_err(|error| error.to_string())) {
            Ok(saved) => return Ok(saved),
            Err(cause) => got = format!("`{}`, of which {cause}", file.display()),
        }
    }
    let place = format!("`{}`", folder.display());
    let expected = "a whole checkpoint in its folder checkpoints";
    Err(ExperimentError::new(
        place,
        "there is nothing to go on from",
        expected,
        &got,
        "training anew, with --out",
    ))
}

/// The checkpoints in a folder, in the order of their steps.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_checkpoint = |path: &PathBuf| path.extension().is_some_and(|end| end == "safetensors");
    let mut files: Vec<PathBuf> = entries.filter(is_checkpoint).collect();
    files.sort();
    files
}
