//! What tiles read, transformed.

use toddle_lanes::{Float, LANES, Part, Simd, array};

use super::grid::{Grid, Place};
use super::transform;
use crate::Lane;

/// The most places at a time.
const MOST: usize = 4;

/// Where transformed patches go.
pub trait To<T> {
    /// Of a plane's patch at a place, one of the numbers that are wanted.
    fn number(&mut self, plane: usize, place: usize, number: usize) -> &mut Lane<T>;
}

/// Transforms the patches of `places` in all the planes of `from`: `ROWS` rows from `FIRST` on of the four by four numbers that
/// come out.
#[inline(always)]
pub fn transformed<S: Simd, const FIRST: usize, const ROWS: usize, const COMBED: bool>(
    simd: S,
    grid: &Grid,
    places: &[Place],
    from: &[S::T],
    to: &mut (impl To<S::T> + ?Sized),
) {
    let mut around = [[[[S::T::ZERO; LANES]; 4]; 4]; MOST];
    for (plane, from) in from.chunks_exact(grid.from).enumerate() {
        for (n, place) in places.iter().enumerate() {
            let patch: [[&Lane<S::T>; 4]; 4] = if COMBED || place.inside() {
                grid.inner_patch::<S::T, COMBED>(from, place)
            } else {
                let patch = &mut around[n];
                grid.outer_patch(from, place, patch);
                array!(|i| array!(|j| &patch[i][j]))
            };
            one::<_, FIRST, ROWS>(simd, &patch, to, plane, n);
        }
    }
}

/// Transforms the patch of a plane at a place.
#[inline(always)]
fn one<S: Simd, const FIRST: usize, const ROWS: usize>(
    simd: S,
    patch: &[[&Lane<S::T>; 4]; 4],
    to: &mut (impl To<S::T> + ?Sized),
    plane: usize,
    place: usize,
) {
    for part in simd.parts() {
        for i in 0..ROWS {
            let row = transform::patch_row(FIRST + i, array!(|r| array!(|s| part.load(patch[r][s]))));
            for j in 0..4 {
                part.store(row[j], to.number(plane, place, i * 4 + j));
            }
        }
    }
}
