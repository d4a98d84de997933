//! The machine that a plan is made for.

use toddle_lanes::{Isa, IsaError, cores};

/// What a network runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    /// The instruction set.
    pub isa: Isa,
    /// The most threads that a network uses. Their number changes no bit of a result.
    pub threads: usize,
}

impl Machine {
    /// This machine: all its cores, and the instruction set that `TODDLE_SIMD` names or else the widest of the CPU.
    ///
    /// # Errors
    /// `TODDLE_SIMD` names no instruction set of this CPU.
    pub fn detect() -> Result<Self, IsaError> {
        Ok(Machine { isa: Isa::from_env()?, threads: cores() })
    }

    /// The same machine, with so many threads at most.
    #[must_use]
    pub fn threads(self, threads: usize) -> Self {
        Machine { threads, ..self }
    }
}
