use alloc::boxed::Box;
use core::fmt;

use serde::{Deserialize, Serialize};
use toddle_kernels::resample::{Axis, Edge, Rule};

use super::Sides;
use super::resample::{self, image};
use crate::error::Misfit;
use crate::layer::Layer;
use crate::{Float, Shape};

/// Cropping: leaves out rows and columns at the sides of each channel of an image.
///
/// `y[c,oy,ox] = x[c, oy+p, ox+q]` without the `p` first rows and the `q` first columns.
///
/// Per sample: `x` c×h×w, `y` c×(h−p−p')×(w−q−q') for `p'` rows below and `q'` columns to the right.
///
/// Settings: `sides`, which must be given.
///
/// Backward: `dx` is `dy` at the places that are kept, and 0 at the others. Cost: one multiply-add an element of the
/// output, forward and backward.
///
/// Errors, from `build`: the input is not an image, or nothing is left of it.
///
/// ```
/// use toddle::{Crop, NetworkSpec, Shape};
///
/// // Without the first column.
/// let network = NetworkSpec::new(Shape::image(1, 2, 3)).add(Crop::new([0, 0, 1, 0])).build::<f64>(0)?;
/// assert_eq!(network.predict(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?, [2.0, 3.0, 5.0, 6.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// See [`Pad`](crate::Pad), which adds rows and columns. Ronneberger, Fischer and Brox, *U-Net: Convolutional Networks
/// for Biomedical Image Segmentation* (2015), crop images before they concatenate them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Crop {
    /// The number of rows and columns that are left out: a number for all sides, or `[top, bottom, left, right]`.
    #[cfg_attr(feature = "schema", schemars(example = 1))]
    pub sides: Sides,
}

impl Crop {
    /// Leaves out this many rows and columns: `1` on every side, or `[top, bottom, left, right]`.
    pub fn new(sides: impl Into<Sides>) -> Self {
        Crop { sides: sides.into() }
    }

    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        let (channels, height, width) = image(input)?;
        let Sides { top, bottom, left, right } = self.sides;
        let axis = |input: usize, before: usize, after: usize| {
            let output = input.checked_sub(before.saturating_add(after)).filter(|output| *output > 0)?;
            Some(Axis {
                input,
                output,
                rule: Rule::Shift { before: -(before as isize), edge: Edge::Nothing },
            })
        };
        let (Some(rows), Some(columns)) = (axis(height, top, bottom), axis(width, left, right)) else {
            let because = format!("without sides = {} nothing is left of {height}×{width}", self.sides);
            return Err(Misfit::new(because, format!("sides = {} or less", (height.min(width) - 1) / 2)));
        };
        resample::build((*self).into(), channels, rows, columns, 0.0)
    }
}

impl fmt::Display for Crop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "crop {{ sides = {} }}", self.sides)
    }
}
