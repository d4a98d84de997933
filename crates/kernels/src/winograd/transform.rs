//! The matrices of F(2×2, 3×3), along one axis and along both.
//!
//! ```text
//!       ⎡ 1   0   0 ⎤        ⎡ 1   0  −1   0 ⎤        ⎡ 1   1   1   0 ⎤
//!   G = ⎢ ½   ½   ½ ⎥   Bᵀ = ⎢ 0   1   1   0 ⎥   Aᵀ = ⎣ 0   1  −1  −1 ⎦
//!       ⎢ ½  −½   ½ ⎥        ⎢ 0  −1   1   0 ⎥
//!       ⎣ 0   0   1 ⎦        ⎣ 0   1   0  −1 ⎦
//! ```

use toddle_lanes::{Float, Real, array};

/// `G w Gᵀ`: first along the columns, then along the rows.
#[inline(always)]
pub fn window<R: Real>(w: [[R; 3]; 3]) -> [[R; 4]; 4] {
    let columns: [[R; 4]; 3] = array!(|j| window_line([w[0][j], w[1][j], w[2][j]]));
    array!(|i| window_line(array!(|j| columns[j][i])))
}

#[inline(always)]
fn window_line<R: Real>([a, b, c]: [R; 3]) -> [R; 4] {
    let half = a.splat(R::Scalar::from_f64(0.5));
    [a, half * ((a + c) + b), half * ((a + c) - b), c]
}

/// The two elements of `x` from which each element of `Bᵀ x` is computed.
pub const PAIRS: [(usize, usize); 4] = [(0, 2), (1, 2), (2, 1), (1, 3)];

/// Element `n` of `Bᵀ x`, from the two elements of [`PAIRS`]: their sum for element 1, else their difference.
#[inline(always)]
pub fn of_pair<R: Real>(n: usize, one: R, other: R) -> R {
    if n == 1 { one + other } else { one - other }
}

/// `Bᵀ x`
#[inline(always)]
pub fn patch_line<R: Real>(x: [R; 4]) -> [R; 4] {
    array!(|n| of_pair(n, x[PAIRS[n].0], x[PAIRS[n].1]))
}

/// Row `i` of `Bᵀ x B`: first along the columns, then along the row.
#[inline(always)]
pub fn patch_row<R: Real>(i: usize, x: [[R; 4]; 4]) -> [R; 4] {
    let (one, other) = PAIRS[i];
    patch_line(array!(|j| of_pair(i, x[one][j], x[other][j])))
}

/// `Bᵀ x B`
pub fn patch<R: Real>(x: [[R; 4]; 4]) -> [[R; 4]; 4] {
    array!(|i| patch_row(i, x))
}

/// `A y`: the transpose of [`tile_line`].
#[inline(always)]
pub fn tile_gradient_line<R: Real>([a, b]: [R; 2]) -> [R; 4] {
    [a, a + b, a - b, -b]
}

/// `A y Aᵀ`: first along the columns, then along the rows.
#[inline(always)]
pub fn tile_gradient<R: Real>(y: [[R; 2]; 2]) -> [[R; 4]; 4] {
    let columns: [[R; 4]; 2] = array!(|j| tile_gradient_line([y[0][j], y[1][j]]));
    array!(|i| tile_gradient_line([columns[0][i], columns[1][i]]))
}

/// `Gᵀ u G`: first along the columns, then along the rows.
#[inline(always)]
pub fn window_gradient<R: Real>(u: [[R; 4]; 4]) -> [[R; 3]; 3] {
    let columns: [[R; 3]; 4] = array!(|j| window_gradient_line([u[0][j], u[1][j], u[2][j], u[3][j]]));
    array!(|i| window_gradient_line(array!(|j| columns[j][i])))
}

#[inline(always)]
fn window_gradient_line<R: Real>([a, b, c, d]: [R; 4]) -> [R; 3] {
    let half = a.splat(R::Scalar::from_f64(0.5));
    [half * (b + c) + a, half * (b - c), half * (b + c) + d]
}

/// `Aᵀ m`
#[inline(always)]
fn tile_line<R: Real>([a, b, c, d]: [R; 4]) -> [R; 2] {
    [(a + b) + c, (b - c) - d]
}

/// `Aᵀ m A`: first along the columns, then along the rows.
#[inline(always)]
pub fn tile<R: Real>(m: [[R; 4]; 4]) -> [[R; 2]; 2] {
    let columns: [[R; 2]; 4] = array!(|j| tile_line([m[0][j], m[1][j], m[2][j], m[3][j]]));
    array!(|i| tile_line(array!(|j| columns[j][i])))
}
