//! A network, and the sample that is looked at.

use toddle::{Float, Network, Shape, argmax};
use toddle_data::{Dataset, Ground, Model, Scaling};

use crate::axis::range;
use crate::error::LookError;
use crate::picture::Pixels;
use crate::why::Why;

/// A network, and the sample that is looked at.
#[derive(Debug)]
pub struct Scene<'a, T> {
    /// The network.
    pub network: &'a Network<T>,
    /// The same network with what its data meant.
    pub model: &'a Model,
    /// The inputs of the sample.
    pub x: Vec<T>,
    /// What the sample is called.
    pub caption: String,
    /// The least and the greatest inputs.
    pub limits: Limits,
}

/// The least and the greatest input of each channel, and the input of the background.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// The least and the greatest input of each channel. A vector has one channel.
    pub of: Vec<[f64; 2]>,
    /// How an input of each channel becomes a shade: its factor, and what is then added.
    pub shade: Vec<[f64; 2]>,
    /// The shades of black and of white.
    pub shades: [f64; 2],
    /// The input of the background of each channel: of pictures, black, white or the middle between them; of rows, 0.
    pub background: Vec<f64>,
}

/// The samples whose inputs are looked at.
const LOOKED_AT: usize = 256;

impl Limits {
    /// The limits of some samples of `dataset`, as inputs of the network of `model`.
    ///
    /// Panics if the samples do not fit the network.
    pub fn of(model: &Model, dataset: &Dataset) -> Limits {
        let channels = match model.input() {
            Shape::Image { channels, .. } => channels,
            Shape::Vector(_) => 1,
        };
        let mut limits = vec![[f64::INFINITY, f64::NEG_INFINITY]; channels];
        let (mut x, count) = (vec![0.0_f32; dataset.size()], dataset.len().min(LOOKED_AT));
        for n in 0..count {
            dataset.write_input(n * dataset.len() / count, &mut x);
            let plane = x.len() / channels;
            for ([low, high], x) in limits.iter_mut().zip(x.chunks_exact(plane.max(1))) {
                for x in x.iter().map(|&x| f64::from(x)).filter(|x| x.is_finite()) {
                    (*low, *high) = (low.min(x), high.max(x));
                }
            }
        }
        // Samples that are all alike have no distance between their limits.
        limits.iter_mut().filter(|[low, high]| low >= high).for_each(|limits| *limits = [-1.0, 1.0]);
        let ground =
            model.meaning().and_then(|meaning| meaning.pictures.as_ref()).map(|pictures| pictures.ground);
        let background = limits.iter().map(|[low, high]| match ground {
            None => 0.0,
            Some(Ground::Dark) => *low,
            Some(Ground::Light) => *high,
            Some(Ground::Mixed) => 0.5 * (low + high),
        });
        let Scaling { divisor, mean, deviation } = model.scaling();
        let channel = |numbers: &[f32], n: usize, none: f64| {
            let number = numbers.get(n).or(numbers.first().filter(|_| numbers.len() == 1));
            number.map_or(none, |&number| f64::from(number))
        };
        let shade: Vec<[f64; 2]> =
            (0..channels).map(|n| [channel(deviation, n, 1.0), channel(mean, n, 0.0)]).collect();
        // The channels of a colour have the same black and the same white.
        let ends =
            limits.iter().zip(&shade).flat_map(|(ends, [factor, added])| ends.map(|x| x * factor + added));
        let seen = range(ends).unwrap_or([0.0, 1.0]);
        let divisor = f64::from(*divisor);
        // Bytes that are all 0 or 1 have white 1.
        let are_bytes = model.meaning().is_some_and(|meaning| meaning.bytes) && seen[1] * divisor > 1.0;
        let shades = if are_bytes { [0.0, 255.0 / divisor] } else { seen };
        Limits { background: background.collect(), of: limits, shade, shades }
    }

    /// The least and the greatest of all limits.
    pub fn widest(&self) -> [f64; 2] {
        range(self.of.iter().flatten().copied()).unwrap_or_default()
    }
}

impl<T: Float> Scene<'_, T> {
    /// Channels, rows and columns of the sample, if it is a picture.
    pub(super) fn shape(&self) -> Option<[usize; 3]> {
        self.model.image().filter(|shape| shape.iter().product::<usize>() == self.x.len())
    }

    /// Inputs as the picture that they are.
    pub(super) fn picture(&self, x: impl Iterator<Item = f64>) -> Option<Pixels> {
        let [channels, height, width] = self.shape()?;
        let Limits { shade, shades: [black, white], .. } = &self.limits;
        let byte = |(i, x): (usize, f64)| {
            let [factor, added] = shade.get(i / (height * width)).unwrap_or(&shade[0]);
            ((x * factor + added - black) / (white - black) * 255.0).round().clamp(0.0, 255.0) as u8
        };
        Some(Pixels { shape: [channels, height, width], bytes: x.enumerate().map(byte).collect() })
    }

    /// The sample as a picture.
    pub(super) fn sample(&self) -> Option<Pixels> {
        self.picture(self.x.iter().map(|x| x.to_f64()))
    }

    /// The inputs of the background.
    pub(super) fn background(&self) -> Vec<T> {
        let plane = self.x.len() / self.limits.background.len().max(1);
        let each = self.limits.background.iter();
        each.flat_map(|x| std::iter::repeat_n(T::from_f64(*x), plane)).collect()
    }

    /// The name of a class, or of a number of a regression.
    pub(super) fn name_of(&self, class: usize) -> String {
        let names = match self.model.is_regression() {
            true => self.model.target_names(),
            false => self.model.classes().to_vec(),
        };
        names.get(class).cloned().unwrap_or_else(|| class.to_string())
    }

    /// The class for which score `output` of so many scores speaks. A single score speaks for the second class; of a regression, it is the
    /// first number.
    pub(super) fn class_of(&self, output: usize, scores: usize) -> usize {
        if scores == 1 && !self.model.is_regression() { 1 } else { output }
    }

    /// The place of the answer among the classes; of a regression, 0.
    pub(super) fn answer(&self, why: &Why<T>) -> Result<usize, LookError> {
        let scores = why.scores(&self.x)?;
        Ok(match &scores[..] {
            _ if self.model.is_regression() => 0,
            [only] => usize::from(*only > 0.0),
            _ => argmax(&scores),
        })
    }

    /// The error that the samples are no pictures.
    pub(super) fn no_picture(&self, what: &str) -> LookError {
        let got = format!("samples of shape {}", self.network.input());
        LookError::refused(
            what,
            "a network that was trained on pictures",
            got,
            "saliency, which rows have too",
        )
    }
}
