//! The inputs and the outputs of a network that is built.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use toddle_kernels::Run;
use toddle_kernels::update::flat;
use toddle_lanes::Isa;

use super::{Network, whole_samples};
use crate::error::FitError;
use crate::loss::judge::{InBlock, InRow};
use crate::{Float, Loss, Shape};

impl<T: Float> Network<T> {
    /// The loss of one sample with the outputs `y` and the targets `t`, and the gradient of the loss to these outputs. Both
    /// have the bits of a training on this sample alone, whose loss is `loss`.
    ///
    /// With [`Trace::backward`](crate::Trace::backward), it gives every gradient of a sample.
    ///
    /// ```
    /// use toddle::{Dense, Loss, NetworkSpec, Shape};
    ///
    /// let network = NetworkSpec::new(Shape::vector(2)).add(Dense::new(2)).build::<f64>(0)?;
    /// let (loss, dy) = network.judge(&Loss::MeanSquaredError, &[1.0, 3.0], &[0.0, 1.0])?;
    /// assert_eq!((loss, dy), (2.5, vec![1.0, 2.0]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `y` or `t` is not as long as an output, or the loss does not fit the outputs.
    pub fn judge(&self, loss: &Loss, y: &[T], t: &[T]) -> Result<(T, Vec<T>), FitError> {
        let outputs = whole_samples("outputs", "output", y.len(), self.output())?;
        let targets = whole_samples("targets", "target", t.len(), self.output())?;
        if (outputs, targets) != (1, 1) {
            return Err(FitError::Unpaired { inputs: outputs, targets });
        }
        for output in self.outputs() {
            output.loss(loss).check(output.shape)?;
        }
        let mut dy = vec![T::ZERO; y.len()];
        let value = judge_sample(self.outputs(), loss, Isa::from_env()?, y, t, &mut dy);
        Ok((value, dy))
    }
}

/// An input of a [`Network`](crate::Network).
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkInput {
    /// The name.
    pub name: String,
    /// The shape.
    pub shape: Shape,
    /// The place of its elements in a sample.
    pub range: Range<usize>,
}

/// An output of a [`Network`](crate::Network), with its part of the loss.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkOutput {
    /// The name.
    pub name: String,
    /// The shape.
    pub shape: Shape,
    /// The place of its elements in a sample's output and in a target.
    pub range: Range<usize>,
    /// The value that is given out: the first values are the network's inputs, and the outputs of the nodes follow.
    pub value: usize,
    /// The factor of its loss in the loss of a sample.
    pub weight: f64,
    /// Its loss. None: the loss of the training.
    pub loss: Option<Loss>,
}

impl NetworkOutput {
    /// The loss that judges this output in a training with the loss `of_training`.
    pub fn loss<'l>(&'l self, of_training: &'l Loss) -> &'l Loss {
        self.loss.as_ref().unwrap_or(of_training)
    }

    /// The weighted loss of one sample, whose output is `y` and whose target is `t`. Sets the gradient `dy`.
    pub(crate) fn judge_row<T: Float>(&self, loss: &Loss, isa: Isa, y: &[T], t: &[T], dy: &mut [T]) -> T {
        let pixels = self.shape.pixels();
        let value = self.loss(loss).row(InRow { isa, y, t, pixels, dy: &mut *dy });
        self.weigh(isa, value, dy)
    }

    /// The weighted losses of a block. Sets the gradient.
    pub(crate) fn judge_block<T: Float>(&self, loss: &Loss, io: InBlock<'_, T>) {
        let InBlock { isa, dy, losses, .. } = io;
        self.loss(loss).block(InBlock { dy: &mut *dy, losses: &mut *losses, ..io });
        self.weigh(isa, T::ZERO, dy.as_flattened_mut());
        losses.iter_mut().for_each(|loss| *loss = self.weigh(isa, *loss, &mut []));
    }

    /// Multiplies a loss and its gradient by the weight. Returns the loss.
    fn weigh<T: Float>(&self, isa: Isa, loss: T, dy: &mut [T]) -> T {
        // A weight of 1 changes no bit, and takes no time.
        if self.weight == 1.0 {
            return loss;
        }
        let factor = T::from_f64(self.weight);
        flat::Scale { factor, x: dy }.on(isa);
        factor * loss
    }
}

/// The loss of one sample: the sum over the `outputs`, in order. `y`, `t` and `dy` hold all outputs, one after the other.
pub(crate) fn judge_sample<T: Float>(
    outputs: &[NetworkOutput],
    loss: &Loss,
    isa: Isa,
    y: &[T],
    t: &[T],
    dy: &mut [T],
) -> T {
    let each = outputs.iter().map(|output| {
        let at = output.range.clone();
        output.judge_row(loss, isa, &y[at.clone()], &t[at.clone()], &mut dy[at])
    });
    each.reduce(|sum, loss| sum + loss).unwrap_or(T::ZERO)
}
