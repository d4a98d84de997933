//! Forward, and backward to the input: one loop for both, for every stride, padding and dilation.
//!
//! ```text
//!                     P places of a row (vectors of sixteen samples)
//!                   ┌────┬────┬────┬────┐
//!      F outputs    │ Σ  │ Σ  │ Σ  │ Σ  │     the tile: F·P sums in registers
//!                   ├────┼────┼────┼────┤
//!                   │ Σ  │ Σ  │ Σ  │ Σ  │     each tap of each plane
//!                   ├────┼────┼────┼────┤       loads P vectors of `from`,
//!                   │ Σ  │ Σ  │ Σ  │ Σ  │       broadcasts F weights,
//!                   └────┴────┴────┴────┘       and does F·P multiply-adds
//! ```
//!
//! The tile takes up to three quarters of the registers. It is high rather than wide: one broadcast of a weight serves
//! all places, but each place is a vector from a cache. The planes are read where they are. The weights are packed in
//! the order in which the tile reads them.
//!
//! A stride divides the places of the input into classes. Each class has its own taps. The weights are packed class by
//! class. So this loop also computes backward with a stride.
//!
//! `window.rs` and `ends.rs` have separate loops for two shapes.
//!
//! Measured in `bench/runs/2026-11-27-amd-epyc-family-26-model-2/kernels.json`.

use core::ops::Range;

use toddle_lanes::{Float, Kernel, Part, Simd, Whole, array};

use super::loops::Loops;
use crate::Lane;
use crate::activation::formula::{Formula, Relu};
use crate::conv2d::axis::{Class, DirectedAxis, Places};
use crate::tile::{has_special_loops, multiply_add};

/// The highest number of vectors that the tiles of a strip read, unless the strip has [`FEWEST`] places. In `f32` these
/// are 24 KiB, which stay in the first-level cache.
const READS: usize = 384;

/// The lowest result of [`widest_strip`].
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
        let length = self.planes * row_axis.taps_of_classes() * column_axis.taps_of_classes();
        let step = widest::<S>(highest::<S>());
        let most = widest_strip(self.planes, row_axis.kernel());
        let planes = self.planes;
        for group in 0..self.groups {
            let mut weights = 0;
            for rows in row_axis.classes() {
                for columns in column_axis.classes() {
                    let (inner, ends) = (columns.inner(), self.has_ends::<S>(&columns));
                    let loops = |row: &Places, column: &Places| {
                        let size = (row_axis.from, column_axis.from);
                        Loops::new((group * planes, planes), size, weights, (&rows, row), (&columns, column))
                    };
                    for band in bands(&rows, FEWEST, step) {
                        if ends {
                            let column = columns.some(inner.start..inner.start + 1);
                            for row in band.clone() {
                                let row = rows.some(row..row + 1);
                                self.ends(simd, group, length, loops(&row, &column), &row, inner.len());
                            }
                        }
                        for column in bands(&columns, most, step) {
                            if ends && !inner.contains(&column.start) {
                                continue;
                            }
                            let column = columns.some(column);
                            // A single column is computed downwards, other places along each row.
                            let together = if column.count == 1 { band.len() } else { 1 };
                            for row in band.clone().step_by(together) {
                                let row = rows.some(row..row + together);
                                let loops = loops(&row, &column).inward();
                                self.strip(simd, group, length, loops, &row, &column);
                            }
                        }
                    }
                    weights += self.planes * rows.all.count * columns.all.count;
                }
            }
        }
    }
}

impl<T: Float> BlockConvolution<'_, T> {
    /// All outputs of a group at the places of a strip. Each output has `length` weights.
    #[inline(always)]
    fn strip<S: Simd<T = T>>(
        &mut self,
        simd: S,
        group: usize,
        length: usize,
        loops: Loops,
        rows: &Places,
        columns: &Places,
    ) {
        let (count, reads_apart, apart) = if rows.count > 1 {
            (rows.count, rows.reads_apart * self.columns.from, rows.apart * self.columns.to)
        } else {
            (columns.count, columns.reads_apart, columns.apart)
        };
        let (out, place) = (group * self.outs, rows.first * self.columns.to + columns.first);
        let mut tile = Tile { out, panel: out * length, loops, reads_apart, place, apart, count };
        let from = tile.loops.reads.first;
        let done = self.windows(simd, &tile);
        for panel in panels::<S>(done..self.outs) {
            tile.out = out + panel.start;
            tile.panel = tile.out * length;
            let mut n = 0;
            while n < count {
                tile.count = piece(count - n, widest::<S>(panel.len()), 1);
                tile.place = place + n * apart;
                tile.loops.reads.first = from.wrapping_add(n * tile.reads_apart);
                match panel.len() {
                    _ if const { highest::<S>() == 1 } => self.panel::<S, 1>(simd, &tile),
                    8 if const { highest::<S>() == 8 } => self.panel::<S, 8>(simd, &tile),
                    6 if const { highest::<S>() == 8 } => self.panel::<S, 6>(simd, &tile),
                    4 if const { highest::<S>() >= 4 } => self.panel::<S, 4>(simd, &tile),
                    2 if const { highest::<S>() >= 4 } => self.panel::<S, 2>(simd, &tile),
                    _ => self.panel::<S, 1>(simd, &tile),
                }
                n += tile.count;
            }
        }
    }

    /// A tile of `F` outputs.
    #[inline(always)]
    fn panel<S: Simd<T = T>, const F: usize>(&mut self, simd: S, tile: &Tile) {
        if const { is_whole::<S>(F) } && tile.count == 1 {
            return simd.outline(InTile::<_, F, 1, 0, 1>(self, tile));
        }
        if const { F > 1 && !has_special_loops::<T>() } {
            return self.places::<S, F, 0, 1>(simd, tile);
        }
        // The usual widths have their own loops, if neighbouring taps read neighbouring places and all weights are one
        // after the other.
        let Loops { counts: [.., taps], reads, weights } = tile.loops;
        let usual = reads.apart[2].abs() == 1 && weights.apart[1..] == [taps as isize, 1];
        match (taps, tile.reads_apart) {
            (3, 1) if const { S::TILE_REGISTERS >= 12 } && usual => self.places::<S, F, 3, 1>(simd, tile),
            (5, 1) if const { F >= 4 } && usual => self.places::<S, F, 5, 1>(simd, tile),
            (2, 1) if const { F > 1 && F == highest::<S>() } && usual => {
                self.places::<S, F, 2, 1>(simd, tile)
            }
            (3, 2) if const { F > 1 && F == highest::<S>() } && usual => {
                self.places::<S, F, 3, 2>(simd, tile)
            }
            _ => self.places::<S, F, 0, 1>(simd, tile),
        }
    }

    #[inline(always)]
    fn places<S: Simd<T = T>, const F: usize, const K: usize, const A: usize>(
        &mut self,
        simd: S,
        tile: &Tile,
    ) {
        // Tiles that are wider than the widest are not compiled.
        match tile.count {
            6 if const { 6 <= widest::<S>(F) } => simd.outline(InTile::<_, F, 6, K, A>(self, tile)),
            5 if const { 5 <= widest::<S>(F) } => simd.outline(InTile::<_, F, 5, K, A>(self, tile)),
            4 if const { 4 <= widest::<S>(F) } => simd.outline(InTile::<_, F, 4, K, A>(self, tile)),
            3 if const { 3 <= widest::<S>(F) } => simd.outline(InTile::<_, F, 3, K, A>(self, tile)),
            2 if const { 2 <= widest::<S>(F) } => simd.outline(InTile::<_, F, 2, K, A>(self, tile)),
            _ if const { is_whole::<S>(F) } => unreachable!("a single place has a tile of its own"),
            _ => simd.outline(InTile::<_, F, 1, K, A>(self, tile)),
        }
    }

    /// `F` outputs × `P` places, in registers during the loop over the taps of all planes. A line has `K` taps and
    /// neighbouring places read elements that are `A` apart. `K` = 0 stands for any number of taps and any distance.
    #[inline(always)]
    fn tile<S: Part<T = T>, const F: usize, const P: usize, const K: usize, const A: usize>(
        &mut self,
        part: S,
        tile: &Tile,
    ) {
        let Tile {
            out, loops: Loops { counts: [planes, lines, taps], reads, weights }, place, apart, ..
        } = *tile;
        let mut sums = [[part.splat(T::ZERO); P]; F];
        if let Some(b) = self.b {
            for f in 0..F {
                sums[f] = [part.splat(b[out + f]); P];
            }
        }
        let panel = self.w[tile.panel..].as_chunks::<F>().0;
        if K > 0 {
            // The taps read upwards or downwards from the first tap.
            let (down, reach) = (reads.apart[2] < 0, (P - 1) * A + 1);
            let lowest = if down { K - 1 } else { 0 };
            let reaches: [Range<usize>; K] = core::array::from_fn(|s| {
                let tap = if down { K - 1 - s } else { s };
                tap..tap + reach
            });
            for plane in 0..planes {
                let w = panel[weights.line(plane, 0)..].as_chunks::<K>().0;
                let mut at = reads.line(plane, 0) - lowest;
                for w in &w[..lines] {
                    let x = &self.from[at..at + K - 1 + reach];
                    for s in 0..K {
                        let x = &x[reaches[s].clone()][..reach];
                        multiply_add(part, &w[s], &array!(|p| &x[p * A]), &mut sums);
                    }
                    at = at.wrapping_add_signed(reads.apart[1]);
                }
            }
        } else {
            for plane in 0..planes {
                for line in 0..lines {
                    let (mut at, mut w) = (reads.line(plane, line), weights.line(plane, line));
                    for _ in 0..taps {
                        let x = &self.from[at..][..(P - 1) * tile.reads_apart + 1];
                        multiply_add(part, &panel[w], &array!(|p| &x[p * tile.reads_apart]), &mut sums);
                        at = at.wrapping_add_signed(reads.apart[2]);
                        w = w.wrapping_add_signed(weights.apart[2]);
                    }
                }
            }
        }
        if self.relu {
            for f in 0..F {
                for p in 0..P {
                    sums[f][p] = Relu.value(sums[f][p]);
                }
            }
        }
        let image = self.rows.to * self.columns.to;
        for f in 0..F {
            let to = &mut self.to[(out + f) * image + place..][..(P - 1) * apart + 1];
            for p in 0..P {
                part.store(sums[f][p], &mut to[p * apart]);
            }
        }
    }
}

/// A tile of a sweep, of `F` outputs × `P` places. If all registers of a single place fit together, the tile is
/// computed whole; else it is computed part by part.
struct InTile<'a, 'b, T, const F: usize, const P: usize, const K: usize, const A: usize>(
    &'a mut BlockConvolution<'b, T>,
    &'a Tile,
);

impl<T: Float, const F: usize, const P: usize, const K: usize, const A: usize> Kernel<T>
    for InTile<'_, '_, T, F, P, K, A>
{
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        if const { P == 1 && is_whole::<S>(F) } {
            return self.0.tile::<_, F, P, K, A>(Whole(simd), self.1);
        }
        for part in simd.parts() {
            self.0.tile::<_, F, P, K, A>(part, self.1);
        }
    }
}

/// Whether the registers of `outs` vectors fit together.
const fn is_whole<S: Simd>(outs: usize) -> bool {
    outs * S::PARTS <= S::TILE_REGISTERS
}

/// The sums of one tile: over the planes of a group, for the outputs of the group from `out` on, at some places.
pub(super) struct Tile {
    /// The first output, among all outputs.
    pub out: usize,
    /// Where the weights of the outputs are.
    pub panel: usize,
    pub loops: Loops,
    /// The distance between the places that a tap reads for neighbouring places.
    pub reads_apart: usize,
    /// The first place, and the distance between neighbouring places.
    pub place: usize,
    pub apart: usize,
    /// The number of places.
    pub count: usize,
}

/// Cuts the places of a class into runs of places that have the same taps. A place for which some taps read nothing is
/// alone. The other places are cut into pieces of up to `most` places by [`piece`].
#[inline(always)]
fn bands(class: &Class<'_>, most: usize, step: usize) -> impl Iterator<Item = Range<usize>> {
    let (inner, places, mut begin) = (class.inner(), class.places, 0);
    core::iter::from_fn(move || {
        let piece = match begin {
            _ if begin == places => return None,
            _ if inner.contains(&begin) => piece(inner.end - begin, most, step),
            _ => 1,
        };
        begin += piece;
        Some(begin - piece..begin)
    })
}

/// The length of the next piece of `left` places. Pieces have up to `most` places. The last two pieces have nearly the
/// same length; the first of the two ends on a multiple of `step`.
#[inline(always)]
pub(super) fn piece(left: usize, most: usize, step: usize) -> usize {
    match left {
        _ if left <= most => left,
        _ if left < 2 * most => left.div_ceil(2).next_multiple_of(step).min(most),
        _ => most,
    }
}

/// The number of outputs of the highest panel, which is lower with few registers.
#[inline(always)]
pub(super) const fn highest<S: Simd>() -> usize {
    match S::TILE_REGISTERS {
        24.. => 8,
        12.. => 4,
        _ => 1,
    }
}

/// The number of places of the widest tile of `outs` outputs.
#[inline(always)]
const fn widest<S: Simd>(outs: usize) -> usize {
    let (fewest, most) = match S::TILE_REGISTERS {
        24.. => (1, 24 / outs),
        12.. => (3, 8 / outs),
        _ => (1, 2),
    };
    if most < fewest {
        fewest
    } else if most > 6 {
        6
    } else {
        most
    }
}

/// Cuts `outs` into panels, one for each height of a tile: first as many of the highest panels as there are, then one
/// of the highest even number that is left, then one of a single output.
#[inline(always)]
pub(super) fn panels<S: Simd>(outs: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let Range { start: mut begin, end } = outs;
    core::iter::from_fn(move || {
        let height = match (end - begin).min(highest::<S>()) {
            0 => return None,
            3 => 2,
            5 => 4,
            7 => 6,
            height => height,
        };
        begin += height;
        Some(begin - height..begin)
    })
}
