//! One file a layer: its specification, and the layer frozen to a shape.

mod avg_pool2d;
mod border;
mod conv2d;
mod dense;
mod flatten;
pub(crate) mod global_pool;
mod max_pool2d;
mod pool;
mod reshape;
mod size;
mod softmax;
mod tanh;

pub use avg_pool2d::AvgPool2d;
pub use border::Border;
pub use conv2d::Conv2d;
pub use dense::Dense;
pub use flatten::Flatten;
pub use max_pool2d::MaxPool2d;
pub use reshape::Reshape;
pub use size::Size;
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
