//! The patches that tiles read, transformed.

use toddle_lanes::{Float, LANES, Part, Simd, array};

use super::grid::{Grid, Line, Place};
use super::transform::{PAIRS, of_pair, patch_line, patch_row};
use crate::Lane;

/// The destination of transformed patches.
pub trait To<T> {
    /// One of the needed elements of the transformed patch of a plane at a place.
    fn element(&mut self, plane: usize, place: usize, element: usize) -> &mut Lane<T>;
}

/// Transforms the patches of `places` in all planes of `from`. A transformed patch has four by four elements. This
/// function computes `ROWS` of the rows, from row `FIRST` on.
#[inline(always)]
pub fn transformed<S: Simd, const FIRST: usize, const ROWS: usize>(
    simd: S,
    grid: &Grid,
    places: &[Place],
    from: &[S::T],
    to: &mut (impl To<S::T> + ?Sized),
) {
    let mut first = 0;
    for places in places.chunk_by(Place::is_beside) {
        for (plane, from) in from.chunks_exact(grid.from).enumerate() {
            let lines: [Line<'_, S::T>; 4] = array!(|r| match is_read::<FIRST, ROWS>(r) {
                true => grid.line(from, places, r),
                false => Line::OUTSIDE,
            });
            for part in simd.parts() {
                // Neighbouring patches have two columns in common.
                let mut common =
                    [column::<_, FIRST, ROWS>(part, &lines, 0), column::<_, FIRST, ROWS>(part, &lines, 1)];
                for n in 0..places.len() {
                    let new = [
                        column::<_, FIRST, ROWS>(part, &lines, 2 * n + 2),
                        column::<_, FIRST, ROWS>(part, &lines, 2 * n + 3),
                    ];
                    for i in 0..ROWS {
                        let row = patch_line([common[0][i], common[1][i], new[0][i], new[1][i]]);
                        for j in 0..4 {
                            part.store(row[j], to.element(plane, first + n, i * 4 + j));
                        }
                    }
                    common = new;
                }
            }
        }
        first += places.len();
    }
}

/// Column `j` of the lines, transformed along the column.
#[inline(always)]
fn column<P: Part, const FIRST: usize, const ROWS: usize>(
    part: P,
    lines: &[Line<'_, P::T>; 4],
    j: usize,
) -> [P::R; ROWS] {
    let outside = [P::T::ZERO; LANES];
    let x: [_; 4] = array!(|r| part.load(lines[r].get(j).unwrap_or(&outside)));
    array!(|i| of_pair(FIRST + i, x[PAIRS[FIRST + i].0], x[PAIRS[FIRST + i].1]))
}

/// Whether row `r` of a patch is needed for the `ROWS` rows from row `FIRST` on.
#[inline(always)]
fn is_read<const FIRST: usize, const ROWS: usize>(r: usize) -> bool {
    PAIRS[FIRST..FIRST + ROWS].iter().any(|(one, other)| *one == r || *other == r)
}

/// Transforms the patches of `places` in all planes of `from`. The planes lie in combs, whose rows have `pitch`
/// elements.
#[inline(always)]
pub fn transformed_combs<S: Simd>(
    simd: S,
    grid: &Grid,
    pitch: usize,
    places: &[Place],
    from: &[S::T],
    to: &mut (impl To<S::T> + ?Sized),
) {
    for (plane, from) in from.chunks_exact(grid.from).enumerate() {
        for (n, place) in places.iter().enumerate() {
            let patch = grid.combed_patch(pitch, from, place);
            for part in simd.parts() {
                for i in 0..4 {
                    let row = patch_row(i, array!(|r| array!(|s| part.load(patch[r][s]))));
                    for j in 0..4 {
                        part.store(row[j], to.element(plane, n, i * 4 + j));
                    }
                }
            }
        }
    }
}
