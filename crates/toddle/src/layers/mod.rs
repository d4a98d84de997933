//! One file a layer: its specification, and the layer frozen to a shape.

mod conv2d;
mod conv_transpose2d;
mod dense;
mod flatten;
mod softmax;
mod tanh;
mod window;

pub use conv_transpose2d::ConvTranspose2d;
pub use conv2d::Conv2d;
pub use dense::Dense;
pub use flatten::Flatten;
pub use softmax::{Jacobian, Softmax};
pub use tanh::Tanh;
pub use window::{Padding, Sides, Size};

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
