//! Safetensors: eight bytes with the length of the header, the header as JSON, and the elements.
//!
//! toddle does not use the crate of that name, for three reasons. The bytes of a file must depend only on its
//! content. An error must name the section. No header may ask for more memory than its own length allows.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::convert::Infallible;
use core::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::error::CheckpointError;
use crate::Float;

/// The number of bytes that hold the length of the header. Spaces fill up the header to a multiple of this number.
const WORD: usize = 8;
/// The key of the header under which the texts are.
const METADATA: &str = "__metadata__";
/// The key of the text that holds the checksum of everything else.
const CHECKSUM: &str = "toddle.crc32";

/// A tensor as written in the header.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    dtype: String,
    shape: Vec<usize>,
    /// The tensor's first byte after the header, and the byte after its last.
    data_offsets: [usize; 2],
}

/// The number of elements that are bytes at the same time while a file is written.
const TOGETHER: usize = 8 << 10;

/// A file to be written. It borrows the elements.
pub(super) struct Writer<'a, T> {
    metadata: BTreeMap<String, String>,
    tensors: Vec<(String, Place, &'a [T])>,
    /// The number of bytes of all tensors.
    length: usize,
}

impl<T> Default for Writer<'_, T> {
    fn default() -> Self {
        Writer { metadata: BTreeMap::new(), tensors: Vec::new(), length: 0 }
    }
}

impl<'a, T: Float> Writer<'a, T> {
    /// Adds a text under `key`.
    pub fn text(&mut self, key: &str, text: impl Into<String>) {
        self.metadata.insert(key.into(), text.into());
    }

    /// Adds a tensor at the end.
    pub fn tensor(&mut self, name: String, shape: &[usize], numbers: &'a [T]) {
        let begin = self.length;
        self.length += size_of_val(numbers);
        let place =
            Place { dtype: dtype::<T>().into(), shape: shape.into(), data_offsets: [begin, self.length] };
        self.tensors.push((name, place, numbers));
    }

    /// Calls `put` with the parts of the file, without a copy of it in memory. The elements are read twice, because the checksum
    /// comes before them.
    pub fn finish<E>(mut self, mut put: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let checksum = self.checksum();
        self.text(CHECKSUM, checksum);
        let mut header = serde_json::to_vec(&self).expect("texts and whole numbers are JSON");
        header.resize(header.len().next_multiple_of(WORD), b' ');
        put(&(header.len() as u64).to_le_bytes())?;
        put(&header)?;
        for (.., numbers) in &self.tensors {
            in_bytes(numbers, &mut put)?;
        }
        Ok(())
    }

    fn checksum(&self) -> String {
        let mut sum = Checksum::of(&self.metadata);
        let by_name: BTreeMap<_, _> =
            self.tensors.iter().map(|(name, place, numbers)| (name, (place, numbers))).collect();
        for (name, (place, numbers)) in by_name {
            sum.begin(name, place);
            let Ok(()) = in_bytes(numbers, |bytes| {
                sum.sum.update(bytes);
                Ok::<(), Infallible>(())
            });
        }
        sum.finish()
    }
}

/// Calls `take` with the bytes of `numbers`, little-endian, in several parts.
fn in_bytes<T: Float, E>(numbers: &[T], mut take: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
    let mut bytes = Vec::with_capacity(TOGETHER * size_of::<T>());
    for numbers in numbers.chunks(TOGETHER) {
        T::write_bytes(numbers, &mut bytes);
        take(&bytes)?;
    }
    Ok(())
}

impl<T> Serialize for Writer<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut header = serializer.serialize_map(Some(1 + self.tensors.len()))?;
        header.serialize_entry(METADATA, &self.metadata)?;
        for (name, place, _) in &self.tensors {
            header.serialize_entry(name, place)?;
        }
        header.end()
    }
}

/// A file that was read. Its tensors have no overlaps and no gaps between them, and its checksum is right.
pub(super) struct Reader<'a> {
    metadata: BTreeMap<String, String>,
    tensors: BTreeMap<String, Place>,
    data: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads `file`, which may contain any bytes.
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

    /// The bytes of the tensor `name`. An error if the tensor has another shape or another type.
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

    /// Checks that each tensor has the length of its shape and begins at the end of the tensor before it.
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
                what: "it is a safetensors file, but toddle has not written it",
                got: format!("no metadata `{CHECKSUM}`"),
                remedy: "building the network and setting its weights from the file's tensors",
            });
        };
        let mut sum = Checksum::of(&self.metadata);
        for (name, place) in &self.tensors {
            let [begin, end] = place.data_offsets;
            sum.begin(name, place);
            sum.sum.update(&self.data[begin..end]);
        }
        let got = sum.finish();
        if got == expected { Ok(()) } else { Err(CheckpointError::section("the checksum", expected, got)) }
    }
}

/// The name of the type in safetensors.
pub(super) fn dtype<T: Float>() -> &'static str {
    if size_of::<T>() == 4 { "F32" } else { "F64" }
}

/// Reads the elements of the tensor `name`, which has the type `dtype`, as `T`.
///
/// # Errors
/// An element is infinite or NaN, or becomes infinite as `T`.
pub(super) fn numbers<T: Float>(
    name: &str,
    dtype: &str,
    bytes: &[u8],
    to: &mut [T],
) -> Result<(), CheckpointError> {
    if dtype == "F32" {
        for (to, bytes) in to.iter_mut().zip(bytes.as_chunks().0) {
            *to = T::from_f64(f64::from(f32::from_le_bytes(*bytes)));
        }
    } else {
        for (to, bytes) in to.iter_mut().zip(bytes.as_chunks().0) {
            *to = T::from_f64(f64::from_le_bytes(*bytes));
        }
    }
    match to.iter().position(|number| !number.is_finite()) {
        None => Ok(()),
        Some(at) => {
            let expected = format_args!("finite {} in {}", T::NAME, dtype);
            Err(CheckpointError::tensor(name, expected, format_args!("{} as element {at}", to[at])))
        }
    }
}

/// CRC-32 of the content of a file. The order is that of the names of texts and tensors, and does not depend on the
/// order in the file.
struct Checksum {
    sum: crc32fast::Hasher,
}

impl Checksum {
    /// The checksum of the texts.
    fn of(metadata: &BTreeMap<String, String>) -> Checksum {
        let mut sum = Checksum { sum: crc32fast::Hasher::new() };
        for (key, text) in metadata.iter().filter(|(key, _)| *key != CHECKSUM) {
            sum.take(key.as_bytes());
            sum.take(text.as_bytes());
        }
        sum
    }

    fn take(&mut self, part: &[u8]) {
        self.sum.update(&(part.len() as u64).to_le_bytes());
        self.sum.update(part);
    }

    /// Adds a tensor to the checksum. Its bytes must follow.
    fn begin(&mut self, name: &str, Place { dtype, shape, data_offsets: [begin, end] }: &Place) {
        self.take(name.as_bytes());
        self.take(dtype.as_bytes());
        for side in shape {
            self.take(&(*side as u64).to_le_bytes());
        }
        self.sum.update(&((end - begin) as u64).to_le_bytes());
    }

    fn finish(self) -> String {
        format!("{:08x}", self.sum.finalize())
    }
}

/// The header of a file that is read. No name occurs twice.
struct Header {
    metadata: BTreeMap<String, String>,
    tensors: BTreeMap<String, Place>,
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeaderVisitor)
    }
}

/// Texts by name. No name occurs twice.
struct Texts(BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(TextsVisitor)
    }
}

struct TextsVisitor;

impl<'de> Visitor<'de> for TextsVisitor {
    type Value = Texts;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("texts by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Texts, A::Error> {
        let mut texts = BTreeMap::new();
        while let Some((key, text)) = map.next_entry::<String, String>()? {
            if texts.insert(key.clone(), text).is_some() {
                return Err(de::Error::custom(format_args!("the key `{key}` is there twice")));
            }
        }
        Ok(Texts(texts))
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
                metadata.replace(map.next_value::<Texts>().map_err(in_it)?.0).is_some()
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
