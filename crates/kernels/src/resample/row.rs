//! Resampling of one sample: the loops of `reference`, compiled for the CPU.

use toddle_lanes::{Float, Kernel, Simd};

use super::{Geometry, reference};

/// `y[c,oy,ox] = Σ iy,ix  u[oy,iy]·v[ox,ix] · x[c,iy,ix]`: [`reference::forward`] itself.
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// The resampling.
    pub g: &'a Geometry,
    /// Input, c×h×w.
    pub x: &'a [T],
    /// Output, c×oh×ow.
    pub y: &'a mut [T],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, _simd: S) {
        reference::forward(self.g, self.x, self.y);
    }
}

/// `dx[c,iy,ix] = Σ oy,ox  u[oy,iy]·v[ox,ix] · dy[c,oy,ox]`: [`reference::backward`] itself.
#[derive(Debug)]
pub struct Backward<'a, T> {
    /// The resampling.
    pub g: &'a Geometry,
    /// Gradient to the output, c×oh×ow.
    pub dy: &'a [T],
    /// Gradient to the input, c×h×w.
    pub dx: &'a mut [T],
}

impl<T: Float> Kernel<T> for Backward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, _simd: S) {
        reference::backward(self.g, self.dy, self.dx);
    }
}
