//! Tensors of a file, as `f32` or as whole numbers.

use std::collections::HashMap;
use std::path::{Component, Path};

use prost::bytes::Bytes;

use super::proto::TensorProto;
use super::proto::tensor_proto::DataType;
use crate::ExchangeError;
use crate::numbers::{brain, half, numbers};

/// The most elements of a tensor.
const MOST: usize = 1 << 28;

/// The value of a size that is the number of samples of the batch, which is not known.
pub(super) const BATCH: i64 = i64::MIN;

/// The place of a tensor whose elements are in another file.
const EXTERNAL: i32 = 1;

/// A constant of a graph.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tensor {
    pub dims: Vec<usize>,
    pub data: Data,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Data {
    Floats(Vec<f32>),
    Whole(Vec<i64>),
}

impl Tensor {
    pub fn floats(dims: Vec<usize>, values: Vec<f32>) -> Tensor {
        Tensor { dims, data: Data::Floats(values) }
    }

    pub fn whole(dims: Vec<usize>, values: Vec<i64>) -> Tensor {
        Tensor { dims, data: Data::Whole(values) }
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        match &self.data {
            Data::Floats(values) => values.len(),
            Data::Whole(values) => values.len(),
        }
    }
}

/// Reads files that lie beside the model, by their names.
pub(super) struct Beside<'r> {
    read: &'r mut dyn FnMut(&str) -> std::io::Result<Vec<u8>>,
    files: HashMap<String, Bytes>,
}

impl<'r> Beside<'r> {
    pub fn new(read: &'r mut dyn FnMut(&str) -> std::io::Result<Vec<u8>>) -> Self {
        Beside { read, files: HashMap::new() }
    }

    /// The bytes of a tensor that lie in another file.
    fn bytes(&mut self, tensor: &TensorProto) -> Result<Bytes, ExchangeError> {
        let text = |key: &str| {
            let found = tensor.external_data.iter().find(|entry| entry.key() == key);
            found.map(|entry| entry.value().to_owned())
        };
        let wrong = |got: &str| wrong(tensor, "a file in the folder of the model", got);
        let location = text("location").ok_or_else(|| wrong("no location"))?;
        let is_beside = Path::new(&location).components().all(|part| matches!(part, Component::Normal(_)));
        if !is_beside || location.is_empty() || location.contains(['\\', ':', '\0']) {
            return Err(wrong(&format!("the location `{location}`")));
        }
        if !self.files.contains_key(&location) {
            let bytes = (self.read)(&location).map_err(|fault| wrong(&format!("`{location}`: {fault}")))?;
            self.files.insert(location.clone(), bytes.into());
        }
        let file = &self.files[&location];
        let number = |key: &str, default: usize| match text(key) {
            None => Ok(default),
            Some(text) => text.parse::<usize>().map_err(|_| wrong(&format!("{key} = {text}"))),
        };
        let begin = number("offset", 0)?;
        let length = number("length", file.len().saturating_sub(begin))?;
        let end = begin.checked_add(length).filter(|end| begin <= *end && *end <= file.len());
        let end = end.ok_or_else(|| wrong(&format!("{length} bytes from {begin} of {}", file.len())))?;
        Ok(file.slice(begin..end))
    }
}

/// The tensor of a file.
pub(super) fn read(tensor: &TensorProto, beside: &mut Beside<'_>) -> Result<Tensor, ExchangeError> {
    let mut dims = Vec::with_capacity(tensor.dims.len());
    let mut size = 1usize;
    for &dim in &tensor.dims {
        let dim = usize::try_from(dim).map_err(|_| wrong(tensor, "sizes of 0 or more", dim))?;
        size = size.saturating_mul(dim);
        dims.push(dim);
    }
    if size > MOST {
        return Err(wrong(tensor, format_args!("at most {MOST} elements"), format_args!("sizes {dims:?}")));
    }
    let raw = match tensor.data_location {
        Some(EXTERNAL) => Some(beside.bytes(tensor)?),
        _ => tensor.raw_data.clone(),
    };
    let kind = DataType::try_from(tensor.data_type());
    let data = match kind {
        Ok(DataType::Float) => Data::Floats(match &raw {
            Some(raw) => numbers(raw, f32::from_le_bytes),
            None => tensor.float_data.clone(),
        }),
        Ok(DataType::Double) => Data::Floats(match &raw {
            Some(raw) => numbers(raw, |bytes| f64::from_le_bytes(bytes) as f32),
            None => tensor.double_data.iter().map(|value| *value as f32).collect(),
        }),
        Ok(DataType::Float16) => Data::Floats(match &raw {
            Some(raw) => numbers(raw, |bytes| half(u16::from_le_bytes(bytes))),
            None => tensor.int32_data.iter().map(|bits| half(*bits as u16)).collect(),
        }),
        Ok(DataType::Bfloat16) => Data::Floats(match &raw {
            Some(raw) => numbers(raw, |bytes| brain(u16::from_le_bytes(bytes))),
            None => tensor.int32_data.iter().map(|bits| brain(*bits as u16)).collect(),
        }),
        Ok(DataType::Int64) => Data::Whole(match &raw {
            Some(raw) => numbers(raw, i64::from_le_bytes),
            None => tensor.int64_data.clone(),
        }),
        Ok(DataType::Int32) => whole(tensor, &raw, |bytes| i32::from_le_bytes(bytes).into()),
        Ok(DataType::Int16) => whole(tensor, &raw, |bytes| i16::from_le_bytes(bytes).into()),
        Ok(DataType::Uint16) => whole(tensor, &raw, |bytes| u16::from_le_bytes(bytes).into()),
        Ok(DataType::Int8) => whole(tensor, &raw, |bytes| i8::from_le_bytes(bytes).into()),
        Ok(DataType::Uint8 | DataType::Bool) => whole(tensor, &raw, |bytes| u8::from_le_bytes(bytes).into()),
        _ => {
            let got = format!("the type {}", kind.map_or("unknown", |kind| kind.as_str_name()));
            return Err(wrong(tensor, "elements of a type of numbers", got));
        }
    };
    let read = Tensor { dims, data };
    if read.len() != size {
        return Err(wrong(tensor, format_args!("{size} elements"), read.len()));
    }
    Ok(read)
}

/// Whole numbers of at most 32 bits.
fn whole<const N: usize>(
    tensor: &TensorProto,
    raw: &Option<Bytes>,
    convert: impl Fn([u8; N]) -> i64,
) -> Data {
    Data::Whole(match raw {
        Some(raw) => numbers(raw, convert),
        None => tensor.int32_data.iter().map(|value| (*value).into()).collect(),
    })
}

fn wrong(
    tensor: &TensorProto,
    expected: impl std::fmt::Display,
    got: impl std::fmt::Display,
) -> ExchangeError {
    let what = format!("the tensor `{}` cannot be read", tensor.name());
    ExchangeError::new(what, expected, got, "writing the file again with the program that made it")
}
