//! Convolution of sixteen samples side by side: equals `reference` in every bit.
//!
//! Forward and backward to the input are one loop: a tile of `F` outputs × `P` columns stays in registers while all taps
//! pass by, each tap loading `P` vectors and broadcasting `F` weights for `F·P` multiply-adds. The tile takes three quarters
//! of the registers; the weights are packed in the order in which the loop reads them.

use std::ops::Range;

use toddle_lanes::{Float, Kernel, Real, Simd, array};

use super::Geometry;
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
        pack::<S>(g, g.filters, g.channels, forward, |k, c, r, s| w[g.w(r, s, c, k)]);
        pack::<S>(g, g.channels, g.filters, backward, |c, k, r, s| w[g.w(r, s, c, k)]);
    }
}

/// `packed[panel][sum][r][s][in panel] = weight(out, sum, r, s)`.
#[inline(always)]
fn pack<S: Simd>(
    g: &Geometry,
    outs: usize,
    sums: usize,
    packed: &mut [S::T],
    weight: impl Fn(usize, usize, usize, usize) -> S::T,
) {
    let mut packed = packed.iter_mut();
    for panel in panels::<S>(outs) {
        for sum in 0..sums {
            for r in 0..g.kernel.0 {
                for s in 0..g.kernel.1 {
                    for (out, to) in panel.clone().zip(&mut packed) {
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

/// `y[k,oy,ox] = b[k] + Σ c,r,s  w[r,s,c,k] · x[c, oy+r, ox+s]`: [`reference::forward`](super::reference::forward).
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// The convolution.
    pub g: &'a Geometry,
    /// Input, c×h×w.
    pub x: &'a [Lane<T>],
    /// Weights, as [`Pack::forward`] leaves them.
    pub w: &'a [T],
    /// Biases, k.
    pub b: &'a [T],
    /// Output, k×oh×ow.
    pub y: &'a mut [Lane<T>],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let Forward { g, x, w, b, y } = self;
        let mut sweep = Sweep {
            from: Image { at: x, planes: g.channels, height: g.height, width: g.width },
            to: y,
            to_size: (g.out_height(), g.out_width()),
            w,
            kernel: g.kernel,
            step: 1,
        };
        for oy in 0..g.out_height() {
            sweep.strip(simd, g.filters, Some(b), oy, 0..g.out_width(), (0..g.kernel.0, 0..g.kernel.1));
        }
    }
}

/// `dx[c,iy,ix] = Σ k,r,s  w[r,s,c,k] · dy[k, iy−r, ix−s]`:
/// [`reference::backward_input`](super::reference::backward_input).
#[derive(Debug)]
pub struct BackwardInput<'a, T> {
    /// The convolution.
    pub g: &'a Geometry,
    /// Weights, as [`Pack::backward`] leaves them.
    pub w: &'a [T],
    /// Gradient to the output, k×oh×ow.
    pub dy: &'a [Lane<T>],
    /// Gradient to the input, c×h×w.
    pub dx: &'a mut [Lane<T>],
}

impl<T: Float> Kernel<T> for BackwardInput<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let BackwardInput { g, w, dy, dx } = self;
        // Columns that all taps reach, and those at the two edges that some do.
        let inner = (g.kernel.1 - 1).min(g.width)..g.out_width().max(g.kernel.1 - 1);
        let mut sweep = Sweep {
            from: Image { at: dy, planes: g.filters, height: g.out_height(), width: g.out_width() },
            to: dx,
            to_size: (g.height, g.width),
            w,
            kernel: g.kernel,
            step: -1,
        };
        for iy in 0..g.height {
            let rows = g.rows_reaching(iy);
            for ix in (0..inner.start).chain(inner.end..g.width) {
                let taps = (rows.clone(), g.columns_reaching(ix));
                sweep.strip(simd, g.channels, None, iy, ix..ix + 1, taps);
            }
            sweep.strip(simd, g.channels, None, iy, inner.clone(), (rows, 0..g.kernel.1));
        }
    }
}

/// Planes of numbers: channels of an input or filters of an output.
struct Image<'a, T> {
    at: &'a [Lane<T>],
    planes: usize,
    height: usize,
    width: usize,
}

/// What forward and backward to the input share: `to[out,y,x] = start[out] + Σ plane,r,s  w · from[plane, y±r, x±s]`.
struct Sweep<'a, T> {
    from: Image<'a, T>,
    to: &'a mut [Lane<T>],
    to_size: (usize, usize),
    w: &'a [T],
    kernel: (usize, usize),
    step: isize,
}

impl<T: Float> Sweep<'_, T> {
    /// One row of all `outs`, over `columns` that the same `taps` reach.
    ///
    /// A tile of columns takes so many planes at a time that what it reads of them stays in the first-level cache while
    /// all outputs pass by; between two such parts its sums wait in `to`.
    #[inline(always)]
    fn strip<S: Simd<T = T>>(
        &mut self,
        simd: S,
        outs: usize,
        start: Option<&[T]>,
        row: usize,
        columns: Range<usize>,
        taps: (Range<usize>, Range<usize>),
    ) {
        let room = S::REGISTERS * 3 / 4 / highest::<S>().min(outs);
        let mut column = columns.start;
        while column < columns.end {
            let width = match room.min(columns.end - column) {
                6.. => 6,
                3..6 => 3,
                left => left,
            };
            let bytes_a_plane = self.kernel.0 * (width + self.kernel.1 - 1) * size_of::<Lane<T>>();
            let together = (FIRST_LEVEL / bytes_a_plane).max(1);
            for first in (0..self.from.planes).step_by(together) {
                let planes = first..(first + together).min(self.from.planes);
                for panel in panels::<S>(outs) {
                    let tile = Tile { planes: planes.clone(), out: panel.start, row, column };
                    let taps = (taps.0.clone(), taps.1.clone());
                    match panel.len() {
                        4 => self.columns::<S, 4>(simd, width, tile, start, taps),
                        2 => self.columns::<S, 2>(simd, width, tile, start, taps),
                        _ => self.columns::<S, 1>(simd, width, tile, start, taps),
                    }
                }
            }
            column += width;
        }
    }

    #[inline(always)]
    fn columns<S: Simd<T = T>, const F: usize>(
        &mut self,
        simd: S,
        width: usize,
        tile: Tile,
        start: Option<&[T]>,
        taps: (Range<usize>, Range<usize>),
    ) {
        match width {
            6 => self.tile::<S, F, 6>(simd, tile, start, taps),
            3 => self.tile::<S, F, 3>(simd, tile, start, taps),
            2 => self.tile::<S, F, 2>(simd, tile, start, taps),
            _ => self.tile::<S, F, 1>(simd, tile, start, taps),
        }
    }

    /// `F` outputs × `P` columns in registers while the taps of some planes pass by.
    #[inline(always)]
    fn tile<S: Simd<T = T>, const F: usize, const P: usize>(
        &mut self,
        simd: S,
        Tile { planes, out, row, column }: Tile,
        start: Option<&[T]>,
        (rows, cols): (Range<usize>, Range<usize>),
    ) {
        let Image { at, planes: all, height, width } = self.from;
        let panel = self.kernel.0 * self.kernel.1 * all;
        let w = &self.w[out * panel..][..F * panel];
        let to: [usize; F] = array!(|f| ((out + f) * self.to_size.0 + row) * self.to_size.1 + column);
        let mut sums = [[simd.splat(T::ZERO); P]; F];
        for f in 0..F {
            for p in 0..P {
                sums[f][p] = match start {
                    _ if planes.start > 0 => simd.load(&self.to[to[f] + p]),
                    Some(start) => simd.splat(start[out + f]),
                    None => simd.splat(T::ZERO),
                };
            }
        }
        for plane in planes {
            for r in rows.clone() {
                let first =
                    ((plane * height + row) * width + column) as isize + self.step * (r * width) as isize;
                let w = &w[(plane * self.kernel.0 + r) * self.kernel.1 * F..][..self.kernel.1 * F];
                for s in cols.clone() {
                    let from = &at[(first + self.step * s as isize) as usize..][..P];
                    let w = &w[s * F..][..F];
                    let from: [S::V; P] = array!(|p| simd.load(&from[p]));
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
            for (p, to) in self.to[to[f]..][..P].iter_mut().enumerate() {
                simd.store(sums[f][p], to);
            }
        }
    }
}

/// What one call of [`Sweep::tile`] sums: some planes, for the outputs from `out` on, at a row and from a column on.
struct Tile {
    planes: Range<usize>,
    out: usize,
    row: usize,
    column: usize,
}

/// Bytes of the first-level cache that a tile's planes may take: most of the usual 32 KiB.
const FIRST_LEVEL: usize = 24 << 10;

/// `dw[r,s,c,k] += Σ oy,ox  dy[k,oy,ox] · x[c, oy+r, ox+s]` and `db[k] += Σ oy,ox dy[k,oy,ox]`, lane by lane and then
/// over the lanes: the leaf of [`reference::backward_weights`](super::reference::backward_weights).
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
    /// Gradient to the biases, k; added to.
    pub db: &'a mut [T],
}

impl<T: Float> Kernel<T> for BackwardWeights<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let BackwardWeights { g, x, dy, dw, db } = self;
        let mut leaf = Leaf { g, x, dy, dw };
        let mut k = 0;
        while k < g.filters {
            let left = (S::REGISTERS / 4).min(g.filters - k);
            k += if left >= 8 {
                leaf.filters::<S, 8>(simd, k)
            } else if left >= 4 {
                leaf.filters::<S, 4>(simd, k)
            } else if left >= 2 {
                leaf.filters::<S, 2>(simd, k)
            } else {
                leaf.filters::<S, 1>(simd, k)
            };
        }
        let plane = g.out_height() * g.out_width();
        for (db, dy) in db.iter_mut().zip(dy.chunks_exact(plane)) {
            let mut sum = simd.splat(T::ZERO);
            for dy in dy {
                sum = sum + simd.load(dy);
            }
            *db += simd.sum(sum);
        }
    }
}

struct Leaf<'a, T> {
    g: &'a Geometry,
    x: &'a [Lane<T>],
    dy: &'a [Lane<T>],
    dw: &'a mut [T],
}

impl<T: Float> Leaf<'_, T> {
    /// All taps of `F` filters, up to three columns of the kernel at a time; returns `F`.
    #[inline(always)]
    fn filters<S: Simd<T = T>, const F: usize>(&mut self, simd: S, k: usize) -> usize {
        for c in 0..self.g.channels {
            for r in 0..self.g.kernel.0 {
                let mut s = 0;
                while s < self.g.kernel.1 {
                    s += match self.g.kernel.1 - s {
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
        let g = self.g;
        let mut sums = [[simd.splat(T::ZERO); P]; F];
        for oy in 0..g.out_height() {
            let x = &self.x[g.x(c, oy + r, s)..][..g.out_width() + P - 1];
            let dy: [&[Lane<T>]; F] = array!(|f| &self.dy[g.y(k + f, oy, 0)..][..g.out_width()]);
            for ox in 0..g.out_width() {
                let x = &x[ox..][..P];
                let x: [S::V; P] = array!(|p| simd.load(&x[p]));
                for f in 0..F {
                    let dy = simd.load(&dy[f][ox]);
                    for p in 0..P {
                        sums[f][p] = dy.mul_add(x[p], sums[f][p]);
                    }
                }
            }
        }
        for f in 0..F {
            for p in 0..P {
                self.dw[g.w(r, s + p, c, k + f)] += simd.sum(sums[f][p]);
            }
        }
        P
    }
}
