//! What tiles read, transformed.

use toddle_lanes::{Float, LANES, Part, Simd, array};

use super::grid::{Grid, Place};
use super::transform;
use crate::Lane;

/// The most places at a time.
const MOST: usize = 6;

/// Transforms the patches of `places` in all the planes of `from`, to `ROWS` rows from `FIRST` on of the four by four numbers
/// that come out. Each of these numbers has an equal part of `to`, in which all places of a plane are neighbours.
#[inline(always)]
pub fn transformed<S: Simd, const FIRST: usize, const ROWS: usize, const COMBED: bool>(
    simd: S,
    grid: &Grid,
    places: &[Place],
    from: &[S::T],
    to: &mut [Lane<S::T>],
) {
    let mut around = [[[[S::T::ZERO; LANES]; 4]; 4]; MOST];
    for (plane, from) in from.chunks_exact(grid.from).enumerate() {
        for (n, place) in places.iter().enumerate() {
            let at = plane * places.len() + n;
            if COMBED || place.inside() {
                let patch = grid.inner_patch::<S::T, COMBED>(from, place);
                one::<_, FIRST, ROWS>(simd, &patch, to, at);
            } else {
                let patch = &mut around[n];
                grid.outer_patch(from, place, patch);
                one::<_, FIRST, ROWS>(simd, &array!(|i| array!(|j| &patch[i][j])), to, at);
            }
        }
    }
}

/// Transforms one patch, whose numbers go to `at` in their parts of `to`.
#[inline(always)]
fn one<S: Simd, const FIRST: usize, const ROWS: usize>(
    simd: S,
    patch: &[[&Lane<S::T>; 4]; 4],
    to: &mut [Lane<S::T>],
    at: usize,
) {
    let apart = to.len() / (4 * ROWS);
    for part in simd.parts() {
        let mut numbers = to.chunks_exact_mut(apart);
        for i in FIRST..FIRST + ROWS {
            let row = transform::patch_row(i, array!(|r| array!(|s| part.load(patch[r][s]))));
            for j in 0..4 {
                part.store(row[j], &mut numbers.next().expect("a part for each number")[at]);
            }
        }
    }
}
