//! The tile of the gradient to the weights.
//!
//! ```text
//!                     P neighbouring taps of a row of the window
//!                   ┌────┬────┬────┐
//!      F filters    │ Σ  │ Σ  │ Σ  │      F·P sums in registers
//!                   ├────┼────┼────┤
//!                   │ Σ  │ Σ  │ Σ  │      each pixel of some rows
//!                   ├────┼────┼────┤        loads F vectors of `dy` and P of `x`,
//!                   │ Σ  │ Σ  │ Σ  │        and does F·P multiply-adds
//!                   └────┴────┴────┘
//!
//!     a row of pixels:   │ edge │ inner columns: all taps read │ edge │
//! ```
//!
//! At an edge, each column has taps that read nothing.

use std::ops::Range;

use toddle_lanes::{Float, Kernel, Part, Real, Simd, array};

use super::BackwardWeights;
use crate::Lane;
use crate::conv2d::Axis;

/// Channel `c` of a group, row `r` of the window and its columns from `s` on, for the filters from `k` on and the
/// pixels of the rows `oys`.
pub struct Tile {
    pub k: usize,
    pub c: usize,
    /// The index of channel `c` among all channels.
    pub channel: usize,
    pub r: usize,
    pub s: usize,
    pub oys: Range<usize>,
}

/// A tile of `F` filters × `P` taps.
pub struct Tiled<'a, 'b, T, const F: usize, const P: usize>(pub &'a mut BackwardWeights<'b, T>, pub Tile);

impl<T: Float, const F: usize, const P: usize> Kernel<T> for Tiled<'_, '_, T, F, P> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self, simd: S) {
        for part in simd.parts() {
            self.part(part);
        }
    }
}

impl<T: Float, const F: usize, const P: usize> Tiled<'_, '_, T, F, P> {
    /// Adds the products of all pixels of the rows to the sums, which are stored in the scratch memory.
    #[inline(always)]
    fn part<S: Part<T = T>>(&mut self, part: S) {
        let Tiled(all, Tile { k, c, channel, r, s, oys }) = self;
        let (g, k, r, s) = (all.g, *k, *r, *s);
        let Axis { input, output, kernel, .. } = g.columns;
        let waiting = &mut all.scratch[((*c * g.rows.kernel + r) * kernel + s) * F..][..P * F];
        let mut sums: [[S::R; F]; P] = array!(|p| array!(|f| part.load(&waiting[p * F + f])));
        let x = &all.x[g.x(*channel, 0, 0)..][..g.rows.input * input];
        let dy: [&[Lane<T>]; F] = array!(|f| &all.dy[g.y(k + f, 0, 0)..][..g.rows.output * output]);
        // The further right a tap is, the further left are the columns for which it reads a pixel.
        let (first, last) = (g.columns.readers(s), g.columns.readers(s + P - 1));
        let inner = first.start..last.end.max(first.start);
        for oy in oys.clone() {
            let x = &x[g.rows.reads(oy, r) * input..][..input];
            let dy: [&[Lane<T>]; F] = array!(|f| &dy[f][oy * output..][..output]);
            edge(part, &g.columns, s, x, &dy, last.start..inner.start, &mut sums);
            all_taps(part, &g.columns, s, x, &dy, inner.clone(), &mut sums);
            edge(part, &g.columns, s, x, &dy, inner.end..first.end, &mut sums);
        }
        for p in 0..P {
            for f in 0..F {
                part.store(sums[p][f], &mut waiting[p * F + f]);
            }
        }
    }
}

/// The columns `oxs` of a row, for which all taps from `s` on read a pixel.
#[inline(always)]
fn all_taps<S: Part, const F: usize, const P: usize>(
    part: S,
    columns: &Axis,
    s: usize,
    x: &[Lane<S::T>],
    dy: &[&[Lane<S::T>]; F],
    oxs: Range<usize>,
    sums: &mut [[S::R; F]; P],
) {
    if oxs.is_empty() {
        return;
    }
    let (first, reach) = (columns.reads(oxs.start, s), (oxs.len() - 1) * columns.stride + 1);
    let x: [&[Lane<S::T>]; P] = array!(|p| &x[first + p * columns.dilation..][..reach]);
    let dy: [&[Lane<S::T>]; F] = array!(|f| &dy[f][oxs.clone()]);
    for n in 0..oxs.len() {
        let x: [S::R; P] = array!(|p| part.load(&x[p][n * columns.stride]));
        for f in 0..F {
            let dy = part.load(&dy[f][n]);
            for p in 0..P {
                sums[p][f] = part.pin(dy.mul_add(x[p], sums[p][f]));
            }
        }
    }
}

/// The columns `oxs` of a row, for which some taps from `s` on read nothing.
#[inline(always)]
fn edge<S: Part, const F: usize, const P: usize>(
    part: S,
    columns: &Axis,
    s: usize,
    x: &[Lane<S::T>],
    dy: &[&[Lane<S::T>]; F],
    oxs: Range<usize>,
    sums: &mut [[S::R; F]; P],
) {
    let Axis { stride, dilation, padding, .. } = *columns;
    for ox in oxs {
        // A place before the first wraps around, and lies behind the last.
        let first = (ox * stride + s * dilation).wrapping_sub(padding);
        for p in 0..P {
            if let Some(x) = x.get(first.wrapping_add(p * dilation)) {
                let x = part.load(x);
                for f in 0..F {
                    sums[p][f] = part.load(&dy[f][ox]).mul_add(x, sums[p][f]);
                }
            }
        }
    }
}
