//! The gradient to the weights of a fast convolution.
//!
//! ```text
//!     for four places at a time, and for each row of four of the sixteen elements:
//!
//!       tiles.rs      the tiles of `dy`, sample by sample, transformed      gradients[place,sample,k]
//!       patches.rs    the patches of `x`, transformed                       patches[place,c,sample]
//!       product.rs    for each element                                      du[c,k] += patches · gradients
//!
//!     at the end, for each filter and channel:                              dw += Gᵀ du G
//! ```
//!
//! The sum runs over the samples of the places.
//!
//! Measured in `bench/runs/2026-11-27-amd-epyc-family-26-model-2/kernels.json`.

mod patches;
mod product;
mod tiles;

use toddle_lanes::{Float, Kernel, LANES, Simd, array, prefetch};

use super::convolution::sixteenth;
use super::grid::{Grid, Place};
use super::reference::TILES;
use super::{Direction, transform};
use crate::Lane;
use crate::conv2d::Geometry;
use patches::PatchesRow;
use product::Product;

/// `dw += Gᵀ (Σ  Bᵀ x[c] B ⊙ A dy[k] Aᵀ) G`: the leaf of
/// [`reference::backward_weights`](super::reference::backward_weights).
#[derive(Debug)]
pub struct BackwardWeights<'a, T> {
    /// The convolution.
    pub g: &'a Geometry,
    /// Input, c×h×w.
    pub x: &'a [Lane<T>],
    /// Gradient to the output, k×oh×ow.
    pub dy: &'a [Lane<T>],
    /// Gradient to the weights, r×s×c×k; the result is added to it.
    pub dw: &'a mut [T],
    /// Scratch memory of [`scratch`](super::block::scratch) vectors.
    pub scratch: &'a mut [Lane<T>],
}

/// The number of channels whose patches are computed together. The first-level cache holds these patches and the tiles
/// of a few filters.
const TOGETHER: usize = 16;

/// The length of the scratch memory of [`BackwardWeights`], in vectors.
pub(super) fn room(g: &Geometry) -> usize {
    let sums = 16 * g.channels * padded(g) / LANES;
    sums + 4 * TILES * TOGETHER + 8 * TILES * padded(g)
}

/// The number of filters, rounded up to whole vectors.
fn padded(g: &Geometry) -> usize {
    g.filters.next_multiple_of(LANES)
}

impl<T: Float> Kernel<T> for BackwardWeights<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let BackwardWeights { g, x, dy, dw, scratch } = self;
        let (grid, filters) = (&Grid::of_samples(&Direction::forward(g)), padded(g));
        let (x, flat_dy) = (x.as_flattened(), dy.as_flattened());
        let scratch = scratch.as_flattened_mut();
        let (du, scratch) = scratch.split_at_mut(16 * g.channels * filters);
        let (patches, scratch) = scratch.split_at_mut(4 * TILES * TOGETHER * LANES);
        let patches = patches.as_chunks_mut().0;
        let (gradients, tiles) = scratch.split_at_mut(4 * TILES * filters * LANES);
        du.fill(T::ZERO);
        for first in (0..grid.places()).step_by(TILES) {
            let count = TILES.min(grid.places() - first);
            let places: [Place; TILES] = core::array::from_fn(|n| grid.place(first + n.min(count - 1)));
            let places = &places[..count];
            let next = grid.place((first + TILES).min(grid.places() - 1));
            let steps = count * LANES;
            let (tiles, gradients) =
                (&mut tiles[..4 * steps * filters], &mut gradients[..4 * steps * filters]);
            tiles::by_sample(simd, grid, places, dy, filters, tiles);
            for i in 0..4 {
                tiles::transformed_row(simd, i, tiles, filters, gradients);
                for c in (0..g.channels).step_by(TOGETHER) {
                    let channels = TOGETHER.min(g.channels - c);
                    let x = &x[c * grid.from..][..channels * grid.from];
                    let patches = &mut patches[..4 * channels * count];
                    PatchesRow { grid, places, from: x, elements: patches }.run(simd, i);
                    for j in 0..4 {
                        let element = 4 * i + j;
                        // Prefetches for the next places, as forward does.
                        for c in sixteenth(element, &(0..channels)) {
                            grid.prefetch_patches(&x[c * grid.from..][..grid.from], &next, TILES, prefetch);
                        }
                        if c == 0 {
                            for k in sixteenth(element, &(0..g.filters)) {
                                let dy = &flat_dy[k * grid.to..][..grid.to];
                                grid.prefetch_tiles(dy, &next, TILES, prefetch);
                            }
                        }
                        let patches = &patches[j * channels * count..][..channels * count];
                        let gradients = &gradients[j * steps * filters..][..steps * filters];
                        let du = &mut du[(element * g.channels + c) * filters..][..channels * filters];
                        simd.outline(Product { patches, channels, gradients, filters, du });
                    }
                }
            }
        }
        windows(simd, g, du, filters, dw);
    }
}

/// `dw += Gᵀ du G`: [`reference::backward_windows`](super::reference::backward_windows).
#[inline(always)]
fn windows<S: Simd>(simd: S, g: &Geometry, du: &[S::T], filters: usize, dw: &mut [S::T]) {
    for c in 0..g.channels {
        for k in (0..g.filters).step_by(LANES) {
            let du: [&[S::T]; 16] = array!(|n| &du[(n * g.channels + c) * filters + k..][..LANES]);
            let window = transform::window_gradient(array!(|i| array!(|j| simd.load_partial(du[i * 4 + j]))));
            let some = LANES.min(g.filters - k);
            for r in 0..3 {
                for s in 0..3 {
                    let dw = &mut dw[g.w(r, s, c, k)..][..some];
                    simd.store_partial(simd.load_partial(dw) + window[r][s], dw);
                }
            }
        }
    }
}
