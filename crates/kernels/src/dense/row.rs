//! Dense layers for one sample, sixteen outputs side by side.
//!
//! Forward equals `reference` in every bit, backward to the input `reference::backward_input_row`.

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
            let vectors = (self.y.len() - o).div_ceil(LANES).min(S::REGISTERS / 2);
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
    /// `N` vectors of outputs in registers while all inputs pass by; returns `N`. Only the last may be part full.
    #[inline(always)]
    fn outputs<S: Simd<T = T>, const N: usize>(&mut self, simd: S, o: usize) -> usize {
        let outputs = self.y.len();
        let here = (outputs - o).min(N * LANES);
        let mut sums: [S::V; N] = array!(|n| simd.load_part(&self.b[o..][..here][n * LANES..]));
        for (x, w) in self.x.iter().zip(self.w.chunks_exact(outputs)) {
            let x = simd.splat(*x);
            let w = &w[o..][..here];
            for (n, sum) in sums.iter_mut().enumerate() {
                *sum = x.mul_add(simd.load_part(&w[n * LANES..]), *sum);
            }
        }
        let y = &mut self.y[o..][..here];
        for (n, y) in y.chunks_mut(LANES).enumerate() {
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

/// Backward to the input, the gradient to the weights and one step of plain SGD, in one pass over the weights.
///
/// `dx[i] = Σ o  dy[o] · w[i,o]`, then `w[i,o] −= rate · (x[i] · dy[o])` and `b[o] −= rate · dy[o]`: the same bits as
/// [`BackwardInput`], [`BackwardWeights`] from zero and [`update::flat::Sgd`](crate::update::flat::Sgd), without a buffer
/// for the gradient.
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
        let Descend { x, w, b, dy, dx, rate } = self;
        let (zero, down) = (simd.splat(T::ZERO), simd.splat(-rate));
        let (dy_full, dy_rest) = dy.as_chunks::<LANES>();
        let mut dx = dx.into_iter().flatten().rev();
        // From the last row to the first: forward has left the last in the cache, and begins with the first.
        for (x, w) in x.iter().zip(w.chunks_exact_mut(dy.len())).rev() {
            let x = simd.splat(*x);
            let mut sum = zero;
            let (w_full, w_rest) = w.as_chunks_mut::<LANES>();
            for (w, dy) in w_full.iter_mut().zip(dy_full) {
                let (old, dy) = (simd.load(w), simd.load(dy));
                sum = dy.mul_add(old, sum);
                simd.store(down.mul_add(x.mul_add(dy, zero), old), w);
            }
            if !dy_rest.is_empty() {
                let (old, dy) = (simd.load_part(w_rest), simd.load_part(dy_rest));
                sum = dy.mul_add(old, sum);
                simd.store_part(down.mul_add(x.mul_add(dy, zero), old), w_rest);
            }
            if let Some(dx) = dx.next() {
                *dx = simd.sum(sum);
            }
        }
        for (b, dy) in b.iter_mut().zip(dy) {
            *b = (-rate).mul_add(*dy + T::ZERO, *b);
        }
    }
}
