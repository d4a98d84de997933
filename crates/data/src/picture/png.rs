//! PNG, by the `png` crate.

use std::io::Cursor;

use png::{BitDepth, ColorType, DecodeOptions, Transformations};

use super::{Fault, Picture, limits, upright};

pub(super) fn decode(file: &[u8]) -> Result<Picture, Fault> {
    let limit = png::Limits { bytes: file.len().saturating_mul(2).saturating_add(1 << 20) };
    // By default the decoder passes over wrong checksums of zlib and of chunks that it could do without: transparency, EXIF.
    let mut strict = DecodeOptions::default();
    strict.set_ignore_adler32(false);
    strict.set_skip_ancillary_crc_failures(false);
    let mut decoder = png::Decoder::new_with_options(Cursor::new(file), strict);
    decoder.set_limits(limit);
    decoder.set_transformations(Transformations::EXPAND);
    let header = decoder.read_header_info().map_err(|fault| fault.to_string())?;
    let size = [header.height as usize, header.width as usize];
    let has_palette = header.color_type == ColorType::Indexed;
    limits::check(file.len(), size, header.bits_per_pixel(), limits::SLACK)?;
    let mut reader = decoder.read_info().map_err(|fault| fault.to_string())?;
    let mut pixels = vec![0; reader.output_buffer_size().ok_or("an image that is too large")?];
    reader.next_frame(&mut pixels).map_err(|fault| fault.to_string())?;
    // To the end, so that every checksum is compared, and EXIF behind the pixels is seen.
    reader.finish().map_err(|fault| fault.to_string())?;
    let (color, bits) = reader.output_color_type();
    let step = color.samples();
    if bits == BitDepth::Sixteen {
        let samples = pixels.chunks_exact(2).map(|bytes| u16::from_be_bytes([bytes[0], bytes[1]]));
        pixels = Picture::upper_bytes(&samples.collect::<Vec<_>>(), step)?;
    }
    let picture = Picture::from_pixels(size, step, &pixels)?;
    let picture = if has_palette { picture.grey_if_colourless() } else { picture };
    Ok(picture.upright(upright::orientation(reader.info().exif_metadata.as_deref())))
}
