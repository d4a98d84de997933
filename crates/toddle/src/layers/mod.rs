//! One file a layer: its specification, and the layer frozen to a shape.

pub(crate) mod activation;
mod batch_norm;
mod conv2d;
mod dense;
mod dropout;
pub(crate) mod flatten;
pub(crate) mod log_softmax;
mod prelu;
mod residual;
mod softmax;

pub use activation::{Elu, Gelu, LeakyRelu};
pub use batch_norm::BatchNorm;
pub use conv2d::{Conv2d, Size};
pub use dense::Dense;
pub use dropout::Dropout;
pub use prelu::Prelu;
pub use residual::Residual;
pub use softmax::Softmax;

use toddle_kernels::Lane;
use toddle_lanes::LANES;

/// A block's numbers as lanes.
fn lanes<T>(block: &[T]) -> &[Lane<T>] {
    block.as_chunks::<LANES>().0
}

/// A block's numbers as lanes to be written.
fn lanes_mut<T>(block: &mut [T]) -> &mut [Lane<T>] {
    block.as_chunks_mut::<LANES>().0
}
