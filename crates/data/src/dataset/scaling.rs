//! How the values of a sample become the inputs of a network, and its target numbers the targets.

use toddle::Scaling;

use crate::error::DataError;

use super::{Dataset, Targets};

impl Dataset {
    /// How [`inputs`](Dataset::inputs) are made of the values.
    ///
    /// ```
    /// assert_eq!(*toddle_data::mnist().test()?.scaling(), toddle_data::Scaling::bytes());
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn scaling(&self) -> &Scaling {
        &self.scaling
    }

    /// The same set with another scaling. Samples to test with get the scaling of the samples to train on.
    ///
    /// **Errors:** if the divisor does not fit the values (255 for bytes, 1 for numbers); or if the scaling has means and deviations,
    /// but not a finite mean and a deviation above 0 for each channel.
    ///
    /// ```
    /// let digits = toddle_data::mnist().train()?;
    /// let test = toddle_data::mnist().test()?.with_scaling(digits.standard_scaling())?;
    /// assert!(test.inputs::<f32>()[0] < 0.0); // paper is below the mean
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn with_scaling(mut self, scaling: Scaling) -> Result<Dataset, DataError> {
        let divisor = self.values.divisor();
        if scaling.divisor != divisor || !scaling.suits(self.shape[0]) {
            let expected = format!(
                "a divisor of {divisor}, and no mean or a mean and a deviation above 0 for each of {} channels",
                self.shape[0]
            );
            let Scaling { divisor, mean, deviation } = scaling;
            let got = format!("a divisor of {divisor}, means {mean:?} and deviations {deviation:?}");
            return Err(DataError::refused(self.name, expected, got, "the scaling of a set of this shape"));
        }
        self.scaling = scaling;
        Ok(self)
    }

    /// How target numbers become the [`targets`](Dataset::targets) that a network is trained on; `None` if the targets are labels.
    pub fn target_scaling(&self) -> Option<&Scaling> {
        match &self.targets {
            Targets::Labels { .. } => None,
            Targets::Numbers { scaling, .. } => Some(scaling),
        }
    }

    /// The same set with another scaling of its target numbers. Each of a sample's target numbers is a channel.
    ///
    /// **Errors:** if the targets are labels; if the divisor is not 1; or if there is not a finite mean and a deviation above 0
    /// for each target number.
    ///
    /// ```
    /// let prices = toddle_data::Dataset::with_numbers("prices", [1, 1, 1], vec![1.0, 2.0], vec![100.0, 300.0], 1)?;
    /// let scaling = prices.standard_target_scaling();
    /// let prices = prices.with_target_scaling(scaling)?;
    /// assert_eq!(prices.targets::<f32>(), [-1.0, 1.0]);
    /// assert_eq!(prices.numbers(), [100.0, 300.0]);
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn with_target_scaling(mut self, wanted: Scaling) -> Result<Dataset, DataError> {
        match &mut self.targets {
            Targets::Numbers { scaling, width, .. } if wanted.divisor == 1.0 && wanted.suits(*width) => {
                *scaling = wanted;
                Ok(self)
            }
            Targets::Numbers { width, .. } => {
                let expected = format!("a mean and a deviation above 0 for each of {width} target numbers");
                let got = format!("means {:?} and deviations {:?}", wanted.mean, wanted.deviation);
                Err(DataError::refused(self.name, expected, got, "the scaling of a set with such targets"))
            }
            Targets::Labels { names, .. } => {
                let got = format!("{} classes", names.len());
                Err(DataError::refused(self.name, "numbers to learn", got, "targets without a scaling"))
            }
        }
    }

    /// The mean and the deviation of each target number, as a scaling that makes them 0 and 1. A target number that is the same
    /// in all samples gets the deviation 1. The scaling is empty if the targets are labels.
    pub fn standard_target_scaling(&self) -> Scaling {
        let Targets::Numbers { numbers, width, .. } = &self.targets else { return Scaling::default() };
        let mut moments = vec![Moments::default(); *width];
        for target in numbers.chunks_exact(*width) {
            moments.iter_mut().zip(target.chunks(1)).for_each(|(moments, number)| moments.add(number));
        }
        Moments::scaling(moments, 1.0)
    }

    /// The same samples with numbers from 0 to 255 divided by 255: as bytes if all of them are whole. Without a mean and a
    /// deviation.
    pub(crate) fn divided(mut self) -> Dataset {
        if !self.values.are_bytes() {
            self.values = self.values.divided();
        }
        self.scaling = Scaling { divisor: self.values.divisor(), ..Scaling::default() };
        self
    }

    /// The mean and deviation of each channel, as a scaling that makes them 0 and 1.
    ///
    /// `mean = Σ x / n` and `deviation = √(Σ x² / n − mean²)`, with sums in `f64` around the channel's first value. A
    /// channel whose values are all equal gets the deviation 1, so that it becomes 0.
    ///
    /// ```
    /// let scaling = toddle_data::mnist().train()?.standard_scaling();
    /// assert_eq!((scaling.mean, scaling.deviation), (vec![0.13066047], vec![0.3081078])); // as is written of MNIST everywhere
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn standard_scaling(&self) -> Scaling {
        let [channels, height, width] = self.shape;
        let plane = height.saturating_mul(width).max(1);
        let mut moments = vec![Moments::default(); channels];
        // A set without samples may say any size.
        let mut sample = vec![0.0; if self.is_empty() { 0 } else { self.size() }];
        for i in 0..self.len() {
            self.values.read(i * sample.len(), &mut sample);
            for (moments, plane) in moments.iter_mut().zip(sample.chunks_exact(plane)) {
                moments.add(plane);
            }
        }
        Moments::scaling(moments, self.values.divisor())
    }
}

/// The sums that the mean and the deviation of some numbers need.
#[derive(Clone, Copy, Default)]
struct Moments {
    /// The first number. Sums around it lose no digits when all numbers lie far from 0 and close together.
    origin: Option<f64>,
    count: f64,
    sum: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, numbers: &[f32]) {
        let Some(&first) = numbers.first() else { return };
        let origin = *self.origin.get_or_insert(f64::from(first));
        let (mut sum, mut squares) = (self.sum, self.squares);
        for &number in numbers {
            let distance = f64::from(number) - origin;
            (sum, squares) = (sum + distance, squares + distance * distance);
        }
        (self.sum, self.squares) = (sum, squares);
        self.count += numbers.len() as f64;
    }

    /// The scaling of channels whose values are divided by `divisor`.
    fn scaling(channels: Vec<Moments>, divisor: f32) -> Scaling {
        let scaled = |moments: Moments| {
            let (mean, deviation) = moments.mean_and_deviation();
            ((mean / f64::from(divisor)) as f32, positive(deviation / f64::from(divisor)))
        };
        let (mean, deviation) = channels.into_iter().map(scaled).unzip();
        Scaling { divisor, mean, deviation }
    }

    /// 0 and 0 without numbers.
    fn mean_and_deviation(self) -> (f64, f64) {
        let Some(origin) = self.origin else { return (0.0, 0.0) };
        let mean = self.sum / self.count;
        let variance = self.squares / self.count - mean * mean;
        (origin + mean, variance.max(0.0).sqrt())
    }
}

fn positive(deviation: f64) -> f32 {
    let deviation = deviation as f32;
    if deviation > 0.0 && deviation.is_finite() { deviation } else { 1.0 }
}
