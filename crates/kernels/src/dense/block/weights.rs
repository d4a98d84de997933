//! The gradient of a dense layer to its weights, over all blocks of a batch.
//!
//! ```text
//!                4 registers of neighbouring outputs
//!              ┌─────────┬─────────┬─────────┬─────────┐
//!     6 inputs │ Σ  Σ  Σ │ Σ  Σ  Σ │ Σ  Σ  Σ │ Σ  Σ  Σ │   each sample of a leaf loads 4 registers of `dy`,
//!              ├─────────┼─────────┼─────────┼─────────┤     broadcasts an element of 6 inputs,
//!              │ Σ  Σ  Σ │ Σ  Σ  Σ │ Σ  Σ  Σ │ Σ  Σ  Σ │     and does 24 multiply-adds of registers
//!              └─────────┴─────────┴─────────┴─────────┘
//! ```
//!
//! The tile is two registers or one register wide if there are fewer registers. It sums over the sixteen samples of a
//! leaf. Several tiles are computed while `dy` of the leaf is in the first-level cache. Each tile adds its leaves by the
//! tree over the blocks.

use core::ops::Range;

use toddle_lanes::{Float, Kernel, LANES, Part, Real, Simd, array};

use crate::Lane;
use crate::layout::Panel;

/// The data of one block that [`BackwardWeights`] reads.
#[derive(Clone, Copy, Debug)]
pub struct Leaf<'a, T> {
    /// Input, i.
    pub x: &'a [Lane<T>],
    /// Gradient to the output, as [`ToPanels`](crate::layout::ToPanels) stores it.
    pub dy: &'a [Panel<T>],
}

/// Rows `i` of `dw[i,o] = Σ x[i] · dy[o]` over all samples of a batch. The row after the last input, if there is one,
/// holds `db[o] = Σ dy[o]`.
///
/// A leaf is one block: [`reference::backward_weights`](super::super::reference::backward_weights) over its sixteen samples.
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
const WIDTH: usize = 4;
/// The highest number of tiles that are computed while a leaf is in the cache.
const TILES: usize = 8;
/// [`BackwardWeights`] is fastest with this number of rows at a time, or with a multiple of it.
pub const ROWS_TOGETHER: usize = TILES * ROWS;

/// The length of the scratch memory of [`BackwardWeights`] for the partial sums of its tree over `blocks`, in elements.
pub fn tree_scratch(blocks: usize) -> usize {
    TILES * levels(blocks) * ROWS * WIDTH * LANES
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
                o += match registers.min(S::TILE_REGISTERS / ROWS) {
                    WIDTH.. => self.columns::<S, WIDTH>(simd, &rows, o),
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
        if const { N * ROWS > S::TILE_REGISTERS && N > 1 } {
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
