//! Optimizers: the change of the weights in a step, given their gradient.
//!
//! Each weight changes independently of the others. So a step may be cut into ranges anywhere, and its bits stay the
//! same. First the gradient and the weight are prepared ([`Prepare`]: clipping and decay). Then the method changes the
//! weight and its state, which is one element of each *slot*:
//!
//! | method | slots |
//! |---|---|
//! | [`Sgd`]: plain `w −= rate · g`, or with momentum | none, or momentum |
//! | [`Adam`], also AdamW | mean, square, then the largest square if it is AMSGrad |
//! | [`Adamax`] | mean, largest |
//! | [`Nadam`] | mean, square |
//! | [`RmsProp`] | square, then mean if it is centered, then momentum if it has momentum |
//! | [`Adagrad`] | the sum of the squares, without the number with which it begins |
//! | [`Adadelta`] | square of the gradients, square of the steps |
//! | [`Lion`] | mean |
//!
//! Numbers that depend on the step but not on the weight, such as a bias correction, are computed once by the caller,
//! in `f64`.

pub mod flat;
mod methods;
pub mod norm;
pub mod reference;
pub mod tree;

pub use methods::{Adadelta, Adagrad, Adam, Adamax, Average, Lion, Method, Nadam, Prepare, RmsProp, Sgd};
