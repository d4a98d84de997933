//! The positions of tiles in memory. A vector holds sixteen tiles: one tile of each of sixteen samples, or sixteen
//! tiles of one sample.

use std::ops::Range;

use toddle_lanes::{LANES, array};

use super::{Side, Way};
use crate::Lane;

/// Vectors of tiles in rows and columns, and the memory that they read and write.
#[derive(Clone, Copy, Debug)]
pub struct Grid {
    rows: Side,
    columns: Side,
    /// Elements of a plane that is read, and of a plane that is written.
    pub from: usize,
    pub to: usize,
    /// Zero if the elements are one after the other, each as a vector of sixteen samples. Else the elements belong to
    /// one sample and lie in combs, which `row.rs` makes. Then this is the number of elements in a row of a comb.
    pitch: usize,
}

/// One vector of tiles.
#[derive(Clone, Debug)]
pub struct Place {
    /// The row of tiles in which it is.
    row: usize,
    /// The rows of the patch that are inside the image.
    rows: Range<usize>,
    /// The first column of the patch in the image, and the position of the patch in memory. Both may lie outside.
    left: isize,
    from: isize,
    /// The rows and columns of the tile that are inside the result, and the position of the tile in memory.
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

/// Some neighbouring elements of a line that is read. Elements outside the image are zero.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a, T> {
    /// The elements that are inside the image, and the number of elements that are missing before them.
    numbers: &'a [Lane<T>],
    missing: usize,
}

impl<'a, T> Line<'a, T> {
    /// A line without an element inside the image.
    pub const OUTSIDE: Self = Line { numbers: &[], missing: 0 };

    /// Element `n`, if it is inside the image.
    #[inline(always)]
    pub fn get(&self, n: usize) -> Option<&'a Lane<T>> {
        self.numbers.get(n.wrapping_sub(self.missing))
    }
}

impl Grid {
    /// A grid for blocks: each vector is one tile of sixteen samples, and planes are in the usual order.
    pub fn of_samples(way: &Way) -> Grid {
        let Way { rows, columns, .. } = *way;
        let (from, to) = (rows.from * columns.from, rows.to * columns.to);
        Grid { rows, columns, from: from * LANES, to: to * LANES, pitch: 0 }
    }

    /// A grid for one sample: each vector is sixteen neighbouring tiles, and a row has `pitch` tiles. The tiles are
    /// read from combs of `from` elements and written to combs of `to` elements.
    pub fn of_combs(pitch: usize, from: usize, to: usize) -> Grid {
        // An image with one row of tiles. No tile is at an edge.
        let axis = |to: usize| Side { from: to + 2, to, before: 0 };
        let (rows, columns) = (axis(2), axis(2 * to / LANES));
        Grid { rows, columns, from: 8 * from, to: 4 * to, pitch }
    }

    /// Whether planes lie in combs.
    #[inline(always)]
    pub fn combed(&self) -> bool {
        self.pitch > 0
    }

    /// The number of vectors of tiles.
    #[inline(always)]
    pub fn places(&self) -> usize {
        self.rows.tiles() * self.columns.tiles()
    }

    /// Place `n`, counted row by row.
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

    /// Row `i` of the patches at neighbouring places. The first place has four elements, and each further place adds
    /// two.
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

    /// The patch at a place of a plane of combs. No element is outside.
    #[inline(always)]
    pub fn combed_patch<'a, T>(&self, plane: &'a [T], place: &Place) -> [[&'a Lane<T>; 4]; 4] {
        array!(|i| self.combed_line(plane, place, i))
    }

    /// Prefetches the patches of some neighbouring places in a plane. `place` is the first of the places. The elements
    /// that are shared with patches above and to the left are left out.
    #[inline(always)]
    pub fn ask_for_patches<T>(&self, plane: &[T], place: &Place, places: usize, ask: impl Fn(&T)) {
        let row = self.columns.from * LANES;
        ask_for_lines(plane, place.from + (2 * row + 2 * LANES) as isize, row, places, ask);
    }

    /// Prefetches the tiles of some neighbouring places. `place` is the first of the places.
    #[inline(always)]
    pub fn ask_for_tiles<T>(&self, plane: &[T], place: &Place, places: usize, ask: impl Fn(&T)) {
        ask_for_lines(plane, place.to as isize, self.columns.to * LANES, places, ask);
    }

    /// Row `i` of a patch of combs.
    #[inline(always)]
    fn combed_line<'a, T>(&self, plane: &'a [T], place: &Place, i: usize) -> [&'a Lane<T>; 4] {
        let (size, at) = (self.from / 8, place.from as usize + i / 2 * self.pitch);
        let combs = &plane[i % 2 * 4 * size..][..4 * size];
        array!(|j| combs[j * size + at..].first_chunk().expect("a patch is in its plane"))
    }

    /// One element of a tile of `planes`, if it is inside. Each element is a vector of sixteen samples, as the grid
    /// writes it.
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

    /// The position in its plane to which one element of a tile is written.
    #[inline(always)]
    pub fn written<'a, T>(&self, plane: &'a mut [T], place: &Place, i: usize, j: usize) -> &'a mut Lane<T> {
        let at = if self.combed() { (i * 2 + j) * (self.to / 4) } else { (i * self.columns.to + j) * LANES };
        plane[place.to + at..].first_chunk_mut().expect("a tile's number is in its plane")
    }
}

/// Prefetches two rows of two columns for each place, from `at` on, up to the end of the plane.
#[inline(always)]
fn ask_for_lines<T>(plane: &[T], at: isize, row: usize, places: usize, ask: impl Fn(&T)) {
    for at in [at, at + row as isize] {
        let numbers = usize::try_from(at).ok().and_then(|at| plane.get(at..at + 2 * places * LANES));
        if let Some(numbers) = numbers {
            numbers.iter().step_by(LANES).for_each(&ask);
        }
    }
}
