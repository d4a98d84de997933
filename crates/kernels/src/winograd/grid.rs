//! The positions of tiles in memory.
//!
//! ```text
//!     blocks: a vector is one element of sixteen samples
//!
//!       the patches of two neighbouring places     their tiles
//!
//!       ┌───┬───┬───┬───┬───┬───┐                  ┌───┬───┬───┬───┐
//!       │ 0 │ 0 │0 1│0 1│ 1 │ 1 │                  │ 0 │ 0 │ 1 │ 1 │
//!       ├───┼───┼───┼───┼───┼───┤  4 rows          ├───┼───┼───┼───┤  2 rows
//!       │   …               …   │                  │ 0 │ 0 │ 1 │ 1 │
//!       └───┴───┴───┴───┴───┴───┘                  └───┴───┴───┴───┘
//!
//!     rows: a vector is one element of sixteen neighbouring tiles of one sample
//!
//!       element (i, j) of sixteen patches          element (i, j) of sixteen tiles
//!         = sixteen neighbours in a comb             = sixteen neighbours in a comb
//! ```
//!
//! A *place* is one vector of tiles. `combs.rs` makes combs.

use core::ops::Range;

use toddle_lanes::{LANES, array};

use super::{Direction, Side};
use crate::Lane;

/// Vectors of tiles in rows and columns, and the memory that they read and write.
#[derive(Clone, Copy, Debug)]
pub struct Grid {
    rows: Side,
    columns: Side,
    /// Elements of a plane that is read, and of a plane that is written.
    pub from: usize,
    pub to: usize,
    layout: Layout,
}

/// The order of the elements of a plane.
#[derive(Clone, Copy, Debug)]
enum Layout {
    /// Row by row; each element is a vector of sixteen samples.
    Samples,
    /// Combs of one sample, one after the other. A row of a comb has `pitch` elements.
    Combs { pitch: usize },
}

/// One vector of tiles.
#[derive(Clone, Debug)]
pub struct Place {
    /// The row of tiles in which it is.
    row: usize,
    /// The rows of the patch that are inside the image.
    rows: Range<usize>,
    /// The first column of the patch in the image. It may lie outside.
    left: isize,
    /// The position of the patch in its plane. It may lie outside.
    patch: isize,
    /// The position of the tile in its plane.
    tile: usize,
    /// The rows and columns of the tile that are inside the result.
    pub height: usize,
    pub width: usize,
}

impl Place {
    /// Whether `next`, the next place, is in the same row of tiles.
    #[inline(always)]
    pub fn is_beside(&self, next: &Place) -> bool {
        self.row == next.row
    }
}

impl Grid {
    /// A grid for blocks: each vector is one tile of sixteen samples, and planes are in the usual order.
    pub fn of_samples(direction: &Direction) -> Grid {
        let Direction { rows, columns, .. } = *direction;
        let (from, to) = (rows.from * columns.from, rows.to * columns.to);
        Grid { rows, columns, from: from * LANES, to: to * LANES, layout: Layout::Samples }
    }

    /// A grid for one sample: each vector is sixteen neighbouring tiles, and a row has `pitch` tiles. The tiles are
    /// read from combs of `from` elements and written to combs of `to` elements.
    pub fn of_combs(pitch: usize, from: usize, to: usize) -> Grid {
        // An image with one row of tiles. No tile is at an edge.
        let axis = |to: usize| Side { from: to + 2, to, before: 0 };
        let (rows, columns) = (axis(2), axis(2 * to / LANES));
        Grid { rows, columns, from: 8 * from, to: 4 * to, layout: Layout::Combs { pitch } }
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
        let (patch, tile) = match self.layout {
            Layout::Samples => {
                let patch = top * self.columns.from as isize + left;
                (patch * LANES as isize, 2 * (row * self.columns.to + column) * LANES)
            }
            Layout::Combs { .. } => ((column * LANES) as isize, column * LANES),
        };
        Place {
            row,
            rows: self.rows.inside(top, 4),
            left,
            patch,
            tile,
            height: 2.min(self.rows.to - 2 * row),
            width: 2.min(self.columns.to - 2 * column),
        }
    }

    /// The vector of `plane` to which element (i, j) of a tile is written.
    #[inline(always)]
    pub fn written<'a, T>(&self, plane: &'a mut [T], place: &Place, i: usize, j: usize) -> &'a mut Lane<T> {
        let at = match self.layout {
            Layout::Samples => (i * self.columns.to + j) * LANES,
            Layout::Combs { .. } => (i * 2 + j) * (self.to / 4),
        };
        plane[place.tile + at..].first_chunk_mut().expect("an element of a tile is in its plane")
    }

    /// The number of elements in a row of a comb, if planes lie in combs.
    #[inline(always)]
    pub fn pitch(&self) -> Option<usize> {
        match self.layout {
            Layout::Samples => None,
            Layout::Combs { pitch } => Some(pitch),
        }
    }
}

/// Patches in combs.
impl Grid {
    /// The patch at a place of a plane of combs, whose rows have `pitch` elements. No element is outside.
    #[inline(always)]
    pub fn combed_patch<'a, T>(&self, pitch: usize, plane: &'a [T], place: &Place) -> [[&'a Lane<T>; 4]; 4] {
        let comb = self.from / 8;
        array!(|i| {
            let combs = &plane[i % 2 * 4 * comb..][..4 * comb];
            let at = place.patch as usize + i / 2 * pitch;
            array!(|j| combs[j * comb + at..].first_chunk().expect("a patch is in its plane"))
        })
    }
}

/// Some neighbouring elements of a row that is read. Elements outside the image are zero.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a, T> {
    /// The elements that are inside the image, and the number of elements that are missing before them.
    elements: &'a [Lane<T>],
    missing: usize,
}

impl<'a, T> Line<'a, T> {
    /// A line without an element inside the image.
    pub const OUTSIDE: Self = Line { elements: &[], missing: 0 };

    /// Element `n`, if it is inside the image.
    #[inline(always)]
    pub fn get(&self, n: usize) -> Option<&'a Lane<T>> {
        self.elements.get(n.wrapping_sub(self.missing))
    }
}

/// Patches and tiles of samples.
impl Grid {
    /// Row `i` of the patches at neighbouring places. The first place has four elements, and each further place adds
    /// two.
    #[inline(always)]
    pub fn line<'a, T>(&self, plane: &'a [T], places: &[Place], i: usize) -> Line<'a, T> {
        let place = &places[0];
        let columns = self.columns.inside(place.left, 2 * places.len() + 2);
        if columns.is_empty() || !place.rows.contains(&i) {
            return Line::OUTSIDE;
        }
        let at = place.patch + ((i * self.columns.from + columns.start) * LANES) as isize;
        let elements = &plane[at as usize..][..columns.len() * LANES];
        Line { elements: elements.as_chunks().0, missing: columns.start }
    }

    /// Element (i, j) of a tile in plane `plane` of `planes`, if it is inside the result.
    #[inline(always)]
    pub fn tile_element<'a, T>(
        &self,
        planes: &'a [Lane<T>],
        plane: usize,
        place: &Place,
        i: usize,
        j: usize,
    ) -> Option<&'a Lane<T>> {
        let at = (plane * self.to + place.tile) / LANES + i * self.columns.to + j;
        planes.get(at).filter(|_| i < place.height && j < place.width)
    }

    /// Prefetches the patches of some neighbouring places in a plane. `place` is the first of the places. The elements
    /// that are shared with patches above and to the left are left out.
    #[inline(always)]
    pub fn prefetch_patches<T>(&self, plane: &[T], place: &Place, places: usize, prefetch: impl Fn(&T)) {
        let row = self.columns.from * LANES;
        prefetch_lines(plane, place.patch + (2 * row + 2 * LANES) as isize, row, places, prefetch);
    }

    /// Prefetches the tiles of some neighbouring places in a plane. `place` is the first of the places.
    #[inline(always)]
    pub fn prefetch_tiles<T>(&self, plane: &[T], place: &Place, places: usize, prefetch: impl Fn(&T)) {
        prefetch_lines(plane, place.tile as isize, self.columns.to * LANES, places, prefetch);
    }
}

/// Prefetches two rows of two columns for each place, from `at` on, up to the end of the plane.
#[inline(always)]
fn prefetch_lines<T>(plane: &[T], at: isize, row: usize, places: usize, prefetch: impl Fn(&T)) {
    for at in [at, at + row as isize] {
        let elements = usize::try_from(at).ok().and_then(|at| plane.get(at..at + 2 * places * LANES));
        if let Some(elements) = elements {
            elements.iter().step_by(LANES).for_each(&prefetch);
        }
    }
}
