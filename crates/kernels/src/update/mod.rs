//! Optimizers: what a step does to the weights, given their gradient.
//!
//! Every weight moves by itself, so a step may be cut into ranges anywhere and has the same bits. First gradient and weight
//! are prepared ([`Prepare`]: clipping and decay), then the method moves the weight and its state, one number a *slot*:
//!
//! | method | slots |
//! |---|---|
//! | [`Sgd`]: plain `w −= rate · g`, or with momentum | none, or momentum |
//! | [`Adam`], also AdamW | mean, square |
//! | [`Nadam`] | mean, square |
//! | [`RmsProp`] | square, then the mean where it is centered, then momentum where there is any |
//! | [`Adagrad`] | the sum of squares |
//! | [`Adadelta`] | square, square of the steps |
//! | [`Lion`] | mean |
//!
//! What depends on the step but not on the weight, such as a bias correction, the caller computes once, in `f64`.

pub mod flat;
mod methods;
pub mod norm;
pub mod reference;
pub mod tree;

pub use methods::{Adadelta, Adagrad, Adam, Average, Lion, Method, Nadam, Prepare, RmsProp, Sgd};
