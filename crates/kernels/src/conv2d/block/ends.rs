//! Backward to the input with five taps, at the beginning and the end of a row: a separate loop, for CPUs with 32
//! registers.
//!
//! ```text
//!     place      0     1     2     3   │ inner places, all five taps
//!     taps       0    0,1  0,1,2  0–3  │ 0–4
//!              ┌─────┬─────┬─────┬─────┐
//!     F outputs│  Σ  │  Σ  │  Σ  │  Σ  │   tap 0 adds to all four, tap 1 to the last three, …
//!              └─────┴─────┴─────┴─────┘   (the right end is the mirror image)
//! ```
//!
//! Without padding, each place at an end has one tap less than its inner neighbour. The tile applies each tap to the
//! places that have the tap. One place at a time would have so few sums that each multiply-add would wait for the one
//! before.
//!
//! The results equal the results of `convolution.rs` in every bit.
//!
//! Measured in `bench/runs/2026-11-27-amd-epyc-family-26-model-2/kernels.json`.

use toddle_lanes::{Float, Kernel, Part, Real, Simd, array};

use super::convolution::{BlockConvolution, panels};
use super::loops::Loops;
use crate::conv2d::axis::{Class, Places};
use crate::tile::has_special_loops;

/// Places at each end that have fewer than five taps, without padding.
const PLACES: usize = 4;

impl<T: Float> BlockConvolution<'_, T> {
    /// Whether [`ends`](Self::ends) computes the places of `columns` that are not inner places: backward, with five
    /// taps, without stride, dilation or padding. Backward has no relu.
    #[inline(always)]
    pub(super) fn has_ends<S: Simd>(&self, columns: &Class<'_>) -> bool {
        let inner = columns.inner();
        has_special_loops::<T>()
            && S::TILE_REGISTERS >= 24
            && columns.all.count == PLACES + 1
            && (columns.all.ahead, self.columns.classes) == (-1, 1)
            && !inner.is_empty()
            && (inner.start, columns.places - inner.end) == (PLACES, PLACES)
    }

    /// All outputs of a group at both ends of a row. `loops` are the loops of the first of its `inner` places.
    #[inline(always)]
    pub(super) fn ends<S: Simd<T = T>>(
        &mut self,
        simd: S,
        group: usize,
        length: usize,
        loops: Loops,
        row: &Places,
        inner: usize,
    ) {
        let place = row.first * self.columns.to;
        if const { S::TILE_REGISTERS < 24 || !has_special_loops::<T>() } {
            return;
        }
        for panel in panels::<S>(0..self.outs) {
            let out = group * self.outs + panel.start;
            let end = End { out, panel: out * length, loops, place, inner };
            match panel.len() {
                // The sums of eight outputs would fill all registers.
                8 => simd.outline(InEnds::<_, 8, 4>(self, &end)),
                6 => simd.outline(InEnds::<_, 6, 6>(self, &end)),
                4 => simd.outline(InEnds::<_, 4, 4>(self, &end)),
                2 => simd.outline(InEnds::<_, 2, 2>(self, &end)),
                _ => simd.outline(InEnds::<_, 1, 1>(self, &end)),
            }
        }
    }

    /// A panel of `H` outputs at both ends, `F` outputs at a time.
    #[inline(always)]
    fn panel_ends<S: Part<T = T>, const H: usize, const F: usize>(&mut self, part: S, end: &End) {
        for first in (0..H).step_by(F) {
            self.end::<_, H, F, true>(part, end, first);
            self.end::<_, H, F, false>(part, end, first);
        }
    }

    /// `F` outputs of a panel of `H` outputs, from output `first` on, at the left or the right end.
    #[inline(always)]
    fn end<S: Part<T = T>, const H: usize, const F: usize, const LEFT: bool>(
        &mut self,
        part: S,
        end: &End,
        first: usize,
    ) {
        let End { out, ref loops, inner, .. } = *end;
        let ([planes, lines, _], out) = (loops.counts, out + first);
        let panel = self.w[end.panel..].as_chunks::<H>().0;
        let mut sums = [[part.splat(T::ZERO); PLACES]; F];
        if let Some(b) = self.b {
            for f in 0..F {
                sums[f] = [part.splat(b[out + f]); PLACES];
            }
        }
        for plane in 0..planes {
            for line in 0..lines {
                // The place that the first tap reads for the first inner place. The row begins `PLACES` places before
                // it.
                let begin = loops.reads.line(plane, line) - PLACES;
                let x = &self.from[if LEFT { begin } else { begin + inner }..][..PLACES];
                let x: [S::R; PLACES] = array!(|p| part.load(&x[p]));
                let w: &[[T; H]; PLACES + 1] =
                    panel[loops.weights.line(plane, line)..].first_chunk().expect("a line has five taps");
                if LEFT {
                    tap::<_, H, F, 0, 0, 4>(part, &w[0], first, &x, &mut sums);
                    tap::<_, H, F, 1, 0, 3>(part, &w[1], first, &x, &mut sums);
                    tap::<_, H, F, 2, 0, 2>(part, &w[2], first, &x, &mut sums);
                    tap::<_, H, F, 3, 0, 1>(part, &w[3], first, &x, &mut sums);
                } else {
                    tap::<_, H, F, 0, 3, 1>(part, &w[1], first, &x, &mut sums);
                    tap::<_, H, F, 0, 2, 2>(part, &w[2], first, &x, &mut sums);
                    tap::<_, H, F, 0, 1, 3>(part, &w[3], first, &x, &mut sums);
                    tap::<_, H, F, 0, 0, 4>(part, &w[4], first, &x, &mut sums);
                }
            }
        }
        let place = end.place + if LEFT { 0 } else { PLACES + inner };
        let image = self.rows.to * self.columns.to;
        for f in 0..F {
            let to = &mut self.to[(out + f) * image + place..][..PLACES];
            for p in 0..PLACES {
                part.store(sums[f][p], &mut to[p]);
            }
        }
    }
}

/// Adds one tap to `N` sums, from sum `TO` on. For the first of them the tap reads element `FROM` of `x`.
#[inline(always)]
fn tap<S: Part, const H: usize, const F: usize, const TO: usize, const FROM: usize, const N: usize>(
    part: S,
    w: &[S::T; H],
    first: usize,
    x: &[S::R; PLACES],
    sums: &mut [[S::R; PLACES]; F],
) {
    for f in 0..F {
        let w = part.splat(w[first + f]);
        for n in 0..N {
            sums[f][TO + n] = part.pin(w.mul_add(x[FROM + n], sums[f][TO + n]));
        }
    }
}

/// Both ends of a panel of `H` outputs, `F` at a time.
struct InEnds<'a, 'b, T, const H: usize, const F: usize>(&'a mut BlockConvolution<'b, T>, &'a End);

impl<T: Float, const H: usize, const F: usize> Kernel<T> for InEnds<'_, '_, T, H, F> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        for part in simd.parts() {
            self.0.panel_ends::<_, H, F>(part, self.1);
        }
    }
}

/// The arguments of [`BlockConvolution::end`] for one panel.
struct End {
    /// The first output of the panel, among all outputs.
    out: usize,
    /// Where the weights of the panel are.
    panel: usize,
    loops: Loops,
    /// The first place of the row.
    place: usize,
    /// The number of inner places.
    inner: usize,
}
