//! What a strip of places reads, packed: so that all outputs' tiles read neighbouring vectors, whatever the stride and however
//! far apart planes lie. (Planes a multiple of 4,096 bytes apart push each other out of the first-level cache.)

use std::ops::Range;

use toddle_lanes::Simd;

use crate::Lane;
use crate::conv2d::axis::Places;

/// The reach of a strip in one plane: `x[row][column]`, or `x[column][row]` where the strip goes down a column.
pub(super) struct Window {
    rows: Packed,
    columns: Packed,
    down: bool,
}

/// What taps read along one axis: a run of places for each, or one run that they share where neighbouring taps read
/// neighbouring places.
struct Packed {
    runs: usize,
    /// Places in a run.
    length: usize,
    /// The place that the first run begins with, and how far it is from there to what the next begins with.
    from: isize,
    ahead: isize,
    /// How far it is from a place to the next.
    apart: usize,
    /// Where the first tap's places are among the packed, and how far it is from there to the next tap's.
    first: usize,
    step: isize,
}

impl Packed {
    #[inline(always)]
    fn new(places: &Places) -> Self {
        let Places { taps, count, reads_apart: apart, .. } = *places;
        let (from, ahead, others) = (taps.from, taps.ahead, taps.count.saturating_sub(1));
        if count > 1 && apart == 1 && ahead.abs() == 1 && taps.count > 0 {
            let back = if ahead < 0 { others } else { 0 };
            let from = from - back as isize;
            Packed { runs: 1, length: count + others, from, ahead: 0, apart, first: back, step: ahead }
        } else {
            Packed { runs: taps.count, length: count, from, ahead, apart, first: 0, step: count as isize }
        }
    }

    #[inline(always)]
    fn len(&self) -> usize {
        self.runs * self.length
    }

    /// All places, run by run.
    #[inline(always)]
    fn places(&self) -> impl Iterator<Item = usize> {
        (0..self.runs).flat_map(move |run| (0..self.length).map(move |n| self.run(run) + n * self.apart))
    }

    /// The place that a run begins with.
    #[inline(always)]
    fn run(&self, run: usize) -> usize {
        (self.from + run as isize * self.ahead) as usize
    }
}

impl Window {
    /// What places read that are neighbours along one axis, and have no neighbours along the other.
    #[inline(always)]
    pub fn new(rows: &Places, columns: &Places) -> Self {
        Window { down: rows.count > 1, rows: Packed::new(rows), columns: Packed::new(columns) }
    }

    /// How many vectors it takes.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.rows.len() * self.columns.len()
    }

    /// How far it is from a row to the next, and from a column.
    #[inline(always)]
    fn strides(&self) -> (usize, usize) {
        if self.down { (1, self.rows.len()) } else { (self.columns.len(), 1) }
    }

    /// Where the taps of the strip's first place are.
    #[inline(always)]
    pub fn steps(&self) -> Steps {
        let (rows, columns) = self.strides();
        Steps {
            first: self.rows.first * rows + self.columns.first * columns,
            plane: self.len(),
            line: self.rows.step * rows as isize,
            tap: self.columns.step * columns as isize,
        }
    }

    /// Sets `to` to what the strip reads of `planes`, each of `height` rows of `width` columns.
    #[inline(always)]
    pub fn fill<S: Simd>(
        &self,
        simd: S,
        from: &[Lane<S::T>],
        (height, width): (usize, usize),
        planes: Range<usize>,
        to: &mut [Lane<S::T>],
    ) {
        // Some places have no taps.
        if self.len() == 0 {
            return;
        }
        let Window { rows, columns, down } = self;
        let (rows, columns) = ((rows, width), (columns, 1));
        let [(outer, line), (inner, step)] = if *down { [columns, rows] } else { [rows, columns] };
        let apart = inner.apart * step;
        let planes = &from[planes.start * height * width..planes.end * height * width];
        for (plane, to) in planes.chunks_exact(height * width).zip(to.chunks_exact_mut(self.len())) {
            let mut lines = to.chunks_exact_mut(inner.len());
            for place in outer.places() {
                let runs = lines.next().expect("a line for each place").chunks_exact_mut(inner.length);
                for (run, to) in runs.enumerate() {
                    let from = &plane[place * line + inner.run(run) * step..][..(to.len() - 1) * apart + 1];
                    if apart == 1 {
                        for (x, to) in from.iter().zip(to) {
                            simd.store(simd.load(x), to);
                        }
                    } else {
                        for n in 0..to.len() {
                            simd.store(simd.load(&from[n * apart]), &mut to[n]);
                        }
                    }
                }
            }
        }
    }
}

/// Where taps are in a window, or their weights in a panel.
#[derive(Clone, Copy)]
pub(super) struct Steps {
    /// The first.
    pub first: usize,
    /// How far it is from a plane to the next, from a line of taps, and from a tap in it.
    pub plane: usize,
    pub line: isize,
    pub tap: isize,
}

impl Steps {
    /// The taps of a line.
    #[inline(always)]
    pub fn line(&self, plane: usize, line: usize) -> Steps {
        let first = (self.first + plane * self.plane).wrapping_add_signed(line as isize * self.line);
        Steps { first, ..*self }
    }

    /// Where a tap of the first line is.
    #[inline(always)]
    pub fn tap(&self, tap: usize) -> usize {
        self.first.wrapping_add_signed(tap as isize * self.tap)
    }
}
