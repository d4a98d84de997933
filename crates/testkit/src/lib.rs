//! What toddle is tested with.
//!
//! | module | what |
//! |---|---|
//! | [`cases`] | one table: every layer at awkward sizes, which feeds all the other tests |
//! | [`reference`](mod@reference) | whole networks computed by the kernels' reference loops |
//! | [`gradient`] | central differences |
//! | [`random`] | layers of random settings on random small inputs |
//! | [`lent`] | one layer in the engine's place, and its bits against its reference |
//! | [`numbers`] | numbers to compute with, and comparing bits |
//!
//! Values that NumPy, SciPy and PyTorch computed, with the scripts that made them, are in `goldens`.
#![forbid(unsafe_code)]

pub mod cases;
pub mod gradient;
pub mod lent;
pub mod numbers;
pub mod random;
pub mod reference;
