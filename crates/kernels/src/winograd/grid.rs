//! Where tiles are in memory: sixteen of them in each vector, either one tile of sixteen samples or sixteen tiles of one
//! sample.

use std::ops::Range;

use toddle_lanes::{LANES, array};

use super::{Side, Way};
use crate::Lane;

/// Vectors of tiles in rows and columns, and where in memory they read and write.
#[derive(Clone, Copy, Debug)]
pub struct Grid {
    rows: Side,
    columns: Side,
    /// Numbers in a plane that is read, and in one that is written.
    pub from: usize,
    pub to: usize,
    /// Zero where numbers lie one behind the other, each of sixteen samples. Else they are one sample's and lie in combs, as
    /// `row.rs` makes them, whose rows have so many numbers.
    pitch: usize,
}

/// One vector of tiles.
#[derive(Clone, Debug)]
pub struct Place {
    /// Which row of tiles it is in.
    row: usize,
    /// Which rows of the patch are inside the image.
    rows: Range<usize>,
    /// The column of the image that the patch begins with, and where in memory it begins, be that inside or not.
    left: isize,
    from: isize,
    /// How many rows and columns of the tile are inside the result, and where it begins.
    pub height: usize,
    pub width: usize,
    to: usize,
}

impl Place {
    /// Whether `next`, the next place, is in the same row of tiles.
    #[inline(always)]
    pub fn is_beside(&self, next: &Place) -> bool {
        self.row == next.row
    }
}

/// Some neighbours of a line that is read; what lies outside the image is zero.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a, T> {
    /// Those that are inside, and how many are missing before them.
    numbers: &'a [Lane<T>],
    missing: usize,
}

impl<'a, T> Line<'a, T> {
    /// A line of which nothing is inside.
    pub const OUTSIDE: Self = Line { numbers: &[], missing: 0 };

    /// Number `n`, if it is inside.
    #[inline(always)]
    pub fn get(&self, n: usize) -> Option<&'a Lane<T>> {
        self.numbers.get(n.wrapping_sub(self.missing))
    }
}

impl Grid {
    /// Each tile of sixteen samples, whose planes lie as they always do.
    pub fn of_samples(way: &Way) -> Grid {
        let Way { rows, columns, .. } = *way;
        let (from, to) = (rows.from * columns.from, rows.to * columns.to);
        Grid { rows, columns, from: from * LANES, to: to * LANES, pitch: 0 }
    }

    /// All tiles of one sample, sixteen neighbours in each vector, `pitch` in a row: from combs of `from` numbers, to combs of
    /// `to` numbers.
    pub fn of_combs(pitch: usize, from: usize, to: usize) -> Grid {
        // An image of one row of tiles, none of which is at an edge.
        let axis = |to: usize| Side { from: to + 2, to, before: 0 };
        let (rows, columns) = (axis(2), axis(2 * to / LANES));
        Grid { rows, columns, from: 8 * from, to: 4 * to, pitch }
    }

    /// Whether planes lie in combs.
    #[inline(always)]
    pub fn combed(&self) -> bool {
        self.pitch > 0
    }

    /// How many vectors of tiles there are.
    #[inline(always)]
    pub fn places(&self) -> usize {
        self.rows.tiles() * self.columns.tiles()
    }

    /// The `n`th of them, row by row.
    #[inline(always)]
    pub fn place(&self, n: usize) -> Place {
        let (row, column) = (n / self.columns.tiles(), n % self.columns.tiles());
        let (top, left) = (self.rows.first(row), self.columns.first(column));
        let (from, to) = if self.combed() {
            ((column * LANES) as isize, column * LANES)
        } else {
            let (from, to) = (top * self.columns.from as isize + left, 2 * (row * self.columns.to + column));
            (from * LANES as isize, to * LANES)
        };
        Place {
            row,
            rows: self.rows.inside(top, 4),
            left,
            from,
            height: 2.min(self.rows.to - 2 * row),
            width: 2.min(self.columns.to - 2 * column),
            to,
        }
    }

    /// Row `i` of the patches at places side by side: two new numbers for each, behind two.
    #[inline(always)]
    pub fn line<'a, T>(&self, plane: &'a [T], places: &[Place], i: usize) -> Line<'a, T> {
        let place = &places[0];
        let columns = self.columns.inside(place.left, 2 * places.len() + 2);
        if columns.is_empty() || !place.rows.contains(&i) {
            return Line::OUTSIDE;
        }
        let at = place.from + ((i * self.columns.from + columns.start) * LANES) as isize;
        let numbers = &plane[at as usize..][..columns.len() * LANES];
        Line { numbers: numbers.as_chunks().0, missing: columns.start }
    }

    /// The patch at a place of a plane of combs, where nothing is outside.
    #[inline(always)]
    pub fn combed_patch<'a, T>(&self, plane: &'a [T], place: &Place) -> [[&'a Lane<T>; 4]; 4] {
        array!(|i| self.combed_line(plane, place, i))
    }

    /// Asks for what the patches of some neighbouring places, of which `place` is the first, have in a plane beyond those above
    /// them and to the left.
    #[inline(always)]
    pub fn ask_for_patches<T>(&self, plane: &[T], place: &Place, places: usize, ask: impl Fn(&T)) {
        let row = self.columns.from * LANES;
        ask_for_lines(plane, place.from + (2 * row + 2 * LANES) as isize, row, places, ask);
    }

    /// Asks for their tiles.
    #[inline(always)]
    pub fn ask_for_tiles<T>(&self, plane: &[T], place: &Place, places: usize, ask: impl Fn(&T)) {
        ask_for_lines(plane, place.to as isize, self.columns.to * LANES, places, ask);
    }

    /// Row `i` of it.
    #[inline(always)]
    fn combed_line<'a, T>(&self, plane: &'a [T], place: &Place, i: usize) -> [&'a Lane<T>; 4] {
        let (size, at) = (self.from / 8, place.from as usize + i / 2 * self.pitch);
        let combs = &plane[i % 2 * 4 * size..][..4 * size];
        array!(|j| combs[j * size + at..].first_chunk().expect("a patch is in its plane"))
    }

    /// A number of a tile of `planes`, each of sixteen samples as the grid writes them, if there is one.
    #[inline(always)]
    pub fn tile_number<'a, T>(
        &self,
        planes: &'a [Lane<T>],
        plane: usize,
        place: &Place,
        i: usize,
        j: usize,
    ) -> Option<&'a Lane<T>> {
        let at = (plane * self.to + place.to) / LANES + i * self.columns.to + j;
        planes.get(at).filter(|_| i < place.height && j < place.width)
    }

    /// Where a number of a tile is written, in its plane.
    #[inline(always)]
    pub fn written<'a, T>(&self, plane: &'a mut [T], place: &Place, i: usize, j: usize) -> &'a mut Lane<T> {
        let at = if self.combed() { (i * 2 + j) * (self.to / 4) } else { (i * self.columns.to + j) * LANES };
        plane[place.to + at..].first_chunk_mut().expect("a tile's number is in its plane")
    }
}

/// Asks for two rows of two columns for each place, from `at` on, as far as the plane has them.
#[inline(always)]
fn ask_for_lines<T>(plane: &[T], at: isize, row: usize, places: usize, ask: impl Fn(&T)) {
    for at in [at, at + row as isize] {
        let numbers = usize::try_from(at).ok().and_then(|at| plane.get(at..at + 2 * places * LANES));
        if let Some(numbers) = numbers {
            numbers.iter().step_by(LANES).for_each(&ask);
        }
    }
}
