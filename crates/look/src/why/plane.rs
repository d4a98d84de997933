//! A map of samples in two dimensions, by principal components.
//!
//! There is no t-SNE and no UMAP. The crates for them start from random numbers that change from run to run, or sum in an order
//! that depends on the threads, and they bring twenty or more crates with them. A map here is the same for the same samples.

use crate::error::LookError;

/// Samples in the plane in which they spread most: made by [`plane`](fn@plane).
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    /// The place of each sample.
    pub points: Vec<[f64; 2]>,
    /// The part of the variance that lies along each of the two axes.
    pub shares: [f64; 2],
    /// The mean of the samples, which is the point `[0, 0]`.
    pub mean: Vec<f64>,
    /// The two axes, each of length 1.
    pub axes: [Vec<f64>; 2],
}

/// The most rounds in which the axes are turned.
const ROUNDS: usize = 200;
/// The axes are found when no element of them changes by more than this.
const STILL: f64 = 1e-9;

/// The first two principal components of samples with `width` elements, one sample after the other.
///
/// The axes are found by orthogonal iteration. The largest element of an axis is above 0, so the map is never mirrored. Cost: at
/// most 200 passes over the samples.
///
/// ```
/// let map = toddle_look::why::plane(&[0.0, 0.0, 2.0, 2.1, 4.0, 3.9], 2)?;
/// assert!(map.shares[0] > 0.99);
/// assert!(map.points[0][0] < map.points[1][0] && map.points[1][0] < map.points[2][0]);
/// # Ok::<(), toddle_look::LookError>(())
/// ```
///
/// # Errors
/// There are fewer than two samples, or they are not whole.
pub fn plane(values: &[f64], width: usize) -> Result<Plane, LookError> {
    let count = values.len().checked_div(width).unwrap_or(0);
    if count < 2 || count * width != values.len() || values.iter().any(|value| !value.is_finite()) {
        return Err(LookError::refused(
            "the samples cannot be mapped",
            "two samples or more, of finite numbers",
            format!("{} numbers, {width} for each sample", values.len()),
            "more samples",
        ));
    }
    let mut mean = vec![0.0; width];
    for row in values.chunks_exact(width) {
        mean.iter_mut().zip(row).for_each(|(mean, x)| *mean += x / count as f64);
    }
    let centred: Vec<f64> =
        values.chunks_exact(width).flat_map(|row| row.iter().zip(&mean).map(|(x, mean)| x - mean)).collect();
    let total: f64 = centred.iter().map(|x| x * x).sum();

    let mut axes = begin(width);
    for _ in 0..ROUNDS {
        let mut turned = [spread(&centred, &axes[0]), spread(&centred, &axes[1])];
        orthonormal(&mut turned);
        let change = turned.iter().flatten().zip(axes.iter().flatten()).map(|(new, old)| (new - old).abs());
        let change = change.fold(0.0, f64::max);
        axes = turned;
        if change < STILL {
            break;
        }
    }
    axes.iter_mut().for_each(|axis| upright(axis));
    let points: Vec<[f64; 2]> =
        centred.chunks_exact(width).map(|row| [dot(row, &axes[0]), dot(row, &axes[1])]).collect();
    let share = |axis: usize| match total {
        0.0 => 0.0,
        _ => points.iter().map(|point| point[axis] * point[axis]).sum::<f64>() / total,
    };
    Ok(Plane { shares: [share(0), share(1)], points, mean, axes })
}

impl Plane {
    /// The place of another sample on the map.
    ///
    /// Panics if the sample has another number of elements.
    pub fn place(&self, sample: &[f64]) -> [f64; 2] {
        assert_eq!(sample.len(), self.mean.len(), "elements of a sample");
        let centred: Vec<f64> = sample.iter().zip(&self.mean).map(|(x, mean)| x - mean).collect();
        [dot(&centred, &self.axes[0]), dot(&centred, &self.axes[1])]
    }
}

/// Two axes to begin with. Their elements follow no pattern of the samples.
fn begin(width: usize) -> [Vec<f64>; 2] {
    let axis = |step: usize| (0..width).map(|i| ((i + 1) * step % 101) as f64 / 101.0 - 0.45).collect();
    let mut axes = [axis(37), axis(59)];
    orthonormal(&mut axes);
    axes
}

/// `Xᵀ X a`, for samples `X` and an axis `a`.
fn spread(centred: &[f64], axis: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; axis.len()];
    for row in centred.chunks_exact(axis.len()) {
        let along = dot(row, axis);
        sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += along * x);
    }
    sums
}

/// Makes both axes 1 long, and the second one orthogonal to the first.
fn orthonormal([first, second]: &mut [Vec<f64>; 2]) {
    unit(first);
    let along = dot(first, second);
    second.iter_mut().zip(first).for_each(|(second, first)| *second -= along * *first);
    unit(second);
}

fn unit(axis: &mut [f64]) {
    let length = dot(axis, axis).sqrt();
    if length > 0.0 {
        axis.iter_mut().for_each(|x| *x /= length);
    }
}

/// Turns an axis so that its largest element is above 0.
fn upright(axis: &mut [f64]) {
    let largest = axis.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs()));
    if largest.is_some_and(|largest| largest < 0.0) {
        axis.iter_mut().for_each(|x| *x = -*x);
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
