//! Dense layers for one sample, sixteen outputs side by side.
//!
//! Forward equals `reference` in every bit, backward to the input `reference::backward_input_row`, a step
//! `reference::descend_row`.

use toddle_lanes::{Float, Kernel, LANES, Real, Simd, array};

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

    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self, simd: S) {
        let mut o = 0;
        while o < self.y.len() {
            let vectors = (self.y.len() - o).div_ceil(LANES).min(S::REGISTERS / S::PARTS / 2);
            o += LANES
                * match vectors {
                    1 => self.outputs::<S, 1>(simd, o),
                    2 => self.outputs::<S, 2>(simd, o),
                    3 | 4 => self.outputs::<S, 3>(simd, o),
                    5 | 6 => self.outputs::<S, 5>(simd, o),
                    7 => self.outputs::<S, 7>(simd, o),
                    _ => self.outputs::<S, 8>(simd, o),
                };
        }
    }
}

impl<T: Float> Forward<'_, T> {
    /// `N` vectors of outputs in registers while all inputs pass by; returns `N`.
    #[inline(always)]
    fn outputs<S: Simd<T = T>, const N: usize>(&mut self, simd: S, o: usize) -> usize {
        let outputs = self.y.len();
        let here = o..(o + N * LANES).min(outputs);
        let mut sums: [S::V; N] = array!(|n| simd.load_part(&self.b[here.clone()][n * LANES..]));
        for (x, w) in self.x.iter().zip(self.w.chunks_exact(outputs)) {
            let x = simd.splat(*x);
            let w = &w[here.clone()];
            for n in 0..N {
                sums[n] = x.mul_add(simd.load_part(&w[n * LANES..]), sums[n]);
            }
        }
        for (n, y) in self.y[here].chunks_mut(LANES).enumerate() {
            simd.store_part(sums[n], y);
        }
        N
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

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        // As many vectors of `dy` stay in registers as half of them hold.
        match (self.dy.len() / LANES).min(S::REGISTERS / S::PARTS / 2) {
            0 | 1 => self.rows::<S, 0>(simd),
            2 | 3 => self.rows::<S, 2>(simd),
            4 | 5 => self.rows::<S, 4>(simd),
            _ => self.rows::<S, 6>(simd),
        }
    }
}

impl<T: Float> Descend<'_, T> {
    /// All rows, the first `N` vectors of `dy` in registers.
    #[inline(always)]
    fn rows<S: Simd<T = T>, const N: usize>(self, simd: S) {
        let Descend { x, w, b, dy, dx, rate } = self;
        let outputs = dy.len();
        let (dy_full, dy_rest) = dy.as_chunks::<LANES>();
        let mut held = [simd.splat(T::ZERO); N];
        for n in 0..N {
            held[n] = simd.load(&dy_full[n]);
        }
        let dy_rest = simd.load_part(dy_rest);
        let rest = outputs / LANES * LANES..outputs;
        let mut w_rest = simd.load_part(&w[w.len() - rest.len()..]);
        let mut dx = dx.into_iter().flatten().rev();
        // From the last row to the first: forward has left the last in the cache, and begins with the first.
        for (i, x) in x.iter().enumerate().rev() {
            let (before, row) = w[..(i + 1) * outputs].split_at_mut(i * outputs);
            let step = simd.splat(-rate * *x);
            let mut sum = simd.splat(T::ZERO);
            // A part-full vector reaches into the row behind it, so it is loaded before that row is stored.
            let old_rest = w_rest;
            w_rest = simd.load_part(&before[before.len().saturating_sub(rest.len())..]);
            let (w_full, _) = row.as_chunks_mut::<LANES>();
            for n in 0..N {
                let old = simd.load(&w_full[n]);
                sum = held[n].mul_add(old, sum);
                simd.store(step.mul_add(held[n], old), &mut w_full[n]);
            }
            for (w, dy) in w_full.iter_mut().zip(dy_full).skip(N) {
                let (old, dy) = (simd.load(w), simd.load(dy));
                sum = dy.mul_add(old, sum);
                simd.store(step.mul_add(dy, old), w);
            }
            if !rest.is_empty() {
                sum = dy_rest.mul_add(old_rest, sum);
                simd.store_part(step.mul_add(dy_rest, old_rest), &mut row[rest.clone()]);
            }
            if let Some(dx) = dx.next() {
                *dx = simd.sum(sum);
            }
        }
        for (b, dy) in b.iter_mut().zip(dy) {
            *b = (-rate).mul_add(*dy, *b);
        }
    }
}
