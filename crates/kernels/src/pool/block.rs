//! Pooling of sixteen samples side by side: equals `reference` in every bit.
//!
//! Forward stores nothing for backward: each lane finds its largest element again. If no two windows overlap, the
//! gradient to the input is written once. If windows overlap, the gradients are added.

use toddle_lanes::{Float, Kernel, LANES, Real, Simd};

use super::{Count, Geometry, larger};
use crate::Lane;
use crate::activation::formula::{Formula, Relu};

/// `y[c,oy,ox] = max iy,ix  x[c,iy,ix]`: [`reference::max_forward`](super::reference::max_forward).
#[derive(Debug)]
pub struct MaxForward<'a, T> {
    /// The pooling.
    pub g: &'a Geometry,
    /// Input, c×h×w.
    pub x: &'a [Lane<T>],
    /// Output, c×oh×ow.
    pub y: &'a mut [Lane<T>],
}

impl<T: Float> Kernel<T> for MaxForward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let g = self.g;
        match (g.usual(), g.plain()) {
            (Some(g), _) => self.windows(simd, &g),
            (None, Some(g)) => self.windows(simd, &g),
            (None, None) => self.windows(simd, g),
        }
    }
}

impl<T: Float> MaxForward<'_, T> {
    #[inline(always)]
    fn windows<S: Simd<T = T>>(self, simd: S, g: &Geometry) {
        let mut y = self.y.iter_mut();
        for c in 0..g.channels {
            for oy in 0..g.rows.output() {
                for (ox, y) in (0..g.columns.output()).zip(&mut y) {
                    let mut m = simd.splat(T::NEG_INFINITY);
                    for iy in g.rows.cells(oy) {
                        for x in self.x[g.span(c, iy, ox)].iter().step_by(g.columns.step()) {
                            m = larger(m, simd.load(x));
                        }
                    }
                    simd.store(m, y);
                }
            }
        }
    }
}

/// `dx[c,iy,ix] = Σ oy,ox  dy[c,oy,ox]` over the windows whose largest cell this cell is:
/// [`reference::max_backward`](super::reference::max_backward).
#[derive(Debug)]
pub struct MaxBackward<'a, T> {
    /// The pooling.
    pub g: &'a Geometry,
    /// Input of forward, c×h×w.
    pub x: &'a [Lane<T>],
    /// Output of forward, c×oh×ow.
    pub y: &'a [Lane<T>],
    /// Gradient to the output, c×oh×ow.
    pub dy: &'a [Lane<T>],
    /// Whether a relu computed the input. Then `dx` is the gradient to the input of the relu:
    /// [`backward`](crate::activation::reference::backward) of the relu is fused. This needs windows that do not
    /// overlap.
    pub relu: bool,
    /// Gradient to the input, c×h×w.
    pub dx: &'a mut [Lane<T>],
}

impl<T: Float> Kernel<T> for MaxBackward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let g = self.g;
        assert!(!(self.relu && g.overlaps()), "a relu's backward needs whole sums");
        begin(g, self.dx);
        match (g.usual(), g.plain(), self.relu) {
            (Some(g), _, true) => self.windows::<S, false, true>(simd, &g),
            (Some(g), _, false) => self.windows::<S, false, false>(simd, &g),
            (None, Some(g), true) => self.windows::<S, false, true>(simd, &g),
            (None, Some(g), false) if g.overlaps() => self.windows::<S, true, false>(simd, &g),
            (None, Some(g), false) => self.windows::<S, false, false>(simd, &g),
            (None, None, _) => self.windows::<S, true, false>(simd, g),
        }
    }
}

impl<T: Float> MaxBackward<'_, T> {
    /// Writes the gradient of each window to its first cell that is not less than the largest, lane by lane. If `ADD`,
    /// the gradient is added to the cell. If `RELU`, the backward pass of a relu is applied to it.
    #[inline(always)]
    fn windows<S: Simd<T = T>, const ADD: bool, const RELU: bool>(self, simd: S, g: &Geometry) {
        let (zero, infinity) = (simd.splat(T::ZERO), simd.splat(-T::NEG_INFINITY));
        let mut outputs = self.y.iter().zip(self.dy);
        for c in 0..g.channels {
            for oy in 0..g.rows.output() {
                for (ox, (y, dy)) in (0..g.columns.output()).zip(&mut outputs) {
                    let m = simd.load(y).min(infinity);
                    // The gradient that no cell has received yet. A sum that begins at zero is never −0.
                    let mut rest = simd.load(dy) + zero;
                    for iy in g.rows.cells(oy) {
                        let (span, step) = (g.span(c, iy, ox), g.columns.step());
                        let cells = self.x[span.clone()].iter().zip(&mut self.dx[span]);
                        for (x, dx) in cells.step_by(step) {
                            let x = simd.load(x);
                            let below = x.lt(m);
                            let mut taken = S::V::select(below, zero, rest);
                            rest = S::V::select(below, rest, zero);
                            if RELU {
                                taken = taken * Relu.derivative(x, x);
                            }
                            simd.store(if ADD { simd.load(dx) + taken } else { taken }, dx);
                        }
                    }
                }
            }
        }
    }
}

/// `y[c,oy,ox] = (1/n) · Σ iy,ix  x[c,iy,ix]`: [`reference::average_forward`](super::reference::average_forward).
#[derive(Debug)]
pub struct AverageForward<'a, T> {
    /// The pooling.
    pub g: &'a Geometry,
    /// The divisor of the average.
    pub count: Count,
    /// Input, c×h×w.
    pub x: &'a [Lane<T>],
    /// Output, c×oh×ow.
    pub y: &'a mut [Lane<T>],
}

impl<T: Float> Kernel<T> for AverageForward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let g = self.g;
        match (g.usual(), g.plain()) {
            (Some(g), _) => self.windows(simd, &g),
            (None, Some(g)) => self.windows(simd, &g),
            (None, None) => self.windows(simd, g),
        }
    }
}

impl<T: Float> AverageForward<'_, T> {
    #[inline(always)]
    fn windows<S: Simd<T = T>>(self, simd: S, g: &Geometry) {
        let mut y = self.y.iter_mut();
        for c in 0..g.channels {
            for oy in 0..g.rows.output() {
                for (ox, y) in (0..g.columns.output()).zip(&mut y) {
                    let mut sum = simd.splat(T::ZERO);
                    for iy in g.rows.cells(oy) {
                        for x in self.x[g.span(c, iy, ox)].iter().step_by(g.columns.step()) {
                            sum = sum + simd.load(x);
                        }
                    }
                    simd.store(simd.splat(self.count.share(g, oy, ox)) * sum, y);
                }
            }
        }
    }
}

/// `dx[c,iy,ix] = Σ oy,ox  (1/n) · dy[c,oy,ox]`: [`reference::average_backward`](super::reference::average_backward).
#[derive(Debug)]
pub struct AverageBackward<'a, T> {
    /// The pooling.
    pub g: &'a Geometry,
    /// The divisor of the average.
    pub count: Count,
    /// Gradient to the output, c×oh×ow.
    pub dy: &'a [Lane<T>],
    /// Gradient to the input, c×h×w.
    pub dx: &'a mut [Lane<T>],
}

impl<T: Float> Kernel<T> for AverageBackward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let g = self.g;
        begin(g, self.dx);
        match (g.usual(), g.plain()) {
            (Some(g), _) => self.windows::<S, false>(simd, &g),
            (None, Some(g)) if g.overlaps() => self.windows::<S, true>(simd, &g),
            (None, Some(g)) => self.windows::<S, false>(simd, &g),
            (None, None) => self.windows::<S, true>(simd, g),
        }
    }
}

impl<T: Float> AverageBackward<'_, T> {
    /// Writes the share of each window to all its cells. If `ADD`, the share is added to the cells.
    #[inline(always)]
    fn windows<S: Simd<T = T>, const ADD: bool>(self, simd: S, g: &Geometry) {
        let zero = simd.splat(T::ZERO);
        let mut dy = self.dy.iter();
        for c in 0..g.channels {
            for oy in 0..g.rows.output() {
                for (ox, dy) in (0..g.columns.output()).zip(&mut dy) {
                    // A sum that begins at zero is never −0.
                    let share = simd.splat(self.count.share(g, oy, ox)) * simd.load(dy) + zero;
                    for iy in g.rows.cells(oy) {
                        for dx in self.dx[g.span(c, iy, ox)].iter_mut().step_by(g.columns.step()) {
                            simd.store(if ADD { simd.load(dx) + share } else { share }, dx);
                        }
                    }
                }
            }
        }
    }
}

/// Sets `dx` to zero if some cells lie in no window, or if windows add to the cells.
#[inline(always)]
fn begin<T: Float>(g: &Geometry, dx: &mut [Lane<T>]) {
    if g.overlaps() || !g.covers() {
        dx.fill([T::ZERO; LANES]);
    }
}
