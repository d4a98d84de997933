//! The tile of forward and of backward to the input.
//!
//! ```text
//!                     P places (vectors of sixteen samples)
//!                   ┌────┬────┬────┬────┐
//!      F outputs    │ Σ  │ Σ  │ Σ  │ Σ  │     F·P sums in registers
//!                   ├────┼────┼────┼────┤
//!                   │ Σ  │ Σ  │ Σ  │ Σ  │     each tap of each plane
//!                   ├────┼────┼────┼────┤       loads P vectors of `from`,
//!                   │ Σ  │ Σ  │ Σ  │ Σ  │       broadcasts F weights,
//!                   └────┴────┴────┴────┘       and does F·P multiply-adds
//! ```
//!
//! The planes are read where they are. The weights are packed in the order in which the tile reads them.

use toddle_lanes::{Float, Kernel, Part, Simd, Whole, array};

use super::convolution::BlockConvolution;
use super::cuts::{height, width};
use super::loops::Loops;
use crate::Lane;
use crate::activation::formula::{Formula, Relu};
use crate::tile::multiply_add;

/// The sums of one tile: over the planes of a group, for some outputs of the group, at some places.
pub struct Tile {
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

/// Runs a tile of `outs` outputs.
#[inline(always)]
pub fn run_tile<S: Simd>(simd: S, all: &mut BlockConvolution<'_, S::T>, outs: usize, tile: &Tile) {
    match outs {
        8 if const { height::<S>() >= 8 } => run_panel::<S, 8>(simd, all, tile),
        6 if const { height::<S>() >= 6 } => run_panel::<S, 6>(simd, all, tile),
        4 if const { height::<S>() >= 4 } => run_panel::<S, 4>(simd, all, tile),
        2 if const { height::<S>() >= 2 } => run_panel::<S, 2>(simd, all, tile),
        _ => run_panel::<S, 1>(simd, all, tile),
    }
}

/// Runs a tile of `F` outputs. Tiles that do not fit in the registers are not compiled.
#[inline(always)]
fn run_panel<S: Simd, const F: usize>(simd: S, all: &mut BlockConvolution<'_, S::T>, tile: &Tile) {
    match tile.count {
        6 if const { width::<S>(F) >= 6 } => simd.outline(Sums::<_, F, 6>(all, tile)),
        5 if const { width::<S>(F) >= 5 } => simd.outline(Sums::<_, F, 5>(all, tile)),
        4 if const { width::<S>(F) >= 4 } => simd.outline(Sums::<_, F, 4>(all, tile)),
        3 if const { width::<S>(F) >= 3 } => simd.outline(Sums::<_, F, 3>(all, tile)),
        2 if const { width::<S>(F) >= 2 } => simd.outline(Sums::<_, F, 2>(all, tile)),
        _ => simd.outline(Sums::<_, F, 1>(all, tile)),
    }
}

/// A tile of `F` outputs × `P` places.
struct Sums<'a, 'b, T, const F: usize, const P: usize>(&'a mut BlockConvolution<'b, T>, &'a Tile);

impl<T: Float, const F: usize, const P: usize> Kernel<T> for Sums<'_, '_, T, F, P> {
    type Output = ();

    /// The parts of the vectors are computed one after the other. But a single place has so few sums that all parts
    /// are computed together, if they fit in the registers.
    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self, simd: S) {
        if const { P == 1 && F * S::PARTS <= S::TILE_REGISTERS } {
            return self.part(Whole(simd));
        }
        for part in simd.parts() {
            self.part(part);
        }
    }
}

impl<T: Float, const F: usize, const P: usize> Sums<'_, '_, T, F, P> {
    #[inline(always)]
    fn part<S: Part<T = T>>(&mut self, part: S) {
        let mut sums = self.begin(part);
        self.taps(part, &mut sums);
        self.end(part, &sums);
    }

    /// The sums before the first tap.
    #[inline(always)]
    fn begin<S: Part<T = T>>(&self, part: S) -> [[S::R; P]; F] {
        let Sums(all, tile) = self;
        array!(|f| [part.splat(all.b.map_or(T::ZERO, |b| b[tile.out + f])); P])
    }

    /// Adds all taps of all planes to the sums.
    #[inline(always)]
    fn taps<S: Part<T = T>>(&self, part: S, sums: &mut [[S::R; P]; F]) {
        let Sums(all, tile) = self;
        let Tile {
            panel, reads_apart, loops: Loops { counts: [planes, lines, taps], reads, weights }, ..
        } = **tile;
        let panel = all.w[panel..].as_chunks::<F>().0;
        let [.., ahead] = reads.apart;
        // The taps of a line read upwards or downwards from the first tap.
        let reach = taps.saturating_sub(1) * ahead.unsigned_abs() + 1;
        let first = if ahead < 0 { reach - 1 } else { 0 };
        for plane in 0..planes {
            for line in 0..lines {
                let lowest = reads.line(plane, line) - first;
                let x: [&[Lane<T>]; P] = array!(|p| &all.from[lowest + p * reads_apart..][..reach]);
                let (mut at, mut w) = (first, weights.line(plane, line));
                for _ in 0..taps {
                    multiply_add(part, &panel[w], &array!(|p| &x[p][at]), sums);
                    at = at.wrapping_add_signed(ahead);
                    w = w.wrapping_add_signed(weights.apart[2]);
                }
            }
        }
    }

    /// Stores the sums.
    #[inline(always)]
    fn end<S: Part<T = T>>(&mut self, part: S, sums: &[[S::R; P]; F]) {
        let Sums(all, tile) = self;
        let Tile { out, place, apart, .. } = **tile;
        // Copied by constant indices. Without the copy, the variable indices of the loops below would keep the sums in
        // memory.
        let sums: [[S::R; P]; F] =
            array!(|f| array!(|p| if all.relu { Relu.value(sums[f][p]) } else { sums[f][p] }));
        let image = all.rows.to * all.columns.to;
        for f in 0..F {
            let to = &mut all.to[(out + f) * image + place..][..(P - 1) * apart + 1];
            for p in 0..P {
                part.store(sums[f][p], &mut to[p * apart]);
            }
        }
    }
}
