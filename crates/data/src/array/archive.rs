//! Arrays with names, several in a file.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use safetensors::{Dtype, SafeTensors};
use zip::{CompressionMethod, ZipArchive};

use crate::bounded::{MAX_BYTES, read_up_to};
use crate::budget::Budget;
use crate::error::DataError;
use crate::file;
use crate::halves::Names;
use crate::values::{Kind, Scalar};

use super::{Array, ArrayValues, Sections, ZIP};

/// A file of arrays with names: NPZ, as `numpy.savez` and `numpy.savez_compressed` write it, or safetensors.
///
/// The content of a file says which kind it is. [`Arrays`](super::Arrays) makes data sets of an archive. `Archive` reads arrays
/// with other names.
///
/// **Trust:** an array of an NPZ file is read when a program asks for it. Its header is checked first. Memory grows with the bytes
/// that the archive really has, and a file that inflates to more than [`MAX_BYTES`] is refused. A large array that is not compressed
/// may stay in its file, as [`Array`] says. A safetensors file is read as a whole, up to [`MAX_BYTES`].
///
/// **Errors:** a [`DataError`] if the file cannot be read, is not such an archive, or does not have the array; and those of
/// [`Array`].
///
/// ```no_run
/// use toddle_data::{Archive, Arrays};
/// let mut archive = Archive::open("weather.npz")?;
/// println!("{}", archive.names().join(", "));
/// let (weather, report) = Arrays::default().pair(archive.read("pressure")?, archive.read("rain")?)?;
/// # Ok::<(), toddle_data::DataError>(())
/// ```
pub struct Archive<R = BufReader<File>> {
    name: String,
    members: Members<R>,
    /// The file of the archive, if it is one.
    file: Option<Arc<File>>,
}

enum Members<R> {
    Npz(ZipArchive<R>),
    /// The whole of a safetensors file, whose header was checked.
    Tensors(Vec<u8>),
}

impl Archive {
    /// The archive at `path`.
    pub fn open(path: impl AsRef<Path>) -> Result<Archive, DataError> {
        let path = path.as_ref();
        let (file, _) = file::open(path)?;
        Archive::of_file(path, BufReader::new(file))
    }

    /// The archive in `file`, which is at `path`.
    pub(super) fn of_file(path: &Path, file: BufReader<File>) -> Result<Archive, DataError> {
        let archive = Archive::new(&path.display().to_string(), file)?;
        Ok(Archive { file: Some(Arc::new(file::open(path)?.0)), ..archive })
    }
}

impl<R: Read + Seek> Archive<R> {
    /// The archive in `source`, which messages call `name`.
    pub fn new(name: &str, mut source: R) -> Result<Archive<R>, DataError> {
        let read = |cause| DataError::Read { name: name.to_owned(), cause };
        let start = read_up_to(&mut source, 9).map_err(read)?;
        source.rewind().map_err(read)?;
        let refused = |expected: &str, fault: String| {
            DataError::refused(name, expected, fault, "saving or fetching the file again")
        };
        let members = if start.starts_with(&ZIP) {
            let open = |source| ZipArchive::new(source).map_err(|fault| fault.to_string());
            let archive = open(source).and_then(checked).and_then(open);
            Members::Npz(archive.map_err(|fault| refused("an archive that numpy.savez wrote", fault))?)
        } else if start.ends_with(b"{") {
            let length = source.seek(SeekFrom::End(0)).map_err(read)?;
            Budget::ask(name, length, || "the whole file".to_owned())?;
            source.rewind().map_err(read)?;
            let file = read_up_to(&mut source, MAX_BYTES + 1).map_err(read)?;
            if file.len() > MAX_BYTES {
                let expected = format!("at most {MAX_BYTES} bytes");
                return Err(DataError::refused(name, expected, "more", "fewer samples a file"));
            }
            SafeTensors::deserialize(&file)
                .map_err(|fault| refused("a whole file of safetensors", fault.to_string()))?;
            Members::Tensors(file)
        } else {
            return Err(refused("an archive of arrays, NPZ or safetensors", "another file".to_owned()));
        };
        Ok(Archive { name: name.to_owned(), members, file: None })
    }

    /// What messages call the archive.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names of the arrays, in order.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = match &self.members {
            Members::Npz(archive) => archive
                .file_names()
                .flatten()
                .filter_map(|name| Some(name.strip_suffix(".npy")?.to_owned()))
                .collect(),
            Members::Tensors(file) => SafeTensors::deserialize(file)
                .map(|tensors| tensors.names().into_iter().map(str::to_owned).collect())
                .unwrap_or_default(),
        };
        names.sort();
        names
    }

    /// The array called `array`.
    pub fn read(&mut self, array: &str) -> Result<Array, DataError> {
        let (name, names) = (format!("{array} in {}", self.name), self.names());
        let archive = &self.name;
        let missing = |fault: &dyn fmt::Display| {
            let got = format!("{}: {fault}", Names::of(&names));
            let remedy = "one of these names, or saving the file again";
            DataError::refused(archive, format!("an array `{array}`"), got, remedy)
        };
        match &mut self.members {
            Members::Npz(archive) => {
                let member = archive.by_name(&format!("{array}.npy")).map_err(|fault| missing(&fault))?;
                let declared = member.size();
                let is_plain = member.compression() == CompressionMethod::Stored && !member.encrypted();
                let file = self.file.clone().filter(|_| is_plain).zip(member.data_start());
                if file.is_none() && declared > MAX_BYTES as u64 {
                    let expected = format!("at most {MAX_BYTES} bytes");
                    return Err(DataError::refused(
                        name,
                        expected,
                        declared.to_string(),
                        "fewer samples a file",
                    ));
                }
                match Array::from_reader(name, BufReader::new(member), file) {
                    Err(DataError::Gzip { name, fault }) => {
                        let remedy = "saving or fetching the file again";
                        Err(DataError::refused(name, "a whole member of an archive", fault, remedy))
                    }
                    array => array,
                }
            }
            Members::Tensors(file) => {
                let tensors = SafeTensors::deserialize(file).map_err(|fault| missing(&fault))?;
                let tensor = tensors.tensor(array).map_err(|fault| missing(&fault))?;
                let Some(scalar) = scalar(tensor.dtype()) else {
                    let got = format!("values of type {}", tensor.dtype());
                    let expected = "BOOL, integers, F16, BF16, F32 or F64";
                    return Err(DataError::refused(name, expected, got, "saving them as F32"));
                };
                let (mut data, dims) = (tensor.data(), tensor.shape().to_vec());
                let mut sections = Sections { name: &name, source: &mut data, file: None, expected: 0 };
                let values = ArrayValues::Numbers(sections.numbers(scalar, &dims, false)?);
                Ok(Array { name, dims, values })
            }
        }
    }

    /// The array of an archive that has no other.
    pub(super) fn single(mut self) -> Result<Array, DataError> {
        match &self.names()[..] {
            [array] => self.read(array),
            names => {
                let got = format!("{} arrays: {}", names.len(), Names::of(names));
                let remedy = "giving the archive itself as the data, or saving each array with numpy.save";
                Err(DataError::refused(self.name, "a single array", got, remedy))
            }
        }
    }
}

impl<R> fmt::Debug for Archive<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Archive").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The source of an archive, if each member has one name, and no other member has it. A name stands before the member, and again
/// in the list of members at the end of the archive. Contents have a checksum, names have none.
fn checked<R: Read + Seek>(mut archive: ZipArchive<R>) -> Result<R, String> {
    let mut members = Vec::new();
    for n in 0..archive.len() {
        let member = archive.by_index_raw(n).map_err(|fault| fault.to_string())?;
        members.push((member.header_start(), member.name_raw().to_vec()));
    }
    let mut source = archive.into_inner();
    // Of two members with one name, the library lists one.
    let listed = listed(&mut source).map_err(|cause| cause.to_string())?;
    if listed.is_some_and(|listed| listed != members.len()) {
        return Err("two members with one name".to_owned());
    }
    for (start, listed) in members {
        let mut header = [0; 30];
        let mut before = || -> io::Result<Vec<u8>> {
            source.seek(SeekFrom::Start(start))?;
            source.read_exact(&mut header)?;
            let mut name = vec![0; usize::from(u16::from_le_bytes([header[26], header[27]]))];
            source.read_exact(&mut name)?;
            Ok(name)
        };
        let before = before().map_err(|cause| cause.to_string())?;
        if before != listed {
            let [one, other] = [&before, &listed].map(|name| String::from_utf8_lossy(name));
            return Err(format!("a member with two names, `{one}` and `{other}`"));
        }
    }
    source.rewind().map_err(|cause| cause.to_string())?;
    Ok(source)
}

/// How many members the record at the end of an archive counts. `None` if a comment follows the record, or if it has no room for
/// the count.
fn listed(source: &mut (impl Read + Seek)) -> io::Result<Option<usize>> {
    let mut record = [0; 22];
    source.seek(SeekFrom::End(-22))?;
    source.read_exact(&mut record)?;
    let count = u16::from_le_bytes([record[10], record[11]]);
    Ok((record.starts_with(b"PK\x05\x06") && count < u16::MAX).then_some(count.into()))
}

/// `None` for types that are not read: eight bits of floating point and fewer, and complex numbers.
fn scalar(dtype: Dtype) -> Option<Scalar> {
    let kind = match dtype {
        Dtype::BOOL => Kind::Bool,
        Dtype::U8 | Dtype::U16 | Dtype::U32 | Dtype::U64 => Kind::Unsigned,
        Dtype::I8 | Dtype::I16 | Dtype::I32 | Dtype::I64 => Kind::Signed,
        Dtype::F16 | Dtype::F32 | Dtype::F64 => Kind::Float,
        Dtype::BF16 => Kind::Brain,
        _ => return None,
    };
    Some(Scalar::little(kind, dtype.bitsize() / 8))
}
