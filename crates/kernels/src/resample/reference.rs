//! The loops that define resampling, one sample. The taps of an output are in raster order.

use toddle_lanes::Float;

use super::Geometry;

/// `y[c,oy,ox] = Σ iy,ix  u[oy,iy]·v[ox,ix] · x[c,iy,ix]` over the taps of the output. The product of the two weights
/// is rounded.
#[inline(always)]
pub fn forward<T: Float>(g: &Geometry, x: &[T], y: &mut [T]) {
    for c in 0..g.channels {
        for oy in 0..g.rows.output {
            let rows = g.rows.taps(oy);
            for ox in 0..g.columns.output {
                let columns = g.columns.taps(ox);
                let mut sum = T::from_f64(g.start(&rows, &columns));
                for (iy, u) in rows.each() {
                    for (ix, v) in columns.each() {
                        sum = T::from_f64(u * v).mul_add(x[g.x(c, iy, ix)], sum);
                    }
                }
                y[g.y(c, oy, ox)] = sum;
            }
        }
    }
}

/// `dx[c,iy,ix] = Σ oy,ox  u[oy,iy]·v[ox,ix] · dy[c,oy,ox]` over the outputs of which the element is a tap, in raster
/// order. The product of the two weights is rounded.
#[inline(always)]
pub fn backward<T: Float>(g: &Geometry, dy: &[T], dx: &mut [T]) {
    dx.fill(T::ZERO);
    for c in 0..g.channels {
        for oy in 0..g.rows.output {
            let rows = g.rows.taps(oy);
            for ox in 0..g.columns.output {
                let columns = g.columns.taps(ox);
                let dy = dy[g.y(c, oy, ox)];
                for (iy, u) in rows.each() {
                    for (ix, v) in columns.each() {
                        let dx = &mut dx[g.x(c, iy, ix)];
                        *dx = T::from_f64(u * v).mul_add(dy, *dx);
                    }
                }
            }
        }
    }
}
