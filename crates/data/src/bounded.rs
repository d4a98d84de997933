//! Reading no more than is expected, and asking for no more memory than what was read needs.

use std::io::{self, Read};

/// The most bytes of values that are read from one file or array: 1 GiB, twenty times MNIST.
pub const MAX_BYTES: usize = 1 << 30;

/// The first two bytes of gzip.
pub(crate) const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The next `limit` bytes of `source`, or fewer if it ends. Memory at most doubles what came, up to `limit`.
pub(crate) fn read_up_to(source: &mut dyn Read, limit: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    read_into(&mut bytes, source, limit)?;
    Ok(bytes)
}

/// As [`read_up_to`], into `bytes`, whose old content goes and whose memory is used again.
pub(crate) fn read_into(bytes: &mut Vec<u8>, source: &mut dyn Read, limit: usize) -> io::Result<()> {
    bytes.clear();
    loop {
        let room = bytes.len().max(1 << 16).min(limit - bytes.len());
        bytes.reserve_exact(room);
        let got = source.take(room as u64).read_to_end(bytes)?;
        if got < room || bytes.len() == limit {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_stops_at_the_limit_however_much_there_is() {
        for limit in [0, 1, 31, 32, 33, 65_536, 65_537, 1_000_001] {
            let bytes = read_up_to(&mut io::repeat(7), limit).unwrap();
            assert_eq!((bytes.len(), bytes.capacity()), (limit, limit));
        }
    }

    #[test]
    fn memory_follows_what_arrives_however_much_is_declared() {
        for there in [0, 1, 100, 65_536, 65_537, 1_000_001] {
            let bytes = read_up_to(&mut io::repeat(7).take(there), MAX_BYTES).unwrap();
            assert_eq!(bytes.len() as u64, there);
            assert!(bytes.capacity() as u64 <= 2 * there + (1 << 16), "{} for {there}", bytes.capacity());
        }
    }
}
