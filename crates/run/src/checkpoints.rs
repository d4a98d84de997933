//! The checkpoints of a training. The last two are kept, and a training continues from the newest readable one.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use toddle::Float;
use toddle::checkpoint::{self, Saved};

use crate::error::Error;
use crate::files::{self, Content, Disk, RealDisk, TEMPORARY};

/// The number of checkpoints that are kept. If the last one is damaged, there is the one before it.
const KEPT: usize = 2;

/// A folder of checkpoints with the names `step-00000123.safetensors`.
#[derive(Debug)]
pub struct Checkpoints<D = RealDisk> {
    folder: PathBuf,
    disk: D,
}

/// The newest checkpoint that could be read.
#[derive(Debug)]
pub struct Latest<T> {
    /// The path of the checkpoint.
    pub file: PathBuf,
    /// The contents of the checkpoint.
    pub saved: Saved<T>,
    /// The errors of newer checkpoints that could not be read.
    pub skipped: Vec<Error>,
}

impl Checkpoints {
    /// The checkpoints in `folder`. The folder need not exist yet.
    pub fn new(folder: impl Into<PathBuf>) -> Checkpoints {
        Checkpoints::on(RealDisk, folder)
    }
}

impl<D: Disk> Checkpoints<D> {
    /// The checkpoints in `folder` on `disk`.
    pub fn on(disk: D, folder: impl Into<PathBuf>) -> Checkpoints<D> {
        Checkpoints { folder: folder.into(), disk }
    }

    /// Writes the checkpoint after `step`, and removes all but the last two. When this function returns, the checkpoint
    /// is on the disk.
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

    /// The newest checkpoint that is complete; `None` if there are no checkpoints.
    ///
    /// If no checkpoint can be read, the error is the error of the newest one.
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

    /// Removes checkpoints that newer ones have replaced, and unfinished files of a training that was killed. A file
    /// that cannot be removed now is removed after the next checkpoint.
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

/// The step in the name of a checkpoint.
fn step(name: &str) -> Option<u64> {
    let digits = name.strip_prefix("step-")?.strip_suffix(".safetensors")?;
    if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests;
