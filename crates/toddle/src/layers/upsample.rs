use alloc::boxed::Box;
use core::fmt;

use serde::{Deserialize, Serialize};
use toddle_kernels::resample::{Axis, Rule};

use super::Size;
use super::resample::{self, image};
use super::window::is_false;
use crate::error::Misfit;
use crate::layer::Layer;
use crate::network::shape::MOST_NUMBERS;
use crate::{Float, Shape};

/// Upsampling: makes each channel of an image larger by a whole factor.
///
/// Nearest: `y[c,oy,ox] = x[c, ⌊oy/s⌋, ⌊ox/s⌋]` for a factor `s`, so each element becomes `s`×`s` equal elements.
/// Bilinear: `y` is the mean of the four elements next to a point of the image, weighted by their distance from the
/// point along rows and columns. The point of row `oy` is `(oy + ½)/s − ½`, so that the borders of both images lie on
/// each other. With `align_corners` it is `oy·(h − 1)/(s·h − 1)`, so that the middles of their corner elements do.
/// Points before the first row count as on it. Columns likewise.
///
/// Per sample: `x` c×h×w, `y` c×s·h×s·w.
///
/// Settings: `scale`, which must be given; rows and columns may have different ones. `mode`,
/// [`Nearest`](UpsampleMode::Nearest) by default. `align_corners`, false by default, only for bilinear.
///
/// Backward: `dx[c,iy,ix] = Σ u·dy[c,oy,ox]` over the outputs that the element is part of, with its weight `u` there.
/// Cost: one multiply-add an element of the output, four if bilinear; forward and backward.
///
/// Errors, from `build`: the input is not an image, the scale is 0 or far too large, or `align_corners` is set for
/// nearest.
///
/// ```
/// use toddle::{NetworkSpec, Shape, Upsample, UpsampleMode};
///
/// let nearest = NetworkSpec::new(Shape::image(1, 1, 2)).add(Upsample::new((1, 2))).build::<f64>(0)?;
/// assert_eq!(nearest.predict(&[1.0, 5.0])?, [1.0, 1.0, 5.0, 5.0]);
///
/// let bilinear = Upsample::new((1, 2)).mode(UpsampleMode::Bilinear);
/// let bilinear = NetworkSpec::new(Shape::image(1, 1, 2)).add(bilinear).build::<f64>(0)?;
/// assert_eq!(bilinear.predict(&[1.0, 5.0])?, [1.0, 2.0, 4.0, 5.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// See PyTorch's `Upsample`, whose modes of the same names give the same elements. [`ConvTranspose2d`](crate::ConvTranspose2d)
/// learns how an image becomes larger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Upsample {
    /// How many times as many rows and columns the output has: a number, or `[rows, columns]`.
    #[cfg_attr(feature = "schema", schemars(example = 2))]
    pub scale: Size,
    /// How new elements follow from those of the image.
    #[cfg_attr(feature = "schema", schemars(example = UpsampleMode::Bilinear))]
    #[serde(default)]
    pub mode: UpsampleMode,
    /// Whether the centres of the corner elements of both images coincide. Only for bilinear.
    #[cfg_attr(feature = "schema", schemars(example = true, extend("default" = false)))]
    #[serde(default, skip_serializing_if = "is_false")]
    pub align_corners: bool,
}

/// How the new elements of an [`Upsample`] follow from those of the image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum UpsampleMode {
    /// Each element is repeated.
    #[default]
    Nearest,
    /// An element is the weighted mean of the four nearest elements of the image.
    Bilinear,
}

impl Upsample {
    /// Makes images this many times as large: `2`, or `(1, 2)` for twice as many columns.
    pub fn new(scale: impl Into<Size>) -> Self {
        Upsample { scale: scale.into(), mode: UpsampleMode::Nearest, align_corners: false }
    }

    /// Sets how new elements follow from those of the image.
    #[must_use]
    pub fn mode(self, mode: UpsampleMode) -> Self {
        Upsample { mode, ..self }
    }

    /// Sets whether the centres of the corner elements of both images coincide.
    #[must_use]
    pub fn align_corners(self, align_corners: bool) -> Self {
        Upsample { align_corners, ..self }
    }

    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        let (channels, height, width) = image(input)?;
        let rule = match (self.mode, self.align_corners) {
            (UpsampleMode::Nearest, false) => Rule::Nearest,
            (UpsampleMode::Nearest, true) => {
                let because = "align_corners is for points between elements, and mode = nearest has none";
                return Err(Misfit::new(because, "mode = bilinear, or align_corners = false"));
            }
            (UpsampleMode::Bilinear, align_corners) => Rule::Linear { align_corners },
        };
        let Size(rows, columns) = self.scale;
        if rows == 0 || columns == 0 {
            return Err(Misfit::new(
                format!("with scale = {} nothing is left", self.scale),
                "scale = 1 or more",
            ));
        }
        if rows > MOST_NUMBERS || columns > MOST_NUMBERS {
            return Err(Misfit::new("its scale is larger than toddle supports", "scale = 2"));
        }
        let axis = |input: usize, scale: usize| Axis { input, output: input.saturating_mul(scale), rule };
        resample::build((*self).into(), channels, axis(height, rows), axis(width, columns), 0.0)
    }
}

impl fmt::Display for Upsample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "upsample {{ scale = {}", self.scale)?;
        if self.mode == UpsampleMode::Bilinear {
            f.write_str(", mode = bilinear")?;
        }
        let corners = if self.align_corners { ", align_corners = true" } else { "" };
        write!(f, "{corners} }}")
    }
}
