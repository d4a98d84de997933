//! Pooling to a given size: `AdaptiveAvgPool2d` and `AdaptiveMaxPool2d`.

use alloc::boxed::Box;
use core::fmt;

use serde::{Deserialize, Serialize};
use toddle_kernels::pool::{Axis, Count, Geometry};

use super::Size;
use super::pool::{BuiltPool, Of};
use crate::error::Misfit;
use crate::layer::Layer;
use crate::network::shape::MOST_NUMBERS;
use crate::{Float, LayerSpec, Shape};

/// Adaptive average pooling: averages an image to a given number of rows and columns, whatever its size.
///
/// `y[c,oy,ox] = (1/n) · Σ iy,ix  x[c,iy,ix]` over the `n` elements of the window: the rows from `⌊oy·h/oh⌋` to the row
/// before `⌈(oy+1)·h/oh⌉`; columns likewise. Neighbouring windows share elements if `oh` does not divide `h`.
///
/// Per sample: `x` c×h×w, `y` c×oh×ow.
///
/// Settings: `output`, which must be given: `oh` and `ow`.
///
/// Backward: `dx[c,iy,ix] = Σ (1/n) · dy[c,oy,ox]` over the windows that contain the element, in raster order. Cost:
/// one addition for each element of each window, forward and backward.
///
/// Errors, from `build`: the input is not an image, or `output` is 0 or far too large.
///
/// ```
/// use toddle::{AdaptiveAvgPool2d, NetworkSpec, Shape};
///
/// // Three columns to two: the middle column is in both windows.
/// let network = NetworkSpec::new(Shape::image(1, 1, 3)).add(AdaptiveAvgPool2d::new((1, 2))).build::<f64>(0)?;
/// assert_eq!(network.predict(&[1.0, 2.0, 4.0])?, [1.5, 3.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// See PyTorch's `AdaptiveAvgPool2d`; He et al., *Spatial Pyramid Pooling in Deep Convolutional Networks for Visual
/// Recognition*, 2014.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AdaptiveAvgPool2d {
    /// Rows and columns of the output: a number, or `[rows, columns]`.
    #[cfg_attr(feature = "schema", schemars(example = 7))]
    pub output: Size,
}

impl AdaptiveAvgPool2d {
    /// Pooling to this size: `7` for 7×7, `(1, 4)` for one row and four columns.
    pub fn new(output: impl Into<Size>) -> Self {
        AdaptiveAvgPool2d { output: output.into() }
    }

    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        build((*self).into(), Of::Average(Count::Image), self.output, input)
    }
}

impl fmt::Display for AdaptiveAvgPool2d {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "adaptive_avg_pool2d {{ output = {} }}", self.output)
    }
}

/// Adaptive max pooling: reduces an image to a given number of rows and columns, whatever its size. Each element of the
/// output is the largest of a window.
///
/// `y[c,oy,ox] = max iy,ix  x[c,iy,ix]` over the elements of the window: the rows from `⌊oy·h/oh⌋` to the row before
/// `⌈(oy+1)·h/oh⌉`; columns likewise. The maximum is NaN if the window contains a NaN.
///
/// Per sample: `x` c×h×w, `y` c×oh×ow.
///
/// Settings: `output`, which must be given: `oh` and `ow`.
///
/// Backward: `dx[c,iy,ix] = Σ dy[c,oy,ox]` over the windows whose largest element this is, as in
/// [`MaxPool2d`](crate::MaxPool2d). Cost: one comparison for each element of each window, forward and backward.
///
/// Errors, from `build`: the input is not an image, or `output` is 0 or far too large.
///
/// ```
/// use toddle::{AdaptiveMaxPool2d, NetworkSpec, Shape};
///
/// let network = NetworkSpec::new(Shape::image(1, 1, 3)).add(AdaptiveMaxPool2d::new((1, 2))).build::<f64>(0)?;
/// assert_eq!(network.predict(&[1.0, 2.0, 4.0])?, [2.0, 4.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// See PyTorch's `AdaptiveMaxPool2d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AdaptiveMaxPool2d {
    /// Rows and columns of the output: a number, or `[rows, columns]`.
    #[cfg_attr(feature = "schema", schemars(example = 7))]
    pub output: Size,
}

impl AdaptiveMaxPool2d {
    /// Pooling to this size: `7` for 7×7, `(1, 4)` for one row and four columns.
    pub fn new(output: impl Into<Size>) -> Self {
        AdaptiveMaxPool2d { output: output.into() }
    }

    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        build((*self).into(), Of::Max, self.output, input)
    }
}

impl fmt::Display for AdaptiveMaxPool2d {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "adaptive_max_pool2d {{ output = {} }}", self.output)
    }
}

fn build<T: Float>(
    spec: LayerSpec,
    of: Of,
    Size(rows, columns): Size,
    input: Shape,
) -> Result<Box<dyn Layer<T>>, Misfit> {
    let Shape::Image { channels, height, width } = input else {
        return Err(Misfit::new("it takes the channels of an image", "the pooling before `flatten`"));
    };
    if rows == 0 || columns == 0 {
        return Err(Misfit::new("its output has no elements", "output = 1 or more"));
    }
    if rows.max(columns) > MOST_NUMBERS {
        return Err(Misfit::new("its output is larger than toddle supports", "a smaller output"));
    }
    Shape::image(channels, rows, columns).check()?;
    let g = Geometry { channels, rows: Axis::even(height, rows), columns: Axis::even(width, columns) };
    Ok(Box::new(BuiltPool::image(spec, of, g)))
}
