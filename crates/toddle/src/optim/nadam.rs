use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use toddle_kernels::update::{self, Average};
use toddle_lanes::{Real, math};

use super::adam::setters;
use super::{Moves, Settings, Step, check_penalties, decayed};
use crate::Float;
use crate::error::FitError;
use crate::setting;
use crate::training::numeric::power;

/// [`Adam`](crate::Adam) with Nesterov's momentum: the mean of the gradients goes one step ahead.
///
/// `m` and `v` as Adam has them; `μₜ = β₁·(1 − ½·0.96^(t·ψ))` and
/// `w −= rate · (g·(1 − μₜ)/(1 − μ₁⋯μₜ) + m·μₜ₊₁/(1 − μ₁⋯μₜ₊₁)) / (√(v / (1 − β₂ᵗ)) + ε)`
///
/// Settings: `rate`, 0.002 by default; `betas`, 0.9 and 0.999; `epsilon`, 10⁻⁸; `momentum_decay` ψ, 0.004;
/// `weight_decay`, 0, which adds `weight_decay · w` to the gradient; `decoupled`, off, which shrinks the weights by
/// `rate · weight_decay` of them instead; `l1`, 0, which adds `l1 · sign(w)` to the gradient.
///
/// State: `mean` and `square`. Cost: a division, a root and eight operations a weight.
///
/// Errors, from `check`: a setting is negative or not finite, a beta is 1 or more, or `epsilon` is 0.
///
/// ```
/// use toddle::{Nadam, Optimizer};
///
/// assert_eq!(Optimizer::from(Nadam::new(2e-3)).to_string(), "nadam { rate = 0.002 }");
/// ```
///
/// See Dozat, *Incorporating Nesterov Momentum into Adam*, 2016; PyTorch's `NAdam`, where `decoupled` is
/// `decoupled_weight_decay`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Nadam {
    /// The learning rate: how far a step moves the weights.
    #[cfg_attr(feature = "schema", schemars(example = 0.001, range(min = 0)))]
    pub rate: f64,
    /// Two decay factors: the parts of their old values that the mean of the gradients and the mean of their squares
    /// keep in a step. Each is 0 or more and less than 1.
    #[cfg_attr(feature = "schema", schemars(example = vec![0.9, 0.99]))]
    pub betas: [f64; 2],
    /// A small number added to the divisor, so that nothing is divided by 0.
    #[cfg_attr(feature = "schema", schemars(example = 1e-7, extend("exclusiveMinimum" = 0)))]
    pub epsilon: f64,
    /// How fast the momentum rises to the first of `betas`.
    #[cfg_attr(feature = "schema", schemars(example = 0.01, range(min = 0)))]
    pub momentum_decay: f64,
    /// The factor of the L2 penalty, which is half the sum of the squares of the weights. Its gradient is added to
    /// the gradient.
    #[cfg_attr(feature = "schema", schemars(example = 1e-4, range(min = 0)))]
    pub weight_decay: f64,
    /// Whether the weight decay is decoupled: each step multiplies the weights by `1 − rate · weight_decay`, apart
    /// from the gradient.
    #[cfg_attr(feature = "schema", schemars(example = true))]
    pub decoupled: bool,
    /// The factor of the L1 penalty, which is the sum of the absolute values of the weights. Its gradient is added to
    /// the gradient.
    #[cfg_attr(feature = "schema", schemars(example = 1e-5, range(min = 0)))]
    pub l1: f64,
}

impl Default for Nadam {
    fn default() -> Self {
        Nadam {
            rate: 2e-3,
            betas: [0.9, 0.999],
            epsilon: 1e-8,
            momentum_decay: 4e-3,
            weight_decay: 0.0,
            decoupled: false,
            l1: 0.0,
        }
    }
}

setters!(Nadam);

impl Nadam {
    /// Sets how fast the momentum rises.
    #[must_use]
    pub fn momentum_decay(self, momentum_decay: f64) -> Self {
        Nadam { momentum_decay, ..self }
    }

    /// Shrinks the weights by the weight decay, instead of adding the decay to the gradient.
    #[must_use]
    pub fn decoupled(self) -> Self {
        Nadam { decoupled: true, ..self }
    }

    /// `μₜ`
    fn momentum(&self, t: u64) -> f64 {
        const LN_096: f64 = -0.040_821_994_520_255_166;
        self.betas[0] * (1.0 - 0.5 * math::exp(LN_096 * (t as f64 * self.momentum_decay)))
    }

    /// `μ₁⋯μₜ`
    ///
    /// Every factor is below 1. If a product is so small that `1 − product` rounds to 1, all later products are too.
    /// This takes some sixty factors, unless the momentum is unusually strong.
    fn product(&self, t: u64) -> f64 {
        let mut product = 1.0;
        for step in 1..=t {
            product *= self.momentum(step);
            if product < f64::EPSILON / 8.0 {
                break;
            }
        }
        product
    }
}

impl Settings for Nadam {
    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("rate", self.rate.to_string()),
            ("betas", format!("{:?}", self.betas)),
            ("epsilon", self.epsilon.to_string()),
            ("momentum_decay", self.momentum_decay.to_string()),
            ("weight_decay", self.weight_decay.to_string()),
            ("decoupled", self.decoupled.to_string()),
            ("l1", self.l1.to_string()),
        ]
    }

    fn slots(&self) -> &'static [&'static str] {
        &["mean", "square"]
    }

    fn check(&self) -> Result<(), FitError> {
        setting::betas(self.betas, "[0.9, 0.999]")?;
        setting::positive("epsilon", self.epsilon, "1e-8")?;
        setting::not_negative("momentum_decay", self.momentum_decay, "0.004")?;
        check_penalties(self.l1, self.weight_decay)
    }

    fn step<T: Float>(&self, t: u64, rate: f64) -> Step<T> {
        let (now, next, product) = (self.momentum(t), self.momentum(t + 1), self.product(t));
        let method = update::Nadam {
            of_gradient: T::from_f64(rate * (1.0 - now) / (1.0 - product)),
            of_mean: T::from_f64(rate * next / (1.0 - product * next)),
            mean: Average::new(self.betas[0]),
            square: Average::new(self.betas[1]),
            correction: T::from_f64(1.0 / Real::sqrt(1.0 - power(self.betas[1], t))),
            epsilon: T::from_f64(self.epsilon),
        };
        let prepare = decayed(self.decoupled, self.l1, self.weight_decay, rate);
        Step { prepare, moves: Moves::Nadam(method) }
    }
}
