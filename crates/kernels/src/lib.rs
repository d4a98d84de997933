//! The arithmetic of every operation: the plain loops that define it, and the fast kernels that equal them bit for bit.
//!
//! Each operation is a folder of up to four files:
//!
//! | file | content |
//! |---|---|
//! | `reference.rs` | the formula and the loop that fixes its order, one sample, `f32` or `f64`; forward and backward |
//! | `block.rs` | sixteen samples side by side |
//! | `row.rs` | one sample, sixteen pixels or outputs side by side |
//! | `flat.rs` | operations for which it does not matter to which sample an element belongs |
//!
//! The **order contract**: forward and backward to the input, each output is one chain of fused multiply-adds in the
//! loop order of the reference. Fast kernels may tile and pack, but they never split or reorder a chain. For gradients
//! to the weights, each block has one *leaf*. The reference fixes the order of the sums of a leaf. One binary tree over
//! the blocks adds the leaves.
//!
//! [`winograd`] is not a faster version of [`conv2d`]. It is another operation, with other bits and its own references.
//!
//! A fast operation is a [`Kernel`](toddle_lanes::Kernel): a struct of its arguments, which [`Run::on`] runs.
//!
//! ```
//! use toddle_kernels::Run;
//! use toddle_kernels::activation::{Activation, flat, reference};
//! use toddle_lanes::Isa;
//!
//! let x = [0.5, -1.0, 2.0];
//! let (mut fast, mut plain) = ([0.0; 3], [0.0; 3]);
//! flat::Forward { activation: Activation::Tanh, x: &x, y: &mut fast }.on(Isa::detect());
//! reference::forward(Activation::Tanh, &x, &mut plain);
//! assert_eq!(fast, plain);
//! ```
#![forbid(unsafe_code)]
#![no_std]

extern crate alloc;

pub mod activation;
pub mod argmax;
mod compiled;
pub mod conv2d;
pub mod dense;
pub mod dropout;
pub mod embedding;
pub mod group_norm;
pub mod layout;
pub mod log_softmax;
pub mod loss;
pub mod noise;
pub mod norm;
pub mod pool;
pub mod prelu;
pub mod product;
pub mod resample;
pub mod softmax;
pub mod sum;
mod tile;
pub mod update;
pub mod winograd;

pub use compiled::{Number, Run};
use toddle_lanes::LANES;

/// One element of sixteen samples.
pub type Lane<T> = [T; LANES];
