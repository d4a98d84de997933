//! Losses: the distance from outputs to targets, one number for each sample, and its gradient.
//!
//! The loss of a batch is the mean over its `samples`. So every gradient is divided by the number of samples. `n` is
//! the number of outputs, and `m = max y`:
//!
//! | loss | of one sample | gradient `dy[o]`, times `samples` |
//! |---|---|---|
//! | [`MeanSquaredError`] | `Σ o (y[o] − t[o])² / n` | `2·(y[o] − t[o]) / n` |
//! | [`MeanAbsoluteError`] | `Σ o \|y[o] − t[o]\| / n` | `sign(y[o] − t[o]) / n` |
//! | [`Huber`] | `Σ o c·(\|y[o] − t[o]\| − c/2) / n`, `c = min(\|y[o] − t[o]\|, δ)` | `sign(y[o] − t[o])·c / n` |
//! | [`CrossEntropy`] | `Σ o q[o]·(ln Σ j exp(y[j] − m) − (y[o] − m))`, `q[o] = w[o]·((1−ε)·t[o] + ε/n)` | `softmax(y)[o]·Σ j q[j] − q[o]` |
//! | [`NegativeLogLikelihood`] | `−Σ o t[o]·y[o]` | `−t[o]` |
//! | [`BinaryCrossEntropy`] | `Σ o ((1 − t[o])·s(y[o]) + p·t[o]·s(−y[o])) / n`, `s(x) = ln(1 + eˣ)` | `((1 − t[o])·σ(y[o]) − p·t[o]·σ(−y[o])) / n` |
//! | [`KlDivergence`] | `Σ o t[o]·(ln t[o] − y[o])` | `−t[o]` |
//! | [`Hinge`] | `Σ o (1 − t[o])·max(0, 1 − Σ j t[j]·y[j] + y[o]) / n` | `((1 − t[o])·v[o] − t[o]·Σ j (1 − t[j])·v[j]) / n`, `v` 1 where the maximum is not 0 |

pub mod block;
pub mod reference;
pub mod row;
mod total;

use std::fmt::Debug;

use toddle_lanes::{Float, Simd};

use crate::Lane;

/// The mean of the squared differences.
#[derive(Clone, Copy, Debug)]
pub struct MeanSquaredError;

/// The mean of the absolute differences.
#[derive(Clone, Copy, Debug)]
pub struct MeanAbsoluteError;

/// Half the square of a difference up to `delta`, and a straight line above `delta`.
#[derive(Clone, Copy, Debug)]
pub struct Huber<T> {
    /// `δ`: where the line begins.
    pub delta: T,
}

/// The cross-entropy between the targets, which are probabilities, and the softmax of the outputs.
#[derive(Clone, Copy, Debug)]
pub struct CrossEntropy<'a, T> {
    /// `ε`: the share of the targets that is spread evenly over all classes.
    pub smoothing: T,
    /// `w`: the weight of each class; empty if all classes count the same.
    pub weights: &'a [f64],
}

/// The negative log-likelihood of the targets, which are probabilities, for outputs that are logarithms of
/// probabilities.
#[derive(Clone, Copy, Debug)]
pub struct NegativeLogLikelihood;

/// The cross-entropy between each target and the sigmoid of its output. Each output is a yes/no question of its own.
#[derive(Clone, Copy, Debug)]
pub struct BinaryCrossEntropy<T> {
    /// `p`: the weight of a target of 1. The weight of a target of 0 is 1.
    pub positive_weight: T,
}

/// The Kullback–Leibler divergence of the outputs, which are logarithms of probabilities, from the targets.
#[derive(Clone, Copy, Debug)]
pub struct KlDivergence;

/// The hinge loss: how much the output of the right class misses a lead of 1 over each other output.
#[derive(Clone, Copy, Debug)]
pub struct Hinge;

/// A loss: its settings, and its arithmetic for one sample and for sixteen samples.
pub trait Formula<T: Float>: Copy + Debug {
    /// Returns the loss of one sample and sets its gradient: the loop of [`reference`](mod@reference).
    fn sample(self, io: Io<'_, T>) -> T;

    /// The same for sixteen samples side by side. Lanes without a sample are computed, too.
    fn lanes<S: Simd<T = T>>(self, simd: S, io: Io<'_, Lane<T>>) -> S::V;
}

/// The arguments of a loss. `N` is one element of one sample, or a vector with one element of sixteen samples.
#[derive(Debug)]
pub struct Io<'a, N> {
    /// Outputs.
    pub y: &'a [N],
    /// Targets, of the same number.
    pub t: &'a [N],
    /// Samples in the batch.
    pub samples: usize,
    /// Gradient to the outputs, of the same number.
    pub dy: &'a mut [N],
}
