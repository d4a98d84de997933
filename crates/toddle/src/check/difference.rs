//! Gradients against central differences: `(f(x + h·v) − f(x − h·v)) / 2h` along a direction `v`.

use toddle_lanes::Real;

use crate::NumpyRandom;

/// The largest relative error that the gradient of a smooth function may have.
pub const TOLERANCE: f64 = 1e-7;

/// The distances between the points of the first central differences. The later distances are for gradients that do
/// not agree with the first ones.
///
/// Near a kink, such as that of a ReLU, only differences that do not reach across the kink say anything about the
/// gradient. The smallest error over all distances counts: for a right gradient, one of the differences agrees; for a
/// wrong gradient, none agrees.
const WIDTHS: [f64; 3] = [1e-3, 1e-5, 1e-6];

/// The rounding error of a function's value, in units in the last place.
const ROUNDED: f64 = 64.0;

/// How a gradient agrees with central differences.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Agreement {
    /// `‖gradient − differences‖ / ‖differences‖`. The norms are compared because the difference of two nearly equal
    /// numbers says nothing about a derivative that is far smaller than the others. 0 if gradient and differences
    /// agree up to rounding.
    pub error: f64,
    /// The place where they differ most: the index of an element, or of a random direction.
    pub worst: usize,
    /// The derivative at this place, from the gradient.
    pub slope: f64,
    /// The derivative at this place, from the central difference.
    pub difference: f64,
}

/// Compares `gradient` with the central differences of `f` at `x`, element by element.
///
/// ```
/// use toddle::check::{TOLERANCE, agreement};
///
/// let cubes = |x: &[f64]| x.iter().map(|x| x * x * x).sum();
/// assert!(agreement(&[3.0, 12.0], &[1.0, 2.0], cubes).error < TOLERANCE);
/// let wrong = agreement(&[3.0, 11.9], &[1.0, 2.0], cubes);
/// assert_eq!(wrong.worst, 1);
/// ```
///
/// # Panics
/// `gradient` and `x` do not have the same number of elements.
pub fn agreement(gradient: &[f64], x: &[f64], f: impl FnMut(&[f64]) -> f64) -> Agreement {
    let mut along = vec![0.0; x.len()];
    compare(gradient, x, f, x.len(), |n, v| {
        along.fill(0.0);
        along[n] = 1.0;
        v.copy_from_slice(&along);
    })
}

/// [`agreement`], element by element, for functions of at most `most` elements. For functions of more elements, along
/// a few random directions, each of which changes all elements.
pub(super) fn sampled_agreement(
    gradient: &[f64],
    x: &[f64],
    f: impl FnMut(&[f64]) -> f64,
    most: usize,
) -> Agreement {
    if x.len() <= most {
        return agreement(gradient, x, f);
    }
    let mut random = NumpyRandom::new(1);
    let length = 1.0 / Real::sqrt(x.len() as f64);
    compare(gradient, x, f, DIRECTIONS, |_, v| {
        v.iter_mut().for_each(|v| *v = if random.uniform() < 0.5 { length } else { -length });
    })
}

/// The number of random directions along which many elements are changed together.
const DIRECTIONS: usize = 4;

fn compare(
    gradient: &[f64],
    x: &[f64],
    mut f: impl FnMut(&[f64]) -> f64,
    directions: usize,
    mut direction: impl FnMut(usize, &mut [f64]),
) -> Agreement {
    assert_eq!(gradient.len(), x.len(), "a gradient has a number for each that it is of");
    let (mut v, mut point) = (vec![0.0; x.len()], x.to_vec());
    let (mut off, mut size, mut rounding) = (0.0, 0.0, 0.0);
    let mut worst = Agreement::default();
    for n in 0..directions {
        direction(n, &mut v);
        let slope: f64 = gradient.iter().zip(&v).map(|(g, v)| g * v).sum();
        let (mut difference, mut noise) = difference(x, &v, &mut point, WIDTHS[0], &mut f);
        for width in &WIDTHS[1..] {
            if (slope - difference).abs() > 0.1 * TOLERANCE * difference.abs() + noise {
                // A smaller distance has a larger rounding error, because the rounding error is divided by the
                // distance.
                let (closer, noise_of_closer) = self::difference(x, &v, &mut point, *width, &mut f);
                if (slope - closer).abs() < (slope - difference).abs() {
                    (difference, noise) = (closer, noise_of_closer);
                }
            }
        }
        let apart = (slope - difference).abs();
        if n == 0 || apart.total_cmp(&(worst.slope - worst.difference).abs()).is_gt() {
            worst = Agreement { worst: n, slope, difference, ..worst };
        }
        off += apart * apart;
        size += difference * difference;
        rounding += noise * noise;
    }
    let (off, size) = (Real::sqrt(off), Real::sqrt(size));
    let error = if off <= Real::sqrt(rounding) { 0.0 } else { off / size };
    Agreement { error, ..worst }
}

/// The derivative of `f` at `x` along `v`, and the part of it that may be rounding error. The derivative is computed
/// from two distances, so that the error of order `h²` cancels (Richardson's extrapolation).
fn difference(
    x: &[f64],
    v: &[f64],
    point: &mut [f64],
    width: f64,
    f: &mut impl FnMut(&[f64]) -> f64,
) -> (f64, f64) {
    let mut largest = 0.0f64;
    let mut slope = |h: f64| {
        let mut at = |h: f64| {
            for ((point, x), v) in point.iter_mut().zip(x).zip(v) {
                *point = x + h * v;
            }
            f(point)
        };
        let (above, below) = (at(h), at(-h));
        largest = largest.max(above.abs()).max(below.abs());
        (above - below) / (2.0 * h)
    };
    let difference = (4.0 * slope(width / 2.0) - slope(width)) / 3.0;
    (difference, ROUNDED * f64::EPSILON * largest / width)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A function near 1000 with a derivative of 0.001 at `x`. Its kink is so near to 0 that only the nearest points
    /// do not reach across it.
    fn kinked(x: &[f64]) -> f64 {
        1000.0 + 1e-3 * x[0] + (x[0] - 2e-6).max(0.0)
    }

    #[test]
    fn rounding_counts_for_the_points_that_are_compared() {
        let right = agreement(&[1e-3], &[0.0], kinked);
        assert!(right.slope != right.difference && right.error <= TOLERANCE, "{right:?}");
        let wrong = agreement(&[1.1e-3], &[0.0], kinked);
        assert!(wrong.error > 0.05, "{wrong:?}");
    }
}
