//! One sample, sixteen neighbouring tiles side by side: equals `reference` in every bit.
//!
//! The image is copied into quarters first, by whether rows and columns are even or odd, with its surroundings of zeros: then
//! what the first tap of neighbouring tiles reads lies side by side, and so for every tap. At the end of each row of tiles
//! there is one that reads into the next row, and that nobody reads.

use std::ops::Range;

use toddle_lanes::{Float, Isa, LANES};

use super::grid::Grid;
use super::sweep::{Sweep, room};
use super::{Side, Way};
use crate::conv2d::Geometry;
use crate::{Number, Run};

/// The sizes of quarters.
#[derive(Clone, Copy, Debug)]
struct Quarters {
    /// From a row of tiles to the next.
    pitch: usize,
    /// Numbers in a quarter that is read, and in one that is written.
    from: usize,
    to: usize,
}

impl Quarters {
    fn new(way: &Way) -> Self {
        let pitch = way.columns.tiles() + 1;
        let to = (way.rows.tiles() * pitch).next_multiple_of(LANES);
        // The last tile reads a row and a column further.
        Quarters { pitch, from: (to + pitch + 1).next_multiple_of(LANES), to }
    }

    /// Numbers that one way through a convolution scribbles on.
    fn scratch(&self, way: &Way) -> usize {
        4 * (way.planes * self.from + way.outs * self.to) + room(way.planes, way.outs) * LANES
    }
}

/// Numbers that [`Forward`] and [`BackwardInput`] scribble on.
pub fn scratch(g: &Geometry) -> usize {
    let of = |way: &Way| Quarters::new(way).scratch(way);
    of(&Way::forward(g)).max(of(&Way::backward(g)))
}

/// `y[k] = Aᵀ (Σ c  G w[c,k] Gᵀ ⊙ Bᵀ x[c] B) A`: [`reference::forward`](super::reference::forward).
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// The convolution.
    pub g: &'a Geometry,
    /// Input, c×h×w.
    pub x: &'a [T],
    /// Weights, as [`block::Pack::forward`](super::block::Pack::forward) leaves them.
    pub w: &'a [T],
    /// Biases, k, if there are any.
    pub b: Option<&'a [T]>,
    /// Whether each output passes a [`Relu`](crate::activation::formula::Relu) at last.
    pub relu: bool,
    /// Output, k×oh×ow.
    pub y: &'a mut [T],
    /// Room for [`scratch`] numbers.
    pub scratch: &'a mut [T],
}

impl<T: Number> Run for Forward<'_, T> {
    type Output = ();

    fn on(self, isa: Isa) {
        let Forward { g, x, w, b, relu, y, scratch } = self;
        sweep(isa, &Way::forward(g), x, w, b, relu, y, scratch);
    }
}

/// `dx[c] = Aᵀ (Σ k  G w'[c,k] Gᵀ ⊙ Bᵀ dy[k] B) A`:
/// [`reference::backward_input`](super::reference::backward_input).
#[derive(Debug)]
pub struct BackwardInput<'a, T> {
    /// The convolution.
    pub g: &'a Geometry,
    /// Weights, as [`block::Pack::backward`](super::block::Pack::backward) leaves them.
    pub w: &'a [T],
    /// Gradient to the output, k×oh×ow.
    pub dy: &'a [T],
    /// Gradient to the input, c×h×w.
    pub dx: &'a mut [T],
    /// Room for [`scratch`] numbers.
    pub scratch: &'a mut [T],
}

impl<T: Number> Run for BackwardInput<'_, T> {
    type Output = ();

    fn on(self, isa: Isa) {
        let BackwardInput { g, w, dy, dx, scratch } = self;
        sweep(isa, &Way::backward(g), dy, w, None, false, dx, scratch);
    }
}

fn sweep<T: Number>(
    isa: Isa,
    way: &Way,
    from: &[T],
    w: &[T],
    b: Option<&[T]>,
    relu: bool,
    to: &mut [T],
    scratch: &mut [T],
) {
    let Way { planes, outs, .. } = *way;
    let quarters = Quarters::new(way);
    let (read, scratch) = scratch.split_at_mut(4 * planes * quarters.from);
    let (written, scratch) = scratch.split_at_mut(4 * outs * quarters.to);
    let image = way.rows.from * way.columns.from;
    for (from, read) in from.chunks_exact(image).zip(read.chunks_exact_mut(4 * quarters.from)) {
        quarter(way, &quarters, from, read);
    }
    let grid = Grid::of_quarters(quarters.pitch, quarters.from, quarters.to);
    let scratch = scratch.as_chunks_mut().0;
    Sweep { grid, planes, outs, from: read, w: w.as_chunks().0, b, relu, to: written, scratch }.on(isa);
    let image = way.rows.to * way.columns.to;
    for (written, to) in written.chunks_exact(4 * quarters.to).zip(to.chunks_exact_mut(image)) {
        whole(way, &quarters, written, to);
    }
}

/// Copies a plane into its quarters.
fn quarter<T: Float>(way: &Way, quarters: &Quarters, from: &[T], to: &mut [T]) {
    let Quarters { pitch, from: size, .. } = *quarters;
    let Way { rows, columns, .. } = *way;
    let inside = columns.pairs_inside(pitch);
    for (odd_row, to) in to.chunks_exact_mut(2 * size).enumerate() {
        let (even, odd) = to.split_at_mut(size);
        for (tile, (even, odd)) in even.chunks_mut(pitch).zip(odd.chunks_mut(pitch)).enumerate() {
            let row =
                usize::try_from(rows.first(tile) + odd_row as isize).ok().filter(|row| *row < rows.from);
            let Some(row) = row.filter(|_| even.len() == pitch) else {
                even.fill(T::ZERO);
                odd.fill(T::ZERO);
                continue;
            };
            let line = &from[row * columns.from..][..columns.from];
            let at = |place: isize| usize::try_from(place).ok().and_then(|place| line.get(place));
            for tile in (0..inside.start).chain(inside.end..pitch) {
                let first = columns.first(tile);
                even[tile] = at(first).copied().unwrap_or(T::ZERO);
                odd[tile] = at(first + 1).copied().unwrap_or(T::ZERO);
            }
            if !inside.is_empty() {
                let pairs = line[columns.first(inside.start) as usize..].as_chunks::<2>().0;
                for ((even, odd), pair) in
                    even[inside.clone()].iter_mut().zip(&mut odd[inside.clone()]).zip(pairs)
                {
                    [*even, *odd] = *pair;
                }
            }
        }
    }
}

/// Copies a plane out of its quarters.
fn whole<T: Float>(way: &Way, quarters: &Quarters, from: &[T], to: &mut [T]) {
    let Quarters { pitch, to: size, .. } = *quarters;
    for (row, to) in to.chunks_exact_mut(way.columns.to).enumerate() {
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

impl Side {
    /// For which of so many tiles the first two places of the patch are inside.
    fn pairs_inside(&self, tiles: usize) -> Range<usize> {
        let tile = |place: isize| (place.max(0) as usize).min(tiles);
        let start = tile((self.before + 1).div_euclid(2));
        start..tile((self.from as isize + self.before).div_euclid(2)).max(start)
    }
}
