//! Whether a probability of 90 % is right in 90 % of the cases.

use serde::Serialize;
use toddle::argmax;

/// How far probabilities agree with how often they are right.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Calibration {
    /// The samples by the probability of their answer: ten bins of equal width, from 0 to 1.
    pub bins: Vec<Bin>,
    /// The expected calibration error: the mean over all samples of the distance between the mean probability and the share of
    /// right answers in the bin of the sample.
    pub error: f64,
}

/// The samples whose answer has a probability within some limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Bin {
    /// The number of samples.
    pub samples: u64,
    /// The mean probability of the answers. 0 without samples.
    pub probability: f64,
    /// The share of the answers that are right. 0 without samples.
    pub right: f64,
}

const BINS: usize = 10;

impl Calibration {
    /// The calibration of `probabilities`, as many for each of the samples as there are classes.
    ///
    /// ```
    /// use toddle_look::measure::Calibration;
    ///
    /// // Two answers with 95 %, of which one is right.
    /// let calibration = Calibration::of(&[0.95, 0.05, 0.95, 0.05], &[0, 1]);
    /// assert_eq!((calibration.bins[9].samples, calibration.bins[9].right), (2, 0.5));
    /// assert!((calibration.error - 0.45).abs() < 1e-12);
    /// ```
    pub fn of(probabilities: &[f64], labels: &[u32]) -> Calibration {
        let classes = probabilities.len().checked_div(labels.len()).unwrap_or(0).max(1);
        let mut bins = vec![Bin::default(); BINS];
        for (row, &label) in probabilities.chunks_exact(classes).zip(labels) {
            let answer = argmax(row);
            let place = ((row[answer] * BINS as f64) as usize).min(BINS - 1);
            let bin = &mut bins[place];
            bin.samples += 1;
            bin.probability += row[answer];
            bin.right += f64::from(u8::from(answer == label as usize));
        }
        let (mut error, all) = (0.0, labels.len().max(1) as f64);
        for bin in bins.iter_mut().filter(|bin| bin.samples > 0) {
            error += (bin.probability - bin.right).abs() / all;
            bin.probability /= bin.samples as f64;
            bin.right /= bin.samples as f64;
        }
        Calibration { bins, error }
    }
}
