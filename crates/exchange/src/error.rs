//! Why a network cannot leave or come in.

use std::fmt::Display;

use thiserror::Error;
use toddle::escaped;

/// Why a network cannot be written for another program, or be read from its file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "{}
  expected  {}
  got       {}
  try       {}",
    escaped(.what), escaped(.expected), escaped(.got), escaped(.remedy)
)]
pub struct ExchangeError {
    /// What cannot be done, and where.
    pub what: String,
    /// What would have been right.
    pub expected: String,
    /// What was found.
    pub got: String,
    /// What to try.
    pub remedy: String,
}

impl ExchangeError {
    pub(crate) fn new(
        what: impl Display,
        expected: impl Display,
        got: impl Display,
        remedy: impl Display,
    ) -> Self {
        let [what, expected, got, remedy] =
            [&what as &dyn Display, &expected, &got, &remedy].map(|text| text.to_string());
        ExchangeError { what, expected, got, remedy }
    }
}
