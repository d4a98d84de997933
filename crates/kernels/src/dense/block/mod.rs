//! Dense layers for sixteen samples side by side: equals `reference` in every bit.
//!
//! | file | idea |
//! |---|---|
//! | `forward.rs` | forward, with samples or with outputs in a vector |
//! | `input.rs` | the gradient to the input |
//! | `weights.rs` | the gradient to the weights, over all blocks of a batch |
//!
//! Measured in `bench/runs/2026-11-27-amd-epyc-family-26-model-2/kernels.json`.

mod forward;
mod input;
mod weights;

use toddle_lanes::Simd;

pub use forward::Forward;
pub use input::BackwardInput;
pub use weights::{BackwardWeights, Leaf, ROWS_TOGETHER, tree_scratch};

/// The highest tile of sums that fits in the registers, in vectors, if `left` vectors are left.
#[inline(always)]
fn tile_height<S: Simd>(left: usize) -> usize {
    match left.min(S::TILE_REGISTERS / S::PARTS) {
        16.. => 16,
        12.. => 12,
        6.. => 6,
        3.. => 3,
        fewer => fewer,
    }
}

/// Whether a tile of so many vectors fits in the registers. Tiles that do not fit are not compiled.
const fn fits<S: Simd>(height: usize) -> bool {
    height * S::PARTS <= S::TILE_REGISTERS
}
