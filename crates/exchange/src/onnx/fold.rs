//! Operators on constants, which are computed while a file is read.
//!
//! Programs write the sizes of a reshape as a small computation. The number of samples is not known in it: it has the
//! value [`BATCH`], with which nothing can be computed.

use super::attributes::{Attributes, refused};
use super::proto::NodeProto;
use super::tensor::{BATCH, Data, Tensor};
use crate::ExchangeError;
use crate::order::{sizes, turned};

/// The output of `node` for constants. None: the operator is none of those that are computed.
pub(super) fn fold(node: &NodeProto, inputs: &[&Tensor]) -> Result<Option<Tensor>, ExchangeError> {
    let mut attributes = Attributes::of(node)?;
    let folded = match (node.op_type(), inputs) {
        ("Identity", [only]) => (*only).clone(),
        ("Cast", [only]) => cast(node, only, attributes.int("to", 0)?)?,
        ("Concat", parts) => {
            let axis = attributes.int("axis", 0)?;
            concat(node, parts, axis)?
        }
        ("Gather", [from, at]) => {
            let axis = attributes.int("axis", 0)?;
            gather(node, from, at, axis)?
        }
        ("Unsqueeze" | "Squeeze", [only]) => {
            attributes.ints("axes")?;
            flat_of(node, only)?
        }
        ("Unsqueeze" | "Squeeze", [only, _]) => flat_of(node, only)?,
        ("Slice", [from, begin, end]) => slice(node, from, begin, end)?,
        ("Slice", [from, begin, end, _axes]) => slice(node, from, begin, end)?,
        ("Transpose", [only]) => {
            let axes = attributes.ints("perm")?.map(<[i64]>::to_vec);
            transpose(node, only, axes)?
        }
        ("Reshape", [only, shape]) => {
            attributes.int("allowzero", 0)?;
            reshape(node, only, shape)?
        }
        ("Add" | "Sub" | "Mul" | "Div", [a, b]) => arithmetic(node, a, b)?,
        _ => return Ok(None),
    };
    attributes.finish()?;
    Ok(Some(folded))
}

/// The types of numbers by the number that ONNX has for them.
const FLOATS: [i64; 4] = [1, 10, 11, 16];

fn cast(node: &NodeProto, from: &Tensor, to: i64) -> Result<Tensor, ExchangeError> {
    let data = match (&from.data, FLOATS.contains(&to)) {
        (Data::Whole(values), true) if !values.contains(&BATCH) => {
            Data::Floats(values.iter().map(|value| *value as f32).collect())
        }
        (Data::Floats(values), false) if values.iter().all(|value| value.trunc() == *value) => {
            Data::Whole(values.iter().map(|value| *value as i64).collect())
        }
        (Data::Floats(_), true) | (Data::Whole(_), false) => from.data.clone(),
        _ => return Err(refused(node, "numbers that stay the same", format_args!("a cast to type {to}"))),
    };
    Ok(Tensor { data, ..from.clone() })
}

/// The elements of a list of whole numbers.
fn list<'t>(node: &NodeProto, tensor: &'t Tensor) -> Result<&'t [i64], ExchangeError> {
    match &tensor.data {
        Data::Whole(values) if tensor.dims.len() <= 1 => Ok(values),
        _ => {
            Err(refused(node, "a list of whole numbers", format_args!("a tensor of shape {:?}", tensor.dims)))
        }
    }
}

fn concat(node: &NodeProto, parts: &[&Tensor], axis: i64) -> Result<Tensor, ExchangeError> {
    if !matches!(axis, 0 | -1) {
        return Err(refused(node, "constants one after the other", format_args!("axis = {axis}")));
    }
    let mut values = Vec::new();
    for part in parts {
        values.extend_from_slice(list(node, part)?);
    }
    Ok(Tensor::whole(vec![values.len()], values))
}

fn gather(node: &NodeProto, from: &Tensor, at: &Tensor, axis: i64) -> Result<Tensor, ExchangeError> {
    let (values, places) = (list(node, from)?, list(node, at)?);
    let count = values.len() as i64;
    let place = |place: &i64| {
        values.get(usize::try_from(if *place < 0 { place.checked_add(count)? } else { *place }).ok()?)
    };
    let taken: Option<Vec<i64>> = places.iter().map(|at| place(at).copied()).collect();
    match taken {
        Some(taken) if axis == 0 => Ok(Tensor::whole(at.dims.clone(), taken)),
        _ => Err(refused(node, format_args!("places in a list of {count}"), format_args!("{places:?}"))),
    }
}

/// A number or a list of numbers with other axes of one element.
fn flat_of(node: &NodeProto, from: &Tensor) -> Result<Tensor, ExchangeError> {
    let values = list(node, from)?;
    let dims = if node.op_type() == "Squeeze" && values.len() == 1 { Vec::new() } else { vec![values.len()] };
    Ok(Tensor::whole(dims, values.to_vec()))
}

fn slice(node: &NodeProto, from: &Tensor, begin: &Tensor, end: &Tensor) -> Result<Tensor, ExchangeError> {
    let values = list(node, from)?;
    let place = |tensor: &Tensor| match list(node, tensor)? {
        &[at] => {
            let count = values.len() as i64;
            Ok(if at < 0 { at.saturating_add(count) } else { at }.clamp(0, count) as usize)
        }
        more => Err(refused(node, "one place", format_args!("{more:?}"))),
    };
    let (begin, end) = (place(begin)?, place(end)?);
    let taken = values.get(begin..end.max(begin)).unwrap_or_default().to_vec();
    Ok(Tensor::whole(vec![taken.len()], taken))
}

fn transpose(node: &NodeProto, from: &Tensor, axes: Option<Vec<i64>>) -> Result<Tensor, ExchangeError> {
    let rank = from.dims.len();
    let axes = axes.unwrap_or_else(|| (0..rank as i64).rev().collect());
    let mut sorted = axes.clone();
    sorted.sort_unstable();
    if sorted != (0..rank as i64).collect::<Vec<_>>() {
        return Err(refused(node, format_args!("an order of {rank} axes"), format_args!("perm = {axes:?}")));
    }
    let axes: Vec<usize> = axes.into_iter().map(|axis| axis as usize).collect();
    let data = match &from.data {
        Data::Floats(values) => Data::Floats(turned(values, &from.dims, &axes)),
        Data::Whole(values) => Data::Whole(turned(values, &from.dims, &axes)),
    };
    Ok(Tensor { dims: sizes(&from.dims, &axes), data })
}

fn reshape(node: &NodeProto, from: &Tensor, shape: &Tensor) -> Result<Tensor, ExchangeError> {
    let wanted = list(node, shape)?;
    let size = from.len();
    let mut dims = Vec::new();
    for (axis, &dim) in wanted.iter().enumerate() {
        dims.push(match dim {
            0 => from.dims.get(axis).copied().unwrap_or(0),
            -1 => {
                let rest =
                    wanted.iter().filter(|dim| **dim != -1).try_fold(1, |n: i64, dim| n.checked_mul(*dim));
                usize::try_from(rest.unwrap_or(0)).ok().and_then(|rest| size.checked_div(rest)).unwrap_or(0)
            }
            _ => usize::try_from(dim).unwrap_or(0),
        });
    }
    if dims.iter().try_fold(1usize, |n, dim| n.checked_mul(*dim)) != Some(size) {
        return Err(refused(node, format_args!("a shape of {size} elements"), format_args!("{wanted:?}")));
    }
    Ok(Tensor { dims, data: from.data.clone() })
}

/// Numbers of one shape, or one of them a single number.
fn arithmetic(node: &NodeProto, a: &Tensor, b: &Tensor) -> Result<Tensor, ExchangeError> {
    let (dims, size) = if a.len() >= b.len() { (&a.dims, a.len()) } else { (&b.dims, b.len()) };
    let fits = |of: &Tensor| of.dims == *dims || of.len() == 1;
    let wrong = || refused(node, "constants of one shape", format_args!("{:?} and {:?}", a.dims, b.dims));
    if !fits(a) || !fits(b) {
        return Err(wrong());
    }
    match (&a.data, &b.data) {
        (Data::Floats(x), Data::Floats(y)) => {
            let at = |values: &[f32], n: usize| values[if values.len() == 1 { 0 } else { n }];
            let values = (0..size).map(|n| match node.op_type() {
                "Add" => at(x, n) + at(y, n),
                "Sub" => at(x, n) - at(y, n),
                "Mul" => at(x, n) * at(y, n),
                _ => at(x, n) / at(y, n),
            });
            Ok(Tensor::floats(dims.clone(), values.collect()))
        }
        (Data::Whole(x), Data::Whole(y)) => {
            let at = |values: &[i64], n: usize| {
                Some(values[if values.len() == 1 { 0 } else { n }]).filter(|n| *n != BATCH)
            };
            let values = (0..size).map(|n| {
                let (x, y) = (at(x, n)?, at(y, n)?);
                match node.op_type() {
                    "Add" => x.checked_add(y),
                    "Sub" => x.checked_sub(y),
                    "Mul" => x.checked_mul(y),
                    _ => x.checked_div(y),
                }
            });
            let values: Option<Vec<i64>> = values.collect();
            values.map(|values| Tensor::whole(dims.clone(), values)).ok_or_else(|| {
                refused(
                    node,
                    "sizes that are known",
                    "a computation with the number of samples, or one that overflows",
                )
            })
        }
        _ => Err(wrong()),
    }
}
