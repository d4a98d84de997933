//! Batch normalisation: each channel is normalised to mean 0 and variance 1 over the batch, then scaled and shifted by
//! learned factors.
//!
//! `y = γ·x̂ + β` with `x̂ = (x − μ)·ρ` and `ρ = 1/√(σ² + ε)`. `μ` and `σ²` are the mean and the variance of the
//! channel over all samples and pixels of a batch. The leaf of a block is its own mean and its sum of squared
//! deviations. [`moments`](reference::moments) combines the leaves.

pub mod flat;
pub mod reference;
