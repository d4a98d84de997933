//! Convolution of sixteen samples side by side: equals `reference` in every bit.
//!
//! Forward and backward to the input are one loop: a tile of `F` outputs × `P` columns stays in registers while all taps
//! pass by, each tap loading `P` vectors and broadcasting `F` weights for `F·P` multiply-adds. The tile takes three quarters
//! of the registers; the weights are packed in the order in which the loop reads them.

use std::ops::Range;

use toddle_lanes::{Float, Kernel, Real, Simd, array};

use super::Geometry;
use super::axis::{Axis, Taps, Way};
use crate::Lane;

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

/// Cuts `0..outs` into the panels that a tile is high: as many fours as there are, then a two, then a one (no fours
/// where registers are few).
#[inline(always)]
fn panels<S: Simd>(outs: usize) -> impl Iterator<Item = Range<usize>> {
    let highest = highest::<S>();
    let mut begin = 0;
    std::iter::from_fn(move || {
        let height = match outs - begin {
            0 => return None,
            left if left >= highest => highest,
            left if left >= 2 => 2,
            _ => 1,
        };
        begin += height;
        Some(begin - height..begin)
    })
}

/// How many outputs the highest panel holds.
#[inline(always)]
fn highest<S: Simd>() -> usize {
    if S::REGISTERS >= 16 { 4 } else { 2 }
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

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
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
        sweep.run(simd);
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

impl<T: Float> Kernel<T> for BackwardInput<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
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
        sweep.run(simd);
    }
}

/// What forward and backward to the input share: `to[out,·,·] = b[out] + Σ plane,r,s  w · from[plane,·,·]`, group by group.
struct Sweep<'a, T> {
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

impl<T: Float> Sweep<'_, T> {
    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        match (self.columns.apart, self.columns.classes) {
            (1, 1) => self.rows::<S, true>(simd),
            _ => self.rows::<S, false>(simd),
        }
    }

    /// Row by row: the columns that all their taps reach in wide strips, those at the two edges one by one. `NEXT`:
    /// neighbouring columns are in one class and read neighbouring places.
    #[inline(always)]
    fn rows<S: Simd<T = T>, const NEXT: bool>(mut self, simd: S) {
        let (row_way, column_way) = (self.rows, self.columns);
        for group in 0..self.groups {
            for columns in column_way.classes() {
                let inner = columns.inner();
                for rows in row_way.classes() {
                    for row in 0..rows.places {
                        let row = Places { first: rows.place(row), count: 1, taps: rows.taps(row) };
                        let edges = (0..inner.start).chain(inner.end..columns.places);
                        for (n, count) in edges.map(|n| (n, 1)).chain([(inner.start, inner.len())]) {
                            let columns = Places { first: columns.place(n), count, taps: columns.taps(n) };
                            self.strip::<S, NEXT>(simd, group, &row, &columns);
                        }
                    }
                }
            }
        }
    }

    /// One row of a group's outputs, over columns that the same taps reach.
    ///
    /// A tile of columns takes so many planes at a time that what it reads of them stays in the first-level cache while
    /// all outputs pass by; between two such parts its sums wait in `to`.
    #[inline(always)]
    fn strip<S: Simd<T = T>, const NEXT: bool>(
        &mut self,
        simd: S,
        group: usize,
        row: &Places,
        columns: &Places,
    ) {
        let room = S::REGISTERS * 3 / 4 / highest::<S>().min(self.outs);
        let mut done = 0;
        while done < columns.count {
            let width = match room.min(columns.count - done) {
                6.. => 6,
                3..6 => 3,
                left => left,
            };
            let reach = (width * self.columns.apart + self.kernel.1 - 1).min(self.columns.from);
            let plane = self.kernel.0.min(self.rows.from) * reach * size_of::<Lane<T>>();
            let together = (FIRST_LEVEL / plane).max(1);
            for first in (0..self.planes).step_by(together) {
                let planes = first..(first + together).min(self.planes);
                for panel in panels::<S>(self.outs) {
                    let tile = Tile { group, planes: planes.clone(), out: panel.start, row, columns, done };
                    match panel.len() {
                        4 => self.columns::<S, NEXT, 4>(simd, width, tile),
                        2 => self.columns::<S, NEXT, 2>(simd, width, tile),
                        _ => self.columns::<S, NEXT, 1>(simd, width, tile),
                    }
                }
            }
            done += width;
        }
    }

    #[inline(always)]
    fn columns<S: Simd<T = T>, const NEXT: bool, const F: usize>(
        &mut self,
        simd: S,
        width: usize,
        tile: Tile<'_>,
    ) {
        match width {
            6 => self.tile::<S, NEXT, F, 6>(simd, tile),
            3 => self.tile::<S, NEXT, F, 3>(simd, tile),
            2 => self.tile::<S, NEXT, F, 2>(simd, tile),
            _ => self.tile::<S, NEXT, F, 1>(simd, tile),
        }
    }

    /// `F` outputs × `P` columns in registers while the taps of some planes pass by.
    #[inline(always)]
    fn tile<S: Simd<T = T>, const NEXT: bool, const F: usize, const P: usize>(
        &mut self,
        simd: S,
        Tile { group, planes, out, row, columns, done }: Tile<'_>,
    ) {
        let (apart, classes) = if NEXT { (1, 1) } else { (self.columns.apart, self.columns.classes) };
        let (read, written) = ((P - 1) * apart + 1, (P - 1) * classes + 1);
        let out = group * self.outs + out;
        let panel = self.kernel.0 * self.kernel.1 * self.planes;
        let w = &self.w[out * panel..][..F * panel];
        let to: [usize; F] = array!(|f| {
            ((out + f) * self.rows.to + row.first) * self.columns.to + columns.first + done * classes
        });
        let mut sums = [[simd.splat(T::ZERO); P]; F];
        if planes.start > 0 {
            for f in 0..F {
                let to = &self.to[to[f]..][..written];
                for p in 0..P {
                    sums[f][p] = simd.load(&to[p * classes]);
                }
            }
        } else if let Some(b) = self.b {
            for f in 0..F {
                sums[f] = [simd.splat(b[out + f]); P];
            }
        }
        for plane in planes {
            let height = (group * self.planes + plane) * self.rows.from;
            for (r, y) in row.taps {
                let first = (height + y as usize) * self.columns.from + done * apart;
                let w = &w[(plane * self.kernel.0 + r) * self.kernel.1 * F..][..self.kernel.1 * F];
                for (s, x) in columns.taps {
                    let from = &self.from[(first as isize + x) as usize..][..read];
                    let w = &w[s * F..][..F];
                    let from: [S::V; P] = array!(|p| simd.load(&from[p * apart]));
                    for f in 0..F {
                        let w = simd.splat(w[f]);
                        for p in 0..P {
                            sums[f][p] = w.mul_add(from[p], sums[f][p]);
                        }
                    }
                }
            }
        }
        for f in 0..F {
            let to = &mut self.to[to[f]..][..written];
            for p in 0..P {
                simd.store(sums[f][p], &mut to[p * classes]);
            }
        }
    }
}

/// Places of one axis that the same taps reach: `count` of them, from `first` on.
#[derive(Clone, Copy)]
struct Places {
    first: usize,
    count: usize,
    /// What reaches the first of them.
    taps: Taps,
}

/// What one call of [`Sweep::tile`] sums: some of a group's planes, for its outputs from `out` on, at a row and from the
/// column behind the `done` first ones on.
struct Tile<'a> {
    group: usize,
    planes: Range<usize>,
    out: usize,
    row: &'a Places,
    columns: &'a Places,
    done: usize,
}

/// Bytes of the first-level cache that a tile's planes may take: most of the usual 32 KiB.
const FIRST_LEVEL: usize = 24 << 10;

/// `dw[r,s,c,k] += Σ oy,ox  dy[k,oy,ox] · x[c, oy·t+r·d−p, ox·t+s·d−p]`, lane by lane and then over the lanes: the leaf of
/// [`reference::backward_weights`](super::reference::backward_weights).
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
}

impl<T: Float> Kernel<T> for BackwardWeights<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        match self.g.usual() {
            Some(g) => BackwardWeights { g: &g, ..self }.groups(simd),
            None => self.groups(simd),
        }
    }
}

impl<T: Float> BackwardWeights<'_, T> {
    #[inline(always)]
    fn groups<S: Simd<T = T>>(mut self, simd: S) {
        for group in 0..self.g.groups {
            let mut k = group * self.g.group_filters();
            let end = k + self.g.group_filters();
            while k < end {
                let left = (S::REGISTERS / 4).min(end - k);
                k += if left >= 8 {
                    self.filters::<S, 8>(simd, k)
                } else if left >= 4 {
                    self.filters::<S, 4>(simd, k)
                } else if left >= 2 {
                    self.filters::<S, 2>(simd, k)
                } else {
                    self.filters::<S, 1>(simd, k)
                };
            }
        }
    }

    /// All taps of `F` filters of one group, up to three columns of the kernel at a time; returns `F`.
    #[inline(always)]
    fn filters<S: Simd<T = T>, const F: usize>(&mut self, simd: S, k: usize) -> usize {
        for c in 0..self.g.group_channels() {
            for r in 0..self.g.rows.kernel {
                let mut s = 0;
                while s < self.g.columns.kernel {
                    s += match self.g.columns.kernel - s {
                        1 => self.taps::<S, F, 1>(simd, k, c, r, s),
                        2 => self.taps::<S, F, 2>(simd, k, c, r, s),
                        _ => self.taps::<S, F, 3>(simd, k, c, r, s),
                    };
                }
            }
        }
        F
    }

    /// `F` filters × `P` neighbouring taps in registers while all pixels pass by; returns `P`.
    #[inline(always)]
    fn taps<S: Simd<T = T>, const F: usize, const P: usize>(
        &mut self,
        simd: S,
        k: usize,
        c: usize,
        r: usize,
        s: usize,
    ) -> usize {
        // A tap further right reads something for columns further left.
        let (first, last) = (self.g.columns.readers(s), self.g.columns.readers(s + P - 1));
        if first == last {
            self.whole::<S, F, P>(simd, k, c, r, s, first);
        } else {
            self.clipped::<S, F, P>(simd, k, c, r, s, last.start..first.end);
        }
        P
    }

    /// Taps that all read something for the same columns.
    #[inline(always)]
    fn whole<S: Simd<T = T>, const F: usize, const P: usize>(
        &mut self,
        simd: S,
        k: usize,
        c: usize,
        r: usize,
        s: usize,
        columns: Range<usize>,
    ) {
        let g = self.g;
        let Axis { stride, dilation, .. } = g.columns;
        let channel = g.channels_of(k).start + c;
        let (span, n) = ((P - 1) * dilation + 1, columns.len());
        let mut sums = [[simd.splat(T::ZERO); P]; F];
        if n > 0 {
            for oy in g.rows.readers(r) {
                let x = &self.x[g.x(channel, g.rows.reads(oy, r), g.columns.reads(columns.start, s))..];
                let x = &x[..(n - 1) * stride + span];
                let dy: [&[Lane<T>]; F] = array!(|f| &self.dy[g.y(k + f, oy, columns.start)..][..n]);
                for n in 0..n {
                    let x = &x[n * stride..][..span];
                    let x: [S::V; P] = array!(|p| simd.load(&x[p * dilation]));
                    for f in 0..F {
                        let dy = simd.load(&dy[f][n]);
                        for p in 0..P {
                            sums[f][p] = dy.mul_add(x[p], sums[f][p]);
                        }
                    }
                }
            }
        }
        for f in 0..F {
            for p in 0..P {
                self.dw[g.w(r, s + p, c, k + f)] += simd.sum(sums[f][p]);
            }
        }
    }

    /// Taps that do not all read something for the same columns.
    #[inline(always)]
    fn clipped<S: Simd<T = T>, const F: usize, const P: usize>(
        &mut self,
        simd: S,
        k: usize,
        c: usize,
        r: usize,
        s: usize,
        columns: Range<usize>,
    ) {
        let g = self.g;
        let channel = g.channels_of(k).start + c;
        let reached: [Range<usize>; P] = std::array::from_fn(|p| g.columns.readers(s + p));
        let mut sums = [[simd.splat(T::ZERO); P]; F];
        for oy in g.rows.readers(r) {
            let x = &self.x[g.x(channel, g.rows.reads(oy, r), 0)..][..g.columns.input];
            let dy: [&[Lane<T>]; F] = array!(|f| &self.dy[g.y(k + f, oy, 0)..][..g.columns.output]);
            for ox in columns.clone() {
                for p in 0..P {
                    if reached[p].contains(&ox) {
                        let x = simd.load(&x[g.columns.reads(ox, s + p)]);
                        for f in 0..F {
                            sums[f][p] = simd.load(&dy[f][ox]).mul_add(x, sums[f][p]);
                        }
                    }
                }
            }
        }
        for f in 0..F {
            for p in 0..P {
                self.dw[g.w(r, s + p, c, k + f)] += simd.sum(sums[f][p]);
            }
        }
    }
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
