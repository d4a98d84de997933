//! Samples changed at random, so that a network does not depend on details that change.

mod border;
mod elastic;
mod map;
mod samples;

use serde::{Deserialize, Serialize};
use toddle_lanes::{Purpose, Random};

use crate::dataset::Dataset;
use crate::error::DataError;

use elastic::Field;
use map::Map;
pub use samples::Augmented;

/// Augmentation: random changes to the training images, which are drawn anew in every epoch. All of them are off by
/// default.
///
/// | setting | unit | what it does |
/// |---|---|---|
/// | `flip` | | mirrors left and right, half of the time |
/// | `crop` | pixels | adds this many on each side and cuts the old size out anywhere: a shift by whole pixels |
/// | `shift` | pixels | moves by at most this much, vertically and horizontally |
/// | `rotate` | degrees | turns around the middle by at most this much, in both directions |
/// | `scale` | | grows or shrinks by a factor between `1 − scale` and `1 + scale` |
/// | `shear` | | shears: a row moves sideways by at most `shear` times its distance from the middle |
/// | `elastic` | | bends: see [`Elastic`] |
/// | `contrast` | | stretches from the channels' mean by a factor between `1 − contrast` and `1 + contrast` |
/// | `brightness` | of the range 0 to 1 | adds or subtracts at most this much |
/// | `noise` | of the range 0 to 1 | adds a normal number of this deviation to each value |
/// | `erase` | probability | covers a rectangle, 2 % to 33 % of the image, with uniform noise |
///
/// They are done in this order, with one exception: all settings that move pixels become one map from each new pixel to a place in
/// the old image. The value there is interpolated between the four pixels around it, so an image is resampled once. Nothing is
/// clipped at 0 or 1.
///
/// The colour outside the image is that of its border: in each channel, the median of the outermost pixels. So a turned photograph
/// has no black corners, and paper stays white. Around a digit of MNIST, the colour is 0.
///
/// **Exactness:** each random number is a function of (seed, epoch, sample), by [`Random`]. So neither the number of threads nor the
/// order of samples changes a bit. All arithmetic is rounded in the same way on every machine, sines and cosines included.
///
/// ```
/// use toddle_data::{Augment, Augmenter};
/// let settings = Augment { shift: 2.0, rotate: 10.0, ..Augment::default() };
/// let digits = toddle_data::mnist().train()?.first(10)?;
/// let mut augmenter = Augmenter::new(&settings, digits.shape())?;
/// let mut x = [0.0; 784];
/// augmenter.write_input(&digits, 3, [7, 0, 3], &mut x); // sample 3, of seed 7 in epoch 0
/// assert_ne!(x, digits.inputs::<f32>()[3 * 784..4 * 784]);
/// # Ok::<(), toddle_data::DataError>(())
/// ```
///
/// See: P. Simard, D. Steinkraus, J. Platt, *Best practices for convolutional neural networks applied to visual document
/// analysis*, 2003; Z. Zhong et al., *Random erasing data augmentation*, 2017.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Augment {
    /// Whether images are mirrored left to right, each with a probability of one half.
    #[cfg_attr(feature = "schema", schemars(example = true))]
    pub flip: bool,
    /// The number of pixels that are added on every side. Then an image of the old size is cut out at a random place.
    #[cfg_attr(feature = "schema", schemars(example = 2, range(max = 1024)))]
    pub crop: u32,
    /// The largest shift, vertical and horizontal, in pixels.
    #[cfg_attr(feature = "schema", schemars(example = 2.0, range(min = 0, max = 1024)))]
    pub shift: f32,
    /// The largest rotation around the middle of the image, in degrees, in both directions.
    #[cfg_attr(feature = "schema", schemars(example = 10.0, range(min = 0, max = 180)))]
    pub rotate: f32,
    /// The largest change of size: 0.1 means from 0.9 to 1.1 times the size.
    #[cfg_attr(feature = "schema", schemars(example = 0.1, range(min = 0, max = 0.99)))]
    pub scale: f32,
    /// The largest shear: a row moves sideways by at most this many times its distance from the middle.
    #[cfg_attr(feature = "schema", schemars(example = 0.1, range(min = 0, max = 10)))]
    pub shear: f32,
    /// Elastic distortion: the image is bent at random. Default: none.
    #[cfg_attr(feature = "schema", schemars(example = Elastic::default()))]
    pub elastic: Option<Elastic>,
    /// The largest change of contrast: 0.2 means from 0.8 to 1.2 times the contrast.
    #[cfg_attr(feature = "schema", schemars(example = 0.2, range(min = 0, max = 1)))]
    pub contrast: f32,
    /// The largest change of brightness, where 0 is black and 1 is white.
    #[cfg_attr(feature = "schema", schemars(example = 0.1, range(min = 0, max = 1)))]
    pub brightness: f32,
    /// The standard deviation of the noise that is added to each value, where 0 is black and 1 is white.
    #[cfg_attr(feature = "schema", schemars(example = 0.02, range(min = 0, max = 1)))]
    pub noise: f32,
    /// The probability that a rectangle is covered with noise. The rectangle has 2 % to 33 % of the area of the
    /// image.
    #[cfg_attr(feature = "schema", schemars(example = 0.25, range(min = 0, max = 1)))]
    pub erase: f32,
}

/// Elastic distortion: each pixel is read from a place nearby. The vertical and horizontal distances are random
/// numbers from −1 to 1. They are smoothed by a Gaussian and multiplied by `strength`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Elastic {
    /// The largest distance before the smoothing, in pixels.
    #[cfg_attr(feature = "schema", schemars(example = 20.0, range(min = 0, max = 1024)))]
    pub strength: f32,
    /// The standard deviation of the Gaussian, in pixels.
    #[cfg_attr(feature = "schema", schemars(example = 5.0, range(min = 0.5, max = 32)))]
    pub smoothness: f32,
}

/// The values that Simard and others found best for digits.
impl Default for Elastic {
    fn default() -> Elastic {
        Elastic { strength: 34.0, smoothness: 4.0 }
    }
}

impl Augment {
    /// Whether nothing is changed.
    pub fn is_off(&self) -> bool {
        *self == Augment::default()
    }

    fn check(&self) -> Result<(), DataError> {
        let Elastic { strength, smoothness } = self.elastic.unwrap_or_default();
        for (setting, value, least, most) in [
            ("crop", self.crop as f32, 0.0, 1024.0),
            ("shift", self.shift, 0.0, 1024.0),
            ("rotate", self.rotate, 0.0, 180.0),
            ("scale", self.scale, 0.0, 0.99),
            ("shear", self.shear, 0.0, 10.0),
            ("elastic.strength", strength, 0.0, 1024.0),
            ("elastic.smoothness", smoothness, 0.5, 32.0),
            ("contrast", self.contrast, 0.0, 1.0),
            ("brightness", self.brightness, 0.0, 1.0),
            ("noise", self.noise, 0.0, 1.0),
            ("erase", self.erase, 0.0, 1.0),
        ] {
            if !(least..=most).contains(&value) {
                let expected = format!("{setting} from {least} to {most}");
                return Err(DataError::refused(
                    "augment",
                    expected,
                    value.to_string(),
                    "a value in that range",
                ));
            }
        }
        Ok(())
    }

    /// The first setting that is used and does nothing to a sample of a single pixel, such as a row of a table.
    fn needs_pixels(&self) -> Option<&'static str> {
        let used = [
            ("flip", self.flip),
            ("crop", self.crop > 0),
            ("shift", self.shift > 0.0),
            ("rotate", self.rotate > 0.0),
            ("scale", self.scale > 0.0),
            ("shear", self.shear > 0.0),
            ("elastic", self.elastic.is_some()),
            ("contrast", self.contrast > 0.0),
            ("erase", self.erase > 0.0),
        ];
        used.into_iter().find(|(_, is_used)| *is_used).map(|(setting, _)| setting)
    }
}

/// [`Augment`] for samples of one shape, with the memory that it needs, so that changing a sample allocates nothing.
///
/// Each thread has its own. The results do not depend on which thread computes them.
#[derive(Debug, Clone)]
pub struct Augmenter {
    settings: Augment,
    shape: [usize; 3],
    field: Option<Field>,
    sample: Vec<f32>,
    border: Vec<f32>,
}

impl Augmenter {
    /// For samples of `shape` (channels, height and width).
    ///
    /// **Errors:** if a setting is out of its range, or does nothing to such samples.
    ///
    /// ```
    /// use toddle_data::{Augment, Augmenter};
    /// let scaled = Augment { scale: 0.5, ..Augment::default() };
    /// assert!(Augmenter::new(&scaled, [1, 28, 28]).is_ok());
    /// // A row of a table has no size.
    /// assert!(Augmenter::new(&scaled, [4, 1, 1]).is_err());
    /// ```
    pub fn new(settings: &Augment, shape: [usize; 3]) -> Result<Augmenter, DataError> {
        settings.check()?;
        let [c, h, w] = shape;
        if let (Some(setting), 1) = (settings.needs_pixels(), h * w) {
            let expected = format!("pictures, which the setting `{setting}` changes");
            let remedy = format!("no setting `{setting}` in [augment]; `noise` changes rows of numbers, too");
            return Err(DataError::refused("augment", expected, format!("samples of {c} numbers"), remedy));
        }
        let field = settings.elastic.map(|elastic| Field::new(elastic, h, w));
        let border = Vec::with_capacity(2 * (h + w));
        Ok(Augmenter { settings: settings.clone(), shape, field, sample: vec![0.0; c * h * w], border })
    }

    /// Writes sample `i` of `dataset`, changed and then scaled, into `x`. `place` is the seed, the epoch and the index of the sample in
    /// the whole set. The index is `i`, unless `dataset` is a part of the whole set.
    ///
    /// Like indexing a slice, it panics if there is no sample `i`, or if samples or `x` are of another size.
    #[track_caller]
    pub fn write_input(&mut self, dataset: &Dataset, i: usize, place: [u64; 3], x: &mut [f32]) {
        if self.settings == Augment::default() {
            return dataset.write_input(i, x);
        }
        let mut sample = std::mem::take(&mut self.sample);
        dataset.write_unscaled(i, &mut sample);
        self.apply(&sample, place, x);
        self.sample = sample;
        dataset.scaling().standardise(x);
    }

    /// Writes the image `x`, changed, into `y`. `place` is the seed, the epoch and the index of the sample. Of the last two, 32 bits are
    /// used.
    ///
    /// Like indexing a slice, it panics if `x` or `y` has another size.
    ///
    /// ```
    /// use toddle_data::{Augment, Augmenter};
    /// let mut flip = Augmenter::new(&Augment { flip: true, ..Augment::default() }, [1, 1, 3])?;
    /// let (x, mut y) = ([1.0, 2.0, 3.0], [0.0; 3]);
    /// let flipped = (0..100).filter(|&sample| { flip.apply(&x, [0, 0, sample], &mut y); y == [3.0, 2.0, 1.0] }).count();
    /// assert!((35..65).contains(&flipped)); // the others are as they were
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    #[track_caller]
    pub fn apply(&mut self, x: &[f32], place: [u64; 3], y: &mut [f32]) {
        let [c, h, w] = self.shape;
        assert_eq!([x.len(), y.len()], [c * h * w; 2], "values of a sample of {c}×{h}×{w}");
        if y.is_empty() {
            return;
        }
        let [seed, epoch, sample] = place;
        let random = &mut Random::new(seed, Purpose::Augment, [epoch as u32, sample as u32]);
        let map = Map::draw(&self.settings, self.shape, random);
        if let Some(field) = &mut self.field {
            field.draw(random);
        }
        match (&map, &self.field) {
            (None, None) => y.copy_from_slice(x),
            (map, field) => {
                let map = map.unwrap_or(Map::identity(h, w));
                for (x, y) in x.chunks_exact(h * w).zip(y.chunks_exact_mut(h * w)) {
                    let outside = border::median(x, w, &mut self.border);
                    map.resample(x, outside, field.as_ref(), y);
                }
            }
        }
        self.colour(y, random);
        if self.settings.erase > 0.0 {
            self.erase(y, random);
        }
    }

    fn colour(&self, y: &mut [f32], random: &mut Random) {
        let Augment { contrast, brightness, noise, .. } = self.settings;
        if contrast > 0.0 {
            let factor = 1.0 + either_way(contrast, random);
            for plane in y.chunks_exact_mut(self.shape[1] * self.shape[2]) {
                let mean = plane.iter().map(|&y| f64::from(y)).sum::<f64>() / plane.len() as f64;
                plane.iter_mut().for_each(|y| *y = ((f64::from(*y) - mean) * factor + mean) as f32);
            }
        }
        if brightness > 0.0 {
            let light = either_way(brightness, random) as f32;
            y.iter_mut().for_each(|y| *y += light);
        }
        if noise > 0.0 {
            y.iter_mut().for_each(|y| *y += noise * random.normal() as f32);
        }
    }

    /// As in the paper: an area and a ratio of sides are drawn until the rectangle fits.
    fn erase(&self, y: &mut [f32], random: &mut Random) {
        const TRIES: usize = 100;
        let [_, h, w] = self.shape;
        if random.uniform() >= f64::from(self.settings.erase) {
            return;
        }
        for _ in 0..TRIES {
            let area = (0.02 + 0.31 * random.uniform()) * (h * w) as f64;
            let ratio = 0.3 + (1.0 / 0.3 - 0.3) * random.uniform();
            let (tall, wide) =
                ((area * ratio).sqrt().round() as usize, (area / ratio).sqrt().round() as usize);
            if (1..=h).contains(&tall) && (1..=w).contains(&wide) {
                let top = random.below((h - tall + 1) as u32) as usize;
                let left = random.below((w - wide + 1) as u32) as usize;
                for plane in y.chunks_exact_mut(h * w) {
                    for row in plane.chunks_exact_mut(w).skip(top).take(tall) {
                        row[left..left + wide].iter_mut().for_each(|y| *y = random.uniform() as f32);
                    }
                }
                return;
            }
        }
    }
}

/// A number from `−most` to `most`.
fn either_way(most: f32, random: &mut Random) -> f64 {
    f64::from(most) * (2.0 * random.uniform() - 1.0)
}
