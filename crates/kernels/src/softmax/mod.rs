//! Softmax: converts elements of any size to probabilities.
//!
//! `y[i] = exp(x[i] − m) / Σ j exp(x[j] − m)` with `m = max x`, so that no exponential overflows. Backward with the
//! whole Jacobian is `dx[i] = y[i] · (dy[i] − Σ j y[j]·dy[j])`. Backward with the diagonal of the Jacobian only, the
//! shortcut of the post, is `dx[i] = (y[i] − y[i]²) · dy[i]`.
//!
//! An image has a softmax at each of its places, over the channels. A vector has one place, and its elements are the
//! channels. Channel `c` of place `p` is element `c·places + p`.

pub mod block;
pub mod reference;
pub mod row;

/// The part of softmax's Jacobian `∂y[j]/∂x[i]` by which backward multiplies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Jacobian {
    /// The whole Jacobian: the true gradient.
    #[default]
    Full,
    /// The diagonal of the Jacobian: the shortcut of the post, not a gradient.
    Diagonal,
}
