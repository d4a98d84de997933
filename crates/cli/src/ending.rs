//! How a command ended, if nothing failed.

/// How a command ended, if nothing failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All was done.
    Complete,
    /// All was done, and what was looked for is not as it should be.
    Wrong,
    /// A signal came first, which has this exit code; what there was by then is written.
    Interrupted(u8),
}
