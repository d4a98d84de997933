//! Activations.

use serde_json::Value as Json;
use toddle::{
    ClippedRelu, Elu, Gelu, HardSigmoid, HardSwish, LayerSpec, LeakyRelu, LogSoftmax, Mish, Relu, Selu,
    Shape, Sigmoid, Silu, Softmax, SoftmaxAxis, Softplus, Softsign, Tanh,
};

use super::call::Call;
use super::nodes::text;
use super::reader::{Reader, Value};
use super::settings::{Settings, short};
use crate::ExchangeError;

impl Call<'_> {
    /// The value behind the activation that the layer has as a setting, if it has one.
    pub(super) fn activated(&mut self, reader: &mut Reader, value: Value) -> Result<Value, ExchangeError> {
        let Some(activation) = self.settings.take("activation") else { return Ok(value) };
        let layer = match activation {
            Json::String(name) if name == "linear" => return Ok(value),
            Json::String(name) => of_name(name, &value),
            // A layer in the place of a function.
            layer if text(layer, "/module") == "keras.layers" => {
                let class = text(layer, "/class_name");
                let mut settings = Settings::new(self.settings.layer, class, &layer["config"]);
                settings.ignore(&["dtype"]);
                let layer = of_class(&mut settings, &value)?;
                settings.finish()?;
                Some(layer)
            }
            _ => None,
        };
        let layer = layer.ok_or_else(|| self.refused("an activation that toddle has", short(activation)))?;
        // A layer that is nothing else has its own name.
        let wanted = if self.settings.class == "Activation" { self.settings.layer } else { "" };
        self.add(reader, wanted, layer, &[&value])
    }
}

/// The activation with this name in Keras, for a value.
fn of_name(name: &str, value: &Value) -> Option<LayerSpec> {
    Some(match name {
        "relu" => Relu,
        "relu6" => ClippedRelu { max: 6.0 }.into(),
        "leaky_relu" => LeakyRelu { slope: 0.2 }.into(),
        "elu" => Elu { alpha: 1.0 }.into(),
        "selu" => Selu,
        "gelu" => Gelu { approximate: false }.into(),
        "sigmoid" => Sigmoid,
        "hard_sigmoid" => HardSigmoid,
        "silu" | "swish" => Silu,
        "hard_silu" | "hard_swish" => HardSwish,
        "mish" => Mish,
        "softplus" => Softplus::default().into(),
        "softsign" => Softsign,
        "tanh" => Tanh,
        "softmax" => Softmax { axis: last_axis(value), ..Softmax::default() }.into(),
        "log_softmax" => LogSoftmax { axis: last_axis(value) }.into(),
        _ => return None,
    })
}

/// The last axis in Keras.
fn last_axis(value: &Value) -> SoftmaxAxis {
    match value.shape {
        Shape::Vector(_) => SoftmaxAxis::Elements,
        Shape::Image { .. } => SoftmaxAxis::Channels,
    }
}

/// The activation that is a layer in Keras, for a value.
pub(super) fn of_class(settings: &mut Settings<'_>, value: &Value) -> Result<LayerSpec, ExchangeError> {
    Ok(match settings.class {
        "ReLU" => {
            settings.only("threshold", 0.0)?;
            let slope = settings.number("negative_slope")?;
            match settings.take("max_value").map(Json::as_f64) {
                None if slope == 0.0 => Relu,
                None => LeakyRelu { slope }.into(),
                Some(Some(max)) if slope == 0.0 => ClippedRelu { max }.into(),
                _ => return Err(settings.refused("max_value or negative_slope", "both")),
            }
        }
        "LeakyReLU" => LeakyRelu { slope: settings.number("negative_slope")? }.into(),
        "ELU" => Elu { alpha: settings.number("alpha")? }.into(),
        "Softmax" => {
            settings.are_axes("axis", &[value.rank], value.rank)?;
            Softmax { axis: last_axis(value), ..Softmax::default() }.into()
        }
        class => return Err(settings.refused("an activation that toddle has", class)),
    })
}
