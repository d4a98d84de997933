//! Gradients against central differences, by the library's own check.

use toddle::check::{Agreement, TOLERANCE, agreement};

use crate::numbers::numbers;

/// For more parameters than this, differences are taken along random directions. Each direction changes all parameters.
const MANY: usize = 1000;

/// The number of these directions.
const DIRECTIONS: usize = 8;

/// Compares `gradient` with the central differences of `f` at `x`.
///
/// # Errors
/// If the lengths differ, or if the relative error is more than [`TOLERANCE`].
pub fn check(what: &str, gradient: &[f64], x: &[f64], f: impl FnMut(&[f64]) -> f64) -> Result<(), String> {
    if gradient.len() != x.len() {
        return Err(format!("{what}: a gradient of {} numbers for {}", gradient.len(), x.len()));
    }
    let found = if x.len() <= MANY { agreement(gradient, x, f) } else { along_directions(gradient, x, f) };
    let Agreement { error, worst, slope, difference } = found;
    if error <= TOLERANCE {
        return Ok(());
    }
    Err(format!(
        "{what}: relative error {error:.2e}; number {worst} is {slope:?}, by differences {difference:?}"
    ))
}

fn along_directions(gradient: &[f64], x: &[f64], mut f: impl FnMut(&[f64]) -> f64) -> Agreement {
    let length = 1.0 / (x.len() as f64).sqrt();
    let directions: [Vec<f64>; DIRECTIONS] = std::array::from_fn(|n| numbers(n as u32, x.len()));
    let slopes =
        directions.each_ref().map(|v| length * gradient.iter().zip(v).map(|(g, v)| g * v).sum::<f64>());
    agreement(&slopes, &[0.0; DIRECTIONS], |steps| {
        let mut point = x.to_vec();
        for (step, v) in steps.iter().zip(&directions).filter(|(step, _)| **step != 0.0) {
            point.iter_mut().zip(v).for_each(|(x, v)| *x += step * length * v);
        }
        f(&point)
    })
}
