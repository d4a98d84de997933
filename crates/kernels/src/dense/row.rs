//! Dense layers for one sample, sixteen outputs side by side.
//!
//! Forward equals `reference` in every bit, backward to the input `reference::backward_input_row`, a step
//! `reference::descend_row`.
//!
//! There are more weights than the first-level cache holds, and each is used once or twice. So forward has a part of them there
//! while all outputs pass by, and a step reads and writes each once, for what goes back and for the update.

use std::array::from_fn;
use std::ops::Range;

use toddle_lanes::{Float, Kernel, LANES, Real, Simd, array};

use crate::Lane;

/// `y[o] = b[o] + Σ i  x[i] · w[i,o]`: [`reference::forward`](super::reference::forward).
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// Input, i.
    pub x: &'a [T],
    /// Weights, i×o.
    pub w: &'a [T],
    /// Biases, o.
    pub b: &'a [T],
    /// Output, o.
    pub y: &'a mut [T],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Output = ();

    /// So many inputs at a time as have weights that stay in the first-level cache while all outputs pass by; between two
    /// such parts the sums wait in `y`.
    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self, simd: S) {
        let (inputs, outputs) = (self.x.len(), self.y.len());
        let together = (FIRST_LEVEL / (outputs * size_of::<T>())).max(1);
        self.y.copy_from_slice(self.b);
        for first in (0..inputs).step_by(together) {
            let inputs = first..(first + together).min(inputs);
            let mut o = 0;
            while o < outputs {
                o += LANES
                    * match tile_width::<S>((outputs - o).div_ceil(LANES)) {
                        1 => self.tile::<S, 1>(simd, &inputs, o),
                        2 => self.tile::<S, 2>(simd, &inputs, o),
                        3 | 5 => self.tile::<S, 3>(simd, &inputs, o),
                        4 => self.tile::<S, 4>(simd, &inputs, o),
                        7 => self.tile::<S, 7>(simd, &inputs, o),
                        8 => self.tile::<S, 8>(simd, &inputs, o),
                        _ => self.tile::<S, 6>(simd, &inputs, o),
                    };
            }
        }
    }
}

/// Bytes of the first-level cache that may be taken: half of the usual 32 KiB.
const FIRST_LEVEL: usize = 16 << 10;

/// Vectors in the next tile of sums, of so many that are left: three quarters of the registers, and not one alone behind it.
#[inline(always)]
fn tile_width<S: Simd>(left: usize) -> usize {
    let most = (S::REGISTERS * 3 / 4 / S::PARTS).clamp(1, 8);
    if most < left && left < 2 * most { left / 2 } else { left.min(most) }
}

impl<T: Float> Forward<'_, T> {
    #[inline(always)]
    fn tile<S: Simd<T = T>, const N: usize>(&mut self, simd: S, inputs: &Range<usize>, o: usize) -> usize {
        if N * S::PARTS > S::REGISTERS {
            return N;
        }
        if o + N * LANES <= self.y.len() {
            self.outputs::<S, N, false>(simd, inputs, o);
        } else {
            self.outputs::<S, N, true>(simd, inputs, o);
        }
        N
    }

    /// `N` vectors of outputs in registers, the last of them part full if `PARTIAL`, while some inputs pass by.
    #[inline(always)]
    fn outputs<S: Simd<T = T>, const N: usize, const PARTIAL: bool>(
        &mut self,
        simd: S,
        inputs: &Range<usize>,
        o: usize,
    ) {
        let outputs = self.y.len();
        let here = o..(o + N * LANES).min(outputs);
        let (x, w) = (&self.x[inputs.clone()], &self.w[inputs.start * outputs..inputs.end * outputs]);
        let y = &mut self.y[here.clone()];
        let mut sums: [S::V; N] = array!(|n| simd.load_part(&y[n * LANES..]));
        for (x, w) in x.iter().zip(w.chunks_exact(outputs)) {
            let x = simd.splat(*x);
            let (full, part) = w[here.clone()].as_chunks();
            for n in 0..N {
                let w = if PARTIAL && n == N - 1 { simd.load_part(part) } else { simd.load(&full[n]) };
                sums[n] = x.mul_add(w, sums[n]);
            }
        }
        for (n, y) in y.chunks_mut(LANES).enumerate() {
            simd.store_part(sums[n], y);
        }
    }
}

/// `dx[i] = Σ o  dy[o] · w[i,o]`: [`reference::backward_input_row`](super::reference::backward_input_row).
#[derive(Debug)]
pub struct BackwardInput<'a, T> {
    /// Weights, i×o.
    pub w: &'a [T],
    /// Gradient to the output, o.
    pub dy: &'a [T],
    /// Gradient to the input, i.
    pub dx: &'a mut [T],
}

impl<T: Float> Kernel<T> for BackwardInput<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let BackwardInput { w, dy, dx } = self;
        for (dx, w) in dx.iter_mut().zip(w.chunks_exact(dy.len())) {
            let mut sum = simd.splat(T::ZERO);
            for (w, dy) in w.chunks(LANES).zip(dy.chunks(LANES)) {
                sum = simd.load_part(dy).mul_add(simd.load_part(w), sum);
            }
            *dx = simd.sum(sum);
        }
    }
}

/// `dw[i,o] += x[i] · dy[o]` and `db[o] += dy[o]`: [`reference::backward_weights`](super::reference::backward_weights).
#[derive(Debug)]
pub struct BackwardWeights<'a, T> {
    /// Input, i.
    pub x: &'a [T],
    /// Gradient to the output, o.
    pub dy: &'a [T],
    /// Gradient to the weights, i×o; added to.
    pub dw: &'a mut [T],
    /// Gradient to the biases, o; added to.
    pub db: &'a mut [T],
}

impl<T: Float> Kernel<T> for BackwardWeights<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let BackwardWeights { x, dy, dw, db } = self;
        for (x, dw) in x.iter().zip(dw.chunks_exact_mut(dy.len())) {
            let x = simd.splat(*x);
            for (dw, dy) in dw.chunks_mut(LANES).zip(dy.chunks(LANES)) {
                simd.store_part(x.mul_add(simd.load_part(dy), simd.load_part(dw)), dw);
            }
        }
        for (db, dy) in db.iter_mut().zip(dy) {
            *db += *dy;
        }
    }
}

/// Backward to the input and one step of plain SGD, in one pass over the weights and without a buffer for their gradient:
/// [`reference::descend_row`](super::reference::descend_row).
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
    /// Gradient to the input, i, where anyone wants it.
    pub dx: Option<&'a mut [T]>,
    /// The learning rate.
    pub rate: T,
}

impl<T: Float> Kernel<T> for Descend<'_, T> {
    type Output = ();

    /// Some rows at a time, from the last to the first: forward has left the last in the cache, and begins with the first.
    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self, simd: S) {
        let rows = self.x.len();
        // So many rows are a whole number of vectors.
        let period = LANES >> self.dy.len().trailing_zeros().min(LANES.ilog2());
        let vectors = if S::REGISTERS >= 32 { self.vectors(period) } else { 0..0 };
        self.as_they_lie(simd, vectors.end..rows);
        for first in vectors.clone().step_by(ABREAST * period).rev() {
            self.abreast(simd, first, period);
        }
        self.as_they_lie(simd, 0..vectors.start);
        for (b, dy) in self.b.iter_mut().zip(self.dy) {
            *b = (-self.rate).mul_add(*dy, *b);
        }
    }
}

/// Rows that [`Descend`] takes in the order in which they lie.
const TOGETHER: usize = 16;
/// Rows whose sums are chains beside each other.
const ABREAST: usize = 4;

impl<T: Float> Descend<'_, T> {
    /// Rows that `abreast` takes: from one on that begins with a cache line, if one does, `ABREAST` periods at a time.
    fn vectors(&self, period: usize) -> Range<usize> {
        let (rows, outputs) = (self.x.len(), self.dy.len());
        let begins_a_line = |row: &usize| self.w[row * outputs..].as_ptr().align_offset(64) == 0;
        match (0..period.min(rows)).find(begins_a_line) {
            Some(first) if outputs >= LANES => first..rows - (rows - first) % (ABREAST * period),
            _ => 0..0,
        }
    }

    /// `ABREAST` periods of rows from row `first` on, as the vectors that they lie in: so none of these is parted by the end of
    /// a cache line, which a store takes twice as long for. Rows a period apart begin in the same lane. Where that is not the
    /// first, a row's sums are in other lanes than its outputs', all so many lanes further; the tree over them is the same.
    #[inline(always)]
    fn abreast<S: Simd<T = T>>(&mut self, simd: S, first: usize, period: usize) {
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
                // The row ends in the vector in which the next one begins.
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

    /// Rows as they lie, some at a time, if the registers are enough for these.
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
    /// `N` rows from row `i` on, whose sums are chains beside each other; returns `N`.
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
