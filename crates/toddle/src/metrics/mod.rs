//! Metrics: the outputs of a network compared with the right answers.
//!
//! | metric | meaning | best |
//! |---|---|---|
//! | [`accuracy()`] | the share of samples whose label is the place of their largest output | 1 |
//! | [`top_k_accuracy`] | the share of samples whose label is among the places of their `k` largest outputs | 1 |
//! | [`binary_accuracy`] | the share of outputs on the right side of a threshold | 1 |
//! | [`Confusion`] | how often each class was taken for each other class; precision, recall and F1 | |
//! | [`mean_squared_error`], [`mean_absolute_error`] | the distance between outputs and targets | 0 |
//! | [`r_squared`] | the part of the targets' variance that the outputs explain | 1 |
//!
//! Outputs are in the order of [`Network::predict`](crate::Network::predict), sample after sample. Labels are the
//! numbers of classes, counted from 0, in any integer type. Sums are computed in `f64`, in order.
//!
//! A NaN is not an answer of a network. Every metric refuses it, and names its place.

mod accuracy;
mod confusion;
mod differences;
mod error;
#[cfg(test)]
mod tests;

use alloc::string::ToString;
use core::fmt::Display;

use toddle_kernels::argmax::reference;

use crate::Float;

pub use accuracy::{accuracy, binary_accuracy, top_k_accuracy};
pub use confusion::Confusion;
pub use differences::{mean_absolute_error, mean_squared_error, r_squared};
pub use error::MetricError;

/// The number of a class, counted from 0, in any integer type.
pub trait Label: Copy + Display + TryInto<usize> {}

impl<L: Copy + Display + TryInto<usize>> Label for L {}

/// The place of the largest of `outputs`: the class that the outputs stand for. If several outputs are equally large,
/// the place of the first.
///
/// A NaN is never the largest. If all outputs are NaN, or there are none, the place is 0.
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

/// The number of outputs for each label. An error if it is not a whole number above 0, or if an output is NaN.
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

/// The class of `label`, the label of sample `sample`. An error if it is not below `classes`.
fn class<L: Label>(label: L, sample: usize, classes: usize) -> Result<usize, MetricError> {
    match label.try_into() {
        Ok(class) if class < classes => Ok(class),
        _ => Err(MetricError::Label { label: label.to_string(), sample, classes }),
    }
}

/// Checks that no element of `numbers` is NaN.
fn numbers<T: Float>(what: &'static str, numbers: &[T]) -> Result<(), MetricError> {
    match numbers.iter().position(|x| is_nan(*x)) {
        None => Ok(()),
        Some(at) => Err(MetricError::NotANumber { what, at }),
    }
}
