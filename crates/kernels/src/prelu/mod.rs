//! PReLU: a rectifier whose slope below zero is learned, one for all numbers or one for each channel.
//!
//! `y = x` above zero and `w[c]·x` elsewhere, for the numbers `x` of channel `c`, which lie one after the other. Backward,
//! `dx = dy` and `w[c]·dy`, and `dw[c] += Σ x·dy` over the numbers of the channel that are not above zero; the others are
//! skipped. Every NaN in `y` and `dx` is the canonical one, as it is behind an [activation](crate::activation).
//!
//! How many channels there are follows from `w`, and how many numbers they have from `x`.

pub mod block;
pub mod reference;
pub mod row;
