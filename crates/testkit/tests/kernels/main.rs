//! Kernels against their references, bit for bit.

mod activations;
mod batch_norm;
mod conv;
mod harness;
mod layers;
mod layout;
mod pool;
mod resample;
mod sum;
mod tree;
mod update;
mod winograd;
