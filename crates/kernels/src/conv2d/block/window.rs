//! Windows of 3×3 over a single plane, as in the first convolution of a network: two separate loops, for CPUs with 32
//! registers. The gradient of a single filter uses its loop with 16 registers, too.
//!
//! ```text
//!     forward                                     gradient to the weights, without padding
//!
//!     ┌──┬──┬──┬──┬──┬──┬──┬──┐                   ┌──┬──┬──┐
//!     │x │x │x │x │x │x │x │x │  the 3×8          │Σ │Σ │Σ │  nine sums for each of up to two
//!     ├──┼──┼──┼──┼──┼──┼──┼──┤  vectors that     ├──┼──┼──┤  filters, in registers while all
//!     │x │x │x │x │x │x │x │x │  six windows      │Σ │Σ │Σ │  windows pass by; each `dy` is
//!     ├──┼──┼──┼──┼──┼──┼──┼──┤  read, in         ├──┼──┼──┤  loaded once
//!     │x │x │x │x │x │x │x │x │  registers        │Σ │Σ │Σ │
//!     └──┴──┴──┴──┴──┴──┴──┴──┘                   └──┴──┴──┘
//!     six sums of one filter at a time
//! ```
//!
//! Such a convolution has only nine multiply-adds for each element of the output. The tile of `convolution.rs` would store 24
//! vectors one after the other. On the CPU of the measurement, these stores delayed the next tile. Here each six sums
//! are stored with time between them. For the gradient, the tile of `weights.rs` would load each `dy` three times.
//!
//! The results of both loops equal the results of `convolution.rs` and `weights.rs` in every bit.
//!
//! Measured in `bench/runs/2026-11-27-amd-epyc-family-26-model-2/kernels.json`.

use toddle_lanes::{Float, Kernel, Part, Real, Simd, array};

use super::convolution::{BlockConvolution, Tile, piece};
use super::loops::Loops;
use super::weights::BackwardWeights;
use crate::Lane;
use crate::activation::formula::{Formula, Relu};
use crate::conv2d::{Axis, Geometry};
use crate::tile::has_special_loops;

/// Rows and columns of a window.
const SIDE: usize = 3;

/// The number of outputs whose weights are packed together: the highest panel of CPUs with 32 registers.
const PANEL: usize = 8;

/// The highest number of windows side by side. The elements that they read, their sums and a weight take 31 registers.
const WINDOWS: usize = 6;

impl<T: Float> BlockConvolution<'_, T> {
    /// As many of the highest panels of outputs as there are, at the places of `tile`. Returns the number of outputs.
    /// It is 0 if the taps are not such windows or if registers are few.
    #[inline(always)]
    pub(super) fn windows<S: Simd<T = T>>(&mut self, simd: S, tile: &Tile) -> usize {
        if const { S::TILE_REGISTERS < 24 || !has_special_loops::<T>() } {
            return 0;
        }
        let Loops { counts, reads, weights } = tile.loops;
        let side = SIDE as isize;
        let sees = counts == [1, SIDE, SIDE] && (weights.first, weights.apart) == (0, [side * side, side, 1]);
        let near = reads.apart[2] == 1 && [tile.reads_apart, tile.apart] == [1, 1];
        if self.outs < PANEL || !sees || !near {
            return 0;
        }
        let mut n = 0;
        while n < tile.count {
            let windows = piece(tile.count - n, WINDOWS, 1);
            let (tile, first) = (Tile { place: tile.place + n, ..*tile }, reads.first + n);
            match windows {
                6 => simd.outline(InWindows::<_, 6>(self, &tile, first)),
                5 => simd.outline(InWindows::<_, 5>(self, &tile, first)),
                4 => simd.outline(InWindows::<_, 4>(self, &tile, first)),
                3 => simd.outline(InWindows::<_, 3>(self, &tile, first)),
                2 => simd.outline(InWindows::<_, 2>(self, &tile, first)),
                _ => simd.outline(InWindows::<_, 1>(self, &tile, first)),
            }
            n += windows;
        }
        self.outs / PANEL * PANEL
    }

    /// `P` windows side by side. The first window begins at `first`.
    #[inline(always)]
    fn window<S: Part<T = T>, const P: usize>(&mut self, part: S, tile: &Tile, first: usize) {
        let Tile { mut out, ref loops, place, .. } = *tile;
        let seen: [&[Lane<T>]; SIDE] = array!(|r| {
            let row = first.wrapping_add_signed(r as isize * loops.reads.apart[1]);
            &self.from[row..][..P + SIDE - 1]
        });
        // As many elements as the highest number of windows reads. Elements of windows that do not exist are never
        // used.
        let x: [[S::R; WINDOWS + SIDE - 1]; SIDE] =
            array!(|r| array!(|n| part.load(&seen[r][n.min(P + SIDE - 2)])));
        let panels = self.w[tile.panel..].as_chunks::<PANEL>().0;
        let image = self.rows.to * self.columns.to;
        for w in &panels.as_chunks::<{ SIDE * SIDE }>().0[..self.outs / PANEL] {
            for f in 0..PANEL {
                let mut sums = [part.splat(self.b.map_or(T::ZERO, |b| b[out])); P];
                for r in 0..SIDE {
                    for s in 0..SIDE {
                        let w = part.splat(w[r * SIDE + s][f]);
                        for p in 0..P {
                            sums[p] = w.mul_add(x[r][s + p], sums[p]);
                        }
                    }
                }
                let to = &mut self.to[out * image + place..][..P];
                for p in 0..P {
                    let sum = if self.relu { Relu.value(sums[p]) } else { sums[p] };
                    part.store(sum, &mut to[p]);
                }
                out += 1;
            }
        }
    }
}

/// The arguments of [`BlockConvolution::window`]: `P` windows side by side, of which the first begins at the place given.
struct InWindows<'a, 'b, T, const P: usize>(&'a mut BlockConvolution<'b, T>, &'a Tile, usize);

impl<T: Float, const P: usize> Kernel<T> for InWindows<'_, '_, T, P> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        for part in simd.parts() {
            self.0.window::<_, P>(part, self.1, self.2);
        }
    }
}

impl<T: Float> BackwardWeights<'_, T> {
    /// Whether each filter slides windows of 3×3 over a single plane, without padding.
    #[inline(always)]
    pub(super) fn slides_windows(&self) -> bool {
        if const { !has_special_loops::<T>() } {
            return false;
        }
        let Geometry { rows, columns, .. } = *self.g;
        let plain = |axis: Axis| {
            let all_fit = axis.padding == 0 && axis.output + SIDE == axis.input + 1;
            axis.kernel == SIDE && axis.contiguous() && all_fit
        };
        self.g.group_channels() == 1 && plain(rows) && plain(columns)
    }

    /// The sums for the weights and biases of `F` filters, in registers during the loop over all windows. The sums are
    /// left in `scratch`.
    #[inline(always)]
    fn all_windows<S: Part<T = T>, const F: usize>(&mut self, part: S, k: usize) {
        let g = self.g;
        let (input, output) = (g.columns.input, g.columns.output);
        let x = &self.x[g.x(g.channels_of(k).start, 0, 0)..][..g.rows.input * input];
        let dy: [&[Lane<T>]; F] = array!(|f| &self.dy[g.y(k + f, 0, 0)..][..g.rows.output * output]);
        let mut sums = [[[part.splat(T::ZERO); F]; SIDE]; SIDE];
        let mut biases = [part.splat(T::ZERO); F];
        for oy in 0..g.rows.output {
            let x: [[&[Lane<T>]; SIDE]; SIDE] = array!(|r| array!(|s| &x[(oy + r) * input + s..][..output]));
            let dy: [&[Lane<T>]; F] = array!(|f| &dy[f][oy * output..][..output]);
            for ox in 0..output {
                let dy: [S::R; F] = array!(|f| part.load(&dy[f][ox]));
                for r in 0..SIDE {
                    for s in 0..SIDE {
                        let x = part.load(&x[r][s][ox]);
                        for f in 0..F {
                            sums[r][s][f] = part.pin(dy[f].mul_add(x, sums[r][s][f]));
                        }
                    }
                }
                for f in 0..F {
                    biases[f] = part.pin(biases[f] + dy[f]);
                }
            }
        }
        let waiting = &mut self.scratch[..(SIDE * SIDE + 1) * F];
        for f in 0..F {
            for r in 0..SIDE {
                for s in 0..SIDE {
                    part.store(sums[r][s][f], &mut waiting[(r * SIDE + s) * F + f]);
                }
            }
            part.store(biases[f], &mut waiting[SIDE * SIDE * F + f]);
        }
    }
}

/// [`BackwardWeights::all_windows`] for the filters from one filter on, part by part.
pub(super) struct AllWindows<'a, 'b, T, const F: usize>(pub &'a mut BackwardWeights<'b, T>, pub usize);

impl<T: Float, const F: usize> Kernel<T> for AllWindows<'_, '_, T, F> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        for part in simd.parts() {
            self.0.all_windows::<_, F>(part, self.1);
        }
    }
}
