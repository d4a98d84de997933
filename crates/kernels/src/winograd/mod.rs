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
//! It is the same convolution, but not the same bits: sums have another order, and transforms round. So it is an operation with
//! a reference of its own, and runs only where it is asked for. The surroundings of an image are zeros here.
//!
//! The products are those of matrices: one for each of the sixteen elements of a transformed tile, over vectors of tiles. In a
//! block, a vector is one tile of sixteen samples. In a row, it is sixteen tiles of one sample. So one loop serves both.
//!
//! One sample by itself has the gradient to the weights of `conv2d`. The [`Geometry`] is that of `conv2d`; its kernel is 3×3,
//! and its stride, dilation and groups are 1.
//!
//! | file | idea |
//! |---|---|
//! | `transform.rs` | the matrices |
//! | `reference.rs` | the loops that define it |
//! | `grid.rs` | where tiles are in memory |
//! | `patches.rs` | what tiles read, transformed |
//! | `sweep.rs` | the product, for forward and backward to the input |
//! | `weights.rs` | the gradient to the weights |
//! | `block.rs` | sixteen samples of a tile side by side, and the packed weights |
//! | `row.rs` | sixteen tiles of a sample side by side |
//!
//! See Lavin and Gray, *Fast Algorithms for Convolutional Neural Networks* (2016).

pub mod block;
mod grid;
mod patches;
pub mod reference;
pub mod row;
mod sweep;
mod transform;
mod weights;

use std::ops::Range;

use crate::conv2d::Geometry;

#[doc(hidden)]
pub use sweep::Sweep;

/// One way through a convolution: forward, or from the output back to the input.
#[derive(Clone, Copy, Debug)]
struct Way {
    /// Planes that are summed over.
    planes: usize,
    /// Planes that come out.
    outs: usize,
    rows: Side,
    columns: Side,
}

/// Rows or columns of one way.
#[derive(Clone, Copy, Debug)]
struct Side {
    /// Places that are read.
    from: usize,
    /// Places that are written.
    to: usize,
    /// How far before a place the first tap reads.
    before: isize,
}

impl Side {
    /// How many tiles it takes.
    #[inline(always)]
    fn tiles(&self) -> usize {
        self.to.div_ceil(2)
    }

    /// The place that a tile's patch begins with.
    #[inline(always)]
    fn first(&self, tile: usize) -> isize {
        (2 * tile) as isize - self.before
    }

    /// Which of `count` places from `first` on there are.
    #[inline(always)]
    fn inside(&self, first: isize, count: usize) -> Range<usize> {
        let at = |place: isize| (place - first).clamp(0, count as isize) as usize;
        at(0)..at(self.from as isize)
    }
}

impl Way {
    fn forward(g: &Geometry) -> Way {
        let axis = |axis: &crate::conv2d::Axis| Side {
            from: axis.input,
            to: axis.output,
            before: axis.padding as isize,
        };
        Way { planes: g.channels, outs: g.filters, rows: axis(&g.rows), columns: axis(&g.columns) }
    }

    fn backward(g: &Geometry) -> Way {
        let axis = |axis: &crate::conv2d::Axis| Side {
            from: axis.output,
            to: axis.input,
            before: 2 - axis.padding as isize,
        };
        Way { planes: g.filters, outs: g.channels, rows: axis(&g.rows), columns: axis(&g.columns) }
    }
}
