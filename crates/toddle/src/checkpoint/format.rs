//! Safetensors: eight bytes that say how long the header is, the header as JSON, and the numbers.
//!
//! Written here rather than taken from the crate of that name, for three reasons: the bytes of a file are to follow from what
//! is in it, an error is to name the section, and no header may ask for more memory than its own length allows.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::error::CheckpointError;
use crate::Float;

/// Bytes that say how long the header is, and to a multiple of which it is filled up with spaces.
const WORD: usize = 8;
/// Where the texts beside the tensors are.
const METADATA: &str = "__metadata__";
/// Which of them holds the checksum of all else.
const CHECKSUM: &str = "toddle.crc32";

/// A tensor as the header has it.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    dtype: String,
    shape: Vec<usize>,
    /// Its first byte behind the header, and that behind its last.
    data_offsets: [usize; 2],
}

/// A file to be written.
#[derive(Default)]
pub(super) struct Writer {
    metadata: BTreeMap<String, String>,
    tensors: Vec<(String, Place)>,
    data: Vec<u8>,
}

impl Writer {
    /// Puts a text under `key`.
    pub fn text(&mut self, key: &str, text: impl Into<String>) {
        self.metadata.insert(key.into(), text.into());
    }

    /// Puts a tensor behind those that there are.
    pub fn tensor<T: Float>(&mut self, name: String, shape: &[usize], numbers: &[T]) {
        let begin = self.data.len();
        for number in numbers {
            number.write_le(&mut self.data);
        }
        let data_offsets = [begin, self.data.len()];
        self.tensors.push((name, Place { dtype: dtype::<T>().into(), shape: shape.into(), data_offsets }));
    }

    /// The file.
    pub fn finish(mut self) -> Vec<u8> {
        let checksum = checksum(&self.metadata, self.tensors.iter().map(|(name, at)| (name, at)), &self.data);
        self.text(CHECKSUM, checksum);
        let mut header = serde_json::to_vec(&self).expect("texts and whole numbers are JSON");
        header.resize(header.len().next_multiple_of(WORD), b' ');
        let mut file = Vec::with_capacity(WORD + header.len() + self.data.len());
        file.extend_from_slice(&(header.len() as u64).to_le_bytes());
        file.extend_from_slice(&header);
        file.extend_from_slice(&self.data);
        file
    }
}

impl Serialize for Writer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut header = serializer.serialize_map(Some(1 + self.tensors.len()))?;
        header.serialize_entry(METADATA, &self.metadata)?;
        for (name, place) in &self.tensors {
            header.serialize_entry(name, place)?;
        }
        header.end()
    }
}

/// A file that was read, whose tensors fill it without overlaps and holes, and whose checksum is right.
pub(super) struct Reader<'a> {
    metadata: BTreeMap<String, String>,
    tensors: BTreeMap<String, Place>,
    data: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads `file`, which may be anything.
    pub fn new(file: &'a [u8]) -> Result<Self, CheckpointError> {
        let Some((length, rest)) = file.split_first_chunk::<WORD>() else {
            let got = format_args!("{} bytes", file.len());
            return Err(CheckpointError::section("the length of the header", "8 bytes", got));
        };
        let length = u64::from_le_bytes(*length);
        let Some((header, data)) = usize::try_from(length).ok().and_then(|at| rest.split_at_checked(at))
        else {
            let expected = format_args!("at most {}, which is what the file has behind it", rest.len());
            return Err(CheckpointError::section("the length of the header", expected, length));
        };
        let Header { metadata, tensors } = serde_json::from_slice(header).map_err(|error| {
            CheckpointError::section("the header", "the JSON of a safetensors file", error)
        })?;
        let file = Reader { metadata, tensors, data };
        file.check_places()?;
        file.check_sum()?;
        Ok(file)
    }

    /// The text under `key`.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.metadata.get(key).map(String::as_str)
    }

    /// The names of all tensors.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// The bytes of the tensor `name`, which has to be of that shape and of this many bytes a number.
    pub fn tensor(&self, name: &str, shape: &[usize], dtype: &str) -> Result<&'a [u8], CheckpointError> {
        let expected = || format!("{dtype} of shape {shape:?}, as the specification asks for");
        match self.tensors.get(name) {
            None => Err(CheckpointError::tensor(name, expected(), "no such tensor")),
            Some(place) if place.shape != shape || place.dtype != dtype => {
                let got = format_args!("{} of shape {:?}", place.dtype, place.shape);
                Err(CheckpointError::tensor(name, expected(), got))
            }
            Some(Place { data_offsets: [begin, end], .. }) => Ok(&self.data[*begin..*end]),
        }
    }

    /// Whether each tensor is as long as its shape says and begins where the one before it ends.
    fn check_places(&self) -> Result<(), CheckpointError> {
        let mut tensors: Vec<_> = self.tensors.iter().collect();
        tensors.sort_by_key(|(_, place)| place.data_offsets);
        let mut filled = 0;
        for (name, Place { dtype, shape, data_offsets: [begin, end] }) in tensors {
            let refuse = |expected: &dyn fmt::Display, got: &dyn fmt::Display| {
                Err(CheckpointError::tensor(name, expected, got))
            };
            let size = match dtype.as_str() {
                "F32" => 4,
                "F64" => 8,
                "F16" | "BF16" => {
                    return Err(CheckpointError::Foreign {
                        what: "its weights have 16 bits each",
                        got: format!("the tensor `{name}` of type {dtype}"),
                        remedy: "the file that toddle wrote, before it was converted",
                    });
                }
                _ => return refuse(&"the type F32 or F64", dtype),
            };
            if *begin < filled {
                return refuse(
                    &format_args!("byte {filled} or later"),
                    &format_args!("an overlap at byte {begin}"),
                );
            }
            if *begin > filled {
                return refuse(&format_args!("byte {filled}"), &format_args!("a hole up to byte {begin}"));
            }
            if *end < *begin || *end > self.data.len() {
                let expected = format_args!("an end from byte {begin} to byte {}", self.data.len());
                return refuse(&expected, &format_args!("byte {end}"));
            }
            match shape.iter().try_fold(size, |size: usize, side| size.checked_mul(*side)) {
                Some(size) if size == end - begin => filled = *end,
                Some(size) => {
                    let expected = format_args!("the {size} bytes of the shape {shape:?}");
                    return refuse(&expected, &format_args!("{}", end - begin));
                }
                None => return refuse(&"a shape that can be", &format_args!("{shape:?}")),
            }
        }
        if filled == self.data.len() {
            return Ok(());
        }
        let expected = format_args!("{filled} bytes of tensors");
        Err(CheckpointError::section("the end of the file", expected, self.data.len()))
    }

    fn check_sum(&self) -> Result<(), CheckpointError> {
        let Some(expected) = self.text(CHECKSUM) else {
            return Err(CheckpointError::Foreign {
                what: "it is a safetensors file, but none of toddle's",
                got: format!("no metadata `{CHECKSUM}`"),
                remedy: "building the network and setting its weights from the file's tensors",
            });
        };
        let got = checksum(&self.metadata, &self.tensors, self.data);
        if got == expected { Ok(()) } else { Err(CheckpointError::section("the checksum", expected, got)) }
    }
}

/// How safetensors calls the type.
pub(super) fn dtype<T: Float>() -> &'static str {
    if size_of::<T>() == 4 { "F32" } else { "F64" }
}

/// The numbers of a tensor of that type, as `T`.
pub(super) fn numbers<T: Float>(dtype: &str, bytes: &[u8], to: &mut [T]) {
    if dtype == "F32" {
        for (to, bytes) in to.iter_mut().zip(bytes.as_chunks().0) {
            *to = T::from_f64(f64::from(f32::from_le_bytes(*bytes)));
        }
    } else {
        for (to, bytes) in to.iter_mut().zip(bytes.as_chunks().0) {
            *to = T::from_f64(f64::from_le_bytes(*bytes));
        }
    }
}

/// CRC-32 over all that a file says, in an order that does not depend on how it is written: texts and tensors by name.
fn checksum<'t>(
    metadata: &BTreeMap<String, String>,
    tensors: impl IntoIterator<Item = (&'t String, &'t Place)>,
    data: &[u8],
) -> String {
    let mut sum = crc32fast::Hasher::new();
    let mut take = |part: &[u8]| {
        sum.update(&(part.len() as u64).to_le_bytes());
        sum.update(part);
    };
    for (key, text) in metadata.iter().filter(|(key, _)| *key != CHECKSUM) {
        take(key.as_bytes());
        take(text.as_bytes());
    }
    for (name, Place { dtype, shape, data_offsets: [begin, end] }) in
        tensors.into_iter().collect::<BTreeMap<_, _>>()
    {
        take(name.as_bytes());
        take(dtype.as_bytes());
        for side in shape {
            take(&(*side as u64).to_le_bytes());
        }
        take(&data[*begin..*end]);
    }
    format!("{:08x}", sum.finalize())
}

/// The header as it is read: no name twice.
struct Header {
    metadata: BTreeMap<String, String>,
    tensors: BTreeMap<String, Place>,
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeaderVisitor)
    }
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = Header;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("tensors by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
        let (mut metadata, mut tensors) = (None, BTreeMap::new());
        while let Some(name) = map.next_key::<String>()? {
            let in_it = |error| de::Error::custom(format_args!("`{name}`: {error}"));
            let again = if name == METADATA {
                metadata.replace(map.next_value().map_err(in_it)?).is_some()
            } else {
                let place = map.next_value().map_err(in_it)?;
                tensors.insert(name.clone(), place).is_some()
            };
            if again {
                return Err(de::Error::custom(format_args!("`{name}` is there twice")));
            }
        }
        Ok(Header { metadata: metadata.unwrap_or_default(), tensors })
    }
}
