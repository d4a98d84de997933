//! Gradients against central differences: `(f(x + h) − f(x − h)) / 2h`.

/// The largest relative error that a gradient may have, of the norm of all its numbers.
pub const TOLERANCE: f64 = 1e-7;

/// Compares `gradient` with the central differences of `f` at `x`.
///
/// The error is `‖gradient − differences‖ / ‖differences‖`: a norm, since a difference of nearly equal numbers says nothing
/// about a gradient that is far smaller than the others.
///
/// # Errors
/// It is more than [`TOLERANCE`].
pub fn check(
    what: &str,
    gradient: &[f64],
    x: &[f64],
    mut f: impl FnMut(&[f64]) -> f64,
) -> Result<(), String> {
    let mut point = x.to_vec();
    let mut slope = |i: usize, h: f64| {
        point[i] = x[i] + h;
        let above = f(&point);
        point[i] = x[i] - h;
        let below = f(&point);
        point[i] = x[i];
        (above - below) / (2.0 * h)
    };
    // Two widths, so that the error of order h² cancels (Richardson's extrapolation).
    let differences: Vec<f64> = (0..x.len()).map(|i| (4.0 * slope(i, 5e-4) - slope(i, 1e-3)) / 3.0).collect();
    if gradient.len() != differences.len() {
        return Err(format!("{what}: a gradient of {} numbers for {}", gradient.len(), differences.len()));
    }
    let off = norm(gradient.iter().zip(&differences).map(|(a, b)| a - b));
    let size = norm(differences.iter().copied());
    if off <= TOLERANCE * size {
        return Ok(());
    }
    let worst = |i: &usize, j: &usize| {
        let off = |i: usize| (gradient[i] - differences[i]).abs();
        off(*i).total_cmp(&off(*j))
    };
    let at = (0..x.len()).max_by(worst).unwrap_or(0);
    Err(format!(
        "{what}: relative error {:.2e}; number {at} is {:?}, by differences {:?}",
        off / size,
        gradient[at],
        differences[at]
    ))
}

fn norm(numbers: impl Iterator<Item = f64>) -> f64 {
    numbers.map(|x| x * x).sum::<f64>().sqrt()
}
