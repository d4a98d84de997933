//! CIFAR-10 and CIFAR-100 in their binary form.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::GzDecoder;
use tar::Archive;

use crate::bounded::{MAX_BYTES, read_up_to};
use crate::budget::Budget;
use crate::dataset::Dataset;
use crate::error::DataError;
use crate::file;

/// Values of an image: red, green and blue, each 32×32.
const IMAGE: usize = 3 * 32 * 32;

/// Which of the two sets: what they are called, how many labels stand before an image, and in which files.
#[derive(Debug)]
struct Form {
    classes: usize,
    /// CIFAR-100 has a label of one of twenty groups before that of the class.
    labels: usize,
    train: &'static [&'static str],
    test: &'static [&'static str],
    /// The folder in the archive, for those who unpacked it.
    folder: &'static str,
    archive: &'static str,
}

static TEN: Form = Form {
    classes: 10,
    labels: 1,
    train: &[
        "data_batch_1.bin",
        "data_batch_2.bin",
        "data_batch_3.bin",
        "data_batch_4.bin",
        "data_batch_5.bin",
    ],
    test: &["test_batch.bin"],
    folder: "cifar-10-batches-bin",
    archive: "cifar-10-binary.tar.gz",
};

static HUNDRED: Form = Form {
    classes: 100,
    labels: 2,
    train: &["train.bin"],
    test: &["test.bin"],
    folder: "cifar-100-binary",
    archive: "cifar-100-binary.tar.gz",
};

/// CIFAR-10 or CIFAR-100 in its binary form: colour photographs of 32×32 pixels, 50,000 to train on and 10,000 to test with.
///
/// Each image is a record: its label, and then 1024 bytes each of red, green and blue. CIFAR-100 has two labels, that of the
/// group and that of the class; the second is taken. `path` is the archive `cifar-10-binary.tar.gz`, which is read without
/// unpacking, or a folder with this archive, or a folder with the unpacked files. A file may have fewer records than the
/// original one, and at most [`MAX_BYTES`].
///
/// **Errors:** a [`DataError`] if a file is missing or cannot be read, is no whole number of records, or has a label
/// that is no class.
///
/// ```no_run
/// let photographs = toddle_data::Cifar::ten("data/cifar10").train()?;
/// assert_eq!(photographs.shape(), [3, 32, 32]);
/// # Ok::<(), toddle_data::DataError>(())
/// ```
///
/// See: A. Krizhevsky, *Learning multiple layers of features from tiny images*, 2009.
#[derive(Debug, Clone)]
pub struct Cifar {
    form: &'static Form,
    path: PathBuf,
}

impl Cifar {
    /// CIFAR-10: airplanes, cars, birds, cats, deer, dogs, frogs, horses, ships and trucks.
    pub fn ten(path: impl AsRef<Path>) -> Cifar {
        Cifar { form: &TEN, path: path.as_ref().to_owned() }
    }

    /// CIFAR-100: a hundred classes, with 500 images each to train on.
    pub fn hundred(path: impl AsRef<Path>) -> Cifar {
        Cifar { form: &HUNDRED, path: path.as_ref().to_owned() }
    }

    /// The half to train on.
    pub fn train(&self) -> Result<Dataset, DataError> {
        self.half(self.form.train)
    }

    /// The half to test with.
    pub fn test(&self) -> Result<Dataset, DataError> {
        self.half(self.form.test)
    }

    fn half(&self, files: &[&str]) -> Result<Dataset, DataError> {
        let archive = self.path.join(self.form.archive);
        let folders = [self.path.clone(), self.path.join(self.form.folder)];
        let records = if self.path.exists() && !self.path.is_dir() {
            from_archive(&self.path, files)?
        } else if let Some(folder) = folders.iter().find(|folder| folder.join(files[0]).is_file()) {
            from_folder(folder, files)?
        } else if archive.is_file() {
            from_archive(&archive, files)?
        } else {
            let expected = format!("`{}`, or {}", self.form.archive, files.join(", "));
            let remedy =
                "the binary version, in files with their standard names; Python's and Matlab's are not read";
            return Err(DataError::refused(self.path.display().to_string(), expected, "neither", remedy));
        };
        self.dataset(records)
    }

    /// Checks every file's records, then parts labels from images.
    fn dataset(&self, files: Vec<(String, Vec<u8>)>) -> Result<Dataset, DataError> {
        let Form { classes, labels: before, .. } = *self.form;
        let record = before + IMAGE;
        for (name, bytes) in &files {
            if bytes.is_empty() || bytes.len() % record != 0 {
                let got = format!("{} bytes", bytes.len());
                let expected = format!("records of {record} bytes, and nothing else");
                return Err(DataError::refused(
                    name,
                    expected,
                    got,
                    "fetching the file again: it is damaged",
                ));
            }
            let label = |i: usize| u32::from(bytes[i * record + before - 1]);
            if let Some(sample) = (0..bytes.len() / record).find(|&i| label(i) as usize >= classes) {
                return Err(DataError::Label { name: name.clone(), sample, label: label(sample), classes });
            }
        }
        let count: usize = files.iter().map(|(_, bytes)| bytes.len() / record).sum();
        let name = self.path.display().to_string();
        Budget::ask(&name, (count * IMAGE) as u64, || format!("{count} pictures"))?;
        let (mut labels, mut pixels) = (Vec::with_capacity(count), Vec::with_capacity(count * IMAGE));
        for (_, bytes) in files {
            for record in bytes.chunks_exact(record) {
                labels.push(u32::from(record[before - 1]));
                pixels.extend_from_slice(&record[before..]);
            }
        }
        Dataset::new(&name, [3, 32, 32], pixels, labels, classes)
    }
}

fn from_folder(folder: &Path, files: &[&str]) -> Result<Vec<(String, Vec<u8>)>, DataError> {
    let read = |file: &&str| {
        let path = folder.join(file);
        let (mut source, length) = file::open(&path)?;
        Budget::ask(&path.display().to_string(), length, || "the whole file".to_owned())?;
        let bytes = read_up_to(&mut source, MAX_BYTES + 1).map_err(|cause| DataError::read(&path, cause))?;
        check_size(path.display().to_string(), bytes)
    };
    files.iter().map(read).collect()
}

fn from_archive(path: &Path, files: &[&str]) -> Result<Vec<(String, Vec<u8>)>, DataError> {
    let name = path.display().to_string();
    let fault = |cause: io::Error| match cause.raw_os_error() {
        Some(_) => DataError::Read { name: name.clone(), cause },
        None => DataError::refused(
            &name,
            "a whole .tar.gz",
            if cause.kind() == ErrorKind::UnexpectedEof {
                "one that ends early".into()
            } else {
                cause.to_string()
            },
            "fetching the file again: it is damaged",
        ),
    };
    // Both sets are 180 MB unpacked; what goes on for longer is no such archive.
    let inflated = GzDecoder::new(BufReader::new(file::open(path)?.0)).take(MAX_BYTES as u64);
    let mut archive = Archive::new(inflated);
    let mut found = vec![None; files.len()];
    // Raw entries: long names and other extensions would be read into memory, whatever they declare.
    for entry in archive.entries().map_err(fault)?.raw(true) {
        let mut entry = entry.map_err(fault)?;
        let place = {
            let path = entry.path().map_err(fault)?;
            files.iter().position(|file| path.file_name() == Some(OsStr::new(file)))
        };
        if let Some(place) = place.filter(|_| entry.header().entry_type().is_file()) {
            let name = format!("{} in {name}", files[place]);
            let declared = entry.header().size().map_err(fault)?;
            Budget::ask(&name, declared.min(MAX_BYTES as u64), || "the whole file".to_owned())?;
            let bytes = read_up_to(&mut entry, MAX_BYTES + 1).map_err(fault)?;
            if bytes.len() as u64 != declared {
                return Err(fault(ErrorKind::UnexpectedEof.into()));
            }
            found[place] = Some((name, bytes));
        }
    }
    check_end(archive.into_inner()).map_err(fault)?;
    let missing = |place: usize| {
        let remedy = "fetching the archive of the binary version";
        DataError::refused(&name, format!("an archive with `{}`", files[place]), "none of that name", remedy)
    };
    found.into_iter().enumerate().map(|(place, file)| file.ok_or_else(|| missing(place))).collect()
}

/// Reads what is left of the archive: the checksum and the length at the end of gzip are compared there.
///
/// **Errors:** if they are wrong, or something follows.
fn check_end(mut archive: io::Take<GzDecoder<impl BufRead>>) -> io::Result<()> {
    io::copy(&mut archive, &mut io::sink())?;
    let mut inflated = archive.into_inner();
    let is_longer = inflated.read(&mut [0])? > 0;
    if is_longer || !inflated.into_inner().fill_buf()?.is_empty() {
        return Err(io::Error::new(ErrorKind::InvalidData, "bytes after its end"));
    }
    Ok(())
}

fn check_size(name: String, bytes: Vec<u8>) -> Result<(String, Vec<u8>), DataError> {
    match bytes.len() > MAX_BYTES {
        true => Err(DataError::refused(
            name,
            format!("at most {MAX_BYTES} bytes"),
            "more",
            "checking that it is a file of CIFAR",
        )),
        false => Ok((name, bytes)),
    }
}
