//! A layer as data: what files, the command line and other languages speak.

use std::fmt;

use serde::{Deserialize, Serialize};
use toddle_lanes::Float;

use crate::error::Misfit;
use crate::layer::Layer;
use crate::layers::global_pool;
use crate::{AvgPool2d, Conv2d, Dense, Flatten, MaxPool2d, Reshape, Shape, Softmax, Tanh};

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
    /// [`AvgPool2d`]
    AvgPool2d(AvgPool2d),
    /// [`Conv2d`]
    Conv2d(Conv2d),
    /// [`Dense`]
    Dense(Dense),
    /// [`Flatten`]
    Flatten(Flatten),
    /// Global average pooling: each channel of an image becomes its average.
    ///
    /// `y[c] = (1/n) · Σ iy,ix  x[c,iy,ix]` with `n = h·w`.
    ///
    /// Per sample: `x` c×h×w, `y` c. It has no settings.
    ///
    /// Backward: `dx[c,iy,ix] = (1/n) · dy[c]`. Cost: an addition a number forward, a copy back.
    ///
    /// Errors, from `build`: the input is no image.
    ///
    /// ```
    /// use toddle::{GlobalAvgPool, NetworkSpec, Shape};
    ///
    /// let network = NetworkSpec::new(Shape::image(2, 1, 2)).add(GlobalAvgPool).build::<f64>(0)?;
    /// assert_eq!(network.predict(&[1.0, 2.0, 30.0, 40.0])?, [1.5, 35.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// See Min Lin, Qiang Chen and Shuicheng Yan, *Network In Network*, 2013.
    GlobalAvgPool,
    /// Global max pooling: each channel of an image becomes its largest number.
    ///
    /// `y[c] = max iy,ix  x[c,iy,ix]`; NaN where one of them is.
    ///
    /// Per sample: `x` c×h×w, `y` c. It has no settings.
    ///
    /// Backward: `dx[c,iy,ix] = dy[c]` for the largest number of the channel, the first where several are, and 0 for the
    /// others. Cost: a comparison a number, forward and back.
    ///
    /// Errors, from `build`: the input is no image.
    ///
    /// ```
    /// use toddle::{GlobalMaxPool, NetworkSpec, Shape};
    ///
    /// let network = NetworkSpec::new(Shape::image(2, 1, 2)).add(GlobalMaxPool).build::<f64>(0)?;
    /// assert_eq!(network.predict(&[1.0, 2.0, 40.0, 30.0])?, [2.0, 40.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// See [`MaxPool2d`] for windows that slide.
    GlobalMaxPool,
    /// [`MaxPool2d`]
    MaxPool2d(MaxPool2d),
    /// [`Reshape`]
    Reshape(Reshape),
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
            LayerSpec::AvgPool2d(spec) => spec.build(input),
            LayerSpec::Conv2d(spec) => spec.build(input),
            LayerSpec::Dense(spec) => spec.build(input),
            LayerSpec::Flatten(spec) => spec.build(input),
            LayerSpec::GlobalAvgPool => global_pool::average(input),
            LayerSpec::GlobalMaxPool => global_pool::max(input),
            LayerSpec::MaxPool2d(spec) => spec.build(input),
            LayerSpec::Reshape(spec) => spec.build(input),
            LayerSpec::Softmax(spec) => spec.build(input),
            LayerSpec::Tanh(spec) => spec.build(input),
        }
    }

    /// What layers of this kind are called before their number: `conv`, `dense` …
    pub fn stem(&self) -> &'static str {
        match self {
            LayerSpec::Conv2d(_) => "conv",
            LayerSpec::Dense(_) => "dense",
            LayerSpec::Flatten(_) => "flatten",
            LayerSpec::AvgPool2d(_)
            | LayerSpec::GlobalAvgPool
            | LayerSpec::GlobalMaxPool
            | LayerSpec::MaxPool2d(_) => "pool",
            LayerSpec::Reshape(_) => "reshape",
            LayerSpec::Softmax(_) => "softmax",
            LayerSpec::Tanh(_) => "tanh",
        }
    }
}

impl fmt::Display for LayerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LayerSpec::AvgPool2d(spec) => spec.fmt(f),
            LayerSpec::Conv2d(spec) => spec.fmt(f),
            LayerSpec::Dense(spec) => spec.fmt(f),
            LayerSpec::Flatten(spec) => spec.fmt(f),
            LayerSpec::GlobalAvgPool => f.write_str("global_avg_pool"),
            LayerSpec::GlobalMaxPool => f.write_str("global_max_pool"),
            LayerSpec::MaxPool2d(spec) => spec.fmt(f),
            LayerSpec::Reshape(spec) => spec.fmt(f),
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
from!(AvgPool2d, Conv2d, Dense, Flatten, MaxPool2d, Reshape, Softmax, Tanh);
