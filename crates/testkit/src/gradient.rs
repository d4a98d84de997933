//! Gradients against central differences, by the library's own check.

use toddle::check::{Agreement, TOLERANCE, agreement};

/// Compares `gradient` with the central differences of `f` at `x`.
///
/// # Errors
/// There are not as many numbers, or the relative error is more than [`TOLERANCE`].
pub fn check(what: &str, gradient: &[f64], x: &[f64], f: impl FnMut(&[f64]) -> f64) -> Result<(), String> {
    if gradient.len() != x.len() {
        return Err(format!("{what}: a gradient of {} numbers for {}", gradient.len(), x.len()));
    }
    let Agreement { error, worst, slope, difference } = agreement(gradient, x, f);
    if error <= TOLERANCE {
        return Ok(());
    }
    Err(format!(
        "{what}: relative error {error:.2e}; number {worst} is {slope:?}, by differences {difference:?}"
    ))
}
