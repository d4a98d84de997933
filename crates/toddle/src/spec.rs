//! A layer as data: what files, the command line and other languages speak.

use std::fmt;

use serde::{Deserialize, Serialize};
use toddle_lanes::Float;

use crate::error::Misfit;
use crate::layer::Layer;
use crate::{BatchNorm, Conv2d, Dense, Dropout, Flatten, Residual, Shape, Softmax, Tanh};

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
    /// [`BatchNorm`]
    BatchNorm(BatchNorm),
    /// [`Conv2d`]
    Conv2d(Conv2d),
    /// [`Dense`]
    Dense(Dense),
    /// [`Dropout`]
    Dropout(Dropout),
    /// [`Flatten`]
    Flatten(Flatten),
    /// [`Residual`]
    Residual(Residual),
    /// [`Softmax`]
    Softmax(Softmax),
    /// [`Tanh`]
    Tanh(Tanh),
}

impl LayerSpec {
    /// The layer frozen to the shape of its input: the only match over kinds. (A residual block is several layers, and only a
    /// network builds it.)
    ///
    /// # Errors
    /// The layer cannot take such an input.
    pub fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        input.check()?;
        match self {
            LayerSpec::BatchNorm(spec) => spec.build(input),
            LayerSpec::Conv2d(spec) => spec.build(input),
            LayerSpec::Dense(spec) => spec.build(input),
            LayerSpec::Dropout(spec) => spec.build(input),
            LayerSpec::Flatten(spec) => spec.build(input),
            LayerSpec::Residual(_) => {
                Err(Misfit::new("it is several layers, which a network builds", "`NetworkSpec::build`"))
            }
            LayerSpec::Softmax(spec) => spec.build(input),
            LayerSpec::Tanh(spec) => spec.build(input),
        }
    }

    /// What layers of this kind are called before their number: `conv`, `dense` …
    pub fn stem(&self) -> &'static str {
        match self {
            LayerSpec::BatchNorm(_) => "norm",
            LayerSpec::Conv2d(_) => "conv",
            LayerSpec::Dense(_) => "dense",
            LayerSpec::Dropout(_) => "dropout",
            LayerSpec::Flatten(_) => "flatten",
            LayerSpec::Residual(_) => "residual",
            LayerSpec::Softmax(_) => "softmax",
            LayerSpec::Tanh(_) => "tanh",
        }
    }
}

impl fmt::Display for LayerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LayerSpec::BatchNorm(spec) => spec.fmt(f),
            LayerSpec::Conv2d(spec) => spec.fmt(f),
            LayerSpec::Dense(spec) => spec.fmt(f),
            LayerSpec::Dropout(spec) => spec.fmt(f),
            LayerSpec::Flatten(spec) => spec.fmt(f),
            LayerSpec::Residual(spec) => spec.fmt(f),
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
from!(BatchNorm, Conv2d, Dense, Dropout, Flatten, Residual, Softmax, Tanh);
