//! Forward, and backward to the input, with columns side by side: for convolutions without stride and dilation.
//!
//! ```text
//!                  a register of columns
//!                ┌───────────────────────┐
//!      R rows    │ Σ  Σ  Σ  Σ  Σ  Σ  Σ  Σ│   for each of F outputs
//!                ├───────────────────────┤
//!                │ Σ  Σ  Σ  Σ  Σ  Σ  Σ  Σ│   each tap loads R registers of `from`, broadcasts F weights,
//!                └───────────────────────┘   and does F·R multiply-adds
//! ```
//!
//! Several rows are computed together, so that their chains hide each other's latency. The last register of a row overlaps the
//! one before it, so that it is full. At the edges, lanes that a tap does not reach keep their sum.
//!
//! Measured in `bench/runs/2026-11-27-amd-epyc-family-26-model-2/kernels.json`.

use core::ops::Range;

use toddle_lanes::{Float, Kernel, Part, Real, Simd, array};

use super::{Group, Weights};
use crate::activation::formula::{Formula, Relu};
use crate::conv2d::axis::Taps;

/// The highest number of outputs that are summed together.
const OUTPUTS: usize = 4;

/// Whether the sums of [`OUTPUTS`] outputs of `rows` rows fit in the registers. Tiles that do not fit are not compiled.
const fn fits<S: Simd>(rows: usize) -> bool {
    rows * OUTPUTS <= S::TILE_REGISTERS
}

impl<T: Float> Group<'_, T> {
    /// All outputs, some at a time.
    #[inline(always)]
    pub fn columns<S: Simd<T = T>>(mut self, simd: S) {
        let mut out = 0;
        while out < self.outs {
            out += match self.outs - out {
                OUTPUTS.. if const { fits::<S>(4) } => self.few::<_, OUTPUTS, 4>(simd, out),
                OUTPUTS.. if const { fits::<S>(3) } => self.few::<_, OUTPUTS, 3>(simd, out),
                _ if const { S::NATIVE } => self.few::<_, 1, 6>(simd, out),
                _ => self.few::<_, 1, 2>(simd, out),
            };
        }
    }

    /// `F` outputs, register by register along the columns. Returns `F`. Rows in which all taps read a place are
    /// computed `R` at once; the last of these rows may be computed twice. Rows at the two edges are computed one by
    /// one.
    #[inline(always)]
    fn few<S: Simd<T = T>, const F: usize, const R: usize>(&mut self, simd: S, out: usize) -> usize {
        let width = S::Part::WIDTH;
        self.pack_few::<F>(out);
        // Copies. The compiler knows that their stride is 1, whatever the tiles do, and divides nothing.
        let (row_axis, column_axis) = (self.rows, self.columns);
        let (row_class, column_class) = (row_axis.class(), column_axis.class());
        let (inner, inner_rows) = (column_class.inner(), row_class.inner());
        for to in registers(column_axis.to, width) {
            // Whether all taps read a place for every column of a full register.
            let inside = to.len() == width && inner.start <= to.start && to.end <= inner.end;
            let across = if inside { column_class.taps(to.start) } else { column_class.all };
            let mut row = 0;
            while row < row_axis.to {
                let together = inner_rows.contains(&row) && inner_rows.len() >= R;
                if together {
                    row = row.min(inner_rows.end - R);
                }
                let at = At { out, row, to: &to, up: row_class.taps(row), across };
                row += match (together, inside, column_axis.kernel()) {
                    (true, true, 3) if const { S::NATIVE } && self.back => {
                        run::<_, _, F>(simd, Inside::<_, true, F, R, 3>(self, at))
                    }
                    (true, true, 3) if const { S::NATIVE } => {
                        run::<_, _, F>(simd, Inside::<_, false, F, R, 3>(self, at))
                    }
                    (true, true, _) => run::<_, _, F>(simd, Inside::<_, false, F, R, 0>(self, at)),
                    (true, false, _) => run::<_, _, F>(simd, Edge::<_, F, R>(self, at)),
                    (false, true, _) => run::<_, _, F>(simd, Inside::<_, false, F, 1, 0>(self, at)),
                    (false, false, _) => run::<_, _, F>(simd, Edge::<_, F, 1>(self, at)),
                };
            }
        }
        F
    }

    /// Puts the weights of `F` outputs side by side.
    #[inline(always)]
    fn pack_few<const F: usize>(&mut self, out: usize) {
        let Weights { w, per_out, per_plane, per_tap } = self.weights;
        let taps = self.rows.kernel() * self.columns.kernel();
        let packed = self.packed.as_chunks_mut::<F>().0.chunks_exact_mut(taps);
        for (plane, packed) in packed.take(self.planes.len()).enumerate() {
            for (tap, packed) in packed.iter_mut().enumerate() {
                let first = plane * per_plane + tap * per_tap + out * per_out;
                *packed = array!(|f| w[first + f * per_out]);
            }
        }
    }

    /// One register of columns of `R` rows, for `F` outputs, if all taps read a place for all columns. Returns `R`. A
    /// row has `K` taps, and the direction is from the output to the input if `BACK`. `K` = 0 stands for any number of
    /// taps in either direction.
    #[inline(always)]
    fn columns_tile<P: Part<T = T>, const BACK: bool, const F: usize, const R: usize, const K: usize>(
        &mut self,
        part: P,
        at: At<'_>,
    ) -> usize {
        let At { out, row, to, up, across } = at;
        let (height, width, kernel) = (self.rows.from, self.columns.from, self.columns.kernel());
        let (from, count) = (across.lowest(), if K > 0 { K } else { kernel });
        let (packed, taps) = (self.packed.as_chunks::<F>().0, self.rows.kernel() * kernel);
        let mut sums: [[P::R; R]; F] = self.begin(part, out);
        for (n, plane) in self.planes.clone().enumerate() {
            let w = &packed[n * taps..][..taps];
            for (r, y) in up {
                let w = &w[r * kernel..][..count];
                let from = &self.from[(plane * height + y as usize) * width + from..];
                let lines: [&[T]; R] = array!(|row| &from[row * width..][..count - 1 + P::WIDTH]);
                for s in 0..count {
                    let back = if K > 0 { BACK } else { self.back };
                    let x = if back { count - 1 - s } else { s };
                    let from: [P::R; R] = array!(|row| part.read(&lines[row][x..]));
                    for f in 0..F {
                        let w = part.splat(w[s][f]);
                        for row in 0..R {
                            sums[f][row] = part.pin(w.mul_add(from[row], sums[f][row]));
                        }
                    }
                }
            }
        }
        self.end(part, out, row, &(to.start..to.start + P::WIDTH), &sums);
        R
    }

    /// [`columns_tile`](Self::columns_tile) for taps that reach only some columns. Lanes that a tap does not reach keep
    /// their sum.
    #[inline(always)]
    fn edge<P: Part<T = T>, const F: usize, const R: usize>(&mut self, part: P, at: At<'_>) -> usize {
        let At { out, row, to, up, across } = at;
        let (height, width, kernel) = (self.rows.from, self.columns.from, self.columns.kernel());
        let (packed, taps) = (self.packed.as_chunks::<F>().0, self.rows.kernel() * kernel);
        let mut sums: [[P::R; R]; F] = self.begin(part, out);
        for (n, plane) in self.planes.clone().enumerate() {
            let w = &packed[n * taps..][..taps];
            for (r, y) in up {
                let first = plane * height + y as usize;
                let lines: [&[T]; R] = array!(|row| &self.from[(first + row) * width..][..width]);
                for (s, x) in across {
                    let x = to.start as isize + x;
                    let lane = |place: usize| (place as isize - x).clamp(0, to.len() as isize) as usize;
                    let lanes = lane(0)..lane(width);
                    let reached = part.mask(lanes.clone());
                    let w: [P::R; F] = array!(|f| part.splat(w[r * kernel + s][f]));
                    for row in 0..R {
                        let from = part.read_lanes(lines[row], x, lanes.clone());
                        for f in 0..F {
                            let sum = sums[f][row];
                            sums[f][row] = P::R::select(reached, w[f].mul_add(from, sum), sum);
                        }
                    }
                }
            }
        }
        self.end(part, out, row, to, &sums);
        R
    }

    #[inline(always)]
    fn begin<P: Part<T = T>, const F: usize, const R: usize>(&self, part: P, out: usize) -> [[P::R; R]; F] {
        array!(|f| [part.splat(self.b.map_or(T::ZERO, |b| b[out + f])); R])
    }

    #[inline(always)]
    fn end<P: Part<T = T>, const F: usize, const R: usize>(
        &mut self,
        part: P,
        out: usize,
        row: usize,
        to: &Range<usize>,
        sums: &[[P::R; R]; F],
    ) {
        // Copied by constant indices. Without the copy, the variable indices of the loops below would keep the sums in
        // memory.
        let sums: [[P::R; R]; F] =
            array!(|f| array!(|r| if self.relu { Relu.value(sums[f][r]) } else { sums[f][r] }));
        for f in 0..F {
            for r in 0..R {
                let line = ((out + f) * self.rows.to + row + r) * self.columns.to;
                part.write(sums[f][r], &mut self.to[line + to.start..][..to.len()]);
            }
        }
    }
}

/// Runs a tile of `F` outputs. The tile of one output is so small that a call of it would take a share of its time.
#[inline(always)]
fn run<S: Simd, K: Kernel<S::T>, const F: usize>(simd: S, tile: K) -> K::Output {
    if const { F == 1 && S::NATIVE } { tile.run(simd) } else { simd.outline(tile) }
}

/// Where a tile is.
struct At<'a> {
    /// Its first output.
    out: usize,
    /// Its first row.
    row: usize,
    /// Its columns.
    to: &'a Range<usize>,
    /// The taps of its rows.
    up: Taps,
    /// Inside, the taps of its first column; at an edge, those of a column that all taps reach.
    across: Taps,
}

/// The arguments of [`Group::columns_tile`].
struct Inside<'a, 'b, T, const BACK: bool, const F: usize, const R: usize, const K: usize>(
    &'a mut Group<'b, T>,
    At<'a>,
);

impl<T: Float, const BACK: bool, const F: usize, const R: usize, const K: usize> Kernel<T>
    for Inside<'_, '_, T, BACK, F, R, K>
{
    type Output = usize;

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) -> usize {
        self.0.columns_tile::<_, BACK, F, R, K>(simd.part(), self.1)
    }
}

/// The arguments of [`Group::edge`].
struct Edge<'a, 'b, T, const F: usize, const R: usize>(&'a mut Group<'b, T>, At<'a>);

impl<T: Float, const F: usize, const R: usize> Kernel<T> for Edge<'_, '_, T, F, R> {
    type Output = usize;

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) -> usize {
        self.0.edge::<_, F, R>(simd.part(), self.1)
    }
}

/// Cuts `columns` columns into registers. The last register may overlap the one before it. If there are too few columns
/// for one register, there is one short piece.
#[inline(always)]
fn registers(columns: usize, width: usize) -> impl Iterator<Item = Range<usize>> {
    (0..columns).step_by(width).map(move |start| {
        let start = start.min(columns.saturating_sub(width));
        start..(start + width).min(columns)
    })
}
