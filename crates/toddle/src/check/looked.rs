//! The samples that a check reads: some of every class.

use alloc::vec::Vec;

use super::classes::Classes;
use crate::training::order;
use crate::{Float, Network, Samples};

/// The largest number of samples that a check reads.
const SAMPLES: usize = 256;

/// The largest number of elements in their inputs. [`FEW`] samples may have more.
const NUMBERS: usize = 1 << 22;

/// The number of samples that a check reads even if they are large.
const FEW: usize = 16;

/// Some samples as they are in the first epoch. They are drawn at random, one of each class in turn.
pub(super) struct Looked<T> {
    pub x: Vec<T>,
    pub y: Vec<T>,
    /// The number of elements in an input and in a target.
    pub sizes: (usize, usize),
    /// The number of samples.
    pub count: usize,
    /// The places of these samples among all samples.
    pub places: Vec<u32>,
}

impl<T: Float> Looked<T> {
    pub fn new(network: &Network<T>, samples: &dyn Samples<T>, classes: Option<&Classes>) -> Self {
        let sizes = (network.input().size(), network.output().size());
        let most = (NUMBERS / sizes.0).clamp(FEW, SAMPLES);
        let shuffled = order(samples.count(), Some(0), 0);
        let places = match classes {
            Some(classes) => in_turn(classes, &shuffled, most),
            None => shuffled.into_iter().take(most).collect(),
        };
        let count = places.len();
        let (mut x, mut y) = (vec![T::ZERO; count * sizes.0], vec![T::ZERO; count * sizes.1]);
        for ((x, y), n) in x.chunks_exact_mut(sizes.0).zip(y.chunks_exact_mut(sizes.1)).zip(&places) {
            samples.input(0, *n as usize, x);
            samples.target(*n as usize, y);
        }
        Looked { x, y, sizes, count, places }
    }

    /// The inputs and targets of the first `samples`, or of all if there are fewer; and their number.
    pub fn first(&self, samples: usize) -> (&[T], &[T], usize) {
        let samples = samples.min(self.count);
        (&self.x[..samples * self.sizes.0], &self.y[..samples * self.sizes.1], samples)
    }
}

/// The first samples of `shuffled`, taken from the classes in turn. A class without further samples is left out.
fn in_turn(classes: &Classes, shuffled: &[u32], most: usize) -> Vec<u32> {
    let mut of_each = vec![Vec::new(); classes.counts.len()];
    for &n in shuffled {
        let of_class = &mut of_each[classes.of[n as usize]];
        if of_class.len() < most {
            of_class.push(n);
        }
    }
    let rounds = (0..most).flat_map(|round| of_each.iter().filter_map(move |of_class| of_class.get(round)));
    rounds.copied().take(most).collect()
}
