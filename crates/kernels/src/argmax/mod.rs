//! Argmax: the place of the largest of some numbers, which is the class that a network answers with.
//!
//! Of equal numbers the first counts.

pub mod block;
pub mod reference;
