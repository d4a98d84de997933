//! The samples of a set as inputs of a training.

use std::sync::{Mutex, PoisonError};

use super::{Augment, Augmenter};
use crate::dataset::Dataset;
use crate::error::DataError;
use toddle::{Float, Samples};

/// Samples that may differ in every epoch. They are functions of the seed, the epoch and the sample.
///
/// The set stays as it was read, mostly with a byte for each number. Each sample is converted when the network needs
/// it.
///
/// ```
/// use toddle::Samples;
/// use toddle_data::{Augment, Augmented};
///
/// let digits = toddle_data::mnist().test()?.first(2)?;
/// let samples = Augmented::new(&digits, &Augment { shift: 2.0, ..Augment::default() }, 7)?;
/// let mut x = vec![0.0f32; 784];
/// samples.input(0, 1, &mut x);
/// # Ok::<(), toddle_data::DataError>(())
/// ```
#[derive(Debug)]
pub struct Augmented<'a> {
    dataset: &'a Dataset,
    seed: u64,
    fresh: Hand,
    /// One for each thread that has worked at the same time.
    idle: Mutex<Vec<Hand>>,
}

/// The memory with which one thread changes a sample.
#[derive(Clone, Debug)]
struct Hand {
    augmenter: Augmenter,
    x: Vec<f32>,
}

impl<'a> Augmented<'a> {
    /// The samples of `dataset`, changed by `settings`.
    ///
    /// **Errors:** if a setting is out of its range.
    pub fn new(dataset: &'a Dataset, settings: &Augment, seed: u64) -> Result<Self, DataError> {
        let augmenter = Augmenter::new(settings, dataset.shape())?;
        let fresh = Hand { augmenter, x: vec![0.0; dataset.size()] };
        Ok(Augmented { dataset, seed, fresh, idle: Mutex::new(Vec::new()) })
    }
}

impl<T: Float + From<f32>> Samples<T> for Augmented<'_> {
    fn count(&self) -> usize {
        self.dataset.len()
    }

    fn input(&self, epoch: u32, n: usize, x: &mut [T]) {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let hand = idle().pop();
        let mut hand = hand.unwrap_or_else(|| self.fresh.clone());
        hand.augmenter.write_input(self.dataset, n, [self.seed, u64::from(epoch), n as u64], &mut hand.x);
        T::copy_from_f32(&hand.x, x);
        idle().push(hand);
    }

    fn target(&self, n: usize, t: &mut [T]) {
        self.dataset.write_target(n, t);
    }

    fn weight(&self, n: usize) -> Option<f64> {
        self.dataset.weights().map(|weights| f64::from(weights[n]))
    }
}
