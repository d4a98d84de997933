//! Digits and weights, from files.

use std::fs;
use std::path::Path;

use crate::{Error, Options, Work};

/// What a workload trains on or is asked about, one sample after the other.
#[derive(Clone, Debug)]
pub struct Samples {
    /// Bytes of the images.
    pub pixels: Vec<u8>,
    /// Channels, height and width of each.
    pub shape: [usize; 3],
    /// The digits.
    pub labels: Vec<u8>,
}

impl Samples {
    /// The images' numbers, from 0 to 1.
    pub fn images(&self) -> Vec<f32> {
        self.pixels.iter().copied().map(number).collect()
    }

    /// A 1 in the digit's place, 0 elsewhere.
    pub fn one_hot(&self) -> Vec<f32> {
        let one_hot = |&label| (0..10).map(move |class| f32::from(class == label));
        self.labels.iter().flat_map(one_hot).collect()
    }
}

/// A pixel's number.
pub fn number(pixel: u8) -> f32 {
    f32::from(pixel) / 255.0
}

/// MNIST's "train" or "t10k", from its raw files.
pub fn digits(folder: &Path, split: &str) -> Result<Samples, Error> {
    let read = |what, header| {
        let mut bytes = read(&folder.join(format!("{split}-{what}-ubyte")))?;
        bytes.drain(..header);
        Ok::<_, Error>(bytes)
    };
    Ok(Samples { pixels: read("images-idx3", 16)?, shape: [1, 28, 28], labels: read("labels-idx1", 8)? })
}

/// What the workload trains on; W8's images are digits with a border of two, the same in three channels.
pub fn samples(options: &Options) -> Result<Samples, Error> {
    let mut samples = digits(&options.data, "train")?;
    let count = options.work.samples();
    samples.pixels.truncate(count * 784);
    samples.labels.truncate(count);
    if options.work == Work::W8 {
        let mut pixels = vec![0; count * 3 * 32 * 32];
        for (plane, image) in pixels.chunks_exact_mut(32 * 32).enumerate() {
            let digit = samples.pixels[plane / 3 * 784..].chunks_exact(28).take(28);
            for (row, digit) in image.chunks_exact_mut(32).skip(2).zip(digit) {
                row[2..30].copy_from_slice(digit);
            }
        }
        (samples.pixels, samples.shape) = (pixels, [3, 32, 32]);
    }
    Ok(samples)
}

/// The numbers that training begins with, layer after layer: convolutions OIHW, dense layers input × output, then biases.
#[derive(Clone, Debug)]
pub struct Weights(std::vec::IntoIter<f32>);

impl Weights {
    /// Those of the workload's network.
    pub fn read(options: &Options) -> Result<Weights, Error> {
        let file = options.data.join(format!("{:?}-{}.f32", options.work.network(), options.seed));
        let numbers: Vec<f32> =
            read(&file)?.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
        Ok(Weights(numbers.into_iter()))
    }

    /// The next ones.
    ///
    /// # Panics
    /// The file has fewer.
    pub fn take(&mut self, count: usize) -> Vec<f32> {
        let numbers: Vec<f32> = self.0.by_ref().take(count).collect();
        assert_eq!(numbers.len(), count, "the weights file is the network's");
        numbers
    }
}

fn read(file: &Path) -> Result<Vec<u8>, Error> {
    fs::read(file).map_err(|error| format!("{}: {error}", file.display()).into())
}
