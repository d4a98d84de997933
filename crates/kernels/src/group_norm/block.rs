//! Group normalisation of sixteen samples side by side: `reference` with each element replaced by a vector of sixteen.
//!
//! A group is read two or three times. It is computed as a whole before the next group, so that it stays in the cache.

use toddle_lanes::{Float, Kernel, Real, Simd};

use super::Geometry;
use crate::Lane;
use crate::norm::Affine;

/// `y = γ[c]·x̂ + β[c]`: [`reference::forward`](super::reference::forward).
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// The normalisation.
    pub g: &'a Geometry,
    /// `γ` and `β` of each channel.
    pub affine: Affine<'a, T>,
    /// Input, channel after channel.
    pub x: &'a [Lane<T>],
    /// Output.
    pub y: &'a mut [Lane<T>],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let Forward { g, affine, x, y } = self;
        let mut c = 0..g.channels;
        for (x, y) in x.chunks_exact(g.size()).zip(y.chunks_exact_mut(g.size())) {
            let (mean, rho) = moments(simd, g.epsilon, x);
            for ((x, y), c) in x.chunks_exact(g.plane).zip(y.chunks_exact_mut(g.plane)).zip(&mut c) {
                let [gamma, beta] = affine.lanes(simd, c);
                for (x, y) in x.iter().zip(y) {
                    simd.store(gamma.mul_add((simd.load(x) - mean) * rho, beta), y);
                }
            }
        }
    }
}

/// `dx = ρ·(γ·dy − x̂·p/N − q/N)`: [`reference::backward`](super::reference::backward). `dw[c] += Σ dy·x̂` and
/// `dw[channels + c] += Σ dy`, first lane by lane and then over the lanes: the leaf of
/// [`reference::backward_weights`](super::reference::backward_weights).
#[derive(Debug)]
pub struct Backward<'a, T> {
    /// The normalisation.
    pub g: &'a Geometry,
    /// `γ` and `β` of each channel.
    pub affine: Affine<'a, T>,
    /// Input of forward.
    pub x: &'a [Lane<T>],
    /// Gradient to the output.
    pub dy: &'a [Lane<T>],
    /// Gradient to the input, unless nothing needs it.
    pub dx: Option<&'a mut [Lane<T>]>,
    /// Gradients to `γ`, then to `β`; the results are added to it. Empty if there are no learned factors.
    pub dw: &'a mut [T],
}

impl<T: Float> Kernel<T> for Backward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let Backward { g, affine, x, dy, mut dx, dw } = self;
        let (size, count) = (g.size(), simd.splat(T::from_f64(g.size() as f64)));
        for (n, (x, dy)) in x.chunks_exact(size).zip(dy.chunks_exact(size)).enumerate() {
            let (mean, rho) = moments(simd, g.epsilon, x);
            let first = n * g.depth();
            let (mut p, mut q) = (simd.splat(T::ZERO), simd.splat(T::ZERO));
            for (k, (x, dy)) in x.chunks_exact(g.plane).zip(dy.chunks_exact(g.plane)).enumerate() {
                let (mut product, mut sum) = (simd.splat(T::ZERO), simd.splat(T::ZERO));
                for (x, dy) in x.iter().zip(dy) {
                    let dy = simd.load(dy);
                    product = dy.mul_add((simd.load(x) - mean) * rho, product);
                    sum = sum + dy;
                }
                let c = first + k;
                if !dw.is_empty() {
                    dw[c] += simd.sum(product);
                    dw[g.channels + c] += simd.sum(sum);
                }
                let [gamma, _] = affine.lanes(simd, c);
                (p, q) = (gamma.mul_add(product, p), gamma.mul_add(sum, q));
            }
            let Some(dx) = &mut dx else { continue };
            let (by_product, by_sum) = (p / count, q / count);
            let (x, dy) = (x.chunks_exact(g.plane), dy.chunks_exact(g.plane));
            let dx = dx[n * size..][..size].chunks_exact_mut(g.plane);
            for (k, ((x, dy), dx)) in x.zip(dy).zip(dx).enumerate() {
                let [gamma, _] = affine.lanes(simd, first + k);
                for ((x, dy), dx) in x.iter().zip(dy).zip(dx) {
                    let normal = (simd.load(x) - mean) * rho;
                    let off = (-normal).mul_add(by_product, gamma.mul_add(simd.load(dy), -by_sum));
                    simd.store(rho * off, dx);
                }
            }
        }
    }
}

/// [`reference::moments`](super::reference::moments)
#[inline(always)]
fn moments<S: Simd>(simd: S, epsilon: f64, x: &[Lane<S::T>]) -> (S::V, S::V) {
    let count = simd.splat(S::T::from_f64(x.len() as f64));
    let mean = chains::<S, false>(simd, simd.splat(S::T::ZERO), x) / count;
    let variance = chains::<S, true>(simd, mean, x) / count;
    let epsilon = simd.splat(S::T::from_f64(epsilon));
    (mean, simd.splat(S::T::ONE) / (variance + epsilon).sqrt())
}

/// `Σ x`, or `Σ (x − mean)²` if `SQUARES`: four chains, then the sum of the chains.
#[inline(always)]
fn chains<S: Simd, const SQUARES: bool>(simd: S, mean: S::V, x: &[Lane<S::T>]) -> S::V {
    let mut sums = [simd.splat(S::T::ZERO); 4];
    let (fours, rest) = x.as_chunks::<4>();
    for four in fours {
        for n in 0..4 {
            sums[n] = added::<S, SQUARES>(simd, mean, &four[n], sums[n]);
        }
    }
    for n in 0..3 {
        if let Some(x) = rest.get(n) {
            sums[n] = added::<S, SQUARES>(simd, mean, x, sums[n]);
        }
    }
    (sums[0] + sums[2]) + (sums[1] + sums[3])
}

/// `sum + x`, or `sum + (x − mean)²` if `SQUARES`.
#[inline(always)]
fn added<S: Simd, const SQUARES: bool>(simd: S, mean: S::V, x: &Lane<S::T>, sum: S::V) -> S::V {
    let x = simd.load(x);
    if SQUARES { (x - mean).mul_add(x - mean, sum) } else { sum + x }
}
