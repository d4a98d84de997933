//! The matrices of F(2×2, 3×3), along one axis and along both.
//!
//! ```text
//!       ⎡ 1   0   0 ⎤        ⎡ 1   0  −1   0 ⎤        ⎡ 1   1   1   0 ⎤
//!   G = ⎢ ½   ½   ½ ⎥   Bᵀ = ⎢ 0   1   1   0 ⎥   Aᵀ = ⎣ 0   1  −1  −1 ⎦
//!       ⎢ ½  −½   ½ ⎥        ⎢ 0  −1   1   0 ⎥
//!       ⎣ 0   0   1 ⎦        ⎣ 0   1   0  −1 ⎦
//! ```

use toddle_lanes::{Float, Real, array};

/// `G w Gᵀ`
#[inline(always)]
pub fn window<R: Real>(w: [[R; 3]; 3]) -> [[R; 4]; 4] {
    let rows: [[R; 4]; 3] = array!(|r| window_line(w[r]));
    let columns: [[R; 4]; 4] = array!(|s| window_line([rows[0][s], rows[1][s], rows[2][s]]));
    transposed(columns)
}

#[inline(always)]
fn window_line<R: Real>([a, b, c]: [R; 3]) -> [R; 4] {
    let half = a.splat(R::Scalar::from_f64(0.5));
    [a, half * ((a + c) + b), half * ((a + c) - b), c]
}

/// Which two of four numbers each number of `Bᵀ x` is of: their difference, or their sum for number 1.
pub const PAIRS: [(usize, usize); 4] = [(0, 2), (1, 2), (2, 1), (1, 3)];

/// Number `n` of `Bᵀ x`, of the two that [`PAIRS`] says.
#[inline(always)]
pub fn of_pair<R: Real>(n: usize, (a, b): (R, R)) -> R {
    if n == 1 { a + b } else { a - b }
}

/// `Bᵀ x`
#[inline(always)]
pub fn patch_line<R: Real>(x: [R; 4]) -> [R; 4] {
    array!(|n| of_pair(n, (x[PAIRS[n].0], x[PAIRS[n].1])))
}

/// `Bᵀ x B`: down the columns first, then along the rows.
#[inline(always)]
pub fn patch<R: Real>(x: [[R; 4]; 4]) -> [[R; 4]; 4] {
    array!(|i| patch_line(array!(|j| of_pair(i, (x[PAIRS[i].0][j], x[PAIRS[i].1][j])))))
}

/// `Aᵀ m`
#[inline(always)]
pub fn tile_line<R: Real>([a, b, c, d]: [R; 4]) -> [R; 2] {
    [(a + b) + c, (b - c) - d]
}

/// `Aᵀ m A`: down the columns first, then along the rows.
#[inline(always)]
pub fn tile<R: Real>(m: [[R; 4]; 4]) -> [[R; 2]; 2] {
    let columns: [[R; 2]; 4] = array!(|j| tile_line([m[0][j], m[1][j], m[2][j], m[3][j]]));
    array!(|i| tile_line(array!(|j| columns[j][i])))
}

#[inline(always)]
fn transposed<R: Copy>(of: [[R; 4]; 4]) -> [[R; 4]; 4] {
    array!(|r| array!(|s| of[s][r]))
}
