//! An image of one sample as combs.
//!
//! ```text
//!     an image                  two of its combs
//!
//!     a b a b a b a b           a a a a       b b b b
//!     c d c d c d c d           a a a a       b b b b
//!     a b a b a b a b
//!     c d c d c d c d
//! ```
//!
//! A *comb* of an image is every second element of every second row, from some place on. For neighbouring tiles, the
//! elements (i, j) of their patches are side by side in one comb. This comb begins with row i and column j of the first
//! patch. Rows i and i + 2 are in the same comb, one row apart. So the image is first copied into eight combs, with
//! zeros around it. The output is written to four combs.

use core::ops::Range;

use toddle_lanes::{Float, LANES};

use super::{Direction, Side};

/// The sizes of combs.
#[derive(Clone, Copy, Debug)]
pub struct Combs {
    /// Elements of a row, one for each tile.
    pub pitch: usize,
    /// Elements of a comb that is read, and of a comb that is written.
    pub from: usize,
    pub to: usize,
}

impl Combs {
    pub fn new(direction: &Direction) -> Self {
        let pitch = direction.columns.tiles();
        let to = (direction.rows.tiles() * pitch).next_multiple_of(LANES);
        // The last tile reads one row more.
        Combs { pitch, from: (to + pitch).next_multiple_of(LANES), to }
    }

    /// Copies a plane to its eight combs.
    pub fn comb<T: Float>(&self, direction: &Direction, from: &[T], to: &mut [T]) {
        let Combs { pitch, from: size, .. } = *self;
        let Direction { rows, columns, .. } = *direction;
        let inside = columns.pairs_inside();
        for (i, to) in to.chunks_exact_mut(4 * size).enumerate() {
            let (first, second) = to.split_at_mut(2 * size);
            let (even, odd) = first.split_at_mut(size);
            // The third and fourth columns of a patch are the first and second columns of the next patch.
            let (next_even, next_odd) = second.split_at_mut(size);
            let next = next_even.chunks_mut(pitch).zip(next_odd.chunks_mut(pitch));
            let tiles = even.chunks_mut(pitch).zip(odd.chunks_mut(pitch)).zip(next).enumerate();
            for (tile, ((even, odd), (next_even, next_odd))) in tiles {
                let row = usize::try_from(rows.first(tile) + i as isize).ok().filter(|row| *row < rows.from);
                let Some(row) = row.filter(|_| even.len() == pitch) else {
                    [even, odd, next_even, next_odd].into_iter().for_each(|comb| comb.fill(T::ZERO));
                    continue;
                };
                let line = &from[row * columns.from..][..columns.from];
                let at =
                    |place: isize| usize::try_from(place).ok().and_then(|place| line.get(place)).copied();
                let pair = |tile| [0, 1].map(|j| at(columns.first(tile) + j).unwrap_or(T::ZERO));
                for tile in (0..inside.start).chain(inside.end..pitch) {
                    [even[tile], odd[tile]] = pair(tile);
                }
                if !inside.is_empty() {
                    let pairs = line[columns.first(inside.start) as usize..].as_chunks::<2>().0;
                    let inside = even[inside.clone()].iter_mut().zip(&mut odd[inside.clone()]);
                    for ((even, odd), pair) in inside.zip(pairs) {
                        [*even, *odd] = *pair;
                    }
                }
                next_even[..pitch - 1].copy_from_slice(&even[1..]);
                next_odd[..pitch - 1].copy_from_slice(&odd[1..]);
                [next_even[pitch - 1], next_odd[pitch - 1]] = pair(pitch);
            }
        }
    }

    /// Copies a plane from its four combs.
    pub fn whole<T: Float>(&self, direction: &Direction, from: &[T], to: &mut [T]) {
        let Combs { pitch, to: size, .. } = *self;
        for (row, to) in to.chunks_exact_mut(direction.columns.to).enumerate() {
            let (even, odd) = from[row % 2 * 2 * size..][..2 * size].split_at(size);
            let (even, odd) = (&even[row / 2 * pitch..][..pitch], &odd[row / 2 * pitch..][..pitch]);
            let (pairs, last) = to.as_chunks_mut::<2>();
            for ((pair, even), odd) in pairs.iter_mut().zip(even).zip(odd) {
                *pair = [*even, *odd];
            }
            if let [last] = last {
                *last = even[pairs.len()];
            }
        }
    }
}

impl Side {
    /// The tiles whose patches have their first two places inside.
    fn pairs_inside(&self) -> Range<usize> {
        let tile = |place: isize| (place.max(0) as usize).min(self.tiles());
        let start = tile((self.before + 1).div_euclid(2));
        start..tile((self.from as isize + self.before).div_euclid(2)).max(start)
    }
}
