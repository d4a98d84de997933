//! The loops that define batch normalisation.
//!
//! Samples are one after the other. In a sample, the `plane` pixels of each channel are together.

use toddle_lanes::{Float, LANES, tree_sum};

/// The leaf of a block: the mean of each channel, then the sum of squared deviations from the mean of each channel.
///
/// `m[c] = Σ n,p x[n,c,p] / count` and `d[c] = Σ n,p (x[n,c,p] − m[c])²`: a chain over the pixels for each sample, then
/// [`tree_sum`] over the sixteen samples. Missing samples count as zero.
pub fn statistics<T: Float>(channels: usize, x: &[&[T]], leaf: &mut [T]) {
    sums(channels, x, leaf, |n, _| n);
}

/// The leaf of one sample: sixteen partial sums, then [`tree_sum`]. Pixel `p` is added to partial sum `p mod 16`.
pub fn statistics_row<T: Float>(channels: usize, x: &[T], leaf: &mut [T]) {
    sums(channels, &[x], leaf, |_, p| p % LANES);
}

fn sums<T: Float>(channels: usize, x: &[&[T]], leaf: &mut [T], lane: impl Fn(usize, usize) -> usize) {
    let plane = x[0].len() / channels;
    let count = T::from_f64((x.len() * plane) as f64);
    let (means, deviations) = leaf.split_at_mut(channels);
    for c in 0..channels {
        let mut sums = [T::ZERO; LANES];
        for (n, x) in x.iter().enumerate() {
            for p in 0..plane {
                sums[lane(n, p)] += x[c * plane + p];
            }
        }
        let mean = tree_sum(sums) / count;
        let mut squares = [T::ZERO; LANES];
        for (n, x) in x.iter().enumerate() {
            for p in 0..plane {
                let off = x[c * plane + p] - mean;
                squares[lane(n, p)] = off.mul_add(off, squares[lane(n, p)]);
            }
        }
        means[c] = mean;
        deviations[c] = tree_sum(squares);
    }
}

/// The mean and the biased variance of one channel over a batch, from the leaves of its blocks. A leaf is
/// `(count, mean, squares)`.
///
/// The leaves are combined one after the other, in `f64`, by the formula of Chan, Golub and LeVeque, 1979:
/// `n = n₁ + n₂`, `δ = m₂ − m₁`, `m = m₁ + δ·n₂/n`, `d = d₁ + d₂ + δ²·n₁·n₂/n`.
pub fn moments(leaves: impl Iterator<Item = (usize, f64, f64)>) -> (f64, f64) {
    let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
    for (n, m, d) in leaves {
        let n = n as f64;
        let (both, off) = (count + n, m - mean);
        mean += off * n / both;
        squares += d + off * off * count * n / both;
        count = both;
    }
    (mean, squares / count)
}

/// `y = γ·x̂ + β` with `x̂ = (x − μ)·ρ`, for one sample.
pub fn forward<T: Float>(mean: &[T], rho: &[T], gamma: &[T], beta: &[T], x: &[T], y: &mut [T]) {
    let plane = x.len() / mean.len();
    for (i, (x, y)) in x.iter().zip(y).enumerate() {
        let c = i / plane;
        *y = gamma[c].mul_add((*x - mean[c]) * rho[c], beta[c]);
    }
}

/// The leaf of a block of gradient sums: `Σ n,p dy·x̂` of each channel, which is `dγ`, then `Σ n,p dy` of each channel,
/// which is `dβ`. The order is the order of [`statistics`].
pub fn gradient_sums<T: Float>(mean: &[T], rho: &[T], x: &[&[T]], dy: &[&[T]], leaf: &mut [T]) {
    sums_by_lane(mean, rho, x, dy, leaf, |n, _| n);
}

/// The gradient sums of one sample, in the order of [`statistics_row`].
pub fn gradient_sums_row<T: Float>(mean: &[T], rho: &[T], x: &[T], dy: &[T], leaf: &mut [T]) {
    sums_by_lane(mean, rho, &[x], &[dy], leaf, |_, p| p % LANES);
}

fn sums_by_lane<T: Float>(
    mean: &[T],
    rho: &[T],
    x: &[&[T]],
    dy: &[&[T]],
    leaf: &mut [T],
    lane: impl Fn(usize, usize) -> usize,
) {
    let channels = mean.len();
    let plane = x[0].len() / channels;
    let (gammas, betas) = leaf.split_at_mut(channels);
    for c in 0..channels {
        let (mut products, mut sums) = ([T::ZERO; LANES], [T::ZERO; LANES]);
        for (n, (x, dy)) in x.iter().zip(dy).enumerate() {
            for p in 0..plane {
                let (x, dy, l) = (x[c * plane + p], dy[c * plane + p], lane(n, p));
                products[l] = dy.mul_add((x - mean[c]) * rho[c], products[l]);
                sums[l] += dy;
            }
        }
        gammas[c] = tree_sum(products);
        betas[c] = tree_sum(sums);
    }
}

/// `dx = γ·ρ·(dy − x̂·Σdy·x̂/N − Σdy/N)`, for one sample of a batch with `N` elements of each channel, from the
/// [`gradient_sums`] of the batch.
pub fn backward<T: Float>(
    count: usize,
    mean: &[T],
    rho: &[T],
    gamma: &[T],
    gradient_sums: &[T],
    x: &[T],
    dy: &[T],
    dx: &mut [T],
) {
    let channels = mean.len();
    let plane = x.len() / channels;
    let count = T::from_f64(count as f64);
    for (i, dx) in dx.iter_mut().enumerate() {
        let c = i / plane;
        let (by_product, by_sum) = (gradient_sums[c] / count, gradient_sums[channels + c] / count);
        let off = (-((x[i] - mean[c]) * rho[c])).mul_add(by_product, dy[i] - by_sum);
        *dx = (gamma[c] * rho[c]) * off;
    }
}
