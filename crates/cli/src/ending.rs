//! How a command ended, if nothing failed.

/// How a command ended, if nothing failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All was done.
    Complete,
    /// Ctrl-C came first; what there was by then is written.
    Interrupted,
}
