use std::fmt;

use serde::{Deserialize, Serialize};
use toddle_kernels::pool::Count;

use super::pool::{BuiltPool, Of, geometry, settings};
use super::{Sides, Size};
use crate::error::Misfit;
use crate::layer::Layer;
use crate::{Float, Shape};

/// 2-D average pooling: slides a window over each channel of an image and averages the elements in it.
///
/// `y[c,oy,ox] = (1/n) · Σ r,s  x[c, oy·t+r−p, ox·t+s−p]`, over the elements of the window that lie in the image. `n`
/// is the size of the window if padding counts as zeros. Otherwise `n` is the number of the window's elements that
/// lie in the image.
///
/// Per sample: `x` c×h×w, `y` c×oh×ow with `oh = ⌊(h + p + p' − r)/t⌋ + 1` for a window of r×s, stride `t`, and padding of
/// `p` rows above and `p'` below; `ow` likewise.
///
/// Settings: `window`, which must be given; `stride`, the size of the window by default; `padding`, none by default,
/// at most half the window; `count_padding`, true by default: whether `n` counts padding.
///
/// Backward: `dx[c,iy,ix] = Σ (1/n) · dy[c,oy,ox]` over the windows that contain the element, in raster order. Cost:
/// one addition for each element of each window, forward and backward.
///
/// Errors, from `build`: the input is not an image, the window does not fit in it, the padding is more than half the
/// window, or a setting is 0.
///
/// ```
/// use toddle::{AvgPool2d, NetworkSpec, Shape};
///
/// let network = NetworkSpec::new(Shape::image(1, 2, 4)).add(AvgPool2d::new(2)).build::<f32>(0)?;
/// assert_eq!(network.output(), Shape::image(1, 1, 2));
/// assert_eq!(network.predict(&[1.0, 2.0, 3.0, 4.0, 8.0, 7.0, 6.0, 5.0])?, [4.5, 4.5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// See Yann LeCun et al., *Gradient-Based Learning Applied to Document Recognition*, 1998. Its subsampling also
/// scales the average.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AvgPool2d {
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
    /// Whether the average counts the padding, as zeros.
    #[cfg_attr(feature = "schema", schemars(example = false))]
    #[serde(default = "yes")]
    pub count_padding: bool,
}

fn yes() -> bool {
    true
}

impl AvgPool2d {
    /// Windows of this size, side by side: `2` for 2×2, `(2, 3)` for two rows and three columns.
    pub fn new(window: impl Into<Size>) -> Self {
        AvgPool2d { window: window.into(), stride: None, padding: Sides::default(), count_padding: true }
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

    /// Sets whether the average counts padding as zeros.
    #[must_use]
    pub fn count_padding(mut self, count_padding: bool) -> Self {
        self.count_padding = count_padding;
        self
    }

    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        let g = geometry(self.window, self.stride, self.padding, input)?;
        let count = if self.count_padding { Count::Window } else { Count::Image };
        Ok(Box::new(BuiltPool::sliding((*self).into(), Of::Average(count), g)))
    }
}

impl fmt::Display for AvgPool2d {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = if self.count_padding { "" } else { ", count_padding = false" };
        write!(f, "avg_pool2d {{ {}{counts} }}", settings(self.window, self.stride, self.padding))
    }
}
