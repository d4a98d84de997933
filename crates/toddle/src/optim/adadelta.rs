use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use toddle_kernels::update::{self, Average};

use super::{Moves, Settings, Step, check_penalties, coupled};
use crate::Float;
use crate::error::FitError;
use crate::setting;

/// Adadelta: each weight has a learning rate of its own, from the sizes of its steps and gradients so far.
///
/// `v ← ρ·v + (1 − ρ)·g²`, `s = √(u + ε) / √(v + ε) · g`, `u ← ρ·u + (1 − ρ)·s²`, `w −= rate · s`
///
/// Settings: `rate`, 1 by default; `decay` ρ, 0.9; `epsilon`, 10⁻⁶, which sets the size of the first steps;
/// `weight_decay`, 0, which adds `weight_decay · w` to the gradient; `l1`, 0, which adds `l1 · sign(w)` to the
/// gradient.
///
/// State: `square` and `step_square`. Cost: a division, two roots and nine operations a weight.
///
/// Errors, from `check`: a setting is negative or not finite, `decay` is 1 or more, or `epsilon` is 0.
///
/// ```
/// use toddle::{Adadelta, Optimizer};
///
/// let adadelta = Optimizer::from(Adadelta::default().decay(0.95));
/// assert_eq!(adadelta.to_string(), "adadelta { rate = 1, decay = 0.95 }");
/// ```
///
/// See Zeiler, *ADADELTA: An Adaptive Learning Rate Method*, 2012; PyTorch's `Adadelta`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Adadelta {
    /// The learning rate: a factor for every step.
    #[cfg_attr(feature = "schema", schemars(example = 0.5, range(min = 0)))]
    pub rate: f64,
    /// The part of their old values that the means of the squares keep in a step.
    #[cfg_attr(feature = "schema", schemars(example = 0.95, range(min = 0), extend("exclusiveMaximum" = 1)))]
    pub decay: f64,
    /// A small number added to the divisor, so that nothing is divided by 0. It sets the size of the first steps.
    #[cfg_attr(feature = "schema", schemars(example = 1e-7, extend("exclusiveMinimum" = 0)))]
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

impl Default for Adadelta {
    fn default() -> Self {
        Adadelta { rate: 1.0, decay: 0.9, epsilon: 1e-6, weight_decay: 0.0, l1: 0.0 }
    }
}

impl Adadelta {
    /// Adadelta with this learning rate.
    pub fn new(rate: f64) -> Self {
        Adadelta { rate, ..Adadelta::default() }
    }

    /// Sets the part that the means of the squares keep of their old values.
    #[must_use]
    pub fn decay(self, decay: f64) -> Self {
        Adadelta { decay, ..self }
    }

    /// Sets the number that is added to the divisor. It sets the size of the first steps.
    #[must_use]
    pub fn epsilon(self, epsilon: f64) -> Self {
        Adadelta { epsilon, ..self }
    }
}

impl Settings for Adadelta {
    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("rate", self.rate.to_string()),
            ("decay", self.decay.to_string()),
            ("epsilon", self.epsilon.to_string()),
            ("weight_decay", self.weight_decay.to_string()),
            ("l1", self.l1.to_string()),
        ]
    }

    fn slots(&self) -> &'static [&'static str] {
        &["square", "step_square"]
    }

    fn check(&self) -> Result<(), FitError> {
        setting::share("decay", self.decay, "0.9")?;
        setting::positive("epsilon", self.epsilon, "1e-6")?;
        check_penalties(self.l1, self.weight_decay)
    }

    fn step<T: Float>(&self, _: u64, rate: f64) -> Step<T> {
        let (rate, epsilon) = (T::from_f64(rate), T::from_f64(self.epsilon));
        let method = update::Adadelta { rate, average: Average::new(self.decay), epsilon };
        Step { prepare: coupled(self.l1, self.weight_decay), moves: Moves::Adadelta(method) }
    }
}
