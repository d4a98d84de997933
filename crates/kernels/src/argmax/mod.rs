//! Argmax: the index of the largest element, which is the class that a network predicts.
//!
//! If several elements are the largest, the first of them counts.

pub mod block;
pub mod reference;
