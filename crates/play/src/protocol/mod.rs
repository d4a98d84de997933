//! What a page asks, and what a session answers: the types of `PROTOCOL.md`.
//!
//! | file | idea |
//! |---|---|
//! | `ask.rs` | the asks |
//! | `answer.rs` | the answers |
//! | `element.rs` | the answer about one element, forward and backward |
//! | `array.rs` | arrays with the bits of the engine |
//! | `fault.rs` | errors |

mod answer;
mod array;
mod ask;
mod element;
mod fault;

pub use answer::*;
pub use array::Array;
pub use ask::*;
pub use element::*;
pub use fault::{Fault, Place};
