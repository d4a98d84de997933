//! Forward and backward to the input: a tile of `F` outputs × `P` columns stays in registers while all taps pass by, each
//! tap loading `P` vectors and broadcasting `F` weights for `F·P` multiply-adds. The tile takes three quarters of many
//! registers, half of few; the weights are packed in the order in which the loop reads them.

use std::ops::Range;

use toddle_lanes::{Float, Kernel, Part, Real, Simd, Whole, array};

use super::FIRST_LEVEL;
use crate::Lane;
use crate::conv2d::axis::{Class, Taps, Way};

/// What forward and backward to the input share: `to[out,·,·] = b[out] + Σ plane,r,s  w · from[plane,·,·]`, group by group.
#[doc(hidden)]
#[derive(Debug)]
pub struct Sweep<'a, T> {
    pub(super) groups: usize,
    /// Planes of `from` in a group.
    pub(super) planes: usize,
    /// Planes of `to` in a group.
    pub(super) outs: usize,
    pub(super) kernel: (usize, usize),
    pub(super) rows: Way,
    pub(super) columns: Way,
    pub(super) from: &'a [Lane<T>],
    pub(super) w: &'a [T],
    pub(super) b: Option<&'a [T]>,
    pub(super) to: &'a mut [Lane<T>],
}

impl<T: Float> Kernel<T> for Sweep<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        match self.rows.next().zip(self.columns.next()) {
            Some((false, false)) => self.rows::<S, true, false>(simd),
            Some((true, true)) => self.rows::<S, true, true>(simd),
            _ => self.rows::<S, false, false>(simd),
        }
    }
}

impl<T: Float> Sweep<'_, T> {
    /// Row by row: the columns that all their taps reach in strips of as many as a tile holds, those at the two edges one by
    /// one. `NEXT`: neighbouring places are in one class, and neighbouring taps read neighbouring places for them, the last
    /// tap the first of those where `BACK`.
    #[inline(always)]
    fn rows<S: Simd<T = T>, const NEXT: bool, const BACK: bool>(mut self, simd: S) {
        let (row_way, column_way) = (self.rows, self.columns);
        for group in 0..self.groups {
            for columns in column_way.classes() {
                let inner = columns.inner();
                for rows in row_way.classes() {
                    for row in 0..rows.places {
                        let row = Places { first: rows.place(row), taps: rows.taps(row) };
                        let edges = (0..inner.start).chain(inner.end..columns.places).map(|n| n..n + 1);
                        for strip in edges.chain(strips(inner.clone(), widest::<S>(1), step::<S>())) {
                            self.strip::<S, NEXT, BACK>(simd, group, &row, columns, strip);
                        }
                    }
                }
            }
        }
    }

    /// All outputs of a group at some columns of a row.
    ///
    /// They take so many planes at a time that what is read of them stays in the first-level cache while all outputs pass
    /// by; between two such parts the sums wait in `to`.
    #[inline(always)]
    fn strip<S: Simd<T = T>, const NEXT: bool, const BACK: bool>(
        &mut self,
        simd: S,
        group: usize,
        row: &Places,
        columns: Class<'_>,
        strip: Range<usize>,
    ) {
        let reach = (strip.len() * self.columns.apart + self.kernel.1 - 1).min(self.columns.from);
        let plane = self.kernel.0.min(self.rows.from) * reach * size_of::<Lane<T>>();
        let together = (FIRST_LEVEL / plane).max(1);
        for first in (0..self.planes).step_by(together) {
            let planes = first..(first + together).min(self.planes);
            for panel in panels::<S>(self.outs) {
                for part in strips(strip.clone(), widest::<S>(panel.len()), 1) {
                    let columns = Places { first: columns.place(part.start), taps: columns.taps(part.start) };
                    let (planes, out, count) = (planes.clone(), panel.start, part.len());
                    let tile = Tile { group, planes, out, row, columns: &columns, count };
                    match panel.len() {
                        _ if highest::<S>() == 1 => self.panel::<S, NEXT, BACK, 1>(simd, &tile),
                        4 => self.panel::<S, NEXT, BACK, 4>(simd, &tile),
                        2 => self.panel::<S, NEXT, BACK, 2>(simd, &tile),
                        _ => self.panel::<S, NEXT, BACK, 1>(simd, &tile),
                    }
                }
            }
        }
    }

    /// A tile of `F` outputs, part by part, or whole where it is so narrow that the parts fit the registers together.
    #[inline(always)]
    fn panel<S: Simd<T = T>, const NEXT: bool, const BACK: bool, const F: usize>(
        &mut self,
        simd: S,
        tile: &Tile<'_>,
    ) {
        if tile.count == 1 && F * S::PARTS <= S::REGISTERS / 2 {
            return self.tile::<_, NEXT, BACK, F, 1, 0>(Whole(simd), tile);
        }
        for part in simd.parts() {
            // Where registers are few, kernels of the usual widths have loops of their own.
            match tile.columns.taps.range().len() {
                3 if NEXT && S::REGISTERS == 16 => self.columns::<S, NEXT, BACK, F, 3>(part, tile),
                5 if NEXT && S::REGISTERS == 16 => self.columns::<S, NEXT, BACK, F, 5>(part, tile),
                _ => self.columns::<S, NEXT, BACK, F, 0>(part, tile),
            }
        }
    }

    #[inline(always)]
    fn columns<S: Simd<T = T>, const NEXT: bool, const BACK: bool, const F: usize, const K: usize>(
        &mut self,
        part: S::Part,
        tile: &Tile<'_>,
    ) {
        // What is wider than the widest is not even compiled.
        match tile.count {
            6 if 6 <= widest::<S>(F) => self.tile::<_, NEXT, BACK, F, 6, K>(part, tile),
            5 if 5 <= widest::<S>(F) => self.tile::<_, NEXT, BACK, F, 5, K>(part, tile),
            4 if 4 <= widest::<S>(F) => self.tile::<_, NEXT, BACK, F, 4, K>(part, tile),
            3 if 3 <= widest::<S>(F) => self.tile::<_, NEXT, BACK, F, 3, K>(part, tile),
            2 if 2 <= widest::<S>(F) => self.tile::<_, NEXT, BACK, F, 2, K>(part, tile),
            _ => self.tile::<_, NEXT, BACK, F, 1, K>(part, tile),
        }
    }

    /// `F` outputs × `P` columns in registers while the taps of some planes pass by; `K` in a row, or any number for 0.
    #[inline(always)]
    fn tile<
        S: Part<T = T>,
        const NEXT: bool,
        const BACK: bool,
        const F: usize,
        const P: usize,
        const K: usize,
    >(
        &mut self,
        part: S,
        tile: &Tile<'_>,
    ) {
        let Tile { group, ref planes, out, row, columns, .. } = *tile;
        let (apart, classes) = if NEXT { (1, 1) } else { (self.columns.apart, self.columns.classes) };
        let (read, written) = ((P - 1) * apart + 1, (P - 1) * classes + 1);
        let (width, panel) = (self.columns.from, self.kernel.0 * self.kernel.1 * self.planes);
        let out = group * self.outs + out;
        let w = &self.w[out * panel..][..F * panel];
        let to: [usize; F] =
            array!(|f| ((out + f) * self.rows.to + row.first) * self.columns.to + columns.first);
        let mut sums = [[part.splat(T::ZERO); P]; F];
        if planes.start > 0 {
            for f in 0..F {
                let to = &self.to[to[f]..][..written];
                for p in 0..P {
                    sums[f][p] = part.load(&to[p * classes]);
                }
            }
        } else if let Some(b) = self.b {
            for f in 0..F {
                sums[f] = [part.splat(b[out + f]); P];
            }
        }
        let (rows, taps) = (row.taps.range(), columns.taps.range());
        let planes = if rows.is_empty() || taps.is_empty() { 0..0 } else { planes.clone() };
        for plane in planes {
            let height = (group * self.planes + plane) * self.rows.from;
            let w = &w.as_chunks::<F>().0[plane * self.kernel.0 * self.kernel.1..];
            if NEXT {
                let lines = &self.from[(height + row.taps.lowest()) * width..][..rows.len() * width];
                let w = &w[rows.start * self.kernel.1..][..rows.len() * self.kernel.1];
                let (from, count) = (columns.taps.lowest(), if K > 0 { K } else { taps.len() });
                for r in 0..rows.len() {
                    let line = if BACK { rows.len() - 1 - r } else { r };
                    let line = &lines[line * width + from..][..P + count - 1];
                    let w = &w[r * self.kernel.1 + taps.start..][..count];
                    for s in 0..count {
                        let line = &line[if BACK { count - 1 - s } else { s }..][..P];
                        let from: [S::R; P] = array!(|p| part.load(&line[p]));
                        multiply_add(part, &w[s], &from, &mut sums);
                    }
                }
            } else {
                for (r, y) in row.taps {
                    let line = &self.from[(height + y as usize) * width..][..width];
                    let w = &w[r * self.kernel.1..][..self.kernel.1];
                    for (s, x) in columns.taps {
                        let line = &line[x as usize..][..read];
                        let from: [S::R; P] = array!(|p| part.load(&line[p * apart]));
                        multiply_add(part, &w[s], &from, &mut sums);
                    }
                }
            }
        }
        for f in 0..F {
            let to = &mut self.to[to[f]..][..written];
            for p in 0..P {
                part.store(sums[f][p], &mut to[p * classes]);
            }
        }
    }
}

/// `sums[f][p] += w[f] · from[p]`
#[inline(always)]
fn multiply_add<S: Part, const F: usize, const P: usize>(
    part: S,
    w: &[S::T; F],
    from: &[S::R; P],
    sums: &mut [[S::R; P]; F],
) {
    for f in 0..F {
        let w = part.splat(w[f]);
        for p in 0..P {
            sums[f][p] = w.mul_add(from[p], sums[f][p]);
        }
    }
}

/// Cuts `places` into pieces of `most`, the last two of which are nearly alike but for ending on a multiple of `step`.
#[inline(always)]
fn strips(places: Range<usize>, most: usize, step: usize) -> impl Iterator<Item = Range<usize>> {
    let Range { start: mut begin, end } = places;
    std::iter::from_fn(move || {
        let piece = match end - begin {
            0 => return None,
            left if left > most && left < 2 * most => left.div_ceil(2).next_multiple_of(step),
            left => left.min(most),
        };
        begin += piece;
        Some(begin - piece..begin)
    })
}

/// Neighbouring places of one class: the first of them, and the taps as they read for it.
struct Places {
    first: usize,
    taps: Taps,
}

/// What one call of [`Sweep::tile`] sums: some of a group's planes, for its outputs from `out` on, at neighbouring columns
/// of a row.
struct Tile<'a> {
    group: usize,
    planes: Range<usize>,
    out: usize,
    row: &'a Places,
    columns: &'a Places,
    /// How many columns.
    count: usize,
}

/// Outputs in the highest panel: one where registers are few.
#[inline(always)]
pub(super) fn highest<S: Simd>() -> usize {
    if S::REGISTERS < 16 { 1 } else { 4 }
}

/// Columns in the widest tile of so many outputs: its sums take three quarters of many registers, and half of few.
#[inline(always)]
fn widest<S: Simd>(outs: usize) -> usize {
    match S::REGISTERS {
        32.. => 6,
        16.. => (8 / outs).min(4),
        _ => 2,
    }
}

/// Columns that strips are cut at multiples of: the tile of the highest panel, unless the lowest has no wider one.
#[inline(always)]
fn step<S: Simd>() -> usize {
    let narrowest = widest::<S>(highest::<S>());
    if narrowest < widest::<S>(1) { narrowest } else { 1 }
}

/// Cuts `0..outs` into the panels that a tile is high: as many of the highest as there are, then a two, then a one.
#[inline(always)]
pub(super) fn panels<S: Simd>(outs: usize) -> impl Iterator<Item = Range<usize>> {
    let mut begin = 0;
    std::iter::from_fn(move || {
        let height = match (outs - begin).min(highest::<S>()) {
            0 => return None,
            3 => 2,
            height => height,
        };
        begin += height;
        Some(begin - height..begin)
    })
}
