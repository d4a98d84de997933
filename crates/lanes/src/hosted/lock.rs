//! Values that several threads change.

use std::sync::{Mutex, PoisonError};

/// A value that one thread uses at a time.
///
/// ```
/// static COUNT: toddle_lanes::Lock<u64> = toddle_lanes::Lock::new(0);
/// COUNT.with(|count| *count += 1);
/// assert_eq!(COUNT.with(|count| *count), 1);
/// ```
#[derive(Debug)]
pub struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    /// A lock of `value`.
    pub const fn new(value: T) -> Self {
        Lock(Mutex::new(value))
    }

    /// Calls `work` with the value. Other threads wait until the call returns. `work` must not use the same lock.
    pub fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
