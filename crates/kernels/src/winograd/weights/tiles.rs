//! The tiles of `dy`, transformed: `A dy[k] Aᵀ`, with neighbouring filters in a vector.

use toddle_lanes::{Float, LANES, Part, Simd, array};

use crate::Lane;
use crate::winograd::grid::{Grid, Place};
use crate::winograd::transform;

/// The tiles of `dy`, sample by sample: for each tile its four elements, for each element sixteen samples, for each
/// sample all filters.
#[inline(always)]
pub fn by_sample<S: Simd>(
    simd: S,
    grid: &Grid,
    places: &[Place],
    dy: &[Lane<S::T>],
    filters: usize,
    to: &mut [S::T],
) {
    let nothing = [S::T::ZERO; LANES];
    for (place, to) in places.iter().zip(to.chunks_exact_mut(4 * LANES * filters)) {
        for (n, to) in to.chunks_exact_mut(LANES * filters).enumerate() {
            for first in (0..filters).step_by(LANES) {
                let from =
                    array!(|k| grid.tile_element(dy, first + k, place, n / 2, n % 2).unwrap_or(&nothing));
                let mut samples = to.chunks_exact_mut(filters);
                simd.transpose(
                    from,
                    core::array::from_fn(|_| {
                        let sample = samples.next().expect("sixteen samples");
                        sample[first..].first_chunk_mut().expect("filters are whole vectors")
                    }),
                );
            }
        }
    }
}

/// Row `i` of the four by four elements of transformed tiles: for each of its four elements all places, for each place
/// all samples, for each sample all filters. [`by_sample`] has prepared the tiles.
#[inline(always)]
pub fn transformed_row<S: Simd>(simd: S, i: usize, tiles: &[S::T], filters: usize, to: &mut [S::T]) {
    match i {
        0 => transformed::<_, 0>(simd, tiles, filters, to),
        1 => transformed::<_, 1>(simd, tiles, filters, to),
        2 => transformed::<_, 2>(simd, tiles, filters, to),
        _ => transformed::<_, 3>(simd, tiles, filters, to),
    }
}

#[inline(always)]
fn transformed<S: Simd, const I: usize>(simd: S, tiles: &[S::T], filters: usize, to: &mut [S::T]) {
    let (tiles, to) = (tiles.as_chunks().0, to.as_chunks_mut().0);
    let apart = to.len() / 4;
    let mut elements = to.chunks_exact_mut(apart);
    let mut elements: [_; 4] =
        core::array::from_fn(|_| elements.next().expect("four elements").chunks_exact_mut(filters));
    for tile in tiles.chunks_exact(4 * filters) {
        let tile: [&[Lane<S::T>]; 4] = array!(|n| &tile[n * filters..][..filters]);
        let to: [&mut [Lane<S::T>]; 4] = core::array::from_fn(|j| elements[j].next().expect("a place"));
        for n in 0..filters {
            for part in simd.parts() {
                let columns: [[_; 4]; 2] = array!(|j| transform::tile_gradient_line([
                    part.load(&tile[j][n]),
                    part.load(&tile[j + 2][n])
                ]));
                let row = transform::tile_gradient_line([columns[0][I], columns[1][I]]);
                for j in 0..4 {
                    part.store(row[j], &mut to[j][n]);
                }
            }
        }
    }
}
