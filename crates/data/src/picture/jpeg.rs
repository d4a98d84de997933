//! JPEG, by `zune-jpeg`.

use std::io::Cursor;

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::{Fault, Picture, limits, upright};

pub(super) fn decode(file: &[u8]) -> Result<Picture, Fault> {
    // Without the vector code: its rounding could differ from machine to machine.
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_use_unsafe(false)
        .set_max_width(limits::MAX_SIDE)
        .set_max_height(limits::MAX_SIDE);
    let mut reader = Cursor::new(file);
    let mut decoder = JpegDecoder::new_with_options(&mut reader, options);
    decoder.decode_headers().map_err(|fault| fault.to_string())?;
    let (width, height) = decoder.dimensions().ok_or("no size in its header")?;
    // One bit can stand for a square of 8×8 pixels.
    limits::check(file.len(), [height, width], 8, limits::SLACK)?;
    let (space, channels) = match decoder.input_colorspace() {
        Some(ColorSpace::Luma) => (ColorSpace::Luma, 1),
        Some(ColorSpace::YCbCr | ColorSpace::RGB) => (ColorSpace::RGB, 3),
        Some(ColorSpace::CMYK | ColorSpace::YCCK) => return Err(super::INKS.into()),
        other => return Err(format!("colours of the kind {other:?}").into()),
    };
    decoder.set_options(options.jpeg_set_out_colorspace(space));
    let pixels = decoder.decode().map_err(|fault| fault.to_string())?;
    let orientation = upright::orientation(decoder.exif().map(Vec::as_slice));
    // Of a file that was cut short the decoder makes up the rest.
    let read = reader.position() as usize;
    if !file[read.saturating_sub(2)..].windows(2).any(|marker| marker == b"\xff\xd9") {
        return Err("no end: it was cut short".into());
    }
    Ok(Picture::from_pixels([height, width], channels, &pixels)?.upright(orientation))
}
