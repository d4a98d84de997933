//! Convolution of one sample.
//!
//! Forward and backward to the input equal `reference` in every bit. The gradients to the weights and biases equal
//! `reference::backward_weights_row` and `reference::backward_bias_row`.
//!
//! | file | idea |
//! |---|---|
//! | `outputs.rs` | forward and backward to the input, sixteen outputs side by side |
//! | `columns.rs` | forward and backward to the input, columns side by side, for few outputs |
//! | `weights/` | the gradient to the weights, with filters or with columns side by side |

mod columns;
mod outputs;
mod weights;

use core::ops::Range;

use toddle_lanes::{Float, Isa, Kernel, LANES, Simd};

use super::axis::DirectedAxis;
use super::{Axis, Geometry};
use crate::{Number, Run};

pub use weights::BackwardWeights;

/// The length of the scratch memory of [`Forward`], [`BackwardInput`] and [`BackwardWeights`], in elements.
pub fn scratch(g: &Geometry) -> usize {
    let weights = LANES * g.group_channels().max(g.group_filters()) * g.rows.kernel * g.columns.kernel;
    weights.max(LANES * g.rows.output * g.columns.output)
}

/// `y[k,oy,ox] = b[k] + Σ c,r,s  w[r,s,c,k] · x[c, oy·t+r·d−p, ox·t+s·d−p]`:
/// [`reference::forward`](super::reference::forward).
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// The convolution.
    pub g: &'a Geometry,
    /// Input, c×h×w.
    pub x: &'a [T],
    /// Weights, r×s×c×k.
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
        RowConvolution { g, back: false, from: x, w, b, relu, to: y, scratch }.run(isa);
    }
}

/// `dx[c,iy,ix] = Σ k,r,s  w[r,s,c,k] · dy[k,oy,ox]`:
/// [`reference::backward_input`](super::reference::backward_input).
#[derive(Debug)]
pub struct BackwardInput<'a, T> {
    /// The convolution.
    pub g: &'a Geometry,
    /// Weights, r×s×c×k.
    pub w: &'a [T],
    /// Gradient to the output, k×oh×ow.
    pub dy: &'a [T],
    /// Biases, c, if a transposed convolution has them.
    pub b: Option<&'a [T]>,
    /// Gradient to the input, c×h×w.
    pub dx: &'a mut [T],
    /// Scratch memory of [`scratch`] elements.
    pub scratch: &'a mut [T],
}

impl<T: Number> Run for BackwardInput<'_, T> {
    type Output = ();

    fn on(self, isa: Isa) {
        let BackwardInput { g, w, dy, b, dx, scratch } = self;
        RowConvolution { g, back: true, from: dy, w, b, relu: false, to: dx, scratch }.run(isa);
    }
}

/// The common part of forward and backward to the input.
#[derive(Debug)]
struct RowConvolution<'a, T> {
    g: &'a Geometry,
    /// Whether the direction is from the output to the input.
    back: bool,
    from: &'a [T],
    w: &'a [T],
    b: Option<&'a [T]>,
    relu: bool,
    to: &'a mut [T],
    scratch: &'a mut [T],
}

/// A [`RowConvolution`] with columns side by side.
#[doc(hidden)]
#[derive(Debug)]
pub struct Columns<'a, T>(RowConvolution<'a, T>);

/// A [`RowConvolution`] with outputs side by side.
#[doc(hidden)]
#[derive(Debug)]
pub struct Outputs<'a, T>(RowConvolution<'a, T>);

impl<T: Number> RowConvolution<'_, T> {
    /// Columns side by side need no transposition. But they are slow with a stride, at edges and in narrow images.
    fn run(self, isa: Isa) {
        let g = self.g;
        let (columns, outs) = if self.back {
            (g.columns.backward(), g.group_channels())
        } else {
            (g.columns.forward(), g.group_filters())
        };
        let contiguous = g.rows.contiguous() && g.columns.contiguous();
        if contiguous && (outs < LANES / 2 || columns.to >= LANES && columns.unclipped()) {
            Columns(self).on(isa);
        } else {
            Outputs(self).on(isa);
        }
    }
}

impl<T: Float> Kernel<T> for Columns<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        // The values are 1 already. As constants they give the compiler simpler loops.
        let axis = |axis| Axis { stride: 1, dilation: 1, ..axis };
        let g = Geometry { rows: axis(self.0.g.rows), columns: axis(self.0.g.columns), ..*self.0.g };
        let mut convolution = RowConvolution { g: &g, ..self.0 };
        for group in 0..g.groups {
            convolution.group(group).columns(simd);
        }
    }
}

impl<T: Float> Kernel<T> for Outputs<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self, simd: S) {
        for group in 0..self.0.g.groups {
            self.0.group(group).outputs(simd);
        }
    }
}

impl<T: Float> RowConvolution<'_, T> {
    #[inline(always)]
    fn group(&mut self, group: usize) -> Group<'_, T> {
        let g = self.g;
        let (channels, filters) = (g.group_channels(), g.group_filters());
        let (rows, columns, planes, outs, per_plane, per_out) = if self.back {
            (g.rows.backward(), g.columns.backward(), filters, channels, 1, g.filters)
        } else {
            (g.rows.forward(), g.columns.forward(), channels, filters, g.filters, 1)
        };
        let image = outs * rows.to * columns.to;
        Group {
            back: self.back,
            rows,
            columns,
            from: self.from,
            planes: group * planes..(group + 1) * planes,
            weights: Weights {
                w: &self.w[group * filters..],
                per_out,
                per_plane,
                per_tap: channels * g.filters,
            },
            b: self.b.map(|b| &b[group * outs..]),
            relu: self.relu,
            outs,
            to: &mut self.to[group * image..][..image],
            packed: self.scratch,
        }
    }
}

/// The planes of the result of one group: `to[out,·,·] = b[out] + Σ plane,r,s  w · from[plane,·,·]`.
struct Group<'a, T> {
    /// Whether the direction is from the output to the input. In this direction the last tap reads the first place.
    back: bool,
    rows: DirectedAxis,
    columns: DirectedAxis,
    from: &'a [T],
    /// The planes of `from` that are summed.
    planes: Range<usize>,
    weights: Weights<'a, T>,
    b: Option<&'a [T]>,
    relu: bool,
    /// The number of planes of `to`.
    outs: usize,
    to: &'a mut [T],
    /// The weights of the outputs that are computed now, planes×r×s×outputs.
    packed: &'a mut [T],
}

/// The weights of a group, and the distances between them.
struct Weights<'a, T> {
    w: &'a [T],
    per_out: usize,
    per_plane: usize,
    per_tap: usize,
}

/// Whether the sums of `vectors` vectors fit in the registers. Tiles that do not fit are not compiled.
const fn fits<S: Simd>(vectors: usize) -> bool {
    vectors * S::PARTS <= S::TILE_REGISTERS
}

/// `db[k] += Σ oy,ox dy[k,oy,ox]`: [`reference::backward_bias_row`](super::reference::backward_bias_row).
#[derive(Debug)]
pub struct BackwardBias<'a, T> {
    /// The number of elements of a plane of `dy`.
    pub plane: usize,
    /// The number of elements of a row of the plane.
    pub width: usize,
    /// Gradient to the output, k×oh×ow.
    pub dy: &'a [T],
    /// Gradient to the biases, k; the result is added to it.
    pub db: &'a mut [T],
}

impl<T: Float> Kernel<T> for BackwardBias<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        for (db, dy) in self.db.iter_mut().zip(self.dy.chunks_exact(self.plane)) {
            let mut sum = simd.splat(T::ZERO);
            for row in dy.chunks_exact(self.width) {
                for dy in row.chunks(LANES) {
                    sum = sum + simd.load_partial(dy);
                }
            }
            *db += simd.sum(sum);
        }
    }
}
