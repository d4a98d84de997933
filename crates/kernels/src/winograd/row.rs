//! Fast convolution of one sample, sixteen neighbouring tiles side by side: equals `reference` in every bit.
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

use std::ops::Range;

use toddle_lanes::{Float, Isa, LANES};

use super::grid::Grid;
use super::sweep::{Sweep, room};
use super::{Side, Way};
use crate::conv2d::Geometry;
use crate::{Number, Run};

/// The sizes of combs.
#[derive(Clone, Copy, Debug)]
struct Combs {
    /// Elements of a row, one for each tile.
    pitch: usize,
    /// Elements of a comb that is read, and of a comb that is written.
    from: usize,
    to: usize,
}

impl Combs {
    fn new(way: &Way) -> Self {
        let pitch = way.columns.tiles();
        let to = (way.rows.tiles() * pitch).next_multiple_of(LANES);
        // The last tile reads one row more.
        Combs { pitch, from: (to + pitch).next_multiple_of(LANES), to }
    }

    /// The length of the scratch memory of one direction of a convolution, in elements.
    fn scratch(&self, way: &Way) -> usize {
        8 * way.planes * self.from + 4 * way.outs * self.to + room(way.planes, way.outs) * LANES
    }
}

/// The length of the scratch memory of [`Forward`] and [`BackwardInput`], in elements.
pub fn scratch(g: &Geometry) -> usize {
    let of = |way: &Way| Combs::new(way).scratch(way);
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
    /// Whether a [`Relu`](crate::activation::formula::Relu) is applied to each output at the end.
    pub relu: bool,
    /// Output, k×oh×ow.
    pub y: &'a mut [T],
    /// Scratch memory of [`scratch`] elements.
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
    /// Scratch memory of [`scratch`] elements.
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
    let combs = Combs::new(way);
    let (read, scratch) = scratch.split_at_mut(8 * planes * combs.from);
    let (written, scratch) = scratch.split_at_mut(4 * outs * combs.to);
    let image = way.rows.from * way.columns.from;
    for (from, read) in from.chunks_exact(image).zip(read.chunks_exact_mut(8 * combs.from)) {
        comb(way, &combs, from, read);
    }
    let grid = Grid::of_combs(combs.pitch, combs.from, combs.to);
    let scratch = scratch.as_chunks_mut().0;
    Sweep { grid, planes, outs, from: read, w: w.as_chunks().0, b, relu, to: written, scratch }.on(isa);
    let image = way.rows.to * way.columns.to;
    for (written, to) in written.chunks_exact(4 * combs.to).zip(to.chunks_exact_mut(image)) {
        whole(way, &combs, written, to);
    }
}

/// Copies a plane to its combs.
fn comb<T: Float>(way: &Way, combs: &Combs, from: &[T], to: &mut [T]) {
    let Combs { pitch, from: size, .. } = *combs;
    let Way { rows, columns, .. } = *way;
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
            let at = |place: isize| usize::try_from(place).ok().and_then(|place| line.get(place)).copied();
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

/// Copies a plane from its combs.
fn whole<T: Float>(way: &Way, combs: &Combs, from: &[T], to: &mut [T]) {
    let Combs { pitch, to: size, .. } = *combs;
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
    /// The tiles whose patches have their first two places inside.
    fn pairs_inside(&self) -> Range<usize> {
        let tile = |place: isize| (place.max(0) as usize).min(self.tiles());
        let start = tile((self.before + 1).div_euclid(2));
        start..tile((self.from as isize + self.before).div_euclid(2)).max(start)
    }
}
