use alloc::boxed::Box;
use core::fmt;

use serde::{Deserialize, Serialize};

use super::AvgPool2d;
use super::sequence::{self, Padding1d};
use super::window::{is_false, write_unless, yes};
use crate::error::Misfit;
use crate::layer::Layer;
use crate::{Float, Shape};

/// 1-D average pooling: slides a window along each channel of a sequence and averages the elements in it.
///
/// `y[c,o] = (1/n) · Σ s  x[c, o·t+s−p]`, over the elements of the window that lie in the sequence. `n` is the size of
/// the window if padding counts as zeros, without the steps after the padding. Otherwise `n` is the number of the
/// window's elements that lie in the sequence.
///
/// A sequence of `n` steps with `c` channels is an image of one row, c×1×n. The layer is an [`AvgPool2d`] with windows of
/// one row, and has its kernels and its bits.
///
/// Per sample: `x` c×1×n, `y` c×1×m with `m = ⌊(n + p + p' − s)/t⌋ + 1` for a window of `s` steps, stride `t`, and padding
/// of `p` steps before and `p'` after. With `ceil_mode` it is `⌈…⌉ + 1`, but no window begins after the sequence.
///
/// Settings: `window`, which must be given; `stride`, the size of the window by default; `padding`, none by default, at
/// most half the window; `count_padding`, true by default: whether `n` counts padding; `ceil_mode`, false by default.
///
/// Backward: `dx[c,i] = Σ (1/n) · dy[c,o]` over the windows that contain the element, in order. Cost: one addition for
/// each element of each window, forward and backward.
///
/// Errors, from `build`: the input is not a sequence, or those of [`AvgPool2d`].
///
/// ```
/// use toddle::{AvgPool1d, NetworkSpec, Shape};
///
/// let network = NetworkSpec::new(Shape::image(1, 1, 4)).add(AvgPool1d::new(2)).build::<f32>(0)?;
/// assert_eq!(network.predict(&[1.0, 2.0, 4.0, 3.0])?, [1.5, 3.5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// See PyTorch's `AvgPool1d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AvgPool1d {
    /// Steps of the window.
    #[cfg_attr(feature = "schema", schemars(example = 2, range(min = 1)))]
    pub window: usize,
    /// The distance from one window to the next, in steps. Default: the size of the window, so that windows lie side by
    /// side.
    #[cfg_attr(feature = "schema", schemars(example = 2, range(min = 1)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stride: Option<usize>,
    /// The number of steps that are added at the ends of the sequence: a number for both ends, or `[before, after]`, at
    /// most half the window. `"valid"` adds none. `"same"` makes the output as long as the sequence divided by the
    /// stride.
    #[cfg_attr(feature = "schema", schemars(example = 1))]
    #[serde(default)]
    pub padding: Padding1d,
    /// Whether the average counts the padding, as zeros.
    #[cfg_attr(feature = "schema", schemars(example = false))]
    #[serde(default = "yes")]
    pub count_padding: bool,
    /// Whether a last window counts that lies only partly in the sequence and its padding.
    #[cfg_attr(feature = "schema", schemars(example = true, extend("default" = false)))]
    #[serde(default, skip_serializing_if = "is_false")]
    pub ceil_mode: bool,
}

impl AvgPool1d {
    /// Windows of so many steps, side by side.
    pub fn new(window: usize) -> Self {
        AvgPool1d { window, stride: None, padding: Padding1d::Valid, count_padding: true, ceil_mode: false }
    }

    /// Sets the distance between neighbouring windows.
    #[must_use]
    pub fn stride(self, stride: usize) -> Self {
        AvgPool1d { stride: Some(stride), ..self }
    }

    /// Sets the padding: a [`Padding1d`], a number for both ends, or `(before, after)`.
    #[must_use]
    pub fn padding(self, padding: impl Into<Padding1d>) -> Self {
        AvgPool1d { padding: padding.into(), ..self }
    }

    /// Sets whether the average counts padding as zeros.
    #[must_use]
    pub fn count_padding(self, count_padding: bool) -> Self {
        AvgPool1d { count_padding, ..self }
    }

    /// Sets whether a last window counts that lies only partly in the sequence and its padding.
    #[must_use]
    pub fn ceil_mode(self, ceil_mode: bool) -> Self {
        AvgPool1d { ceil_mode, ..self }
    }

    /// The same pooling, of images of one row.
    pub fn of_image(&self) -> AvgPool2d {
        AvgPool2d {
            window: sequence::size(self.window),
            stride: self.stride.map(sequence::size),
            padding: self.padding.of_image(),
            count_padding: self.count_padding,
            ceil_mode: self.ceil_mode,
        }
    }

    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        sequence::steps(input)?;
        self.of_image().sliding().average(self.count_padding, (*self).into(), input)
    }
}

impl fmt::Display for AvgPool1d {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AvgPool1d { window, stride, padding, count_padding, ceil_mode } = *self;
        write!(f, "avg_pool1d {{ window = {window}")?;
        write_unless(f, "stride", stride.unwrap_or(window), window)?;
        write_unless(f, "padding", padding, Padding1d::Valid)?;
        write_unless(f, "count_padding", count_padding, true)?;
        write_unless(f, "ceil_mode", ceil_mode, false)?;
        f.write_str(" }")
    }
}
