//! Updates sixteen weights at a time: equal `reference` in every bit.

use toddle_lanes::{Float, Kernel, LANES, Real, Simd};

/// `w −= rate · g`: [`reference::sgd`](super::reference::sgd).
#[derive(Debug)]
pub struct Sgd<'a, T> {
    /// The learning rate.
    pub rate: T,
    /// Gradient.
    pub g: &'a [T],
    /// Weights, as many.
    pub w: &'a mut [T],
}

impl<T: Float> Kernel<T> for Sgd<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let down = simd.splat(-self.rate);
        let ((g, g_rest), (w, w_rest)) = (self.g.as_chunks::<LANES>(), self.w.as_chunks_mut::<LANES>());
        for (g, w) in g.iter().zip(w) {
            simd.store(down.mul_add(simd.load(g), simd.load(w)), w);
        }
        simd.store_part(down.mul_add(simd.load_part(g_rest), simd.load_part(w_rest)), w_rest);
    }
}
