use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use toddle_kernels::update;

use super::{Moves, Settings, Step, check_penalties, coupled};
use crate::Float;
use crate::error::FitError;
use crate::setting;

/// Adagrad: each gradient is divided by the root of the sum of all its squares so far.
///
/// `v ← v + g²`, `w −= rate / (1 + (t − 1)·rate_decay) · g / (√v + ε)`. At the start, `v` is `initial_accumulator`.
///
/// Settings: `rate`, 0.01 by default; `rate_decay`, 0; `initial_accumulator`, 0; `epsilon`, 10⁻¹⁰; `weight_decay`, 0, which adds
/// `weight_decay · w` to the gradient; `l1`, 0, which adds `l1 · sign(w)` to the gradient.
///
/// State: `squares`, which is `v` less its first value. Cost: a division, a root and four operations a weight.
///
/// Errors, from `check`: a setting is negative or not finite, or `epsilon` is 0.
///
/// ```
/// use toddle::{Adagrad, Optimizer};
///
/// let adagrad = Optimizer::from(Adagrad::new(0.01).rate_decay(1e-4));
/// assert_eq!(adagrad.to_string(), "adagrad { rate = 0.01, rate_decay = 0.0001 }");
/// ```
///
/// See Duchi, Hazan and Singer, *Adaptive Subgradient Methods for Online Learning and Stochastic Optimization*, 2011;
/// PyTorch's `Adagrad`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Adagrad {
    /// The learning rate: how far a step moves the weights.
    #[cfg_attr(feature = "schema", schemars(example = 0.05, range(min = 0)))]
    pub rate: f64,
    /// How fast the learning rate falls: it is divided by `1 + rate_decay · (step − 1)`.
    #[cfg_attr(feature = "schema", schemars(example = 1e-4, range(min = 0)))]
    pub rate_decay: f64,
    /// The number with which the sum of the squares of the gradients begins. A larger one makes the first steps shorter.
    #[cfg_attr(feature = "schema", schemars(example = 0.1, range(min = 0)))]
    pub initial_accumulator: f64,
    /// A small number added to the divisor, so that nothing is divided by 0.
    #[cfg_attr(feature = "schema", schemars(example = 1e-8, extend("exclusiveMinimum" = 0)))]
    pub epsilon: f64,
    /// The factor of the L2 penalty, which is half the sum of the squares of the weights. Its gradient is added to
    /// the gradient.
    #[cfg_attr(feature = "schema", schemars(example = 1e-4, range(min = 0)))]
    pub weight_decay: f64,
    /// The factor of the L1 penalty, which is the sum of the absolute values of the weights. Its gradient is added to
    /// the gradient.
    #[cfg_attr(feature = "schema", schemars(example = 1e-5, range(min = 0)))]
    pub l1: f64,
}

impl Default for Adagrad {
    fn default() -> Self {
        Adagrad {
            rate: 1e-2,
            rate_decay: 0.0,
            initial_accumulator: 0.0,
            epsilon: 1e-10,
            weight_decay: 0.0,
            l1: 0.0,
        }
    }
}

impl Adagrad {
    /// Adagrad with this learning rate.
    pub fn new(rate: f64) -> Self {
        Adagrad { rate, ..Adagrad::default() }
    }

    /// Sets how fast the learning rate falls.
    #[must_use]
    pub fn rate_decay(self, rate_decay: f64) -> Self {
        Adagrad { rate_decay, ..self }
    }

    /// Sets the number with which the sum of the squares begins.
    #[must_use]
    pub fn initial_accumulator(self, initial_accumulator: f64) -> Self {
        Adagrad { initial_accumulator, ..self }
    }

    /// Sets the number that is added to the divisor.
    #[must_use]
    pub fn epsilon(self, epsilon: f64) -> Self {
        Adagrad { epsilon, ..self }
    }
}

impl Settings for Adagrad {
    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("rate", self.rate.to_string()),
            ("rate_decay", self.rate_decay.to_string()),
            ("initial_accumulator", self.initial_accumulator.to_string()),
            ("epsilon", self.epsilon.to_string()),
            ("weight_decay", self.weight_decay.to_string()),
            ("l1", self.l1.to_string()),
        ]
    }

    fn slots(&self) -> &'static [&'static str] {
        &["squares"]
    }

    fn check(&self) -> Result<(), FitError> {
        setting::not_negative("rate_decay", self.rate_decay, "0")?;
        setting::not_negative("initial_accumulator", self.initial_accumulator, "0")?;
        setting::positive("epsilon", self.epsilon, "1e-10")?;
        check_penalties(self.l1, self.weight_decay)
    }

    fn step<T: Float>(&self, t: u64, rate: f64) -> Step<T> {
        let rate = rate / (1.0 + (t as f64 - 1.0) * self.rate_decay);
        let [rate, initial, epsilon] = [rate, self.initial_accumulator, self.epsilon].map(T::from_f64);
        let method = update::Adagrad { rate, initial, epsilon };
        Step { prepare: coupled(self.l1, self.weight_decay), moves: Moves::Adagrad(method) }
    }
}
