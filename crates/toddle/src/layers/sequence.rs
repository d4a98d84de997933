//! Sequences: `steps` steps with `channels` numbers each are an image of one row, `Shape::image(channels, 1, steps)`.
//!
//! So a sequence needs no shape of its own, and every layer for images takes one. The layers for sequences alone
//! (`Conv1d`, `MaxPool1d`, `AvgPool1d`) are short forms of the layers for images, with the same kernels.

use core::fmt;

use serde::{Deserialize, Serialize};

use super::{Padding, Sides, Size};
use crate::Shape;
use crate::error::Misfit;

/// The number of steps of a sequence.
///
/// # Errors
/// The shape is not that of a sequence.
pub(super) fn steps(input: Shape) -> Result<usize, Misfit> {
    match input {
        Shape::Image { height: 1, width, .. } => Ok(width),
        Shape::Image { .. } => Err(Misfit::new(
            "it takes a sequence, which is an image of one row",
            "a layer for images, such as `conv2d`",
        )),
        Shape::Vector(size) => Err(Misfit::new(
            "it takes a sequence, which is an image of one row",
            format!("`reshape` before it, with shape = [1, 1, {size}]"),
        )),
    }
}

/// The size of a window of an image that has this size along a sequence.
pub(super) fn size(along: usize) -> Size {
    Size(1, along)
}

/// What lies before a sequence and after it while windows slide over it.
///
/// In files `"valid"`, `"same"`, a number for both ends, or `[before, after]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(from = "Padding1dAs", into = "Padding1dAs")]
pub enum Padding1d {
    /// Nothing: windows stay inside.
    #[default]
    Valid,
    /// The padding that gives ⌈steps / stride⌉ windows, divided as in [`Padding::Same`].
    Same,
    /// This many steps before and after.
    Ends(usize, usize),
}

impl Padding1d {
    /// The padding of an image of one row.
    pub(super) fn of_image(self) -> Padding {
        match self {
            Padding1d::Valid => Padding::Valid,
            Padding1d::Same => Padding::Same,
            Padding1d::Ends(left, right) => Sides { left, right, ..Sides::default() }.into(),
        }
    }
}

/// The same at both ends.
impl From<usize> for Padding1d {
    fn from(steps: usize) -> Self {
        (steps, steps).into()
    }
}

/// Before and after. No padding is [`Valid`](Padding1d::Valid).
impl From<(usize, usize)> for Padding1d {
    fn from(ends: (usize, usize)) -> Self {
        if ends == (0, 0) { Padding1d::Valid } else { Padding1d::Ends(ends.0, ends.1) }
    }
}

impl fmt::Display for Padding1d {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Padding1d::Valid => f.write_str("valid"),
            Padding1d::Same => f.write_str("same"),
            Padding1d::Ends(before, after) if before == after => write!(f, "{before}"),
            Padding1d::Ends(before, after) => write!(f, "[{before}, {after}]"),
        }
    }
}

/// How [`Padding1d`] is written in files.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "expected \"valid\", \"same\", a number or [before, after]")]
enum Padding1dAs {
    Named(Named1d),
    Both(usize),
    Ends(usize, usize),
}

#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
enum Named1d {
    /// No padding: windows stay inside the sequence.
    Valid,
    /// As much padding as makes the output as long as the sequence divided by the stride.
    Same,
}

impl From<Padding1dAs> for Padding1d {
    fn from(written: Padding1dAs) -> Self {
        match written {
            Padding1dAs::Named(Named1d::Valid) => Padding1d::Valid,
            Padding1dAs::Named(Named1d::Same) => Padding1d::Same,
            Padding1dAs::Both(steps) => steps.into(),
            Padding1dAs::Ends(before, after) => (before, after).into(),
        }
    }
}

impl From<Padding1d> for Padding1dAs {
    fn from(padding: Padding1d) -> Self {
        match padding {
            Padding1d::Valid => Padding1dAs::Named(Named1d::Valid),
            Padding1d::Same => Padding1dAs::Named(Named1d::Same),
            Padding1d::Ends(before, after) if before == after => Padding1dAs::Both(before),
            Padding1d::Ends(before, after) => Padding1dAs::Ends(before, after),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use crate::{AvgPool1d, Conv1d, LayerSpec, MaxPool1d, Shape};

    #[test]
    fn settings_are_read_as_they_are_written() {
        for (text, display) in [
            (r#"{"kind":"conv1d","filters":8,"kernel":3}"#, "conv1d { filters = 8, kernel = 3 }"),
            (
                r#"{"kind":"conv1d","filters":8,"kernel":3,"padding":[2,0],"dilation":2,"groups":2,"bias":false}"#,
                "conv1d { filters = 8, kernel = 3, padding = [2, 0], dilation = 2, groups = 2, bias = false }",
            ),
            (
                r#"{"kind":"max_pool1d","window":3,"stride":2,"padding":"same"}"#,
                "max_pool1d { window = 3, stride = 2, padding = same }",
            ),
            (
                r#"{"kind":"avg_pool1d","window":2,"padding":1,"count_padding":false}"#,
                "avg_pool1d { window = 2, padding = 1, count_padding = false }",
            ),
        ] {
            let spec: LayerSpec = serde_json::from_str(text).unwrap();
            assert_eq!(spec.to_string(), display);
            assert_eq!(
                serde_json::from_str::<LayerSpec>(&serde_json::to_string(&spec).unwrap()).unwrap(),
                spec
            );
        }
        let wrong = r#"{"kind":"conv1d","filters":8,"kernel":3,"padding":[1,2,3]}"#;
        let error = serde_json::from_str::<LayerSpec>(wrong).unwrap_err().to_string();
        assert!(error.contains("a number or [before, after]"), "{error}");
    }

    #[test]
    fn what_is_no_sequence_is_refused() {
        let remedy = |input| Conv1d::new(1, 2).build::<f32>(input).unwrap_err().remedy;
        assert_eq!(remedy(Shape::vector(7)), "`reshape` before it, with shape = [1, 1, 7]");
        assert_eq!(remedy(Shape::image(1, 2, 7)), "a layer for images, such as `conv2d`");
        assert_eq!(remedy(Shape::image(1, 1, 1)), "kernel = 1 or less, or padding = same");
        let short = MaxPool1d::new(5).build::<f32>(Shape::image(1, 1, 3)).unwrap_err();
        assert_eq!(short.remedy, "window = 3 or less, or larger images");
        assert!(AvgPool1d::new(2).build::<f32>(Shape::vector(4)).is_err());
    }
}
