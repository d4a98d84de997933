//! Activations sixteen numbers at a time, whichever samples they belong to: equal `reference` in every bit.

use toddle_lanes::{Float, Kernel, LANES, Real, Simd};

use super::formula::Formula;
use super::{Activation, with_formula};

/// `y = f(x)`: [`reference::forward`](super::reference::forward).
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// The function.
    pub activation: Activation,
    /// Input.
    pub x: &'a [T],
    /// Output, as long.
    pub y: &'a mut [T],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        with_formula!(self.activation, |f| forward(simd, f, self.x, self.y));
    }
}

#[inline(always)]
fn forward<S: Simd>(simd: S, f: impl Formula, x: &[S::T], y: &mut [S::T]) {
    let ((x, x_rest), (y, y_rest)) = (x.as_chunks::<LANES>(), y.as_chunks_mut::<LANES>());
    for (x, y) in x.iter().zip(y) {
        simd.store(f.value(simd.load(x)).canonical(), y);
    }
    if !x_rest.is_empty() {
        simd.store_part(f.value(simd.load_part(x_rest)).canonical(), y_rest);
    }
}

/// `dx = dy · f′(x)`: [`reference::backward`](super::reference::backward).
#[derive(Debug)]
pub struct Backward<'a, T> {
    /// The function.
    pub activation: Activation,
    /// Input of forward.
    pub x: &'a [T],
    /// Output of forward, as long.
    pub y: &'a [T],
    /// Gradient to the output, as long.
    pub dy: &'a [T],
    /// Gradient to the input, as long.
    pub dx: &'a mut [T],
}

impl<T: Float> Kernel<T> for Backward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        with_formula!(self.activation, |f| backward(simd, f, self.x, self.y, self.dy, self.dx));
    }
}

#[inline(always)]
fn backward<S: Simd>(simd: S, f: impl Formula, x: &[S::T], y: &[S::T], dy: &[S::T], dx: &mut [S::T]) {
    let (x, x_rest) = x.as_chunks::<LANES>();
    let (y, y_rest) = y.as_chunks::<LANES>();
    let (dy, dy_rest) = dy.as_chunks::<LANES>();
    let (dx, dx_rest) = dx.as_chunks_mut::<LANES>();
    for (((x, y), dy), dx) in x.iter().zip(y).zip(dy).zip(dx) {
        simd.store((simd.load(dy) * f.slope(simd.load(x), simd.load(y))).canonical(), dx);
    }
    if !x_rest.is_empty() {
        let slope = f.slope(simd.load_part(x_rest), simd.load_part(y_rest));
        simd.store_part((simd.load_part(dy_rest) * slope).canonical(), dx_rest);
    }
}
