//! The loops that define batch normalisation.
//!
//! Samples lie one after the other, each channel's `plane` pixels together.

use toddle_lanes::{Float, LANES, tree_sum};

/// A block's leaf: each channel's mean, then each channel's sum of squared deviations from it.
///
/// `m[c] = Σ n,p x[n,c,p] / count` and `d[c] = Σ n,p (x[n,c,p] − m[c])²`: a chain over the pixels for each sample, then
/// [`tree_sum`] over the sixteen samples, of which those that are not there count as zero.
pub fn statistics<T: Float>(channels: usize, x: &[&[T]], leaf: &mut [T]) {
    sums(channels, x, leaf, |n, _| n);
}

/// The same of one sample: sixteen partial sums, pixel `p` in number `p mod 16`, then [`tree_sum`].
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

/// The mean and the biased variance of a batch, of one channel, from its blocks' leaves: `(count, mean, squares)` each.
///
/// Joined one after the other, in `f64`, by the formula of Chan, Golub and LeVeque, 1979:
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

/// `y = γ·x̂ + β` with `x̂ = (x − μ)·ρ`, of one sample.
pub fn forward<T: Float>(mean: &[T], rho: &[T], gamma: &[T], beta: &[T], x: &[T], y: &mut [T]) {
    let plane = x.len() / mean.len();
    for (i, (x, y)) in x.iter().zip(y).enumerate() {
        let c = i / plane;
        *y = gamma[c].mul_add((*x - mean[c]) * rho[c], beta[c]);
    }
}

/// A block's leaf of slopes: each channel's `Σ n,p dy·x̂`, which is `dγ`, then each channel's `Σ n,p dy`, which is `dβ`; in
/// the order of [`statistics`].
pub fn slopes<T: Float>(mean: &[T], rho: &[T], x: &[&[T]], dy: &[&[T]], leaf: &mut [T]) {
    slope_sums(mean, rho, x, dy, leaf, |n, _| n);
}

/// The same of one sample, in the order of [`statistics_row`].
pub fn slopes_row<T: Float>(mean: &[T], rho: &[T], x: &[T], dy: &[T], leaf: &mut [T]) {
    slope_sums(mean, rho, &[x], &[dy], leaf, |_, p| p % LANES);
}

fn slope_sums<T: Float>(
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

/// `dx = γ·ρ·(dy − x̂·Σdy·x̂/N − Σdy/N)`, of one sample of a batch of `N` numbers a channel, from the batch's
/// [`slopes`].
pub fn backward<T: Float>(
    count: usize,
    mean: &[T],
    rho: &[T],
    gamma: &[T],
    slopes: &[T],
    x: &[T],
    dy: &[T],
    dx: &mut [T],
) {
    let channels = mean.len();
    let plane = x.len() / channels;
    let count = T::from_f64(count as f64);
    for (i, dx) in dx.iter_mut().enumerate() {
        let c = i / plane;
        let (by_product, by_sum) = (slopes[c] / count, slopes[channels + c] / count);
        let off = (-((x[i] - mean[c]) * rho[c])).mul_add(by_product, dy[i] - by_sum);
        *dx = (gamma[c] * rho[c]) * off;
    }
}
