//! Files that are written completely or not at all, and are read within limits.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use toddle_data::DataError;

/// A function that writes the content of a file in any number of pieces.
pub type Content<'c> = &'c dyn Fn(&mut dyn Write) -> io::Result<()>;

/// The operations of a disk that writing needs. A test can let each of them fail.
pub trait Disk {
    /// A file with a temporary name. It is removed unless it is [renamed](Self::rename).
    type Temporary: Write;

    /// Makes the folder if it does not exist.
    fn create_folder(&self, folder: &Path) -> io::Result<()>;
    /// A new file in `folder`.
    fn create(&self, folder: &Path) -> io::Result<Self::Temporary>;
    /// Waits until the file is on the disk.
    fn sync(&self, file: &Self::Temporary) -> io::Result<()>;
    /// Gives the file its final name, and replaces an existing file of this name.
    fn rename(&self, file: Self::Temporary, to: &Path) -> io::Result<()>;
    /// Waits until the names in `folder` are on the disk.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, file: &Path) -> io::Result<()>;
}

/// The real disk.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

/// The beginning of the names of unfinished files.
pub const TEMPORARY: &str = ".toddle-";

/// A file with a temporary name on the real disk.
#[derive(Debug)]
pub struct Temporary(NamedTempFile);

// The `Write` of the library puts the temporary name, which means nothing to a user, into errors.
impl Write for Temporary {
    fn write(&mut self, content: &[u8]) -> io::Result<usize> {
        self.0.as_file_mut().write(content)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.as_file_mut().flush()
    }
}

impl Disk for RealDisk {
    type Temporary = Temporary;

    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)
    }

    fn create(&self, folder: &Path) -> io::Result<Temporary> {
        // The function of the library would make the file unreadable for others, and put its name into errors.
        tempfile::Builder::new()
            .prefix(TEMPORARY)
            .make_in(folder, |path| File::create_new(path))
            .map(Temporary)
    }

    fn sync(&self, file: &Temporary) -> io::Result<()> {
        file.0.as_file().sync_all()
    }

    fn rename(&self, file: Temporary, to: &Path) -> io::Result<()> {
        file.0.persist(to).map_err(|fault| fault.error)?;
        Ok(())
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        // Only Unix can open a folder to synchronise it.
        if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
    }

    fn remove(&self, file: &Path) -> io::Result<()> {
        fs::remove_file(file)
    }
}

/// Writes `folder/name` under a temporary name, waits until it is on the disk, and then renames it. So every reader
/// finds the old file or the new one, even after a power cut.
pub fn write_whole<D: Disk>(disk: &D, folder: &Path, name: &str, content: Content) -> io::Result<()> {
    let mut temporary = disk.create(folder)?;
    content(&mut temporary)?;
    temporary.flush()?;
    disk.sync(&temporary)?;
    disk.rename(temporary, &folder.join(name))?;
    disk.sync_folder(folder)
}

/// The maximum size of a text file that a user or a program writes, such as an experiment with its samples.
const MOST_TEXT: u64 = 64 << 20;

/// Opens the file. A file that may have no end, such as a pipe or a device, is not opened, and the error names its
/// kind.
pub fn open(file: &Path) -> io::Result<File> {
    match toddle_data::open_file(file) {
        Ok((file, _)) => Ok(file),
        Err(DataError::Read { cause, .. }) => Err(cause),
        Err(DataError::Refused { got, .. }) => Err(io::Error::other(got)),
        Err(other) => Err(io::Error::other(other)),
    }
}

/// The text in `file`; at most 64 MiB.
pub fn read_text(file: &Path) -> io::Result<String> {
    let mut text = String::new();
    open(file)?.take(MOST_TEXT + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MOST_TEXT {
        return Err(io::Error::other(format!("more than {MOST_TEXT} bytes")));
    }
    Ok(text)
}

/// The operations of a file that reading needs.
pub trait Source {
    /// The length of a regular file.
    fn length(&self) -> io::Result<u64>;
    /// Fills `to` with the next bytes.
    fn fill(&mut self, to: &mut [u8]) -> io::Result<()>;
}

impl Source for File {
    fn length(&self) -> io::Result<u64> {
        let metadata = self.metadata()?;
        if metadata.is_file() {
            Ok(metadata.len())
        } else {
            Err(io::Error::other("it is not a regular file"))
        }
    }

    fn fill(&mut self, to: &mut [u8]) -> io::Result<()> {
        self.read_exact(to)
    }
}

/// The maximum size of a model: the largest network, in `f64`, with all the data of its training.
const MOST_BYTES: u64 = 16 << 30;
/// The bytes at the beginning of a model: the length of its header, and the first brace of the header.
const BEGINNING: usize = 9;

/// The bytes of a model. If the file is clearly no model, or too large, it is not read to its end.
pub fn read_model(mut file: impl Source) -> io::Result<Vec<u8>> {
    let length = file.length()?;
    let invalid = |what: String| io::Error::new(ErrorKind::InvalidData, what);
    if length > MOST_BYTES {
        return Err(invalid(format!("{length} bytes, which is more than any model has")));
    }
    let mut beginning = [0; BEGINNING];
    if length < BEGINNING as u64 {
        return Err(invalid(format!("{length} bytes, which is less than any model has")));
    }
    file.fill(&mut beginning)?;
    let (header, brace) = beginning.split_at(8);
    let header = header.iter().rfold(0, |length, byte| length << 8 | u64::from(*byte));
    if header > length - 8 || brace != b"{" {
        return Err(invalid("a file that is not safetensors, or ends in its header".into()));
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length as usize)?;
    bytes.extend_from_slice(&beginning);
    bytes.resize(length as usize, 0);
    file.fill(&mut bytes[BEGINNING..])?;
    Ok(bytes)
}

/// The files of `folder` whose names `is_one` accepts, sorted by name.
pub fn list(folder: &Path, is_one: impl Fn(&str) -> bool) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(&is_one) {
            files.push(entry.path());
        }
    }
    files.sort_unstable();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn errors_name_no_file_but_the_users() {
        let folder = TempDir::new().unwrap();
        let error = RealDisk.create(&folder.path().join("nowhere")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(!error.to_string().contains(TEMPORARY), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn what_is_written_is_as_open_to_others_as_any_file() {
        use std::os::unix::fs::PermissionsExt;

        let folder = TempDir::new().unwrap();
        write_whole(&RealDisk, folder.path(), "written", &|to| to.write_all(b"text")).unwrap();
        fs::write(folder.path().join("any"), b"text").unwrap();
        let mode = |name| folder.path().join(name).metadata().unwrap().permissions().mode();
        assert_eq!(mode("written"), mode("any"));
    }
}
