use std::fmt;

use serde::{Deserialize, Serialize};

/// Rows and columns of a window; prints `3×5`. In files it is `[3, 5]`, or `3` for 3×3.
///
/// ```
/// use toddle::Size;
///
/// assert_eq!(Size::from(3), Size(3, 3));
/// assert_eq!(Size::from((3, 5)).to_string(), "3×5");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Sides", into = "Sides")]
pub struct Size(pub usize, pub usize);

/// A size as files have it.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Sides {
    Equal(usize),
    Each(usize, usize),
}

impl From<Sides> for Size {
    fn from(sides: Sides) -> Self {
        match sides {
            Sides::Equal(side) => Size(side, side),
            Sides::Each(rows, columns) => Size(rows, columns),
        }
    }
}

impl From<Size> for Sides {
    fn from(Size(rows, columns): Size) -> Self {
        if rows == columns { Sides::Equal(rows) } else { Sides::Each(rows, columns) }
    }
}

impl From<usize> for Size {
    fn from(side: usize) -> Self {
        Size(side, side)
    }
}

impl From<(usize, usize)> for Size {
    fn from((rows, columns): (usize, usize)) -> Self {
        Size(rows, columns)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}×{}", self.0, self.1)
    }
}
