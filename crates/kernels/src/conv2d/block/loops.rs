//! The loops of a tile over planes, lines and taps, and the distance in memory of each step.

use crate::conv2d::axis::{Class, Places};

/// Loops over planes, lines of taps and taps of a line, from the outermost to the innermost. Without taps there are no
/// loops.
#[derive(Clone, Copy)]
pub struct Loops {
    pub counts: [usize; 3],
    /// The places that the taps read for the first place of the tile.
    pub reads: Steps,
    /// The weights of the taps, in a panel.
    pub weights: Steps,
}

/// Where loops begin, and the distance of one step of each loop.
#[derive(Clone, Copy)]
pub struct Steps {
    pub first: usize,
    pub apart: [isize; 3],
}

impl Steps {
    /// Where the first tap of a line is.
    #[inline(always)]
    pub fn line(&self, plane: usize, line: usize) -> usize {
        let [to_plane, to_line, _] = self.apart;
        self.first.wrapping_add_signed(plane as isize * to_plane + line as isize * to_line)
    }
}

impl Loops {
    /// Loops over the taps of some rows and columns in `planes` planes from plane `first` on. Each plane has the height
    /// and the width given. The weights of the classes of the taps begin at `weights`.
    #[inline(always)]
    pub fn new(
        (first, planes): (usize, usize),
        (height, width): (usize, usize),
        weights: usize,
        (rows, row): (&Class<'_>, &Places),
        (columns, column): (&Class<'_>, &Places),
    ) -> Self {
        let (up, across) = (row.taps, column.taps);
        let counts = if up.count * across.count == 0 { [0; 3] } else { [planes, up.count, across.count] };
        let corner = up.from * width as isize + across.from;
        let reads = Steps {
            first: (first * height * width).wrapping_add_signed(corner),
            apart: [(height * width) as isize, up.ahead * width as isize, across.ahead],
        };
        let line = columns.all.count;
        let weights = Steps {
            first: weights + rows.before(&up) * line + columns.before(&across),
            apart: [(rows.all.count * line) as isize, line as isize, 1],
        };
        Loops { counts, reads, weights }
    }

    /// The same steps in the same order, with the longest loops innermost. A loop of one step changes places with the
    /// loop around it.
    #[inline(always)]
    pub fn inward(mut self) -> Self {
        for [outer, inner] in [[1, 2], [0, 1], [1, 2]] {
            if self.counts[inner] == 1 {
                self.counts.swap(outer, inner);
                self.reads.apart[inner] = self.reads.apart[outer];
                self.weights.apart[inner] = self.weights.apart[outer];
            }
        }
        self
    }
}
