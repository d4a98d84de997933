//! The page of toddle: one sees a network at work, steps through it, and trains it.
//!
//! A [`Session`] holds a network with its data and its training. It answers an [`Ask`] with an [`Answer`], and trains in
//! slices when it is called. It has no thread and no clock of its own. It reads data and runs through its [`Shelf`] alone; only the
//! layers that an experiment takes from a run (`network.from`) are read from the run's file.
//! `PROTOCOL.md` describes every ask and every answer.
#![forbid(unsafe_code)]

#[cfg(feature = "server")]
pub mod folder;
pub mod protocol;
#[cfg(feature = "server")]
pub mod server;
mod session;

pub use protocol::{Answer, Ask, Fault};
pub use session::{BuiltIn, Filmed, Kept, Opening, Response, Session, Shelf, unknown};
