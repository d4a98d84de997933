//! Convolution of sixteen samples side by side: equals `reference` in every bit.
//!
//! Forward and backward to the input are one loop: a tile of `F` outputs × `P` columns stays in registers while all taps
//! pass by, each tap loading `P` vectors and broadcasting `F` weights for `F·P` multiply-adds. The tile takes three quarters
//! of the registers; the weights are packed in the order in which the loop reads them.

use std::ops::Range;

use toddle_lanes::{Float, Isa, Kernel, LANES, Part, Real, Simd, Whole, array};

use super::Geometry;
use super::axis::{Axis, Class, Taps, Way};
use crate::{Lane, Number, Run};

/// Puts the weights into the two orders that [`Forward`] and [`BackwardInput`] read.
#[derive(Debug)]
pub struct Pack<'a, T> {
    /// The convolution.
    pub g: &'a Geometry,
    /// Weights, r×s×c×k.
    pub w: &'a [T],
    /// For [`Forward`]: panels of filters, each c×r×s×panel.
    pub forward: &'a mut [T],
    /// For [`BackwardInput`]: panels of channels, each k×r×s×panel.
    pub backward: &'a mut [T],
}

impl<T: Float> Kernel<T> for Pack<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, _simd: S) {
        let Pack { g, w, forward, backward } = self;
        let (channels, filters) = (g.group_channels(), g.group_filters());
        let (mut forward, mut backward) = (forward.iter_mut(), backward.iter_mut());
        for group in 0..g.groups {
            let first = group * filters;
            pack::<S>(g, filters, channels, &mut forward, |k, c, r, s| w[g.w(r, s, c, first + k)]);
            pack::<S>(g, channels, filters, &mut backward, |c, k, r, s| w[g.w(r, s, c, first + k)]);
        }
    }
}

/// `packed[panel][sum][r][s][in panel] = weight(out, sum, r, s)`, of one group.
#[inline(always)]
fn pack<'a, S: Simd>(
    g: &Geometry,
    outs: usize,
    sums: usize,
    packed: &mut impl Iterator<Item = &'a mut S::T>,
    weight: impl Fn(usize, usize, usize, usize) -> S::T,
) {
    for panel in panels::<S>(outs) {
        for sum in 0..sums {
            for r in 0..g.rows.kernel {
                for s in 0..g.columns.kernel {
                    for (out, to) in panel.clone().zip(&mut *packed) {
                        *to = weight(out, sum, r, s);
                    }
                }
            }
        }
    }
}

/// Outputs in the highest panel: one where registers are few.
#[inline(always)]
fn highest<S: Simd>() -> usize {
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
fn panels<S: Simd>(outs: usize) -> impl Iterator<Item = Range<usize>> {
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

/// `y[k,oy,ox] = b[k] + Σ c,r,s  w[r,s,c,k] · x[c, oy·t+r·d−p, ox·t+s·d−p]`:
/// [`reference::forward`](super::reference::forward).
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// The convolution.
    pub g: &'a Geometry,
    /// Input, c×h×w.
    pub x: &'a [Lane<T>],
    /// Weights, as [`Pack::forward`] leaves them.
    pub w: &'a [T],
    /// Biases, k, if there are any.
    pub b: Option<&'a [T]>,
    /// Output, k×oh×ow.
    pub y: &'a mut [Lane<T>],
}

impl<T: Number> Run for Forward<'_, T> {
    type Output = ();

    fn on(self, isa: Isa) {
        let Forward { g, x, w, b, y } = self;
        let sweep = Sweep {
            groups: g.groups,
            planes: g.group_channels(),
            outs: g.group_filters(),
            kernel: (g.rows.kernel, g.columns.kernel),
            rows: g.rows.forward(),
            columns: g.columns.forward(),
            from: x,
            w,
            b,
            to: y,
        };
        sweep.on(isa);
    }
}

/// `dx[c,iy,ix] = Σ k,r,s  w[r,s,c,k] · dy[k,oy,ox]`:
/// [`reference::backward_input`](super::reference::backward_input).
#[derive(Debug)]
pub struct BackwardInput<'a, T> {
    /// The convolution.
    pub g: &'a Geometry,
    /// Weights, as [`Pack::backward`] leaves them.
    pub w: &'a [T],
    /// Gradient to the output, k×oh×ow.
    pub dy: &'a [Lane<T>],
    /// Biases, c, of a transposed convolution that has some.
    pub b: Option<&'a [T]>,
    /// Gradient to the input, c×h×w.
    pub dx: &'a mut [Lane<T>],
}

impl<T: Number> Run for BackwardInput<'_, T> {
    type Output = ();

    fn on(self, isa: Isa) {
        let BackwardInput { g, w, dy, b, dx } = self;
        let sweep = Sweep {
            groups: g.groups,
            planes: g.group_filters(),
            outs: g.group_channels(),
            kernel: (g.rows.kernel, g.columns.kernel),
            rows: g.rows.backward(),
            columns: g.columns.backward(),
            from: dy,
            w,
            b,
            to: dx,
        };
        sweep.on(isa);
    }
}

/// What forward and backward to the input share: `to[out,·,·] = b[out] + Σ plane,r,s  w · from[plane,·,·]`, group by group.
#[doc(hidden)]
#[derive(Debug)]
pub struct Sweep<'a, T> {
    groups: usize,
    /// Planes of `from` in a group.
    planes: usize,
    /// Planes of `to` in a group.
    outs: usize,
    kernel: (usize, usize),
    rows: Way,
    columns: Way,
    from: &'a [Lane<T>],
    w: &'a [T],
    b: Option<&'a [T]>,
    to: &'a mut [Lane<T>],
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
                let (lines, w) = (lines.chunks_exact(width), w.chunks_exact(self.kernel.1));
                let (from, count) = (columns.taps.lowest(), if K > 0 { K } else { taps.len() });
                if BACK {
                    for (line, w) in lines.rev().zip(w) {
                        let (line, w) = (&line[from..][..P + count - 1], &w[taps.start..][..count]);
                        row_of_taps::<_, true, F, P>(part, line, w, &mut sums);
                    }
                } else {
                    for (line, w) in lines.zip(w) {
                        let (line, w) = (&line[from..][..P + count - 1], &w[taps.start..][..count]);
                        row_of_taps::<_, false, F, P>(part, line, w, &mut sums);
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

/// Neighbouring taps, of which the first reads `line[p]` for column `p`, or the last one where `BACK`.
#[inline(always)]
fn row_of_taps<S: Part, const BACK: bool, const F: usize, const P: usize>(
    part: S,
    line: &[Lane<S::T>],
    w: &[[S::T; F]],
    sums: &mut [[S::R; P]; F],
) {
    for s in 0..w.len() {
        let line = &line[if BACK { w.len() - 1 - s } else { s }..][..P];
        let from: [S::R; P] = array!(|p| part.load(&line[p]));
        multiply_add(part, &w[s], &from, sums);
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

/// Cuts `places` into as few pieces of at most `most` as there can be, nearly alike, and all but the last ending on a
/// multiple of `step`.
#[inline(always)]
fn strips(places: Range<usize>, most: usize, step: usize) -> impl Iterator<Item = Range<usize>> {
    let (first, count, pieces) = (places.start, places.len(), places.len().div_ceil(most));
    let end = move |n: usize| first + if n < pieces { n * count / pieces / step * step } else { count };
    (0..pieces).map(move |n| end(n)..end(n + 1))
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

type Register<S> = <<S as Simd>::Part as Part>::R;

/// Bytes of the first-level cache that a tile's planes may take: most of the usual 32 KiB.
const FIRST_LEVEL: usize = 14 << 10;

/// `dw[r,s,c,k] += Σ oy,ox  dy[k,oy,ox] · x[c, oy·t+r·d−p, ox·t+s·d−p]`, lane by lane and then over the lanes: the leaf of
/// [`reference::backward_weights`](super::reference::backward_weights).
///
/// Some filters at a time pass over all taps, so many rows of theirs at a time as stay in the first-level cache; between
/// two such parts the sums wait in `scratch`.
#[derive(Debug)]
pub struct BackwardWeights<'a, T> {
    /// The convolution.
    pub g: &'a Geometry,
    /// Input, c×h×w.
    pub x: &'a [Lane<T>],
    /// Gradient to the output, k×oh×ow.
    pub dy: &'a [Lane<T>],
    /// Gradient to the weights, r×s×c×k; added to.
    pub dw: &'a mut [T],
    /// Room for [`weights_scratch`] vectors.
    pub scratch: &'a mut [Lane<T>],
}

/// The most filters in the tile of [`BackwardWeights`].
const FILTERS: usize = 8;

/// Vectors that [`BackwardWeights`] scribbles on.
pub fn weights_scratch(g: &Geometry) -> usize {
    FILTERS.min(g.group_filters()) * g.group_channels() * g.rows.kernel * g.columns.kernel
}

impl<T: Float> Kernel<T> for BackwardWeights<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self, simd: S) {
        for group in 0..self.g.groups {
            let mut k = group * self.g.group_filters();
            let end = k + self.g.group_filters();
            while k < end {
                k += match (end - k).min(S::REGISTERS / 4) {
                    FILTERS.. => self.filters::<S, FILTERS>(simd, k),
                    4..FILTERS => self.filters::<S, 4>(simd, k),
                    2 | 3 => self.filters::<S, 2>(simd, k),
                    _ => self.filters::<S, 1>(simd, k),
                };
            }
        }
    }
}

impl<T: Float> BackwardWeights<'_, T> {
    /// All taps of `F` filters of one group; returns `F`.
    #[inline(always)]
    fn filters<S: Simd<T = T>, const F: usize>(&mut self, simd: S, k: usize) -> usize {
        let Geometry { rows, columns, .. } = *self.g;
        let channels = self.g.group_channels();
        let sums = channels * rows.kernel * columns.kernel * F;
        self.scratch[..sums].fill([T::ZERO; LANES]);
        let together = (FIRST_LEVEL / (F * columns.output * size_of::<Lane<T>>())).max(1);
        for first in (0..rows.output).step_by(together) {
            let oys = first..(first + together).min(rows.output);
            for c in 0..channels {
                for r in 0..rows.kernel {
                    let readers = rows.readers(r);
                    let oys = oys.start.max(readers.start)..oys.end.min(readers.end);
                    let mut s = 0;
                    while s < columns.kernel {
                        let taps = Pixels { k, c, r, s, oys: oys.clone() };
                        s += match columns.kernel - s {
                            1 => self.taps::<S, F, 1>(simd, &taps),
                            2 => self.taps::<S, F, 2>(simd, &taps),
                            _ => self.taps::<S, F, 3>(simd, &taps),
                        };
                    }
                }
            }
        }
        let mut sums = self.scratch.iter();
        for c in 0..channels {
            for r in 0..rows.kernel {
                for s in 0..columns.kernel {
                    let dw = &mut self.dw[self.g.w(r, s, c, k)..][..F];
                    for (dw, sum) in dw.iter_mut().zip(&mut sums) {
                        *dw += simd.sum(simd.load(sum));
                    }
                }
            }
        }
        F
    }

    /// `F` filters × `P` neighbouring taps in registers while the pixels of some rows pass by; returns `P`.
    #[inline(always)]
    fn taps<S: Simd<T = T>, const F: usize, const P: usize>(&mut self, simd: S, taps: &Pixels) -> usize {
        let g = self.g;
        let Pixels { k, c, r, s, ref oys } = *taps;
        let Axis { stride, dilation, padding, input, output, kernel } = g.columns;
        let span = (P - 1) * dilation + 1;
        // A tap further right reads something for columns further left. `inner`: those for which all taps do.
        let reached: [Range<usize>; P] = std::array::from_fn(|p| g.columns.readers(s + p));
        let inner = reached[0].start..reached[P - 1].end.max(reached[0].start);
        let channel = g.channels_of(k).start + c;
        let sums_at = (((c * g.rows.kernel + r) * kernel) + s) * F;
        for part in simd.parts() {
            let waiting = &mut self.scratch[sums_at..][..P * F];
            let mut sums: [[Register<S>; F]; P] = array!(|p| array!(|f| part.load(&waiting[p * F + f])));
            for oy in oys.clone() {
                let x = &self.x[g.x(channel, g.rows.reads(oy, r), 0)..][..input];
                let dy: [&[Lane<T>]; F] = array!(|f| &self.dy[g.y(k + f, oy, 0)..][..output]);
                for ox in reached[P - 1].start..inner.start {
                    edge(&g.columns, part, s, ox, x, &dy, &mut sums);
                }
                if !inner.is_empty() {
                    let n = inner.len();
                    let x = &x[inner.start * stride + s * dilation - padding..][..(n - 1) * stride + span];
                    let dy: [&[Lane<T>]; F] = array!(|f| &dy[f][inner.start..][..n]);
                    if stride == 1 && dilation == 1 {
                        for (n, x) in x.windows(P).enumerate() {
                            let x: [Register<S>; P] = array!(|p| part.load(&x[p]));
                            let dy: [&Lane<T>; F] = array!(|f| &dy[f][n]);
                            multiply_add_each(part, &x, &dy, &mut sums);
                        }
                    } else {
                        for n in 0..n {
                            let x = &x[n * stride..][..span];
                            let x: [Register<S>; P] = array!(|p| part.load(&x[p * dilation]));
                            let dy: [&Lane<T>; F] = array!(|f| &dy[f][n]);
                            multiply_add_each(part, &x, &dy, &mut sums);
                        }
                    }
                }
                for ox in inner.end..reached[0].end {
                    edge(&g.columns, part, s, ox, x, &dy, &mut sums);
                }
            }
            let waiting = &mut self.scratch[sums_at..][..P * F];
            for p in 0..P {
                for f in 0..F {
                    part.store(sums[p][f], &mut waiting[p * F + f]);
                }
            }
        }
        P
    }
}

/// `sums[p][f] += dy[f] · x[p]`, lane by lane.
#[inline(always)]
fn multiply_add_each<S: Part, const F: usize, const P: usize>(
    part: S,
    x: &[S::R; P],
    dy: &[&Lane<S::T>; F],
    sums: &mut [[S::R; F]; P],
) {
    for f in 0..F {
        let dy = part.load(dy[f]);
        for p in 0..P {
            sums[p][f] = dy.mul_add(x[p], sums[p][f]);
        }
    }
}

/// Column `ox`, for those of the taps from `s` on that read something for it.
#[inline(always)]
fn edge<S: Part, const F: usize, const P: usize>(
    columns: &Axis,
    part: S,
    s: usize,
    ox: usize,
    x: &[Lane<S::T>],
    dy: &[&[Lane<S::T>]; F],
    sums: &mut [[S::R; F]; P],
) {
    for p in 0..P {
        if let Some(ix) = columns.read(ox, s + p) {
            let x = part.load(&x[ix]);
            for f in 0..F {
                sums[p][f] = part.load(&dy[f][ox]).mul_add(x, sums[p][f]);
            }
        }
    }
}

/// Some taps of [`BackwardWeights`]: channel `c` of a group, row `r` and columns from `s` on, for the filters from `k` on
/// and the pixels of the rows `oys`.
struct Pixels {
    k: usize,
    c: usize,
    r: usize,
    s: usize,
    oys: Range<usize>,
}

/// `db[k] += Σ oy,ox dy[k,oy,ox]`, lane by lane and then over the lanes: the leaf of
/// [`reference::backward_bias`](super::reference::backward_bias).
#[derive(Debug)]
pub struct BackwardBias<'a, T> {
    /// How many numbers a plane of `dy` has.
    pub plane: usize,
    /// Gradient to the output, k×oh×ow.
    pub dy: &'a [Lane<T>],
    /// Gradient to the biases, k; added to.
    pub db: &'a mut [T],
}

impl<T: Float> Kernel<T> for BackwardBias<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        for (db, dy) in self.db.iter_mut().zip(self.dy.chunks_exact(self.plane)) {
            let mut sum = simd.splat(T::ZERO);
            for dy in dy {
                sum = sum + simd.load(dy);
            }
            *db += simd.sum(sum);
        }
    }
}
