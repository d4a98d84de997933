//! The shape of one sample.

use core::fmt;

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
    /// An image: planes of elements, channels first.
    Image {
        /// The number of planes: 1 for grey images, 3 for colour images, and the number of filters after a
        /// convolution.
        channels: usize,
        /// Rows of a plane.
        height: usize,
        /// Columns of a plane.
        width: usize,
    },
    /// A vector of this many elements.
    Vector(usize),
}

/// A shape as written in files.
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

    /// A vector of `size` elements.
    pub const fn vector(size: usize) -> Self {
        Shape::Vector(size)
    }

    /// The number of elements of a sample. `usize::MAX` if the number is larger than that.
    pub fn size(&self) -> usize {
        match *self {
            Shape::Image { channels, height, width } => channels.saturating_mul(height).saturating_mul(width),
            Shape::Vector(size) => size,
        }
    }

    /// The number of channels. Each element of a vector is a channel of its own.
    pub(crate) fn channels(&self) -> usize {
        match *self {
            Shape::Image { channels, .. } => channels,
            Shape::Vector(size) => size,
        }
    }

    /// The number of elements of a channel.
    pub(crate) fn pixels(&self) -> usize {
        match *self {
            Shape::Image { height, width, .. } => height * width,
            Shape::Vector(_) => 1,
        }
    }

    /// Checks that the shape is not empty and not too large for a small network.
    ///
    /// # Errors
    /// The shape is empty or too large.
    pub(crate) fn check(&self) -> Result<(), Misfit> {
        match self.size() {
            0 => Err(Misfit::new("there is nothing in it", "a size of 1 or more")),
            1..=MOST_NUMBERS => Ok(()),
            _ => Err(Misfit::new("that is more than toddle works on", "a smaller shape")),
        }
    }

    /// The meaning of the sizes in the display: `channels × height × width`, or `numbers`.
    pub(crate) fn legend(&self) -> &'static str {
        match self {
            Shape::Image { .. } => "channels × height × width",
            Shape::Vector(_) => "numbers",
        }
    }
}

/// The largest number of elements of one sample, or of a network's weights. It is far more than a small network
/// needs. It is small enough that no size overflows and no allocation is far too large.
pub(crate) const MOST_NUMBERS: usize = 1 << 28;

/// The largest number of elements of all values of one sample. In `f32`, the values of a block then take 1 GiB.
pub(crate) const MOST_VALUES: usize = 1 << 24;

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shape::Image { channels, height, width } => write!(f, "{channels}×{height}×{width}"),
            Shape::Vector(size) => write!(f, "{size}"),
        }
    }
}
