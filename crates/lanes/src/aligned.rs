//! Buffers that begin on a cache line.

use std::fmt;
use std::ops::{Deref, DerefMut};

use crate::Float;
use crate::simd::LANES;

/// A fixed-size buffer of numbers whose first element lies on a 64-byte line, so that no vector straddles two.
///
/// It derefs to a slice, and that is all there is to it.
///
/// ```
/// let mut buffer = toddle_lanes::Aligned::<f32>::zeros(100);
/// buffer[7] = 1.0;
/// assert_eq!(buffer.len(), 100);
/// assert_eq!(buffer.as_ptr() as usize % 64, 0);
/// ```
#[derive(Clone, Default)]
pub struct Aligned<T> {
    lines: Vec<Line<T>>,
    len: usize,
}

/// Sixteen numbers on a line boundary: one line of `f32`, two of `f64`.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line<T>([T; LANES]);

impl<T: Float> Aligned<T> {
    /// A buffer of `len` zeros.
    pub fn zeros(len: usize) -> Self {
        const { assert!(size_of::<Line<T>>() == LANES * size_of::<T>(), "a line has no padding") };
        Aligned { lines: vec![Line([T::ZERO; LANES]); len.div_ceil(LANES)], len }
    }
}

impl<T> Deref for Aligned<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        // SAFETY: the lines are contiguous arrays of sixteen without padding, as `zeros` asserts, and hold at least `len`.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.len) }
    }
}

impl<T> DerefMut for Aligned<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as for `deref`; the borrow is exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.len) }
    }
}

impl<T: fmt::Debug> fmt::Debug for Aligned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.deref().fmt(f)
    }
}
