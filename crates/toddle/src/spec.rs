//! A layer as data: what files, the command line and other languages speak.

use std::fmt;

use serde::{Deserialize, Serialize};
use toddle_lanes::Float;

use crate::error::Misfit;
use crate::layer::Layer;
use crate::{Conv2d, ConvTranspose2d, Dense, Flatten, Shape, Softmax, Tanh};

/// Any layer, as written by its user.
///
/// ```
/// use toddle::{Conv2d, LayerSpec};
///
/// let spec = LayerSpec::from(Conv2d::new(8, 3));
/// assert_eq!(spec.to_string(), "conv2d { filters = 8, kernel = 3×3 }");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LayerSpec {
    /// [`Conv2d`]
    Conv2d(Conv2d),
    /// [`ConvTranspose2d`]
    ConvTranspose2d(ConvTranspose2d),
    /// [`Dense`]
    Dense(Dense),
    /// [`Flatten`]
    Flatten(Flatten),
    /// [`Softmax`]
    Softmax(Softmax),
    /// [`Tanh`]
    Tanh(Tanh),
}

impl LayerSpec {
    /// The layer frozen to the shape of its input: the only match over kinds.
    ///
    /// # Errors
    /// The layer cannot take such an input.
    pub fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        input.check()?;
        match self {
            LayerSpec::Conv2d(spec) => spec.build(input),
            LayerSpec::ConvTranspose2d(spec) => spec.build(input),
            LayerSpec::Dense(spec) => spec.build(input),
            LayerSpec::Flatten(spec) => spec.build(input),
            LayerSpec::Softmax(spec) => spec.build(input),
            LayerSpec::Tanh(spec) => spec.build(input),
        }
    }

    /// What layers of this kind are called before their number: `conv`, `dense` …
    pub fn stem(&self) -> &'static str {
        match self {
            LayerSpec::Conv2d(_) => "conv",
            LayerSpec::ConvTranspose2d(_) => "conv_transpose",
            LayerSpec::Dense(_) => "dense",
            LayerSpec::Flatten(_) => "flatten",
            LayerSpec::Softmax(_) => "softmax",
            LayerSpec::Tanh(_) => "tanh",
        }
    }
}

impl fmt::Display for LayerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LayerSpec::Conv2d(spec) => spec.fmt(f),
            LayerSpec::ConvTranspose2d(spec) => spec.fmt(f),
            LayerSpec::Dense(spec) => spec.fmt(f),
            LayerSpec::Flatten(spec) => spec.fmt(f),
            LayerSpec::Softmax(spec) => spec.fmt(f),
            LayerSpec::Tanh(spec) => spec.fmt(f),
        }
    }
}

macro_rules! from {
    ($($kind:ident),*) => {$(
        impl From<$kind> for LayerSpec {
            fn from(spec: $kind) -> Self {
                LayerSpec::$kind(spec)
            }
        }
    )*};
}
from!(Conv2d, ConvTranspose2d, Dense, Flatten, Softmax, Tanh);
