//! The loops that define convolution, one sample.

use toddle_lanes::{Float, LANES, tree_sum};

use super::Geometry;

/// `y[k,oy,ox] = b[k] + Σ c,r,s  w[r,s,c,k] · x[c, oy·t+r·d−p, ox·t+s·d−p]`, over the taps that lie inside `x`. Without
/// `b` the sum begins from zero.
#[inline(always)]
pub fn forward<T: Float>(g: &Geometry, x: &[T], w: &[T], b: Option<&[T]>, y: &mut [T]) {
    for k in 0..g.filters {
        for oy in 0..g.rows.output {
            for ox in 0..g.columns.output {
                let mut sum = b.map_or(T::ZERO, |b| b[k]);
                for (c, channel) in g.channels_of(k).enumerate() {
                    for r in 0..g.rows.kernel {
                        let Some(iy) = g.rows.read(oy, r) else { continue };
                        for s in 0..g.columns.kernel {
                            let Some(ix) = g.columns.read(ox, s) else { continue };
                            sum = w[g.w(r, s, c, k)].mul_add(x[g.x(channel, iy, ix)], sum);
                        }
                    }
                }
                y[g.y(k, oy, ox)] = sum;
            }
        }
    }
}

/// `dx[c,iy,ix] = Σ k,r,s  w[r,s,c,k] · dy[k,oy,ox]`, over the taps that read row `iy` and column `ix` for some `oy`
/// and `ox`. If a transposed convolution has a bias, the sum begins from `b[c]`.
#[inline(always)]
pub fn backward_input<T: Float>(g: &Geometry, w: &[T], dy: &[T], b: Option<&[T]>, dx: &mut [T]) {
    for channel in 0..g.channels {
        let c = channel % g.group_channels();
        for iy in 0..g.rows.input {
            for ix in 0..g.columns.input {
                let mut sum = b.map_or(T::ZERO, |b| b[channel]);
                for k in g.filters_of(channel) {
                    for r in 0..g.rows.kernel {
                        let Some(oy) = g.rows.reader(iy, r) else { continue };
                        for s in 0..g.columns.kernel {
                            let Some(ox) = g.columns.reader(ix, s) else { continue };
                            sum = w[g.w(r, s, c, k)].mul_add(dy[g.y(k, oy, ox)], sum);
                        }
                    }
                }
                dx[g.x(channel, iy, ix)] = sum;
            }
        }
    }
}

/// `dw[r,s,c,k] += Σ oy,ox  dy[k,oy,ox] · x[c, oy·t+r·d−p, ox·t+s·d−p]`, over the pixels for which the tap lies inside
/// `x`.
///
/// The part of one sample in the leaf of a block. The leaf adds the sums of the sixteen samples by [`tree_sum`].
pub fn backward_weights<T: Float>(g: &Geometry, x: &[T], dy: &[T], dw: &mut [T]) {
    for k in 0..g.filters {
        for (c, channel) in g.channels_of(k).enumerate() {
            for r in 0..g.rows.kernel {
                for s in 0..g.columns.kernel {
                    let mut sum = T::ZERO;
                    for oy in 0..g.rows.output {
                        let Some(iy) = g.rows.read(oy, r) else { continue };
                        for ox in 0..g.columns.output {
                            let Some(ix) = g.columns.read(ox, s) else { continue };
                            sum = dy[g.y(k, oy, ox)].mul_add(x[g.x(channel, iy, ix)], sum);
                        }
                    }
                    dw[g.w(r, s, c, k)] += sum;
                }
            }
        }
    }
}

/// The sums of [`backward_weights`] in the order for one sample: sixteen partial sums, then [`tree_sum`]. Column `ox`
/// of the output is added to partial sum `ox mod 16`.
#[inline(always)]
pub fn backward_weights_row<T: Float>(g: &Geometry, x: &[T], dy: &[T], dw: &mut [T]) {
    for k in 0..g.filters {
        for (c, channel) in g.channels_of(k).enumerate() {
            for r in 0..g.rows.kernel {
                for s in 0..g.columns.kernel {
                    let mut sums = [T::ZERO; LANES];
                    for oy in 0..g.rows.output {
                        let Some(iy) = g.rows.read(oy, r) else { continue };
                        for ox in 0..g.columns.output {
                            let Some(ix) = g.columns.read(ox, s) else { continue };
                            sums[ox % LANES] =
                                dy[g.y(k, oy, ox)].mul_add(x[g.x(channel, iy, ix)], sums[ox % LANES]);
                        }
                    }
                    dw[g.w(r, s, c, k)] += tree_sum(sums);
                }
            }
        }
    }
}

/// `db[k] += Σ oy,ox  dy[k,oy,ox]`, for planes of `plane` elements.
///
/// The part of one sample in the leaf of a block, as in [`backward_weights`].
pub fn backward_bias<T: Float>(plane: usize, dy: &[T], db: &mut [T]) {
    for (db, dy) in db.iter_mut().zip(dy.chunks_exact(plane)) {
        let mut sum = T::ZERO;
        for dy in dy {
            sum += *dy;
        }
        *db += sum;
    }
}

/// The sums of [`backward_bias`] in the order for one sample: sixteen partial sums, then [`tree_sum`]. The rows of a
/// plane have `width` elements. Column `ox` is added to partial sum `ox mod 16`.
pub fn backward_bias_row<T: Float>(plane: usize, width: usize, dy: &[T], db: &mut [T]) {
    for (db, dy) in db.iter_mut().zip(dy.chunks_exact(plane)) {
        let mut sums = [T::ZERO; LANES];
        for row in dy.chunks_exact(width) {
            for (ox, dy) in row.iter().enumerate() {
                sums[ox % LANES] += *dy;
            }
        }
        *db += tree_sum(sums);
    }
}
