//! Forward and backward to the input: a tile of `F` outputs × `P` neighbouring places stays in registers while all taps pass
//! by, each tap loading `P` vectors and broadcasting `F` weights for `F·P` multiply-adds. The tile takes up to three quarters of
//! the registers; what some tiles read is packed before they begin, and the weights in the order in which they are read.

use std::hint::black_box;
use std::ops::Range;

use toddle_lanes::{Float, Kernel, Part, Simd, Whole};

use super::window::{Steps, Window};
use crate::activation::formula::{Formula, Relu};
use crate::conv2d::Geometry;
use crate::conv2d::axis::{Class, Places, Way};
use crate::tile::multiply_add;
use crate::{Lane, SECOND_LEVEL};

/// The most places in a strip, whose tiles read the same window.
const STRIP: usize = 6;

/// What forward and backward to the input share: `to[out,·,·] = b[out] + Σ plane,r,s  w · from[plane,·,·]`, group by group.
#[doc(hidden)]
#[derive(Debug)]
pub struct Sweep<'a, T> {
    pub(super) groups: usize,
    /// Planes of `from` in a group.
    pub(super) planes: usize,
    /// Planes of `to` in a group.
    pub(super) outs: usize,
    pub(super) rows: Way,
    pub(super) columns: Way,
    pub(super) from: &'a [Lane<T>],
    pub(super) w: &'a [T],
    pub(super) b: Option<&'a [T]>,
    pub(super) relu: bool,
    pub(super) to: &'a mut [Lane<T>],
    /// What a strip reads: [`room`] vectors.
    pub(super) window: &'a mut [Lane<T>],
}

/// Vectors in the window of a [`Sweep`]: of as many planes as stay in the second-level cache, but one at least.
pub(super) fn room<T>(g: &Geometry) -> usize {
    (SECOND_LEVEL / size_of::<Lane<T>>()).max(STRIP * g.rows.kernel * g.columns.kernel)
}

impl<T: Float> Kernel<T> for Sweep<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self, simd: S) {
        let (row_way, column_way) = (self.rows, self.columns);
        let length = self.planes * row_way.taps_of_classes() * column_way.taps_of_classes();
        for group in 0..self.groups {
            let mut before = 0;
            for rows in row_way.classes() {
                for columns in column_way.classes() {
                    for (row, column) in all_strips(&rows, &columns, widest::<S>(highest::<S>())) {
                        let (row, column) = (rows.some(row), columns.some(column));
                        let weights = Steps {
                            first: before * self.planes
                                + rows.before(&row.taps) * columns.all.count
                                + columns.before(&column.taps),
                            plane: rows.all.count * columns.all.count,
                            line: columns.all.count as isize,
                            tap: 1,
                        };
                        self.strip(simd, group, (length, weights), &row, &column);
                    }
                    before += rows.all.count * columns.all.count;
                }
            }
        }
    }
}

impl<T: Float> Sweep<'_, T> {
    /// All outputs of a group at the places of a strip: each output has `length` weights, and a panel these for the taps.
    ///
    /// They take so many planes at a time as there is room for in the window; between two such parts the sums wait in `to`.
    #[inline(always)]
    fn strip<S: Simd<T = T>>(
        &mut self,
        simd: S,
        group: usize,
        (length, weights): (usize, Steps),
        rows: &Places,
        columns: &Places,
    ) {
        let window = Window::new(rows, columns);
        let width = self.columns.to;
        let (count, apart) =
            if rows.count > 1 { (rows.count, rows.apart * width) } else { (columns.count, columns.apart) };
        // Whether lines of taps lie one behind the other, and whether they go on so from plane to plane.
        let dense = rows.count == 1 && columns.taps.count == weights.line as usize;
        let endless = dense && rows.taps.count * columns.taps.count == weights.plane;
        let together = self.window.len().checked_div(window.len()).unwrap_or(self.planes);
        for first in (0..self.planes).step_by(together) {
            let planes = first..(first + together).min(self.planes);
            let (image, before) = ((self.rows.from, self.columns.from), group * self.planes);
            window.fill(simd, self.from, image, before + planes.start..before + planes.end, self.window);
            let lines = match window.len() {
                0 => (0, 0),
                _ if endless => (1, planes.len() * rows.taps.count),
                _ => (planes.len(), rows.taps.count),
            };
            for panel in panels::<S>(self.outs) {
                for part in strips(0..count, widest::<S>(panel.len()), 1) {
                    let place = rows.first * width + columns.first + part.start * apart;
                    let tile = Tile {
                        out: group * self.outs + panel.start,
                        panel: (group * self.outs + panel.start) * length,
                        begins: planes.start == 0,
                        ends: planes.end == self.planes,
                        lines,
                        taps: columns.taps.count,
                        dense,
                        window: Steps { first: window.steps().first + part.start, ..window.steps() },
                        weights: Steps { first: weights.first + planes.start * weights.plane, ..weights },
                        place,
                        apart,
                        count: part.len(),
                    };
                    // Else everything that any kind of tile needs would be computed here for all of them.
                    let tile = black_box(&tile);
                    match panel.len() {
                        _ if highest::<S>() == 1 => self.panel::<S, 1>(simd, tile),
                        4 => self.panel::<S, 4>(simd, tile),
                        2 => self.panel::<S, 2>(simd, tile),
                        _ => self.panel::<S, 1>(simd, tile),
                    }
                }
            }
        }
    }

    /// A tile of `F` outputs, part by part, or whole where it is so narrow that the parts fit the registers together.
    #[inline(always)]
    fn panel<S: Simd<T = T>, const F: usize>(&mut self, simd: S, tile: &Tile) {
        if tile.count == 1 && F * S::PARTS <= S::REGISTERS / 2 {
            return self.tile::<_, F, 1, 0>(Whole(simd), tile);
        }
        for part in simd.parts() {
            // Kernels of the usual widths have loops of their own.
            match tile.taps {
                1 if tile.dense && F == 4 => self.places::<S, F, 1>(part, tile),
                2 if tile.dense && F == 4 => self.places::<S, F, 2>(part, tile),
                3 if tile.dense && S::REGISTERS >= 16 => self.places::<S, F, 3>(part, tile),
                5 if tile.dense && S::REGISTERS >= 16 => self.places::<S, F, 5>(part, tile),
                _ => self.places::<S, F, 0>(part, tile),
            }
        }
    }

    #[inline(always)]
    fn places<S: Simd<T = T>, const F: usize, const K: usize>(&mut self, part: S::Part, tile: &Tile) {
        // What is wider than the widest is not even compiled.
        match tile.count {
            6 if 6 <= widest::<S>(F) => self.tile::<_, F, 6, K>(part, tile),
            5 if 5 <= widest::<S>(F) => self.tile::<_, F, 5, K>(part, tile),
            4 if 4 <= widest::<S>(F) => self.tile::<_, F, 4, K>(part, tile),
            3 if 3 <= widest::<S>(F) => self.tile::<_, F, 3, K>(part, tile),
            2 if 2 <= widest::<S>(F) => self.tile::<_, F, 2, K>(part, tile),
            _ => self.tile::<_, F, 1, K>(part, tile),
        }
    }

    /// `F` outputs × `P` places in registers while the taps of some planes pass by: `K` in a line, and all lines one behind the
    /// other; or any taps for 0.
    #[inline(always)]
    fn tile<S: Part<T = T>, const F: usize, const P: usize, const K: usize>(&mut self, part: S, tile: &Tile) {
        let Tile { out, lines: (planes, lines), taps, window, weights, place, apart, .. } = *tile;
        let (image, written) = (self.rows.to * self.columns.to, (P - 1) * apart + 1);
        let mut sums = [[part.splat(T::ZERO); P]; F];
        if !tile.begins {
            for f in 0..F {
                let to = &self.to[(out + f) * image + place..][..written];
                for p in 0..P {
                    sums[f][p] = part.load(&to[p * apart]);
                }
            }
        } else if let Some(b) = self.b {
            for f in 0..F {
                sums[f] = [part.splat(b[out + f]); P];
            }
        }
        let panel = self.w[tile.panel..].as_chunks::<F>().0;
        if K > 0 {
            let row = window.line as usize;
            let taps: [Range<usize>; K] = std::array::from_fn(|s| window.tap(s)..window.tap(s) + P);
            // Asked once, so that it need not be asked of every line.
            assert!(taps.iter().all(|tap| tap.start <= tap.end && tap.end <= row), "taps are in their line");
            for plane in 0..planes {
                let x = self.window[plane * window.plane..][..lines * row].chunks_exact(row);
                let w = panel[weights.first + plane * weights.plane..].as_chunks::<K>().0;
                for (x, w) in x.zip(w) {
                    for s in 0..K {
                        let x = x[taps[s].clone()].first_chunk().expect("a tap of a tile");
                        multiply_add(part, &w[s], x, &mut sums);
                    }
                }
            }
        } else {
            for plane in 0..planes {
                for line in 0..lines {
                    let (x, w) = (window.line(plane, line), weights.line(plane, line));
                    for s in 0..taps {
                        let x = self.window[x.tap(s)..].first_chunk().expect("a tap of a tile");
                        multiply_add(part, &panel[w.tap(s)], x, &mut sums);
                    }
                }
            }
        }
        if self.relu && tile.ends {
            for f in 0..F {
                for p in 0..P {
                    sums[f][p] = Relu.value(sums[f][p]);
                }
            }
        }
        for f in 0..F {
            let to = &mut self.to[(out + f) * image + place..][..written];
            for p in 0..P {
                part.store(sums[f][p], &mut to[p * apart]);
            }
        }
    }
}

/// What one call of [`Sweep::tile`] sums: some of a group's planes, for its outputs from `out` on, at some places.
struct Tile {
    /// Its first output, among all.
    out: usize,
    /// Where the weights of its outputs are.
    panel: usize,
    /// Whether the planes are the group's first, and its last.
    begins: bool,
    ends: bool,
    /// How many planes, and how many lines of taps in each.
    lines: (usize, usize),
    /// How many taps in a line.
    taps: usize,
    /// Whether lines lie one behind the other, in the window and in the weights.
    dense: bool,
    window: Steps,
    weights: Steps,
    /// The first place, and how far it is from there to the next.
    place: usize,
    apart: usize,
    /// How many places.
    count: usize,
}

/// The strips of a class of rows and one of columns: where all taps read something, along each row; and down the columns
/// where some do not.
#[inline(always)]
fn all_strips<'a>(
    rows: &'a Class<'_>,
    columns: &'a Class<'_>,
    step: usize,
) -> impl Iterator<Item = (Range<usize>, Range<usize>)> + 'a {
    let (inner_rows, inner_columns) = (rows.inner(), columns.inner());
    let outside = |inner: &Range<usize>, places| (0..inner.start).chain(inner.end..places).map(|n| n..n + 1);
    let edges = outside(&inner_columns, columns.places);
    let down = move |column: Range<usize>| {
        let strips = outside(&inner_rows, rows.places).chain(strips(inner_rows.clone(), STRIP, step));
        strips.map(move |row| (row, column.clone()))
    };
    let along =
        move |row| strips(inner_columns.clone(), STRIP, step).map(move |column| (row..row + 1, column));
    (0..rows.places).flat_map(along).chain(edges.flat_map(down))
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

/// Outputs in the highest panel: one where registers are few.
#[inline(always)]
pub(super) fn highest<S: Simd>() -> usize {
    if S::REGISTERS < 16 { 1 } else { 4 }
}

/// Places in the widest tile of so many outputs.
#[inline(always)]
fn widest<S: Simd>(outs: usize) -> usize {
    match S::REGISTERS {
        32.. => 6,
        16.. => (8 / outs).clamp(3, 6),
        _ => 2,
    }
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
