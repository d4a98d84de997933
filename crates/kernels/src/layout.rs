//! Samples to lanes and back: the conversion between arrays of samples and blocks.
//!
//! ```text
//!     samples, one after the other        a block: one vector for each element
//!
//!     sample 0:  a b c d                  a: a₀ a₁ a₂ …  a₁₅
//!     sample 1:  a b c d         ◀──▶     b: b₀ b₁ b₂ …  b₁₅
//!     …                                   c: c₀ c₁ c₂ …  c₁₅
//!     sample 15: a b c d                  d: d₀ d₁ d₂ …  d₁₅
//! ```

use toddle_lanes::{Float, Kernel, LANES, Simd, array};

use crate::Lane;

/// `block[i][n] = samples[n][i]` for at most sixteen samples. The lanes after the last sample are zero.
#[derive(Debug)]
pub struct ToLanes<'a, T> {
    /// Samples, one after the other.
    pub samples: &'a [T],
    /// One vector for each element of a sample; each vector holds the element of sixteen samples.
    pub block: &'a mut [Lane<T>],
}

impl<T: Float> Kernel<T> for ToLanes<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let size = self.block.len();
        let mut rows = [[T::ZERO; LANES]; LANES];
        for (p, places) in self.block.chunks_mut(LANES).enumerate() {
            for (row, sample) in rows.iter_mut().zip(self.samples.chunks_exact(size)) {
                simd.store(simd.load_partial(&sample[p * LANES..][..places.len()]), row);
            }
            if let Ok(places) = <&mut Panel<T>>::try_from(&mut *places) {
                simd.transpose(rows.each_ref(), places.each_mut());
            } else {
                let mut columns = [[T::ZERO; LANES]; LANES];
                simd.transpose(rows.each_ref(), columns.each_mut());
                places.copy_from_slice(&columns[..places.len()]);
            }
        }
    }
}

/// `samples[n][i] = block[i][n]`, for as many samples as fit in `samples`.
#[derive(Debug)]
pub struct FromLanes<'a, T> {
    /// One vector for each element of a sample; each vector holds the element of sixteen samples.
    pub block: &'a [Lane<T>],
    /// Samples, one after the other.
    pub samples: &'a mut [T],
}

impl<T: Float> Kernel<T> for FromLanes<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let size = self.block.len();
        debug_assert!(self.samples.len() <= size * LANES);
        for (p, places) in self.block.chunks(LANES).enumerate() {
            let mut rows = [[T::ZERO; LANES]; LANES];
            transpose(simd, places, &mut rows);
            for (row, sample) in rows.iter().zip(self.samples.chunks_exact_mut(size)) {
                simd.store_partial(simd.load(row), &mut sample[p * LANES..][..places.len()]);
            }
        }
    }
}

/// `sample[i] = block[i][n]`. `block` has sixteen elements for each element of the sample.
pub fn take_lane<T: Copy>(block: &[T], n: usize, sample: &mut [T]) {
    for (lanes, x) in block.as_chunks::<LANES>().0.iter().zip(sample) {
        *x = lanes[n];
    }
}

/// `block[i][n] = sample[i]`, the reverse of [`take_lane`].
pub fn put_lane<T: Copy>(sample: &[T], n: usize, block: &mut [T]) {
    for (lanes, x) in block.as_chunks_mut::<LANES>().0.iter_mut().zip(sample) {
        lanes[n] = *x;
    }
}

/// Sixteen elements of each of sixteen samples: `panel[n][i]` is element `i` of sample `n`.
pub type Panel<T> = [Lane<T>; LANES];

/// `panels[i / 16][n][i % 16] = block[i][n]`. The elements after the last are zero.
///
/// In a panel, some elements of all samples are close together. In an array of samples, they would be as far apart as a
/// sample is long. If this distance is a power of two, the cache lines of the elements push each other out of the
/// cache.
#[derive(Debug)]
pub struct ToPanels<'a, T> {
    /// One vector for each element of a sample; each vector holds the element of sixteen samples.
    pub block: &'a [Lane<T>],
    /// `⌈block.len() / 16⌉` panels.
    pub panels: &'a mut [Panel<T>],
}

impl<T: Float> Kernel<T> for ToPanels<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        debug_assert_eq!(self.panels.len(), self.block.len().div_ceil(LANES));
        for (block, panel) in self.block.chunks(LANES).zip(self.panels) {
            transpose(simd, block, panel);
        }
    }
}

/// `to[n][i] = from[i][n]` for at most sixteen elements. The elements after the last are zero.
#[inline(always)]
fn transpose<S: Simd>(simd: S, from: &[Lane<S::T>], to: &mut Panel<S::T>) {
    let nothing = [S::T::ZERO; LANES];
    simd.transpose(array!(|i| from.get(i).unwrap_or(&nothing)), to.each_mut());
}
