//! Dense layers for sixteen samples side by side: equals `reference` in every bit.
//!
//! ```text
//!     forward, backward to the input             forward with 32 registers
//!
//!               one vector of samples                        3 registers of neighbouring outputs
//!             ┌───────────────────────┐                    ┌─────────┬─────────┬─────────┐
//!     outputs │ Σ  Σ  Σ  Σ  Σ  Σ  Σ  Σ│         8 samples  │ Σ  Σ  Σ │ Σ  Σ  Σ │ Σ  Σ  Σ │
//!     (inputs)├───────────────────────┤                    ├─────────┼─────────┼─────────┤
//!             │ Σ  Σ  Σ  Σ  Σ  Σ  Σ  Σ│                    │ Σ  Σ  Σ │ Σ  Σ  Σ │ Σ  Σ  Σ │
//!             └───────────────────────┘                    └─────────┴─────────┴─────────┘
//!     a broadcast weight for each multiply-add    11 loads for 24 multiply-adds
//! ```
//!
//! The tile on the left needs a load for each multiply-add. A CPU with 32 registers can do more multiply-adds than
//! loads. So forward uses the tile on the right on these CPUs. Its sums are stored in [`Panel`]s, and are transposed to
//! lanes at the end. If a vector is one register, backward uses tiles of 24 inputs. They take one load more than
//! multiply-adds for each output.
//!
//! The gradient to the weights takes all blocks of a batch at once. Its tile is six rows × up to four registers of
//! outputs, in three quarters of the registers. It sums over the sixteen samples of a leaf. Several tiles are computed
//! while `dy` of the leaf is in the first-level cache. Each tile adds its leaves by the tree over the blocks.
//!
//! Measured in `bench/runs/2026-11-27-amd-epyc-family-26-model-2/kernels.json`.

use std::ops::Range;

use toddle_lanes::{Float, Kernel, LANES, Part, Real, Simd, array, prefetch};

use crate::Lane;
use crate::layout::Panel;

/// The highest number of bytes of weights in the second-level cache: a quarter of the usual 256 KiB. CPUs with 32
/// registers have second-level caches of four times this size.
const SECOND_LEVEL: usize = 64 << 10;

/// `y[o] = b[o] + Σ i  x[i] · w[i,o]`: [`reference::forward`](super::reference::forward).
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// Input, i.
    pub x: &'a [Lane<T>],
    /// Weights, i×o.
    pub w: &'a [T],
    /// Biases, o.
    pub b: &'a [T],
    /// Output, o.
    pub y: &'a mut [Lane<T>],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Output = ();

    /// The loop takes as many inputs at a time as have weights that stay in the caches of the core during the loop over
    /// all outputs. Between two such groups of inputs, the sums are stored in `y`.
    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self, simd: S) {
        let (inputs, outputs) = (self.x.len(), self.y.len());
        let row = outputs * size_of::<T>() + size_of::<Lane<T>>();
        let (turned, cache) =
            if S::REGISTERS < 32 { (0, SECOND_LEVEL) } else { (outputs / LANES * LANES, 4 * SECOND_LEVEL) };
        let together = (cache / row).max(1);
        let (panels, lanes) = self.y.split_at_mut(turned);
        for (panel, b) in panels.as_chunks_mut().0.iter_mut().zip(self.b.as_chunks().0) {
            *panel = [*b; LANES];
        }
        for (y, b) in lanes.iter_mut().zip(&self.b[turned..]) {
            simd.store(simd.splat(*b), y);
        }
        for first in (0..inputs).step_by(together) {
            let inputs = first..(first + together).min(inputs);
            let mut o = 0;
            while o < turned {
                let registers = (turned - o) / S::Part::WIDTH;
                o += match registers {
                    4 => self.samples::<S, 2>(simd, &inputs, o),
                    3.. => self.samples::<S, 3>(simd, &inputs, o),
                    2 => self.samples::<S, 2>(simd, &inputs, o),
                    _ => self.samples::<S, 1>(simd, &inputs, o),
                };
            }
            while o < outputs {
                o += match tile_height::<S>(outputs - o) {
                    16 => self.outputs::<S, 16>(simd, &inputs, o),
                    12 => self.outputs::<S, 12>(simd, &inputs, o),
                    6 => self.outputs::<S, 6>(simd, &inputs, o),
                    3 => self.outputs::<S, 3>(simd, &inputs, o),
                    2 => self.outputs::<S, 2>(simd, &inputs, o),
                    _ => self.outputs::<S, 1>(simd, &inputs, o),
                };
            }
        }
        for panel in self.y[..turned].as_chunks_mut().0 {
            let samples: Panel<T> = *panel;
            simd.transpose(samples.each_ref(), panel.each_mut());
        }
    }
}

/// The highest tile of sums that fits in the registers beside the factors, in vectors, if `left` vectors are left.
#[inline(always)]
fn tile_height<S: Simd>(left: usize) -> usize {
    match left.min((S::REGISTERS - 1) / S::PARTS - 1) {
        16.. => 16,
        12.. => 12,
        6.. => 6,
        3.. => 3,
        fewer => fewer,
    }
}

impl<T: Float> Forward<'_, T> {
    /// `N` registers of outputs × eight samples, in registers during the loop over some inputs, and then the other
    /// eight samples. The sums are stored in panels. Returns the number of outputs.
    #[inline(always)]
    fn samples<S: Simd<T = T>, const N: usize>(&mut self, simd: S, inputs: &Range<usize>, o: usize) -> usize {
        let (part, outputs) = (simd.part(), self.y.len());
        let (x, w) = (&self.x[inputs.clone()], &self.w[inputs.start * outputs..inputs.end * outputs]);
        for half in 0..2 {
            // Register `n` of one sample.
            let place = |sample: usize, n: usize| {
                let o = o + n * S::Part::WIDTH;
                (o / LANES * LANES + half * 8 + sample, o % LANES)
            };
            let mut sums: [[_; N]; 8] = array!(|sample| array!(|n| {
                let (lane, first) = place(sample, n);
                part.read(&self.y[lane][first..])
            }));
            for (x, w) in x.iter().zip(w.chunks_exact(outputs)) {
                let x: &[T; 8] = &x.as_chunks().0[half];
                let w = &w[o..][..N * S::Part::WIDTH];
                let w: [_; N] = array!(|n| part.read(&w[n * S::Part::WIDTH..]));
                for sample in 0..8 {
                    let x = part.splat(x[sample]);
                    for n in 0..N {
                        sums[sample][n] = part.pin(x.mul_add(w[n], sums[sample][n]));
                    }
                }
            }
            for sample in 0..8 {
                for n in 0..N {
                    let (lane, first) = place(sample, n);
                    part.write(sums[sample][n], &mut self.y[lane][first..][..S::Part::WIDTH]);
                }
            }
        }
        N * S::Part::WIDTH
    }

    /// `N` outputs, in registers during the loop over some inputs. Returns `N`.
    #[inline(always)]
    fn outputs<S: Simd<T = T>, const N: usize>(&mut self, simd: S, inputs: &Range<usize>, o: usize) -> usize {
        if const { N * S::PARTS > S::REGISTERS } {
            return N;
        }
        let outputs = self.y.len();
        let (x, w) = (&self.x[inputs.clone()], &self.w[inputs.start * outputs..inputs.end * outputs]);
        let y = &mut self.y[o..][..N];
        let mut sums: [S::V; N] = array!(|n| simd.load(&y[n]));
        for (x, w) in x.iter().zip(w.chunks_exact(outputs)) {
            let x = simd.load(x);
            let w = &w[o..][..N];
            for n in 0..N {
                sums[n] = simd.pin(x.mul_add(simd.splat(w[n]), sums[n]));
            }
        }
        for n in 0..N {
            simd.store(sums[n], &mut y[n]);
        }
        N
    }
}

/// `dx[i] = Σ o  dy[o] · w[i,o]`: [`reference::backward_input`](super::reference::backward_input).
#[derive(Debug)]
pub struct BackwardInput<'a, T> {
    /// Weights, i×o.
    pub w: &'a [T],
    /// Gradient to the output, o.
    pub dy: &'a [Lane<T>],
    /// Gradient to the input, i.
    pub dx: &'a mut [Lane<T>],
}

impl<T: Float> Kernel<T> for BackwardInput<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self, simd: S) {
        let mut i = 0;
        if const { S::REGISTERS / S::PARTS == 32 } {
            // Whether the second-level cache does not hold all weights.
            let far = size_of_val(self.w) > 16 * SECOND_LEVEL;
            while i + 24 <= self.dx.len() {
                i += if far {
                    self.inputs::<S, 3, 8, true>(simd, i)
                } else {
                    self.inputs::<S, 3, 8, false>(simd, i)
                };
            }
        }
        while i < self.dx.len() {
            i += match tile_height::<S>(self.dx.len() - i) {
                16 => self.inputs::<S, 1, 16, false>(simd, i),
                12 => self.inputs::<S, 1, 12, false>(simd, i),
                6 => self.inputs::<S, 1, 6, false>(simd, i),
                3 => self.inputs::<S, 1, 3, false>(simd, i),
                2 => self.inputs::<S, 1, 2, false>(simd, i),
                _ => self.inputs::<S, 1, 1, false>(simd, i),
            };
        }
    }
}

impl<T: Float> BackwardInput<'_, T> {
    /// `M` times `N` inputs, in registers during the loop over all outputs. Returns the number of inputs. There are two
    /// counts because the compiler keeps 24 sums in registers only as an array of arrays.
    ///
    /// If the weights are `FAR` from the core, the loop prefetches the weights of the next inputs: two of each three
    /// cache lines, which is as fast as all of them.
    #[inline(always)]
    fn inputs<S: Simd<T = T>, const M: usize, const N: usize, const FAR: bool>(
        &mut self,
        simd: S,
        i: usize,
    ) -> usize {
        if const { M * N * S::PARTS > S::REGISTERS } {
            return M * N;
        }
        let outputs = self.dy.len();
        let w: [[&[T]; N]; M] = array!(|m| array!(|n| &self.w[(i + m * N + n) * outputs..][..outputs]));
        let mut next = self.w[(i + M * N) * outputs..].chunks(M * N);
        let mut sums = [[simd.splat(T::ZERO); N]; M];
        for (o, dy) in self.dy.iter().enumerate() {
            if FAR && let Some([next, ..]) = next.next() {
                prefetch(next);
            }
            let dy = simd.load(dy);
            for m in 0..M {
                for n in 0..N {
                    sums[m][n] = simd.pin(dy.mul_add(simd.splat(w[m][n][o]), sums[m][n]));
                }
            }
        }
        let dx = &mut self.dx[i..][..M * N];
        for m in 0..M {
            for n in 0..N {
                simd.store(sums[m][n], &mut dx[m * N + n]);
            }
        }
        M * N
    }
}

/// The data of one block that [`BackwardWeights`] reads.
#[derive(Clone, Copy, Debug)]
pub struct Leaf<'a, T> {
    /// Input, i.
    pub x: &'a [Lane<T>],
    /// Gradient to the output, as [`ToPanels`](crate::layout::ToPanels) stores it.
    pub dy: &'a [Panel<T>],
}

/// Rows `i` of `dw[i,o] = Σ x[i] · dy[o]` over all samples of a batch. The row after the last input holds
/// `db[o] = Σ dy[o]`.
///
/// A leaf is one block: [`reference::backward_weights`](super::reference::backward_weights) over its sixteen samples.
/// The binary tree over the block index adds the leaves.
pub struct BackwardWeights<'a, T> {
    /// The number of inputs.
    pub inputs: usize,
    /// The number of outputs.
    pub outputs: usize,
    /// The number of blocks.
    pub blocks: usize,
    /// The leaf of each block.
    pub leaf: &'a dyn Fn(usize) -> Leaf<'a, T>,
    /// The rows to compute. Row `inputs` is the row of the biases.
    pub rows: Range<usize>,
    /// The gradient of these rows; overwritten.
    pub dw: &'a mut [T],
    /// Scratch memory of [`tree_scratch`] elements.
    pub scratch: &'a mut [T],
}

/// Rows of the tile of [`BackwardWeights`].
const ROWS: usize = 6;
/// The highest number of registers in a row of the tile.
const REGISTERS: usize = 4;
/// The highest number of tiles that are computed while a leaf is in the cache.
const TILES: usize = 8;
/// [`BackwardWeights`] is fastest with this number of rows at a time, or with a multiple of it.
pub const ROWS_TOGETHER: usize = TILES * ROWS;

/// The length of the scratch memory of [`BackwardWeights`] for the partial sums of its tree over `blocks`, in elements.
pub fn tree_scratch(blocks: usize) -> usize {
    TILES * levels(blocks) * ROWS * REGISTERS * LANES
}

/// The number of levels of the tree over `blocks`. The levels work like the digits of a binary counter: level `l` holds
/// the sum of 2ˡ blocks.
fn levels(blocks: usize) -> usize {
    blocks.ilog2() as usize + 1
}

impl<T: Float> Kernel<T> for BackwardWeights<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self, simd: S) {
        let (first, end) = (self.rows.start, self.rows.end);
        for first in (first..end).step_by(ROWS_TOGETHER) {
            let rows = first..(first + ROWS_TOGETHER).min(end);
            let mut o = 0;
            while o < self.outputs {
                let registers = (self.outputs - o).div_ceil(S::Part::WIDTH);
                o += match registers.min(S::REGISTERS * 3 / 4 / ROWS) {
                    REGISTERS.. => self.columns::<S, REGISTERS>(simd, &rows, o),
                    2.. => self.columns::<S, 2>(simd, &rows, o),
                    _ => self.columns::<S, 1>(simd, &rows, o),
                };
            }
        }
    }
}

impl<T: Float> BackwardWeights<'_, T> {
    /// Some rows of `N` registers of outputs. The last register may be partly empty. Returns the number of outputs.
    #[inline(always)]
    fn columns<S: Simd<T = T>, const N: usize>(&mut self, simd: S, rows: &Range<usize>, o: usize) -> usize {
        // Tiles that do not fit in the registers are not compiled.
        if const { N * ROWS > S::REGISTERS * 3 / 4 && N > 1 } {
            return N * S::Part::WIDTH;
        }
        let part = simd.part();
        // The row of the biases has no inputs to load. So it is computed alone.
        let tiles = (rows.end.min(self.inputs) - rows.start) / ROWS;
        self.tiles::<_, ROWS, N>(part, rows.start, tiles, o);
        for i in rows.start + tiles * ROWS..rows.end {
            self.tiles::<_, 1, N>(part, i, 1, o);
        }
        N * S::Part::WIDTH
    }

    /// `tiles` tiles of `R` rows of `N` registers of outputs.
    #[inline(always)]
    fn tiles<P: Part<T = T>, const R: usize, const N: usize>(
        &mut self,
        part: P,
        first: usize,
        tiles: usize,
        o: usize,
    ) {
        let size = R * N * P::WIDTH;
        let tree = levels(self.blocks) * size;
        let ones = [[T::ONE; LANES]; R];
        for block in 0..self.blocks {
            let leaf = (self.leaf)(block);
            let dy: [&[T]; N] = array!(|n| {
                let o = o + n * P::WIDTH;
                &leaf.dy[o / LANES].as_flattened()[o % LANES..][..(LANES - 1) * LANES + P::WIDTH]
            });
            let x = leaf.x.get(first..).map_or(&[][..], |x| x.as_chunks().0);
            let carried = block.trailing_ones() as usize;
            for (tile, tree) in self.scratch.chunks_exact_mut(tree).take(tiles).enumerate() {
                let mut sums = leaf_of(part, x.get(tile).unwrap_or(&ones), dy);
                for level in tree.chunks_exact(size).take(carried) {
                    sums = add(part, level, &sums);
                }
                let level = &mut tree[carried * size..][..size];
                for r in 0..R {
                    for n in 0..N {
                        part.write(sums[r][n], &mut level[(r * N + n) * P::WIDTH..]);
                    }
                }
            }
        }
        for (tile, tree) in self.scratch.chunks_exact(tree).take(tiles).enumerate() {
            // The levels that hold a sum at the end, from the last blocks to the first.
            let mut held = tree.chunks_exact(size).enumerate().filter(|(l, _)| self.blocks >> l & 1 == 1);
            let (_, lowest) = held.next().expect("there are blocks");
            let mut sums: [[P::R; N]; R] =
                array!(|r| array!(|n| part.read(&lowest[(r * N + n) * P::WIDTH..])));
            for (_, level) in held {
                sums = add(part, level, &sums);
            }
            let here = o..(o + N * P::WIDTH).min(self.outputs);
            for r in 0..R {
                let row = (first + tile * R + r - self.rows.start) * self.outputs;
                let dw = &mut self.dw[row + here.start..row + here.end];
                for n in 0..N {
                    part.write(sums[r][n], &mut dw[(n * P::WIDTH).min(here.len())..]);
                }
            }
        }
    }
}

/// The leaf of one block for one tile: the sums over the samples of the block.
#[inline(always)]
fn leaf_of<P: Part, const R: usize, const N: usize>(
    part: P,
    x: &[Lane<P::T>; R],
    dy: [&[P::T]; N],
) -> [[P::R; N]; R] {
    let mut sums = [[part.splat(P::T::ZERO); N]; R];
    for sample in 0..LANES {
        let dy: [P::R; N] = array!(|n| part.read(&dy[n][sample * LANES..]));
        for r in 0..R {
            let x = part.splat(x[r][sample]);
            for n in 0..N {
                sums[r][n] = part.pin(x.mul_add(dy[n], sums[r][n]));
            }
        }
    }
    sums
}

/// `level + sums`
#[inline(always)]
fn add<P: Part, const R: usize, const N: usize>(
    part: P,
    level: &[P::T],
    sums: &[[P::R; N]; R],
) -> [[P::R; N]; R] {
    array!(|r| array!(|n| part.read(&level[(r * N + n) * P::WIDTH..]) + sums[r][n]))
}
