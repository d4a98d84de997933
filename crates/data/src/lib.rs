//! Data sets for toddle: a reader for IDX files.
#![forbid(unsafe_code)]

mod error;
mod idx;

pub use error::DataError;
pub use idx::{Idx, MAX_BYTES};
