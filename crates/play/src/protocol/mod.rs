//! What a page asks, and what a session answers: the types of `PROTOCOL.md`.
//!
//! | file | idea |
//! |---|---|
//! | `ask.rs` | the asks |
//! | `answer.rs` | the answers |
//! | `opened.rs` | what there is, and what is open |
//! | `nodes.rs` | the nodes of a network, and the layers that there are |
//! | `values.rs` | the values of a network for an input, and the answers about samples |
//! | `element.rs` | one element, forward and backward |
//! | `news.rs` | how far a training is |
//! | `numbers.rs` | how the numbers of a network are distributed |
//! | `frames.rs` | the film of a training |
//! | `array.rs` | arrays with the bits of the engine |
//! | `fault.rs` | errors |

mod answer;
mod array;
mod ask;
mod element;
mod fault;
mod frames;
mod news;
mod nodes;
mod numbers;
mod opened;
mod values;

pub use answer::Answer;
pub use array::{Array, Packed};
pub use ask::*;
pub use element::*;
pub use fault::{Fault, Place};
pub use frames::*;
pub use news::*;
pub use nodes::*;
pub use numbers::*;
pub use opened::*;
pub use values::*;
