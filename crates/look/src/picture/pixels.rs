//! Numbers as the colours of pixels.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use toddle_data::{Dataset, Model, Picture};

/// The text in a PNG file by which toddle recognises its own pictures.
pub const MARK: [&str; 2] = ["Software", "toddle"];

/// A picture of bytes, from one channel or three.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pixels {
    /// Channels (1 or 3), height and width.
    pub shape: [usize; 3],
    /// Channel by channel, row by row.
    pub bytes: Vec<u8>,
}

/// The colours of the largest number below 0, of 0, and of the largest number above 0.
const BELOW: [f64; 3] = [0.0, 114.0, 178.0];
const ZERO: [f64; 3] = [250.0, 250.0, 250.0];
const ABOVE: [f64; 3] = [213.0, 94.0, 0.0];

/// Numbers as shades of grey: `low` is black, and `high` is white.
pub fn grey(numbers: &[f64], [low, high]: [f64; 2], [height, width]: [usize; 2]) -> Pixels {
    let range = if high > low { high - low } else { 1.0 };
    let byte = |x: &f64| ((x - low) / range * 255.0).round().clamp(0.0, 255.0) as u8;
    Pixels { shape: [1, height, width], bytes: numbers.iter().map(byte).collect() }
}

/// Numbers of both signs as colours: `−most` is blue, 0 is white, and `most` is orange.
///
/// ```
/// let pixels = toddle_look::picture::signed(&[-2.0, 0.0, 2.0], 2.0, [1, 3]);
/// assert_eq!(pixels.bytes, [0, 250, 213, 114, 250, 94, 178, 250, 0]);
/// ```
pub fn signed(numbers: &[f64], most: f64, [height, width]: [usize; 2]) -> Pixels {
    let colour = |x: &f64, channel: usize| {
        let share = if most > 0.0 { (x / most).clamp(-1.0, 1.0) } else { 0.0 };
        let end = if share < 0.0 { BELOW } else { ABOVE };
        (ZERO[channel] + share.abs() * (end[channel] - ZERO[channel])).round() as u8
    };
    let bytes = (0..3).flat_map(|channel| numbers.iter().map(move |x| colour(x, channel))).collect();
    Pixels { shape: [3, height, width], bytes }
}

/// Sample `i` of `dataset` as the picture that it is. None if the samples of the network are no pictures.
///
/// Panics if there is no such sample.
pub fn sample_pixels(model: &Model, dataset: &Dataset, i: usize) -> Option<Pixels> {
    let shape = model.image().filter(|shape| shape.iter().product::<usize>() == dataset.size())?;
    Some(Pixels { shape, bytes: dataset.image(i).into_owned() })
}

impl Pixels {
    /// The picture with sides of at most `side` pixels.
    #[must_use]
    pub fn at_most(self, side: usize) -> Pixels {
        let [_, height, width] = self.shape;
        let longest = height.max(width);
        match Picture::new(self.shape, self.bytes.clone()) {
            Ok(picture) if longest > side => {
                let small = picture.resized([height, width].map(|own| (own * side / longest).max(1)));
                Pixels { shape: small.shape(), bytes: small.bytes().to_vec() }
            }
            _ => self,
        }
    }

    /// The picture as a PNG file. Pixels that are not there are black.
    pub fn png(&self) -> Vec<u8> {
        let [channels, height, width] = self.shape;
        let plane = height * width;
        let byte = |place: usize| self.bytes.get(place).copied().unwrap_or(0);
        let (colour, data): (_, Vec<u8>) = match channels {
            3 => (
                png::ColorType::Rgb,
                (0..plane).flat_map(|p| [0, 1, 2].map(|channel| byte(channel * plane + p))).collect(),
            ),
            _ => (png::ColorType::Grayscale, (0..plane).map(byte).collect()),
        };
        match plane {
            0 => encode(png::ColorType::Grayscale, [1, 1], &[0]),
            _ => encode(colour, [height as u32, width as u32], &data),
        }
    }

    /// The picture as an address that holds its bytes.
    pub fn uri(&self) -> String {
        data_uri(&self.png())
    }
}

/// The address of a PNG file that holds its bytes.
pub fn data_uri(png: &[u8]) -> String {
    format!("data:image/png;base64,{}", STANDARD.encode(png))
}

/// A PNG file with toddle's mark. `data` has the bytes of each pixel, row by row.
pub(super) fn encode(colour: png::ColorType, [height, width]: [u32; 2], data: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(colour);
    let [key, value] = MARK;
    encoder.add_text_chunk(key.into(), value.into()).expect("the mark is Latin-1");
    let mut writer = encoder.write_header().expect("memory takes a PNG header");
    writer.write_image_data(data).expect("the data are of the size declared");
    drop(writer);
    file
}
