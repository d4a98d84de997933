//! Why something cannot be shown.

use std::fmt::Display;

use thiserror::Error;
use toddle::{BuildError, FitError, MetricError, escaped};

/// Why something cannot be shown.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum LookError {
    /// A request that does not fit the network or its samples.
    #[error(
        "{}
  expected  {}
  got       {}
  try       {}",
        escaped(.what), escaped(.expected), escaped(.got), escaped(.remedy)
    )]
    Refused {
        /// The request.
        what: String,
        /// What would have been right.
        expected: String,
        /// What was found.
        got: String,
        /// What to try.
        remedy: String,
    },
    /// A part of the network cannot be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The network cannot compute the samples.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// Outputs that cannot be measured.
    #[error(transparent)]
    Metric(#[from] MetricError),
}

impl LookError {
    pub(crate) fn refused(
        what: impl Display,
        expected: impl Display,
        got: impl Display,
        remedy: impl Display,
    ) -> Self {
        let [what, expected, got, remedy] =
            [&what as &dyn Display, &expected, &got, &remedy].map(|text| text.to_string());
        LookError::Refused { what, expected, got, remedy }
    }
}
