//! Dropout: numbers set to zero at random, the others scaled so that their mean stays.
//!
//! `y[i] = 0` where the random word of number `i` is below `rate · 2³²`, else `x[i] · 1/(1 − rate)`. The word is a function
//! of the seed, the layer, the step, the sample and `i`, so backward draws the same mask again, and nothing is kept.

pub mod block;
pub mod reference;
pub mod row;

use toddle_lanes::{Float, Purpose, key};

/// Whose mask is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Draw {
    /// The training's seed.
    pub seed: u64,
    /// The step, counted over the whole training.
    pub step: u32,
    /// Which sample of the batch; in a block, its first.
    pub sample: u32,
    /// Which layer of the network.
    pub layer: u32,
}

impl Draw {
    /// The counter of numbers `4·four` to `4·four + 3`, a word for each. Its second number is the sample, which
    /// [`Simd::philox`](toddle_lanes::Simd::philox) counts up lane by lane.
    #[inline(always)]
    fn counter(&self, four: usize) -> [u32; 4] {
        [four as u32, self.sample, self.step, self.layer << 8 | Purpose::Dropout as u32]
    }

    #[inline(always)]
    fn key(&self) -> [u32; 2] {
        key(self.seed)
    }
}

/// What dropout does to a number.
#[derive(Clone, Copy, Debug)]
struct Chance<T> {
    /// Words below it drop their number.
    below: u32,
    /// What the others are multiplied by.
    scale: T,
}

impl<T: Float> Chance<T> {
    /// The chance of a rate from 0 up to, and without, 1.
    #[inline(always)]
    fn new(rate: f64) -> Self {
        Chance { below: (rate * 4_294_967_296.0) as u32, scale: T::from_f64(1.0 / (1.0 - rate)) }
    }
}
