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
        let ((x, x_rest), (y, y_rest)) = (self.x.as_chunks(), self.y.as_chunks_mut());
        let mut rest = [padded(x_rest)];
        with_formula!(self.activation, |f| {
            simd.outline(Values { f, x, y });
            if !x_rest.is_empty() {
                let x = rest;
                simd.outline(Values { f, x: &x, y: &mut rest });
            }
        });
        y_rest.copy_from_slice(&rest[0][..y_rest.len()]);
    }
}

/// [`Forward`] for one formula and whole vectors.
struct Values<'a, T, F> {
    f: F,
    x: &'a [[T; LANES]],
    y: &'a mut [[T; LANES]],
}

impl<T: Float, F: Formula> Kernel<T> for Values<'_, T, F> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let zero = simd.splat(T::ZERO);
        let mut sum = zero;
        for (x, y) in self.x.iter().zip(&mut *self.y) {
            let value = self.f.value(simd.load(x));
            sum = value.mul_add(zero, sum);
            simd.store(value, y);
        }
        make_canonical(simd, sum, self.y);
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
        let ((x, x_rest), (y, y_rest)) = (x.as_chunks(), y.as_chunks());
        let ((dy, dy_rest), (dx, dx_rest)) = (dy.as_chunks(), dx.as_chunks_mut());
        let mut rest = [padded(dy_rest)];
        with_formula!(activation, |f| {
            simd.outline(Gradients { f, x, y, dy, dx });
            if !dy_rest.is_empty() {
                let (x, y, dy) = ([padded(x_rest)], [padded(y_rest)], rest);
                simd.outline(Gradients { f, x: &x, y: &y, dy: &dy, dx: &mut rest });
            }
        });
        dx_rest.copy_from_slice(&rest[0][..dx_rest.len()]);
    }
}

/// [`Backward`] for one formula and whole vectors.
struct Gradients<'a, T, F> {
    f: F,
    x: &'a [[T; LANES]],
    y: &'a [[T; LANES]],
    dy: &'a [[T; LANES]],
    dx: &'a mut [[T; LANES]],
}

impl<T: Float, F: Formula> Kernel<T> for Gradients<'_, T, F> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let Gradients { f, x, y, dy, dx } = self;
        let zero = simd.splat(T::ZERO);
        let mut sum = zero;
        for (((x, y), dy), dx) in x.iter().zip(y).zip(dy).zip(&mut *dx) {
            let gradient = simd.load(dy) * f.derivative(simd.load(x), simd.load(y));
            sum = gradient.mul_add(zero, sum);
            simd.store(gradient, dx);
        }
        make_canonical(simd, sum, dx);
    }
}

/// Makes every NaN of `vectors` the canonical one. `sum` is the sum of the vectors times 0, so it is not finite if there is a NaN. A NaN
/// is rare: to add each element to a sum takes less time than to compare it.
#[inline(always)]
fn make_canonical<S: Simd>(simd: S, sum: S::V, vectors: &mut [[S::T; LANES]]) {
    let mut lanes = [S::T::ZERO; LANES];
    simd.store(sum, &mut lanes);
    if lanes.iter().all(|lane| lane.is_finite()) {
        return;
    }
    for vector in vectors {
        simd.store(simd.load(vector).canonical(), vector);
    }
}

/// Elements that do not fill a vector, with zeros behind them.
fn padded<T: Float>(rest: &[T]) -> [T; LANES] {
    let mut vector = [T::ZERO; LANES];
    vector[..rest.len()].copy_from_slice(rest);
    vector
}
