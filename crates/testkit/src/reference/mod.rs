//! Layers and whole networks computed by the kernels' reference loops, sample after sample.
//!
//! What the engine computes is to have these bits.

mod conv2d;
mod conv_transpose2d;
mod dense;
mod flatten;
mod network;
mod softmax;
mod tanh;

use std::fmt::Debug;

use toddle::layer::Family;
use toddle::{Float, LayerSpec, Shape};

pub use network::gradient;

/// A layer with the shape of its input, as its reference loops compute it.
pub trait Reference<T: Float>: Debug {
    /// The shape that comes out.
    fn output(&self) -> Shape;

    /// How many parameters there are.
    fn params(&self) -> usize {
        0
    }

    /// What comes out of one sample.
    fn forward(&self, params: &[T], x: &[T]) -> Vec<T>;

    /// The gradient to the input of one sample.
    fn backward_input(&self, family: Family, params: &[T], x: &[T], y: &[T], dy: &[T]) -> Vec<T>;

    /// The gradient to the parameters of one sample by itself.
    fn row_gradient(&self, params: &[T], x: &[T], dy: &[T]) -> Vec<T> {
        let _ = (params, x, dy);
        Vec::new()
    }

    /// The leaf of a block: the gradient to the parameters of its sixteen samples, one after the other in `x` and `dy`.
    fn leaf(&self, params: &[T], x: &[T], dy: &[T]) -> Vec<T> {
        let _ = (params, x, dy);
        Vec::new()
    }
}

/// The layer `spec` on `input`, which it fits.
pub fn layer<T: Float>(spec: &LayerSpec, input: Shape) -> Box<dyn Reference<T>> {
    match spec {
        LayerSpec::Conv2d(spec) => Box::new(conv2d::Reference::new(spec, input)),
        LayerSpec::ConvTranspose2d(spec) => Box::new(conv_transpose2d::Reference::new(spec, input)),
        LayerSpec::Dense(spec) => Box::new(dense::Reference { inputs: input.size(), outputs: spec.outputs }),
        LayerSpec::Flatten(_) => Box::new(flatten::Reference { size: input.size() }),
        LayerSpec::Softmax(spec) => {
            Box::new(softmax::Reference { jacobian: spec.jacobian, size: input.size() })
        }
        LayerSpec::Tanh(_) => Box::new(tanh::Reference { shape: input }),
    }
}

/// The leaf of a layer whose reference adds one sample's part to a gradient of `params` numbers: the parts of sixteen
/// samples, each computed by itself, summed by the tree over the lanes.
fn leaf_over_lanes<T: Float>(
    params: usize,
    sizes: (usize, usize),
    x: &[T],
    dy: &[T],
    mut part: impl FnMut(&[T], &[T], &mut [T]),
) -> Vec<T> {
    let each: Vec<Vec<T>> = (x.chunks_exact(sizes.0).zip(dy.chunks_exact(sizes.1)))
        .map(|(x, dy)| {
            let mut gradient = vec![T::ZERO; params];
            part(x, dy, &mut gradient);
            gradient
        })
        .collect();
    (0..params).map(|i| toddle_lanes::tree_sum(std::array::from_fn(|n| each[n][i]))).collect()
}
