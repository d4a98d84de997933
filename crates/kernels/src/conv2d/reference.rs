//! The loops that define convolution, one sample.

use toddle_lanes::{Float, LANES, tree_sum};

use super::Geometry;

/// `y[k,oy,ox] = b[k] + Σ c,r,s  w[r,s,c,k] · x[c, oy+r, ox+s]`
pub fn forward<T: Float>(g: &Geometry, x: &[T], w: &[T], b: &[T], y: &mut [T]) {
    for k in 0..g.filters {
        for oy in 0..g.out_height() {
            for ox in 0..g.out_width() {
                let mut sum = b[k];
                for c in 0..g.channels {
                    for r in 0..g.kernel.0 {
                        for s in 0..g.kernel.1 {
                            sum = w[g.w(r, s, c, k)].mul_add(x[g.x(c, oy + r, ox + s)], sum);
                        }
                    }
                }
                y[g.y(k, oy, ox)] = sum;
            }
        }
    }
}

/// `dx[c,iy,ix] = Σ k,r,s  w[r,s,c,k] · dy[k, iy−r, ix−s]`, over those taps that lie inside `dy`.
pub fn backward_input<T: Float>(g: &Geometry, w: &[T], dy: &[T], dx: &mut [T]) {
    for c in 0..g.channels {
        for iy in 0..g.height {
            for ix in 0..g.width {
                let mut sum = T::ZERO;
                for k in 0..g.filters {
                    for r in g.rows_reaching(iy) {
                        for s in g.columns_reaching(ix) {
                            sum = w[g.w(r, s, c, k)].mul_add(dy[g.y(k, iy - r, ix - s)], sum);
                        }
                    }
                }
                dx[g.x(c, iy, ix)] = sum;
            }
        }
    }
}

/// `dw[r,s,c,k] += Σ oy,ox  dy[k,oy,ox] · x[c, oy+r, ox+s]` and `db[k] += Σ oy,ox dy[k,oy,ox]`.
///
/// One sample's part of a block's leaf: the leaf adds the sixteen samples' sums by
/// [`tree_sum`].
pub fn backward_weights<T: Float>(g: &Geometry, x: &[T], dy: &[T], dw: &mut [T], db: &mut [T]) {
    for k in 0..g.filters {
        for c in 0..g.channels {
            for r in 0..g.kernel.0 {
                for s in 0..g.kernel.1 {
                    let mut sum = T::ZERO;
                    for oy in 0..g.out_height() {
                        for ox in 0..g.out_width() {
                            sum = dy[g.y(k, oy, ox)].mul_add(x[g.x(c, oy + r, ox + s)], sum);
                        }
                    }
                    dw[g.w(r, s, c, k)] += sum;
                }
            }
        }
        let mut sum = T::ZERO;
        for oy in 0..g.out_height() {
            for ox in 0..g.out_width() {
                sum += dy[g.y(k, oy, ox)];
            }
        }
        db[k] += sum;
    }
}

/// The same sums in the order that suits one sample: sixteen partial sums, the output's column `ox` in number
/// `ox mod 16`, then [`tree_sum`]. Rows count as padded with zeros to a multiple of sixteen columns.
pub fn backward_weights_row<T: Float>(g: &Geometry, x: &[T], dy: &[T], dw: &mut [T], db: &mut [T]) {
    let padded = 0..g.out_width().next_multiple_of(LANES);
    for k in 0..g.filters {
        let dy_at = |oy, ox| if ox < g.out_width() { dy[g.y(k, oy, ox)] } else { T::ZERO };
        for c in 0..g.channels {
            for r in 0..g.kernel.0 {
                for s in 0..g.kernel.1 {
                    let x_at = |oy, ox| if ox < g.out_width() { x[g.x(c, oy + r, ox + s)] } else { T::ZERO };
                    let mut sums = [T::ZERO; LANES];
                    for oy in 0..g.out_height() {
                        for ox in padded.clone() {
                            sums[ox % LANES] = dy_at(oy, ox).mul_add(x_at(oy, ox), sums[ox % LANES]);
                        }
                    }
                    dw[g.w(r, s, c, k)] += tree_sum(sums);
                }
            }
        }
        let mut sums = [T::ZERO; LANES];
        for oy in 0..g.out_height() {
            for ox in padded.clone() {
                sums[ox % LANES] += dy_at(oy, ox);
            }
        }
        db[k] += tree_sum(sums);
    }
}
