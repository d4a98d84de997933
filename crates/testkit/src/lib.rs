//! What toddle is tested with.
//!
//! | module | what |
//! |---|---|
//! | [`cases`] | one table: every layer at awkward sizes, which feeds all the other tests |
//! | [`reference`](mod@reference) | whole networks computed by the kernels' reference loops |
//! | [`gradient`] | central differences |
//! | [`numbers`] | numbers to compute with, and comparing bits |
//!
//! Values that NumPy and SciPy computed, with the scripts that made them, are in `goldens`.
#![forbid(unsafe_code)]

pub mod cases;
pub mod gradient;
pub mod numbers;
pub mod reference;
