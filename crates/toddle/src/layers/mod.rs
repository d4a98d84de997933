//! One file a layer: its specification, and the layer frozen to a shape.

mod batch_norm;
mod conv2d;
mod dense;
mod dropout;
mod flatten;
mod residual;
mod softmax;
mod tanh;

pub use batch_norm::BatchNorm;
pub use conv2d::{Conv2d, Size};
pub use dense::Dense;
pub use dropout::Dropout;
pub use flatten::Flatten;
pub use residual::Residual;
pub use softmax::{Jacobian, Softmax};
pub use tanh::Tanh;

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
