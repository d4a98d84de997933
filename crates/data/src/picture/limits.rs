//! How large a picture may be, by its header, before memory is asked for.

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

/// Refuses a picture of `height` × `width` pixels of `bits` each that is too large, or too large for a file of `length`
/// bytes, of which some pack `free` bytes into none.
pub(super) fn check(length: usize, size: [usize; 2], bits: usize, free: usize) -> Result<(), String> {
    let [height, width] = size;
    if height == 0 || width == 0 || height > MAX_SIDE || width > MAX_SIDE {
        return Err(format!("{height}×{width} pixels, where a side is 1 to {MAX_SIDE}"));
    }
    if height * width > MAX_PIXELS {
        return Err(format!("{height}×{width} pixels, where an image has at most {MAX_PIXELS}"));
    }
    let room = length.saturating_mul(MOST_PER_BYTE).saturating_add(free);
    if height * (width * bits).div_ceil(8) > room {
        return Err(format!("a header of {height}×{width} pixels on a file of {length} bytes"));
    }
    Ok(())
}
