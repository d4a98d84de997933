//! NumPy's arrays, one a file: a header in Python's words, then the values.

use std::collections::HashMap;

use crate::bounded::MAX_BYTES;
use crate::dataset::MAX_CLASSES;
use crate::error::DataError;
use crate::values::{Kind, Scalar};

use super::{Array, ArrayValues, Sections};

pub(super) const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// No header that NumPy writes for an array of numbers is longer.
const MAX_HEADER: usize = 1 << 14;

const SAVE_AGAIN: &str = "saving the array again with numpy.save";

pub(super) fn decode(file: &mut Sections<'_>) -> Result<Array, DataError> {
    let name = file.name.to_owned();
    let refused = |expected: &str, got: &str| Err(DataError::refused(&name, expected, got, SAVE_AGAIN));
    let start = file.next(8)?;
    let version = start[MAGIC.len()];
    let length = match version {
        1 => file.next(2)?,
        2 | 3 => file.next(4)?,
        _ => return refused("version 1, 2 or 3 of the format", &format!("version {version}")),
    };
    let length = length.iter().rev().fold(0, |length, &byte| length << 8 | usize::from(byte));
    if length > MAX_HEADER {
        return refused(&format!("a header of at most {MAX_HEADER} bytes"), &length.to_string());
    }
    let text = file.next(length)?;
    let text = String::from_utf8_lossy(&text);
    let Some(header) = Header::parse(&text) else {
        return refused("a header that says descr, fortran_order and shape", &short(text.trim_end()));
    };
    let Header { dims, fortran, descr } = header;
    let values = match Element::parse(&name, descr)? {
        Element::Number(scalar) => ArrayValues::Numbers(file.numbers(scalar, &dims, fortran)?),
        Element::Word(word) => words(file, &word, &dims, fortran)?,
    };
    Ok(Array { name, dims, values })
}

/// The last bytes: the words of an array of these dimensions.
fn words(
    file: &mut Sections<'_>,
    word: &Word,
    dims: &[usize],
    is_fortran: bool,
) -> Result<ArrayValues, DataError> {
    let size = dims.iter().try_fold(word.size(), |size: usize, &dim| size.checked_mul(dim));
    let Some(size) = size.filter(|&size| size <= MAX_BYTES) else {
        return Err(DataError::TooLarge { name: file.name.to_owned(), dims: dims.to_vec() });
    };
    let copies = if is_fortran { 2 } else { 1 };
    Array::ask(file.name, size / word.size(), copies * (word.size() + size_of::<u32>()))?;
    let (mut ids, words) = word.values(file.name, &file.last(size)?)?;
    if is_fortran {
        ids = from_fortran(&ids, 1, dims);
    }
    Ok(ArrayValues::Words { ids, words })
}

/// A header is a dictionary as Python writes it: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }`.
struct Header<'a> {
    /// The type of the values, with its quotes taken off. A list of types begins with `[`.
    descr: &'a str,
    fortran: bool,
    dims: Vec<usize>,
}

impl Header<'_> {
    fn parse(text: &str) -> Option<Header<'_>> {
        let text = text.trim().strip_prefix('{')?.strip_suffix('}')?;
        let after = |key: &str| {
            let (_, rest) = text.split_once(&format!("'{key}'"))?;
            Some(rest.trim_start().strip_prefix(':')?.trim_start())
        };
        let descr = after("descr")?;
        let descr = match descr.starts_with('[') {
            true => &descr[..=descr.rfind(']')?],
            false => descr.strip_prefix('\'')?.split_once('\'')?.0,
        };
        let order = after("fortran_order")?;
        let fortran = order.starts_with("True");
        if !fortran && !order.starts_with("False") {
            return None;
        }
        let (dims, _) = after("shape")?.strip_prefix('(')?.split_once(')')?;
        let dims = match dims.trim().trim_end_matches(',') {
            "" => Vec::new(),
            // Old versions of Python wrote an L after long numbers.
            dims => dims
                .split(',')
                .map(|dim| dim.trim().trim_end_matches('L').parse().ok())
                .collect::<Option<_>>()?,
        };
        Some(Header { descr, fortran, dims })
    }
}

/// The type of a value.
enum Element {
    Number(Scalar),
    Word(Word),
}

impl Element {
    /// `<f4` is little-endian, floating, of 4 bytes.
    ///
    /// **Errors:** if such values are neither numbers nor words; the message says how to save them instead.
    fn parse(name: &str, descr: &str) -> Result<Element, DataError> {
        Element::known(descr).ok_or_else(|| {
            let (what, remedy) = match descr.get(1..2) {
                _ if descr.starts_with('[') => {
                    ("records of several fields", "saving each field as an array of its own, a['name']")
                }
                Some("O") => (
                    "objects of Python, which may be programs",
                    "saving a.astype(numpy.float32) for numbers, or a.astype(str) for words",
                ),
                Some("V") => (
                    "bytes without a meaning",
                    "saving a.astype(numpy.float32), or a.view(ml_dtypes.bfloat16) if they are such",
                ),
                Some("c") => ("complex numbers", "saving a.real and a.imag as two arrays"),
                Some("M" | "m") => ("dates or times", "saving them as numbers: days since the first, say"),
                Some("f") => ("floating-point numbers of another size", "saving a.astype(numpy.float32)"),
                _ => ("values of another type", SAVE_AGAIN),
            };
            let got = format!("{what} (type {})", short(descr));
            DataError::refused(name, "booleans, integers, floating-point numbers or words", got, remedy)
        })
    }

    fn known(descr: &str) -> Option<Element> {
        if descr == "bfloat16" {
            return Some(Element::Number(Scalar::little(Kind::Brain, 2)));
        }
        let mut letters = descr.chars();
        let (order, letter) = (letters.next()?, letters.next()?);
        let size: usize = letters.as_str().parse().ok()?;
        let big_endian = match order {
            '<' | '|' => false,
            '>' => true,
            '=' => cfg!(target_endian = "big"),
            _ => return None,
        };
        let number = |kind| Some(Element::Number(Scalar { kind, size, big_endian }));
        match (letter, size) {
            ('b', 1) => number(Kind::Bool),
            ('u', 1 | 2 | 4 | 8) => number(Kind::Unsigned),
            ('i', 1 | 2 | 4 | 8) => number(Kind::Signed),
            ('f', 2 | 4 | 8) => number(Kind::Float),
            // NumPy has no byte order for bytes without a meaning, which are `|V2`. The one type of two bytes that is
            // saved as `<V2` is the bfloat16 of ml_dtypes.
            ('V', 2) if order != '|' => number(Kind::Brain),
            ('U', 1..=MAX_WORD) => Some(Element::Word(Word { letters: size, wide: true, big_endian })),
            ('S', 1..=MAX_WORD) => Some(Element::Word(Word { letters: size, wide: false, big_endian })),
            _ => None,
        }
    }
}

/// The longest word that is a name of a class.
const MAX_WORD: usize = 1 << 12;

/// Words of at most so many letters, filled up with zeros.
struct Word {
    letters: usize,
    /// Whether a letter is a code point of four bytes, rather than a byte of UTF-8.
    wide: bool,
    big_endian: bool,
}

impl Word {
    fn size(&self) -> usize {
        if self.wide { 4 * self.letters } else { self.letters }
    }

    /// The place of each word among the different ones, and these.
    fn values(&self, name: &str, bytes: &[u8]) -> Result<(Vec<u32>, Vec<String>), DataError> {
        let mut places: HashMap<&[u8], u32> = HashMap::new();
        let (mut ids, mut words) = (Vec::with_capacity(bytes.len() / self.size()), Vec::new());
        for word in bytes.chunks_exact(self.size()) {
            if let Some(&place) = places.get(word) {
                ids.push(place);
                continue;
            }
            if words.len() == MAX_CLASSES {
                let expected = format!("at most {MAX_CLASSES} different words, as they are names of classes");
                return Err(DataError::refused(name, expected, "more", "numbers instead of words"));
            }
            words.push(self.text(word).ok_or_else(|| {
                let got = format!("none as value {}", ids.len());
                DataError::refused(name, "words of Unicode", got, "saving a.astype(str)")
            })?);
            let place = places.len() as u32;
            places.insert(word, place);
            ids.push(place);
        }
        Ok((ids, words))
    }

    fn text(&self, word: &[u8]) -> Option<String> {
        let text: String = match self.wide {
            true => {
                let letter = |&code: &[u8; 4]| match self.big_endian {
                    true => char::from_u32(u32::from_be_bytes(code)),
                    false => char::from_u32(u32::from_le_bytes(code)),
                };
                word.as_chunks().0.iter().map(letter).collect::<Option<_>>()?
            }
            false => str::from_utf8(word).ok()?.to_owned(),
        };
        Some(text.trim_end_matches('\0').to_owned())
    }
}

/// Values of `size` elements, from the order in which the first dimension varies fastest to that in which the last does.
pub(super) fn from_fortran<T: Copy>(values: &[T], size: usize, dims: &[usize]) -> Vec<T> {
    let mut strides = Vec::with_capacity(dims.len());
    let mut stride = 1;
    for dim in dims {
        strides.push(stride);
        stride *= dim;
    }
    let mut index = vec![0; dims.len()];
    let mut at = 0;
    let mut turned = Vec::with_capacity(values.len());
    for _ in 0..values.len() / size {
        turned.extend_from_slice(&values[at * size..][..size]);
        for (axis, dim) in dims.iter().enumerate().rev() {
            index[axis] += 1;
            at += strides[axis];
            if index[axis] < *dim {
                break;
            }
            at -= strides[axis] * dim;
            index[axis] = 0;
        }
    }
    turned
}

/// As much of a header as a message has room for.
fn short(text: &str) -> String {
    text.chars().take(100).collect()
}
