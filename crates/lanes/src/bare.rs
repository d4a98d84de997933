//! A machine without an operating system: one thread, no clock, no environment variables. The same items as in `hosted`.

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::UnsafeCell;
use core::fmt;
use core::hint::spin_loop;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;

#[cfg(feature = "libm")]
pub(crate) use libm::{fma, fmaf, sqrt, sqrtf};

/// Workers that work one after the other, on the thread of the caller.
#[derive(Debug)]
pub struct Pool {
    workers: usize,
}

impl Pool {
    /// The highest number of workers of a pool.
    pub const MOST: usize = 64;

    /// A pool of `workers` workers: at least one, at most [`MOST`](Self::MOST).
    pub fn new(workers: usize) -> Self {
        Pool { workers: workers.clamp(1, Self::MOST) }
    }

    /// The number of workers.
    pub fn workers(&self) -> usize {
        self.workers
    }

    /// The number of threads: one.
    pub fn threads(&self) -> usize {
        1
    }

    /// Calls `job(0)`, `job(1)` … one after the other.
    pub fn run(&mut self, job: impl Fn(usize) + Sync) {
        (0..self.workers).for_each(job);
    }
}

/// A value that one core uses at a time. An interrupt must not use a lock that the code it interrupts may hold.
pub struct Lock<T> {
    taken: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: `with` gives out the value to one caller at a time. It may be used by other cores if `T` may.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    /// A lock of `value`.
    pub const fn new(value: T) -> Self {
        Lock { taken: AtomicBool::new(false), value: UnsafeCell::new(value) }
    }

    /// Calls `work` with the value. Other cores wait until the call returns. `work` must not use the same lock.
    pub fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        /// Opens the lock, also if `work` panics.
        struct Open<'a>(&'a AtomicBool);

        impl Drop for Open<'_> {
            fn drop(&mut self) {
                self.0.store(false, Ordering::Release);
            }
        }

        while self.taken.swap(true, Ordering::Acquire) {
            spin_loop();
        }
        let _open = Open(&self.taken);
        // SAFETY: `taken` was false, so nobody else has the value until `_open` is dropped.
        work(unsafe { &mut *self.value.get() })
    }
}

impl<T> fmt::Debug for Lock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lock").finish_non_exhaustive()
    }
}

/// A stopwatch that stands still, because there is no clock.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch;

impl Stopwatch {
    /// Whether time passes on it.
    pub const RUNS: bool = false;

    /// A stopwatch that starts now.
    pub fn start() -> Self {
        Stopwatch
    }

    /// The time since the start: none.
    pub fn elapsed(self) -> Duration {
        Duration::ZERO
    }
}

/// The number of cores that this program uses: one.
pub fn cores() -> usize {
    1
}

/// Does nothing: memory is not divided into pages.
pub fn page_out(_: &[u8]) {}

/// There are no environment variables.
pub(crate) fn variable(_: &str) -> Option<String> {
    None
}

/// There are no huge pages.
pub(crate) fn huge(_: usize) -> Option<(Vec<u8>, NonNull<u8>)> {
    None
}

/// Whether every CPU for which the code is compiled has the feature. There is nobody to ask about this CPU.
#[cfg(target_arch = "x86_64")]
macro_rules! has_feature {
    ($name:tt) => {
        cfg!(target_feature = $name)
    };
}
#[cfg(target_arch = "x86_64")]
pub(crate) use has_feature;
