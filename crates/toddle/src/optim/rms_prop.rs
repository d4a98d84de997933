use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use toddle_kernels::update::{self, Average};

use super::{Moves, Settings, Step, check_penalties, coupled};
use crate::Float;
use crate::error::FitError;
use crate::setting;

/// RMSprop: each gradient is divided by the root of the mean of its squares.
///
/// `v ← α·v + (1 − α)·g²`, `s = g / (√v + ε)`, `w −= rate · s`
///
/// If it is centered, the optimizer also keeps the mean of the gradients, `m ← α·m + (1 − α)·g`. Their variance
/// `v − m²` then takes the place of `v` in the root. A variance that is below zero because of rounding counts as
/// zero. With momentum, `b ← μ·b + s` and `w −= rate · b`.
///
/// Settings: `rate`, 0.01 by default; `decay` α, 0.99; `epsilon`, 10⁻⁸; `momentum`, 0; `centered`, off;
/// `weight_decay`, 0, which adds `weight_decay · w` to the gradient; `l1`, 0, which adds `l1 · sign(w)` to the
/// gradient.
///
/// State: `square`, then `mean` if it is centered, then `momentum` if the momentum is not 0. Cost: a division, a root
/// and five operations a weight, and two more for each further slot.
///
/// Errors, from `check`: a setting is negative or not finite, `decay` or `momentum` is 1 or more, or `epsilon` is 0.
///
/// ```
/// use toddle::{Optimizer, RmsProp};
///
/// let rms_prop = Optimizer::from(RmsProp::new(1e-3).centered().momentum(0.9));
/// assert_eq!(rms_prop.to_string(), "rmsprop { rate = 0.001, momentum = 0.9, centered = true }");
/// assert_eq!(rms_prop.slots(), ["square", "mean", "momentum"]);
/// ```
///
/// See Hinton, *Neural Networks for Machine Learning*, lecture 6e, 2012; Graves, *Generating Sequences With Recurrent Neural
/// Networks*, 2013, for the centered one; PyTorch's `RMSprop`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct RmsProp {
    /// The learning rate: how far a step moves the weights.
    #[cfg_attr(feature = "schema", schemars(example = 0.001, range(min = 0)))]
    pub rate: f64,
    /// The part of their old values that the means keep in a step.
    #[cfg_attr(feature = "schema", schemars(example = 0.9, range(min = 0), extend("exclusiveMaximum" = 1)))]
    pub decay: f64,
    /// A small number added to the divisor, so that nothing is divided by 0.
    #[cfg_attr(feature = "schema", schemars(example = 1e-7, extend("exclusiveMinimum" = 0)))]
    pub epsilon: f64,
    /// The part of the last step that is added to this one.
    #[cfg_attr(feature = "schema", schemars(example = 0.9, range(min = 0), extend("exclusiveMaximum" = 1)))]
    pub momentum: f64,
    /// Whether gradients are divided by the root of their variance, instead of the root of the mean of their squares.
    #[cfg_attr(feature = "schema", schemars(example = true))]
    pub centered: bool,
    /// The factor of the L2 penalty, which is half the sum of the squares of the weights. Its gradient is added to
    /// the gradient.
    #[cfg_attr(feature = "schema", schemars(example = 1e-4, range(min = 0)))]
    pub weight_decay: f64,
    /// The factor of the L1 penalty, which is the sum of the absolute values of the weights. Its gradient is added to
    /// the gradient.
    #[cfg_attr(feature = "schema", schemars(example = 1e-5, range(min = 0)))]
    pub l1: f64,
}

impl Default for RmsProp {
    fn default() -> Self {
        RmsProp {
            rate: 1e-2,
            decay: 0.99,
            epsilon: 1e-8,
            momentum: 0.0,
            centered: false,
            weight_decay: 0.0,
            l1: 0.0,
        }
    }
}

impl RmsProp {
    /// RMSprop with this learning rate.
    pub fn new(rate: f64) -> Self {
        RmsProp { rate, ..RmsProp::default() }
    }

    /// Sets the part that the means keep of their old values.
    #[must_use]
    pub fn decay(self, decay: f64) -> Self {
        RmsProp { decay, ..self }
    }

    /// Sets the number that is added to the divisor.
    #[must_use]
    pub fn epsilon(self, epsilon: f64) -> Self {
        RmsProp { epsilon, ..self }
    }

    /// Sets the part of the last step that is added to the next step.
    #[must_use]
    pub fn momentum(self, momentum: f64) -> Self {
        RmsProp { momentum, ..self }
    }

    /// Divides by the root of the variance of the gradients.
    #[must_use]
    pub fn centered(self) -> Self {
        RmsProp { centered: true, ..self }
    }
}

impl Settings for RmsProp {
    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("rate", self.rate.to_string()),
            ("decay", self.decay.to_string()),
            ("epsilon", self.epsilon.to_string()),
            ("momentum", self.momentum.to_string()),
            ("centered", self.centered.to_string()),
            ("weight_decay", self.weight_decay.to_string()),
            ("l1", self.l1.to_string()),
        ]
    }

    fn slots(&self) -> &'static [&'static str] {
        match (self.centered, self.momentum == 0.0) {
            (false, true) => &["square"],
            (false, false) => &["square", "momentum"],
            (true, true) => &["square", "mean"],
            (true, false) => &["square", "mean", "momentum"],
        }
    }

    fn check(&self) -> Result<(), FitError> {
        setting::share("decay", self.decay, "0.99")?;
        setting::positive("epsilon", self.epsilon, "1e-8")?;
        setting::share("momentum", self.momentum, "0.9")?;
        check_penalties(self.l1, self.weight_decay)
    }

    fn step<T: Float>(&self, _: u64, rate: f64) -> Step<T> {
        let method = update::RmsProp {
            rate: T::from_f64(rate),
            average: Average::new(self.decay),
            centered: self.centered,
            momentum: T::from_f64(self.momentum),
            epsilon: T::from_f64(self.epsilon),
        };
        Step { prepare: coupled(self.l1, self.weight_decay), moves: Moves::RmsProp(method) }
    }
}
