//! Batch normalisation: each channel moved to mean 0 and variance 1 over the batch, then scaled and shifted as learnt.
//!
//! `y = γ·x̂ + β` with `x̂ = (x − μ)·ρ` and `ρ = 1/√(σ² + ε)`, where `μ` and `σ²` are the channel's over all samples and
//! pixels of a batch. A block gives a leaf, its own mean and sum of squared deviations; [`moments`](reference::moments)
//! joins the leaves.

pub mod flat;
pub mod reference;
