//! Signals that ask a training to end. The training ends between two steps and saves its state.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Signals within this time have one cause.
const TOGETHER: Duration = Duration::from_millis(500);

/// Whether a signal has asked the program to end.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    /// The number of the signal, or 0.
    signal: Arc<AtomicUsize>,
}

impl Interrupt {
    /// From now on, Ctrl-C, SIGTERM and SIGHUP are noted here and do not end the program. Another Ctrl-C, half a second later or
    /// more, ends the program, so that a user can leave while a disk does not answer.
    ///
    /// Several signals may come together for one cause: from `timeout`, from a supervisor, or from a terminal that is
    /// closed. So SIGTERM and SIGHUP after the first signal have no effect, and neither has the first Ctrl-C after
    /// them.
    pub fn listen() -> Interrupt {
        let interrupt = Interrupt::default();
        let (pressed, ends) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        // A signal that cannot be listened to ends the program at once, and leaves no half-written file either.
        let _ = flag::register_conditional_shutdown(SIGINT, 128 + SIGINT, ends.clone());
        let _ = flag::register(SIGINT, pressed.clone());
        for signal in signals() {
            let _ = flag::register_usize(signal, interrupt.signal.clone(), signal as usize);
        }
        // A handler of signals can only set flags, so a thread looks at the clock. Without the thread, Ctrl-C never ends the program.
        let _ = thread::Builder::new().name("ctrl-c".into()).spawn(move || {
            while !pressed.load(Ordering::Relaxed) {
                thread::sleep(TOGETHER / 5);
            }
            thread::sleep(TOGETHER);
            // Nobody may read what is written, and then writing takes for ever.
            ends.store(true, Ordering::Relaxed);
            eprintln!("stopping … Ctrl-C once more ends the program at once, and saves nothing");
        });
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
