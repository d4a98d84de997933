//! Log-softmax: the logarithms of the probabilities of softmax. They are exact even if a probability is too close to 0
//! or to 1 to be represented.
//!
//! `y[i] = x[i] − m − ln Σ j exp(x[j] − m)` with `m = max x`, so that no exponential overflows. Backward uses only the
//! output: `dx[i] = dy[i] − exp(y[i]) · Σ j dy[j]`. Sums are over the channels of each place, as in
//! [`softmax`](crate::softmax).

pub mod block;
pub mod reference;
pub mod row;
