//! The loops that define fast convolution, one sample.

use toddle_lanes::Float;

use super::{Direction, Side, transform};
use crate::conv2d::Geometry;

/// `y[k] = Aᵀ (Σ c  G w[c,k] Gᵀ ⊙ Bᵀ x[c] B) A`, tile by tile.
///
/// The sum for the element (1, 1) of the transformed tile begins with the bias. The transform back adds this element to
/// all four elements of the tile.
pub fn forward<T: Float>(g: &Geometry, x: &[T], w: &[T], b: Option<&[T]>, y: &mut [T]) {
    let window = |k, c| core::array::from_fn(|r| core::array::from_fn(|s| w[g.w(r, s, c, k)]));
    tiles(&Direction::forward(g), x, window, b, y);
}

/// `dx[c] = Aᵀ (Σ k  G w'[c,k] Gᵀ ⊙ Bᵀ dy[k] B) A`, tile by tile, with `w'` the window turned by half a turn.
pub fn backward_input<T: Float>(g: &Geometry, w: &[T], dy: &[T], dx: &mut [T]) {
    let window = |c, k| core::array::from_fn(|r| core::array::from_fn(|s| w[g.w(2 - r, 2 - s, c, k)]));
    tiles(&Direction::backward(g), dy, window, None, dx);
}

/// The number of tiles in one chain of [`backward_weights`]. Tiles are counted row by row.
pub const TILES: usize = 4;

/// `du += Σ  Bᵀ x[c] B ⊙ A dy[k] Aᵀ`, over the tiles, and for each tile over the samples. The samples are one after the
/// other in `x` and `dy`. Every [`TILES`] tiles are one chain, which begins from zero. `du` is 16×c×k.
pub fn backward_weights<T: Float>(g: &Geometry, x: &[T], dy: &[T], du: &mut [T]) {
    let Direction { rows, columns, .. } = Direction::forward(g);
    let (samples, tiles) = (x.len() / g.inputs(), rows.tiles() * columns.tiles());
    for first in (0..tiles).step_by(TILES) {
        for c in 0..g.channels {
            for k in 0..g.filters {
                let mut sums = [[T::ZERO; 4]; 4];
                for n in first..tiles.min(first + TILES) {
                    let (row, column) = (n / columns.tiles(), n % columns.tiles());
                    for sample in 0..samples {
                        let x = &x[sample * g.inputs() + g.x(c, 0, 0)..];
                        let dy = &dy[sample * g.outputs() + g.y(k, 0, 0)..];
                        let v = transform::patch(patch(&rows, &columns, x, row, column));
                        let gradient = transform::tile_gradient(tile(g, dy, row, column));
                        for i in 0..4 {
                            for j in 0..4 {
                                sums[i][j] = v[i][j].mul_add(gradient[i][j], sums[i][j]);
                            }
                        }
                    }
                }
                for (element, sum) in sums.as_flattened().iter().enumerate() {
                    du[(element * g.channels + c) * g.filters + k] += *sum;
                }
            }
        }
    }
}

/// `dw += Gᵀ du G`: the leaf, from the `du` that was summed from zero.
pub fn backward_windows<T: Float>(g: &Geometry, du: &[T], dw: &mut [T]) {
    for c in 0..g.channels {
        for k in 0..g.filters {
            let element = |i, j| du[((i * 4 + j) * g.channels + c) * g.filters + k];
            let gradient =
                transform::window_gradient(core::array::from_fn(|i| core::array::from_fn(|j| element(i, j))));
            for r in 0..3 {
                for s in 0..3 {
                    dw[g.w(r, s, c, k)] += gradient[r][s];
                }
            }
        }
    }
}

fn tiles<T: Float>(
    direction: &Direction,
    from: &[T],
    window: impl Fn(usize, usize) -> [[T; 3]; 3],
    b: Option<&[T]>,
    to: &mut [T],
) {
    let Direction { planes, outs, rows, columns } = *direction;
    for out in 0..outs {
        for row in 0..rows.tiles() {
            for column in 0..columns.tiles() {
                let mut sums = [[T::ZERO; 4]; 4];
                sums[1][1] = b.map_or(T::ZERO, |b| b[out]);
                for plane in 0..planes {
                    let u = transform::window(window(out, plane));
                    let v = transform::patch(patch(
                        &rows,
                        &columns,
                        &from[plane * rows.from * columns.from..],
                        row,
                        column,
                    ));
                    for i in 0..4 {
                        for j in 0..4 {
                            sums[i][j] = u[i][j].mul_add(v[i][j], sums[i][j]);
                        }
                    }
                }
                let tile = transform::tile(sums);
                for i in 0..2.min(rows.to - 2 * row) {
                    for j in 0..2.min(columns.to - 2 * column) {
                        to[(out * rows.to + 2 * row + i) * columns.to + 2 * column + j] = tile[i][j];
                    }
                }
            }
        }
    }
}

/// A tile of a plane of the output. Elements outside are zero.
fn tile<T: Float>(g: &Geometry, plane: &[T], row: usize, column: usize) -> [[T; 2]; 2] {
    core::array::from_fn(|i| {
        core::array::from_fn(|j| {
            let (oy, ox) = (2 * row + i, 2 * column + j);
            let inside = oy < g.rows.output && ox < g.columns.output;
            if inside { plane[g.y(0, oy, ox)] } else { T::ZERO }
        })
    })
}

/// The patch of a plane that a tile reads. Elements outside are zero.
fn patch<T: Float>(rows: &Side, columns: &Side, plane: &[T], row: usize, column: usize) -> [[T; 4]; 4] {
    let (top, left) = (rows.first(row), columns.first(column));
    core::array::from_fn(|i| {
        core::array::from_fn(|j| {
            let inside = rows.inside(top, 4).contains(&i) && columns.inside(left, 4).contains(&j);
            let at = (top + i as isize) * columns.from as isize + left + j as isize;
            if inside { plane[at as usize] } else { T::ZERO }
        })
    })
}
