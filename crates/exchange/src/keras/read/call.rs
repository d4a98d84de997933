//! One call of a layer.

use std::fmt::Display;

use toddle::{
    Concat, Dropout, GaussianNoise, LayerSpec, Misfit, Product, Shape, Shared, SpatialDropout, Sum,
};

use super::nodes::{Described, text};
use super::reader::{Reader, Value};
use super::settings::Settings;
use super::weights::Variables;
use crate::ExchangeError;
use crate::arrays::Array;
use crate::growing::shape_of;

/// A layer of Keras with the values that it takes.
pub(super) struct Call<'j> {
    pub settings: Settings<'j>,
    /// The module of Python that has the class.
    module: &'j str,
    /// The group of the layer's weights in the file.
    path: &'j str,
    pub from: Vec<Value>,
    /// Whether layers behind it move the channels of its image from the first axis to the last.
    pub is_moved: bool,
}

impl<'j> Call<'j> {
    pub fn new(layer: &'j Described<'j>, from: Vec<Value>, is_moved: bool) -> Result<Self, ExchangeError> {
        let settings = Settings::new(layer.name, layer.class, layer.config);
        if from.is_empty() {
            return Err(settings.refused("a value that it takes", "none"));
        }
        Ok(Call { settings, module: layer.module, path: &layer.path, from, is_moved })
    }

    /// Reads the layer. Returns its value.
    pub fn read(mut self, reader: &mut Reader) -> Result<Value, ExchangeError> {
        let class = self.settings.class;
        let is_layer = self.module == "keras.layers";
        if !is_layer && !self.module.starts_with("keras.src.ops") {
            return Err(self.refused("a layer of Keras", "a class of its own"));
        }
        self.precision(reader)?;
        self.settings.only("data_format", "channels_last")?;
        let takes_any = matches!(class, "Flatten" | "Permute" | "Reshape");
        if let Some(value) = self.from.iter().find(|value| value.is_channels_first && !takes_any) {
            let got = format!("channels at the first axis: {:?}", value.dims());
            return Err(self.refused("channels at the last axis", got));
        }
        let value = match class {
            _ if !is_layer => self.operator(reader),
            "Conv1D" | "Conv2D" => self.conv(reader),
            "Conv1DTranspose" | "Conv2DTranspose" => self.conv_transpose(reader),
            "DepthwiseConv1D" | "DepthwiseConv2D" => self.depthwise(reader),
            "SeparableConv1D" | "SeparableConv2D" => self.separable(reader),
            "MaxPooling1D" | "MaxPooling2D" | "AveragePooling1D" | "AveragePooling2D" => self.pool(reader),
            "GlobalMaxPooling1D"
            | "GlobalMaxPooling2D"
            | "GlobalAveragePooling1D"
            | "GlobalAveragePooling2D" => self.global_pool(reader),
            "AdaptiveMaxPooling1D"
            | "AdaptiveMaxPooling2D"
            | "AdaptiveAveragePooling1D"
            | "AdaptiveAveragePooling2D" => self.adaptive_pool(reader),
            "Dense" => self.dense(reader),
            "Embedding" => self.embedding(reader),
            "BatchNormalization" => self.batch_norm(reader),
            "LayerNormalization" => self.layer_norm(reader),
            "GroupNormalization" => self.group_norm(reader),
            "PReLU" => self.prelu(reader),
            "Rescaling" => self.rescaling(reader),
            "Activation" => self.x().cloned(),
            "ReLU" | "LeakyReLU" | "ELU" | "Softmax" => {
                let layer = super::activation::of_class(&mut self.settings, &self.from[0])?;
                self.of_one(reader, layer)
            }
            "Dropout" => {
                self.settings.ignore(&["seed"]);
                let rate = self.settings.number("rate")?;
                if self.settings.take("noise_shape").is_some() {
                    return Err(self.refused("elements that are dropped one by one", "a noise_shape"));
                }
                self.of_one(reader, Dropout::new(rate))
            }
            "SpatialDropout1D" | "SpatialDropout2D" => {
                self.settings.ignore(&["seed", "noise_shape"]);
                let rate = self.settings.number("rate")?;
                self.of_one(reader, SpatialDropout::new(rate))
            }
            "GaussianNoise" => {
                self.settings.ignore(&["seed"]);
                let deviation = self.settings.number("stddev")?;
                self.of_one(reader, GaussianNoise::new(deviation))
            }
            "Add" => self.join(reader, Sum),
            "Multiply" => self.join(reader, Product),
            "Concatenate" => {
                let rank = self.from[0].rank;
                self.settings.are_axes("axis", &[rank], rank)?;
                self.join(reader, Concat)
            }
            "Flatten" => self.flatten(reader),
            "Reshape" => self.reshape(reader),
            "Permute" => self.permute(),
            "ZeroPadding1D" | "ZeroPadding2D" => self.zero_padding(reader),
            "Cropping1D" | "Cropping2D" => self.cropping(reader),
            "UpSampling1D" | "UpSampling2D" => self.upsampling(reader),
            "Identity" => self.x().cloned(),
            _ => Err(self.refused("a layer that toddle has", class)),
        }?;
        let value = self.activated(reader, value)?;
        self.settings.finish()?;
        Ok(value)
    }

    /// Checks how many bits the layer computes with.
    fn precision(&mut self, reader: &mut Reader) -> Result<(), ExchangeError> {
        let Some(dtype) = self.settings.take("dtype") else { return Ok(()) };
        let name = dtype.as_str().unwrap_or_else(|| text(dtype, "/config/name"));
        match name {
            "float32" => {}
            "float64" | "mixed_bfloat16" | "mixed_float16" => {
                let note =
                    format!("Keras computes layers with the type {name}, and toddle computes with 32 bits");
                if !reader.notes.contains(&note) {
                    reader.notes.push(note);
                }
            }
            other => return Err(self.refused("dtype = float32", other)),
        }
        Ok(())
    }

    /// The only value that the layer takes.
    pub fn x(&self) -> Result<&Value, ExchangeError> {
        match &self.from[..] {
            [only] => Ok(only),
            values => Err(self.refused("one value", format_args!("{} values", values.len()))),
        }
    }

    /// The only value that the layer takes, which is a sequence for a layer in one dimension, or else an image.
    pub fn image(&self) -> Result<&Value, ExchangeError> {
        let x = self.x()?;
        let (rank, what) = match self.settings.class.contains("1D") {
            true => (2, "steps and channels"),
            false => (3, "rows, columns and channels"),
        };
        if x.rank == rank { Ok(x) } else { Err(self.refused(what, format_args!("{:?}", x.dims()))) }
    }

    /// Adds a layer of toddle that takes `x`, called after the layer of Keras.
    pub fn of(
        &self,
        reader: &mut Reader,
        layer: impl Into<LayerSpec>,
        x: &Value,
    ) -> Result<Value, ExchangeError> {
        self.add(reader, self.settings.layer, layer.into(), &[x])
    }

    /// Adds a layer of toddle that takes the only value.
    pub fn of_one(&self, reader: &mut Reader, layer: impl Into<LayerSpec>) -> Result<Value, ExchangeError> {
        self.of(reader, layer, self.x()?)
    }

    /// Adds a layer of toddle, called `wanted`. Its value has the axes of the first value in Keras.
    pub fn add(
        &self,
        reader: &mut Reader,
        wanted: &str,
        layer: LayerSpec,
        from: &[&Value],
    ) -> Result<Value, ExchangeError> {
        let values: Vec<(&str, Shape)> = from.iter().map(|value| (&*value.name, value.shape)).collect();
        let added = reader.layers.add(wanted, layer.clone(), &values);
        let (name, shape) = added.map_err(|fault| self.misfit(&layer, &fault))?;
        Ok(Value { name, shape, ..from[0].clone() })
    }

    /// Adds a layer of toddle with weights, which `arrays` takes from the file. Where Keras calls the layer once more, its
    /// weights are shared. `part` tells several layers of toddle for the same layer of Keras apart.
    pub fn weighted(
        &self,
        reader: &mut Reader,
        part: &str,
        layer: impl Into<LayerSpec>,
        x: &Value,
        arrays: impl FnOnce(&mut Variables<'_>) -> Result<Vec<Array>, ExchangeError>,
    ) -> Result<Value, ExchangeError> {
        let layer = layer.into();
        let (key, wanted) = (format!("{}{part}", self.path), format!("{}{part}", self.settings.layer));
        if let Some(owner) = reader.made.get(&key).cloned() {
            let from = [(&*x.name, x.shape)];
            let shape = shape_of(&layer, &from).map_err(|fault| self.misfit(&layer, &fault))?;
            let shared: LayerSpec = Shared { with: owner }.into();
            let name = reader.layers.name("", shared.stem());
            reader.layers.place(name.clone(), shared, &from);
            return Ok(Value { name, shape, ..x.clone() });
        }
        let value = self.add(reader, &wanted, layer, &[x])?;
        let weights = &mut reader.weights;
        let arrays = arrays(&mut Variables { weights, path: self.path, layer: self.settings.layer })?;
        let named =
            arrays.into_iter().map(|array| Array { name: format!("{}.{}", value.name, array.name), ..array });
        reader.arrays.extend(named);
        reader.made.insert(key, value.name.clone());
        Ok(value)
    }

    /// Several values as one.
    fn join(&self, reader: &mut Reader, layer: LayerSpec) -> Result<Value, ExchangeError> {
        let values: Vec<&Value> = self.from.iter().collect();
        if values.iter().any(|value| value.rank != values[0].rank) {
            let shapes: Vec<Vec<usize>> = values.iter().map(|value| value.dims()).collect();
            return Err(self.refused("values with as many axes", format_args!("{shapes:?}")));
        }
        self.add(reader, self.settings.layer, layer, &values)
    }

    fn misfit(&self, layer: &LayerSpec, fault: &Misfit) -> ExchangeError {
        let error = self.refused("a layer that toddle has", format_args!("{layer}: {}", fault.because));
        ExchangeError { remedy: fault.remedy.to_string(), ..error }
    }

    pub fn refused(&self, expected: impl Display, got: impl Display) -> ExchangeError {
        self.settings.refused(expected, got)
    }
}
