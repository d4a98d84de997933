//! Ctrl-C: a wish to stop, granted where it does no harm.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the user has pressed Ctrl-C.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// From now on Ctrl-C is heard here, and no longer ends the program.
    pub fn listen() -> Interrupt {
        let interrupt = Interrupt::default();
        let heard = interrupt.clone();
        // Where it cannot be heard it ends the program at once, which leaves no half-written file either.
        let _ = ctrlc::set_handler(move || heard.0.store(true, Ordering::Relaxed));
        interrupt
    }

    /// Whether to stop.
    pub fn heard(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
