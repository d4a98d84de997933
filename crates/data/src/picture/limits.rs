//! How large a picture may be, by its header, before memory is asked for.

use super::Fault;
use crate::budget::Budget;

/// The longest side of a picture.
pub(super) const MAX_SIDE: usize = 16_384;

/// The most pixels of a picture.
pub(super) const MAX_PIXELS: usize = 1 << 26;

/// No kind but those of [`BLANK`] packs more bytes into one.
const MOST_PER_BYTE: usize = 1100;

/// What any file may hold whatever its length, where areas of one colour cost bytes.
pub(super) const SLACK: usize = 1 << 16;

/// What any file may hold whatever its length, where an area of one colour costs next to nothing.
pub(super) const BLANK: usize = 1 << 24;

/// Bytes of a pixel while a picture is decoded: as its decoder gives it, and as planes.
const PER_PIXEL: usize = 8;

/// Refuses a picture of `height` × `width` pixels of `bits` each that is too large, or too large for a file of `length`
/// bytes, of which some pack `free` bytes into none; or for which there is no memory.
pub(super) fn check(length: usize, size: [usize; 2], bits: usize, free: usize) -> Result<(), Fault> {
    let [height, width] = size;
    if height == 0 || width == 0 || height > MAX_SIDE || width > MAX_SIDE {
        return Err(format!("{height}×{width} pixels, but a side has 1 to {MAX_SIDE}").into());
    }
    if height * width > MAX_PIXELS {
        return Err(format!("{height}×{width} pixels, but an image has at most {MAX_PIXELS}").into());
    }
    let room = length.saturating_mul(MOST_PER_BYTE).saturating_add(free);
    if height * (width * bits).div_ceil(8) > room {
        return Err(format!("a header of {height}×{width} pixels in a file of only {length} bytes").into());
    }
    let memory = (height * width * PER_PIXEL) as u64;
    Budget::ask("", memory, || format!("a picture of {height}×{width} pixels")).map_err(Fault::Memory)
}
