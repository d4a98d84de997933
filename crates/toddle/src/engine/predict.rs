//! Asking a network.

use super::{Engine, Family, Machine, Mode};
use crate::error::FitError;
use crate::{Float, Network};

/// Samples in a batch: more gain nothing.
const MOST: usize = 1024;

impl<T: Float> Network<T> {
    /// The network's outputs of the samples `x`, one after the other.
    ///
    /// The outputs of a sample have the same bits, whichever other samples are in `x`.
    ///
    /// # Errors
    /// The length of `x` is not that of whole samples, or an embedding gets a number that is not that of a class.
    pub fn predict(&self, x: &[T]) -> Result<Vec<T>, FitError> {
        let samples = self.check_inputs(x)?;
        let batch = samples.clamp(1, MOST);
        let mut y = vec![T::ZERO; samples * self.output().size()];
        let machine = Machine::detect()?;
        // A thread takes longer to start than to compute less than a block.
        let machine = machine.threads(machine.threads.min(batch.div_ceil(Family::Block.samples())));
        Engine::new(self, self.plan(batch, Mode::Infer, &machine)).forward(self, x, &mut y);
        Ok(y)
    }
}
