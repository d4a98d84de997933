//! The gradient to the weights of a fast convolution.
//!
//! ```text
//!                      2 registers of neighbouring filters
//!                    ┌───────────────┬───────────────┐
//!       8 channels   │ Σ  Σ  Σ  Σ  Σ │ Σ  Σ  Σ  Σ  Σ │   each sample of each tile
//!                    ├───────────────┼───────────────┤     loads two registers of transformed `dy`,
//!                    │ Σ  Σ  Σ  Σ  Σ │ Σ  Σ  Σ  Σ  Σ │     broadcasts an element of eight patches,
//!                    └───────────────┴───────────────┘     and does 16 multiply-adds of registers
//! ```
//!
//! A few places at a time, and one row of the transformed 4×4 elements at a time, patches and tiles are transformed. A
//! product of matrices then gives the transformed gradient. One sample of one tile is one step of the sum.
//!
//! The tile is eight channels × two registers of filters, six × two with fewer registers, or sixteen × one with 32 registers
//! and few filters.
//!
//! Measured in `bench/runs/2026-11-27-amd-epyc-family-26-model-2/kernels.json`.

use toddle_lanes::{Float, Kernel, LANES, Part, Real, Simd, array, prefetch};

use super::grid::{Grid, Place};
use super::reference::TILES;
use super::sweep::sixteenth;
use super::{Way, patches, transform};
use crate::Lane;
use crate::conv2d::Geometry;

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
        let (grid, filters) = (Grid::of_samples(&Way::forward(g)), padded(g));
        let (x, flat_dy) = (x.as_flattened(), dy.as_flattened());
        let scratch = scratch.as_flattened_mut();
        let (sums, scratch) = scratch.split_at_mut(16 * g.channels * filters);
        let (patches, scratch) = scratch.split_at_mut(4 * TILES * TOGETHER * LANES);
        let patches = patches.as_chunks_mut().0;
        let (slopes, tiles) = scratch.split_at_mut(4 * TILES * filters * LANES);
        sums.fill(T::ZERO);
        for first in (0..grid.places()).step_by(TILES) {
            let count = TILES.min(grid.places() - first);
            let places: [Place; TILES] = std::array::from_fn(|n| grid.place(first + n.min(count - 1)));
            let places = &places[..count];
            let next = grid.place((first + TILES).min(grid.places() - 1));
            let steps = count * LANES;
            let (tiles, slopes) = (&mut tiles[..4 * steps * filters], &mut slopes[..4 * steps * filters]);
            by_sample(simd, &grid, places, dy, filters, tiles);
            for i in 0..4 {
                slopes_row(simd, i, tiles, filters, slopes);
                for c in (0..g.channels).step_by(TOGETHER) {
                    let channels = TOGETHER.min(g.channels - c);
                    let x = &x[c * grid.from..][..channels * grid.from];
                    let patches = &mut patches[..4 * channels * count];
                    match i {
                        0 => simd.outline(PatchesRow::<_, 0> {
                            grid: &grid,
                            places,
                            from: x,
                            numbers: patches,
                        }),
                        1 => simd.outline(PatchesRow::<_, 1> {
                            grid: &grid,
                            places,
                            from: x,
                            numbers: patches,
                        }),
                        2 => simd.outline(PatchesRow::<_, 2> {
                            grid: &grid,
                            places,
                            from: x,
                            numbers: patches,
                        }),
                        _ => simd.outline(PatchesRow::<_, 3> {
                            grid: &grid,
                            places,
                            from: x,
                            numbers: patches,
                        }),
                    }
                    for j in 0..4 {
                        let number = 4 * i + j;
                        // Prefetches for the next places, as a sweep does.
                        for c in sixteenth(number, &(0..channels)) {
                            grid.ask_for_patches(&x[c * grid.from..][..grid.from], &next, TILES, prefetch);
                        }
                        if c == 0 {
                            for k in sixteenth(number, &(0..g.filters)) {
                                let dy = &flat_dy[k * grid.to..][..grid.to];
                                grid.ask_for_tiles(dy, &next, TILES, prefetch);
                            }
                        }
                        let patches = &patches[j * channels * count..][..channels * count];
                        let slopes = &slopes[j * steps * filters..][..steps * filters];
                        let sums = &mut sums[(number * g.channels + c) * filters..][..channels * filters];
                        simd.outline(Product { patches, channels, slopes, filters, sums });
                    }
                }
            }
        }
        windows(simd, g, sums, filters, dw);
    }
}

/// The tiles of `dy`, sample by sample: for each tile its four elements, for each element sixteen samples, for each
/// sample all filters.
#[inline(always)]
fn by_sample<S: Simd>(
    simd: S,
    grid: &Grid,
    places: &[Place],
    dy: &[Lane<S::T>],
    filters: usize,
    to: &mut [S::T],
) {
    let nothing = [S::T::ZERO; LANES];
    for (place, to) in places.iter().zip(to.chunks_exact_mut(4 * LANES * filters)) {
        for (n, to) in to.chunks_exact_mut(LANES * filters).enumerate() {
            for first in (0..filters).step_by(LANES) {
                let from =
                    array!(|k| grid.tile_number(dy, first + k, place, n / 2, n % 2).unwrap_or(&nothing));
                let mut samples = to.chunks_exact_mut(filters);
                simd.transpose(
                    from,
                    std::array::from_fn(|_| {
                        let sample = samples.next().expect("sixteen samples");
                        sample[first..].first_chunk_mut().expect("filters are whole vectors")
                    }),
                );
            }
        }
    }
}

/// Row `I` of the four by four elements of transformed patches: for each of its four elements all places, for each
/// place all planes.
struct PatchesRow<'a, T, const I: usize> {
    grid: &'a Grid,
    places: &'a [Place],
    from: &'a [T],
    numbers: &'a mut [Lane<T>],
}

impl<T: Float, const I: usize> Kernel<T> for PatchesRow<'_, T, I> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let PatchesRow { grid, places, from, numbers } = self;
        let to = &mut Patches { apart: numbers.len() / 4, planes: from.len() / grid.from, numbers };
        patches::transformed::<_, I, 1>(simd, grid, places, from, to);
    }
}

/// One row of the elements of transformed patches. Each element has an equal part of the memory. In it, all planes of a
/// place are neighbours.
struct Patches<'a, T> {
    apart: usize,
    planes: usize,
    numbers: &'a mut [Lane<T>],
}

impl<T> patches::To<T> for Patches<'_, T> {
    #[inline(always)]
    fn number(&mut self, plane: usize, place: usize, number: usize) -> &mut Lane<T> {
        &mut self.numbers[number * self.apart + place * self.planes + plane]
    }
}

/// Row `i` of the four by four elements of transformed tiles: for each of its four elements all places, for each place
/// all samples, for each sample all filters. [`by_sample`] has prepared the tiles.
#[inline(always)]
fn slopes_row<S: Simd>(simd: S, i: usize, tiles: &[S::T], filters: usize, to: &mut [S::T]) {
    match i {
        0 => transformed_slopes::<_, 0>(simd, tiles, filters, to),
        1 => transformed_slopes::<_, 1>(simd, tiles, filters, to),
        2 => transformed_slopes::<_, 2>(simd, tiles, filters, to),
        _ => transformed_slopes::<_, 3>(simd, tiles, filters, to),
    }
}

#[inline(always)]
fn transformed_slopes<S: Simd, const I: usize>(simd: S, tiles: &[S::T], filters: usize, to: &mut [S::T]) {
    let (tiles, to) = (tiles.as_chunks().0, to.as_chunks_mut().0);
    let apart = to.len() / 4;
    let mut numbers = to.chunks_exact_mut(apart);
    let mut numbers: [_; 4] =
        std::array::from_fn(|_| numbers.next().expect("four numbers").chunks_exact_mut(filters));
    for tile in tiles.chunks_exact(4 * filters) {
        let tile: [&[Lane<S::T>]; 4] = array!(|n| &tile[n * filters..][..filters]);
        let to: [&mut [Lane<S::T>]; 4] = std::array::from_fn(|j| numbers[j].next().expect("a place"));
        for n in 0..filters {
            for part in simd.parts() {
                let columns: [[_; 4]; 2] = array!(|j| transform::tile_slope_line([
                    part.load(&tile[j][n]),
                    part.load(&tile[j + 2][n])
                ]));
                let row = transform::tile_slope_line([columns[0][I], columns[1][I]]);
                for j in 0..4 {
                    part.store(row[j], &mut to[j][n]);
                }
            }
        }
    }
}

/// `sums[c,k] += Σ place,sample  patches[place,c,sample] · slopes[place,sample,k]`, for one of the sixteen elements.
struct Product<'a, T> {
    patches: &'a [Lane<T>],
    channels: usize,
    slopes: &'a [T],
    filters: usize,
    sums: &'a mut [T],
}

impl<T: Float> Kernel<T> for Product<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self, simd: S) {
        let mut k = 0;
        while k < self.filters {
            k += match (self.filters - k) / S::Part::WIDTH {
                2.. if const { S::NATIVE } => self.columns::<S, 2>(simd, k),
                _ => self.columns::<S, 1>(simd, k),
            };
        }
    }
}

impl<T: Float> Product<'_, T> {
    /// `N` registers of filters, for all channels. Returns the number of filters.
    #[inline(always)]
    fn columns<S: Simd<T = T>, const N: usize>(&mut self, simd: S, k: usize) -> usize {
        let channels = self.channels;
        let mut c = 0;
        while c < channels {
            c += match channels - c {
                16.. if const { S::REGISTERS >= 32 && N == 1 } => simd.outline(Tile::<_, 16, N>(self, c, k)),
                8.. if const { S::REGISTERS >= 32 } => simd.outline(Tile::<_, 8, N>(self, c, k)),
                // For eight channels, two tiles of four are faster than tiles of six and two.
                6.. if const { S::NATIVE } && channels - c != 8 => simd.outline(Tile::<_, 6, N>(self, c, k)),
                4.. if const { S::NATIVE } => simd.outline(Tile::<_, 4, N>(self, c, k)),
                2.. if const { S::NATIVE } => simd.outline(Tile::<_, 2, N>(self, c, k)),
                _ => simd.outline(Tile::<_, 1, N>(self, c, k)),
            };
        }
        N * S::Part::WIDTH
    }

    /// `C` channels × `N` registers of filters, in registers during the loop over all samples of all places, from zero.
    /// Returns `C`.
    #[inline(always)]
    fn tile<P: Part<T = T>, const C: usize, const N: usize>(&mut self, part: P, c: usize, k: usize) -> usize {
        let filters = self.filters;
        let to = &mut self.sums[c * filters + k..];
        let mut sums = [[part.splat(T::ZERO); N]; C];
        let places = self.patches.chunks_exact(self.channels);
        for (patches, slopes) in places.zip(self.slopes.chunks_exact(LANES * filters)) {
            let patches: &[Lane<T>; C] = patches[c..].first_chunk().expect("a tile's channels");
            for (sample, slopes) in slopes.chunks_exact(filters).enumerate().take(LANES) {
                let slopes = &slopes[k..][..N * P::WIDTH];
                let slopes: [P::R; N] = array!(|n| part.read(&slopes[n * P::WIDTH..]));
                for c in 0..C {
                    let x = part.splat(patches[c][sample]);
                    for n in 0..N {
                        sums[c][n] = part.pin(x.mul_add(slopes[n], sums[c][n]));
                    }
                }
            }
        }
        for c in 0..C {
            for n in 0..N {
                let to = &mut to[c * filters + n * P::WIDTH..][..P::WIDTH];
                part.write(part.read(to) + sums[c][n], to);
            }
        }
        C
    }
}

/// The arguments of [`Product::tile`]: the first channel and the first filter.
struct Tile<'a, 'b, T, const C: usize, const N: usize>(&'a mut Product<'b, T>, usize, usize);

impl<T: Float, const C: usize, const N: usize> Kernel<T> for Tile<'_, '_, T, C, N> {
    type Output = usize;

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) -> usize {
        self.0.tile::<_, C, N>(simd.part(), self.1, self.2)
    }
}

/// `dw += Gᵀ du G`: [`reference::backward_windows`](super::reference::backward_windows).
#[inline(always)]
fn windows<S: Simd>(simd: S, g: &Geometry, sums: &[S::T], filters: usize, dw: &mut [S::T]) {
    for c in 0..g.channels {
        for k in (0..g.filters).step_by(LANES) {
            let number = |n: usize| &sums[(n * g.channels + c) * filters + k..][..LANES];
            let numbers: [&[S::T]; 16] = std::array::from_fn(number);
            let slope = transform::window_slope(array!(|i| array!(|j| simd.load_part(numbers[i * 4 + j]))));
            let some = LANES.min(g.filters - k);
            for r in 0..3 {
                for s in 0..3 {
                    let dw = &mut dw[g.w(r, s, c, k)..][..some];
                    simd.store_part(simd.load_part(dw) + slope[r][s], dw);
                }
            }
        }
    }
}
