use alloc::boxed::Box;
use core::fmt;

use serde::{Deserialize, Serialize};

use super::MaxPool2d;
use super::sequence::{self, Padding1d};
use super::window::{is_false, is_one, one, write_unless};
use crate::error::Misfit;
use crate::layer::Layer;
use crate::{Float, Shape};

/// 1-D max pooling: slides a window along each channel of a sequence and keeps the largest element in it.
///
/// `y[c,o] = max s  x[c, o·t+s·d−p]`, over the elements of the window that lie in the sequence. Padding is never the
/// maximum. The maximum is NaN if the window contains a NaN.
///
/// A sequence of `n` steps with `c` channels is an image of one row, c×1×n. The layer is a [`MaxPool2d`] with windows of
/// one row, and has its kernels and its bits.
///
/// Per sample: `x` c×1×n, `y` c×1×m with `m = ⌊(n + p + p' − (s−1)·d − 1)/t⌋ + 1` for a window of `s` steps, stride `t`,
/// dilation `d`, and padding of `p` steps before and `p'` after. With `ceil_mode` it is `⌈…⌉ + 1`, but no window begins
/// after the sequence.
///
/// Settings: `window`, which must be given; `stride`, the size of the window by default; `padding`, none by default, at
/// most half of what the window spans; `dilation`, 1 by default; `ceil_mode`, false by default.
///
/// Backward: `dx[c,i] = Σ dy[c,o]` over the windows whose largest element this is, as in [`MaxPool2d`]. Cost: one
/// comparison for each element of each window, forward and backward.
///
/// Errors, from `build`: the input is not a sequence, or those of [`MaxPool2d`].
///
/// ```
/// use toddle::{MaxPool1d, NetworkSpec, Shape};
///
/// let network = NetworkSpec::new(Shape::image(1, 1, 4)).add(MaxPool1d::new(2)).build::<f32>(0)?;
/// assert_eq!(network.predict(&[1.0, 2.0, 4.0, 3.0])?, [2.0, 4.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// See PyTorch's `MaxPool1d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MaxPool1d {
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
    /// The distance between the steps that a window reads. With 1, the window reads neighbours.
    #[cfg_attr(feature = "schema", schemars(example = 2, range(min = 1), extend("default" = 1)))]
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub dilation: usize,
    /// Whether a last window counts that lies only partly in the sequence and its padding.
    #[cfg_attr(feature = "schema", schemars(example = true, extend("default" = false)))]
    #[serde(default, skip_serializing_if = "is_false")]
    pub ceil_mode: bool,
}

impl MaxPool1d {
    /// Windows of so many steps, side by side.
    pub fn new(window: usize) -> Self {
        MaxPool1d { window, stride: None, padding: Padding1d::Valid, dilation: 1, ceil_mode: false }
    }

    /// Sets the distance between neighbouring windows.
    #[must_use]
    pub fn stride(self, stride: usize) -> Self {
        MaxPool1d { stride: Some(stride), ..self }
    }

    /// Sets the padding: a [`Padding1d`], a number for both ends, or `(before, after)`.
    #[must_use]
    pub fn padding(self, padding: impl Into<Padding1d>) -> Self {
        MaxPool1d { padding: padding.into(), ..self }
    }

    /// Sets the dilation.
    #[must_use]
    pub fn dilation(self, dilation: usize) -> Self {
        MaxPool1d { dilation, ..self }
    }

    /// Sets whether a last window counts that lies only partly in the sequence and its padding.
    #[must_use]
    pub fn ceil_mode(self, ceil_mode: bool) -> Self {
        MaxPool1d { ceil_mode, ..self }
    }

    /// The same pooling, of images of one row.
    pub fn of_image(&self) -> MaxPool2d {
        MaxPool2d {
            window: sequence::size(self.window),
            stride: self.stride.map(sequence::size),
            padding: self.padding.of_image(),
            dilation: sequence::size(self.dilation),
            ceil_mode: self.ceil_mode,
        }
    }

    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        sequence::steps(input)?;
        self.of_image().sliding().max((*self).into(), input)
    }
}

impl fmt::Display for MaxPool1d {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let MaxPool1d { window, stride, padding, dilation, ceil_mode } = *self;
        write!(f, "max_pool1d {{ window = {window}")?;
        write_unless(f, "stride", stride.unwrap_or(window), window)?;
        write_unless(f, "padding", padding, Padding1d::Valid)?;
        write_unless(f, "dilation", dilation, 1)?;
        write_unless(f, "ceil_mode", ceil_mode, false)?;
        f.write_str(" }")
    }
}
