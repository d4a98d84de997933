//! BMP, GIF and WebP, by the `image` crate. An animation's first frame is taken.

use std::io::Cursor;

use image::codecs::{bmp::BmpDecoder, gif::GifDecoder, webp::WebPDecoder};
use image::{ColorType, ImageDecoder, ImageResult, Limits};

use super::{Picture, limits, upright};

pub(super) fn decode_bmp(file: &[u8]) -> Result<Picture, String> {
    decode(file, 24, BmpDecoder::new(Cursor::new(file)))
}

pub(super) fn decode_gif(file: &[u8]) -> Result<Picture, String> {
    decode(file, 8, GifDecoder::new(Cursor::new(file)))
}

pub(super) fn decode_webp(file: &[u8]) -> Result<Picture, String> {
    // Of a file that was cut short the decoder makes up the rest.
    let length = file.get(4..8).map(|bytes| u32::from_le_bytes(bytes.try_into().expect("four bytes")));
    if length.is_none_or(|length| file.len() as u64 - 8 < u64::from(length)) {
        return Err("fewer bytes than its header says: it was cut short".to_owned());
    }
    let decoder = WebPDecoder::new(Cursor::new(file)).map_err(|fault| fault.to_string())?;
    // The decoder asks for memory as the frame's own header says, before it compares that with the picture's.
    let (width, height) = decoder.dimensions();
    let is_larger = |header: &[u8]| {
        let side = |at: usize| u32::from(u16::from_le_bytes([header[at], header[at + 1]]) & 0x3fff);
        side(14) > width || side(16) > height
    };
    let is_frame = |bytes: &&[u8]| bytes.starts_with(b"VP8 ") && bytes[11..14] == [0x9d, 0x01, 0x2a];
    if file.windows(18).filter(is_frame).any(is_larger) {
        return Err(format!("a frame that is larger than the picture of {height}×{width} pixels"));
    }
    decode(file, 24, Ok(decoder))
}

/// The first frame. A kind that has no grey of its own gives grey where no pixel has a colour.
fn decode(file: &[u8], bits: usize, decoder: ImageResult<impl ImageDecoder>) -> Result<Picture, String> {
    let mut decoder = decoder.map_err(|fault| fault.to_string())?;
    let (width, height) = decoder.dimensions();
    let size = [height as usize, width as usize];
    limits::check(file.len(), size, bits, limits::BLANK)?;
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(limits::MAX_SIDE as u32);
    limits.max_image_height = Some(limits::MAX_SIDE as u32);
    limits.max_alloc = Some(2 * decoder.total_bytes());
    decoder.set_limits(limits).map_err(|fault| fault.to_string())?;
    let step = match decoder.color_type() {
        ColorType::Rgb8 => 3,
        ColorType::Rgba8 => 4,
        other => return Err(format!("colours of the kind {other:?}")),
    };
    let exif = decoder.exif_metadata().ok().flatten();
    let mut pixels = vec![0; decoder.total_bytes() as usize];
    decoder.read_image(&mut pixels).map_err(|fault| fault.to_string())?;
    let picture = Picture::from_pixels(size, step, &pixels)?.grey_if_colourless();
    Ok(picture.upright(upright::orientation(exif.as_deref())))
}
