//! A step of plain SGD on the weights of a dense layer, in the pass that computes the gradient to the input.
//!
//! ```text
//!     rows of 20 outputs, as they are in memory, in vectors of 16:
//!
//!     │0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0│0 0 0 0 1 1 1 1 1 1 1 1 1 1 1 1│1 1 1 1 1 1 1 1 2 2 2 2 2 2 2 2│ …
//! ```
//!
//! If a row is not a whole number of vectors, most vectors of a row cross the end of a cache line. A store across the
//! end of a cache line takes twice as long. So, with enough registers, the loop takes the vectors of the whole matrix
//! as it is in memory. Some of these vectors hold the end of one row and the beginning of the next. After a *period* of
//! rows, a row begins in the first lane again. Rows that are a period apart begin in the same lane. Four such rows are
//! computed together.
//!
//! If a row begins in lane `l`, the partial sum of the outputs `o mod 16` is in lane `(l + o) mod 16`. So all partial
//! sums are rotated by the same number of lanes. The tree over the lanes still adds the same pairs, and the bits equal
//! the bits of the reference.

use std::array::from_fn;
use std::ops::Range;

use toddle_lanes::{Float, Kernel, LANES, Real, Simd, array};

use crate::Lane;

/// Backward to the input and one step of plain SGD, fused in one pass over the weights, without a buffer for their
/// gradient: [`reference::descend_row`](crate::dense::reference::descend_row).
#[derive(Debug)]
pub struct Descend<'a, T> {
    /// Input, i.
    pub x: &'a [T],
    /// Weights, i×o.
    pub w: &'a mut [T],
    /// Biases, o.
    pub b: &'a mut [T],
    /// Gradient to the output, o.
    pub dy: &'a [T],
    /// Gradient to the input, i, if it is needed.
    pub dx: Option<&'a mut [T]>,
    /// The learning rate.
    pub rate: T,
}

impl<T: Float> Kernel<T> for Descend<'_, T> {
    type Output = ();

    /// Some rows at a time, from the last to the first. Forward has left the last rows in the cache, and the next
    /// forward begins with the first rows.
    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self, simd: S) {
        let rows = self.x.len();
        // The number of rows that are together a whole number of vectors.
        let period = LANES >> self.dy.len().trailing_zeros().min(LANES.ilog2());
        let as_vectors = if S::REGISTERS >= 32 { self.as_vectors(period) } else { 0..0 };
        self.as_they_lie(simd, as_vectors.end..rows);
        for first in as_vectors.clone().step_by(ABREAST * period).rev() {
            self.periods(simd, first, period);
        }
        self.as_they_lie(simd, 0..as_vectors.start);
        for (b, dy) in self.b.iter_mut().zip(self.dy) {
            *b = (-self.rate).mul_add(*dy, *b);
        }
    }
}

/// The number of rows that [`Descend`] takes at a time, in the order in memory.
const TOGETHER: usize = 16;
/// The number of rows whose sums are computed side by side.
const ABREAST: usize = 4;

impl<T: Float> Descend<'_, T> {
    /// The rows for [`periods`](Self::periods), from a row on that begins with a cache line. There are no such rows if
    /// no row begins with a cache line, if all rows begin in the same lane, or if a row is shorter than a vector.
    fn as_vectors(&self, period: usize) -> Range<usize> {
        let (rows, outputs) = (self.x.len(), self.dy.len());
        let begins_a_line = |row: &usize| self.w[row * outputs..].as_ptr().align_offset(64) == 0;
        match (0..period.min(rows)).find(begins_a_line) {
            Some(first) if outputs >= LANES && period > 1 => {
                first..rows - (rows - first) % (ABREAST * period)
            }
            _ => 0..0,
        }
    }

    /// `ABREAST` periods of rows, from row `first` on, as vectors of the whole matrix.
    #[inline(always)]
    fn periods<S: Simd<T = T>>(&mut self, simd: S, first: usize, period: usize) {
        let (x, rate) = (&self.x[first..][..ABREAST * period], self.rate);
        let mut rest = self.w[first * self.dy.len()..].as_chunks_mut().0;
        let vectors = period * self.dy.len() / LANES;
        let mut w: [&mut [Lane<T>]; ABREAST] =
            from_fn(|_| rest.split_off_mut(..vectors).expect("there are so many rows"));
        let mut begins = [T::ZERO; 2 * LANES];
        begins[LANES..].copy_from_slice(&self.dy[..LANES]);

        let mut sums = [simd.splat(T::ZERO); ABREAST];
        let mut step: [S::V; ABREAST] = array!(|n| simd.splat(-rate * x[n * period]));
        let (mut begin, mut dys) = (0, self.dy);
        for i in 0..period {
            let (full, rest) = dys.as_chunks();
            let end = begin + full.len();
            let inner = w.each_mut().map(|w| &mut w[begin..end]);
            for (o, dy) in full.iter().enumerate() {
                let dy = simd.load(dy);
                for n in 0..ABREAST {
                    let w = &mut inner[n][o];
                    let old = simd.load(w);
                    sums[n] = simd.pin(dy.mul_add(old, sums[n]));
                    simd.store(step[n].mul_add(dy, old), w);
                }
            }
            let mut next_sums = [simd.splat(T::ZERO); ABREAST];
            let next = (i + 1) % period;
            let next_step: [S::V; ABREAST] = array!(|n| simd.splat(-rate * x[n * period + next]));
            (begin, dys) = (end, self.dy);
            if !rest.is_empty() {
                // The row ends in the vector in which the next row begins.
                let this = simd.mask(0..rest.len());
                let (dy, next_dy) = (simd.load_part(rest), simd.load_part(&begins[LANES - rest.len()..]));
                let dys_of_both = S::V::select(this, dy, next_dy);
                for n in 0..ABREAST {
                    let w = &mut w[n][end];
                    let old = simd.load(w);
                    sums[n] = S::V::select(this, dy.mul_add(old, sums[n]), sums[n]);
                    next_sums[n] = S::V::select(this, next_sums[n], next_dy.mul_add(old, next_sums[n]));
                    simd.store(S::V::select(this, step[n], next_step[n]).mul_add(dys_of_both, old), w);
                }
                (begin, dys) = (end + 1, &self.dy[LANES - rest.len()..]);
            }
            if let Some(dx) = &mut self.dx {
                for n in 0..ABREAST {
                    dx[first + n * period + i] = simd.sum(sums[n]);
                }
            }
            (sums, step) = (next_sums, next_step);
        }
    }

    /// Rows in the order in memory, some at a time, as far as the registers allow.
    #[inline(always)]
    fn as_they_lie<S: Simd<T = T>>(&mut self, simd: S, rows: Range<usize>) {
        for first in rows.clone().step_by(TOGETHER).rev() {
            let mut i = first;
            let end = (first + TOGETHER).min(rows.end);
            while i < end {
                i += match end - i {
                    ABREAST.. if ABREAST * S::PARTS <= S::REGISTERS / 2 => self.rows::<S, ABREAST>(simd, i),
                    _ => self.rows::<S, 1>(simd, i),
                };
            }
        }
    }

    /// `N` rows from row `i` on, whose sums are computed side by side. Returns `N`.
    #[inline(always)]
    fn rows<S: Simd<T = T>, const N: usize>(&mut self, simd: S, i: usize) -> usize {
        let outputs = self.dy.len();
        let step: [S::V; N] = array!(|n| simd.splat(-self.rate * self.x[i + n]));
        let mut w = &mut self.w[i * outputs..][..N * outputs];
        let w: [_; N] =
            from_fn(|_| w.split_off_mut(..outputs).expect("there are N rows").as_chunks_mut::<LANES>());
        let (full, rest) = self.dy.as_chunks();
        let mut sums = [simd.splat(T::ZERO); N];
        for (o, dy) in full.iter().enumerate() {
            let dy = simd.load(dy);
            for n in 0..N {
                let w = &mut w[n].0[o];
                let old = simd.load(w);
                sums[n] = simd.pin(dy.mul_add(old, sums[n]));
                simd.store(step[n].mul_add(dy, old), w);
            }
        }
        if !rest.is_empty() {
            let dy = simd.load_part(rest);
            for n in 0..N {
                let w = &mut w[n].1[..rest.len()];
                let old = simd.load_part(w);
                sums[n] = dy.mul_add(old, sums[n]);
                simd.store_part(step[n].mul_add(dy, old), w);
            }
        }
        if let Some(dx) = &mut self.dx {
            for (sum, dx) in sums.into_iter().zip(&mut dx[i..]) {
                *dx = simd.sum(sum);
            }
        }
        N
    }
}
