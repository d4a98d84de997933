//! The gradient to the weights.
//!
//! ```text
//!                     P neighbouring taps of a row of the window
//!                   ┌────┬────┬────┐
//!      F filters    │ Σ  │ Σ  │ Σ  │      the tile: F·P sums in registers
//!                   ├────┼────┼────┤
//!                   │ Σ  │ Σ  │ Σ  │      each pixel of some rows
//!                   ├────┼────┼────┤        loads F vectors of `dy` and P of `x`,
//!                   │ Σ  │ Σ  │ Σ  │        and does F·P multiply-adds
//!                   └────┴────┴────┘
//! ```
//!
//! Each lane has a chain over the pixels of its sample. At the end the tree adds the sixteen lanes. The loop takes as
//! many rows at a time as stay in a cache. Between two such groups of rows, the sums are stored in `scratch`.
//!
//! Windows of 3×3 over a single plane are in `window.rs`.
//!
//! Measured in `bench/runs/2026-11-27-amd-epyc-family-26-model-2/kernels.json`.

use core::ops::Range;

use toddle_lanes::{Float, Kernel, LANES, Part, Real, Simd, array};

use super::window::AllWindows;
use crate::Lane;
use crate::conv2d::{Axis, Geometry};
use crate::tile::has_special_loops;

/// `dw[r,s,c,k] += Σ oy,ox  dy[k,oy,ox] · x[c, oy·t+r·d−p, ox·t+s·d−p]`, first lane by lane and then over the lanes:
/// the leaf of [`reference::backward_weights`](crate::conv2d::reference::backward_weights).
///
/// A few filters at a time are computed for all taps. Of these filters, as many rows at a time are read as stay in a
/// cache. Between two such groups of rows, the sums are stored in `scratch`.
#[derive(Debug)]
pub struct BackwardWeights<'a, T> {
    /// The convolution.
    pub g: &'a Geometry,
    /// Input, c×h×w.
    pub x: &'a [Lane<T>],
    /// Gradient to the output, k×oh×ow.
    pub dy: &'a [Lane<T>],
    /// Gradient to the weights, r×s×c×k; the result is added to it.
    pub dw: &'a mut [T],
    /// Gradient to the biases, k, or empty. The result is added to it, as [`BackwardBias`](super::BackwardBias) does.
    pub db: &'a mut [T],
    /// Scratch memory of [`scratch`](super::scratch) vectors.
    pub scratch: &'a mut [Lane<T>],
}

/// The highest number of bytes of the rows of some filters: about two thirds of a first-level cache, which has 32 KiB,
/// or 48 KiB on most CPUs with 32 registers. On CPUs with 32 registers, tiles of three neighbouring taps load so little
/// that the second-level cache is fast enough. Their rows take a third of a second-level cache of 1 MiB, so the sums
/// are stored less often.
#[inline(always)]
fn rows_bytes<S: Simd>(columns: &Axis) -> usize {
    match S::TILE_REGISTERS {
        24.. if columns.contiguous() && columns.kernel.is_multiple_of(3) => 320 << 10,
        24.. => 30 << 10,
        _ => 22 << 10,
    }
}

/// The most filters in the tile of [`BackwardWeights`].
const FILTERS: usize = 8;

/// The length of the scratch memory of [`BackwardWeights`], in vectors.
pub(super) fn room(g: &Geometry) -> usize {
    FILTERS.min(g.group_filters()) * (g.group_channels() * g.rows.kernel * g.columns.kernel + 1)
}

impl<T: Float> Kernel<T> for BackwardWeights<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self, simd: S) {
        // Filters whose sums of nine weights fit in the registers. For a single filter, windows are faster than tiles
        // with 16 registers, too.
        let windows = match S::TILE_REGISTERS {
            24.. if self.slides_windows() => 2,
            12.. if self.slides_windows() => 1,
            _ => 0,
        };
        for group in 0..self.g.groups {
            let mut k = group * self.g.group_filters();
            let end = k + self.g.group_filters();
            while k < end {
                k += match (end - k).min(S::TILE_REGISTERS / 3) {
                    2.. if const { has_special_loops::<T>() && S::TILE_REGISTERS >= 24 } && windows == 2 => {
                        self.filters::<S, 2, true>(simd, k)
                    }
                    1 if const { has_special_loops::<T>() && S::TILE_REGISTERS >= 12 } && windows > 0 => {
                        self.filters::<S, 1, true>(simd, k)
                    }
                    4.. if const { S::TILE_REGISTERS >= 24 } && self.five_taps::<S>() => {
                        self.filters::<S, 4, false>(simd, k)
                    }
                    FILTERS.. if const { has_special_loops::<T>() && S::TILE_REGISTERS >= 24 } => {
                        self.filters::<S, FILTERS, false>(simd, k)
                    }
                    4.. if const { S::TILE_REGISTERS >= 12 } => self.filters::<S, 4, false>(simd, k),
                    2.. if const { S::TILE_REGISTERS >= 6 } => self.filters::<S, 2, false>(simd, k),
                    _ => self.filters::<S, 1, false>(simd, k),
                };
            }
        }
    }
}

impl<T: Float> BackwardWeights<'_, T> {
    /// Whether a tile of four filters × all five taps fits in the registers. Tiles of three taps would leave two taps
    /// over.
    #[inline(always)]
    fn five_taps<S: Simd>(&self) -> bool {
        has_special_loops::<T>() && S::TILE_REGISTERS >= 24 && self.g.columns.kernel == 5
    }

    /// All taps of `F` filters of one group, by windows or tap by tap. Returns `F`.
    #[inline(always)]
    fn filters<S: Simd<T = T>, const F: usize, const WINDOWS: bool>(&mut self, simd: S, k: usize) -> usize {
        let Geometry { rows, columns, .. } = *self.g;
        let channels = self.g.group_channels();
        if WINDOWS {
            simd.outline(AllWindows::<_, F>(self, k));
        } else {
            self.all_taps::<S, F>(simd, k);
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
        if !self.db.is_empty() {
            for (db, sum) in self.db[k..][..F].iter_mut().zip(sums) {
                *db += simd.sum(simd.load(sum));
            }
        }
        F
    }

    /// The sums for the weights and biases of `F` filters, some rows at a time. The sums are left in `scratch`.
    #[inline(always)]
    fn all_taps<S: Simd<T = T>, const F: usize>(&mut self, simd: S, k: usize) {
        let Geometry { rows, columns, .. } = *self.g;
        let sums = self.g.group_channels() * rows.kernel * columns.kernel * F;
        self.scratch[..sums + F].fill([T::ZERO; LANES]);
        let together = (rows_bytes::<S>(&columns) / (F * columns.output * size_of::<Lane<T>>())).max(1);
        for first in (0..rows.output).step_by(together) {
            let oys = first..(first + together).min(rows.output);
            if !self.db.is_empty() {
                self.biases::<S, F>(simd, k, sums, &oys);
            }
            let mut s = 0;
            while s < columns.kernel {
                s += match columns.kernel - s {
                    5 if const { has_special_loops::<T>() && S::TILE_REGISTERS >= 24 && F == 4 } => {
                        self.taps::<S, F, 5>(simd, k, s, &oys)
                    }
                    3.. if const { S::NATIVE } => self.taps::<S, F, 3>(simd, k, s, &oys),
                    2 if const { S::NATIVE && has_special_loops::<T>() } => {
                        self.taps::<S, F, 2>(simd, k, s, &oys)
                    }
                    _ => self.taps::<S, F, 1>(simd, k, s, &oys),
                };
            }
        }
    }

    /// The bias sums of `F` filters over the pixels of the rows `oys`. The sums are stored at `sums_at`.
    #[inline(always)]
    fn biases<S: Simd<T = T>, const F: usize>(
        &mut self,
        simd: S,
        k: usize,
        sums_at: usize,
        oys: &Range<usize>,
    ) {
        let (width, waiting) = (self.g.columns.output, &mut self.scratch[sums_at..][..F]);
        for part in simd.parts() {
            let dy: [&[Lane<T>]; F] =
                array!(|f| &self.dy[self.g.y(k + f, oys.start, 0)..][..oys.len() * width]);
            let mut sums: [_; F] = array!(|f| part.load(&waiting[f]));
            for pixel in 0..oys.len() * width {
                for f in 0..F {
                    sums[f] = sums[f] + part.load(&dy[f][pixel]);
                }
            }
            for f in 0..F {
                part.store(sums[f], &mut waiting[f]);
            }
        }
    }

    /// `P` neighbouring taps of `F` filters, in all rows and channels, over the pixels of the rows `oys`. Returns `P`.
    #[inline(always)]
    fn taps<S: Simd<T = T>, const F: usize, const P: usize>(
        &mut self,
        simd: S,
        k: usize,
        s: usize,
        oys: &Range<usize>,
    ) -> usize {
        let g = self.g;
        // The further right a tap is, the further left are the columns for which it reads a pixel.
        let reached: [Range<usize>; P] = core::array::from_fn(|p| g.columns.readers(s + p));
        let channels = g.channels_of(k);
        for (c, channel) in channels.enumerate() {
            for r in 0..g.rows.kernel {
                let readers = g.rows.readers(r);
                let oys = oys.start.max(readers.start)..oys.end.min(readers.end);
                let pixels = Pixels { k, c, channel, r, s, oys };
                simd.outline(InPixels::<_, F, P>(self, &pixels, &reached));
            }
        }
        P
    }

    /// `F` filters × `P` neighbouring taps, in registers during the loop over the pixels of some rows.
    #[inline(always)]
    fn pixels<S: Part<T = T>, const F: usize, const P: usize>(
        &mut self,
        part: S,
        pixels: &Pixels,
        reached: &[Range<usize>; P],
    ) {
        let g = self.g;
        let Pixels { k, c, channel, r, s, ref oys } = *pixels;
        let Axis { stride, dilation, padding, input, output, kernel } = g.columns;
        // The columns for which all taps read a pixel.
        let inner = reached[0].start..reached[P - 1].end.max(reached[0].start);
        let sums_at = (((c * g.rows.kernel + r) * kernel) + s) * F;
        let waiting = &mut self.scratch[sums_at..][..P * F];
        let mut sums: [[S::R; F]; P] = array!(|p| array!(|f| part.load(&waiting[p * F + f])));
        let x = &self.x[g.x(channel, 0, 0)..][..g.rows.input * input];
        let dy: [&[Lane<T>]; F] = array!(|f| &self.dy[g.y(k + f, 0, 0)..][..g.rows.output * output]);
        let near = g.columns.contiguous() && !inner.is_empty();
        let (left, right) = (inner.start - reached[P - 1].start, reached[0].end - inner.end);
        for oy in oys.clone() {
            let (x, at) = (&x[g.rows.reads(oy, r) * input..][..input], oy * output);
            let dy: [&[Lane<T>]; F] = array!(|f| &dy[f][at..][..output]);
            if near {
                // The pixel that tap 0 reads for the first inner column.
                let x = &x[inner.start + s - padding..];
                for ox in inner.start - left..inner.start {
                    match inner.start - ox {
                        1 => clipped::<_, F, P, 1, P>(part, x, &dy, ox, &mut sums),
                        2 => clipped::<_, F, P, 2, P>(part, x, &dy, ox, &mut sums),
                        3 => clipped::<_, F, P, 3, P>(part, x, &dy, ox, &mut sums),
                        _ => clipped::<_, F, P, 4, P>(part, x, &dy, ox, &mut sums),
                    }
                }
                neighbours(part, x, &array!(|f| &dy[f][inner.clone()]), &mut sums);
                for ox in inner.end..inner.end + right {
                    let x = &x[ox - inner.start..];
                    match inner.end + P - 1 - ox {
                        1 => clipped::<_, F, P, 0, 1>(part, x, &dy, ox, &mut sums),
                        2 => clipped::<_, F, P, 0, 2>(part, x, &dy, ox, &mut sums),
                        3 => clipped::<_, F, P, 0, 3>(part, x, &dy, ox, &mut sums),
                        _ => clipped::<_, F, P, 0, 4>(part, x, &dy, ox, &mut sums),
                    }
                }
            } else {
                let reads = |ox| array!(|p| g.columns.read(ox, s + p));
                for ox in reached[P - 1].start..inner.start {
                    scattered(part, x, reads(ox), &dy, ox, &mut sums);
                }
                if !inner.is_empty() {
                    let first = g.columns.reads(inner.start, s);
                    let x: [&[Lane<T>]; P] = array!(|p| &x[first + p * dilation..]);
                    let dy: [&[Lane<T>]; F] = array!(|f| &dy[f][inner.clone()]);
                    for n in 0..inner.len() {
                        let x: [S::R; P] = array!(|p| part.load(&x[p][n * stride]));
                        multiply_add_each(part, &x, &array!(|f| &dy[f][n]), &mut sums);
                    }
                }
                for ox in inner.end..reached[0].end {
                    scattered(part, x, reads(ox), &dy, ox, &mut sums);
                }
            }
        }
        let waiting = &mut self.scratch[sums_at..][..P * F];
        for p in 0..P {
            for f in 0..F {
                part.store(sums[p][f], &mut waiting[p * F + f]);
            }
        }
    }
}

/// The pixels of a row, if neighbouring taps read neighbouring places. With up to three taps, only the pixel of the
/// last tap is loaded for each column. The other pixels are in registers from the columns before.
#[inline(always)]
fn neighbours<S: Part, const F: usize, const P: usize>(
    part: S,
    x: &[Lane<S::T>],
    dy: &[&[Lane<S::T>]; F],
    sums: &mut [[S::R; F]; P],
) {
    let pixels = dy[0].len();
    let mut done = 0;
    if P <= 3 {
        let mut reads = [part.splat(S::T::ZERO); P];
        for p in 0..P - 1 {
            reads[p] = part.load(&x[p]);
        }
        // `P` pixels at a time, so that loaded pixels keep their registers.
        let together = x[P - 1..][..pixels].as_chunks::<P>().0;
        let dys: [&[[Lane<S::T>; P]]; F] = array!(|f| &dy[f].as_chunks().0[..together.len()]);
        for n in 0..together.len() {
            for q in 0..P {
                reads[(q + P - 1) % P] = part.load(&together[n][q]);
                let x: [S::R; P] = array!(|p| reads[(q + p) % P]);
                let dy: [&Lane<S::T>; F] = array!(|f| &dys[f][n][q]);
                multiply_add_each(part, &x, &dy, sums);
            }
        }
        done = together.len() * P;
    }
    let x: [&[Lane<S::T>]; P] = array!(|p| &x[p..][..pixels]);
    let dy: [&[Lane<S::T>]; F] = array!(|f| &dy[f][..pixels]);
    for n in done..pixels {
        let x: [S::R; P] = array!(|p| part.load(&x[p][n]));
        multiply_add_each(part, &x, &array!(|f| &dy[f][n]), sums);
    }
}

/// Column `ox`, for which only the taps `FROM..TO` read a pixel. The first of these taps reads the first element of
/// `x`.
#[inline(always)]
fn clipped<S: Part, const F: usize, const P: usize, const FROM: usize, const TO: usize>(
    part: S,
    x: &[Lane<S::T>],
    dy: &[&[Lane<S::T>]; F],
    ox: usize,
    sums: &mut [[S::R; F]; P],
) {
    for p in FROM..TO.min(P) {
        let x = part.load(&x[p - FROM]);
        for f in 0..F {
            sums[p][f] = part.load(&dy[f][ox]).mul_add(x, sums[p][f]);
        }
    }
}

/// Column `ox`, for which each tap reads a place of `x` or nothing.
#[inline(always)]
fn scattered<S: Part, const F: usize, const P: usize>(
    part: S,
    x: &[Lane<S::T>],
    reads: [Option<usize>; P],
    dy: &[&[Lane<S::T>]; F],
    ox: usize,
    sums: &mut [[S::R; F]; P],
) {
    for p in 0..P {
        if let Some(ix) = reads[p] {
            let x = part.load(&x[ix]);
            for f in 0..F {
                sums[p][f] = part.load(&dy[f][ox]).mul_add(x, sums[p][f]);
            }
        }
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
            sums[p][f] = part.pin(dy.mul_add(x[p], sums[p][f]));
        }
    }
}

/// [`BackwardWeights::pixels`], part by part.
struct InPixels<'a, 'b, T, const F: usize, const P: usize>(
    &'a mut BackwardWeights<'b, T>,
    &'a Pixels,
    &'a [Range<usize>; P],
);

impl<T: Float, const F: usize, const P: usize> Kernel<T> for InPixels<'_, '_, T, F, P> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        for part in simd.parts() {
            self.0.pixels::<_, F, P>(part, self.1, self.2);
        }
    }
}

/// The arguments for some taps of [`BackwardWeights`]: channel `c` of a group, row `r` and columns from `s` on, for the
/// filters from `k` on and the pixels of the rows `oys`.
struct Pixels {
    k: usize,
    c: usize,
    /// The index of channel `c` among all channels.
    channel: usize,
    r: usize,
    s: usize,
    oys: Range<usize>,
}
