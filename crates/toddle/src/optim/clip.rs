use core::fmt;

use serde::{Deserialize, Serialize};

use crate::error::FitError;
use crate::setting;

/// Clipping: how gradients are kept small, before penalties on the weights and before the optimizer.
///
/// By norm, `g ← g · min(1, limit / (‖g‖ + 10⁻⁶))`, where `‖g‖` is the root of the sum of the squares of all
/// gradients. By value, each element of a gradient is limited to the range from `−limit` to `limit`.
///
/// Settings: `limit`, which must be given, usually 1. Cost: clipping by norm takes one more pass over the gradients.
///
/// Errors, from `check`: `limit` is 0 or less, or not finite.
///
/// ```
/// use toddle::Clip;
///
/// assert_eq!(Clip::norm(1.0).factor(0.5), 1.0);
/// assert!((Clip::norm(1.0).factor(4.0) - 0.25).abs() < 1e-6);
/// assert_eq!(Clip::value(0.5).to_string(), "clip { value = 0.5 }");
/// ```
///
/// See Pascanu, Mikolov and Bengio, *On the difficulty of training Recurrent Neural Networks*, 2013; PyTorch's
/// `clip_grad_norm_` and `clip_grad_value_`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Clip {
    /// The gradients of all weights are multiplied by one factor, so that their norm is at most `limit`. The norm is
    /// the root of the sum of their squares.
    Norm {
        /// The largest norm.
        #[cfg_attr(feature = "schema", schemars(example = 1.0, extend("exclusiveMinimum" = 0)))]
        limit: f64,
    },
    /// Each element of the gradient is limited to the range from `−limit` to `limit`.
    Value {
        /// The largest absolute value.
        #[cfg_attr(feature = "schema", schemars(example = 0.5, extend("exclusiveMinimum" = 0)))]
        limit: f64,
    },
}

impl Clip {
    /// Limits the norm of all gradients together.
    pub fn norm(limit: f64) -> Self {
        Clip::Norm { limit }
    }

    /// Limits the absolute value of each element.
    pub fn value(limit: f64) -> Self {
        Clip::Value { limit }
    }

    /// The factor for gradients with this norm. It is 1 for clipping by value.
    pub fn factor(&self, norm: f64) -> f64 {
        match self {
            Clip::Norm { limit } => (limit / (norm + 1e-6)).min(1.0),
            Clip::Value { .. } => 1.0,
        }
    }

    /// Checks the limit.
    ///
    /// # Errors
    /// The limit is out of its range: [`FitError::Setting`].
    pub fn check(&self) -> Result<(), FitError> {
        let (Clip::Norm { limit } | Clip::Value { limit }) = self;
        setting::positive("limit", *limit, "1")
    }
}

impl fmt::Display for Clip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Clip::Norm { limit } => write!(f, "clip {{ norm = {limit} }}"),
            Clip::Value { limit } => write!(f, "clip {{ value = {limit} }}"),
        }
    }
}
