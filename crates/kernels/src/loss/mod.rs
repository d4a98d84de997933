//! Losses: how far outputs are from targets, one number a sample, and its gradient.
//!
//! Mean squared error: `loss = Σ o (y[o] − t[o])² / n`, and `dy[o] = 2·(y[o] − t[o]) / (n·samples)`, since the loss of a
//! batch is the mean over its samples.

pub mod block;
pub mod reference;
pub mod row;
