//! PReLU: a rectifier that multiplies negative elements by a learned weight: one weight for all elements or one for
//! each channel.
//!
//! `y = x` above zero and `w[c]·x` elsewhere, for the elements `x` of channel `c`, which are one after the other.
//! Backward, `dx = dy` above zero and `w[c]·dy` elsewhere. `dw[c] += Σ x·dy` over the elements of the channel that are
//! not above zero. The other elements are skipped. Every NaN in `y` and `dx` is the canonical NaN, as after an
//! [activation](crate::activation).
//!
//! The length of `w` gives the number of channels. The length of `x` gives the number of elements of a channel.

pub mod block;
pub mod reference;
pub mod row;
