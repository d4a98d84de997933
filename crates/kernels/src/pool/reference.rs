//! The loops that define pooling, one sample.
//!
//! Windows come in raster order: channel by channel, row by row, each row from left to right; so do the cells of a window.
//! What a gradient to the input sums, it sums in the order of the windows.

use toddle_lanes::{Float, Real};

use super::{Count, Geometry, larger};

/// `y[c,oy,ox] = max iy,ix  x[c,iy,ix]` over the cells that the window sees, the first of them where several are the
/// largest; NaN where one of them is.
#[inline(always)]
pub fn max_forward<T: Float>(g: &Geometry, x: &[T], y: &mut [T]) {
    for c in 0..g.channels {
        for oy in 0..g.out_height() {
            for ox in 0..g.out_width() {
                let mut m = T::NEG_INFINITY;
                for iy in g.rows(oy) {
                    for ix in g.columns(ox) {
                        m = larger(m, x[g.x(c, iy, ix)]);
                    }
                }
                y[g.y(c, oy, ox)] = m;
            }
        }
    }
}

/// `dx[c,iy,ix] = Σ oy,ox  dy[c,oy,ox]` over the windows whose largest cell this is: the first in raster order with
/// `x[c,iy,ix] = y[c,oy,ox]`. For that NaN counts as ∞.
#[inline(always)]
pub fn max_backward<T: Float>(g: &Geometry, x: &[T], y: &[T], dy: &[T], dx: &mut [T]) {
    dx.fill(T::ZERO);
    for c in 0..g.channels {
        for oy in 0..g.out_height() {
            for ox in 0..g.out_width() {
                let m = Real::min(y[g.y(c, oy, ox)], -T::NEG_INFINITY);
                'window: for iy in g.rows(oy) {
                    for ix in g.columns(ox) {
                        let below = x[g.x(c, iy, ix)].lt(m);
                        if !below {
                            dx[g.x(c, iy, ix)] += dy[g.y(c, oy, ox)];
                            break 'window;
                        }
                    }
                }
            }
        }
    }
}

/// `y[c,oy,ox] = (1/n) · Σ iy,ix  x[c,iy,ix]` over the cells that the window sees, `n` as `count` has it, `1/n` rounded.
#[inline(always)]
pub fn average_forward<T: Float>(g: &Geometry, count: Count, x: &[T], y: &mut [T]) {
    for c in 0..g.channels {
        for oy in 0..g.out_height() {
            for ox in 0..g.out_width() {
                let mut sum = T::ZERO;
                for iy in g.rows(oy) {
                    for ix in g.columns(ox) {
                        sum += x[g.x(c, iy, ix)];
                    }
                }
                y[g.y(c, oy, ox)] = count.share::<T>(g, oy, ox) * sum;
            }
        }
    }
}

/// `dx[c,iy,ix] = Σ oy,ox  (1/n) · dy[c,oy,ox]` over the windows that see this cell; each product is rounded.
#[inline(always)]
pub fn average_backward<T: Float>(g: &Geometry, count: Count, dy: &[T], dx: &mut [T]) {
    dx.fill(T::ZERO);
    for c in 0..g.channels {
        for oy in 0..g.out_height() {
            for ox in 0..g.out_width() {
                let share = count.share::<T>(g, oy, ox);
                let slope = share * dy[g.y(c, oy, ox)];
                for iy in g.rows(oy) {
                    for ix in g.columns(ox) {
                        dx[g.x(c, iy, ix)] += slope;
                    }
                }
            }
        }
    }
}
