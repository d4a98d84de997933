//! The loops that define pooling, one sample.
//!
//! Windows are in raster order: channel by channel, row by row, each row from left to right. The cells of a window are
//! in the same order. A gradient to the input is summed in the order of the windows.

use toddle_lanes::{Float, Real};

use super::{Count, Geometry, larger};

/// `y[c,oy,ox] = max iy,ix  x[c,iy,ix]` over the cells of the window in the image. If several cells are the largest,
/// the first of them counts. If one of them is NaN, the result is NaN.
#[inline(always)]
pub fn max_forward<T: Float>(g: &Geometry, x: &[T], y: &mut [T]) {
    for c in 0..g.channels {
        for oy in 0..g.rows.output() {
            for ox in 0..g.columns.output() {
                let mut m = T::NEG_INFINITY;
                for iy in g.rows.cells(oy) {
                    for ix in g.columns.cells(ox) {
                        m = larger(m, x[g.x(c, iy, ix)]);
                    }
                }
                y[g.y(c, oy, ox)] = m;
            }
        }
    }
}

/// `dx[c,iy,ix] = Σ oy,ox  dy[c,oy,ox]` over the windows whose largest cell this cell is: the first cell in raster
/// order with `x[c,iy,ix] = y[c,oy,ox]`. In this comparison, NaN counts as ∞.
#[inline(always)]
pub fn max_backward<T: Float>(g: &Geometry, x: &[T], y: &[T], dy: &[T], dx: &mut [T]) {
    dx.fill(T::ZERO);
    for c in 0..g.channels {
        for oy in 0..g.rows.output() {
            for ox in 0..g.columns.output() {
                let m = Real::min(y[g.y(c, oy, ox)], -T::NEG_INFINITY);
                'window: for iy in g.rows.cells(oy) {
                    for ix in g.columns.cells(ox) {
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

/// `y[c,oy,ox] = (1/n) · Σ iy,ix  x[c,iy,ix]` over the cells of the window in the image. `count` gives `n`. `1/n` is
/// rounded.
#[inline(always)]
pub fn average_forward<T: Float>(g: &Geometry, count: Count, x: &[T], y: &mut [T]) {
    for c in 0..g.channels {
        for oy in 0..g.rows.output() {
            for ox in 0..g.columns.output() {
                let mut sum = T::ZERO;
                for iy in g.rows.cells(oy) {
                    for ix in g.columns.cells(ox) {
                        sum += x[g.x(c, iy, ix)];
                    }
                }
                y[g.y(c, oy, ox)] = count.share::<T>(g, oy, ox) * sum;
            }
        }
    }
}

/// `dx[c,iy,ix] = Σ oy,ox  (1/n) · dy[c,oy,ox]` over the windows that contain this cell. Each product is rounded.
#[inline(always)]
pub fn average_backward<T: Float>(g: &Geometry, count: Count, dy: &[T], dx: &mut [T]) {
    dx.fill(T::ZERO);
    for c in 0..g.channels {
        for oy in 0..g.rows.output() {
            for ox in 0..g.columns.output() {
                let share = count.share::<T>(g, oy, ox) * dy[g.y(c, oy, ox)];
                for iy in g.rows.cells(oy) {
                    for ix in g.columns.cells(ox) {
                        dx[g.x(c, iy, ix)] += share;
                    }
                }
            }
        }
    }
}
