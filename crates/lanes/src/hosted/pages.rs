//! Memory on huge pages, and what the system is told about memory that is not needed soon.

use std::ptr::NonNull;

use memmap2::{MmapMut, MmapOptions};

/// Bytes of a huge page on x86-64 and most other CPUs.
pub(crate) const HUGE_PAGE: usize = 2 << 20;

/// `bytes` bytes of zeros on huge pages, and a pointer to the first. None for less than a page, or if the system refuses.
pub(crate) fn huge(bytes: usize) -> Option<(MmapMut, NonNull<u8>)> {
    if bytes < HUGE_PAGE {
        return None;
    }
    // Within the length of one huge page, there is a place where a huge page begins.
    let mut pages = MmapOptions::new().len(bytes.next_multiple_of(HUGE_PAGE) + HUGE_PAGE).map_anon().ok()?;
    // A system without huge pages gives small pages.
    #[cfg(all(target_os = "linux", not(miri)))]
    let _ = pages.advise(memmap2::Advice::HugePage);
    let first = pages.as_ptr().align_offset(HUGE_PAGE);
    let start = NonNull::from(&mut pages[first..]).cast();
    Some((pages, start))
}

/// Tells the system that `bytes` are not needed soon, so that their pages can leave the memory. No byte changes.
///
/// Pages of the program's own file are read from the file again when they are needed. Only Linux has the request. A system that
/// refuses it keeps the pages.
pub fn page_out(bytes: &[u8]) {
    #[cfg(all(target_os = "linux", not(miri)))]
    {
        // At least the size of a page on any machine.
        const PAGE: usize = 64 << 10;
        let first = bytes.as_ptr().align_offset(PAGE).min(bytes.len());
        let whole = &bytes[first..][..(bytes.len() - first) / PAGE * PAGE];
        // SAFETY: the request is for whole pages inside the slice, and changes none of their bytes.
        unsafe { libc::madvise(whole.as_ptr().cast_mut().cast(), whole.len(), libc::MADV_PAGEOUT) };
    }
    #[cfg(not(all(target_os = "linux", not(miri))))]
    let _ = bytes;
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    #[test]
    fn the_bytes_stay_as_they_are() {
        let bytes: Vec<u8> = (0..300_000_u32).map(|n| (n % 251) as u8).collect();
        for part in [&bytes[..], &bytes[1..], &bytes[..70_000], &bytes[5..5]] {
            page_out(part);
        }
        assert!(bytes.iter().zip(0_u32..).all(|(byte, n)| u32::from(*byte) == n % 251));
    }
}
