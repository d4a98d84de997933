//! Training samples, and their order.

use std::ops::Range;

use toddle_lanes::{Purpose, Random};

use crate::engine::Batch;

/// Samples that a network can learn from.
///
/// An input may differ from epoch to epoch, if it depends only on the epoch and the sample. The training then has the
/// same bits with any number of threads, and when it is resumed.
pub trait Samples<T>: Sync {
    /// The number of samples.
    fn count(&self) -> usize;

    /// Writes the input of sample `n` in epoch `epoch`. Both are counted from 0.
    fn input(&self, epoch: u32, n: usize, x: &mut [T]);

    /// Writes the target of sample `n`.
    fn target(&self, n: usize, t: &mut [T]);

    /// The inputs of neighbouring samples, if they lie in memory one after the other and are the same in every epoch.
    fn inputs_in_memory(&self, samples: Range<usize>) -> Option<&[T]> {
        let _ = samples;
        None
    }
}

/// Samples that lie in memory one after the other.
#[derive(Clone, Copy, Debug)]
pub struct InMemory<'a, T> {
    inputs: &'a [T],
    targets: &'a [T],
    /// The number of elements of an input, and of a target.
    sizes: (usize, usize),
}

impl<'a, T> InMemory<'a, T> {
    /// Inputs of `input` elements each, and targets of `target` elements each. They must be whole samples, with as
    /// many inputs as targets.
    pub(crate) fn new(inputs: &'a [T], input: usize, targets: &'a [T], target: usize) -> Self {
        InMemory { inputs, targets, sizes: (input, target) }
    }
}

impl<T: Copy + Sync> Samples<T> for InMemory<'_, T> {
    fn count(&self) -> usize {
        self.inputs.len() / self.sizes.0
    }

    fn input(&self, _epoch: u32, n: usize, x: &mut [T]) {
        x.copy_from_slice(&self.inputs[n * self.sizes.0..][..self.sizes.0]);
    }

    fn target(&self, n: usize, t: &mut [T]) {
        t.copy_from_slice(&self.targets[n * self.sizes.1..][..self.sizes.1]);
    }

    fn inputs_in_memory(&self, samples: Range<usize>) -> Option<&[T]> {
        Some(&self.inputs[samples.start * self.sizes.0..samples.end * self.sizes.0])
    }
}

/// The order of an epoch: `0, 1, 2 …`, or a shuffle that the seed and the epoch decide.
pub(crate) fn order(count: usize, shuffle: Option<u64>, epoch: u32) -> Vec<u32> {
    let mut order: Vec<u32> = (0..count as u32).collect();
    if let Some(seed) = shuffle {
        Random::new(seed, Purpose::Shuffle, [epoch, 0]).shuffle(&mut order);
    }
    order
}

/// A batch of samples in some order.
pub(crate) struct Drawn<'a, T> {
    pub(crate) samples: &'a dyn Samples<T>,
    pub(crate) order: &'a [u32],
    pub(crate) epoch: u32,
}

impl<T> Batch<T> for Drawn<'_, T> {
    fn inputs<'a>(&'a self, range: Range<usize>, room: &'a mut [T]) -> &'a [T] {
        let drawn = &self.order[range];
        if drawn.windows(2).all(|pair| pair[0] + 1 == pair[1])
            && let [first, .., last] | [first @ last] = drawn
            && let Some(inputs) = self.samples.inputs_in_memory(*first as usize..*last as usize + 1)
        {
            return inputs;
        }
        let size = room.len() / drawn.len();
        for (&n, x) in drawn.iter().zip(room.chunks_exact_mut(size)) {
            self.samples.input(self.epoch, n as usize, x);
        }
        room
    }

    fn targets<'a>(&'a self, range: Range<usize>, room: &'a mut [T]) -> &'a [T] {
        let drawn = &self.order[range];
        let size = room.len() / drawn.len();
        for (&n, t) in drawn.iter().zip(room.chunks_exact_mut(size)) {
            self.samples.target(n as usize, t);
        }
        room
    }
}
