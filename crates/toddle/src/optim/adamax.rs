use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use toddle_kernels::update::{self, Average};

use super::adam::setters;
use super::{Moves, Settings, Step, check_penalties, coupled};
use crate::Float;
use crate::error::FitError;
use crate::setting;
use crate::training::numeric::power;

/// Adamax: [`Adam`](crate::Adam) with the largest gradient of the last steps in place of the mean of the squares.
///
/// `m ← β₁·m + (1 − β₁)·g`, `u ← max(β₂·u, |g| + ε)`, `w −= rate · (m / (1 − β₁ᵗ)) / u`
///
/// Settings: `rate`, 0.002 by default; `betas`, 0.9 and 0.999; `epsilon`, 10⁻⁸; `weight_decay`, 0, which adds
/// `weight_decay · w` to the gradient; `l1`, 0, which adds `l1 · sign(w)` to the gradient.
///
/// State: `mean` and `largest`. Cost: a division and seven operations a weight.
///
/// Errors, from `check`: a setting is negative or not finite, a beta is 1 or more, or `epsilon` is 0.
///
/// ```
/// use toddle::{Adamax, Optimizer};
///
/// assert_eq!(Optimizer::from(Adamax::new(0.01)).to_string(), "adamax { rate = 0.01 }");
/// ```
///
/// See Kingma and Ba, *Adam: A Method for Stochastic Optimization*, 2015, section 7.1; PyTorch's `Adamax`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Adamax {
    /// The learning rate: how far a step moves the weights.
    #[cfg_attr(feature = "schema", schemars(example = 0.001, range(min = 0)))]
    pub rate: f64,
    /// Two decay factors: the parts of their old values that the mean of the gradients and the largest gradient keep in a
    /// step. Each is 0 or more and less than 1.
    #[cfg_attr(feature = "schema", schemars(example = vec![0.9, 0.99]))]
    pub betas: [f64; 2],
    /// A small number added to the divisor, so that nothing is divided by 0.
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

impl Default for Adamax {
    fn default() -> Self {
        Adamax { rate: 2e-3, betas: [0.9, 0.999], epsilon: 1e-8, weight_decay: 0.0, l1: 0.0 }
    }
}

setters!(Adamax);

impl Settings for Adamax {
    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("rate", self.rate.to_string()),
            ("betas", format!("{:?}", self.betas)),
            ("epsilon", self.epsilon.to_string()),
            ("weight_decay", self.weight_decay.to_string()),
            ("l1", self.l1.to_string()),
        ]
    }

    fn slots(&self) -> &'static [&'static str] {
        &["mean", "largest"]
    }

    fn check(&self) -> Result<(), FitError> {
        setting::betas(self.betas, "[0.9, 0.999]")?;
        setting::positive("epsilon", self.epsilon, "1e-8")?;
        check_penalties(self.l1, self.weight_decay)
    }

    fn step<T: Float>(&self, t: u64, rate: f64) -> Step<T> {
        let [keep, epsilon] = [self.betas[1], self.epsilon].map(T::from_f64);
        let method = update::Adamax {
            rate: T::from_f64(rate / (1.0 - power(self.betas[0], t))),
            mean: Average::new(self.betas[0]),
            keep,
            epsilon,
        };
        Step { prepare: coupled(self.l1, self.weight_decay), moves: Moves::Adamax(method) }
    }
}
