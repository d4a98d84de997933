//! Embedding: each class number becomes a row of a table of weights.
//!
//! `y[f,t] = w[k,f]` for the class number `k = x[t]` of step `t`. Backward, `dw[k,f] += Σ t dy[f,t]` over the steps of
//! class `k`. An input is the number of a class, so the gradient to it is 0.
//!
//! Per sample: `x` t, `w` k×f, `y` f×t.

pub mod block;
pub mod reference;
pub mod row;

use toddle_lanes::Float;

/// The class that `x` is nearest to, of the classes from 0 on. NaN counts as 0. So no element reads outside the table.
#[inline(always)]
pub fn class<T: Float>(x: T, classes: usize) -> usize {
    ((x.to_f64() + 0.5) as usize).min(classes - 1)
}
