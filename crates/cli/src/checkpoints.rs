//! The checkpoints of a training: the last two, and the better of them when it goes on.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use toddle::Float;
use toddle::checkpoint::{self, Saved};

use crate::error::Error;
use crate::files::{self, Content, Disk, RealDisk, TEMPORARY};

/// How many are kept: should the disk not have the last one whole, there is the one before it.
const KEPT: usize = 2;

/// A folder of checkpoints, `step-00000123.safetensors` each.
#[derive(Debug)]
pub struct Checkpoints<D = RealDisk> {
    folder: PathBuf,
    disk: D,
}

/// The newest checkpoint that could be read.
#[derive(Debug)]
pub struct Latest<T> {
    /// Where it is.
    pub file: PathBuf,
    /// What it holds.
    pub saved: Saved<T>,
    /// Why newer ones could not be read.
    pub skipped: Vec<Error>,
}

impl Checkpoints {
    /// Those in `folder`, which need not be there yet.
    pub fn new(folder: impl Into<PathBuf>) -> Checkpoints {
        Checkpoints::on(RealDisk, folder)
    }
}

impl<D: Disk> Checkpoints<D> {
    /// Those in `folder` of `disk`.
    pub fn on(disk: D, folder: impl Into<PathBuf>) -> Checkpoints<D> {
        Checkpoints { folder: folder.into(), disk }
    }

    /// Writes the checkpoint after `step`, and removes all but the last two. Once it returns, the disk has it.
    pub fn save(&self, step: u64, content: Content) -> Result<PathBuf, Error> {
        let name = format!("step-{step:08}.safetensors");
        let file = self.folder.join(&name);
        let write = || {
            self.disk.create_folder(&self.folder)?;
            files::write_whole(&self.disk, &self.folder, &name, content)
        };
        write().map_err(|cause| {
            let mut others = self.files().unwrap_or_default().into_iter().filter(|other| *other != file);
            let last = others.next_back();
            Error::Checkpoint { file: file.clone(), cause, last }
        })?;
        self.tidy();
        Ok(file)
    }

    /// All checkpoints, from the oldest to the newest.
    pub fn files(&self) -> Result<Vec<PathBuf>, Error> {
        let files = match files::list(&self.folder, |name| step(name).is_some()) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            files => files,
        };
        let mut files = files.map_err(|cause| Error::Read { file: self.folder.clone(), cause })?;
        files.sort_by_key(|file| file.file_name().and_then(|name| step(name.to_str()?)));
        Ok(files)
    }

    /// The newest checkpoint that is whole; `None` where there are none.
    ///
    /// The error, where none of them can be read, is that of the newest.
    pub fn latest<T: Float>(&self) -> Result<Option<Latest<T>>, Error> {
        let mut skipped = Vec::new();
        for file in self.files()?.into_iter().rev() {
            match load(&file) {
                Ok(saved) => return Ok(Some(Latest { file, saved, skipped })),
                Err(error) => skipped.push(error),
            }
        }
        skipped.into_iter().next().map_or(Ok(None), Err)
    }

    /// Removes checkpoints that newer ones have replaced, and what a training that was killed has left half written. What
    /// cannot be removed now is removed after the next checkpoint.
    fn tidy(&self) {
        let mut old = self.files().unwrap_or_default();
        old.truncate(old.len().saturating_sub(KEPT));
        old.extend(files::list(&self.folder, |name| name.starts_with(TEMPORARY)).unwrap_or_default());
        for file in old {
            let _ = self.disk.remove(&file);
        }
    }
}

/// Reads the model or checkpoint `file`.
pub fn load<T: Float>(file: &Path) -> Result<Saved<T>, Error> {
    checkpoint::decode(&read(file)?).map_err(|cause| Error::Model { file: file.into(), cause })
}

/// The bytes of the model or checkpoint `file`.
pub fn read(file: &Path) -> Result<Vec<u8>, Error> {
    let read = || -> io::Result<Vec<u8>> { files::read_model(files::open(file)?) };
    read().map_err(|cause| Error::Read { file: file.into(), cause })
}

/// The step of a checkpoint of this name.
fn step(name: &str) -> Option<u64> {
    let digits = name.strip_prefix("step-")?.strip_suffix(".safetensors")?;
    if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests;
