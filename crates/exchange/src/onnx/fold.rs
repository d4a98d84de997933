//! Operators on constants, which are computed while a file is read.
//!
//! Programs write the sizes of a reshape as a small computation. The number of samples is not known in it: it has the
//! value [`BATCH`], with which nothing can be computed.

use super::attributes::{Attributes, refused};
use super::proto::{NodeProto, TensorProto};
use super::tensor::{self, BATCH, Beside, Data, Tensor};
use crate::ExchangeError;
use crate::order::{sizes, turned};

/// The output of `node` for constants. None: the operator is none of those that are computed.
pub(super) fn fold(node: &NodeProto, inputs: &[&Tensor]) -> Result<Option<Tensor>, ExchangeError> {
    let mut attributes = Attributes::of(node)?;
    let folded = match (node.op_type(), inputs) {
        ("Identity", [only]) => (*only).clone(),
        ("Cast", [only]) => cast(node, only, attributes.int("to", 0)?)?,
        ("ConstantOfShape", [shape]) => {
            let value = attributes.tensor("value")?;
            filled(node, shape, value)?
        }
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
        ("Slice", [from, begin, end, rest @ ..]) if rest.len() <= 2 => slice(node, from, begin, end, rest)?,
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

/// A part of a list or of the rows of a table, from the first to the last or back. `rest` are the axes and the steps.
fn slice(
    node: &NodeProto,
    from: &Tensor,
    begin: &Tensor,
    end: &Tensor,
    rest: &[&Tensor],
) -> Result<Tensor, ExchangeError> {
    let wrong = |got: &dyn std::fmt::Debug| {
        refused(node, "a part of a list or of the rows of a table", format!("{got:?}"))
    };
    let one = |tensor: &Tensor| match list(node, tensor)? {
        &[only] => Ok(only),
        more => Err(wrong(&more)),
    };
    let (Data::Whole(values), [rows] | [rows, _]) = (&from.data, &from.dims[..]) else {
        return Err(wrong(&from.dims));
    };
    let axis = rest.first().map_or(Ok(0), |axes| one(axes))?;
    let step = rest.get(1).map_or(Ok(1), |steps| one(steps))?;
    let count = *rows as i64;
    let place = |at: i64| if at < 0 { at.saturating_add(count) } else { at };
    let (begin, end) = (place(one(begin)?), place(one(end)?));
    let places: Vec<i64> = match step {
        _ if axis != 0 && axis != -(from.dims.len() as i64) => return Err(wrong(&axis)),
        1 => (begin.clamp(0, count)..end.clamp(0, count)).collect(),
        -1 => (end.clamp(-1, count - 1) + 1..begin.clamp(-1, count - 1) + 1).rev().collect(),
        other => return Err(wrong(&other)),
    };
    let width = values.len().checked_div(*rows).unwrap_or(0);
    let row = |place: &i64| &values[*place as usize * width..][..width];
    let dims = std::iter::once(places.len()).chain(from.dims.iter().skip(1).copied()).collect();
    Ok(Tensor::whole(dims, places.iter().flat_map(row).copied().collect()))
}

/// A list of one whole number, as often as `shape` says.
fn filled(node: &NodeProto, shape: &Tensor, value: Option<&TensorProto>) -> Result<Tensor, ExchangeError> {
    /// The longest list.
    const LONGEST: i64 = 100;
    let beside = &mut |_: &str| Err(std::io::Error::other("a constant of a node has no file"));
    let value = value.map(|value| tensor::read(value, &mut Beside::new(beside))).transpose()?;
    match (list(node, shape)?, value.map(|value| value.data)) {
        (&[count @ 0..=LONGEST], Some(Data::Whole(value))) if value.len() == 1 => {
            Ok(Tensor::whole(vec![count as usize], vec![value[0]; count as usize]))
        }
        (shape, _) => {
            Err(refused(node, "a short list of one whole number", format_args!("a shape of {shape:?}")))
        }
    }
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

/// Numbers whose shapes ONNX makes alike: the axes are compared from the last one on, and one of one element is repeated.
fn arithmetic(node: &NodeProto, a: &Tensor, b: &Tensor) -> Result<Tensor, ExchangeError> {
    let wrong = || refused(node, "constants of one shape", format_args!("{:?} and {:?}", a.dims, b.dims));
    let rank = a.dims.len().max(b.dims.len());
    let [x_dims, y_dims] = [a, b].map(|of| [vec![1; rank - of.dims.len()], of.dims.clone()].concat());
    let mut dims = Vec::new();
    for (x, y) in x_dims.iter().zip(&y_dims) {
        dims.push(match (x, y) {
            (x, y) if x == y => *x,
            (1, other) | (other, 1) => *other,
            _ => return Err(wrong()),
        });
    }
    let size = dims.iter().try_fold(1usize, |size, dim| size.checked_mul(*dim));
    // Two small tensors could make a large one.
    let size = size.filter(|size| *size <= a.len().max(b.len())).ok_or_else(wrong)?;
    let places = |of: &[usize]| (0..size).map(|n| place(n, &dims, of)).collect::<Vec<usize>>();
    let pairs: Vec<(usize, usize)> = places(&x_dims).into_iter().zip(places(&y_dims)).collect();
    match (&a.data, &b.data) {
        (Data::Floats(x), Data::Floats(y)) => {
            let values = pairs.iter().map(|&(at_x, at_y)| match node.op_type() {
                "Add" => x[at_x] + y[at_y],
                "Sub" => x[at_x] - y[at_y],
                "Mul" => x[at_x] * y[at_y],
                _ => x[at_x] / y[at_y],
            });
            Ok(Tensor::floats(dims.clone(), values.collect()))
        }
        (Data::Whole(x), Data::Whole(y)) => {
            let known = |number: i64| Some(number).filter(|number| *number != BATCH);
            let values = pairs.iter().map(|&(at_x, at_y)| {
                let (x, y) = (known(x[at_x])?, known(y[at_y])?);
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

/// The place in a tensor of sizes `of` of element `n` of one of sizes `dims`.
fn place(mut n: usize, dims: &[usize], of: &[usize]) -> usize {
    let (mut place, mut step) = (0, 1);
    for (dim, size) in dims.iter().zip(of).rev() {
        if *size > 1 {
            place += n % dim * step;
        }
        n /= dim;
        step *= size;
    }
    place
}
