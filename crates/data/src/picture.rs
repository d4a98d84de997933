//! PNG and JPEG files as bytes, channels first.

use std::fs::File;
use std::io::Cursor;
use std::path::Path;

use png::{ColorType, Transformations};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::bounded::{MAX_BYTES, read_up_to};
use crate::error::DataError;

/// Neither format packs more pixels into a byte, but for a few bytes that are always there.
const MOST_PER_BYTE: usize = 1100;
const ALWAYS: usize = 1 << 16;

/// The longest side of an image.
const MAX_SIDE: usize = 16_384;

/// The most pixels of an image.
const MAX_PIXELS: usize = 1 << 26;

/// An image of bytes: 1 plane, grey, or 3, red, green and blue, of rows of pixels.
///
/// **Trust:** a file's header is checked before memory is asked for: at most 16384 pixels a side and 67 million in all, and
/// no more than its file can hold.
///
/// ```
/// use toddle_data::Picture;
/// let red = Picture::new([3, 1, 2], vec![255, 255, 0, 0, 0, 0])?;
/// assert_eq!(red.clone().with_channels(1).bytes(), [76, 76]);
/// assert_eq!(red.resized([2, 1]).shape(), [3, 2, 1]);
/// # Ok::<(), toddle_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    channels: usize,
    height: usize,
    width: usize,
    bytes: Vec<u8>,
    /// How much of each pixel hides what is behind it, where that is not all.
    alpha: Option<Vec<u8>>,
}

impl Picture {
    /// An image of `shape`: channels, height and width.
    ///
    /// **Errors:** unless there are 1 or 3 channels, one pixel or more, and a byte for each value.
    pub fn new(shape: [usize; 3], bytes: Vec<u8>) -> Result<Picture, DataError> {
        let [channels, height, width] = shape;
        let size = shape.into_iter().fold(1, usize::saturating_mul);
        if !matches!(channels, 1 | 3) || size == 0 || size != bytes.len() {
            let got = format!("{} bytes for {}", bytes.len(), crate::error::shape(&shape));
            let expected = "1 or 3 channels, one pixel or more, and a byte for each of their values";
            return Err(DataError::refused("an image", expected, got, "checking its shape"));
        }
        Ok(Picture { channels, height, width, bytes, alpha: None })
    }

    /// The PNG or JPEG file at `path`.
    ///
    /// **Errors:** if it cannot be read, or as [`decode`](Picture::decode).
    pub fn read(path: &Path) -> Result<Picture, DataError> {
        let file = File::open(path)
            .and_then(|mut file| read_up_to(&mut file, MAX_BYTES))
            .map_err(|cause| DataError::read(path, cause))?;
        Picture::decode(&path.display().to_string(), &file)
    }

    /// The contents of a PNG or JPEG file, whichever its first bytes say; messages call it `name`. 16 bits become 8.
    ///
    /// **Errors:** if it is neither, is damaged, or has too many pixels.
    pub fn decode(name: &str, file: &[u8]) -> Result<Picture, DataError> {
        let picture = match file {
            [0x89, b'P', b'N', b'G', ..] => decode_png(file),
            [0xff, 0xd8, ..] => decode_jpeg(file),
            [] => Err("an empty file".to_owned()),
            _ => Err("a file that is neither PNG nor JPEG".to_owned()),
        };
        picture.map_err(|fault| {
            let remedy = "leaving it out, or saving it again";
            DataError::refused(name, "a whole PNG or JPEG image", fault, remedy)
        })
    }

    /// Channels, height and width.
    pub fn shape(&self) -> [usize; 3] {
        [self.channels, self.height, self.width]
    }

    /// The values, channel by channel, row by row.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether something behind it could be seen.
    pub fn is_transparent(&self) -> bool {
        self.alpha.as_ref().is_some_and(|alpha| alpha.iter().any(|&alpha| alpha < 255))
    }

    /// On paper of this tone, 255 for white, as far as it is transparent.
    pub fn on_paper(mut self, tone: u8) -> Picture {
        if let Some(alpha) = self.alpha.take() {
            for plane in self.bytes.chunks_exact_mut(alpha.len()) {
                for (byte, &alpha) in plane.iter_mut().zip(&alpha) {
                    let [ink, paper, alpha] = [*byte, tone, alpha].map(u32::from);
                    *byte = ((ink * alpha + paper * (255 - alpha) + 127) / 255) as u8;
                }
            }
        }
        self
    }

    /// In one channel, by the weights of ITU-R BT.601, or in three; as it is for any other number.
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

    /// With black for white and white for black; each byte `b` becomes `255 − b`.
    pub fn inverted(mut self) -> Picture {
        self.bytes.iter_mut().for_each(|byte| *byte = 255 - *byte);
        self
    }

    /// In another size: each new pixel is a weighted mean of the old ones around it, the weights falling in a straight
    /// line to 0 one pixel away, of the old or the new, whichever are larger. Transparency is dropped. A side of 0 becomes 1.
    pub fn resized(self, size: [usize; 2]) -> Picture {
        let [height, width] = size.map(|side| side.max(1));
        if [self.height, self.width] == [height, width] {
            return Picture { alpha: None, ..self };
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
        Picture { height, width, bytes, alpha: None, ..self }
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
    if height * width > MAX_PIXELS {
        return Err(format!("{height}×{width} pixels, where an image has at most {MAX_PIXELS}"));
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
    let alpha = (step > channels).then(|| bytes.iter().skip(channels).step_by(step).copied().collect());
    Ok(Picture { channels, height, width, bytes: planes(&bytes, step, channels), alpha })
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
    Ok(Picture { channels, height, width, bytes: planes(&bytes, channels, channels), alpha: None })
}

/// The first `channels` of every `step` bytes, channel by channel.
fn planes(bytes: &[u8], step: usize, channels: usize) -> Vec<u8> {
    (0..channels).flat_map(|channel| bytes.iter().skip(channel).step_by(step)).copied().collect()
}
