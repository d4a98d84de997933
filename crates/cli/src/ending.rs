//! How a command ended without an error.

/// How a command ended without an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The command has done everything.
    Complete,
    /// The command has done everything, and the result of its check is negative.
    Wrong,
    /// A signal with this exit code came first. All results up to the signal are written.
    Interrupted(u8),
}
