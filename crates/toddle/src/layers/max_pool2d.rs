use alloc::boxed::Box;
use core::fmt;

use serde::{Deserialize, Serialize};

use super::pool::{Sliding, setters};
use super::window::is_false;
use super::{Padding, Size};
use crate::error::Misfit;
use crate::layer::Layer;
use crate::{Float, Shape};

/// 2-D max pooling: slides a window over each channel of an image and keeps the largest element in it.
///
/// `y[c,oy,ox] = max r,s  x[c, oy·t+r·d−p, ox·t+s·d−p]`, over the elements of the window that lie in the image.
/// Padding is never the maximum. The maximum is NaN if the window contains a NaN.
///
/// Per sample: `x` c×h×w, `y` c×oh×ow with `oh = ⌊(h + p + p' − (r−1)·d − 1)/t⌋ + 1` for a window of r×s, stride `t`,
/// dilation `d`, and padding of `p` rows above and `p'` below; `ow` likewise. With `ceil_mode` it is `⌈…⌉ + 1`, but no
/// window begins after the image.
///
/// Settings: `window`, which must be given; `stride`, the size of the window by default; `padding`, none by default,
/// at most half of what the window spans; `dilation`, 1 by default; `ceil_mode`, false by default.
///
/// Backward: `dx[c,iy,ix] = Σ dy[c,oy,ox]` over the windows whose largest element this is, in raster order. If
/// several elements of a window are equally large, the first in raster order counts as the largest. NaN counts as ∞
/// in this comparison. The layer stores nothing between forward and backward. Cost: one comparison for each element
/// of each window, forward and backward.
///
/// Errors, from `build`: the input is not an image, the window does not fit in it, the padding is more than half the
/// window, a window has no element in the image, or a setting is 0.
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
    /// left, right]`, at most half the window. `"valid"` adds none. `"same"` makes the output as large as the image
    /// divided by the stride.
    #[cfg_attr(feature = "schema", schemars(example = 1))]
    #[serde(default)]
    pub padding: Padding,
    /// The distance between the elements that a window reads, in rows and columns of the image. With 1, the window
    /// reads neighbours.
    #[cfg_attr(feature = "schema", schemars(example = 2, extend("default" = 1)))]
    #[serde(default = "Size::one", skip_serializing_if = "Size::is_one")]
    pub dilation: Size,
    /// Whether a last window counts that lies only partly in the image and its padding. It makes the output larger
    /// where the windows do not fit exactly.
    #[cfg_attr(feature = "schema", schemars(example = true, extend("default" = false)))]
    #[serde(default, skip_serializing_if = "is_false")]
    pub ceil_mode: bool,
}

setters!(MaxPool2d);

impl MaxPool2d {
    /// Windows of this size, side by side: `2` for 2×2, `(2, 3)` for two rows and three columns.
    pub fn new(window: impl Into<Size>) -> Self {
        MaxPool2d {
            window: window.into(),
            stride: None,
            padding: Padding::Valid,
            dilation: Size::ONE,
            ceil_mode: false,
        }
    }

    /// Sets the dilation: `2`, or `(2, 1)` for a distance of two rows and one column.
    #[must_use]
    pub fn dilation(mut self, dilation: impl Into<Size>) -> Self {
        self.dilation = dilation.into();
        self
    }

    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        self.sliding().max((*self).into(), input)
    }

    pub(super) fn sliding(&self) -> Sliding {
        let MaxPool2d { window, stride, padding, dilation, ceil_mode } = *self;
        Sliding { window, stride, padding, dilation, ceil_mode }
    }
}

impl fmt::Display for MaxPool2d {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "max_pool2d {{ {} }}", self.sliding())
    }
}
