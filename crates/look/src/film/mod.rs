//! The film of a training: what a network looked like at some epochs.
//!
//! | file | idea |
//! |---|---|
//! | `recorder.rs` | takes pictures during a training |
//! | `format.rs` | the file |
//! | `strip.rs` | a film as one picture |
//!
//! # The file
//! A film is a text of JSON lines. The first line is the [`Head`], and each of the others is a [`Frame`], in the order of the epochs.
//! A line that is not complete ends the film. Bytes are in Base64. A film has at most [`MOST_FRAMES`] frames and 5 MB.

mod format;
mod recorder;
mod strip;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use self::recorder::Recorder;
pub use self::strip::strip;
use crate::axis::range;
use crate::inside::{Filters, Histogram};
use crate::picture::{Pixels, grey};

/// The version of the file.
const VERSION: u32 = 1;

/// The most frames of a film, with the one before the first step and the one after the last.
pub const MOST_FRAMES: usize = 26;

/// The number of samples whose feature maps are kept.
pub const SAMPLES: usize = 12;

/// The largest number of bytes of a film.
pub const MOST_BYTES: usize = 5_000_000;

/// What a network looked like at some epochs of its training.
#[derive(Clone, Debug, PartialEq)]
pub struct Film {
    /// What is the same in all frames.
    pub head: Head,
    /// The frames, in the order of the epochs.
    pub frames: Vec<Frame>,
}

/// What is the same in all frames of a film.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// The version of the file.
    pub toddle_film: u32,
    /// The name of the first convolution, and the number of filters, channels, rows and columns. None without a convolution, or if its
    /// filters have more than 20 000 weights.
    pub filters: Option<(String, [usize; 4])>,
    /// The layers whose feature maps are kept: the name, and channels, rows and columns of what is kept of each sample.
    pub maps: Vec<(String, [usize; 3])>,
    /// The places of the samples whose feature maps are kept, among the samples that the training is validated with.
    pub samples: Vec<usize>,
    /// What these samples are: the names of their classes, or their numbers.
    pub captions: Vec<String>,
    /// The names of the classes. Empty if the targets are numbers, or if there are more than 100 classes.
    pub classes: Vec<String>,
}

/// What a network looked like after an epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// The number of finished epochs. 0 before the first step.
    pub epoch: usize,
    /// The filters of the first convolution.
    pub filters: Option<Quantised>,
    /// The feature maps of each layer, sample after sample.
    pub maps: Vec<Quantised>,
    /// What the network says of each sample whose feature maps are kept: the place of its largest output. A single output says 1 if it is
    /// above 0, or above ½ behind a sigmoid, and else 0.
    pub says: Vec<usize>,
    /// The confusion matrix of some samples of the validation, row after row. Empty if the head has no classes.
    pub confusion: Vec<u32>,
    /// The weights of the first layers.
    pub histograms: Vec<Histogram>,
}

/// Numbers as bytes: byte `b` is the number `low + (high − low) · b / 255`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quantised {
    /// The least number.
    pub low: f64,
    /// The greatest number.
    pub high: f64,
    /// A byte for each number.
    #[serde(with = "format::base64")]
    pub bytes: Vec<u8>,
}

impl Quantised {
    /// The nearest bytes to `numbers`. An infinite number becomes the greatest byte or the least, and NaN becomes the least.
    ///
    /// ```
    /// let bytes = toddle_look::film::Quantised::of(&[-1.0, 0.0, 1.0]);
    /// assert_eq!(bytes.bytes, [0, 128, 255]);
    /// assert!((bytes.number(1) - 0.0).abs() < 0.004);
    /// ```
    pub fn of(numbers: &[f64]) -> Quantised {
        let [low, high] = range(numbers.iter().copied()).unwrap_or_default();
        let range = if high > low { high - low } else { 1.0 };
        // A NaN as a byte is 0.
        let byte = |x: &f64| ((x - low) / range * 255.0).round().clamp(0.0, 255.0) as u8;
        Quantised { low, high, bytes: numbers.iter().map(byte).collect() }
    }

    /// The number of byte `place`.
    ///
    /// Panics if there is no such byte.
    pub fn number(&self, place: usize) -> f64 {
        self.low + (self.high - self.low) * f64::from(self.bytes[place]) / 255.0
    }

    /// All numbers.
    pub fn numbers(&self) -> Vec<f64> {
        (0..self.bytes.len()).map(|place| self.number(place)).collect()
    }
}

impl Film {
    /// The filters of the first convolution in a frame.
    pub fn filters(&self, frame: &Frame) -> Option<Filters> {
        let ((name, shape), weights) = (self.head.filters.clone()?, frame.filters.as_ref()?.numbers());
        Some(Filters { name, shape, weights })
    }

    /// The feature map of `channel` in layer `layer` of the film, of its sample `sample`.
    ///
    /// None if the film has no such map.
    pub fn map(&self, frame: &Frame, layer: usize, sample: usize, channel: usize) -> Option<Pixels> {
        let (_, [channels, height, width]) = self.head.maps.get(layer)?;
        let bytes = &frame.maps.get(layer)?.bytes;
        let plane = height.checked_mul(*width).filter(|plane| *plane > 0 && channel < *channels)?;
        let bytes = bytes.chunks_exact(plane).nth(sample.checked_mul(*channels)?.checked_add(channel)?)?;
        let numbers: Vec<f64> = bytes.iter().map(|&byte| f64::from(byte)).collect();
        Some(grey(&numbers, [0.0, 255.0], [*height, *width]))
    }

    /// The confusion matrix in a frame: a row for each true class.
    pub fn confusion(&self, frame: &Frame) -> Vec<Vec<u64>> {
        let classes = self.head.classes.len().max(1);
        frame.confusion.chunks_exact(classes).map(|row| row.iter().map(|&n| n.into()).collect()).collect()
    }
}
