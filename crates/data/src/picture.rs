//! PNG and JPEG files as bytes, channels first.

use std::io::Cursor;

use png::{ColorType, Transformations};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// Neither format packs more pixels into a byte, but for a few bytes that are always there.
const MOST_PER_BYTE: usize = 1100;
const ALWAYS: usize = 1 << 16;

/// The longest side of an image.
const MAX_SIDE: usize = 16_384;

/// An image of bytes: `channels` (1 or 3) planes of `height` rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Picture {
    pub channels: usize,
    pub height: usize,
    pub width: usize,
    pub bytes: Vec<u8>,
}

impl Picture {
    /// A PNG or JPEG file's contents, whichever its first bytes say. Transparency is dropped, 16 bits become 8.
    pub fn decode(file: &[u8]) -> Result<Picture, String> {
        match file {
            [0x89, b'P', b'N', b'G', ..] => decode_png(file),
            [0xff, 0xd8, ..] => decode_jpeg(file),
            _ => Err("a file that is neither PNG nor JPEG".to_owned()),
        }
    }

    /// In one channel, by the weights of ITU-R BT.601, or in three.
    pub fn with_channels(self, channels: usize) -> Picture {
        let plane = self.height * self.width;
        let bytes = match (self.channels, channels) {
            (1, 3) => self.bytes.repeat(3),
            (3, 1) => {
                let (red, rest) = self.bytes.split_at(plane);
                let (green, blue) = rest.split_at(plane);
                let grey = |i: usize| {
                    let [r, g, b] = [red[i], green[i], blue[i]].map(u32::from);
                    ((19_595 * r + 38_470 * g + 7_471 * b + (1 << 15)) >> 16) as u8
                };
                (0..plane).map(grey).collect()
            }
            _ => return self,
        };
        Picture { channels, bytes, ..self }
    }

    /// In another size: each new pixel is a weighted mean of the old ones around it, the weights falling in a straight
    /// line to 0 one pixel away, of the old or the new, whichever are larger.
    pub fn resized(self, [height, width]: [usize; 2]) -> Picture {
        if [self.height, self.width] == [height, width] {
            return self;
        }
        let (across, down) = (weights(self.width, width), weights(self.height, height));
        let mut bytes = Vec::with_capacity(self.channels * height * width);
        for plane in self.bytes.chunks_exact(self.height * self.width) {
            let rows: Vec<Vec<f32>> = plane
                .chunks_exact(self.width)
                .map(|row| across.iter().map(|tap| tap.of(|i| f32::from(row[i]))).collect())
                .collect();
            for tap in &down {
                bytes.extend((0..width).map(|x| tap.of(|i| rows[i][x]).round() as u8));
            }
        }
        Picture { height, width, bytes, ..self }
    }
}

/// What one new pixel takes of the old ones, from `first` on.
struct Tap {
    first: usize,
    weights: Vec<f32>,
}

impl Tap {
    fn of(&self, old: impl Fn(usize) -> f32) -> f32 {
        let mut sum = 0.0;
        for (i, weight) in self.weights.iter().enumerate() {
            sum += weight * old(self.first + i);
        }
        sum
    }
}

fn weights(old: usize, new: usize) -> Vec<Tap> {
    let scale = old as f64 / new as f64;
    let reach = scale.max(1.0);
    let tap = |x: usize| {
        let centre = (x as f64 + 0.5) * scale - 0.5;
        let first = (centre - reach).ceil().max(0.0) as usize;
        let last = ((centre + reach).floor() as usize).min(old - 1);
        let raw: Vec<f64> =
            (first..=last).map(|i| (1.0 - (i as f64 - centre).abs() / reach).max(0.0)).collect();
        let sum: f64 = raw.iter().sum();
        Tap { first, weights: raw.iter().map(|weight| (weight / sum) as f32).collect() }
    };
    (0..new).map(tap).collect()
}

fn check_size(file: &[u8], height: usize, width: usize) -> Result<(), String> {
    let room = file.len().saturating_mul(MOST_PER_BYTE).saturating_add(ALWAYS);
    if height == 0 || width == 0 || height > MAX_SIDE || width > MAX_SIDE {
        return Err(format!("{height}×{width} pixels, where a side is 1 to {MAX_SIDE}"));
    }
    if height * width > room {
        return Err(format!("a header of {height}×{width} pixels on a file of {} bytes", file.len()));
    }
    Ok(())
}

fn decode_png(file: &[u8]) -> Result<Picture, String> {
    let limits = png::Limits { bytes: file.len().saturating_mul(2).saturating_add(1 << 20) };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(file), limits);
    decoder.set_transformations(Transformations::normalize_to_color8());
    let header = decoder.read_header_info().map_err(|fault| fault.to_string())?;
    let (height, width) = (header.height as usize, header.width as usize);
    check_size(file, height, width)?;
    let mut reader = decoder.read_info().map_err(|fault| fault.to_string())?;
    let mut bytes = vec![0; reader.output_buffer_size().ok_or("an image that is too large")?];
    reader.next_frame(&mut bytes).map_err(|fault| fault.to_string())?;
    // To the end, so that every checksum is compared.
    reader.finish().map_err(|fault| fault.to_string())?;
    let (step, channels) = match reader.output_color_type().0 {
        ColorType::Grayscale => (1, 1),
        ColorType::GrayscaleAlpha => (2, 1),
        ColorType::Rgb => (3, 3),
        ColorType::Rgba => (4, 3),
        ColorType::Indexed => return Err("a palette that was not looked up".to_owned()),
    };
    Ok(Picture { channels, height, width, bytes: planes(&bytes, step, channels) })
}

fn decode_jpeg(file: &[u8]) -> Result<Picture, String> {
    // Without the vector code: its rounding could differ from machine to machine.
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_use_unsafe(false)
        .set_max_width(MAX_SIDE)
        .set_max_height(MAX_SIDE);
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(file), options);
    decoder.decode_headers().map_err(|fault| fault.to_string())?;
    let (width, height) = decoder.dimensions().ok_or("no size in its header")?;
    check_size(file, height, width)?;
    let grey = decoder.input_colorspace() == Some(ColorSpace::Luma);
    let (channels, space) = if grey { (1, ColorSpace::Luma) } else { (3, ColorSpace::RGB) };
    decoder.set_options(options.jpeg_set_out_colorspace(space));
    let bytes = decoder.decode().map_err(|fault| fault.to_string())?;
    if bytes.len() != channels * height * width {
        return Err(format!("{} bytes for {height}×{width} pixels", bytes.len()));
    }
    Ok(Picture { channels, height, width, bytes: planes(&bytes, channels, channels) })
}

/// The first `channels` of every `step` bytes, channel by channel.
fn planes(bytes: &[u8], step: usize, channels: usize) -> Vec<u8> {
    (0..channels).flat_map(|channel| bytes.iter().skip(channel).step_by(step)).copied().collect()
}
