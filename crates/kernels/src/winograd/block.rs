//! Fast convolution of sixteen samples side by side: equals `reference` in every bit.

use toddle_lanes::{Float, Isa, Kernel, LANES, Simd, array};

use super::convolution::{FastConvolution, PANEL, room};
use super::grid::Grid;
use super::{Direction, transform, weights};

pub use super::weights::BackwardWeights;
use crate::conv2d::{self, Geometry};
use crate::{Lane, Number, Run};

/// The length of the scratch memory of [`Forward`], [`BackwardInput`] and [`BackwardWeights`], in vectors.
pub fn scratch(g: &Geometry) -> usize {
    room(g.channels, g.filters).max(room(g.filters, g.channels)).max(weights::room(g))
}

/// The length of [`Pack::forward`], in elements.
pub fn packed_forward(g: &Geometry) -> usize {
    16 * g.channels * g.filters.next_multiple_of(PANEL)
}

/// The length of [`Pack::backward`], in elements.
pub fn packed_backward(g: &Geometry) -> usize {
    16 * g.filters * g.channels.next_multiple_of(PANEL)
}

/// Transforms the windows, and stores them in the two orders that [`Forward`] and [`BackwardInput`] read, in blocks and
/// in rows.
#[derive(Debug)]
pub struct Pack<'a, T> {
    /// The convolution.
    pub g: &'a Geometry,
    /// Weights, r×s×c×k.
    pub w: &'a [T],
    /// For [`Forward`]: for each of the sixteen elements, panels of filters, each c×panel.
    pub forward: &'a mut [T],
    /// For [`BackwardInput`]: for each of the sixteen elements, panels of channels, each k×panel. The windows are
    /// turned by half a turn. Empty if backward is not needed.
    pub backward: &'a mut [T],
}

impl<T: Float> Kernel<T> for Pack<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let Pack { g, w, forward, backward } = self;
        let Geometry { channels, filters, .. } = *g;
        let (forward, backward) = (forward.as_chunks_mut::<PANEL>().0, backward.as_chunks_mut::<PANEL>().0);
        let (filter_panels, channel_panels) = (filters.div_ceil(PANEL), channels.div_ceil(PANEL));
        // One panel of channels and one vector of filters at a time. Their elements are neighbours in both orders.
        for c in (0..channels).step_by(PANEL) {
            for k in (0..filters).step_by(LANES) {
                let (cs, ks) = (PANEL.min(channels - c), LANES.min(filters - k));
                let mut windows = [[[T::ZERO; LANES]; PANEL]; 16];
                for n in 0..cs {
                    let w = array!(|r| array!(|s| simd.load_partial(&w[g.w(r, s, c + n, k)..][..ks])));
                    let window = transform::window(w);
                    for i in 0..4 {
                        for j in 0..4 {
                            simd.store(window[i][j], &mut windows[i * 4 + j][n]);
                        }
                    }
                }
                for (element, windows) in windows.iter().enumerate() {
                    for first in (0..ks).step_by(PANEL) {
                        let panel = element * filter_panels + (k + first) / PANEL;
                        for (to, window) in forward[panel * channels + c..].iter_mut().zip(&windows[..cs]) {
                            *to = *window[first..].first_chunk().expect("a vector is whole panels");
                        }
                    }
                    if !backward.is_empty() {
                        // If a window is turned by half a turn, its transform is turned in the same way.
                        let turn = |n: usize| [3, 1, 2, 0][n];
                        let panel = (turn(element / 4) * 4 + turn(element % 4)) * channel_panels + c / PANEL;
                        for (lane, to) in backward[panel * filters + k..][..ks].iter_mut().enumerate() {
                            *to = array!(|n| windows[n][lane]);
                        }
                    }
                }
            }
        }
    }
}

/// `y[k] = Aᵀ (Σ c  G w[c,k] Gᵀ ⊙ Bᵀ x[c] B) A`: [`reference::forward`](super::reference::forward).
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// The arguments of the plain convolution. But the weights are as [`Pack::forward`] leaves them.
    pub plain: conv2d::block::Forward<'a, T>,
    /// Scratch memory of [`scratch`] vectors.
    pub scratch: &'a mut [Lane<T>],
}

impl<T: Number> Run for Forward<'_, T> {
    type Output = ();

    fn on(self, isa: Isa) {
        let conv2d::block::Forward { g, x, w, b, relu, y } = self.plain;
        convolve(isa, &Direction::forward(g), x, w, b, relu, y, self.scratch);
    }
}

/// `dx[c] = Aᵀ (Σ k  G w'[c,k] Gᵀ ⊙ Bᵀ dy[k] B) A`:
/// [`reference::backward_input`](super::reference::backward_input).
#[derive(Debug)]
pub struct BackwardInput<'a, T> {
    /// The arguments of the plain convolution. But the weights are as [`Pack::backward`] leaves them.
    pub plain: conv2d::block::BackwardInput<'a, T>,
    /// Scratch memory of [`scratch`] vectors.
    pub scratch: &'a mut [Lane<T>],
}

impl<T: Number> Run for BackwardInput<'_, T> {
    type Output = ();

    fn on(self, isa: Isa) {
        let conv2d::block::BackwardInput { g, w, dy, b, dx } = self.plain;
        convolve(isa, &Direction::backward(g), dy, w, b, false, dx, self.scratch);
    }
}

fn convolve<T: Number>(
    isa: Isa,
    direction: &Direction,
    from: &[Lane<T>],
    w: &[T],
    b: Option<&[T]>,
    relu: bool,
    to: &mut [Lane<T>],
    scratch: &mut [Lane<T>],
) {
    let (grid, Direction { planes, outs, .. }) = (Grid::of_samples(direction), *direction);
    let (from, w, to) = (from.as_flattened(), w.as_chunks().0, to.as_flattened_mut());
    FastConvolution { grid, planes, outs, from, w, b, relu, to, scratch }.on(isa);
}
