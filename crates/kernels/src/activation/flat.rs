//! Activations sixteen numbers at a time, whichever samples they belong to: equal `reference` in every bit.

use toddle_lanes::{Float, Kernel, LANES, Real, Simd, math};

/// `y = tanh(x)`: [`reference::tanh_forward`](super::reference::tanh_forward).
#[derive(Debug)]
pub struct TanhForward<'a, T> {
    /// Input.
    pub x: &'a [T],
    /// Output, as long.
    pub y: &'a mut [T],
}

impl<T: Float> Kernel<T> for TanhForward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let ((x, x_rest), (y, y_rest)) = (self.x.as_chunks::<LANES>(), self.y.as_chunks_mut::<LANES>());
        for (x, y) in x.iter().zip(y) {
            simd.store(math::tanh(simd.load(x)), y);
        }
        simd.store_part(math::tanh(simd.load_part(x_rest)), y_rest);
    }
}

/// `dx = dy · (1 − y²)`: [`reference::tanh_backward`](super::reference::tanh_backward).
#[derive(Debug)]
pub struct TanhBackward<'a, T> {
    /// Output of forward.
    pub y: &'a [T],
    /// Gradient to the output, as long.
    pub dy: &'a [T],
    /// Gradient to the input, as long.
    pub dx: &'a mut [T],
}

impl<T: Float> Kernel<T> for TanhBackward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let (y, y_rest) = self.y.as_chunks::<LANES>();
        let (dy, dy_rest) = self.dy.as_chunks::<LANES>();
        let (dx, dx_rest) = self.dx.as_chunks_mut::<LANES>();
        for ((y, dy), dx) in y.iter().zip(dy).zip(dx) {
            simd.store(simd.load(dy) * slope(simd.load(y)), dx);
        }
        simd.store_part(simd.load_part(dy_rest) * slope(simd.load_part(y_rest)), dx_rest);
    }
}

/// `1 − y²`
#[inline(always)]
fn slope<V: Real>(y: V) -> V {
    (-y).mul_add(y, y.splat(V::Scalar::ONE))
}
