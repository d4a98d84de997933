//! A folder for results, whose files are written whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::Error;

/// A folder that could be written to when it was opened.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
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
        let folder = Folder { path: path.into() };
        folder.temporary().map_err(|cause| blocked(cause.to_string()))?;
        match files.iter().map(|name| path.join(name)).find(|file| file.is_dir()) {
            Some(file) => Err(blocked(format!("`{}` is a folder, not a file", file.display()))),
            None => Ok(folder),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file under another name, waits for the disk to have it, and only then gives it its own: whoever looks, even
    /// after a power cut, finds the old file or the new one.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<(), Error> {
        let file = self.path.join(name);
        let write = || {
            let mut temporary = self.temporary()?;
            temporary.write_all(content)?;
            temporary.as_file().sync_all()?;
            temporary.persist(&file)?;
            self.sync()
        };
        write().map_err(|cause: io::Error| Error::Write { file: file.clone(), cause })
    }

    /// A file that removes itself, in this folder so that it can be renamed.
    fn temporary(&self) -> io::Result<NamedTempFile> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".toddle-");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // Temporary files are private unless told otherwise; results are as any other file of the user's.
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        builder.tempfile_in(&self.path)
    }

    /// Waits for the disk to have the names as well. Only Unix lets a folder be opened for that.
    fn sync(&self) -> io::Result<()> {
        if cfg!(unix) { fs::File::open(&self.path)?.sync_all() } else { Ok(()) }
    }
}
