//! Training samples, and their order.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use toddle_lanes::{Purpose, Random};

use super::mix::Mixer;
use crate::Float;
use crate::engine::Batch;
use crate::error::FitError;

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

    /// The weight of sample `n`: a factor of its loss and of its gradient, 0 or more. None if the samples have no weights. A training
    /// asks once, at its beginning.
    fn weight(&self, n: usize) -> Option<f64> {
        let _ = n;
        None
    }

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
    /// The weight of each sample, if they have any.
    weights: Option<&'a [f64]>,
}

impl<'a, T> InMemory<'a, T> {
    /// Inputs of `input` elements each, and targets of `target` elements each. They must be whole samples, with as
    /// many inputs as targets.
    pub(crate) fn new(inputs: &'a [T], input: usize, targets: &'a [T], target: usize) -> Self {
        InMemory { inputs, targets, sizes: (input, target), weights: None }
    }

    /// The same samples with a weight each: a factor of the sample's loss and gradient, 0 or more.
    ///
    /// The gradient of a batch is the sum of the weighted gradients, divided by the number of samples, as in Keras. So a weight means
    /// the same in every batch. PyTorch's losses with a `weight` divide by the sum of the weights of the batch.
    ///
    /// ```
    /// use toddle::{Dense, Fit, Loss, NetworkSpec, Nobody, Sgd, Shape};
    ///
    /// let mut network = NetworkSpec::new(Shape::vector(1)).add(Dense::new(1)).build::<f64>(0)?;
    /// // The last target is wrong, and counts nothing.
    /// let samples = network.samples(&[0.0, 1.0, 2.0, 3.0], &[1.0, 3.0, 5.0, -50.0])?.weighted(&[1.0, 1.0, 1.0, 0.0])?;
    /// let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(0.2)).epochs(500).batch(4);
    /// fit.run_validated(&mut network, &samples, None, &mut Nobody)?;
    /// assert!((network.predict(&[3.0])?[0] - 7.0).abs() < 1e-3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// There is not one weight for each sample.
    pub fn weighted(self, weights: &'a [f64]) -> Result<Self, FitError> {
        let samples = self.inputs.len() / self.sizes.0;
        match weights.len() == samples {
            true => Ok(InMemory { weights: Some(weights), ..self }),
            false => Err(FitError::Unweighted { samples, weights: weights.len() }),
        }
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

    fn weight(&self, n: usize) -> Option<f64> {
        self.weights.map(|weights| weights[n])
    }

    fn inputs_in_memory(&self, samples: Range<usize>) -> Option<&[T]> {
        Some(&self.inputs[samples.start * self.sizes.0..samples.end * self.sizes.0])
    }
}

/// Some samples of others, by their places: one fold of a cross-validation, for instance.
#[derive(Clone, Copy)]
pub struct Subset<'a, T> {
    samples: &'a dyn Samples<T>,
    places: &'a [usize],
}

impl<'a, T> Subset<'a, T> {
    /// The samples at `places`, in this order.
    ///
    /// # Panics
    /// A place is not below the number of samples.
    pub fn new(samples: &'a dyn Samples<T>, places: &'a [usize]) -> Self {
        assert!(places.iter().all(|place| *place < samples.count()), "places of samples");
        Subset { samples, places }
    }
}

impl<T> fmt::Debug for Subset<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} samples", self.places.len(), self.samples.count())
    }
}

impl<T> Samples<T> for Subset<'_, T> {
    fn count(&self) -> usize {
        self.places.len()
    }

    fn input(&self, epoch: u32, n: usize, x: &mut [T]) {
        self.samples.input(epoch, self.places[n], x);
    }

    fn target(&self, n: usize, t: &mut [T]) {
        self.samples.target(self.places[n], t);
    }

    fn weight(&self, n: usize) -> Option<f64> {
        self.samples.weight(self.places[n])
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
pub(super) struct Drawn<'a, T> {
    pub samples: &'a dyn Samples<T>,
    pub order: &'a [u32],
    pub epoch: u32,
    /// The factor of the loss of each sample, by the number of the sample. Empty: all are 1.
    pub factors: &'a [T],
    /// Mixes samples, if the settings ask for it.
    pub mixer: Option<&'a Mixer<T>>,
}

impl<T: Float> Batch<T> for Drawn<'_, T> {
    fn inputs<'a>(&'a self, range: Range<usize>, room: &'a mut [T]) -> &'a [T] {
        let drawn = &self.order[range];
        if self.mixer.is_none()
            && drawn.windows(2).all(|pair| pair[0] + 1 == pair[1])
            && let [first, .., last] | [first @ last] = drawn
            && let Some(inputs) = self.samples.inputs_in_memory(*first as usize..*last as usize + 1)
        {
            return inputs;
        }
        let size = room.len() / drawn.len();
        for (&n, x) in drawn.iter().zip(room.chunks_exact_mut(size)) {
            match self.mixer {
                Some(mixer) => mixer.input(self.samples, self.epoch, n as usize, x),
                None => self.samples.input(self.epoch, n as usize, x),
            }
        }
        room
    }

    fn targets<'a>(&'a self, range: Range<usize>, room: &'a mut [T]) -> &'a [T] {
        let drawn = &self.order[range];
        let size = room.len() / drawn.len();
        for (&n, t) in drawn.iter().zip(room.chunks_exact_mut(size)) {
            match self.mixer {
                Some(mixer) => mixer.target(self.samples, self.epoch, n as usize, t),
                None => self.samples.target(n as usize, t),
            }
        }
        room
    }

    fn weights(&self, range: Range<usize>, weights: &mut [T]) -> bool {
        let drawn = &self.order[range];
        drawn.iter().zip(weights).for_each(|(&n, weight)| {
            if let Some(factor) = self.factors.get(n as usize) {
                *weight = *factor;
            }
        });
        !self.factors.is_empty()
    }
}
