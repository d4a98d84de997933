//! Convolution of sixteen samples side by side: equals `reference` in every bit.
//!
//! | file | idea |
//! |---|---|
//! | `convolution.rs` | forward and backward to the input, in one loop |
//! | `ends.rs` | backward to the input with five taps, at the ends of a row |
//! | `loops.rs` | the places that the tiles read, step by step |
//! | `weights.rs` | the gradient to the weights |
//! | `window.rs` | forward and the gradient to the weights, for windows of 3×3 over one plane |

mod convolution;
mod ends;
mod loops;
mod weights;
mod window;

use toddle_lanes::{Float, Isa, Kernel, Simd};

use super::Geometry;
use super::axis::DirectedAxis;
use crate::{Lane, Number, Run};

pub use convolution::BlockConvolution;
use convolution::panels;
pub use weights::BackwardWeights;

/// The length of the scratch memory of [`BackwardWeights`], in vectors.
pub fn scratch(g: &Geometry) -> usize {
    weights::room(g)
}

/// Puts the weights into the two orders that [`Forward`] and [`BackwardInput`] read.
#[derive(Debug)]
pub struct Pack<'a, T> {
    /// The convolution.
    pub g: &'a Geometry,
    /// Weights, r×s×c×k.
    pub w: &'a [T],
    /// For [`Forward`]: panels of filters, each c×r×s×panel.
    pub forward: &'a mut [T],
    /// For [`BackwardInput`]: panels of channels, each k×r×s×panel. With a stride, there is one such array for each
    /// class of places that have the same taps, one after the other. Empty if backward is not needed.
    pub backward: &'a mut [T],
}

impl<T: Float> Kernel<T> for Pack<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, _simd: S) {
        let Pack { g, w, forward, backward } = self;
        let (channels, filters) = (g.group_channels(), g.group_filters());
        let (mut forward, mut backward) = (forward.iter_mut(), backward.iter_mut());
        let (ahead, back) =
            ([g.rows.forward(), g.columns.forward()], [g.rows.backward(), g.columns.backward()]);
        for group in 0..g.groups {
            let first = group * filters;
            pack::<S>(&ahead, filters, channels, &mut forward, |k, c, r, s| w[g.w(r, s, c, first + k)]);
            if backward.len() > 0 {
                pack::<S>(&back, channels, filters, &mut backward, |c, k, r, s| w[g.w(r, s, c, first + k)]);
            }
        }
    }
}

/// `packed[panel][class][sum][r][s][in panel] = weight(out, sum, r, s)`, for one group.
#[inline(always)]
fn pack<'a, S: Simd>(
    [rows, columns]: &[DirectedAxis; 2],
    outs: usize,
    sums: usize,
    packed: &mut impl Iterator<Item = &'a mut S::T>,
    weight: impl Fn(usize, usize, usize, usize) -> S::T,
) {
    for panel in panels::<S>(0..outs) {
        for rows in rows.classes() {
            for columns in columns.classes() {
                for sum in 0..sums {
                    for (r, _) in rows.all {
                        for (s, _) in columns.all {
                            for (out, to) in panel.clone().zip(&mut *packed) {
                                *to = weight(out, sum, r, s);
                            }
                        }
                    }
                }
            }
        }
    }
}

/// `y[k,oy,ox] = b[k] + Σ c,r,s  w[r,s,c,k] · x[c, oy·t+r·d−p, ox·t+s·d−p]`:
/// [`reference::forward`](super::reference::forward).
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// The convolution.
    pub g: &'a Geometry,
    /// Input, c×h×w.
    pub x: &'a [Lane<T>],
    /// Weights, as [`Pack::forward`] leaves them.
    pub w: &'a [T],
    /// Biases, k, if there are any.
    pub b: Option<&'a [T]>,
    /// Whether a [`Relu`](crate::activation::formula::Relu) is applied to each output at the end.
    pub relu: bool,
    /// Output, k×oh×ow.
    pub y: &'a mut [Lane<T>],
}

impl<T: Number> Run for Forward<'_, T> {
    type Output = ();

    fn on(self, isa: Isa) {
        let Forward { g, x, w, b, relu, y } = self;
        let convolution = BlockConvolution {
            groups: g.groups,
            planes: g.group_channels(),
            outs: g.group_filters(),
            rows: g.rows.forward(),
            columns: g.columns.forward(),
            from: x,
            w,
            b,
            relu,
            to: y,
        };
        convolution.on(isa);
    }
}

/// `dx[c,iy,ix] = Σ k,r,s  w[r,s,c,k] · dy[k,oy,ox]`:
/// [`reference::backward_input`](super::reference::backward_input).
#[derive(Debug)]
pub struct BackwardInput<'a, T> {
    /// The convolution.
    pub g: &'a Geometry,
    /// Weights, as [`Pack::backward`] leaves them.
    pub w: &'a [T],
    /// Gradient to the output, k×oh×ow.
    pub dy: &'a [Lane<T>],
    /// Biases, c, if a transposed convolution has them.
    pub b: Option<&'a [T]>,
    /// Gradient to the input, c×h×w.
    pub dx: &'a mut [Lane<T>],
}

impl<T: Number> Run for BackwardInput<'_, T> {
    type Output = ();

    fn on(self, isa: Isa) {
        let BackwardInput { g, w, dy, b, dx } = self;
        let convolution = BlockConvolution {
            groups: g.groups,
            planes: g.group_filters(),
            outs: g.group_channels(),
            rows: g.rows.backward(),
            columns: g.columns.backward(),
            from: dy,
            w,
            b,
            relu: false,
            to: dx,
        };
        convolution.on(isa);
    }
}

/// `db[k] += Σ oy,ox dy[k,oy,ox]`, first lane by lane and then over the lanes: the leaf of
/// [`reference::backward_bias`](super::reference::backward_bias).
#[derive(Debug)]
pub struct BackwardBias<'a, T> {
    /// The number of elements of a plane of `dy`.
    pub plane: usize,
    /// Gradient to the output, k×oh×ow.
    pub dy: &'a [Lane<T>],
    /// Gradient to the biases, k; the result is added to it.
    pub db: &'a mut [T],
}

impl<T: Float> Kernel<T> for BackwardBias<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        for (db, dy) in self.db.iter_mut().zip(self.dy.chunks_exact(self.plane)) {
            let mut sum = simd.splat(T::ZERO);
            for dy in dy {
                sum = sum + simd.load(dy);
            }
            *db += simd.sum(sum);
        }
    }
}
