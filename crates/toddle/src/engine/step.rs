//! What a step is told, and what can go wrong in it.

use toddle_lanes::Aligned;

use crate::optim::{Clip, Step};
use crate::{Float, Loss};

/// The step of a training: which one it is, and its loss.
#[derive(Clone, Copy, Debug)]
pub struct StepContext<'a> {
    /// The seed of the training, from which random numbers follow.
    pub seed: u64,
    /// The number of the step, counted from 0 over the whole training.
    pub number: u32,
    /// The loss, which the step makes smaller.
    pub loss: &'a Loss,
}

/// The place in a training from which the random numbers of a step follow.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Draws {
    pub seed: u64,
    pub number: u32,
}

impl StepContext<'_> {
    pub(super) fn draws(&self) -> Draws {
        Draws { seed: self.seed, number: self.number }
    }
}

/// How a step updates the weights.
#[derive(Debug)]
pub enum Update<'a, T> {
    /// Plain SGD: `w −= rate · g`. With a plan of [`Mode::Descend`](crate::Mode::Descend) for one sample, the weights are
    /// updated on the way back.
    Descend {
        /// The learning rate.
        rate: f64,
    },
    /// Any optimizer, for plans of [`Mode::Gradient`](crate::Mode::Gradient).
    Optimize {
        /// The optimizer's step for each of the plan's [`Groups`](crate::Groups): one step, unless the plan was made with groups.
        steps: &'a [Step<T>],
        /// How the gradient is clipped before.
        clip: Option<Clip>,
        /// The optimizer's state: buffers as long as the weights.
        slots: &'a mut [Aligned<T>],
    },
}

/// An element that is infinite or NaN, after which a training cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotFinite {
    /// A loss.
    Loss {
        /// The sample's place in the batch.
        sample: usize,
    },
    /// A weight, after the update.
    Weights,
}

impl NotFinite {
    pub(super) fn check<T: Float>(losses: &[T]) -> Result<(), NotFinite> {
        match losses.iter().position(|loss| !loss.is_finite()) {
            Some(sample) => Err(NotFinite::Loss { sample }),
            None => Ok(()),
        }
    }
}
