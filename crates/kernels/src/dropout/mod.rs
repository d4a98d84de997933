//! Dropout: elements are set to zero at random. The other elements are scaled so that the mean stays the same.
//!
//! `y[i] = 0` if the random word of element `i` is below `rate · 2³²`, else `x[i] · 1/(1 − rate)`. The word is a
//! function of the seed, the layer, the step, the sample and `i`. So backward computes the same mask again, and no mask
//! is stored.
//!
//! Neighbouring elements may share a word, so that they are dropped together. Spatial dropout drops whole channels in
//! this way: element `i` has word `⌊i/n⌋`, for channels of `n` elements.

pub mod block;
pub mod reference;
pub mod row;

use toddle_lanes::{Float, Purpose, key};

/// Selects the random numbers of a layer, such as a mask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Draw {
    /// The seed of the training.
    pub seed: u64,
    /// The step, counted over the whole training.
    pub step: u32,
    /// The index of the sample in the batch; for a block, of its first sample.
    pub sample: u32,
    /// The index of the layer in the network.
    pub layer: u32,
}

impl Draw {
    /// The counter for four random words, from word `4·four` on. The second number of the counter is the sample. [`Simd::philox`](toddle_lanes::Simd::philox) increases it by one from lane to
    /// lane.
    #[inline(always)]
    pub(crate) fn counter(&self, four: usize) -> [u32; 4] {
        [four as u32, self.sample, self.step, self.layer << 8 | Purpose::Layer as u32]
    }

    #[inline(always)]
    pub(crate) fn key(&self) -> [u32; 2] {
        key(self.seed)
    }
}

/// The threshold and the factor of dropout.
#[derive(Clone, Copy, Debug)]
struct Chance<T> {
    /// An element is set to zero if its word is below this number.
    below: u32,
    /// The factor for the other elements.
    scale: T,
}

impl<T: Float> Chance<T> {
    /// The threshold and the factor for a `rate` with `0 ≤ rate < 1`.
    #[inline(always)]
    fn new(rate: f64) -> Self {
        Chance { below: (rate * 4_294_967_296.0) as u32, scale: T::from_f64(1.0 / (1.0 - rate)) }
    }
}
