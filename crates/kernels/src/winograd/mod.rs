//! Convolution by 3×3 windows with fewer multiplications: Winograd's F(2×2, 3×3).
//!
//! ```text
//!     patch 4×4 of x            transformed 4×4                     tile 2×2 of y
//!
//!     ┌──┬──┬──┬──┐   Bᵀ x B   ┌──┬──┬──┬──┐   ⊙ U, Σ over   Aᵀ m A   ┌──┬──┐
//!     │  │  │  │  │  ───────▶  │  │  │  │  │    channels    ───────▶   │  │  │
//!     ├──┼──┼──┼──┤            ├──┼──┼──┼──┤   ────────▶               ├──┼──┤
//!     │  │  │  │  │            │  │  │  │  │    16 products            │  │  │
//!     ├──┼──┼──┼──┤            ├──┼──┼──┼──┤                           └──┴──┘
//!     │  │  │  │  │            │  │  │  │  │       U = G w Gᵀ
//!     ├──┼──┼──┼──┤            ├──┼──┼──┼──┤
//!     │  │  │  │  │            │  │  │  │  │
//!     └──┴──┴──┴──┘            └──┴──┴──┴──┘
//! ```
//!
//! The output is cut into tiles of 2×2 elements. Each tile reads a patch of 4×4. With `U = G w Gᵀ` of the window and
//! `V = Bᵀ x B` of the patch, a tile is `Aᵀ (Σ c  U ⊙ V) A`. This takes sixteen multiplications for every window and tile,
//! where the plain sums of [`conv2d`](crate::conv2d) take thirty-six. `transform.rs` has the three matrices.
//!
//! The operation is the same convolution, but the result does not have the same bits: the sums have another order, and
//! the transforms round. So it is a separate operation with its own reference. It runs only if the user asks for it.
//! Outside the image, elements are zero.
//!
//! The products are products of matrices: one product for each of the sixteen elements of a transformed tile, over
//! vectors of tiles. In a block, a vector is one tile of sixteen samples. In a row, a vector is sixteen tiles of one
//! sample. So one loop computes both.
//!
//! A row uses the gradient to the weights of `conv2d`. The [`Geometry`] is the type of `conv2d`. Its kernel is 3×3, and
//! its stride, dilation and groups are 1.
//!
//! | file | idea |
//! |---|---|
//! | `transform.rs` | the matrices |
//! | `reference.rs` | the loops that define the operation |
//! | `grid.rs` | the positions of tiles in memory |
//! | `patches.rs` | the patches that tiles read, transformed |
//! | `convolution.rs` | forward, and backward to the input |
//! | `weights/` | the gradient to the weights |
//! | `block.rs` | sixteen samples of a tile side by side, and the packed weights |
//! | `row.rs` | sixteen tiles of a sample side by side |
//! | `combs.rs` | images of one sample, rearranged for `row.rs` |
//!
//! See Lavin and Gray, *Fast Algorithms for Convolutional Neural Networks* (2016).

pub mod block;
mod combs;
mod convolution;
mod grid;
mod patches;
pub mod reference;
pub mod row;
mod transform;
mod weights;

use core::ops::Range;

use crate::conv2d::Geometry;

#[doc(hidden)]
pub use convolution::FastConvolution;

/// One direction of a convolution: forward, or from the output back to the input.
#[derive(Clone, Copy, Debug)]
struct Direction {
    /// Planes that are summed.
    planes: usize,
    /// Planes of the result.
    outs: usize,
    rows: Side,
    columns: Side,
}

/// The rows or the columns of one direction.
#[derive(Clone, Copy, Debug)]
struct Side {
    /// Places that are read.
    from: usize,
    /// Places that are written.
    to: usize,
    /// The distance from a place back to the first place that its taps read.
    before: isize,
}

impl Side {
    /// The number of tiles.
    #[inline(always)]
    fn tiles(&self) -> usize {
        self.to.div_ceil(2)
    }

    /// The first place of the patch of a tile.
    #[inline(always)]
    fn first(&self, tile: usize) -> isize {
        (2 * tile) as isize - self.before
    }

    /// Which of `count` places from place `first` on are inside.
    #[inline(always)]
    fn inside(&self, first: isize, count: usize) -> Range<usize> {
        let at = |place: isize| (place - first).clamp(0, count as isize) as usize;
        at(0)..at(self.from as isize)
    }
}

impl Direction {
    fn forward(g: &Geometry) -> Direction {
        let axis = |axis: &crate::conv2d::Axis| Side {
            from: axis.input,
            to: axis.output,
            before: axis.padding as isize,
        };
        Direction { planes: g.channels, outs: g.filters, rows: axis(&g.rows), columns: axis(&g.columns) }
    }

    fn backward(g: &Geometry) -> Direction {
        let axis = |axis: &crate::conv2d::Axis| Side {
            from: axis.output,
            to: axis.input,
            before: 2 - axis.padding as isize,
        };
        Direction { planes: g.filters, outs: g.channels, rows: axis(&g.rows), columns: axis(&g.columns) }
    }
}
