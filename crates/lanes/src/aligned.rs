//! Buffers that begin on a cache line, and memory in which several buffers lie side by side.

use alloc::collections::TryReserveError;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt::{self, Debug};
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;
use core::slice;

use crate::{Float, system};

/// Bytes of a cache line.
const LINE: usize = 64;

/// The highest number of bytes of one request: half of all that have addresses, so that no address computation
/// overflows.
const MOST: usize = isize::MAX as usize / 2;

/// A buffer of fixed length whose first element lies on a 64-byte cache line, so that no vector lies on two lines.
///
/// The buffer derefs to a slice and has no other methods for its elements.
///
/// ```
/// let mut buffer = toddle_lanes::Aligned::<f32>::zeros(100);
/// buffer[7] = 1.0;
/// assert_eq!(buffer.len(), 100);
/// assert_eq!(buffer.as_ptr() as usize % 64, 0);
/// ```
pub struct Aligned<T> {
    start: NonNull<T>,
    len: usize,
    /// The memory of the elements; none if there are no elements.
    _memory: Option<Memory>,
}

// SAFETY: a buffer is the only access to its elements, like a `Vec`. The memory around them is only touched to free it.
unsafe impl<T: Send> Send for Aligned<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for Aligned<T> {}

/// Memory for buffers that are used together.
///
/// From two mebibytes on, the memory lies on huge pages, if the system has huge pages. Then thousands of cache lines
/// take a single entry of the page tables of the CPU.
///
/// ```
/// let mut arena = toddle_lanes::Arena::with_room(1 << 20);
/// let (a, b) = (arena.zeros::<f32>(1000), arena.zeros::<f64>(5000));
/// assert_eq!((a.len(), b.len()), (1000, 5000));
/// ```
pub struct Arena {
    /// The place where the next buffer may begin.
    start: NonNull<u8>,
    /// The number of bytes from `start` on.
    left: usize,
    memory: Option<Memory>,
}

/// The owner of the memory, which frees it when the last buffer in it is dropped.
type Memory = Arc<dyn Send + Sync>;

/// The bytes of one cache line, aligned.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
struct Line([u8; LINE]);

/// At least `bytes` bytes of zeros, and a pointer to the first byte, which lies on a cache line. The error is an
/// allocation that the system refuses.
fn memory(bytes: usize) -> Result<(Memory, NonNull<u8>), TryReserveError> {
    if let Some((pages, start)) = system::huge(bytes) {
        return Ok((Arc::new(pages), start));
    }
    let mut lines = Vec::new();
    lines.try_reserve_exact(bytes.div_ceil(LINE))?;
    lines.resize(bytes.div_ceil(LINE), Line([0; LINE]));
    let start = NonNull::from(&mut lines[..]).cast();
    Ok((Arc::new(lines), start))
}

impl Arena {
    /// Memory for buffers of `bytes` bytes. If buffers need more, more memory is allocated.
    ///
    /// # Panics
    /// If no machine has so many bytes, or if the system refuses so many bytes now.
    pub fn with_room(bytes: usize) -> Self {
        match Arena::try_with_room(bytes) {
            Ok(arena) => arena,
            Err(_) => panic!("there is no room in memory for {bytes} bytes"),
        }
    }

    /// [`with_room`](Self::with_room), for sizes that come from input.
    ///
    /// # Errors
    /// If the system refuses so many bytes.
    ///
    /// # Panics
    /// If no machine has so many bytes.
    pub fn try_with_room(bytes: usize) -> Result<Self, TryReserveError> {
        assert!(bytes <= MOST, "{bytes} bytes are more than any machine has");
        if bytes == 0 {
            return Ok(Arena { start: NonNull::dangling(), left: 0, memory: None });
        }
        let (memory, start) = memory(bytes)?;
        Ok(Arena { start, left: bytes.next_multiple_of(LINE), memory: Some(memory) })
    }

    /// A buffer of `len` zeros.
    ///
    /// # Panics
    /// If no machine has room for so many elements.
    pub fn zeros<T: Float>(&mut self, len: usize) -> Aligned<T> {
        if len == 0 {
            return Aligned::default();
        }
        let bytes = len.saturating_mul(size_of::<T>()).min(MOST + 1).next_multiple_of(LINE);
        if bytes > self.left {
            *self = Arena::with_room(bytes);
        }
        let start = self.start.cast();
        // SAFETY: there are `left` bytes from `start` on, and `left` is at least `bytes`.
        self.start = unsafe { self.start.add(bytes) };
        self.left -= bytes;
        Aligned { start, len, _memory: self.memory.clone() }
    }
}

impl Debug for Arena {
    // The memory is not printed: other threads may be writing to its buffers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arena").field("left", &self.left).finish_non_exhaustive()
    }
}

impl<T: Float> Aligned<T> {
    /// A buffer of `len` zeros.
    ///
    /// # Panics
    /// If no machine has room for so many elements, or if the system refuses the memory now.
    pub fn zeros(len: usize) -> Self {
        Arena::with_room(0).zeros(len)
    }

    /// [`zeros`](Self::zeros), for lengths that come from input.
    ///
    /// # Errors
    /// If the system refuses so much memory.
    ///
    /// # Panics
    /// If no machine has room for so many elements.
    pub fn try_zeros(len: usize) -> Result<Self, TryReserveError> {
        let bytes = len.saturating_mul(size_of::<T>()).min(MOST + 1);
        Ok(Arena::try_with_room(bytes)?.zeros(len))
    }
}

impl<T: Float> Clone for Aligned<T> {
    fn clone(&self) -> Self {
        let mut clone = Self::zeros(self.len);
        clone.copy_from_slice(self);
        clone
    }
}

impl<T> Default for Aligned<T> {
    fn default() -> Self {
        Aligned { start: NonNull::dangling(), len: 0, _memory: None }
    }
}

impl<T> Deref for Aligned<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        // SAFETY: `start` is on a cache line of memory that lives as long as the buffer. For `len` elements, the memory
        // belongs to this buffer only. The bytes were zero at first, which is the number 0: buffers consist of
        // `Float`s, `f32` and `f64`.
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }
}

impl<T> DerefMut for Aligned<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as for `deref`; the borrow is exclusive.
        unsafe { slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }
}

impl<T: Debug> Debug for Aligned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.deref().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::format;

    use super::*;
    use crate::hosted::HUGE_PAGE;

    #[test]
    fn buffers_are_zero_apart_and_on_lines() {
        // Miri is slow, and looks at fewer elements.
        let step = if cfg!(miri) { 997 } else { 1 };
        // The first two buffers fit. The third does not fit, and lies on huge pages.
        let mut arena = Arena::with_room(10_000);
        let mut buffers =
            [arena.zeros::<f32>(17), arena.zeros(1000), arena.zeros(HUGE_PAGE / 4), arena.zeros(1)];
        for (n, buffer) in buffers.iter_mut().enumerate() {
            assert_eq!(buffer.as_ptr() as usize % LINE, 0);
            for number in buffer.iter_mut().step_by(step) {
                assert_eq!(*number, 0.0);
                *number = n as f32 + 1.0;
            }
        }
        drop(arena);
        for (n, buffer) in buffers.iter().enumerate() {
            assert!(buffer.iter().step_by(step).all(|number| *number == n as f32 + 1.0));
        }
    }

    #[test]
    fn a_clone_has_numbers_of_its_own() {
        let mut one = Aligned::<f64>::zeros(3);
        let other = one.clone();
        one[0] = 1.0;
        assert_eq!((one[0], other[0]), (1.0, 0.0));
    }

    #[test]
    #[should_panic(expected = "more than any machine has")]
    fn too_long_a_buffer_is_refused() {
        // So many elements that the number of their bytes overflows a `usize` to 0.
        Aligned::<f64>::zeros(1 << (usize::BITS - 3));
    }

    #[test]
    #[cfg_attr(miri, ignore = "Miri ends where memory is refused")]
    fn memory_that_the_system_refuses_is_an_error() {
        // More bytes than a process has addresses for, and not more than the limit of a request.
        assert!(Arena::try_with_room(MOST).is_err());
        assert!(Aligned::<f32>::try_zeros(MOST / size_of::<f32>()).is_err());
        assert_eq!(Aligned::<f32>::try_zeros(3).expect("room for twelve bytes").len(), 3);
    }

    #[test]
    fn what_is_lent_is_not_shown() {
        let mut arena = Arena::with_room(LINE);
        let mut lent = arena.zeros::<f64>(1);
        lent[0] = f64::from_bits(0x7b7b_7b7b_7b7b_7b7b);
        // Miri and thread sanitizers detect the read itself.
        let shown = std::thread::scope(|scope| {
            scope.spawn(|| lent[0] = f64::from_bits(0x7a7a_7a7a_7a7a_7a7a));
            format!("{arena:?}")
        });
        assert_eq!(shown, "Arena { left: 0, .. }");
    }

    #[test]
    fn what_is_empty_takes_no_memory() {
        assert!(Aligned::<f32>::zeros(0).is_empty());
        assert!(Arena::with_room(0).zeros::<f32>(0)._memory.is_none());
    }
}
