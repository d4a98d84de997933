//! Signals that ask a training to end: it ends between two steps, and saves.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Whether a signal has asked the program to end.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    /// The signal's number, or 0.
    signal: Arc<AtomicUsize>,
}

impl Interrupt {
    /// From now on Ctrl-C, SIGTERM and SIGHUP are noted here, and no longer end the program. A second Ctrl-C does: whoever
    /// waits for a disk that does not answer has to be able to leave.
    ///
    /// The signals may come together for one cause, as from `timeout`, from a supervisor and from a terminal that is closed:
    /// SIGTERM and SIGHUP change nothing more, and the first Ctrl-C after them does not either.
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

    /// Whether to stop.
    pub fn heard(&self) -> bool {
        self.signal.load(Ordering::Relaxed) != 0
    }

    /// The exit code of a program that a signal has ended, as shells have it: 130 for Ctrl-C, 143 for SIGTERM, 129 for SIGHUP.
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

/// Whether the program was started so that SIGHUP does nothing, as `nohup` does; then that stays so.
///
/// The standard library cannot tell. A shell can, as a program that is started inherits what its parent ignores: the shell
/// sends itself the signal, and either lives or does not.
#[cfg(unix)]
fn ignores_hangup() -> bool {
    use std::process::{Command, Stdio};

    let mut shell = Command::new("sh");
    shell.args(["-c", "kill -HUP $$"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    shell.status().is_ok_and(|status| status.success())
}
