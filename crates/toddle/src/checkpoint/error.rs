//! Why a file is no model.

use std::fmt::Display;

use thiserror::Error;

use crate::error::BuildError;
use crate::escaped;

/// Why bytes are no model, or none that can be read as asked.
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
    /// A section of the file is not what it has to be.
    #[error(
        "the model cannot be read: {section} is wrong
  expected  {expected}
  got       {got}
  try       another copy of the file, or the checkpoint before it", section = escaped(.section), expected = escaped(.expected), got = escaped(.got))]
    Section {
        /// The section: `the header`, ``the metadata `toddle.spec` ``, ``the tensor `conv1.weight` ``, `the checksum`.
        section: String,
        /// What it has to be.
        expected: String,
        /// What it is.
        got: String,
    },
    /// The file is whole, but another version's or another program's.
    #[error(
        "the model cannot be read: {what}
  expected  a file of toddle's, format {}
  got       {got}
  try       {remedy}",
        super::FORMAT, got = escaped(.got))]
    Foreign {
        /// What is strange.
        what: &'static str,
        /// What was found.
        got: String,
        /// What to do.
        remedy: &'static str,
    },
    /// The file is whole, but a newer version has made it of a kind of layer, or of a setting, that this one does not have.
    #[error(
        "the model cannot be read: the {what} `{name}` is unknown to toddle {}
  expected  {what}s that this version has
  got       `{name}` in the metadata `{key}`, written by toddle {version}
  try       the version of toddle that wrote it, or a newer one",
        env!("CARGO_PKG_VERSION"), name = escaped(.name), version = escaped(.version))]
    Newer {
        /// What is not there: `kind` or `setting`.
        what: &'static str,
        /// How it is called.
        name: String,
        /// Where it is asked for.
        key: &'static str,
        /// The version of toddle that wrote the file.
        version: String,
    },
    /// A layer of the specification is a user's own, which this program does not have.
    #[error(
        "the model cannot be read: its layer `{name}` is not one of toddle's own
  expected  layers that this program has
  got       `{name}`, a layer of a program's own
  try       that program, or one in which `toddle::custom::register` makes the layer known", name = escaped(.name))]
    Custom {
        /// What the layer is called.
        name: String,
    },
    /// There is no memory for the model.
    #[error(
        "the model cannot be read: there is no room for it in memory
  expected  room for {bytes} bytes more
  got       less
  try       ending other programs, or a machine with more memory"
    )]
    Memory {
        /// Bytes that were asked for in vain.
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
