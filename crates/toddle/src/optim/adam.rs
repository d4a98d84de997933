use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use toddle_kernels::update::{self, Average};
use toddle_lanes::Real;

use super::{Moves, Settings, Step, check_penalties, coupled, decoupled};
use crate::Float;
use crate::error::FitError;
use crate::setting;
use crate::training::numeric::power;

/// The constructor and the setters that all optimizers of Adam's family have.
macro_rules! setters {
    ($kind:ident) => {
        impl $kind {
            /// The optimizer with this learning rate.
            pub fn new(rate: f64) -> Self {
                $kind { rate, ..$kind::default() }
            }

            /// Sets the parts that the means of the gradients and of their squares keep of their old values.
            #[must_use]
            pub fn betas(self, of_mean: f64, of_square: f64) -> Self {
                $kind { betas: [of_mean, of_square], ..self }
            }

            /// Sets the number that is added to the divisor.
            #[must_use]
            pub fn epsilon(self, epsilon: f64) -> Self {
                $kind { epsilon, ..self }
            }
        }
    };
}
pub(super) use setters;

/// One of the two optimizers. They differ in the weight decay: its meaning, its default, and `$prepare`, which applies it.
macro_rules! adam {
    (
        $(#[$about:meta])*
        $kind:ident {
            $(#[$decay:meta])*
            weight_decay: $default:literal,
        }
        |$adam:ident, $rate:ident| $prepare:expr
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(default, deny_unknown_fields)]
        pub struct $kind {
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
            /// Whether to divide by the largest mean square so far instead of the mean square, so that no step becomes longer because
            /// gradients become small (AMSGrad).
            #[cfg_attr(feature = "schema", schemars(example = true))]
            pub amsgrad: bool,
            $(#[$decay])*
            #[cfg_attr(feature = "schema", schemars(example = 1e-4, range(min = 0)))]
            pub weight_decay: f64,
            /// The factor of the L1 penalty, which is the sum of the absolute values of the weights. Its gradient is added to
            /// the gradient.
            #[cfg_attr(feature = "schema", schemars(example = 1e-5, range(min = 0)))]
            pub l1: f64,
        }

        impl Default for $kind {
            fn default() -> Self {
                let betas = [0.9, 0.999];
                $kind { rate: 1e-3, betas, epsilon: 1e-8, amsgrad: false, weight_decay: $default, l1: 0.0 }
            }
        }

        setters!($kind);

        impl $kind {
            /// Divides by the largest mean square so far instead of the mean square.
            #[must_use]
            pub fn amsgrad(self) -> Self {
                $kind { amsgrad: true, ..self }
            }
        }

        impl Settings for $kind {
            fn settings(&self) -> Vec<(&'static str, String)> {
                vec![
                    ("rate", self.rate.to_string()),
                    ("betas", format!("{:?}", self.betas)),
                    ("epsilon", self.epsilon.to_string()),
                    ("amsgrad", self.amsgrad.to_string()),
                    ("weight_decay", self.weight_decay.to_string()),
                    ("l1", self.l1.to_string()),
                ]
            }

            fn slots(&self) -> &'static [&'static str] {
                if self.amsgrad { &["mean", "square", "largest_square"] } else { &["mean", "square"] }
            }

            fn check(&self) -> Result<(), FitError> {
                setting::betas(self.betas, "[0.9, 0.999]")?;
                setting::positive("epsilon", self.epsilon, "1e-8")?;
                check_penalties(self.l1, self.weight_decay)
            }

            fn step<T: Float>(&self, t: u64, $rate: f64) -> Step<T> {
                let $adam = self;
                let prepare = $prepare;
                Step { prepare, moves: Moves::Adam(method(self.betas, self.epsilon, t, $rate)) }
            }
        }
    };
}

adam! {
    /// Adam: each weight has a learning rate of its own, from the means of its gradients and of their squares.
    ///
    /// `m ← β₁·m + (1 − β₁)·g`, `v ← β₂·v + (1 − β₂)·g²`, `w −= rate · (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)`
    ///
    /// Settings: `rate`, 0.001 by default; `betas`, 0.9 and 0.999; `epsilon`, 10⁻⁸; `amsgrad`, off, which takes the largest `v`
    /// so far instead of `v` in the divisor; `weight_decay`, 0, which adds `weight_decay · w` to the gradient; `l1`, 0, which
    /// adds `l1 · sign(w)` to the gradient.
    ///
    /// State: `mean`, `square`, and with `amsgrad` `largest_square`. Cost: a division, a root and seven operations a weight.
    ///
    /// Errors, from `check`: a setting is negative or not finite, a beta is 1 or more, or `epsilon` is 0.
    ///
    /// ```
    /// use toddle::{Adam, Optimizer};
    ///
    /// let adam = Optimizer::from(Adam::new(1e-3).betas(0.8, 0.99));
    /// assert_eq!(adam.to_string(), "adam { rate = 0.001, betas = [0.8, 0.99] }");
    /// ```
    ///
    /// See Kingma and Ba, *Adam: A Method for Stochastic Optimization*, 2015; Reddi, Kale and Kumar, *On the Convergence of Adam
    /// and Beyond*, 2018, for `amsgrad`; PyTorch's `Adam`.
    Adam {
        /// The factor of the L2 penalty, which is half the sum of the squares of the weights. Its gradient is added to
        /// the gradient, and Adam scales the sum for each weight. `adamw` shrinks all weights by the same factor instead.
        weight_decay: 0.0,
    }
    |adam, rate| coupled(adam.l1, adam.weight_decay)
}

adam! {
    /// [`Adam`] with decoupled weight decay: the decay is not a part of the gradient.
    ///
    /// `w ← (1 − rate · weight_decay) · w`, and then Adam's step.
    ///
    /// Settings, state, cost and errors are those of Adam, but `weight_decay` is 0.01 by default.
    ///
    /// ```
    /// use toddle::{AdamW, Optimizer};
    ///
    /// let adam_w = Optimizer::from(AdamW::new(1e-3).weight_decay(0.05));
    /// assert_eq!(adam_w.to_string(), "adamw { rate = 0.001, weight_decay = 0.05 }");
    /// ```
    ///
    /// See Loshchilov and Hutter, *Decoupled Weight Decay Regularization*, 2019; PyTorch's `AdamW`.
    AdamW {
        /// The weight decay: each step multiplies the weights by `1 − rate · weight_decay`, apart from the gradient.
        weight_decay: 1e-2,
    }
    |adam, rate| decoupled(adam.l1, adam.weight_decay, rate)
}

/// Adam's step `t` at the learning rate `rate`.
pub(super) fn method<T: Float>(betas: [f64; 2], epsilon: f64, t: u64, rate: f64) -> update::Adam<T> {
    let [of_mean, of_square] = betas.map(|beta| 1.0 - power(beta, t));
    update::Adam {
        rate: T::from_f64(rate / of_mean),
        mean: Average::new(betas[0]),
        square: Average::new(betas[1]),
        correction: T::from_f64(1.0 / Real::sqrt(of_square)),
        epsilon: T::from_f64(epsilon),
    }
}
