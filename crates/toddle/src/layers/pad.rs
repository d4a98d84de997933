use alloc::boxed::Box;
use core::fmt;

use serde::{Deserialize, Serialize};
use toddle_kernels::resample::{Axis, Edge, Rule};

use super::Sides;
use super::activation::finite;
use super::resample::{self, image};
use super::window::write_unless;
use crate::error::Misfit;
use crate::layer::Layer;
use crate::{Float, Shape};

/// Padding: puts rows and columns around each channel of an image.
///
/// `y[c,oy,ox] = x[c, oy−p, ox−q]` inside the image, with `p` rows above and `q` columns to the left. Outside it, `y`
/// is 0, or `value`, or an element of the image, as `mode` says.
///
/// Per sample: `x` c×h×w, `y` c×(p+h+p')×(q+w+q') for `p'` rows below and `q'` columns to the right.
///
/// Settings: `padding`, which must be given. `mode`, [`Zeros`](PadMode::Zeros) by default. `value`, 0 by default, only
/// for [`Constant`](PadMode::Constant).
///
/// Backward: `dx[c,iy,ix] = Σ dy[c,oy,ox]` over the elements that are copies of it. Cost: one multiply-add an element
/// of the output, forward and backward.
///
/// Errors, from `build`: the input is not an image; the image is too small to be mirrored or repeated; `value` is not
/// finite, or is set for another mode.
///
/// ```
/// use toddle::{NetworkSpec, Pad, PadMode, Shape};
///
/// // One column to the left, and two to the right.
/// let pad = Pad::new([0, 0, 1, 2]).mode(PadMode::Reflect);
/// let network = NetworkSpec::new(Shape::image(1, 1, 3)).add(pad).build::<f64>(0)?;
/// assert_eq!(network.predict(&[1.0, 2.0, 3.0])?, [2.0, 1.0, 2.0, 3.0, 2.0, 1.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// See PyTorch's `pad`, whose modes of the same names give the same elements.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Pad {
    /// The number of rows and columns that are added around the image: a number for all sides, or `[top, bottom,
    /// left, right]`.
    #[cfg_attr(feature = "schema", schemars(example = 1))]
    pub padding: Sides,
    /// What the new elements are.
    #[cfg_attr(feature = "schema", schemars(example = PadMode::Reflect))]
    #[serde(default)]
    pub mode: PadMode,
    /// The value of the new elements. Only for `mode = "constant"`.
    #[cfg_attr(feature = "schema", schemars(example = 1.0))]
    #[serde(default)]
    pub value: f64,
}

/// What the elements are that a [`Pad`] adds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PadMode {
    /// The number 0.
    #[default]
    Zeros,
    /// The number `value`.
    Constant,
    /// The image, mirrored at its first and last row and column. These are not repeated.
    Reflect,
    /// The nearest element of the image.
    Replicate,
    /// The image once more, as if its opposite sides were joined.
    Circular,
}

impl fmt::Display for PadMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PadMode::Zeros => "zeros",
            PadMode::Constant => "constant",
            PadMode::Reflect => "reflect",
            PadMode::Replicate => "replicate",
            PadMode::Circular => "circular",
        })
    }
}

impl Pad {
    /// Zeros around an image: `1` on every side, or `[top, bottom, left, right]`.
    pub fn new(padding: impl Into<Sides>) -> Self {
        Pad { padding: padding.into(), mode: PadMode::Zeros, value: 0.0 }
    }

    /// Sets what the new elements are.
    #[must_use]
    pub fn mode(self, mode: PadMode) -> Self {
        Pad { mode, ..self }
    }

    /// Sets the new elements to `value`.
    #[must_use]
    pub fn constant(self, value: f64) -> Self {
        Pad { mode: PadMode::Constant, value, ..self }
    }

    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        let (channels, height, width) = image(input)?;
        self.padding.check()?;
        let Pad { padding: Sides { top, bottom, left, right }, mode, value } = *self;
        if mode != PadMode::Constant && value != 0.0 {
            let because = format!("value = {value} is for mode = constant, not for mode = {mode}");
            return Err(Misfit::new(because, "mode = constant, or no value"));
        }
        finite::<T>("value", value, "value = 0")?;
        let (edge, spared) = match mode {
            PadMode::Zeros | PadMode::Constant => (Edge::Nothing, None),
            PadMode::Reflect => (Edge::Reflect, Some(1)),
            PadMode::Replicate => (Edge::Replicate, None),
            PadMode::Circular => (Edge::Circular, Some(0)),
        };
        for (what, size, most) in [("rows", height, top.max(bottom)), ("columns", width, left.max(right))] {
            if let Some(spared) = spared
                && most > size - spared
            {
                let because = format!("{size} {what} are too few for {most} more of mode = {mode}");
                return Err(Misfit::new(because, format!("padding = {} or less", size - spared)));
            }
        }
        let axis = |input: usize, before: usize, after: usize| {
            let rule = Rule::Shift { before: before as isize, edge };
            Axis { input, output: before + input + after, rule }
        };
        let (rows, columns) = (axis(height, top, bottom), axis(width, left, right));
        resample::build((*self).into(), channels, rows, columns, value)
    }
}

impl fmt::Display for Pad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pad {{ padding = {}", self.padding)?;
        write_unless(f, "mode", self.mode, PadMode::Zeros)?;
        write_unless(f, "value", self.value, 0.0)?;
        f.write_str(" }")
    }
}
