//! The arithmetic of a loss for one sample and for a block: the kernel of the loss's formula, or a program's own loop.

use toddle_kernels::Lane;
use toddle_kernels::layout::{put_lane, take_lane};
use toddle_kernels::loss::{Formula, block, row};
use toddle_lanes::Isa;

use crate::Float;
use crate::number::Judges;

/// An operation that needs the formula of a loss.
pub(crate) trait Judge<T: Float> {
    type Output;

    /// With a loss of toddle.
    fn with<F: Formula<T>>(self, formula: F) -> Self::Output;

    /// With a loss of the program's own.
    fn with_own(self, loss: &dyn Judges) -> Self::Output;
}

/// Computes the loss of one sample, and sets its gradient.
#[derive(Debug)]
pub struct InRow<'a, T> {
    /// The instruction set.
    pub isa: Isa,
    /// Outputs.
    pub y: &'a [T],
    /// Targets, of the same number.
    pub t: &'a [T],
    /// Pixels of a channel: 1 if the outputs are a vector.
    pub pixels: usize,
    /// Gradient to the outputs, of the same number.
    pub dy: &'a mut [T],
}

impl<T: Float> Judge<T> for InRow<'_, T> {
    type Output = T;

    fn with<F: Formula<T>>(self, formula: F) -> T {
        let InRow { isa, y, t, pixels, dy } = self;
        isa.run(row::Loss { formula, y, t, samples: 1, pixels, dy })
    }

    fn with_own(self, loss: &dyn Judges) -> T {
        self.dy.fill(T::ZERO);
        T::custom_loss(loss, self.y, self.t, self.dy)
    }
}

/// Computes the losses of a block, and sets their gradient, which is zero in lanes without a sample.
#[derive(Debug)]
pub struct InBlock<'a, T> {
    /// The instruction set.
    pub isa: Isa,
    /// Outputs, in lanes.
    pub y: &'a [Lane<T>],
    /// Targets, of the same number.
    pub t: &'a [Lane<T>],
    /// Samples in the batch.
    pub samples: usize,
    /// Pixels of a channel: 1 if the outputs are a vector.
    pub pixels: usize,
    /// Gradient to the outputs, of the same number.
    pub dy: &'a mut [Lane<T>],
    /// The losses of the block's samples.
    pub losses: &'a mut [T],
    /// Room for the outputs, the targets and the gradient of one sample.
    pub scratch: &'a mut [T],
}

impl<T: Float> Judge<T> for InBlock<'_, T> {
    type Output = ();

    fn with<F: Formula<T>>(self, formula: F) {
        let InBlock { isa, y, t, samples, pixels, dy, losses, scratch } = self;
        isa.run(block::Loss { formula, y, t, samples, pixels, dy, losses, scratch });
    }

    fn with_own(self, loss: &dyn Judges) {
        let InBlock { y, t, samples, dy, losses, scratch, .. } = self;
        let samples = T::from_f64(samples as f64);
        let (y_of_one, rest) = scratch.split_at_mut(y.len());
        let (t_of_one, rest) = rest.split_at_mut(y.len());
        let dy_of_one = &mut rest[..y.len()];
        dy.as_flattened_mut().fill(T::ZERO);
        for (n, loss_of_one) in losses.iter_mut().enumerate() {
            take_lane(y.as_flattened(), n, y_of_one);
            take_lane(t.as_flattened(), n, t_of_one);
            dy_of_one.fill(T::ZERO);
            *loss_of_one = T::custom_loss(loss, y_of_one, t_of_one, dy_of_one);
            dy_of_one.iter_mut().for_each(|dy| *dy = *dy / samples);
            put_lane(dy_of_one, n, dy.as_flattened_mut());
        }
    }
}
