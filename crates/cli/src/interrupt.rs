//! Signals that ask a training to end. The training ends between two steps and saves its state.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Whether a signal has asked the program to end.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    /// The number of the signal, or 0.
    signal: Arc<AtomicUsize>,
}

impl Interrupt {
    /// From now on, Ctrl-C, SIGTERM and SIGHUP are noted here and do not end the program. A second Ctrl-C ends the
    /// program, so that a user can leave while a disk does not answer.
    ///
    /// Several signals may come together for one cause: from `timeout`, from a supervisor, or from a terminal that is
    /// closed. So SIGTERM and SIGHUP after the first signal have no effect, and neither has the first Ctrl-C after
    /// them.
    pub fn listen() -> Interrupt {
        let interrupt = Interrupt::default();
        let heard = Arc::new(AtomicBool::new(false));
        // A signal that cannot be listened to ends the program at once, and leaves no half-written file either.
        // Actions run in the order in which they are registered: the first Ctrl-C finds `heard` false.
        let _ = flag::register_conditional_shutdown(SIGINT, 128 + SIGINT, heard.clone());
        let _ = flag::register(SIGINT, heard);
        for signal in signals() {
            let _ = flag::register_usize(signal, interrupt.signal.clone(), signal as usize);
        }
        interrupt
    }

    /// Whether a signal has come.
    pub fn heard(&self) -> bool {
        self.signal.load(Ordering::Relaxed) != 0
    }

    /// The exit code that shells use for a program that a signal has ended: 130 for Ctrl-C, 143 for SIGTERM, 129 for
    /// SIGHUP.
    pub fn exit_code(&self) -> u8 {
        128 + self.signal.load(Ordering::Relaxed) as u8
    }
}

#[cfg(unix)]
fn signals() -> Vec<i32> {
    let mut signals = vec![SIGINT, SIGTERM];
    if !ignores_hangup() {
        signals.push(signal_hook::consts::SIGHUP);
    }
    signals
}

#[cfg(not(unix))]
fn signals() -> Vec<i32> {
    vec![SIGINT, SIGTERM]
}

/// Whether the program was started with SIGHUP ignored, as `nohup` does. Then SIGHUP stays ignored.
///
/// The standard library cannot tell. A shell can, because a program inherits the ignored signals of its parent: the
/// shell sends the signal to itself, and either ends or continues.
#[cfg(unix)]
fn ignores_hangup() -> bool {
    use std::process::{Command, Stdio};

    let mut shell = Command::new("sh");
    shell.args(["-c", "kill -HUP $$"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    shell.status().is_ok_and(|status| status.success())
}
