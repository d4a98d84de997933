//! The loops that define group normalisation, one sample.

use toddle_lanes::Float;

use super::Geometry;
use crate::norm::Affine;

/// The mean `μ` of a group and `ρ = 1/√(σ² + ε)`. `σ² = Σ (x − μ)²/N`.
#[inline(always)]
pub fn moments<T: Float>(epsilon: f64, x: &[T]) -> (T, T) {
    let count = T::from_f64(x.len() as f64);
    let mean = chains(x, |x, sum| sum + x) / count;
    let variance = chains(x, |x, sum| (x - mean).mul_add(x - mean, sum)) / count;
    (mean, T::ONE / (variance + T::from_f64(epsilon)).sqrt())
}

/// A sum over elements: four chains, in which element `i` is added to chain `i mod 4`, then the sum of the chains.
#[inline(always)]
fn chains<T: Float>(x: &[T], add: impl Fn(T, T) -> T) -> T {
    let mut sums = [T::ZERO; 4];
    for (i, x) in x.iter().enumerate() {
        sums[i % 4] = add(*x, sums[i % 4]);
    }
    (sums[0] + sums[2]) + (sums[1] + sums[3])
}

/// `y = γ[c]·x̂ + β[c]`
#[inline(always)]
pub fn forward<T: Float>(g: &Geometry, affine: Affine<'_, T>, x: &[T], y: &mut [T]) {
    for (n, (x, y)) in x.chunks_exact(g.size()).zip(y.chunks_exact_mut(g.size())).enumerate() {
        let (mean, rho) = moments(g.epsilon, x);
        for (k, (x, y)) in x.chunks_exact(g.plane).zip(y.chunks_exact_mut(g.plane)).enumerate() {
            let [gamma, beta] = affine.of(n * g.depth() + k);
            for (x, y) in x.iter().zip(y) {
                *y = gamma.mul_add((*x - mean) * rho, beta);
            }
        }
    }
}

/// `Σ dy·x̂` and `Σ dy` over the elements of a channel.
#[inline(always)]
fn sums<T: Float>((mean, rho): (T, T), x: &[T], dy: &[T]) -> (T, T) {
    let (mut product, mut sum) = (T::ZERO, T::ZERO);
    for (x, dy) in x.iter().zip(dy) {
        product = dy.mul_add((*x - mean) * rho, product);
        sum += *dy;
    }
    (product, sum)
}

/// `dx = ρ·(γ·dy − x̂·p/N − q/N)`. `p` is one chain `p = γ[c]·Σ dy·x̂ + p` over the channels of the group. `q` is one
/// chain `q = γ[c]·Σ dy + q`.
#[inline(always)]
pub fn backward<T: Float>(g: &Geometry, affine: Affine<'_, T>, x: &[T], dy: &[T], dx: &mut [T]) {
    let count = T::from_f64(g.size() as f64);
    let groups = x.chunks_exact(g.size()).zip(dy.chunks_exact(g.size())).zip(dx.chunks_exact_mut(g.size()));
    for (n, ((x, dy), dx)) in groups.enumerate() {
        let (mean, rho) = moments(g.epsilon, x);
        let (mut p, mut q) = (T::ZERO, T::ZERO);
        for (k, (x, dy)) in x.chunks_exact(g.plane).zip(dy.chunks_exact(g.plane)).enumerate() {
            let (product, sum) = sums((mean, rho), x, dy);
            let [gamma, _] = affine.of(n * g.depth() + k);
            (p, q) = (gamma.mul_add(product, p), gamma.mul_add(sum, q));
        }
        let (by_product, by_sum) = (p / count, q / count);
        let channels =
            x.chunks_exact(g.plane).zip(dy.chunks_exact(g.plane)).zip(dx.chunks_exact_mut(g.plane));
        for (k, ((x, dy), dx)) in channels.enumerate() {
            let [gamma, _] = affine.of(n * g.depth() + k);
            for ((x, dy), dx) in x.iter().zip(dy).zip(dx) {
                let off = (-((*x - mean) * rho)).mul_add(by_product, gamma.mul_add(*dy, -by_sum));
                *dx = rho * off;
            }
        }
    }
}

/// `dw[c] += Σ dy·x̂` and `dw[channels + c] += Σ dy` over the elements of the channel: `dγ`, then `dβ`.
///
/// The part of one sample in the leaf of a block. The leaf adds the sums of the sixteen samples by
/// [`tree_sum`](toddle_lanes::tree_sum).
#[inline(always)]
pub fn backward_weights<T: Float>(g: &Geometry, x: &[T], dy: &[T], dw: &mut [T]) {
    let (gammas, betas) = dw.split_at_mut(g.channels);
    let mut weights = gammas.iter_mut().zip(betas);
    for (x, dy) in x.chunks_exact(g.size()).zip(dy.chunks_exact(g.size())) {
        let moments = moments(g.epsilon, x);
        let channels = x.chunks_exact(g.plane).zip(dy.chunks_exact(g.plane));
        for ((x, dy), (gamma, beta)) in channels.zip(&mut weights) {
            let (product, sum) = sums(moments, x, dy);
            *gamma += product;
            *beta += sum;
        }
    }
}
