//! A folder for results, whose files are written completely or not at all.

use std::fs::{self, File, Metadata, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::error::{Error, ExperimentError};
use crate::files::{self, Content, Disk, RealDisk, TEMPORARY, write_whole};

/// A folder that could be written to when it was opened.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// The lock of the folder, if it is held.
    held: Option<File>,
}

/// The file whose lock is the lock of the folder. The file is never removed, so that all programs lock the same file.
pub const LOCK: &str = ".lock";

/// Files that some systems put into a folder that its user regards as empty. Hidden files begin with a dot.
const OF_SYSTEMS: [&str; 2] = ["Thumbs.db", "desktop.ini"];
/// The maximum number of existing files that an error names.
const NAMED: usize = 3;

/// The names of the visible files in `folder`, sorted; none if the folder does not exist.
pub fn contents(folder: &Path) -> Result<Vec<String>, Error> {
    let entries = match fs::read_dir(folder) {
        // `Folder::open` reports that the path is a file.
        Err(cause) if matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        entries => entries.and_then(Iterator::collect::<io::Result<Vec<_>>>),
    };
    let entries =
        entries.map_err(|cause| Error::Folder { folder: folder.into(), cause: cause.to_string() })?;
    let names = entries.into_iter().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> =
        names.filter(|name| !name.starts_with('.') && !OF_SYSTEMS.contains(&&**name)).collect();
    names.sort_unstable();
    Ok(names)
}

/// The error that `folder` has other files. `own` is a suggested name for a new folder.
pub fn occupied(folder: &Path, contents: &[String], own: &str) -> Error {
    let named: Vec<String> = contents.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
    let more = match contents.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let own = if contents.iter().any(|name| name == own) { format!("{own}-2") } else { own.to_owned() };
    let place = format!("`{}`", folder.display());
    let got = format!("{}{more}", named.join(", "));
    let remedy = format!("--out {}, or another new folder", folder.join(own).display());
    let expected = "an empty folder or a new one: files of others are never overwritten";
    ExperimentError::new(place, "the folder has other files", expected, &got, &remedy)
}

/// Whether both belong to the same file.
#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// On other systems, a folder cannot be moved while a file in it is open.
#[cfg(not(unix))]
fn is_same(_: &Metadata, _: &Metadata) -> bool {
    true
}

impl Folder {
    /// Makes the folder if it does not exist, and tests it before hours of training, so that no results are lost.
    /// `files` are the files that will be written.
    pub fn open(path: &Path, files: &[&str]) -> Result<Folder, Error> {
        let blocked = |cause: String| Error::Folder { folder: path.into(), cause };
        if let Some(file) = path.ancestors().find(|part| part.is_file()) {
            return Err(blocked(format!("`{}` is a file", file.display())));
        }
        fs::create_dir_all(path).map_err(|cause| blocked(cause.to_string()))?;
        RealDisk.create(path).map_err(|cause| blocked(cause.to_string()))?;
        match files.iter().map(|name| path.join(name)).find(|file| file.is_dir()) {
            Some(file) => Err(blocked(format!("`{}` is a folder, not a file", file.display()))),
            None => Ok(Folder { path: path.into(), held: None }),
        }
    }

    /// Locks the folder until this value is dropped or the process ends for any reason. False if another process has
    /// locked it.
    pub fn hold(&mut self) -> Result<bool, Error> {
        let blocked = |cause| Error::Write { file: self.path.join(LOCK), cause };
        let file = File::create(self.path.join(LOCK)).map_err(blocked)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(false),
            // A disk without locks cannot keep other processes out.
            Err(TryLockError::Error(cause)) if cause.kind() == ErrorKind::Unsupported => {}
            Err(TryLockError::Error(cause)) => return Err(blocked(cause)),
        }
        self.held = Some(file);
        Ok(true)
    }

    /// Removes unfinished files of a command that was killed.
    pub fn tidy(&self) {
        for file in files::list(&self.path, |name| name.starts_with(TEMPORARY)).unwrap_or_default() {
            // A file that cannot be removed now is removed another time.
            let _ = fs::remove_file(file);
        }
    }

    /// The path of the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file completely or not at all: see [`write_whole`].
    pub fn write(&self, name: &str, content: &[u8]) -> Result<(), Error> {
        self.write_in_pieces(name, &|to| to.write_all(content))
    }

    /// [`write`](Self::write) for content that need not be in memory as a whole.
    pub fn write_in_pieces(&self, name: &str, content: Content) -> Result<(), Error> {
        write_whole(&RealDisk, &self.path, name, content)
            .map_err(|cause| Error::Write { file: self.path.join(name), cause })
    }

    /// Removes a file, if it is there.
    pub fn remove(&self, name: &str) -> Result<(), Error> {
        let file = self.path.join(name);
        match fs::remove_file(&file) {
            Err(cause) if cause.kind() != ErrorKind::NotFound => Err(Error::Write { file, cause }),
            _ => Ok(()),
        }
    }

    /// Whether the locked folder is still in its place. It may have been removed, moved or replaced.
    pub fn is_there(&self) -> bool {
        let Some(held) = &self.held else { return self.path.is_dir() };
        let there = fs::metadata(self.path.join(LOCK));
        there.and_then(|there| Ok(is_same(&there, &held.metadata()?))).unwrap_or(false)
    }
}
