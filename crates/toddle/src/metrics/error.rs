use thiserror::Error;

/// Outputs, labels or settings of which there is no metric.
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
    /// There is nothing to measure.
    #[error(
        "there are no samples to measure
  expected  one sample or more
  try       check what the data were cut to"
    )]
    Empty,
    /// The outputs cannot be shared out among the labels.
    #[error(
        "there are {outputs} outputs for {labels} labels
  expected  as many outputs for each label, one or more
  try       check that both come from the same samples"
    )]
    Ragged {
        /// Outputs there are.
        outputs: usize,
        /// Labels there are.
        labels: usize,
    },
    /// There is not one target for each output.
    #[error(
        "there are {outputs} outputs and {targets} targets
  expected  one target for each output
  try       check that both come from the same samples"
    )]
    Unpaired {
        /// Outputs there are.
        outputs: usize,
        /// Targets there are.
        targets: usize,
    },
    /// A label is the number of no class.
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
        /// Classes there are.
        classes: usize,
    },
    /// There is a NaN.
    #[error(
        "number {at} of the {what} is NaN
  expected  numbers
  try       a smaller learning rate if the training has diverged"
    )]
    NotANumber {
        /// `outputs` or `targets`.
        what: &'static str,
        /// Its place, counted from 0.
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
        /// Its value.
        got: String,
        /// What it may be.
        expected: String,
        /// A value that can be.
        remedy: String,
    },
}
