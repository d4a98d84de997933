//! Dropout: numbers set to zero at random, the others scaled so that their mean stays.
//!
//! `y[i] = 0` where the random word of number `i` is below `rate · 2³²`, else `x[i] · 1/(1 − rate)`. The word is a function
//! of the seed, the layer, the step, the sample and `i`, so backward draws the same mask again, and nothing is kept.

pub mod block;
pub mod reference;
pub mod row;

use toddle_lanes::{Float, Purpose, key, philox};

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
    /// The words of numbers `4·four` to `4·four + 3` of the `n`-th sample from [`sample`](Draw::sample) on.
    #[inline(always)]
    fn words(&self, four: u32, n: u32) -> [u32; 4] {
        let purpose = self.layer << 8 | Purpose::Dropout as u32;
        philox([four, self.sample.wrapping_add(n), self.step, purpose], key(self.seed))
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

    #[inline(always)]
    fn apply(self, word: u32, x: T) -> T {
        if word < self.below { T::ZERO } else { x * self.scale }
    }
}
