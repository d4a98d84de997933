//! Batch normalisation: each channel is normalised to mean 0 and variance 1 over the batch, then scaled and shifted by
//! learned factors.
//!
//! `y = γ·x̂ + β` with `x̂ = (x − μ)·ρ` and `ρ = 1/√(σ² + ε)`. `μ` and `σ²` are the mean and the variance of the
//! channel over all samples and pixels of a batch. The leaf of a block is its own mean and its sum of squared
//! deviations. [`moments`](reference::moments) combines the leaves.

pub mod flat;
pub mod reference;

use toddle_lanes::{Float, Simd};

/// The learned factors of a normalisation.
#[derive(Clone, Copy, Debug)]
pub struct Affine<'a, T> {
    /// `γ` of each channel, then `β` of each channel. If there are none, `γ` is 1 and `β` is 0.
    pub params: &'a [T],
}

impl<T: Float> Affine<'_, T> {
    /// `γ[c]` and `β[c]`
    #[inline(always)]
    pub fn of(&self, c: usize) -> [T; 2] {
        match self.params.len() / 2 {
            0 => [T::ONE, T::ZERO],
            channels => [self.params[c], self.params[channels + c]],
        }
    }

    /// [`of`](Self::of), each in all lanes.
    #[inline(always)]
    pub(crate) fn lanes<S: Simd<T = T>>(&self, simd: S, c: usize) -> [S::V; 2] {
        let [gamma, beta] = self.of(c);
        [simd.splat(gamma), simd.splat(beta)]
    }
}
