use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use toddle_kernels::update;
use toddle_lanes::Real;

use super::adam::{method, setters};
use super::{Moves, Settings, Step, check_penalties, decayed};
use crate::Float;
use crate::error::FitError;
use crate::setting;
use crate::training::numeric::power;

/// RAdam: [`Adam`](crate::Adam) with other first steps, in which the mean of the squares is still inaccurate and is
/// not used.
///
/// `m` and `v` as for Adam. With `ρ∞ = 2/(1 − β₂) − 1` and `ρ = ρ∞ − 2·t·β₂ᵗ/(1 − β₂ᵗ)`, the step is
/// `w −= rate · r · (m / (1 − β₁ᵗ)) · √(1 − β₂ᵗ) / (√v + ε)` with `r = √((ρ − 4)·(ρ − 2)·ρ∞ / ((ρ∞ − 4)·(ρ∞ − 2)·ρ))` if
/// `ρ > 5`. In the first steps, where `ρ` is not above 5, it is `w −= rate · m / (1 − β₁ᵗ)`.
///
/// Settings: `rate`, 0.001 by default; `betas`, 0.9 and 0.999; `epsilon`, 10⁻⁸; `weight_decay`, 0, which adds
/// `weight_decay · w` to the gradient; `decoupled`, off, which shrinks the weights by `rate · weight_decay` of them instead;
/// `l1`, 0, which adds `l1 · sign(w)` to the gradient.
///
/// State: `mean` and `square`. Cost: a division, a root and seven operations a weight.
///
/// Errors, from `check`: a setting is negative or not finite, a beta is 1 or more, or `epsilon` is 0.
///
/// ```
/// use toddle::{Optimizer, RAdam};
///
/// let r_adam = Optimizer::from(RAdam::new(0.01).weight_decay(0.1).decoupled());
/// assert_eq!(r_adam.to_string(), "radam { rate = 0.01, weight_decay = 0.1, decoupled = true }");
/// ```
///
/// See Liu et al., *On the Variance of the Adaptive Learning Rate and Beyond*, 2020; PyTorch's `RAdam`, where `decoupled` is
/// `decoupled_weight_decay`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct RAdam {
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

impl Default for RAdam {
    fn default() -> Self {
        RAdam { rate: 1e-3, betas: [0.9, 0.999], epsilon: 1e-8, weight_decay: 0.0, decoupled: false, l1: 0.0 }
    }
}

setters!(RAdam);

impl RAdam {
    /// Shrinks the weights by the weight decay, instead of adding the decay to the gradient.
    #[must_use]
    pub fn decoupled(self) -> Self {
        RAdam { decoupled: true, ..self }
    }

    /// `r` in step `t`. None in the first steps.
    fn rectification(&self, t: u64) -> Option<f64> {
        let beta = self.betas[1];
        let kept = power(beta, t);
        let end = 2.0 / (1.0 - beta) - 1.0;
        let now = end - 2.0 * t as f64 * kept / (1.0 - kept);
        let squared = || (now - 4.0) * (now - 2.0) * end / ((end - 4.0) * (end - 2.0) * now);
        (now > 5.0).then(|| Real::sqrt(squared()))
    }
}

impl Settings for RAdam {
    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("rate", self.rate.to_string()),
            ("betas", format!("{:?}", self.betas)),
            ("epsilon", self.epsilon.to_string()),
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
        check_penalties(self.l1, self.weight_decay)
    }

    fn step<T: Float>(&self, t: u64, rate: f64) -> Step<T> {
        let [of_mean, of_square] = self.betas.map(|beta| 1.0 - power(beta, t));
        // The kernel's divisor is `correction·√v + epsilon`: `√v + ε`, or 1 in the first steps.
        let (factor, correction, epsilon) = match self.rectification(t) {
            Some(r) => (r * Real::sqrt(of_square), 1.0, self.epsilon),
            None => (1.0, 0.0, 1.0),
        };
        let adam = method::<T>(self.betas, epsilon, t, rate);
        let (rate_now, correction) = (T::from_f64(rate * factor / of_mean), T::from_f64(correction));
        let method = update::Adam { rate: rate_now, correction, ..adam };
        let prepare = decayed(self.decoupled, self.l1, self.weight_decay, rate);
        Step { prepare, moves: Moves::Adam(method) }
    }
}
