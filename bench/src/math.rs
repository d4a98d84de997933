//! Placeholder until merged.
/// Nothing yet.
pub fn run() {}
