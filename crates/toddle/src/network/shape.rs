//! The shape of one sample.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::Misfit;

/// The shape of one sample; the batch is never part of it. In files it is `[8, 26, 26]`, or `10` for a vector.
///
/// ```
/// use toddle::Shape;
///
/// assert_eq!(Shape::image(8, 26, 26).to_string(), "8×26×26");
/// assert_eq!(Shape::vector(10).to_string(), "10");
/// assert_eq!(Shape::image(8, 26, 26).size(), 5408);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(from = "Sides", into = "Sides")]
pub enum Shape {
    /// Planes of numbers, channels first.
    Image {
        /// How many planes: 1 for grey images, 3 for colour ones, one a filter after a convolution.
        channels: usize,
        /// Rows of a plane.
        height: usize,
        /// Columns of a plane.
        width: usize,
    },
    /// So many numbers in a row.
    Vector(usize),
}

/// A shape as files have it.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "a shape is [channels, height, width], or a number for a vector")]
enum Sides {
    Image([usize; 3]),
    Vector(usize),
}

impl From<Sides> for Shape {
    fn from(sides: Sides) -> Self {
        match sides {
            Sides::Image([channels, height, width]) => Shape::Image { channels, height, width },
            Sides::Vector(size) => Shape::Vector(size),
        }
    }
}

impl From<Shape> for Sides {
    fn from(shape: Shape) -> Self {
        match shape {
            Shape::Image { channels, height, width } => Sides::Image([channels, height, width]),
            Shape::Vector(size) => Sides::Vector(size),
        }
    }
}

impl Shape {
    /// Channels × height × width.
    pub const fn image(channels: usize, height: usize, width: usize) -> Self {
        Shape::Image { channels, height, width }
    }

    /// `size` numbers in a row.
    pub const fn vector(size: usize) -> Self {
        Shape::Vector(size)
    }

    /// How many numbers a sample has; the largest number there is where they are more than that.
    pub fn size(&self) -> usize {
        match *self {
            Shape::Image { channels, height, width } => channels.saturating_mul(height).saturating_mul(width),
            Shape::Vector(size) => size,
        }
    }

    /// Whether there is something in it, and not more than a small network can work on.
    ///
    /// # Errors
    /// It is empty or too large.
    pub(crate) fn check(&self) -> Result<(), Misfit> {
        match self.size() {
            0 => Err(Misfit::new("there is nothing in it", "a size of 1 or more")),
            1..=MOST_NUMBERS => Ok(()),
            _ => Err(Misfit::new("that is more than toddle works on", "a smaller shape")),
        }
    }

    /// What the numbers of the display stand for: `channels × height × width`, or `numbers`.
    pub(crate) fn legend(&self) -> &'static str {
        match self {
            Shape::Image { .. } => "channels × height × width",
            Shape::Vector(_) => "numbers",
        }
    }
}

/// The most numbers that one sample, or a network's weights, may have: far more than a small network needs, and few
/// enough that no size overflows and no allocation is absurd.
pub(crate) const MOST_NUMBERS: usize = 1 << 28;

/// The most numbers that a sample may be on its way through all layers together: in `f32`, a block of them fills 1 GiB.
pub(crate) const MOST_VALUES: usize = 1 << 24;

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shape::Image { channels, height, width } => write!(f, "{channels}×{height}×{width}"),
            Shape::Vector(size) => write!(f, "{size}"),
        }
    }
}
