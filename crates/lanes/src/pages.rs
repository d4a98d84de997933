//! What the system is told about memory that is not needed soon.

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
