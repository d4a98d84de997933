//! How long something takes.

use std::time::{Duration, Instant};

/// A stopwatch. On a page without a server it stands still, because WebAssembly has no clock of its own.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Option<Instant>);

impl Stopwatch {
    /// Whether time passes on it.
    pub const RUNS: bool = !cfg!(all(target_family = "wasm", target_os = "unknown"));

    /// A stopwatch that starts now.
    pub fn start() -> Self {
        Stopwatch(Self::RUNS.then(Instant::now))
    }

    /// The time since the start.
    pub fn elapsed(self) -> Duration {
        self.0.map_or(Duration::ZERO, |start| start.elapsed())
    }
}
