//! Activations, sixteen elements at a time, from any samples: equal `reference` in every bit.

use toddle_lanes::{Float, Kernel, LANES, Real, Simd};

use super::formula::Formula;
use super::{Activation, reference, with_formula};

/// `y = f(x)`: [`reference::forward`].
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// The function.
    pub activation: Activation,
    /// Input.
    pub x: &'a [T],
    /// Output, of the same length.
    pub y: &'a mut [T],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        if const { !S::NATIVE } {
            return reference::forward(self.activation, self.x, self.y);
        }
        with_formula!(self.activation, |f| simd.outline(Values { f, x: self.x, y: self.y }));
    }
}

/// [`Forward`] for one formula.
struct Values<'a, T, F> {
    f: F,
    x: &'a [T],
    y: &'a mut [T],
}

impl<T: Float, F: Formula> Kernel<T> for Values<'_, T, F> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        for (x, y) in self.x.chunks(LANES).zip(self.y.chunks_mut(LANES)) {
            simd.store_partial(self.f.value(simd.load_partial(x)).canonical(), y);
        }
    }
}

/// `dx = dy · f′(x)`: [`reference::backward`].
#[derive(Debug)]
pub struct Backward<'a, T> {
    /// The function.
    pub activation: Activation,
    /// Input of forward.
    pub x: &'a [T],
    /// Output of forward, of the same length.
    pub y: &'a [T],
    /// Gradient to the output, of the same length.
    pub dy: &'a [T],
    /// Gradient to the input, of the same length.
    pub dx: &'a mut [T],
}

impl<T: Float> Kernel<T> for Backward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let Backward { activation, x, y, dy, dx } = self;
        if const { !S::NATIVE } {
            return reference::backward(activation, x, y, dy, dx);
        }
        with_formula!(activation, |f| simd.outline(Gradients { f, x, y, dy, dx }));
    }
}

/// [`Backward`] for one formula.
struct Gradients<'a, T, F> {
    f: F,
    x: &'a [T],
    y: &'a [T],
    dy: &'a [T],
    dx: &'a mut [T],
}

impl<T: Float, F: Formula> Kernel<T> for Gradients<'_, T, F> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let Gradients { f, x, y, dy, dx } = self;
        let of = x.chunks(LANES).zip(y.chunks(LANES)).zip(dy.chunks(LANES));
        for (((x, y), dy), dx) in of.zip(dx.chunks_mut(LANES)) {
            let derivative = f.derivative(simd.load_partial(x), simd.load_partial(y));
            simd.store_partial((simd.load_partial(dy) * derivative).canonical(), dx);
        }
    }
}
