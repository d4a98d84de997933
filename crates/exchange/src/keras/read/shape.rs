//! Layers that change a shape, or the size of an image.

use serde_json::Value as Json;
use toddle::{Crop, Flatten, Gelu, Pad, Reshape, Shape, Sides, Upsample, UpsampleMode};

use super::call::Call;
use super::reader::{Reader, Value, shape_of_dims};
use crate::ExchangeError;

impl Call<'_> {
    pub(super) fn flatten(&mut self, reader: &mut Reader) -> Result<Value, ExchangeError> {
        let x = self.x()?;
        if x.rank == 1 {
            return Ok(x.clone());
        }
        let value = self.of(reader, Flatten, x)?;
        if x.is_channels_first {
            reader.in_order.insert(value.name.clone());
        }
        Ok(Value { rank: 1, is_channels_first: false, ..value })
    }

    pub(super) fn reshape(&mut self, reader: &mut Reader) -> Result<Value, ExchangeError> {
        let target = self.settings.take("target_shape").and_then(Json::as_array);
        let x = self.x()?.clone();
        let size = x.shape.size();
        let sizes: Option<Vec<i64>> = target.and_then(|target| target.iter().map(Json::as_i64).collect());
        let dims = sizes.as_ref().and_then(|sizes| {
            let given = sizes.iter().filter(|size| **size != -1);
            let product = given
                .into_iter()
                .try_fold(1usize, |product, size| product.checked_mul(usize::try_from(*size).ok()?))?;
            let rest = size.checked_div(product)?;
            let dims: Option<Vec<usize>> = sizes
                .iter()
                .map(|size| if *size == -1 { Some(rest) } else { usize::try_from(*size).ok() })
                .collect();
            dims.filter(|dims| dims.iter().try_fold(1usize, |all, axis| all.checked_mul(*axis)) == Some(size))
        });
        let shape = dims.as_ref().and_then(|dims| Some((dims.len(), shape_of_dims(dims)?)));
        let (Some(dims), Some((rank, last))) = (dims, shape) else {
            let got = format!("target_shape = {:?}", sizes.unwrap_or_default());
            return Err(self.refused(format_args!("a shape of {size} elements of at most three axes"), got));
        };
        let is_moved = self.is_moved && rank == 3;
        let shape = match dims[..] {
            [channels, rows, columns] if is_moved => Shape::image(channels, rows, columns),
            _ => last,
        };
        if x.rank > 1 && rank > 1 && x.is_channels_first != is_moved {
            let expected = "channels that are at the last axis before it and behind it";
            return Err(self.refused(expected, format_args!("{:?} to {dims:?}", x.dims())));
        }
        let value = self.of(reader, Reshape::new(shape), &x)?;
        if x.is_channels_first || is_moved {
            reader.in_order.insert(value.name.clone());
        }
        Ok(Value { rank, is_channels_first: is_moved, ..value })
    }

    /// Another order of the axes of an image, which toddle has in one order only.
    pub(super) fn permute(&mut self) -> Result<Value, ExchangeError> {
        let order = self.settings.counts("dims")?;
        let x = self.x()?.clone();
        let is_channels_first = match (&order[..], x.is_channels_first) {
            ([1] | [1, 2] | [1, 2, 3], now) if order.len() == x.rank => now,
            ([2, 1] | [3, 1, 2], false) if order.len() == x.rank => true,
            ([2, 1] | [2, 3, 1], true) if order.len() == x.rank => false,
            _ => {
                let expected = "channels that move to the first axis, for a flatten or a reshape, or back";
                return Err(self.refused(expected, format_args!("dims = {order:?}")));
            }
        };
        Ok(Value { is_channels_first, ..x })
    }

    /// The rows and columns around an image.
    fn sides(&mut self, name: &str) -> Result<Sides, ExchangeError> {
        let rank = self.image()?.rank;
        let pairs = self.settings.pairs(name)?;
        match (rank, &pairs[..]) {
            (2, &[[left, right]]) => Ok(Sides { left, right, ..Sides::default() }),
            (3, &[[top, bottom], [left, right]]) => Ok(Sides { top, bottom, left, right }),
            _ => Err(self.refused(format_args!("{name} for each axis"), format_args!("{pairs:?}"))),
        }
    }

    pub(super) fn zero_padding(&mut self, reader: &mut Reader) -> Result<Value, ExchangeError> {
        let sides = self.sides("padding")?;
        self.of_one(reader, Pad::new(sides))
    }

    pub(super) fn cropping(&mut self, reader: &mut Reader) -> Result<Value, ExchangeError> {
        let sides = self.sides("cropping")?;
        self.of_one(reader, Crop::new(sides))
    }

    pub(super) fn upsampling(&mut self, reader: &mut Reader) -> Result<Value, ExchangeError> {
        let rank = self.image()?.rank;
        let upsample = Upsample::new(self.settings.size("size", rank, 1)?);
        let upsample = match self.settings.word("interpolation", "nearest")? {
            "nearest" => upsample,
            "bilinear" => upsample.mode(UpsampleMode::Bilinear),
            other => return Err(self.refused("interpolation = nearest or bilinear", other)),
        };
        self.of_one(reader, upsample)
    }

    /// An operator between layers. toddle's own export has some.
    pub(super) fn operator(&mut self, reader: &mut Reader) -> Result<Value, ExchangeError> {
        match self.settings.class {
            "Gelu" => {
                let approximate = self.settings.is_set("approximate")?;
                self.of_one(reader, Gelu { approximate })
            }
            class => Err(self.refused("a layer, or an operator that toddle has a layer for", class)),
        }
    }
}
