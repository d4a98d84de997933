use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use toddle_kernels::update;

use super::{Moves, Settings, Step, check_penalties, coupled};
use crate::Float;
use crate::error::FitError;
use crate::setting;

/// Stochastic gradient descent, with or without momentum: every weight moves against its gradient.
///
/// `w −= rate · g`; with momentum `m ← μ·m + (1 − d)·g`, `w −= rate · m`; with Nesterov's momentum
/// `w −= rate · (g + μ·m)`. The first step is not damped: `m ← g`.
///
/// Settings: `rate`, 0.001 by default; `momentum` `μ`, 0, usually 0.9; `dampening` `d`, 0; `nesterov`, off; `weight_decay`, 0, which adds
/// `weight_decay · w` to the gradient; `l1`, 0, which adds `l1 · sign(w)` to the gradient.
///
/// State: none, or `momentum`. Cost: a multiply-add a weight, two or three with momentum.
///
/// Errors, from `check`: a setting is negative or not finite, `momentum` is 1 or more, `dampening` is above 1, `nesterov` or
/// `dampening` has no momentum, or both are used.
///
/// ```
/// use toddle::{Optimizer, Sgd};
///
/// let sgd = Optimizer::from(Sgd::new(0.1).momentum(0.9).nesterov());
/// assert_eq!(sgd.to_string(), "sgd { rate = 0.1, momentum = 0.9, nesterov = true }");
/// assert_eq!(sgd.slots(), ["momentum"]);
/// assert_eq!(Optimizer::from(Sgd::new(0.1)).is_plain_sgd(), Some(0.1));
/// ```
///
/// See the post's `learning_rate * weights_error`; Sutskever, Martens, Dahl and Hinton, *On the importance of initialization
/// and momentum in deep learning*, 2013; PyTorch's `SGD`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Sgd {
    /// The learning rate: how far a step moves the weights.
    #[cfg_attr(feature = "schema", schemars(example = 0.1, range(min = 0)))]
    pub rate: f64,
    /// The part of the last step that is added to this one. Usually 0.9.
    #[cfg_attr(feature = "schema", schemars(example = 0.9, range(min = 0), extend("exclusiveMaximum" = 1)))]
    pub momentum: f64,
    /// The part of the gradient that does not go into the momentum. It needs a `momentum`. The first step takes the whole
    /// gradient.
    #[cfg_attr(feature = "schema", schemars(example = 0.1, range(min = 0, max = 1)))]
    pub dampening: f64,
    /// Whether to use Nesterov's momentum, which looks one step ahead. It needs a `momentum`.
    #[cfg_attr(feature = "schema", schemars(example = true))]
    pub nesterov: bool,
    /// The factor of the L2 penalty, which is half the sum of the squares of the weights. Its gradient is added to
    /// the gradient.
    #[cfg_attr(feature = "schema", schemars(example = 1e-4, range(min = 0)))]
    pub weight_decay: f64,
    /// The factor of the L1 penalty, which is the sum of the absolute values of the weights. Its gradient is added to
    /// the gradient.
    #[cfg_attr(feature = "schema", schemars(example = 1e-5, range(min = 0)))]
    pub l1: f64,
}

impl Default for Sgd {
    fn default() -> Self {
        Sgd { rate: 1e-3, momentum: 0.0, dampening: 0.0, nesterov: false, weight_decay: 0.0, l1: 0.0 }
    }
}

impl Sgd {
    /// SGD with this learning rate.
    pub fn new(rate: f64) -> Self {
        Sgd { rate, ..Sgd::default() }
    }

    /// Sets the part of the last step that is added to the next step.
    #[must_use]
    pub fn momentum(self, momentum: f64) -> Self {
        Sgd { momentum, ..self }
    }

    /// Sets the part of the gradient that does not go into the momentum.
    #[must_use]
    pub fn dampening(self, dampening: f64) -> Self {
        Sgd { dampening, ..self }
    }

    /// Uses Nesterov's momentum.
    #[must_use]
    pub fn nesterov(self) -> Self {
        Sgd { nesterov: true, ..self }
    }
}

impl Settings for Sgd {
    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("rate", self.rate.to_string()),
            ("momentum", self.momentum.to_string()),
            ("dampening", self.dampening.to_string()),
            ("nesterov", self.nesterov.to_string()),
            ("weight_decay", self.weight_decay.to_string()),
            ("l1", self.l1.to_string()),
        ]
    }

    fn slots(&self) -> &'static [&'static str] {
        if self.momentum == 0.0 { &[] } else { &["momentum"] }
    }

    fn check(&self) -> Result<(), FitError> {
        setting::share("momentum", self.momentum, "0.9")?;
        if self.nesterov && self.momentum == 0.0 {
            let expected = "false where momentum is 0";
            return setting::refuse("nesterov", true, expected, "false, or momentum = 0.9");
        }
        if !(0.0..=1.0).contains(&self.dampening) {
            return setting::refuse("dampening", self.dampening, "from 0 to 1", "0.1");
        }
        if self.dampening > 0.0 && (self.momentum == 0.0 || self.nesterov) {
            let expected = "0 where momentum is 0, and with nesterov";
            return setting::refuse("dampening", self.dampening, expected, "0");
        }
        check_penalties(self.l1, self.weight_decay)
    }

    fn step<T: Float>(&self, t: u64, rate: f64) -> Step<T> {
        let take = if t == 1 { 1.0 } else { 1.0 - self.dampening };
        let [rate, momentum, take] = [rate, self.momentum, take].map(T::from_f64);
        let method = update::Sgd { rate, momentum, take, nesterov: self.nesterov };
        Step { prepare: coupled(self.l1, self.weight_decay), moves: Moves::Sgd(method) }
    }
}
