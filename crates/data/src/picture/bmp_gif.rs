//! BMP and GIF, by the `image` crate. Of an animation the first frame is taken.

use std::io::Cursor;

use image::codecs::{bmp::BmpDecoder, gif::GifDecoder};
use image::{ColorType, ImageDecoder, ImageResult, Limits};

use super::{Fault, Picture, limits};

pub(super) fn decode_bmp(file: &[u8]) -> Result<Picture, Fault> {
    decode(file, 24, BmpDecoder::new(Cursor::new(file)))
}

pub(super) fn decode_gif(file: &[u8]) -> Result<Picture, Fault> {
    decode(file, 8, GifDecoder::new(Cursor::new(file)))
}

fn decode(file: &[u8], bits: usize, decoder: ImageResult<impl ImageDecoder>) -> Result<Picture, Fault> {
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
        other => return Err(format!("colours of the kind {other:?}").into()),
    };
    let mut pixels = vec![0; decoder.total_bytes() as usize];
    decoder.read_image(&mut pixels).map_err(|fault| fault.to_string())?;
    Ok(Picture::from_pixels(size, step, &pixels)?.grey_if_colourless())
}
