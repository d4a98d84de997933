//! The samples of a step.

use core::ops::Range;

/// The samples of one batch. They may be read, gathered or augmented when a worker asks for them.
///
/// Each worker asks for its own samples, so that the workers share this work, too.
pub trait Batch<T>: Sync {
    /// The inputs of these samples of the batch, one after the other: a slice of the batch's own, or `room`, after they have been
    /// written there. `room` is as long as the inputs.
    fn inputs<'a>(&'a self, samples: Range<usize>, room: &'a mut [T]) -> &'a [T];

    /// The targets of these samples, likewise.
    fn targets<'a>(&'a self, samples: Range<usize>, room: &'a mut [T]) -> &'a [T];

    /// Writes the factors of the losses of these samples. False, and nothing is written, if all are 1.
    fn weights(&self, samples: Range<usize>, weights: &mut [T]) -> bool {
        let _ = (samples, weights);
        false
    }
}

/// A batch that lies in memory, one sample after the other.
#[derive(Clone, Copy, Debug)]
pub struct Slices<'a, T> {
    /// All samples' inputs.
    pub inputs: &'a [T],
    /// All samples' targets.
    pub targets: &'a [T],
    /// The number of samples.
    pub samples: usize,
}

impl<T: Sync> Batch<T> for Slices<'_, T> {
    fn inputs<'a>(&'a self, samples: Range<usize>, _room: &'a mut [T]) -> &'a [T] {
        let size = self.inputs.len() / self.samples;
        &self.inputs[samples.start * size..samples.end * size]
    }

    fn targets<'a>(&'a self, samples: Range<usize>, _room: &'a mut [T]) -> &'a [T] {
        let size = self.targets.len() / self.samples;
        &self.targets[samples.start * size..samples.end * size]
    }
}
