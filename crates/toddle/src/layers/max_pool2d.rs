use std::fmt;

use serde::{Deserialize, Serialize};

use super::pool::{BuiltPool, Of, geometry, settings};
use super::{Sides, Size};
use crate::error::Misfit;
use crate::layer::Layer;
use crate::{Float, Shape};

/// 2-D max pooling: slides a window over each channel of an image and keeps the largest element in it.
///
/// `y[c,oy,ox] = max r,s  x[c, oy·t+r−p, ox·t+s−p]`, over the elements of the window that lie in the image. Padding
/// is never the maximum. The maximum is NaN if the window contains a NaN.
///
/// Per sample: `x` c×h×w, `y` c×oh×ow with `oh = ⌊(h + p + p' − r)/t⌋ + 1` for a window of r×s, stride `t`, and padding of
/// `p` rows above and `p'` below; `ow` likewise.
///
/// Settings: `window`, which must be given; `stride`, the size of the window by default; `padding`, none by default,
/// at most half the window.
///
/// Backward: `dx[c,iy,ix] = Σ dy[c,oy,ox]` over the windows whose largest element this is, in raster order. If
/// several elements of a window are equally large, the first in raster order counts as the largest. NaN counts as ∞
/// in this comparison. The layer stores nothing between forward and backward. Cost: one comparison for each element
/// of each window, forward and backward.
///
/// Errors, from `build`: the input is not an image, the window does not fit in it, the padding is more than half the
/// window, or a setting is 0.
///
/// ```
/// use toddle::{MaxPool2d, NetworkSpec, Shape};
///
/// let network = NetworkSpec::new(Shape::image(1, 2, 4)).add(MaxPool2d::new(2)).build::<f32>(0)?;
/// assert_eq!(network.output(), Shape::image(1, 1, 2));
/// assert_eq!(network.predict(&[1.0, 2.0, 3.0, 4.0, 8.0, 7.0, 6.0, 5.0])?, [8.0, 6.0]);
///
/// let overlapping = NetworkSpec::new(Shape::image(8, 7, 7)).add(MaxPool2d::new(3).stride(2).padding(1));
/// assert_eq!(overlapping.build::<f32>(0)?.output(), Shape::image(8, 4, 4));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// See Dominik Scherer, Andreas Müller and Sven Behnke, *Evaluation of Pooling Operations in Convolutional Architectures for
/// Object Recognition*, 2010.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MaxPool2d {
    /// Rows and columns of the window: a number, or `[rows, columns]`.
    #[cfg_attr(feature = "schema", schemars(example = 2))]
    pub window: Size,
    /// The distance from one window to the next, in rows and columns. Default: the size of the window, so that
    /// windows lie side by side.
    #[cfg_attr(feature = "schema", schemars(example = 2))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stride: Option<Size>,
    /// The number of rows and columns that are added around the image: a number for all sides, or `[top, bottom,
    /// left, right]`. At most half the window.
    #[cfg_attr(feature = "schema", schemars(example = 1))]
    #[serde(default)]
    pub padding: Sides,
}

impl MaxPool2d {
    /// Windows of this size, side by side: `2` for 2×2, `(2, 3)` for two rows and three columns.
    pub fn new(window: impl Into<Size>) -> Self {
        MaxPool2d { window: window.into(), stride: None, padding: Sides::default() }
    }

    /// Sets the distance between neighbouring windows: `2`, or `(2, 1)` for two rows and one column.
    #[must_use]
    pub fn stride(mut self, stride: impl Into<Size>) -> Self {
        self.stride = Some(stride.into());
        self
    }

    /// Sets the padding: `1` on every side, or `[top, bottom, left, right]`.
    #[must_use]
    pub fn padding(mut self, padding: impl Into<Sides>) -> Self {
        self.padding = padding.into();
        self
    }

    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        let g = geometry(self.window, self.stride, self.padding, input)?;
        Ok(Box::new(BuiltPool::sliding((*self).into(), Of::Max, g)))
    }
}

impl fmt::Display for MaxPool2d {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "max_pool2d {{ {} }}", settings(self.window, self.stride, self.padding))
    }
}
