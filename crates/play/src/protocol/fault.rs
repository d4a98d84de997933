//! Errors as a page gets them.

use serde::{Deserialize, Serialize};
use toddle::{BuildError, FitError};
use toddle_data::DataError;

/// An error: what is wrong, what would have been right, what was found, and what to try.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{what}\n  expected  {expected}\n  got       {got}\n  try       {remedy}")]
pub struct Fault {
    /// What is wrong. It may have several lines.
    pub what: String,
    /// What would have been right.
    pub expected: String,
    /// What was found.
    pub got: String,
    /// What to try.
    #[serde(rename = "try")]
    pub remedy: String,
    /// Where the mistake is in a text or a list of layers.
    pub place: Option<Place>,
}

/// The place of a mistake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The line of a text, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The layer of a list, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<usize>,
}

impl Fault {
    /// An error without a place.
    pub fn new(
        what: impl Into<String>,
        expected: impl Into<String>,
        got: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Fault {
        Fault {
            what: what.into(),
            expected: expected.into(),
            got: got.into(),
            remedy: remedy.into(),
            place: None,
        }
    }

    /// The error of a message of the library, in which a line may begin with `expected`, `got` or `try`.
    pub fn of(message: &impl ToString) -> Fault {
        let mut fault = Fault::default();
        let message = message.to_string();
        for line in message.lines() {
            let text = line.trim_start();
            let part =
                [("expected ", &mut fault.expected), ("got ", &mut fault.got), ("try ", &mut fault.remedy)]
                    .into_iter()
                    .find_map(|(word, part)| Some((text.strip_prefix(word)?, part)));
            match part {
                Some((rest, part)) if part.is_empty() && text.len() < line.len() => {
                    *part = rest.trim_start().to_owned();
                }
                _ if fault.what.is_empty() => fault.what = line.to_owned(),
                _ => fault.what += &format!("\n{line}"),
            }
        }
        fault
    }
}

impl From<BuildError> for Fault {
    fn from(error: BuildError) -> Fault {
        let layer = Some(error.number).filter(|number| *number > 0);
        Fault { place: Some(Place { line: None, layer }), ..Fault::of(&error) }
    }
}

impl From<FitError> for Fault {
    fn from(error: FitError) -> Fault {
        Fault::of(&error)
    }
}

impl From<DataError> for Fault {
    fn from(error: DataError) -> Fault {
        Fault::of(&error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_a_message_become_parts() {
        let fault = Fault::of(&"it is wrong\n  expected  a\n  got       b\n  try       c; or d");
        assert_eq!(fault, Fault::new("it is wrong", "a", "b", "c; or d"));
        assert_eq!(fault.to_string(), "it is wrong\n  expected  a\n  got       b\n  try       c; or d");
        let fault = Fault::of(&"layer 1\n  it is     x\n  try       y");
        assert_eq!(fault, Fault::new("layer 1\n  it is     x", "", "", "y"));
    }
}
