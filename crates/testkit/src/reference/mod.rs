//! Layers and whole networks, computed by the reference loops of the kernels, sample after sample.
//!
//! The results of the engine have to equal these results in every bit.

mod activation;
mod batch_norm;
mod conv2d;
mod conv_transpose2d;
mod dense;
mod dropout;
mod embedding;
mod flatten;
mod group_norm;
mod log_softmax;
mod network;
mod noise;
mod pool;
mod prelu;
mod resample;
mod reshape;
mod softmax;

use std::fmt::Debug;

use toddle::layer::{Draw, Family};
use toddle::{Float, LayerSpec, Shape};
use toddle_kernels::pool::Count;
use toddle_kernels::update::reference::tree_of;

pub use network::{Outcome, gradient, step};

/// A layer with the shape of its input, computed by its reference loops.
pub trait Reference<T: Float>: Debug {
    /// The shape of the output.
    fn output(&self) -> Shape;

    /// The number of parameters.
    fn params(&self) -> usize {
        0
    }

    /// The number of elements that training changes without a gradient.
    fn state(&self) -> usize {
        0
    }

    /// The output for one sample.
    fn forward(&self, params: &[T], x: &[T]) -> Vec<T>;

    /// The output for one sample in inference, with the `state` that training has left.
    fn answer(&self, params: &[T], state: &[T], x: &[T]) -> Vec<T> {
        let _ = state;
        self.forward(params, x)
    }

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

    /// The output for a batch in training, sample after sample.
    fn forward_batch(&self, batch: &Batch, params: &[T], x: &[T]) -> Vec<T> {
        batch.each(x).flat_map(|x| self.forward(params, x)).collect()
    }

    /// The gradient to the input of a batch, sample after sample.
    fn backward_batch(&self, batch: &Batch, params: &[T], x: &[T], y: &[T], dy: &[T]) -> Vec<T> {
        (batch.each(x).zip(batch.each(y)).zip(batch.each(dy)))
            .flat_map(|((x, y), dy)| self.backward_input(batch.family, params, x, y, dy))
            .collect()
    }

    /// The gradient to the parameters of a batch: the tree over the leaves of its blocks.
    fn gradient_batch(&self, batch: &Batch, params: &[T], x: &[T], dy: &[T]) -> Vec<T> {
        if batch.family == Family::Row {
            return self.row_gradient(params, x, dy);
        }
        let blocks = batch.blocks(x).zip(batch.blocks(dy));
        let leaves: Vec<Vec<T>> = blocks.map(|(x, dy)| self.leaf(params, x, dy)).collect();
        (0..self.params()).map(|i| tree_of(0..leaves.len(), &|block| leaves[block][i])).collect()
    }
}

/// A batch in training, filled up to whole blocks with samples that do not count.
#[derive(Clone, Copy, Debug)]
pub struct Batch {
    /// One sample by itself or blocks.
    pub family: Family,
    /// The number of samples that count.
    pub samples: usize,
    /// The place of the batch in the training and of the layer in the network.
    pub draw: Draw,
}

impl Batch {
    /// The number of samples, with the samples that fill up the last block.
    pub fn padded(&self) -> usize {
        self.samples.next_multiple_of(self.family.samples())
    }

    /// The samples of `numbers`, one after the other.
    pub fn each<'a, T>(&self, numbers: &'a [T]) -> impl Iterator<Item = &'a [T]> {
        numbers.chunks_exact(numbers.len() / self.padded())
    }

    /// The blocks of `numbers`, one after the other.
    pub fn blocks<'a, T>(&self, numbers: &'a [T]) -> impl Iterator<Item = &'a [T]> {
        numbers.chunks_exact(numbers.len() / self.padded() * self.family.samples())
    }
}

/// The layer `spec` on `input`. The layer has to accept the input.
pub fn layer<T: Float>(spec: &LayerSpec, input: Shape) -> Box<dyn Reference<T>> {
    match spec {
        LayerSpec::BatchNorm(spec) => Box::new(batch_norm::Reference { spec: *spec, shape: input }),
        LayerSpec::Conv1d(spec) => Box::new(conv2d::Reference::new(&spec.of_image(), input)),
        LayerSpec::Conv2d(spec) => Box::new(conv2d::Reference::new(spec, input)),
        LayerSpec::ConvTranspose2d(spec) => Box::new(conv_transpose2d::Reference::new(spec, input)),
        LayerSpec::Crop(spec) => Box::new(resample::Reference::crop(spec, input)),
        LayerSpec::Custom(_) => panic!("a layer of a user's own has no reference here"),
        LayerSpec::Dense(spec) => {
            Box::new(dense::Reference { inputs: input.size(), outputs: spec.outputs, bias: spec.bias })
        }
        LayerSpec::Dropout(spec) => {
            Box::new(dropout::Reference { rate: spec.rate, together: 1, shape: input })
        }
        LayerSpec::SpatialDropout(spec) => Box::new(dropout::Reference::spatial(spec, input)),
        LayerSpec::Embedding(spec) => Box::new(embedding::Reference { spec: *spec, input }),
        LayerSpec::GaussianNoise(spec) => {
            Box::new(noise::Reference { deviation: spec.deviation, shape: input })
        }
        LayerSpec::Residual(_) => panic!("a residual block is several layers"),
        LayerSpec::Concat | LayerSpec::Product | LayerSpec::Shared(_) | LayerSpec::Sum => {
            panic!("`{spec}` is of a whole network")
        }
        LayerSpec::Flatten => Box::new(flatten::Reference { size: input.size() }),
        LayerSpec::GroupNorm(spec) => Box::new(group_norm::Reference::group(spec, input)),
        LayerSpec::LayerNorm(spec) => Box::new(group_norm::Reference::layer(spec, input)),
        LayerSpec::LogSoftmax(spec) => Box::new(log_softmax::Reference::new(spec, input)),
        LayerSpec::Pad(spec) => Box::new(resample::Reference::pad(spec, input)),
        LayerSpec::Prelu(spec) => Box::new(prelu::Reference::new(spec, input)),
        LayerSpec::AdaptiveAvgPool2d(spec) => {
            Box::new(pool::Reference::adaptive(spec.output, Some(Count::Image), input))
        }
        LayerSpec::AdaptiveMaxPool2d(spec) => Box::new(pool::Reference::adaptive(spec.output, None, input)),
        LayerSpec::AvgPool1d(spec) => Box::new(pool::Reference::average(&spec.of_image(), input)),
        LayerSpec::AvgPool2d(spec) => Box::new(pool::Reference::average(spec, input)),
        LayerSpec::GlobalAvgPool => Box::new(pool::Reference::global(Some(Count::Window), input)),
        LayerSpec::GlobalMaxPool => Box::new(pool::Reference::global(None, input)),
        LayerSpec::MaxPool1d(spec) => Box::new(pool::Reference::max(&spec.of_image(), input)),
        LayerSpec::MaxPool2d(spec) => Box::new(pool::Reference::max(spec, input)),
        LayerSpec::Reshape(spec) => Box::new(reshape::Reference { shape: spec.shape }),
        LayerSpec::Softmax(spec) => Box::new(softmax::Reference::new(spec, input)),
        LayerSpec::Upsample(spec) => Box::new(resample::Reference::upsample(spec, input)),
        LayerSpec::ClippedRelu(_)
        | LayerSpec::Elu(_)
        | LayerSpec::Gelu(_)
        | LayerSpec::HardSigmoid
        | LayerSpec::HardSwish
        | LayerSpec::LeakyRelu(_)
        | LayerSpec::Mish
        | LayerSpec::Relu
        | LayerSpec::Selu
        | LayerSpec::Sigmoid
        | LayerSpec::Silu
        | LayerSpec::Softplus(_)
        | LayerSpec::Softsign
        | LayerSpec::Tanh => Box::new(activation::Reference::new(spec, input)),
    }
}

/// The leaf of a layer whose reference adds the part of one sample to a gradient of `params` elements. The parts of
/// sixteen samples are computed separately, and the tree over the lanes adds them.
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
