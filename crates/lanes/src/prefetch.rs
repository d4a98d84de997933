//! Requests for memory before it is needed.

/// Asks the CPU to load the cache line at the beginning of `from` into its first-level cache.
///
/// The request has no other effect. It takes about as long as a load.
#[inline(always)]
pub fn prefetch<T>(from: &T) {
    #[cfg(target_arch = "x86_64")]
    {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: every x86-64 CPU has the instruction, and the instruction never fails.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(core::ptr::from_ref(from).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = from;
}

/// Like [`prefetch`], for memory that will be written soon.
#[inline(always)]
pub fn prefetch_to_write<T>(to: &T) {
    #[cfg(target_arch = "x86_64")]
    {
        use core::arch::x86_64::{_MM_HINT_ET0, _mm_prefetch};
        // SAFETY: as for `prefetch`. CPUs without this hint ignore the instruction.
        unsafe { _mm_prefetch::<_MM_HINT_ET0>(core::ptr::from_ref(to).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = to;
}
