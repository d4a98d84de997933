//! Forward, and backward to the input: one loop for both, for every stride, padding and dilation.
//!
//! ```text
//!     a plane of the result, class by class:      a panel of outputs × some places of a strip: the tile of `tile.rs`
//!
//!     ┌──┬──────────────────┬──┐                    ┌────┬────┬────┐
//!     │  │ strip            │  │  ┐                 │ Σ  │ Σ  │ Σ  │
//!     │  ├──────────────────┤  │  │                 ├────┼────┼────┤
//!     │  │ strip            │  │  │ band            │ Σ  │ Σ  │ Σ  │
//!     │  ├──────────────────┤  │  │                 ├────┼────┼────┤
//!     │  │ strip            │  │  ┘                 │ Σ  │ Σ  │ Σ  │
//!     └──┴──────────────────┴──┘                    └────┴────┴────┘
//!      the places of an edge are single columns
//! ```
//!
//! A stride divides the places of the result into *classes*. Each class has its own taps. The weights are packed class
//! by class. So this loop also computes backward with a stride.
//!
//! The places of a *strip* have the same taps. A strip reads so little memory that it stays in the first-level cache
//! during the loop over all outputs. The rows of a *band* have the same taps, too. At the left and at the right edge
//! each column has taps of its own; such a column is a strip that goes down the band.
//!
//! Measured in `bench/runs/2026-11-27-amd-epyc-family-26-model-2/kernels.json`.

use toddle_lanes::{Float, Kernel, Simd};

use super::cuts::{bands, height, panels, piece, width};
use super::loops::Loops;
use super::tile::{Tile, run_tile};
use crate::Lane;
use crate::conv2d::axis::{Class, DirectedAxis, Places};

/// The highest number of vectors that the tiles of a strip read, unless the strip has [`FEWEST`] places. In `f32` these
/// are 24 KiB, which stay in the first-level cache.
const READS: usize = 384;

/// The lowest result of [`widest_strip`], and the highest number of rows of a band.
const FEWEST: usize = 6;

/// The highest number of places of a strip whose taps have `rows` rows in each of `planes` planes.
#[inline(always)]
fn widest_strip(planes: usize, rows: usize) -> usize {
    (READS / (planes * rows)).clamp(FEWEST, 8 * FEWEST)
}

/// The common part of forward and backward to the input: `to[out,·,·] = b[out] + Σ plane,r,s  w · from[plane,·,·]`,
/// group by group.
#[doc(hidden)]
#[derive(Debug)]
pub struct BlockConvolution<'a, T> {
    pub(super) groups: usize,
    /// Planes of `from` in a group.
    pub(super) planes: usize,
    /// Planes of `to` in a group.
    pub(super) outs: usize,
    pub(super) rows: DirectedAxis,
    pub(super) columns: DirectedAxis,
    pub(super) from: &'a [Lane<T>],
    pub(super) w: &'a [T],
    pub(super) b: Option<&'a [T]>,
    pub(super) relu: bool,
    pub(super) to: &'a mut [Lane<T>],
}

impl<T: Float> Kernel<T> for BlockConvolution<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self, simd: S) {
        let (row_axis, column_axis) = (self.rows, self.columns);
        for group in 0..self.groups {
            let mut weights = 0;
            for rows in row_axis.classes() {
                for columns in column_axis.classes() {
                    self.class(simd, group, weights, &rows, &columns);
                    weights += self.planes * rows.all.count * columns.all.count;
                }
            }
        }
    }
}

impl<T: Float> BlockConvolution<'_, T> {
    /// The places of a class of rows and a class of columns, for all outputs of a group. The weights of the class begin
    /// at `weights`, in each panel.
    #[inline(always)]
    fn class<S: Simd<T = T>>(
        &mut self,
        simd: S,
        group: usize,
        weights: usize,
        rows: &Class<'_>,
        columns: &Class<'_>,
    ) {
        let (step, planes) = (width::<S>(height::<S>()), (group * self.planes, self.planes));
        let (size, most) =
            ((self.rows.from, self.columns.from), widest_strip(self.planes, self.rows.kernel()));
        for band in bands(rows, FEWEST, step) {
            for strip in bands(columns, most, step) {
                let column_places = columns.some(strip);
                // A single column goes down the band. Other strips are in one row.
                let together = if column_places.count == 1 { band.len() } else { 1 };
                for row in band.clone().step_by(together) {
                    let row_places = rows.some(row..row + together);
                    let loops =
                        Loops::new(planes, size, weights, (rows, &row_places), (columns, &column_places));
                    self.strip(simd, group, loops.inward(), &row_places, &column_places);
                }
            }
        }
    }

    /// A strip, for all outputs of a group.
    #[inline(always)]
    fn strip<S: Simd<T = T>>(
        &mut self,
        simd: S,
        group: usize,
        loops: Loops,
        rows: &Places,
        columns: &Places,
    ) {
        let (count, reads_apart, apart) = if rows.count > 1 {
            (rows.count, rows.reads_apart * self.columns.from, rows.apart * self.columns.to)
        } else {
            (columns.count, columns.reads_apart, columns.apart)
        };
        let place = rows.first * self.columns.to + columns.first;
        // The number of weights of an output.
        let length = self.planes * self.rows.taps_of_classes() * self.columns.taps_of_classes();
        for panel in panels::<S>(0..self.outs) {
            let out = group * self.outs + panel.start;
            let mut n = 0;
            while n < count {
                let mut tile = Tile { out, panel: out * length, loops, reads_apart, place, apart, count: 0 };
                tile.count = piece(count - n, width::<S>(panel.len()), 1);
                tile.place += n * apart;
                tile.loops.reads.first = loops.reads.first.wrapping_add(n * reads_apart);
                run_tile(simd, self, panel.len(), &tile);
                n += tile.count;
            }
        }
    }
}
