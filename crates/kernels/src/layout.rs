//! Samples to lanes and back: the border between arrays of samples and blocks.

use toddle_lanes::{Float, LANES};

use crate::Lane;

/// `block[i][n] = samples[n][i]` for at most sixteen samples, and zero in the lanes past the last.
pub fn to_lanes<T: Float>(samples: &[T], block: &mut [Lane<T>]) {
    let size = block.len();
    for (n, sample) in samples.chunks_exact(size).enumerate() {
        for (lane, x) in block.iter_mut().zip(sample) {
            lane[n] = *x;
        }
    }
    for lane in block {
        lane[samples.len() / size..].fill(T::ZERO);
    }
}

/// `samples[n][i] = block[i][n]`, for as many samples as `samples` has room for.
pub fn from_lanes<T: Float>(block: &[Lane<T>], samples: &mut [T]) {
    debug_assert!(samples.len() <= block.len() * LANES);
    for (n, sample) in samples.chunks_exact_mut(block.len()).enumerate() {
        for (x, lane) in sample.iter_mut().zip(block) {
            *x = lane[n];
        }
    }
}
