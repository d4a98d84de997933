//! Dense layers for sixteen samples side by side: equals `reference` in every bit.
//!
//! Forward and backward to the input keep a tile of outputs (inputs) in half of the registers, one vector of samples each,
//! and broadcast one weight for every multiply-add. The gradient to the weights takes all blocks of a batch at once: a tile
//! of the matrix stays in registers through the sixteen samples of a leaf, and leaves meet in the tree over the blocks.

use std::ops::Range;

use toddle_lanes::{Float, Kernel, LANES, Real, Simd, array};

use crate::Lane;

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

    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self, simd: S) {
        let mut o = 0;
        while o < self.y.len() {
            o += match (self.y.len() - o).min(S::REGISTERS / S::PARTS / 2) {
                1 => self.outputs::<S, 1>(simd, o),
                2 | 3 => self.outputs::<S, 2>(simd, o),
                4..8 => self.outputs::<S, 4>(simd, o),
                8..16 => self.outputs::<S, 8>(simd, o),
                _ => self.outputs::<S, 16>(simd, o),
            };
        }
    }
}

impl<T: Float> Forward<'_, T> {
    /// `N` outputs in registers while all inputs pass by; returns `N`.
    #[inline(always)]
    fn outputs<S: Simd<T = T>, const N: usize>(&mut self, simd: S, o: usize) -> usize {
        let outputs = self.y.len();
        let mut sums: [S::V; N] = array!(|n| simd.splat(self.b[o + n]));
        for (x, w) in self.x.iter().zip(self.w.chunks_exact(outputs)) {
            let x = simd.load(x);
            let w = &w[o..][..N];
            for n in 0..N {
                sums[n] = x.mul_add(simd.splat(w[n]), sums[n]);
            }
        }
        for (sum, y) in sums.into_iter().zip(&mut self.y[o..]) {
            simd.store(sum, y);
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
        while i < self.dx.len() {
            i += match (self.dx.len() - i).min(S::REGISTERS / S::PARTS / 2) {
                1 => self.inputs::<S, 1>(simd, i),
                2 | 3 => self.inputs::<S, 2>(simd, i),
                4..8 => self.inputs::<S, 4>(simd, i),
                8..16 => self.inputs::<S, 8>(simd, i),
                _ => self.inputs::<S, 16>(simd, i),
            };
        }
    }
}

impl<T: Float> BackwardInput<'_, T> {
    /// `N` inputs in registers while all outputs pass by; returns `N`.
    #[inline(always)]
    fn inputs<S: Simd<T = T>, const N: usize>(&mut self, simd: S, i: usize) -> usize {
        let outputs = self.dy.len();
        let w: [&[T]; N] = array!(|n| &self.w[(i + n) * outputs..][..outputs]);
        let mut sums = [simd.splat(T::ZERO); N];
        for (o, dy) in self.dy.iter().enumerate() {
            let dy = simd.load(dy);
            for n in 0..N {
                sums[n] = dy.mul_add(simd.splat(w[n][o]), sums[n]);
            }
        }
        for (sum, dx) in sums.into_iter().zip(&mut self.dx[i..]) {
            simd.store(sum, dx);
        }
        N
    }
}

/// What one block leaves behind for [`BackwardWeights`].
#[derive(Clone, Copy, Debug)]
pub struct Leaf<'a, T> {
    /// Input, i.
    pub x: &'a [Lane<T>],
    /// Gradient to the output, sample by sample: 16×o.
    pub dy: &'a [T],
}

/// Rows `i` of `dw[i,o] = Σ x[i] · dy[o]` over all samples of a batch; the row after the last holds `db[o] = Σ dy[o]`.
///
/// A leaf is one block: [`reference::backward_weights`](super::reference::backward_weights) over its sixteen samples.
/// Leaves are summed by the binary tree over the block index.
pub struct BackwardWeights<'a, T> {
    /// The number of inputs.
    pub inputs: usize,
    /// The number of outputs.
    pub outputs: usize,
    /// The number of blocks.
    pub blocks: usize,
    /// The leaf of each block.
    pub leaf: &'a dyn Fn(usize) -> Leaf<'a, T>,
    /// Which rows, up to and with row `inputs`.
    pub rows: Range<usize>,
    /// The gradient of those rows; overwritten.
    pub dw: &'a mut [T],
    /// Room for [`tree_scratch`] numbers.
    pub scratch: &'a mut [T],
}

/// Rows of the tile of [`BackwardWeights`].
const ROWS: usize = 4;
/// The most vectors of outputs in a row of that tile.
const VECTORS: usize = 4;

/// How much room [`BackwardWeights`] takes for the partial sums of its tree over `blocks`.
pub fn tree_scratch(blocks: usize) -> usize {
    (blocks.ilog2() as usize + 1) * ROWS * VECTORS * LANES
}

impl<T: Float> Kernel<T> for BackwardWeights<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self, simd: S) {
        let rows = self.rows.clone();
        let mut i = rows.start;
        while i < rows.end {
            // The bias row has no inputs to load, so it goes alone.
            let together = if i + ROWS <= rows.end.min(self.inputs) { ROWS } else { 1 };
            for o in (0..self.outputs).step_by(VECTORS * LANES) {
                match (together, (self.outputs - o).div_ceil(LANES)) {
                    (1, 1) => self.tile::<S, 1, 1>(simd, i, o),
                    (1, 2) => self.tile::<S, 1, 2>(simd, i, o),
                    (1, _) => self.tile::<S, 1, VECTORS>(simd, i, o),
                    (_, 1) => self.tile::<S, ROWS, 1>(simd, i, o),
                    (_, 2) => self.tile::<S, ROWS, 2>(simd, i, o),
                    _ => self.tile::<S, ROWS, VECTORS>(simd, i, o),
                }
            }
            i += together;
        }
    }
}

impl<T: Float> BackwardWeights<'_, T> {
    /// `R` rows × `N` vectors of outputs, of which the last may be part full.
    #[inline(always)]
    fn tile<S: Simd<T = T>, const R: usize, const N: usize>(&mut self, simd: S, i: usize, o: usize) {
        let here = o..(o + N * LANES).min(self.outputs);
        // The tree as a binary counter carries: level l holds the sum of 2ˡ blocks.
        let (levels, _) = self.scratch.as_chunks_mut::<LANES>();
        for block in 0..self.blocks {
            let leaf = (self.leaf)(block);
            let mut sums = [[simd.splat(T::ZERO); N]; R];
            for (sample, dy) in leaf.dy.chunks_exact(self.outputs).enumerate() {
                let dy = &dy[here.clone()];
                let dy: [S::V; N] = array!(|n| simd.load_part(&dy[(n * LANES).min(dy.len())..]));
                for r in 0..R {
                    let x = simd.splat(if i + r < self.inputs { leaf.x[i + r][sample] } else { T::ONE });
                    for n in 0..N {
                        sums[r][n] = x.mul_add(dy[n], sums[r][n]);
                    }
                }
            }
            let carried = block.trailing_ones() as usize;
            for level in 0..carried {
                add(simd, &levels[level * R * N..], &mut sums);
            }
            for (sum, to) in sums.as_flattened().iter().zip(&mut levels[carried * R * N..]) {
                simd.store(*sum, to);
            }
        }
        // What the counter holds at the end, from the last blocks to the first.
        let mut sums = [[simd.splat(T::ZERO); N]; R];
        let lowest = self.blocks.trailing_zeros() as usize;
        for (sum, from) in sums.as_flattened_mut().iter_mut().zip(&levels[lowest * R * N..]) {
            *sum = simd.load(from);
        }
        for level in (lowest + 1..usize::BITS as usize).filter(|level| self.blocks >> level & 1 == 1) {
            add(simd, &levels[level * R * N..], &mut sums);
        }
        for (r, sums) in sums.iter().enumerate() {
            let row = (i + r - self.rows.start) * self.outputs;
            let dw = &mut self.dw[row + here.start..row + here.end];
            for (sum, dw) in sums.iter().zip(dw.chunks_mut(LANES)) {
                simd.store_part(*sum, dw);
            }
        }
    }
}

/// `sums = level + sums`
#[inline(always)]
fn add<S: Simd, const R: usize, const N: usize>(simd: S, level: &[Lane<S::T>], sums: &mut [[S::V; N]; R]) {
    for (sum, level) in sums.as_flattened_mut().iter_mut().zip(level) {
        *sum = simd.load(level) + *sum;
    }
}
