//! Trainings for a page without a server: a [`Session`] in WebAssembly.
//!
//! A page makes a session, and calls its `answer` with a question as JSON and the bytes that belong to the question. The answer is
//! JSON. `.ci/wasm` builds the modules, and `crates/wasm/page/open.js` opens the one that is right for the engine.
#![forbid(unsafe_code)]

mod session;

pub use session::{Answer, Question, Session};
