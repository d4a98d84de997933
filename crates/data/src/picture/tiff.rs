//! TIFF, by the `tiff` crate. Of several pages the first is taken.
//!
//! The crate's JPEG is left out: it would compute with vector code, whose rounding could differ from machine to machine.

use std::io::Cursor;

use image::metadata::Orientation;
use tiff::ColorType;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::{ExtraSamples, PhotometricInterpretation as Colours, Tag};

use super::{Fault, Picture, limits};

type Reader<'a> = Decoder<Cursor<&'a [u8]>>;

pub(super) fn decode(file: &[u8]) -> Result<Picture, Fault> {
    check_lengths(file)?;
    let mut decoder = Decoder::new(Cursor::new(file)).map_err(|fault| fault.to_string())?;
    refuse_what_would_be_wrong(&mut decoder)?;
    let (width, height) = decoder.dimensions().map_err(|fault| fault.to_string())?;
    let size = [height as usize, width as usize];
    let color = decoder.colortype().map_err(|fault| fault.to_string())?;
    let (step, bits) = (color.num_samples(), usize::from(color.bit_depth()));
    if number(&mut decoder, Tag::SamplesPerPixel)?.unwrap_or(1) != u32::from(step) {
        return Err("more samples than the colours and the alpha of a pixel".into());
    }
    let alpha = match (color, extra_sample(&mut decoder)?) {
        (ColorType::Gray(1 | 2 | 4 | 8 | 16) | ColorType::RGB(8 | 16), _) => None,
        (ColorType::RGBA(8 | 16), Some(extra)) => Some(extra),
        (ColorType::Multiband { bit_depth: 8 | 16, num_samples: 2 }, Some(extra)) => Some(extra),
        (other, _) => return Err(format!("pixels of the kind {other:?}").into()),
    };
    let step = usize::from(step);
    limits::check(file.len(), size, step * bits, limits::BLANK)?;

    let mut limit = Limits::default();
    limit.decoding_buffer_size = 8 * limits::MAX_PIXELS;
    limit.intermediate_buffer_size = 1 << 28;
    let mut decoder = decoder.with_limits(limit);
    let mut samples = DecodingResult::U8(Vec::new());
    let layout = decoder.read_image_to_buffer(&mut samples).map_err(|fault| fault.to_string())?;
    let planes = if layout.planes > 1 { step } else { 1 };
    let pixels = match samples {
        DecodingResult::U8(bytes) if bits < 8 => spread(&bytes, size, bits)?,
        DecodingResult::U8(bytes) => interleaved(bytes, planes),
        DecodingResult::U16(samples) => Picture::upper_bytes(&interleaved(samples, planes), step)?,
        _ => return Err("samples that are not whole numbers".into()),
    };
    let mut picture = Picture::from_pixels(size, step, &pixels)?;
    if alpha == Some(ExtraSamples::AssociatedAlpha) {
        picture.divide_by_alpha();
    }
    let orientation = number(&mut decoder, Tag::Orientation).ok().flatten();
    let orientation = orientation.and_then(|number| Orientation::from_exif(number.try_into().ok()?));
    Ok(picture.upright(orientation.unwrap_or(Orientation::NoTransforms)))
}

/// The most values that a tag of the standard may have. A picture with as many strips has a billion bytes.
const MOST_VALUES: u64 = 1 << 20;

/// The tags from this number on are private ones, which may have values of any kind, and which nobody reads here.
const PRIVATE: u64 = 0x8000;

/// Refuses a first directory with a tag that has more values than the file has room for: the decoder makes room for all of them
/// before it reads the first one, and before its limits can be set.
fn check_lengths(file: &[u8]) -> Result<(), String> {
    let is_big = matches!(file.get(2..4), Some([43, 0] | [0, 43]));
    let number = |at: u64, size: u64| {
        let at = usize::try_from(at).ok()?;
        let bytes = file.get(at..at.checked_add(size as usize)?)?;
        let joined = |number, &byte: &u8| number << 8 | u64::from(byte);
        Some(if file[0] == b'I' { bytes.iter().rev().fold(0, joined) } else { bytes.iter().fold(0, joined) })
    };
    // The sizes of a place or a number of values, of the number of tags, and of a tag.
    let (wide, tags, tag) = if is_big { (8, 8, 20) } else { (4, 2, 12) };
    let Some(directory) = number(wide, wide) else { return Ok(()) };
    let count = number(directory, tags).unwrap_or(0);
    for n in 0..count.min(file.len() as u64 / tag) {
        let at = directory.saturating_add(tags + n * tag);
        let (Some(name), Some(values)) = (number(at, 2), number(at + 4, wide)) else { break };
        // A value has a byte or more.
        if values > file.len() as u64 || (name < PRIVATE && values > MOST_VALUES) {
            return Err(format!("a tag {name} of {values} values, more than there is room for"));
        }
    }
    Ok(())
}

/// Refuses, by name, what would decode to something else than is seen.
fn refuse_what_would_be_wrong(decoder: &mut Reader) -> Result<(), String> {
    let colours =
        number(decoder, Tag::PhotometricInterpretation)?.and_then(|number| Colours::from_u16(number as u16));
    let refused = match colours {
        Some(Colours::RGBPalette) => "a palette of colours",
        Some(Colours::CMYK) => super::INKS,
        Some(Colours::YCbCr) => "colours as brightness and difference (YCbCr)",
        Some(Colours::CIELab | Colours::IccLab | Colours::ItuLab) => {
            "colours as lightness and opposites (Lab)"
        }
        Some(Colours::TransparencyMask) => "a mask for another picture",
        _ if number(decoder, Tag::NewSubfileType)?.is_some_and(|kind| kind & 1 == 1) => {
            "a small copy of another picture, as in raw photographs"
        }
        _ => return Ok(()),
    };
    Err(refused.to_owned())
}

fn number(decoder: &mut Reader, tag: Tag) -> Result<Option<u32>, String> {
    decoder.find_tag_unsigned(tag).map_err(|fault| fault.to_string())
}

/// What a pixel has beside its colours, if that is one sample.
fn extra_sample(decoder: &mut Reader) -> Result<Option<ExtraSamples>, String> {
    let extra = decoder.find_tag_unsigned_vec::<u16>(Tag::ExtraSamples).map_err(|fault| fault.to_string())?;
    match extra.as_deref() {
        Some([extra]) => Ok(ExtraSamples::from_u16(*extra)),
        _ => Ok(None),
    }
}

/// Samples of 1, 2 or 4 bits, whose rows begin at a byte, as bytes from 0 to 255.
fn spread(packed: &[u8], [height, width]: [usize; 2], bits: usize) -> Result<Vec<u8>, String> {
    let most = (1_u8 << bits) - 1;
    let row = (width * bits).div_ceil(8);
    if packed.len() != height * row {
        return Err(format!("{} bytes for {height}×{width} pixels of {bits} bits", packed.len()));
    }
    let of_row = |row: &[u8]| -> Vec<u8> {
        let sample = |x: usize| row[x * bits / 8] >> (8 - bits - x * bits % 8) & most;
        (0..width).map(|x| sample(x) * (255 / most)).collect()
    };
    Ok(packed.chunks_exact(row).flat_map(of_row).collect())
}

/// Pixel by pixel what comes in so many planes, one for each channel.
fn interleaved<T: Copy>(samples: Vec<T>, planes: usize) -> Vec<T> {
    if planes == 1 {
        return samples;
    }
    let size = samples.len() / planes;
    let of_pixel = |i: usize| samples[i..].iter().step_by(size).take(planes).copied();
    (0..size).flat_map(of_pixel).collect()
}

impl Picture {
    /// Undoes a multiplication of the colours by alpha.
    fn divide_by_alpha(&mut self) {
        let Some(alpha) = &self.alpha else { return };
        for plane in self.bytes.chunks_exact_mut(alpha.len()) {
            for (byte, &alpha) in plane.iter_mut().zip(alpha).filter(|(_, alpha)| **alpha > 0) {
                let alpha = u32::from(alpha);
                *byte = ((u32::from(*byte) * 255 + alpha / 2) / alpha).min(255) as u8;
            }
        }
    }
}
