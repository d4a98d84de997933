//! Softmax: numbers of any size turned into probabilities.
//!
//! `y[i] = exp(x[i] − m) / Σ j exp(x[j] − m)` with `m = max x`, so that no exponential overflows. Backward, with the whole
//! Jacobian, `dx[i] = y[i] · (dy[i] − Σ j y[j]·dy[j])`; with its diagonal alone, the post's shortcut,
//! `dx[i] = (y[i] − y[i]²) · dy[i]`.

pub mod block;
pub mod reference;
pub mod row;

/// How much of softmax's Jacobian `∂y[j]/∂x[i]` backward multiplies by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Jacobian {
    /// All of it: the true gradient.
    #[default]
    Full,
    /// Its diagonal: the post's shortcut, not a gradient.
    Diagonal,
}
