//! What there is to see in a network and in its training.
//!
//! | module | content |
//! |---|---|
//! | [`why`] | why a network answers as it does |
//!
//! The crate does no I/O and has no clock: data go in, and numbers, SVG and HTML come out.
#![forbid(unsafe_code)]

mod cut;
mod error;
pub mod why;

pub use cut::cut;
pub use error::LookError;
