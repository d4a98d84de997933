use alloc::string::String;

use thiserror::Error;

/// Why a metric cannot be computed.
///
/// ```
/// let error = toddle::accuracy(&[0.9, 0.1, 0.2, 0.8], &[0, 2]).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the label of sample 1 is 2
///   expected  0 to 1: there are 2 classes
///   try       count classes from 0, and check that the labels belong to these outputs"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MetricError {
    /// There are no samples.
    #[error(
        "there are no samples to measure
  expected  one sample or more
  try       more samples, or checking the setting that limits their number"
    )]
    Empty,
    /// The outputs cannot be divided evenly among the labels.
    #[error(
        "there are {outputs} outputs for {labels} labels
  expected  as many outputs for each label, one or more
  try       check that both come from the same samples"
    )]
    Ragged {
        /// The number of outputs.
        outputs: usize,
        /// The number of labels.
        labels: usize,
    },
    /// There is not one target for each output.
    #[error(
        "there are {outputs} outputs and {targets} targets
  expected  one target for each output
  try       check that both come from the same samples"
    )]
    Unpaired {
        /// The number of outputs.
        outputs: usize,
        /// The number of targets.
        targets: usize,
    },
    /// A label is not a class.
    #[error(
        "the label of sample {sample} is {label}
  expected  0 to {}: there are {classes} classes
  try       count classes from 0, and check that the labels belong to these outputs",
        classes.saturating_sub(1)
    )]
    Label {
        /// The label.
        label: String,
        /// The sample's place, counted from 0.
        sample: usize,
        /// The number of classes.
        classes: usize,
    },
    /// An element is NaN.
    #[error(
        "number {at} of the {what} is NaN
  expected  numbers
  try       a smaller learning rate if the training has diverged"
    )]
    NotANumber {
        /// `outputs` or `targets`.
        what: &'static str,
        /// The element's place, counted from 0.
        at: usize,
    },
    /// A setting is out of its range.
    #[error(
        "{setting} = {got} cannot be measured with
  expected  {expected}
  try       {setting} = {remedy}"
    )]
    Setting {
        /// The setting's name.
        setting: &'static str,
        /// The setting's value.
        got: String,
        /// The values that the setting may have.
        expected: String,
        /// A value that is in range.
        remedy: String,
    },
}
