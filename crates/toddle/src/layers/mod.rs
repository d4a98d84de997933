//! Layers. `registry.rs` is the table of all layers. Each layer has one file with its settings and with the layer
//! that is built from them for a shape.

pub(crate) mod activation;
mod adaptive_pool2d;
mod avg_pool1d;
mod avg_pool2d;
pub(crate) mod batch_norm;
mod conv1d;
mod conv2d;
mod conv_transpose2d;
mod crop;
pub mod custom;
mod dense;
mod dropout;
mod embedding;
pub(crate) mod flatten;
mod gaussian_noise;
pub(crate) mod global_pool;
mod group_norm;
pub(crate) mod join;
mod layer_norm;
mod log_softmax;
mod max_pool1d;
mod max_pool2d;
mod pad;
pub(crate) mod per_sample;
mod pool;
mod prelu;
mod registry;
mod resample;
mod reshape;
mod residual;
mod sequence;
mod shared;
mod softmax;
mod spatial_dropout;
mod upsample;
mod window;
mod winograd;

pub use activation::{ClippedRelu, Elu, Gelu, LeakyRelu, Softplus};
pub use adaptive_pool2d::{AdaptiveAvgPool2d, AdaptiveMaxPool2d};
pub use avg_pool1d::AvgPool1d;
pub use avg_pool2d::AvgPool2d;
pub use batch_norm::BatchNorm;
pub use conv_transpose2d::ConvTranspose2d;
pub use conv1d::Conv1d;
pub use conv2d::Conv2d;
pub use crop::Crop;
pub use dense::Dense;
pub use dropout::Dropout;
pub use embedding::Embedding;
pub use gaussian_noise::GaussianNoise;
pub use group_norm::GroupNorm;
pub use layer_norm::LayerNorm;
pub use log_softmax::LogSoftmax;
pub use max_pool1d::MaxPool1d;
pub use max_pool2d::MaxPool2d;
pub use pad::{Pad, PadMode};
pub use prelu::Prelu;
pub use registry::LayerSpec;
pub use registry::plain::*;
pub use reshape::Reshape;
pub use residual::Residual;
pub use sequence::Padding1d;
pub use shared::Shared;
pub use softmax::{Softmax, SoftmaxAxis};
pub use spatial_dropout::SpatialDropout;
pub use upsample::{Upsample, UpsampleMode};
pub use window::{Padding, Sides, Size};

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use toddle_kernels::Lane;
use toddle_lanes::LANES;

/// The elements of a block as lanes.
fn lanes<T>(block: &[T]) -> &[Lane<T>] {
    block.as_chunks::<LANES>().0
}

/// The elements of a block as mutable lanes.
fn lanes_mut<T>(block: &mut [T]) -> &mut [Lane<T>] {
    block.as_chunks_mut::<LANES>().0
}

/// Writes a layer: its kind, and the settings that do not have their defaults.
fn write_changed<const N: usize>(
    f: &mut fmt::Formatter<'_>,
    kind: &str,
    settings: [Option<String>; N],
) -> fmt::Result {
    let settings: Vec<String> = settings.into_iter().flatten().collect();
    if settings.is_empty() { f.write_str(kind) } else { write!(f, "{kind} {{ {} }}", settings.join(", ")) }
}
