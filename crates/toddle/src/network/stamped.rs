//! A buffer that records when it may have changed.

use core::ops::{Deref, DerefMut};

use toddle_lanes::{Aligned, Lock};

/// A buffer with a stamp. While the stamp is the same, the elements are the same.
#[derive(Debug)]
pub(crate) struct Stamped<T> {
    numbers: Aligned<T>,
    stamp: u64,
}

impl<T> Stamped<T> {
    pub(crate) fn new(numbers: Aligned<T>) -> Self {
        Stamped { numbers, stamp: fresh() }
    }

    /// The stamp. It is above zero, and buffers with different elements never have the same stamp.
    pub(crate) fn stamp(&self) -> u64 {
        self.stamp
    }
}

impl<T> Deref for Stamped<T> {
    type Target = Aligned<T>;

    fn deref(&self) -> &Aligned<T> {
        &self.numbers
    }
}

impl<T> DerefMut for Stamped<T> {
    fn deref_mut(&mut self) -> &mut Aligned<T> {
        self.stamp = fresh();
        &mut self.numbers
    }
}

/// A stamp that no buffer has had.
fn fresh() -> u64 {
    static GIVEN: Lock<u64> = Lock::new(0);
    GIVEN.with(|given| {
        *given += 1;
        *given
    })
}
