//! Samples to lanes and back: the border between arrays of samples and blocks.
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

/// `block[i][n] = samples[n][i]` for at most sixteen samples, and zero in the lanes past the last.
#[derive(Debug)]
pub struct ToLanes<'a, T> {
    /// Samples, one behind the other.
    pub samples: &'a [T],
    /// As many numbers as a sample has, each of sixteen samples.
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
                simd.store(simd.load_part(&sample[p * LANES..][..places.len()]), row);
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

/// `samples[n][i] = block[i][n]`, for as many samples as `samples` has room for.
#[derive(Debug)]
pub struct FromLanes<'a, T> {
    /// Numbers, each of sixteen samples.
    pub block: &'a [Lane<T>],
    /// Samples, one behind the other.
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
                simd.store_part(simd.load(row), &mut sample[p * LANES..][..places.len()]);
            }
        }
    }
}

/// Sixteen numbers of each of sixteen samples: `panel[n][i]` is number `i` of sample `n`.
pub type Panel<T> = [Lane<T>; LANES];

/// `panels[i / 16][n][i % 16] = block[i][n]`, and zero in the numbers past the last.
///
/// Some numbers of all samples lie together so, and not as far apart as a sample is long, which may be a power of two: then the
/// lines of the cache that they are in push each other out.
#[derive(Debug)]
pub struct ToPanels<'a, T> {
    /// Numbers, each of sixteen samples.
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

/// `to[n][i] = from[i][n]`, and zero in the numbers past the last of at most sixteen.
#[inline(always)]
fn transpose<S: Simd>(simd: S, from: &[Lane<S::T>], to: &mut Panel<S::T>) {
    let nothing = [S::T::ZERO; LANES];
    simd.transpose(array!(|i| from.get(i).unwrap_or(&nothing)), to.each_mut());
}
