//! The memory that a reader may take.

use std::alloc::System;

use cap::Cap;
use toddle_data::Budget;

/// A request for memory above its limit fails, and the fuzzer reports the input.
#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

/// The memory that readers are told they may take, in bytes. Little, because large pictures take long.
const BUDGET: u64 = 8 << 20;

/// Calls `read` with the limit that toddle promises for a file of `bytes`: four times the file and 64 MiB.
pub fn within(bytes: &[u8], read: impl FnOnce()) {
    Budget::more(BUDGET).set();
    MEMORY.set_limit(MEMORY.allocated() + 4 * bytes.len() + (64 << 20)).expect("a limit above what is allocated");
    read();
    MEMORY.set_limit(usize::MAX).expect("any limit");
}
