//! WebP, by the `image-webp` crate. Of an animation the first frame is taken.

use std::cmp::Ordering;
use std::io::Cursor;

use image_webp::WebPDecoder;

use super::{Fault, Picture, limits, upright};

pub(super) fn decode(file: &[u8]) -> Result<Picture, Fault> {
    check_length(file)?;
    let mut decoder = WebPDecoder::new(Cursor::new(file)).map_err(|fault| fault.to_string())?;
    decoder.set_memory_limit(file.len());
    let (width, height) = decoder.dimensions();
    let size = [height as usize, width as usize];
    limits::check(file.len(), size, 24, limits::BLANK)?;
    if decoder.is_animated() && has_alpha_alone(file) {
        return Err("a frame with transparency and no picture".into());
    }
    if has_larger_frame(file, [height, width]) {
        return Err(format!("a frame that is larger than the picture of {height}×{width} pixels").into());
    }
    let exif = decoder.exif_metadata().ok().flatten();
    let mut pixels = vec![0; decoder.output_buffer_size().ok_or("an image that is too large")?];
    decoder.read_image(&mut pixels).map_err(|fault| fault.to_string())?;
    let step = if decoder.has_alpha() { 4 } else { 3 };
    let picture = Picture::from_pixels(size, step, &pixels)?.grey_if_colourless();
    Ok(picture.upright(upright::orientation(exif.as_deref())))
}

/// Refuses a file that is not as long as its header says: of one that was cut short the decoder makes up the rest.
fn check_length(file: &[u8]) -> Result<(), String> {
    let (Some(length), there) = (file.get(4..8), file.len().saturating_sub(8) as u64) else {
        return Err("no header: it was cut short".to_owned());
    };
    let length = u64::from(u32::from_le_bytes(length.try_into().expect("four bytes")));
    // The last chunk is filled up to an even length, which not every writer counts.
    match there.cmp(&length) {
        Ordering::Less => Err("fewer bytes than its header says: it was cut short".to_owned()),
        Ordering::Greater if there != length.next_multiple_of(2) => {
            Err("more bytes than its header says".to_owned())
        }
        _ => Ok(()),
    }
}

/// Whether something else than a lossy picture follows the transparency of a frame. The decoder would take it for a picture.
fn has_alpha_alone(file: &[u8]) -> bool {
    let mut alphas = (0..file.len().saturating_sub(8)).filter(|&at| file[at..].starts_with(b"ALPH"));
    alphas.any(|at| {
        let length = u32::from_le_bytes(file[at + 4..at + 8].try_into().expect("four bytes")) as usize;
        let next = (at + 8).saturating_add(length.next_multiple_of(2));
        file.get(next..).is_none_or(|rest| !rest.starts_with(b"VP8 "))
    })
}

/// Whether a lossy frame is larger than the picture. The decoder asks for its memory before it compares them.
fn has_larger_frame(file: &[u8], [height, width]: [u32; 2]) -> bool {
    // A chunk's name and length, three bytes, a mark, and the two sides in 14 bits each.
    file.windows(18).filter(|bytes| bytes.starts_with(b"VP8 ") && bytes[11..14] == [0x9d, 0x01, 0x2a]).any(
        |frame| {
            let side = |at: usize| u32::from(u16::from_le_bytes([frame[at], frame[at + 1]]) & 0x3fff);
            side(14) > width || side(16) > height
        },
    )
}
