//! A folder for results, whose files are written whole or not at all.

use std::fs::{self, File, Metadata, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::error::{Error, ExperimentError};
use crate::files::{self, Content, Disk, RealDisk, TEMPORARY, write_whole};

/// A folder that could be written to when it was opened.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Its lock, if it is held.
    held: Option<File>,
}

/// The file whose lock is a folder's. It stays there, so that everyone asks for the lock of the same file.
pub const LOCK: &str = ".lock";

/// Files that some systems put into a folder which its user takes for empty; hidden ones begin with a dot.
const OF_SYSTEMS: [&str; 2] = ["Thumbs.db", "desktop.ini"];
/// How many of the files in the way are named.
const NAMED: usize = 3;

/// The names of what a user sees in `folder`, by name; none where there is no folder.
pub fn contents(folder: &Path) -> Result<Vec<String>, Error> {
    let entries = match fs::read_dir(folder) {
        // That a file stands there is said by `Folder::open`.
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

/// The refusal to write into `folder`, where other files lie. `own` is a name for a folder of its own.
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
    let expected = "an empty folder, or a new one: nobody's files are overwritten";
    ExperimentError::new(place, "other files lie there", expected, &got, &remedy)
}

/// Whether both are of the same file.
#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Elsewhere a folder cannot be moved while a file in it is open.
#[cfg(not(unix))]
fn is_same(_: &Metadata, _: &Metadata) -> bool {
    true
}

impl Folder {
    /// Makes the folder where there is none, and tries it: now is the time to learn that results would be lost, not after
    /// hours of training. `files` are those that are to be written.
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

    /// Keeps all out who would hold the folder too, until this is dropped or the process ends, however it does. False if
    /// another holds it already.
    pub fn hold(&mut self) -> Result<bool, Error> {
        let blocked = |cause| Error::Write { file: self.path.join(LOCK), cause };
        let file = File::create(self.path.join(LOCK)).map_err(blocked)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(false),
            // Where the disk knows no locks, nobody can be kept out.
            Err(TryLockError::Error(cause)) if cause.kind() == ErrorKind::Unsupported => {}
            Err(TryLockError::Error(cause)) => return Err(blocked(cause)),
        }
        self.held = Some(file);
        Ok(true)
    }

    /// Removes what a command that was killed has left half written.
    pub fn tidy(&self) {
        for file in files::list(&self.path, |name| name.starts_with(TEMPORARY)).unwrap_or_default() {
            // What cannot be removed now is removed another time.
            let _ = fs::remove_file(file);
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file, whole or not at all: see [`write_whole`].
    pub fn write(&self, name: &str, content: &[u8]) -> Result<(), Error> {
        self.write_in_pieces(name, &|to| to.write_all(content))
    }

    /// [`write`](Self::write), of what need not be in memory as a whole.
    pub fn write_in_pieces(&self, name: &str, content: Content) -> Result<(), Error> {
        write_whole(&RealDisk, &self.path, name, content)
            .map_err(|cause| Error::Write { file: self.path.join(name), cause })
    }

    /// Whether the folder that is held is still where it was: nobody has removed it, or moved it, or put another in its place.
    pub fn is_there(&self) -> bool {
        let Some(held) = &self.held else { return self.path.is_dir() };
        let there = fs::metadata(self.path.join(LOCK));
        there.and_then(|there| Ok(is_same(&there, &held.metadata()?))).unwrap_or(false)
    }
}
