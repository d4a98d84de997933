//! Forward, and backward to the input, of a fast convolution.
//!
//! ```text
//!     for some places (W vectors of tiles) at a time:
//!       1. transform the patches of all planes
//!       2. for each of the sixteen elements:  outputs × planes  ·  planes × W
//!
//!                      W places
//!                    ┌────┬────┬────┐
//!          4 outputs │ Σ  │ Σ  │ Σ  │   each plane loads W vectors, broadcasts four weights,
//!                    ├────┼────┼────┤   and does 4·W multiply-adds
//!                    │ Σ  │ Σ  │ Σ  │
//!                    └────┴────┴────┘
//!       3. transform the products back to tiles
//! ```
//!
//! The loop reads many planes at a time. A CPU cannot predict so many streams. So the loop prefetches the memory that
//! the next places read and write.
//!
//! Measured in `bench/runs/2026-11-27-amd-epyc-family-26-model-2/kernels.json`.

use core::ops::Range;

use toddle_lanes::{Float, Kernel, Part, Simd, array, prefetch, prefetch_to_write};

use super::grid::{Grid, Place};
use super::{patches, transform};
use crate::Lane;
use crate::activation::formula::{Formula, Relu};
use crate::tile::multiply_add;

/// Outputs in a panel of the packed weights.
pub const PANEL: usize = 4;

/// The highest number of outputs whose products are stored before they are transformed back.
const TOGETHER: usize = 32;

/// The highest number of places at a time.
const PLACES: usize = 3;

/// The common part of forward and backward to the input, in blocks and in rows.
#[doc(hidden)]
#[derive(Debug)]
pub struct FastConvolution<'a, T> {
    pub(super) grid: Grid,
    pub(super) planes: usize,
    pub(super) outs: usize,
    pub(super) from: &'a [T],
    /// Transformed windows: for each of the sixteen elements, panels of outputs, each planes×panel.
    pub(super) w: &'a [[T; PANEL]],
    pub(super) b: Option<&'a [T]>,
    pub(super) relu: bool,
    pub(super) to: &'a mut [T],
    /// Scratch memory of [`room`] vectors.
    pub(super) scratch: &'a mut [Lane<T>],
}

/// The sixteen elements of the transformed patches of a plane, or of the transformed tiles of an output, at `W` places.
/// Row 17 is not used. Without it, the distance of planes would be a power of two, and planes would push each other out
/// of the cache.
type Elements<T, const W: usize> = [[Lane<T>; W]; 17];

/// The length of the scratch memory of a [`FastConvolution`], in vectors.
pub fn room(planes: usize, outs: usize) -> usize {
    17 * PLACES * (planes + outs.next_multiple_of(PANEL).min(TOGETHER))
}

impl<T: Float> Kernel<T> for FastConvolution<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self, simd: S) {
        let scratch = core::mem::take(&mut self.scratch);
        let places = self.grid.places();
        let mut first = 0;
        while first < places {
            first += match places - first {
                PLACES.. if const { PLACES * PANEL <= S::TILE_REGISTERS } => {
                    simd.outline(InPlaces::<_, PLACES>(&mut self, first, scratch))
                }
                _ => simd.outline(InPlaces::<_, 1>(&mut self, first, scratch)),
            };
        }
    }
}

impl<T: Float> FastConvolution<'_, T> {
    /// All outputs of `W` neighbouring places. Returns `W`.
    #[inline(always)]
    fn places<S: Simd<T = T>, const W: usize>(
        &mut self,
        simd: S,
        first: usize,
        scratch: &mut [Lane<T>],
    ) -> usize {
        let places: [Place; W] = core::array::from_fn(|n| self.grid.place(first + n));
        let next = self.grid.place((first + W).min(self.grid.places() - 1));
        let (patches, tiles) = scratch.as_chunks_mut().0.as_chunks_mut().0.split_at_mut(self.planes);
        match self.grid.pitch() {
            Some(pitch) => patches::transformed_combs(simd, &self.grid, pitch, &places, self.from, patches),
            None => patches::transformed::<_, 0, 4>(simd, &self.grid, &places, self.from, patches),
        }
        for first in (0..self.outs).step_by(TOGETHER) {
            let outs = first..(first + TOGETHER).min(self.outs);
            self.products::<S, W>(simd, &outs, patches, tiles, [&places[0], &next]);
            self.tiles(simd, &outs, &places, tiles);
        }
        W
    }

    /// The sixteen products for some outputs.
    #[inline(always)]
    fn products<S: Simd<T = T>, const W: usize>(
        &self,
        simd: S,
        outs: &Range<usize>,
        patches: &[Elements<T, W>],
        tiles: &mut [Elements<T, W>],
        here_and_next: [&Place; 2],
    ) {
        let (planes, panels) = (self.planes, self.outs.div_ceil(PANEL));
        let tiles = &mut tiles.as_chunks_mut::<PANEL>().0[..outs.len().div_ceil(PANEL)];
        for element in 0..16 {
            self.prefetch::<W>(element, outs, here_and_next);
            let weights = self.w[(element * panels + outs.start / PANEL) * planes..].chunks_exact(planes);
            for (n, (to, w)) in tiles.iter_mut().zip(weights).enumerate() {
                let mut begin = [T::ZERO; PANEL];
                // The transform back adds element (1, 1), which is element 5 of the sixteen, to all four elements of a tile. So the
                // bias is added there.
                if let Some(b) = self.b.filter(|_| element == 5) {
                    for (begin, b) in begin.iter_mut().zip(&b[outs.start + n * PANEL..]) {
                        *begin = *b;
                    }
                }
                for part in simd.parts() {
                    product(part, element, patches, w, &begin, to);
                }
            }
        }
    }

    /// Prefetches a sixteenth of the memory that these places write next. Once for these places, it also prefetches the
    /// memory that the next places read. Planes are far apart and too many for the prefetcher of the CPU. Combs are
    /// small enough for the caches.
    #[inline(always)]
    fn prefetch<const W: usize>(&self, n: usize, outs: &Range<usize>, [here, next]: [&Place; 2]) {
        let grid = &self.grid;
        if grid.pitch().is_some() {
            return;
        }
        for out in sixteenth(n, outs) {
            grid.prefetch_tiles(&self.to[out * grid.to..][..grid.to], here, W, prefetch_to_write);
        }
        if outs.start == 0 {
            for plane in sixteenth(n, &(0..self.planes)) {
                grid.prefetch_patches(&self.from[plane * grid.from..][..grid.from], next, W, prefetch);
            }
        }
    }

    /// Transforms the products of some outputs back.
    #[inline(always)]
    fn tiles<S: Simd<T = T>, const W: usize>(
        &mut self,
        simd: S,
        outs: &Range<usize>,
        places: &[Place; W],
        products: &[Elements<T, W>],
    ) {
        let to = self.to.chunks_exact_mut(self.grid.to).skip(outs.start);
        for (to, products) in to.zip(&products[..outs.len()]) {
            for (n, place) in places.iter().enumerate() {
                for part in simd.parts() {
                    let tile = transform::tile(array!(|i| array!(|j| part.load(&products[i * 4 + j][n]))));
                    for i in 0..place.height {
                        for j in 0..place.width {
                            let y = if self.relu { Relu.value(tile[i][j]) } else { tile[i][j] };
                            part.store(y, self.grid.written(to, place, i, j));
                        }
                    }
                }
            }
        }
    }
}

/// The arguments of [`FastConvolution::places`]: the first place, and the scratch memory.
struct InPlaces<'a, 'b, T, const W: usize>(&'a mut FastConvolution<'b, T>, usize, &'a mut [Lane<T>]);

impl<T: Float, const W: usize> Kernel<T> for InPlaces<'_, '_, T, W> {
    type Output = usize;

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) -> usize {
        self.0.places::<S, W>(simd, self.1, self.2)
    }
}

/// Part `n` of sixteen nearly equal parts.
#[inline(always)]
pub(super) fn sixteenth(n: usize, of: &Range<usize>) -> Range<usize> {
    of.start + of.len() * n / 16..of.start + of.len() * (n + 1) / 16
}

/// `to[out,place] = begin[out] + Σ plane  w[plane,out] · patches[plane,place]`, for one of the sixteen elements.
#[inline(always)]
fn product<P: Part, const W: usize>(
    part: P,
    element: usize,
    patches: &[Elements<P::T, W>],
    w: &[[P::T; PANEL]],
    begin: &[P::T; PANEL],
    to: &mut [Elements<P::T, W>; PANEL],
) {
    let mut sums = array!(|f| [part.splat(begin[f]); W]);
    for (x, w) in patches.iter().zip(w) {
        multiply_add(part, w, &x[element].each_ref(), &mut sums);
    }
    for f in 0..PANEL {
        for p in 0..W {
            part.store(sums[f][p], &mut to[f][element][p]);
        }
    }
}

impl<T, const W: usize> patches::To<T> for [Elements<T, W>] {
    #[inline(always)]
    fn element(&mut self, plane: usize, place: usize, element: usize) -> &mut Lane<T> {
        &mut self[plane][element][place]
    }
}
