//! The page without a server: the session of `toddle_play` in WebAssembly.
//!
//! A Web Worker makes a [`Session`], passes the asks of the page on to it, and trains between them. `.ci/wasm` builds the modules.
//! `crates/play/page/open.js` opens the one that is right for the engine, and `crates/play/page/worker.js` is the worker.
#![forbid(unsafe_code)]

mod shelf;

use std::sync::Arc;

use toddle::Machine;
use toddle_play::protocol::{Open, PointSettings};
use toddle_play::{Answer, Ask};
#[cfg(target_family = "wasm")]
use wasm_bindgen::prelude::wasm_bindgen;

use self::shelf::Digits;

/// The session of one page. Asks and answers are JSON, as in `PROTOCOL.md` of `toddle_play`.
#[cfg_attr(target_family = "wasm", wasm_bindgen)]
pub struct Session(toddle_play::Session);

#[cfg_attr(target_family = "wasm", wasm_bindgen)]
impl Session {
    /// A session with digits in the format of MNIST's files, plain or gzip. A network that learns points is open.
    ///
    /// # Errors
    /// The files cannot be read.
    #[cfg_attr(target_family = "wasm", wasm_bindgen(constructor))]
    pub fn new(
        train_images: &[u8],
        train_labels: &[u8],
        test_images: &[u8],
        test_labels: &[u8],
    ) -> Result<Session, String> {
        let digits = Digits::read([train_images, train_labels], [test_images, test_labels]);
        let digits = digits.map_err(|fault| fault.to_string())?;
        let machine = Machine::detect().map_err(|error| error.to_string())?.threads(1);
        let mut session = toddle_play::Session::new(Arc::new(digits), machine);
        let open = Open { points: Some(PointSettings::default()), ..Open::default() };
        session.handle(Ask::Open(open)).map_err(|fault| fault.to_string())?;
        Ok(Session(session))
    }

    /// The answer to an ask.
    pub fn handle(&mut self, ask: &str) -> String {
        let answer = Ask::of_json(ask.as_bytes()).and_then(|ask| self.0.handle(ask));
        answer.map_or_else(|fault| json(&serde_json::json!({ "error": fault })), |answer| json(&answer))
    }

    /// How far the training is: the answer to the ask `news`.
    pub fn news(&self) -> String {
        json(&Answer::News(self.0.news()))
    }

    /// Whether a training is running.
    pub fn is_running(&self) -> bool {
        self.0.is_running()
    }

    /// Trains for at most so many steps. Returns whether something is left to do.
    pub fn train_slice(&mut self, steps: usize) -> bool {
        self.0.train_slice(steps)
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("an answer is JSON")
}
