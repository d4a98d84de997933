//! Where the samples of a step come from.

use std::ops::Range;

/// The samples of one batch, however they come about: read, shuffled, changed a little.
///
/// Workers ask for their samples themselves, so that what it costs to make one is shared too.
pub trait Batch<T>: Sync {
    /// The inputs of these samples of the batch, one after the other: lent, or written into `room`, which holds as many.
    fn inputs<'a>(&'a self, samples: Range<usize>, room: &'a mut [T]) -> &'a [T];

    /// Their targets, likewise.
    fn targets<'a>(&'a self, samples: Range<usize>, room: &'a mut [T]) -> &'a [T];
}

/// A batch that lies in memory, one sample after the other.
#[derive(Clone, Copy, Debug)]
pub struct Slices<'a, T> {
    /// All samples' inputs.
    pub inputs: &'a [T],
    /// All samples' targets.
    pub targets: &'a [T],
    /// How many samples that is.
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
