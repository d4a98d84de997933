use alloc::string::ToString;

use super::{Label, MetricError, argmax, class, classes, numbers};
use crate::Float;

/// The share of samples whose label is the place of their largest output: [`argmax`].
///
/// # Errors
/// There are no samples, the numbers of outputs and labels do not fit, a label is not a class, or an output is NaN.
///
/// ```
/// let outputs = [0.9, 0.1, 0.2, 0.8];             // two samples of two classes
/// assert_eq!(toddle::accuracy(&outputs, &[0, 0])?, 0.5);
/// # Ok::<(), toddle::MetricError>(())
/// ```
pub fn accuracy<T: Float, L: Label>(outputs: &[T], labels: &[L]) -> Result<f64, MetricError> {
    let classes = classes(outputs, labels)?;
    let mut right = 0;
    for (n, (y, label)) in outputs.chunks_exact(classes).zip(labels).enumerate() {
        right += usize::from(argmax(y) == class(*label, n, classes)?);
    }
    Ok(right as f64 / labels.len() as f64)
}

/// The share of samples whose label is among the places of their `k` largest outputs.
///
/// If two outputs are equal, the first counts as larger. `k = 1` therefore gives the [`accuracy`].
///
/// # Errors
/// As for [`accuracy`], or `k` is not between 1 and the number of classes.
///
/// ```
/// use toddle::metrics::top_k_accuracy;
///
/// let outputs = [0.5, 0.3, 0.2, 0.1, 0.6, 0.3];   // two samples of three classes
/// assert_eq!(top_k_accuracy(&outputs, &[1, 0], 2)?, 0.5);
/// # Ok::<(), toddle::MetricError>(())
/// ```
pub fn top_k_accuracy<T: Float, L: Label>(outputs: &[T], labels: &[L], k: usize) -> Result<f64, MetricError> {
    let classes = classes(outputs, labels)?;
    if !(1..=classes).contains(&k) {
        let (setting, got) = ("k", k.to_string());
        let expected = format!("1 to {classes}, the number of classes");
        return Err(MetricError::Setting { setting, got, expected, remedy: k.clamp(1, classes).to_string() });
    }
    let mut right = 0;
    for (n, (y, label)) in outputs.chunks_exact(classes).zip(labels).enumerate() {
        let truth = class(*label, n, classes)?;
        let ahead =
            y.iter().enumerate().filter(|&(i, other)| *other > y[truth] || i < truth && *other == y[truth]);
        right += usize::from(ahead.count() < k);
    }
    Ok(right as f64 / labels.len() as f64)
}

/// The share of outputs on the right side of `threshold`. The right side is above it if the answer is 1, and not
/// above it if the answer is 0.
///
/// For networks in which each output is a separate answer, yes or no. The `threshold` of probabilities is 0.5. The
/// threshold of logits, which [`BinaryCrossEntropy`](crate::Loss::BinaryCrossEntropy) takes, is 0.
///
/// # Errors
/// There are no outputs, there is not one answer for each output, an answer is neither 0 nor 1, or an output is NaN.
///
/// ```
/// use toddle::metrics::binary_accuracy;
///
/// assert_eq!(binary_accuracy(&[2.5, -0.3, 0.1, -4.0], &[1, 1, 1, 0], 0.0)?, 0.75);
/// # Ok::<(), toddle::MetricError>(())
/// ```
pub fn binary_accuracy<T: Float, L: Label>(
    outputs: &[T],
    answers: &[L],
    threshold: f64,
) -> Result<f64, MetricError> {
    if outputs.len() != answers.len() {
        return Err(MetricError::Unpaired { outputs: outputs.len(), targets: answers.len() });
    }
    if outputs.is_empty() {
        return Err(MetricError::Empty);
    }
    if threshold.is_nan() {
        let (setting, got, expected) = ("threshold", threshold.to_string(), "a number".into());
        return Err(MetricError::Setting { setting, got, expected, remedy: "0.5".into() });
    }
    numbers("outputs", outputs)?;
    let mut right = 0;
    for (n, (y, answer)) in outputs.iter().zip(answers).enumerate() {
        right += usize::from((y.to_f64() > threshold) == (class(*answer, n, 2)? == 1));
    }
    Ok(right as f64 / outputs.len() as f64)
}
