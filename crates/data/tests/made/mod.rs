//! Picture files that tests make.
#![allow(dead_code, reason = "each test takes what it needs")]

use std::io::Cursor;

use image_webp::{ColorType as WebPColor, WebPEncoder};
use png::{BitDepth, ColorType};
use tiff::encoder::colortype::ColorType as TiffColor;
use tiff::encoder::{Compression, ImageEncoder, Predictor, TiffEncoder, TiffKindStandard, TiffValue};
use tiff::tags::Tag;

pub fn png(size: [usize; 2], colour: ColorType, pixels: &[u8]) -> Vec<u8> {
    png_of(size, colour, BitDepth::Eight, pixels, |_| ())
}

/// A PNG whose header `change` changes.
pub fn png_of(
    [height, width]: [usize; 2],
    colour: ColorType,
    depth: BitDepth,
    pixels: &[u8],
    change: impl FnOnce(&mut png::Info),
) -> Vec<u8> {
    let mut file = Vec::new();
    let mut info = png::Info::with_size(width as u32, height as u32);
    (info.color_type, info.bit_depth) = (colour, depth);
    change(&mut info);
    let encoder = png::Encoder::with_info(&mut file, info).unwrap();
    encoder.write_header().unwrap().write_image_data(pixels).unwrap();
    file
}

/// The PNG with only the first `length` bytes of its palette.
pub fn shorten_palette(file: &mut Vec<u8>, length: usize) {
    let at = file.windows(4).position(|bytes| bytes == b"PLTE").expect("a palette");
    let old = u32::from_be_bytes(file[at - 4..at].try_into().unwrap()) as usize;
    let mut crc = flate2::Crc::new();
    crc.update(&file[at..at + 4 + length]);
    let checksum = crc.sum().to_be_bytes();
    file[at - 4..at].copy_from_slice(&(length as u32).to_be_bytes());
    file.splice(at + 4 + length..at + 4 + old + 4, checksum);
}

pub fn jpeg(
    [height, width]: [usize; 2],
    colour: jpeg_encoder::ColorType,
    pixels: &[u8],
    exif: Option<&[u8]>,
) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 90);
    if let Some(exif) = exif {
        encoder.add_app_segment(1, [b"Exif\0\0", exif].concat()).unwrap();
    }
    encoder.encode(pixels, width as u16, height as u16, colour).unwrap();
    file
}

pub fn webp([height, width]: [usize; 2], colour: WebPColor, pixels: &[u8], exif: Option<&[u8]>) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = WebPEncoder::new(&mut file);
    encoder.set_exif_metadata(exif.unwrap_or_default().to_vec());
    encoder.encode(pixels, width as u32, height as u32, colour).unwrap();
    file
}

pub fn tiff<C: TiffColor>(size: [usize; 2], samples: &[C::Inner]) -> Vec<u8>
where
    [C::Inner]: TiffValue,
{
    tiff_with::<C>(size, Compression::Uncompressed, Predictor::None, samples, |_| ())
}

/// A TIFF whose directory `change` changes.
pub fn tiff_with<C: TiffColor>(
    [height, width]: [usize; 2],
    compression: Compression,
    predictor: Predictor,
    samples: &[C::Inner],
    change: impl FnOnce(&mut ImageEncoder<'_, &mut Cursor<Vec<u8>>, C, TiffKindStandard>),
) -> Vec<u8>
where
    [C::Inner]: TiffValue,
{
    let mut file = Cursor::new(Vec::new());
    let mut encoder =
        TiffEncoder::new(&mut file).unwrap().with_compression(compression).with_predictor(predictor);
    let mut image = encoder.new_image::<C>(width as u32, height as u32).unwrap();
    change(&mut image);
    image.write_data(samples).unwrap();
    file.into_inner()
}

/// A grey TIFF of one strip of `bytes`, with `tags` instead of the usual ones.
pub fn tiff_of([height, width]: [usize; 2], tags: &[(Tag, u16)], bytes: &[u8]) -> Vec<u8> {
    let mut all = std::collections::BTreeMap::from(
        [
            (Tag::ImageWidth, width as u16),
            (Tag::ImageLength, height as u16),
            (Tag::BitsPerSample, 8),
            (Tag::Compression, 1),
            (Tag::PhotometricInterpretation, 1),
            (Tag::StripOffsets, 8),
            (Tag::SamplesPerPixel, 1),
            (Tag::RowsPerStrip, height as u16),
            (Tag::StripByteCounts, bytes.len() as u16),
        ]
        .map(|(tag, value)| (tag.to_u16(), value)),
    );
    all.extend(tags.iter().map(|(tag, value)| (tag.to_u16(), *value)));
    let mut file = b"II*\0".to_vec();
    file.extend((8 + bytes.len() as u32).to_le_bytes());
    file.extend(bytes);
    file.extend((all.len() as u16).to_le_bytes());
    for (tag, value) in all {
        file.extend(
            [
                tag.to_le_bytes(),
                3_u16.to_le_bytes(),
                1_u16.to_le_bytes(),
                [0; 2],
                value.to_le_bytes(),
                [0; 2],
            ]
            .concat(),
        );
    }
    file.extend([0; 4]);
    file
}

/// An EXIF block that says this orientation, in either order of bytes.
pub fn exif(orientation: u16, big: bool) -> Vec<u8> {
    let two = |value: u16| if big { value.to_be_bytes() } else { value.to_le_bytes() };
    let four = |value: u32| if big { value.to_be_bytes() } else { value.to_le_bytes() };
    let begins = if big { b"MM" } else { b"II" };
    [
        begins,
        &two(42)[..],
        &four(8), // where the directory is
        &two(1),  // its entries
        &two(0x0112),
        &two(3),  // a number of two bytes,
        &four(1), // and only one of them
        &two(orientation),
        &[0; 2],
        &[0; 4], // no other directory
    ]
    .concat()
}
