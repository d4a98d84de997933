//! Dense layers, norms, and other layers with weights.

use serde_json::Value as Json;
use toddle::{BatchNorm, Conv2d, Dense, Embedding, GroupNorm, LayerNorm, LayerSpec, Prelu, Reshape, Shape};

use super::call::Call;
use super::reader::{Reader, Value};
use super::weights::Variables;
use crate::ExchangeError;
use crate::arrays::Array;
use crate::numbers::decimal;

/// The factors and the summands of a norm, of which Keras may have both, one or none.
#[derive(Clone, Copy)]
struct Affine {
    scale: bool,
    center: bool,
}

impl Affine {
    /// The number of arrays in the file.
    fn count(self) -> usize {
        usize::from(self.scale) + usize::from(self.center)
    }

    /// The arrays `weight` and `bias`. One that the file does not have is neutral. Without both, there are none.
    fn arrays(self, variables: &mut Variables<'_>) -> Result<Vec<Array>, ExchangeError> {
        let neutral = |name: &str, value: f32, of: &Array| Array {
            name: name.into(),
            dims: of.dims.clone(),
            values: vec![value; of.values.len()],
        };
        Ok(match (self.scale, self.center) {
            (false, false) => Vec::new(),
            (true, true) => vec![variables.array(0, "weight")?, variables.array(1, "bias")?],
            (true, false) => {
                let weight = variables.array(0, "weight")?;
                vec![neutral("bias", 0.0, &weight), weight]
            }
            (false, true) => {
                let bias = variables.array(0, "bias")?;
                vec![neutral("weight", 1.0, &bias), bias]
            }
        })
    }
}

impl Call<'_> {
    /// A dense layer. Over the channels of an image, it is a convolution of 1×1.
    pub(super) fn dense(&mut self, reader: &mut Reader) -> Result<Value, ExchangeError> {
        let (units, bias) = (self.settings.count("units")?, self.settings.is_set("use_bias")?);
        let x = self.x()?;
        let is_vector = x.rank == 1;
        let layer: LayerSpec = match is_vector {
            true => Dense { bias, ..Dense::new(units) }.into(),
            false => Conv2d::new(units, 1).bias(bias).into(),
        };
        self.weighted(reader, "", layer, x, |variables| {
            let mut arrays = match bias {
                true => variables.all(["weight", "bias"])?.to_vec(),
                false => variables.all(["weight"])?.to_vec(),
            };
            if !is_vector {
                arrays[0].dims.splice(0..0, [1, 1]);
            }
            Ok(arrays)
        })
    }

    pub(super) fn embedding(&mut self, reader: &mut Reader) -> Result<Value, ExchangeError> {
        let (classes, features) = (self.settings.count("input_dim")?, self.settings.count("output_dim")?);
        self.settings.only("mask_zero", false)?;
        self.settings.ignore(&["input_length"]);
        let x = self.x()?;
        if x.rank != 1 {
            return Err(self.refused("class numbers, one for each step", format_args!("{:?}", x.dims())));
        }
        let embedding = Embedding::new(classes, features);
        let value =
            self.weighted(reader, "", embedding, x, |variables| Ok(variables.all(["weight"])?.to_vec()))?;
        let value = match value.shape {
            // A sequence of one step.
            Shape::Vector(size) => {
                self.add(reader, "", Reshape::new(Shape::image(size, 1, 1)).into(), &[&value])?
            }
            Shape::Image { .. } => value,
        };
        Ok(Value { rank: 2, ..value })
    }

    fn affine(&mut self) -> Result<Affine, ExchangeError> {
        Ok(Affine { scale: self.settings.is_set("scale")?, center: self.settings.is_set("center")? })
    }

    pub(super) fn batch_norm(&mut self, reader: &mut Reader) -> Result<Value, ExchangeError> {
        let (epsilon, affine) = (self.settings.number("epsilon")?, self.affine()?);
        // 1 − 0.99 is not 0.01 in the last bits.
        let momentum = decimal((1.0 - self.settings.number("momentum")?) as f32);
        self.settings.ignore(&["synchronized", "renorm_momentum"]);
        self.settings.only("renorm", false)?;
        let rank = self.x()?.rank;
        self.settings.are_axes("axis", &[rank], rank)?;
        let norm = BatchNorm { epsilon, momentum, affine: affine.count() > 0 };
        self.weighted(reader, "", norm, self.x()?, |variables| {
            let count = affine.count();
            variables.are(count + 2)?;
            let mut arrays = affine.arrays(variables)?;
            arrays.push(variables.array(count, "running_mean")?);
            arrays.push(variables.array(count + 1, "running_var")?);
            Ok(arrays)
        })
    }

    /// A norm over all elements of a sample.
    pub(super) fn layer_norm(&mut self, reader: &mut Reader) -> Result<Value, ExchangeError> {
        let (epsilon, affine) = (self.settings.number("epsilon")?, self.affine()?);
        self.settings.only("rms_scaling", false)?;
        let rank = self.x()?.rank;
        self.settings.are_axes("axis", &(1..=rank).collect::<Vec<usize>>(), rank)?;
        let norm = LayerNorm { epsilon, affine: affine.count() > 0 };
        self.weighted(reader, "", norm, self.x()?, |variables| {
            variables.are(affine.count())?;
            let mut arrays = affine.arrays(variables)?;
            if rank == 2 {
                // A sequence is an image of one row.
                arrays.iter_mut().for_each(|array| array.dims.insert(0, 1));
            }
            Ok(arrays)
        })
    }

    pub(super) fn group_norm(&mut self, reader: &mut Reader) -> Result<Value, ExchangeError> {
        let (epsilon, affine) = (self.settings.number("epsilon")?, self.affine()?);
        let x = self.x()?;
        let (rank, channels) = (x.rank, x.channels());
        self.settings.are_axes("axis", &[rank], rank)?;
        // −1 is a group for each channel.
        let groups = match self.settings.take("groups").and_then(Json::as_i64) {
            Some(-1) => channels,
            groups => {
                let groups = groups.and_then(|groups| usize::try_from(groups).ok());
                groups.ok_or_else(|| self.refused("a number of groups", "another"))?
            }
        };
        let norm = GroupNorm { groups, epsilon, affine: affine.count() > 0 };
        self.weighted(reader, "", norm, self.x()?, |variables| {
            variables.are(affine.count())?;
            affine.arrays(variables)
        })
    }

    pub(super) fn prelu(&mut self, reader: &mut Reader) -> Result<Value, ExchangeError> {
        let shared = self.settings.counts("shared_axes")?;
        let x = self.x()?;
        let all: Vec<usize> = (1..=x.rank).collect();
        let per_channel = match &shared[..] {
            axes if *axes == all[..] => false,
            axes if *axes == all[..x.rank - 1] => true,
            axes => {
                let expected = format!("shared_axes = {:?}, or {all:?}", &all[..x.rank - 1]);
                return Err(self.refused(expected, format_args!("{axes:?}")));
            }
        };
        let prelu = Prelu { per_channel, ..Prelu::default() };
        self.weighted(reader, "", prelu, x, |variables| Ok(variables.all(["slope"])?.to_vec()))
    }

    /// `scale·x + offset`, as a convolution of 1×1 for each channel by itself.
    pub(super) fn rescaling(&mut self, reader: &mut Reader) -> Result<Value, ExchangeError> {
        let (scale, offset) = (self.settings.take("scale"), self.settings.take("offset"));
        let x = self.x()?.clone();
        let channels = x.channels();
        let numbers = |value: Option<&Json>| match value? {
            Json::Array(values) if values.len() == channels => {
                values.iter().map(|value| Some(value.as_f64()? as f32)).collect()
            }
            value => Some(vec![value.as_f64()? as f32; channels]),
        };
        let both = (numbers(scale), numbers(offset));
        let (Some(scale), Some(offset)) = both else {
            return Err(self.refused("a number, or one for each channel, as scale and offset", "others"));
        };
        let image = match x.shape {
            Shape::Vector(size) => {
                self.add(reader, "", Reshape::new(Shape::image(size, 1, 1)).into(), &[&x])?
            }
            Shape::Image { .. } => x.clone(),
        };
        let value = self.weighted(reader, "", Conv2d::depthwise(channels, 1), &image, |_| {
            Ok(vec![
                Array { name: "weight".into(), dims: vec![1, 1, 1, channels], values: scale },
                Array { name: "bias".into(), dims: vec![channels], values: offset },
            ])
        })?;
        match x.shape {
            Shape::Vector(_) => self.add(reader, "", Reshape::new(x.shape).into(), &[&value]),
            Shape::Image { .. } => Ok(value),
        }
    }
}
