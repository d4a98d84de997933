use alloc::string::ToString;
use alloc::vec::Vec;

use super::{MetricError, numbers};
use crate::Float;

/// The mean squared error: `Σ (y − t)² / n` over all `n` elements.
///
/// # Errors
/// There are no outputs, there is not one target for each output, or an element is NaN.
///
/// ```
/// use toddle::metrics::mean_squared_error;
///
/// assert_eq!(mean_squared_error(&[1.0, 2.0], &[1.0, 4.0])?, 2.0);
/// # Ok::<(), toddle::MetricError>(())
/// ```
pub fn mean_squared_error<T: Float>(outputs: &[T], targets: &[T]) -> Result<f64, MetricError> {
    check(outputs, targets)?;
    Ok(mean(differences(outputs, targets).map(|off| off * off)))
}

/// The mean absolute error: `Σ |y − t| / n` over all `n` elements.
///
/// # Errors
/// As for [`mean_squared_error`].
///
/// ```
/// use toddle::metrics::mean_absolute_error;
///
/// assert_eq!(mean_absolute_error(&[1.0, 2.0], &[1.0, 4.0])?, 1.0);
/// # Ok::<(), toddle::MetricError>(())
/// ```
pub fn mean_absolute_error<T: Float>(outputs: &[T], targets: &[T]) -> Result<f64, MetricError> {
    check(outputs, targets)?;
    Ok(mean(differences(outputs, targets).map(f64::abs)))
}

/// The coefficient of determination, R²: `1 − Σ (y − t)² / Σ (t − t̄)²`, where `t̄` is the mean of the targets.
///
/// 1 means that the outputs are equal to the targets. 0 means that they are no better than `t̄`, and a negative value
/// means that they are worse. Each sample has `size` elements. R² is computed for each of these elements over the
/// samples, and the result is the mean. If all targets are equal, R² is 1 if the outputs are equal to the targets and
/// otherwise 0, as in scikit-learn.
///
/// # Errors
/// As for [`mean_squared_error`], the elements do not make up whole samples of `size`, or there is only one sample.
///
/// ```
/// use toddle::metrics::r_squared;
///
/// assert_eq!(r_squared(&[1.0, 2.0, 6.0], &[1.0, 3.0, 5.0], 1)?, 0.75);
/// # Ok::<(), toddle::MetricError>(())
/// ```
pub fn r_squared<T: Float>(outputs: &[T], targets: &[T], size: usize) -> Result<f64, MetricError> {
    check(outputs, targets)?;
    let samples = outputs.len().checked_div(size).unwrap_or(0);
    if samples < 2 || !outputs.len().is_multiple_of(size) {
        let (setting, got) = ("size", size.to_string());
        let expected =
            format!("a divisor of {}, the number of outputs, that makes two samples or more", outputs.len());
        return Err(MetricError::Setting {
            setting,
            got,
            expected,
            remedy: "1, for samples of one number each".into(),
        });
    }
    let of_number = |o: usize| {
        let every =
            |numbers: &[T]| numbers.iter().skip(o).step_by(size).map(|x| x.to_f64()).collect::<Vec<f64>>();
        let (y, t) = (every(outputs), every(targets));
        let centre = mean(t.iter().copied());
        let off: f64 = y.iter().zip(&t).map(|(y, t)| (y - t) * (y - t)).sum();
        let spread: f64 = t.iter().map(|t| (t - centre) * (t - centre)).sum();
        match (off == 0.0, spread == 0.0) {
            (true, true) => 1.0,
            (false, true) => 0.0,
            _ => 1.0 - off / spread,
        }
    };
    Ok(mean((0..size).map(of_number)))
}

/// Checks that there is one target for each output, at least one output, and no NaN.
fn check<T: Float>(outputs: &[T], targets: &[T]) -> Result<(), MetricError> {
    if outputs.len() != targets.len() {
        return Err(MetricError::Unpaired { outputs: outputs.len(), targets: targets.len() });
    }
    if outputs.is_empty() {
        return Err(MetricError::Empty);
    }
    numbers("outputs", outputs)?;
    numbers("targets", targets)
}

fn differences<T: Float>(outputs: &[T], targets: &[T]) -> impl ExactSizeIterator<Item = f64> {
    outputs.iter().zip(targets).map(|(y, t)| y.to_f64() - t.to_f64())
}

fn mean(numbers: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = numbers.len() as f64;
    numbers.sum::<f64>() / n
}
