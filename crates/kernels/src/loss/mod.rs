//! Losses: how far outputs are from targets, one number a sample, and its gradient.
//!
//! The loss of a batch is the mean over its `samples`, so every gradient is divided by their number. With `n` outputs,
//! and `m = max y`:
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

/// The mean of the differences' sizes.
#[derive(Clone, Copy, Debug)]
pub struct MeanAbsoluteError;

/// Half the square of a difference up to `delta`, and a line from there on.
#[derive(Clone, Copy, Debug)]
pub struct Huber<T> {
    /// `δ`: where the line begins.
    pub delta: T,
}

/// How unexpected the targets, probabilities, are by the softmax of the outputs.
#[derive(Clone, Copy, Debug)]
pub struct CrossEntropy<'a, T> {
    /// `ε`: how much of the targets is spread evenly over all classes.
    pub smoothing: T,
    /// `w`: how much each class counts; none where all count alike.
    pub weights: &'a [f64],
}

/// How unexpected the targets, probabilities, are by outputs that are logarithms of probabilities.
#[derive(Clone, Copy, Debug)]
pub struct NegativeLogLikelihood;

/// How unexpected the targets are by the sigmoid of the outputs, each output a question of its own.
#[derive(Clone, Copy, Debug)]
pub struct BinaryCrossEntropy<T> {
    /// `p`: how much a target of 1 counts, where one of 0 counts 1.
    pub positive_weight: T,
}

/// How much more unexpected the targets are by the outputs, logarithms of probabilities, than by themselves.
#[derive(Clone, Copy, Debug)]
pub struct KlDivergence;

/// How far the output of the right class is from exceeding each other one by 1.
#[derive(Clone, Copy, Debug)]
pub struct Hinge;

/// A loss: its settings, and its arithmetic for one sample and for sixteen.
pub trait Formula<T: Float>: Copy + Debug {
    /// Returns the loss of one sample and sets its gradient: the loop of [`reference`](mod@reference).
    fn sample(self, io: Io<'_, T>) -> T;

    /// The same for sixteen samples side by side, whether or not there is one in every lane.
    fn lanes<S: Simd<T = T>>(self, simd: S, io: Io<'_, Lane<T>>) -> S::V;
}

/// What a loss works on: the numbers `N` of one sample, or lanes of sixteen.
#[derive(Debug)]
pub struct Io<'a, N> {
    /// Outputs.
    pub y: &'a [N],
    /// Targets, as many.
    pub t: &'a [N],
    /// Samples in the batch.
    pub samples: usize,
    /// Gradient to the outputs, as many.
    pub dy: &'a mut [N],
}
