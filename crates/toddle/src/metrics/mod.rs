//! What a network is worth: its outputs against what they ought to be.
//!
//! | metric | of | best |
//! |---|---|---|
//! | [`accuracy()`] | the share of samples whose largest output is at their label | 1 |
//! | [`top_k_accuracy`] | the share whose label is among the `k` largest | 1 |
//! | [`binary_accuracy`] | the share of outputs on the right side of a threshold | 1 |
//! | [`Confusion`] | how often each class was taken for each other; precision, recall and F1 | |
//! | [`mean_squared_error`], [`mean_absolute_error`] | how far numbers are from their targets | 0 |
//! | [`r_squared`] | how much of the targets' variance the outputs explain | 1 |
//!
//! Outputs come as [`Network::predict`](crate::Network::predict) gives them, sample after sample. Labels are the numbers of
//! classes, from 0, in any type of integers. Sums are taken in `f64`, in order.
//!
//! NaN: a network that gives one has not answered, so every metric refuses it and names its place.

mod accuracy;
mod confusion;
mod differences;
mod error;
#[cfg(test)]
mod tests;

use std::fmt::Display;

use toddle_kernels::argmax::reference;

use crate::Float;

pub use accuracy::{accuracy, binary_accuracy, top_k_accuracy};
pub use confusion::Confusion;
pub use differences::{mean_absolute_error, mean_squared_error, r_squared};
pub use error::MetricError;

/// The number of a class, from 0: any type of integers.
pub trait Label: Copy + Display + TryInto<usize> {}

impl<L: Copy + Display + TryInto<usize>> Label for L {}

/// The place of the largest of `outputs`, the first one where several are: the class that they stand for.
///
/// A NaN is never the largest. Where there is nothing else, or nothing at all, the place is 0.
///
/// ```
/// assert_eq!(toddle::argmax(&[0.1, 0.7, 0.2]), 1);
/// assert_eq!(toddle::argmax(&[f64::NAN, -1.0]), 1);
/// ```
pub fn argmax<T: Float>(outputs: &[T]) -> usize {
    reference::argmax(outputs)
}

fn is_nan<T: Float>(x: T) -> bool {
    x.to_f64().is_nan()
}

/// How many outputs each label has, if there are as many for each, one or more, and all of them are numbers.
fn classes<T: Float, L: Label>(outputs: &[T], labels: &[L]) -> Result<usize, MetricError> {
    if labels.is_empty() && outputs.is_empty() {
        return Err(MetricError::Empty);
    }
    if outputs.is_empty() || !outputs.len().is_multiple_of(labels.len()) {
        return Err(MetricError::Ragged { outputs: outputs.len(), labels: labels.len() });
    }
    numbers("outputs", outputs)?;
    Ok(outputs.len() / labels.len())
}

/// The class that `label` of sample `sample` means, if it is one of so many.
fn class<L: Label>(label: L, sample: usize, classes: usize) -> Result<usize, MetricError> {
    match label.try_into() {
        Ok(class) if class < classes => Ok(class),
        _ => Err(MetricError::Label { label: label.to_string(), sample, classes }),
    }
}

/// Whether there is no NaN among `numbers`.
fn numbers<T: Float>(what: &'static str, numbers: &[T]) -> Result<(), MetricError> {
    match numbers.iter().position(|x| is_nan(*x)) {
        None => Ok(()),
        Some(at) => Err(MetricError::NotANumber { what, at }),
    }
}
