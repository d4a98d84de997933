use std::fmt;

use serde::{Deserialize, Serialize};

/// Cells around an image; none by default. Prints `1`, or `[0, 1, 0, 1]` where the sides differ; so it is in files.
///
/// ```
/// use toddle::Border;
///
/// assert_eq!(Border::from(1), Border { above: 1, below: 1, left: 1, right: 1 });
/// assert_eq!(Border::from([0, 1, 0, 1]).to_string(), "[0, 1, 0, 1]");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Sides", into = "Sides")]
pub struct Border {
    /// Rows above the image.
    pub above: usize,
    /// Rows below it.
    pub below: usize,
    /// Columns on its left.
    pub left: usize,
    /// Columns on its right.
    pub right: usize,
}

/// A border as files have it.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Sides {
    Equal(usize),
    Each([usize; 4]),
}

impl Border {
    /// Whether there are no such cells.
    pub fn is_none(&self) -> bool {
        *self == Border::default()
    }

    /// Above, below, left and right.
    pub fn sides(&self) -> [usize; 4] {
        [self.above, self.below, self.left, self.right]
    }
}

impl From<Sides> for Border {
    fn from(sides: Sides) -> Self {
        match sides {
            Sides::Equal(side) => side.into(),
            Sides::Each(sides) => sides.into(),
        }
    }
}

impl From<Border> for Sides {
    fn from(border: Border) -> Self {
        if border == border.above.into() { Sides::Equal(border.above) } else { Sides::Each(border.sides()) }
    }
}

impl From<usize> for Border {
    fn from(side: usize) -> Self {
        [side; 4].into()
    }
}

impl From<[usize; 4]> for Border {
    fn from([above, below, left, right]: [usize; 4]) -> Self {
        Border { above, below, left, right }
    }
}

impl fmt::Display for Border {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (*self).into() {
            Sides::Equal(side) => write!(f, "{side}"),
            Sides::Each(sides) => write!(f, "{sides:?}"),
        }
    }
}
