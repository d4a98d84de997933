//! Activations: functions that are applied to each element by itself.
//!
//! `y = f(x)`, and `dx = dy · f′(x)`. [`formula`] has each function and its derivative, written once for one element
//! and for sixteen. `reference` and `flat` differ in their loops. Every NaN of a result is the canonical NaN
//! ([`Real::canonical`](toddle_lanes::Real::canonical)), so a NaN also has the same bits with every instruction set.

pub mod flat;
pub mod formula;
pub mod reference;

/// A function of one element. Each function is documented in [`formula`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    /// [`formula::ClippedRelu`]
    ClippedRelu {
        /// The largest value.
        most: f64,
    },
    /// [`formula::Elu`]
    Elu {
        /// `α`: for very small `x`, `y` approaches `−α`.
        alpha: f64,
    },
    /// [`formula::Gelu`]
    Gelu,
    /// [`formula::GeluTanh`]
    GeluTanh,
    /// [`formula::HardSigmoid`]
    HardSigmoid,
    /// [`formula::HardSwish`]
    HardSwish,
    /// [`formula::LeakyRelu`]
    LeakyRelu {
        /// The derivative below zero.
        slope: f64,
    },
    /// [`formula::Mish`]
    Mish,
    /// [`formula::Relu`]
    Relu,
    /// [`formula::Selu`]
    Selu,
    /// [`formula::Sigmoid`]
    Sigmoid,
    /// [`formula::Silu`]
    Silu,
    /// [`formula::Softplus`]
    Softplus {
        /// `β`: with a larger number, the function is closer to a relu.
        beta: f64,
    },
    /// [`formula::Softsign`]
    Softsign,
    /// [`formula::Tanh`]
    Tanh,
}

/// `$run` for the formula `$f` of an activation. One loop is compiled for each formula, and the choice is made outside
/// the loop.
macro_rules! with_formula {
    ($activation:expr, |$f:ident| $run:expr) => {{
        use $crate::activation::{Activation, formula};
        macro_rules! with {
            ($formula:expr) => {{
                let $f = $formula;
                $run
            }};
        }
        match $activation {
            Activation::ClippedRelu { most } => with!(formula::ClippedRelu { most }),
            Activation::Elu { alpha } => with!(formula::Elu { alpha }),
            Activation::Gelu => with!(formula::Gelu),
            Activation::GeluTanh => with!(formula::GeluTanh),
            Activation::HardSigmoid => with!(formula::HardSigmoid),
            Activation::HardSwish => with!(formula::HardSwish),
            Activation::LeakyRelu { slope } => with!(formula::LeakyRelu { slope }),
            Activation::Mish => with!(formula::Mish),
            Activation::Relu => with!(formula::Relu),
            Activation::Selu => with!(formula::Selu),
            Activation::Sigmoid => with!(formula::Sigmoid),
            Activation::Silu => with!(formula::Silu),
            Activation::Softplus { beta } => with!(formula::Softplus { beta }),
            Activation::Softsign => with!(formula::Softsign),
            Activation::Tanh => with!(formula::Tanh),
        }
    }};
}
use with_formula;
