//! Errors of a file that cannot be read as a model.

use alloc::string::{String, ToString};
use core::fmt::Display;

use thiserror::Error;

use crate::error::BuildError;
use crate::escaped;

/// Why a file cannot be read as a model.
///
/// ```
/// use toddle::checkpoint;
///
/// let error = checkpoint::decode::<f32>(b"PK\x03\x04").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the model cannot be read: the length of the header is wrong
///   expected  8 bytes
///   got       4 bytes
///   try       another copy of the file, or the checkpoint before it"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Error)]
pub enum CheckpointError {
    /// A section of the file is wrong.
    #[error(
        "the model cannot be read: {section} is wrong
  expected  {expected}
  got       {got}
  try       another copy of the file, or the checkpoint before it", section = escaped(.section), expected = escaped(.expected), got = escaped(.got))]
    Section {
        /// The section: `the header`, ``the metadata `toddle.spec` ``, ``the tensor `conv1.weight` ``, `the checksum`.
        section: String,
        /// The right content of the section.
        expected: String,
        /// The content of the section.
        got: String,
    },
    /// The file is not damaged. Another version of toddle, or another program, wrote it.
    #[error(
        "the model cannot be read: {what}
  expected  a file that toddle has written, of format {}
  got       {got}
  try       {remedy}",
        super::FORMAT, got = escaped(.got))]
    Foreign {
        /// The difference.
        what: &'static str,
        /// The content that was found.
        got: String,
        /// What to try.
        remedy: &'static str,
    },
    /// The file is not damaged, but a newer version of toddle wrote it. It has a kind of layer, or a setting, that
    /// this version does not have.
    #[error(
        "the model cannot be read: the {what} `{name}` is unknown to toddle {}
  expected  {what}s that this version has
  got       `{name}` in the metadata `{key}`, written by toddle {version}
  try       the version of toddle that wrote it, or a newer one",
        env!("CARGO_PKG_VERSION"), name = escaped(.name), version = escaped(.version))]
    Newer {
        /// The thing that is unknown: `kind` or `setting`.
        what: &'static str,
        /// The name of the kind or setting.
        name: String,
        /// The key of the metadata that contains it.
        key: &'static str,
        /// The version of toddle that wrote the file.
        version: String,
    },
    /// The network has a custom layer or a custom loss that this program does not have.
    #[error(
        "the model cannot be read: toddle has no {what} `{name}`
  expected  only what this program has
  got       `{name}`, a custom {what} of another program
  try       that program, or a program that registers the {what} with `toddle::custom::register{function}`",
        name = escaped(.name), function = if *what == "loss" { "_loss" } else { "" })]
    Custom {
        /// `layer` or `loss`.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// There is not enough memory for the model.
    #[error(
        "the model cannot be read: there is not enough memory for it
  expected  room for {bytes} bytes more
  got       less
  try       ending other programs, or a machine with more memory"
    )]
    Memory {
        /// The number of bytes that the system did not give.
        bytes: usize,
    },
    /// The layers of the specification do not fit one another.
    #[error("the model cannot be read: the metadata `toddle.spec` is wrong\n{0}")]
    Build(#[from] BuildError),
}

impl CheckpointError {
    pub(super) fn section(section: impl Display, expected: impl Display, got: impl Display) -> Self {
        CheckpointError::Section {
            section: section.to_string(),
            expected: expected.to_string(),
            got: got.to_string(),
        }
    }

    pub(super) fn tensor(name: &str, expected: impl Display, got: impl Display) -> Self {
        CheckpointError::section(format_args!("the tensor `{name}`"), expected, got)
    }

    pub(super) fn metadata(key: &str, expected: impl Display, got: impl Display) -> Self {
        CheckpointError::section(format_args!("the metadata `{key}`"), expected, got)
    }
}
