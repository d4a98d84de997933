//! Optimizers: what a step does to the weights, given their gradient.

use serde::{Deserialize, Serialize};
use toddle_kernels::update::flat;
use toddle_lanes::{Float, Isa};

/// Plain stochastic gradient descent: `w −= rate · g`, as the post has it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sgd {
    /// The learning rate.
    pub rate: f64,
}

impl Sgd {
    /// Steps of `rate` times the gradient.
    pub fn new(rate: f64) -> Self {
        Sgd { rate }
    }

    /// One step of some of the weights.
    pub(crate) fn update<T: Float>(&self, isa: Isa, g: &[T], w: &mut [T]) {
        isa.run(flat::Sgd { rate: T::from_f64(self.rate), g, w });
    }
}
