//! The common tools of the tests of toddle.
//!
//! | module | content |
//! |---|---|
//! | [`cases`] | one table: every layer at sizes that are difficult for kernels; all other tests use the table |
//! | [`reference`](mod@reference) | whole networks, computed by the reference loops of the kernels |
//! | [`gradient`] | central differences |
//! | [`random`] | layers with random settings on small random inputs |
//! | [`lent`] | one layer, called as the engine calls it, and a comparison of its bits with its reference |
//! | [`numbers`] | random elements, and the comparison of bits |
//!
//! Values that were computed by NumPy, SciPy and PyTorch are in `goldens`, with the scripts that computed them.
#![forbid(unsafe_code)]

pub mod cases;
pub mod gradient;
pub mod lent;
pub mod numbers;
pub mod random;
pub mod reference;
