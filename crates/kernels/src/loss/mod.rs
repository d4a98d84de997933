//! Losses: the distance from outputs to targets, one number for each sample, and its gradient.
//!
//! The loss of a batch is the mean over its `samples`. So every gradient is divided by the number of samples. `n` is
//! the number of outputs, and `m = max y`:
//!
//! | loss | of one sample | gradient `dy[o]`, times `samples` |
//! |---|---|---|
//! | [`MeanSquaredError`] | `Σ o (y[o] − t[o])² / n` | `2·(y[o] − t[o]) / n` |
//! | [`MeanAbsoluteError`] | `Σ o \|y[o] − t[o]\| / n` | `sign(y[o] − t[o]) / n` |
//! | [`Huber`] | `Σ o c·(\|y[o] − t[o]\| − c/2) / n`, `c = min(\|y[o] − t[o]\|, δ)`; smooth L1 is this, divided by `δ` | `sign(y[o] − t[o])·c / n` |
//! | [`LogCosh`] | `Σ o ln cosh(y[o] − t[o]) / n` | `tanh(y[o] − t[o]) / n` |
//! | [`Quantile`] | `Σ o (q·max(0, t[o] − y[o]) + (1 − q)·max(0, y[o] − t[o])) / n` | `−q / n` below the target, `(1 − q) / n` above |
//! | [`Poisson`] | `Σ o (exp(y[o]) − t[o]·y[o]) / n` | `(exp(y[o]) − t[o]) / n` |
//! | [`Cosine`] | `1 − c`, `c = Σ o y[o]·t[o] / (‖y‖·‖t‖)` | `(c·y[o]/‖y‖ − t[o]/‖t‖) / ‖y‖` |
//! | [`Triplet`] | `max(0, ‖u‖ − ‖v‖ + margin)`, `u = a − p + ε`, `v = a − n + ε`, the outputs are `a`, `p`, `n` | to `a`: `u/‖u‖ − v/‖v‖`; to `p`: `−u/‖u‖`; to `n`: `v/‖v‖`; or 0 |
//! | [`CrossEntropy`] | `Σ o q[o]·(ln Σ j exp(y[j] − m) − (y[o] − m))`, `q[o] = w[o]·((1−ε)·t[o] + ε/n)` | `softmax(y)[o]·Σ j q[j] − q[o]` |
//! | [`NegativeLogLikelihood`] | `−Σ o t[o]·y[o]` | `−t[o]` |
//! | [`BinaryCrossEntropy`] | `Σ o ((1 − t[o])·s(y[o]) + p·t[o]·s(−y[o])) / n`, `s(x) = ln(1 + eˣ)` | `((1 − t[o])·σ(y[o]) − p·t[o]·σ(−y[o])) / n` |
//! | [`Focal`] | `Σ o a·mᵞ·e / n`, `e = (1 − t[o])·s(y[o]) + t[o]·s(−y[o])`, `m = (1 − t[o])·σ(y[o]) + t[o]·σ(−y[o])`, `a = α₀·(1 − t[o]) + α₁·t[o]` | `a·mᵞ·((σ(y[o]) − t[o]) + γ·(σ(y[o])·σ(−y[o])/m)·(1 − 2·t[o])·e) / n` |
//! | [`Dice`] | `D = 1 − (2·Σ o p[o]·t[o] + s) / S`, `S = Σ o (p[o] + t[o]) + s`, `p = σ(y)` | `p[o]·(1 − p[o])·(1 − 2·t[o] − D) / S` |
//! | [`KlDivergence`] | `Σ o t[o]·(ln t[o] − y[o])` | `−t[o]` |
//! | [`Hinge`] | `Σ o (1 − t[o])·max(0, margin − Σ j t[j]·y[j] + y[o]) / n` | `((1 − t[o])·v[o] − t[o]·Σ j (1 − t[j])·v[j]) / n`, `v` 1 where the maximum is not 0 |
//!
//! Outputs are a vector, or an image: channel after channel, each of `pixels` pixels. Cross-entropy and negative
//! log-likelihood of an image are the means over its pixels that count: those whose targets are not all 0.

pub mod block;
pub mod reference;
pub mod row;
mod total;

use core::fmt::Debug;

use toddle_lanes::{Float, Simd};

use crate::Lane;

/// The mean of the squared differences.
#[derive(Clone, Copy, Debug)]
pub struct MeanSquaredError;

/// The mean of the absolute differences.
#[derive(Clone, Copy, Debug)]
pub struct MeanAbsoluteError;

/// Half the square of a difference up to `delta`, and a straight line above `delta`; all of it divided by `divisor`.
#[derive(Clone, Copy, Debug)]
pub struct Huber<T> {
    /// `δ`: where the line begins.
    pub delta: T,
    /// 1 in Huber's loss, and `δ` in smooth L1.
    pub divisor: T,
}

/// The logarithm of the hyperbolic cosine of a difference: half its square if it is small, its size less `ln 2` if it is
/// large.
#[derive(Clone, Copy, Debug)]
pub struct LogCosh;

/// The distance from a quantile: outputs that are too small and outputs that are too large count differently.
#[derive(Clone, Copy, Debug)]
pub struct Quantile<T> {
    /// `q`: the part of the targets that the best answer is not below.
    pub quantile: T,
}

/// The negative log-likelihood of counts that have a Poisson distribution, without the terms that depend on the counts
/// alone.
#[derive(Clone, Copy, Debug)]
pub struct Poisson {
    /// Whether the outputs are the logarithms of the rates.
    pub log_input: bool,
}

/// 1 less the cosine of the angle between outputs and targets.
#[derive(Clone, Copy, Debug)]
pub struct Cosine;

/// How much less than `margin` the first third of the outputs is nearer to the second third than to the last third. There
/// are no targets.
#[derive(Clone, Copy, Debug)]
pub struct Triplet<T> {
    /// The smallest difference of the distances at which the loss is 0.
    pub margin: T,
}

/// The cross-entropy between the targets, which are probabilities, and the softmax of the outputs.
#[derive(Clone, Copy, Debug)]
pub struct CrossEntropy<'a, T> {
    /// `ε`: the share of the targets that is spread evenly over all classes.
    pub smoothing: T,
    /// `w`: the weight of each class, or one weight for all; empty if all weights are 1.
    pub weights: &'a [f64],
}

/// The negative log-likelihood of the targets, which are probabilities, for outputs that are logarithms of
/// probabilities.
#[derive(Clone, Copy, Debug)]
pub struct NegativeLogLikelihood;

/// The cross-entropy between each target and the sigmoid of its output. Each output is a yes/no question of its own.
#[derive(Clone, Copy, Debug)]
pub struct BinaryCrossEntropy<'a> {
    /// `p`: the weight of a target of 1, for each output of a vector and each channel of an image, or one for all; empty if
    /// all are 1. The weight of a target of 0 is 1.
    pub positive_weights: &'a [f64],
}

/// Binary cross-entropy in which certain right answers count less.
#[derive(Clone, Copy, Debug)]
pub struct Focal<T> {
    /// `γ`: the power of the share that is wrong. With 0, all answers count the same.
    pub gamma: T,
    /// `α₁`: the weight of a target of 1.
    pub positive: T,
    /// `α₀`: the weight of a target of 0.
    pub negative: T,
}

/// 1 minus twice the overlap of the sigmoids of the outputs and the targets, divided by the sum of both.
#[derive(Clone, Copy, Debug)]
pub struct Dice<T> {
    /// `s`: a number that is added to both sums, so that nothing is divided by 0.
    pub smooth: T,
}

/// The Kullback–Leibler divergence of the outputs, which are logarithms of probabilities, from the targets.
#[derive(Clone, Copy, Debug)]
pub struct KlDivergence;

/// The hinge loss: how much the output of the right class misses a lead of `margin` over each other output.
#[derive(Clone, Copy, Debug)]
pub struct Hinge<T> {
    /// The smallest lead at which an output adds nothing to the loss.
    pub margin: T,
}

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
    /// Pixels of a channel: 1 if the outputs are a vector.
    pub pixels: usize,
    /// Gradient to the outputs, of the same number.
    pub dy: &'a mut [N],
}
