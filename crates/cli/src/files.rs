//! Files that are written whole or not at all, and read within bounds.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use toddle_data::DataError;

/// Writes the content of a file, in as many pieces as it likes.
pub type Content<'c> = &'c dyn Fn(&mut dyn Write) -> io::Result<()>;

/// What writing asks of a disk, so that a test can let each of it fail.
pub trait Disk {
    /// A file under another name. It removes itself unless it is [renamed](Self::rename).
    type Temporary: Write;

    /// Makes the folder where there is none.
    fn create_folder(&self, folder: &Path) -> io::Result<()>;
    /// A new file in `folder`.
    fn create(&self, folder: &Path) -> io::Result<Self::Temporary>;
    /// Waits for the disk to have the file.
    fn sync(&self, file: &Self::Temporary) -> io::Result<()>;
    /// Gives the file its name, in place of the file that may have it.
    fn rename(&self, file: Self::Temporary, to: &Path) -> io::Result<()>;
    /// Waits for the disk to have the names in `folder`.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, file: &Path) -> io::Result<()>;
}

/// The disk that there is.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

/// With what the names of files begin that are being written.
pub const TEMPORARY: &str = ".toddle-";

/// A file under another name on the disk that there is.
#[derive(Debug)]
pub struct Temporary(NamedTempFile);

// The library's own way to write puts the file's other name, which means nothing to a user, into errors.
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
        // The way of the library itself would hide the file from others, and put its name into errors.
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
        // Only Unix lets a folder be opened for that.
        if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
    }

    fn remove(&self, file: &Path) -> io::Result<()> {
        fs::remove_file(file)
    }
}

/// Writes `folder/name` under another name, waits for the disk to have it, and only then gives it its own: whoever looks, even
/// after a power cut, finds the old file or the new one.
pub fn write_whole<D: Disk>(disk: &D, folder: &Path, name: &str, content: Content) -> io::Result<()> {
    let mut temporary = disk.create(folder)?;
    content(&mut temporary)?;
    temporary.flush()?;
    disk.sync(&temporary)?;
    disk.rename(temporary, &folder.join(name))?;
    disk.sync_folder(folder)
}

/// The most bytes of a text that a user writes by hand, or has a program write: an experiment with its samples in it, say.
const MOST_TEXT: u64 = 64 << 20;

/// The file, opened. One that may have no end, as a pipe or a device, is not opened, and the error says what it is.
pub fn open(file: &Path) -> io::Result<File> {
    match toddle_data::open_file(file) {
        Ok((file, _)) => Ok(file),
        Err(DataError::Read { cause, .. }) => Err(cause),
        Err(DataError::Refused { got, .. }) => Err(io::Error::other(got)),
        Err(other) => Err(io::Error::other(other)),
    }
}

/// The text in `file`, of 64 MiB at most.
pub fn read_text(file: &Path) -> io::Result<String> {
    let mut text = String::new();
    open(file)?.take(MOST_TEXT + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MOST_TEXT {
        return Err(io::Error::other(format!("more than {MOST_TEXT} bytes")));
    }
    Ok(text)
}

/// What reading asks of a file.
pub trait Source {
    /// Its length, of a regular file.
    fn length(&self) -> io::Result<u64>;
    /// Fills `to` with what comes next.
    fn fill(&mut self, to: &mut [u8]) -> io::Result<()>;
}

impl Source for File {
    fn length(&self) -> io::Result<u64> {
        let metadata = self.metadata()?;
        if metadata.is_file() { Ok(metadata.len()) } else { Err(io::Error::other("it is no regular file")) }
    }

    fn fill(&mut self, to: &mut [u8]) -> io::Result<()> {
        self.read_exact(to)
    }
}

/// The most bytes that a model may have: the largest network, in `f64`, with all that a training keeps beside it.
const MOST_BYTES: u64 = 16 << 30;
/// Bytes at the beginning of a model: how long its header is, and the brace that begins that.
const BEGINNING: usize = 9;

/// The bytes of a model. What clearly is none, or too large to be one, is not read to its end.
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
        return Err(invalid("something that is no safetensors file, or is cut off in its header".into()));
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length as usize)?;
    bytes.extend_from_slice(&beginning);
    bytes.resize(length as usize, 0);
    file.fill(&mut bytes[BEGINNING..])?;
    Ok(bytes)
}

/// The files of `folder` whose names `is_one` says yes to, by name.
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
