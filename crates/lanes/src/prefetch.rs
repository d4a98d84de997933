//! Asking for memory before it is needed.

/// Asks the CPU to have what `from` begins with in its first-level cache soon.
///
/// It changes nothing else, and costs about as much as a load.
#[inline(always)]
pub fn prefetch<T>(from: &T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: every x86-64 CPU has the instruction, which never fails.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(from).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = from;
}

/// The same for what is about to be written.
#[inline(always)]
pub fn prefetch_to_write<T>(to: &T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_ET0, _mm_prefetch};
        // SAFETY: as for `prefetch`; CPUs without this hint do nothing.
        unsafe { _mm_prefetch::<_MM_HINT_ET0>(std::ptr::from_ref(to).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = to;
}
