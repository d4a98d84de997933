//! Samples to lanes and back: the border between arrays of samples and blocks.

use toddle_lanes::{Float, LANES};

use crate::Lane;

/// `block[i][n] = samples[n][i]` for at most sixteen samples, and zero in the lanes past the last.
pub fn to_lanes<T: Float>(samples: &[T], block: &mut [Lane<T>]) {
    let size = block.len();
    for (p, places) in block.chunks_mut(LANES).enumerate() {
        for (n, sample) in samples.chunks_exact(size).enumerate() {
            for (lane, x) in places.iter_mut().zip(&sample[p * LANES..]) {
                lane[n] = *x;
            }
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

/// Sixteen numbers of each of sixteen samples: `panel[n][i]` is number `i` of sample `n`.
pub type Panel<T> = [Lane<T>; LANES];

/// `panels[i / 16][n][i % 16] = block[i][n]`, and zero in the numbers past the last. There are `⌈block.len() / 16⌉` panels.
///
/// Some numbers of all samples lie together so, and not as far apart as a sample is long, which may be a power of two: then the
/// lines of the cache that they are in push each other out.
pub fn to_panels<T: Float>(block: &[Lane<T>], panels: &mut [Panel<T>]) {
    debug_assert_eq!(panels.len(), block.len().div_ceil(LANES));
    for (block, panel) in block.chunks(LANES).zip(panels) {
        for (n, sample) in panel.iter_mut().enumerate() {
            for (i, x) in sample.iter_mut().enumerate() {
                *x = block.get(i).map_or(T::ZERO, |lane| lane[n]);
            }
        }
    }
}
