//! Fast convolution of one sample, sixteen neighbouring tiles side by side: equals `reference` in every bit.
//!
//! Planes are copied to combs, and the result is copied from combs.

use toddle_lanes::{Isa, LANES};

use super::Direction;
use super::combs::Combs;
use super::convolution::{FastConvolution, room};
use super::grid::Grid;
use crate::conv2d::{self, Geometry};
use crate::{Number, Run};

/// The length of the scratch memory of [`Forward`] and [`BackwardInput`], in elements.
pub fn scratch(g: &Geometry) -> usize {
    let of = |direction: &Direction| {
        let (combs, Direction { planes, outs, .. }) = (Combs::new(direction), direction);
        8 * planes * combs.from + 4 * outs * combs.to + room(*planes, *outs) * LANES
    };
    of(&Direction::forward(g)).max(of(&Direction::backward(g)))
}

/// `y[k] = Aᵀ (Σ c  G w[c,k] Gᵀ ⊙ Bᵀ x[c] B) A`: [`reference::forward`](super::reference::forward).
///
/// The arguments are the arguments of the plain convolution. But the weights are as
/// [`block::Pack::forward`](super::block::Pack::forward) leaves them, and the scratch memory has [`scratch`] elements.
#[derive(Debug)]
pub struct Forward<'a, T>(pub conv2d::row::Forward<'a, T>);

impl<T: Number> Run for Forward<'_, T> {
    type Output = ();

    fn on(self, isa: Isa) {
        let conv2d::row::Forward { g, x, w, b, relu, y, scratch } = self.0;
        convolve(isa, &Direction::forward(g), x, w, b, relu, y, scratch);
    }
}

/// `dx[c] = Aᵀ (Σ k  G w'[c,k] Gᵀ ⊙ Bᵀ dy[k] B) A`:
/// [`reference::backward_input`](super::reference::backward_input).
///
/// The arguments are the arguments of the plain convolution. But the weights are as
/// [`block::Pack::backward`](super::block::Pack::backward) leaves them, and the scratch memory has [`scratch`]
/// elements.
#[derive(Debug)]
pub struct BackwardInput<'a, T>(pub conv2d::row::BackwardInput<'a, T>);

impl<T: Number> Run for BackwardInput<'_, T> {
    type Output = ();

    fn on(self, isa: Isa) {
        let conv2d::row::BackwardInput { g, w, dy, b, dx, scratch } = self.0;
        convolve(isa, &Direction::backward(g), dy, w, b, false, dx, scratch);
    }
}

fn convolve<T: Number>(
    isa: Isa,
    direction: &Direction,
    from: &[T],
    w: &[T],
    b: Option<&[T]>,
    relu: bool,
    to: &mut [T],
    scratch: &mut [T],
) {
    let Direction { planes, outs, rows, columns } = *direction;
    let combs = Combs::new(direction);
    let (read, scratch) = scratch.split_at_mut(8 * planes * combs.from);
    let (written, scratch) = scratch.split_at_mut(4 * outs * combs.to);
    let from = from.chunks_exact(rows.from * columns.from);
    for (from, read) in from.zip(read.chunks_exact_mut(8 * combs.from)) {
        combs.comb(direction, from, read);
    }
    let grid = Grid::of_combs(combs.pitch, combs.from, combs.to);
    let (w, scratch) = (w.as_chunks().0, scratch.as_chunks_mut().0);
    FastConvolution { grid, planes, outs, from: read, w, b, relu, to: written, scratch }.on(isa);
    let to = to.chunks_exact_mut(rows.to * columns.to);
    for (written, to) in written.chunks_exact(4 * combs.to).zip(to) {
        combs.whole(direction, written, to);
    }
}
