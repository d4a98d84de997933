use alloc::boxed::Box;
use core::fmt;

use serde::{Deserialize, Serialize};

use super::Conv2d;
use super::sequence::{self, Padding1d};
use super::window::{one, write_unless, yes};
use crate::error::Misfit;
use crate::layer::Layer;
use crate::{Float, Shape};

/// 1-D convolution: slides small windows of weights along a sequence. At each step it records how well each window
/// matches the sequence.
///
/// `y[k,o] = b[k] + Σ c,s  w[s,c,k] · x[c, o·t+s·d−p]` with `t` the stride, `d` the dilation and `p` the padding before.
/// Steps outside the sequence are skipped.
///
/// A sequence of `n` steps with `c` channels is an image of one row, c×1×n. The layer is a [`Conv2d`] with windows of one
/// row, and has its weights, its kernels and its bits.
///
/// Per sample: `x` c×1×n, `w` 1×s×c/g×k for `g` groups, `b` k, `y` k×1×m with `m = ⌊(n + p + p' − (s−1)·d − 1)/t⌋ + 1` for
/// a padding of `p` steps before and `p'` after.
///
/// Settings: `filters` and `kernel`, which must be given. `stride`, `dilation` and `groups`, 1 by default. `padding`,
/// [`Valid`](Padding1d::Valid) by default; with `(kernel − 1)·dilation` steps before and none after, an output depends
/// only on its own step and on steps before it. `bias`, true by default.
///
/// Backward: `db += Σ dy`, `dw += Σ dy · x shifted`, `dx = Σ w · dy shifted back`. Cost: `2·k·(c/g)·s·m` FLOP forward,
/// twice that back.
///
/// Errors, from `build`: the input is not a sequence, or those of [`Conv2d`].
///
/// ```
/// use toddle::{Conv1d, NetworkSpec, Shape};
///
/// // Four numbers at each of 100 steps.
/// let network = NetworkSpec::new(Shape::image(4, 1, 100))
///     .add(Conv1d::new(8, 5).stride(2))
///     .add(Conv1d::new(8, 3).padding((2, 0)))
///     .build::<f32>(0)?;
/// let outputs: Vec<Shape> = network.nodes().iter().map(|node| node.output()).collect();
/// assert_eq!(outputs, [Shape::image(8, 1, 48), Shape::image(8, 1, 48)]);
/// assert_eq!(network.layout().get("conv1.weight").unwrap().shape, [1, 5, 4, 8]);
/// # Ok::<(), toddle::BuildError>(())
/// ```
///
/// See PyTorch's `Conv1d`, whose weights are k×c/g×s; A. Waibel et al., *Phoneme Recognition Using Time-Delay Neural
/// Networks*, 1989.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Conv1d {
    /// The number of windows, which is the number of channels of the output.
    #[cfg_attr(feature = "schema", schemars(example = 32, range(min = 1)))]
    pub filters: usize,
    /// Steps of each window.
    #[cfg_attr(feature = "schema", schemars(example = 5, range(min = 1)))]
    pub kernel: usize,
    /// The distance from one place of a window to the next, in steps.
    #[cfg_attr(feature = "schema", schemars(example = 2, range(min = 1)))]
    #[serde(default = "one")]
    pub stride: usize,
    /// The number of steps that are added at the ends of the sequence. `"valid"` adds none. `"same"` keeps the length
    /// of the sequence if the stride is 1. A number is for both ends. `[before, after]` has a number for each end.
    #[cfg_attr(feature = "schema", schemars(example = Padding1d::Same))]
    #[serde(default)]
    pub padding: Padding1d,
    /// The distance between the steps that a window reads. With 1, the window reads neighbours.
    #[cfg_attr(feature = "schema", schemars(example = 2, range(min = 1)))]
    #[serde(default = "one")]
    pub dilation: usize,
    /// The number of groups into which channels and filters are divided. A filter reads only the channels of its
    /// group. The numbers of channels and of filters must be multiples of it.
    #[cfg_attr(feature = "schema", schemars(example = 2, range(min = 1)))]
    #[serde(default = "one")]
    pub groups: usize,
    /// Whether each filter adds a bias to its output.
    #[cfg_attr(feature = "schema", schemars(example = false))]
    #[serde(default = "yes")]
    pub bias: bool,
}

impl Conv1d {
    /// A convolution with this number of filters and windows of so many steps.
    pub fn new(filters: usize, kernel: usize) -> Self {
        let padding = Padding1d::Valid;
        Conv1d { filters, kernel, stride: 1, padding, dilation: 1, groups: 1, bias: true }
    }

    /// Sets the stride.
    #[must_use]
    pub fn stride(self, stride: usize) -> Self {
        Conv1d { stride, ..self }
    }

    /// Sets the padding: a [`Padding1d`], a number for both ends, or `(before, after)`.
    #[must_use]
    pub fn padding(self, padding: impl Into<Padding1d>) -> Self {
        Conv1d { padding: padding.into(), ..self }
    }

    /// Sets the dilation.
    #[must_use]
    pub fn dilation(self, dilation: usize) -> Self {
        Conv1d { dilation, ..self }
    }

    /// Sets the number of groups into which channels and filters are divided.
    #[must_use]
    pub fn groups(self, groups: usize) -> Self {
        Conv1d { groups, ..self }
    }

    /// Sets whether a bias is added for each filter.
    #[must_use]
    pub fn bias(self, bias: bool) -> Self {
        Conv1d { bias, ..self }
    }

    /// The same convolution, of images of one row.
    pub fn of_image(&self) -> Conv2d {
        Conv2d {
            filters: self.filters,
            kernel: sequence::size(self.kernel),
            stride: sequence::size(self.stride),
            padding: self.padding.of_image(),
            dilation: sequence::size(self.dilation),
            groups: self.groups,
            bias: self.bias,
            fast: false,
        }
    }

    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        sequence::steps(input)?;
        self.of_image().build_as((*self).into(), input)
    }
}

impl fmt::Display for Conv1d {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Conv1d { filters, kernel, stride, padding, dilation, groups, bias } = *self;
        write!(f, "conv1d {{ filters = {filters}, kernel = {kernel}")?;
        write_unless(f, "stride", stride, 1)?;
        write_unless(f, "padding", padding, Padding1d::Valid)?;
        write_unless(f, "dilation", dilation, 1)?;
        write_unless(f, "groups", groups, 1)?;
        write_unless(f, "bias", bias, true)?;
        f.write_str(" }")
    }
}
