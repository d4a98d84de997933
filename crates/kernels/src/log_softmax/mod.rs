//! Log-softmax: the logarithms of softmax's probabilities, exact where those are too small to be told from 0 or from 1.
//!
//! `y[i] = x[i] − m − ln Σ j exp(x[j] − m)` with `m = max x`, so that no exponential overflows. Backward, from the output
//! alone, `dx[i] = dy[i] − exp(y[i]) · Σ j dy[j]`.

pub mod block;
pub mod reference;
pub mod row;
