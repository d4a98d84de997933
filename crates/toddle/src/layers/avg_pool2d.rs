use alloc::boxed::Box;
use core::fmt;

use serde::{Deserialize, Serialize};

use super::pool::{Sliding, setters};
use super::window::{is_false, yes};
use super::{Padding, Size};
use crate::error::Misfit;
use crate::layer::Layer;
use crate::{Float, Shape};

/// 2-D average pooling: slides a window over each channel of an image and averages the elements in it.
///
/// `y[c,oy,ox] = (1/n) · Σ r,s  x[c, oy·t+r−p, ox·t+s−p]`, over the elements of the window that lie in the image. `n`
/// is the size of the window if padding counts as zeros, without the elements after the padding. Otherwise `n` is the
/// number of the window's elements that lie in the image.
///
/// Per sample: `x` c×h×w, `y` c×oh×ow with `oh = ⌊(h + p + p' − r)/t⌋ + 1` for a window of r×s, stride `t`, and padding of
/// `p` rows above and `p'` below; `ow` likewise. With `ceil_mode` it is `⌈…⌉ + 1`, but no window begins after the image.
///
/// Settings: `window`, which must be given; `stride`, the size of the window by default; `padding`, none by default,
/// at most half the window; `count_padding`, true by default: whether `n` counts padding; `ceil_mode`, false by default.
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
    /// left, right]`, at most half the window. `"valid"` adds none. `"same"` makes the output as large as the image
    /// divided by the stride.
    #[cfg_attr(feature = "schema", schemars(example = 1))]
    #[serde(default)]
    pub padding: Padding,
    /// Whether the average counts the padding, as zeros.
    #[cfg_attr(feature = "schema", schemars(example = false))]
    #[serde(default = "yes")]
    pub count_padding: bool,
    /// Whether a last window counts that lies only partly in the image and its padding. It makes the output larger
    /// where the windows do not fit exactly.
    #[cfg_attr(feature = "schema", schemars(example = true, extend("default" = false)))]
    #[serde(default, skip_serializing_if = "is_false")]
    pub ceil_mode: bool,
}

setters!(AvgPool2d);

impl AvgPool2d {
    /// Windows of this size, side by side: `2` for 2×2, `(2, 3)` for two rows and three columns.
    pub fn new(window: impl Into<Size>) -> Self {
        AvgPool2d {
            window: window.into(),
            stride: None,
            padding: Padding::Valid,
            count_padding: true,
            ceil_mode: false,
        }
    }

    /// Sets whether the average counts padding as zeros.
    #[must_use]
    pub fn count_padding(mut self, count_padding: bool) -> Self {
        self.count_padding = count_padding;
        self
    }

    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        self.sliding().average(self.count_padding, (*self).into(), input)
    }

    pub(super) fn sliding(&self) -> Sliding {
        let AvgPool2d { window, stride, padding, ceil_mode, .. } = *self;
        Sliding { window, stride, padding, dilation: Size::ONE, ceil_mode }
    }
}

impl fmt::Display for AvgPool2d {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = if self.count_padding { "" } else { ", count_padding = false" };
        write!(f, "avg_pool2d {{ {}{counts} }}", self.sliding())
    }
}
