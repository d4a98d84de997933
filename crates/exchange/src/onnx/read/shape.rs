//! Operators that only change a shape, or the order of the axes.

use super::value::{Order, Value};
use super::{Graph, Operator};
use crate::ExchangeError;
use crate::onnx::tensor::{self, BATCH, Beside, Data, Tensor};

impl Operator<'_> {
    /// A constant that a node holds.
    pub(super) fn literal(&mut self) -> Result<Tensor, ExchangeError> {
        let tensor = if let Some(tensor) = self.attributes.tensor("value")? {
            let beside = &mut |_: &str| Err(std::io::Error::other("a constant of a node has no file"));
            tensor::read(tensor, &mut Beside::new(beside))?
        } else if let Some(values) = self.attributes.floats("value_floats")? {
            Tensor::floats(vec![values.len()], values.to_vec())
        } else if let Some(values) = self.attributes.ints("value_ints")? {
            Tensor::whole(vec![values.len()], values.to_vec())
        } else {
            let name = self.node.attribute.first().map_or("", |attribute| attribute.name());
            match name {
                "value_float" => Tensor::floats(Vec::new(), vec![self.attributes.float(name, 0.0)? as f32]),
                "value_int" => Tensor::whole(Vec::new(), vec![self.attributes.int(name, 0)?]),
                _ => return Err(self.refused("numbers", format_args!("the attribute `{name}`"))),
            }
        };
        Ok(tensor)
    }

    /// The sizes of a value, of which that of the batch is not known.
    pub(super) fn shape_of(&mut self) -> Result<Tensor, ExchangeError> {
        let x = self.value(0)?;
        let dims: Vec<i64> = std::iter::once(BATCH).chain(x.dims.iter().map(|size| *size as i64)).collect();
        let count = dims.len() as i64;
        let place = |at: i64| if at < 0 { at.saturating_add(count) } else { at }.clamp(0, count) as usize;
        let (begin, end) =
            (place(self.attributes.int("start", 0)?), place(self.attributes.int("end", count)?));
        let dims = dims.get(begin..end).unwrap_or_default().to_vec();
        Ok(Tensor::whole(vec![dims.len()], dims))
    }

    pub(super) fn flatten(&mut self) -> Result<Value, ExchangeError> {
        let axis = self.attributes.int("axis", 1)?;
        let x = self.value(0)?;
        if x.axis(axis) != Some(0) {
            return Err(self.refused("axis = 1", axis));
        }
        Ok(Value { dims: vec![x.shape.size()], ..x.clone() })
    }

    pub(super) fn reshape(&mut self) -> Result<Value, ExchangeError> {
        let x = self.value(0)?.clone();
        let allows_zero = self.attributes.int("allowzero", 0)? != 0;
        let wanted = match (self.attributes.ints("shape")?, self.constant(1)?) {
            (Some(shape), _) => shape.to_vec(),
            (_, Some(Tensor { data: Data::Whole(shape), .. })) => shape.clone(),
            _ => return Err(self.refused("a shape", "none")),
        };
        let wrong = || {
            self.refused(
                format_args!("a shape of the batch and {} elements", x.shape.size()),
                format_args!(
                    "{:?}",
                    wanted.iter().map(|dim| if *dim == BATCH { -1 } else { *dim }).collect::<Vec<_>>()
                ),
            )
        };
        let [batch, sample @ ..] = &wanted[..] else { return Err(wrong()) };
        if allows_zero && wanted.contains(&0) {
            return Err(self.refused("sizes above 0, as allowzero = 1 says that 0 is a size", "a size of 0"));
        }
        let dims = &x.dims;
        let mut sizes = Vec::new();
        for (axis, &dim) in sample.iter().enumerate() {
            sizes.push(match dim {
                0 => *dims.get(axis).ok_or_else(wrong)?,
                -1 if *batch != -1 => {
                    let rest = sample.iter().enumerate().filter(|(_, dim)| **dim != -1);
                    let mut rest = rest.map(|(axis, &dim)| match dim {
                        0 => dims.get(axis).copied(),
                        dim => usize::try_from(dim).ok(),
                    });
                    let rest = rest.try_fold(1usize, |product, size| product.checked_mul(size?));
                    rest.and_then(|rest| x.shape.size().checked_div(rest)).ok_or_else(wrong)?
                }
                dim => usize::try_from(dim).map_err(|_| wrong())?,
            });
        }
        if sizes.iter().try_fold(1usize, |product, size| product.checked_mul(*size)) != Some(x.shape.size()) {
            return Err(wrong());
        }
        Ok(Value { dims: sizes, ..x })
    }

    pub(super) fn squeeze(&mut self) -> Result<Value, ExchangeError> {
        let x = self.value(0)?.clone();
        let axes = match (self.attributes.ints("axes")?, self.constant(1)?) {
            (Some(axes), _) => Some(axes.to_vec()),
            (_, Some(Tensor { data: Data::Whole(axes), .. })) => Some(axes.clone()),
            _ => None,
        };
        let mut dims = x.dims.clone();
        let adds = self.node.op_type() == "Unsqueeze";
        let Some(axes) = axes else {
            return Err(self.refused("the axes", "none"));
        };
        let rank = (1 + dims.len() + if adds { axes.len() } else { 0 }) as i64;
        let mut axes: Vec<i64> =
            axes.iter().map(|axis| if *axis < 0 { axis.saturating_add(rank) } else { *axis }).collect();
        axes.sort_unstable();
        if !adds {
            axes.reverse();
        }
        for axis in axes {
            let at = usize::try_from(axis - 1).ok();
            match at {
                Some(at) if adds && at <= dims.len() => dims.insert(at, 1),
                Some(at) if !adds && dims.get(at) == Some(&1) => drop(dims.remove(at)),
                _ => return Err(self.refused("axes of one element behind the batch", axis)),
            }
        }
        Ok(Value { dims, ..x })
    }

    /// Another order of the axes. Channels move to the last axis or to the first.
    pub(super) fn transpose(&mut self, graph: &mut Graph) -> Result<Value, ExchangeError> {
        let x = self.value(0)?.clone();
        let rank = x.dims.len() as i64;
        let axes = self.attributes.ints("perm")?.map_or_else(|| (0..=rank).rev().collect(), <[i64]>::to_vec);
        let mut sorted = axes.clone();
        sorted.sort_unstable();
        let refused = || {
            let expected = "channels that move to the last axis or to the first";
            self.refused(expected, format_args!("perm = {axes:?} of a sample of {:?}", x.dims))
        };
        if sorted != (0..=rank).collect::<Vec<_>>() || axes[0] != 0 {
            return Err(refused());
        }
        let axes: Vec<usize> = axes[1..].iter().map(|axis| *axis as usize - 1).collect();
        let dims: Vec<usize> = axes.iter().map(|&axis| x.dims[axis]).collect();
        let others: Vec<usize> = axes.iter().copied().filter(|&axis| x.dims[axis] != 1).collect();
        if others.is_sorted() {
            // Axes of one element change the place of no element.
            return Ok(Value { dims, ..x });
        }
        let x = graph.settled(self.node, &x)?;
        let last = x.dims.len() - 1;
        let to_the_last: Vec<usize> = (1..=last).chain([0]).collect();
        let to_the_first: Vec<usize> = [last].into_iter().chain(0..last).collect();
        let order = match x.order {
            Order::Same if axes == to_the_last => Order::ChannelsLast,
            Order::ChannelsLast if axes == to_the_first => Order::Same,
            _ => return Err(refused()),
        };
        Ok(Value { dims, order, ..x })
    }
}
