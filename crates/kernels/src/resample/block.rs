//! Resampling of sixteen samples side by side: `reference` with each element replaced by a vector of sixteen. If an
//! output has a single tap, it is copied without a multiplication by 1.

use toddle_lanes::{Float, Kernel, LANES, Real, Simd};

use super::Geometry;
use crate::Lane;

/// `y[c,oy,ox] = Σ iy,ix  u[oy,iy]·v[ox,ix] · x[c,iy,ix]`: [`reference::forward`](super::reference::forward).
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// The resampling.
    pub g: &'a Geometry,
    /// Input, c×h×w.
    pub x: &'a [Lane<T>],
    /// Output, c×oh×ow.
    pub y: &'a mut [Lane<T>],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let Forward { g, x, y } = self;
        let (zero, mut y) = (simd.splat(T::ZERO), y.iter_mut());
        for c in 0..g.channels {
            for oy in 0..g.rows.output {
                let rows = g.rows.taps(oy);
                for (ox, y) in (0..g.columns.output).zip(&mut y) {
                    let columns = g.columns.taps(ox);
                    if let (Some(iy), Some(ix)) = (rows.only(), columns.only()) {
                        simd.store(simd.load(&x[g.x(c, iy, ix)]) + zero, y);
                        continue;
                    }
                    let mut sum = simd.splat(T::from_f64(g.start(&rows, &columns)));
                    for (iy, u) in rows.each() {
                        for (ix, v) in columns.each() {
                            let weight = simd.splat(T::from_f64(u * v));
                            sum = weight.mul_add(simd.load(&x[g.x(c, iy, ix)]), sum);
                        }
                    }
                    simd.store(sum, y);
                }
            }
        }
    }
}

/// `dx[c,iy,ix] = Σ oy,ox  u[oy,iy]·v[ox,ix] · dy[c,oy,ox]`: [`reference::backward`](super::reference::backward).
#[derive(Debug)]
pub struct Backward<'a, T> {
    /// The resampling.
    pub g: &'a Geometry,
    /// Gradient to the output, c×oh×ow.
    pub dy: &'a [Lane<T>],
    /// Gradient to the input, c×h×w.
    pub dx: &'a mut [Lane<T>],
}

impl<T: Float> Kernel<T> for Backward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let Backward { g, dy, dx } = self;
        dx.fill([T::ZERO; LANES]);
        let mut dy = dy.iter();
        for c in 0..g.channels {
            for oy in 0..g.rows.output {
                let rows = g.rows.taps(oy);
                for (ox, dy) in (0..g.columns.output).zip(&mut dy) {
                    let (columns, dy) = (g.columns.taps(ox), simd.load(dy));
                    if let (Some(iy), Some(ix)) = (rows.only(), columns.only()) {
                        let dx = &mut dx[g.x(c, iy, ix)];
                        simd.store(simd.load(dx) + dy, dx);
                        continue;
                    }
                    for (iy, u) in rows.each() {
                        for (ix, v) in columns.each() {
                            let dx = &mut dx[g.x(c, iy, ix)];
                            let weight = simd.splat(T::from_f64(u * v));
                            simd.store(weight.mul_add(dy, simd.load(dx)), dx);
                        }
                    }
                }
            }
        }
    }
}
