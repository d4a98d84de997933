//! Adadelta, which Burn does not have, written as its other optimizers are.

use burn::optim::{LearningRate, Optimizer, RecordState};
use burn::prelude::*;

/// Decay 0.9, epsilon 1e-6.
#[derive(Clone)]
pub struct Adadelta;

/// The means of the squares of gradients and of steps.
#[derive(RecordState, Clone)]
pub struct Squares<const D: usize> {
    gradient: Tensor<D>,
    step: Tensor<D>,
}

impl Optimizer for Adadelta {
    type State<const D: usize> = Squares<D>;

    fn step<const D: usize>(
        &self,
        rate: LearningRate,
        weights: Tensor<D>,
        g: Tensor<D>,
        state: Option<Squares<D>>,
    ) -> (Tensor<D>, Option<Squares<D>>) {
        let (old_gradient, old_step) = match state {
            Some(Squares { gradient, step }) => (gradient, step),
            None => (g.zeros_like(), g.zeros_like()),
        };
        let gradient = old_gradient * 0.9 + g.clone().square() * 0.1;
        let step = (old_step.clone() + 1e-6).sqrt() / (gradient.clone() + 1e-6).sqrt() * g;
        let moved = old_step * 0.9 + step.clone().square() * 0.1;
        (weights - step * rate, Some(Squares { gradient, step: moved }))
    }

    fn to_device<const D: usize>(state: Squares<D>, device: &Device) -> Squares<D> {
        Squares { gradient: state.gradient.to_device(device), step: state.step.to_device(device) }
    }
}
