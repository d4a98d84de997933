//! Dense layers: every output depends on every input.
//!
//! `y[o] = b[o] + Σ i  x[i] · w[i,o]`
//!
//! Per sample: `x` i, `w` i×o, `b` o, `y` o.

pub mod block;
pub mod reference;
pub mod row;
