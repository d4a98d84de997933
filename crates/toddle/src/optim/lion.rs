use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use toddle_kernels::update::{self, Average};

use super::{Moves, Settings, Step, check_penalties, decoupled};
use crate::Float;
use crate::error::FitError;
use crate::setting;

/// Lion: every weight moves by the same distance. The sign of the mean of its gradients gives the direction.
///
/// `w ← (1 − rate · weight_decay) · w`, `w −= rate · sign(β₁·m + (1 − β₁)·g)`, `m ← β₂·m + (1 − β₂)·g`
///
/// Settings: `rate`, 0.0001 by default, a tenth of Adam's; `betas`, 0.9 and 0.99; `weight_decay`, 0, which is not a
/// part of the gradient; `l1`, 0, which adds `l1 · sign(w)` to the gradient.
///
/// State: `mean`. Cost: five operations and two comparisons a weight.
///
/// Errors, from `check`: a setting is negative or not finite, or a beta is 1 or more.
///
/// ```
/// use toddle::{Lion, Optimizer};
///
/// let lion = Optimizer::from(Lion::new(1e-4).weight_decay(0.1));
/// assert_eq!(lion.to_string(), "lion { rate = 0.0001, weight_decay = 0.1 }");
/// ```
///
/// See Chen et al., *Symbolic Discovery of Optimization Algorithms*, 2023.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Lion {
    /// The learning rate: how far a step moves the weights.
    #[cfg_attr(feature = "schema", schemars(example = 1e-4, range(min = 0)))]
    pub rate: f64,
    /// Two decay factors: the parts of the old mean in the mean that gives the direction of the step, and in the mean
    /// that is stored. Each is 0 or more and less than 1.
    #[cfg_attr(feature = "schema", schemars(example = vec![0.95, 0.98]))]
    pub betas: [f64; 2],
    /// The weight decay: each step multiplies the weights by `1 − rate · weight_decay`, apart from the gradient.
    #[cfg_attr(feature = "schema", schemars(example = 1e-4, range(min = 0)))]
    pub weight_decay: f64,
    /// The factor of the L1 penalty, which is the sum of the absolute values of the weights. Its gradient is added to
    /// the gradient.
    #[cfg_attr(feature = "schema", schemars(example = 1e-5, range(min = 0)))]
    pub l1: f64,
}

impl Default for Lion {
    fn default() -> Self {
        Lion { rate: 1e-4, betas: [0.9, 0.99], weight_decay: 0.0, l1: 0.0 }
    }
}

impl Lion {
    /// Lion with this learning rate.
    pub fn new(rate: f64) -> Self {
        Lion { rate, ..Lion::default() }
    }

    /// Sets the parts of the old mean: in the mean whose sign is the step, and in the mean that is kept.
    #[must_use]
    pub fn betas(self, of_step: f64, of_mean: f64) -> Self {
        Lion { betas: [of_step, of_mean], ..self }
    }
}

impl Settings for Lion {
    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("rate", self.rate.to_string()),
            ("betas", format!("{:?}", self.betas)),
            ("weight_decay", self.weight_decay.to_string()),
            ("l1", self.l1.to_string()),
        ]
    }

    fn slots(&self) -> &'static [&'static str] {
        &["mean"]
    }

    fn check(&self) -> Result<(), FitError> {
        setting::betas(self.betas, "[0.9, 0.99]")?;
        check_penalties(self.l1, self.weight_decay)
    }

    fn step<T: Float>(&self, _: u64, rate: f64) -> Step<T> {
        let [step, mean] = self.betas.map(Average::new);
        let method = update::Lion { rate: T::from_f64(rate), step, mean };
        Step { prepare: decoupled(self.l1, self.weight_decay, rate), moves: Moves::Lion(method) }
    }
}
