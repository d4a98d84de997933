//! Activations: functions of one number each.
//!
//! `y = f(x)`, and `dx = dy · f′(x)`. [`formula`] has each function and its slope, written once for one number and for
//! sixteen; `reference` and `flat` differ in their loops. Every NaN that comes out is the canonical one
//! ([`Real::canonical`](toddle_lanes::Real::canonical)), so that it too has the same bits in every form.

pub mod flat;
pub mod formula;
pub mod reference;

/// A function of one number. Each is documented in [`formula`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    /// [`formula::Elu`]
    Elu {
        /// Minus the limit of `y` for small `x`.
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
        /// The slope below zero.
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
    Softplus,
    /// [`formula::Softsign`]
    Softsign,
    /// [`formula::Tanh`]
    Tanh,
}

/// `$run` for the formula `$f` of an activation: one loop is compiled for each, and the choice is made outside of it.
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
            Activation::Softplus => with!(formula::Softplus),
            Activation::Softsign => with!(formula::Softsign),
            Activation::Tanh => with!(formula::Tanh),
        }
    }};
}
use with_formula;
