//! Samples with target numbers: errors, and the worst samples.

use serde::Serialize;
use toddle::MetricError;
use toddle::metrics::{mean_absolute_error, mean_squared_error, r_squared};
use toddle_data::{Answers, Dataset, Model};

/// All measurements of answers that are numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Numbers {
    /// The number of samples.
    pub samples: usize,
    /// The errors over the numbers of all samples.
    #[serde(flatten)]
    pub all: Errors,
    /// The errors of each target number.
    pub targets: Vec<Target>,
    /// The samples with the largest errors, the worst first.
    pub worst: Vec<Miss>,
}

/// Measures of the errors of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Errors {
    /// The share of the targets on whose side of 0.5 the answer is, if the answers are probabilities of a yes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<f64>,
    /// The mean of |answer − target|.
    pub mean_absolute_error: f64,
    /// The mean of (answer − target)².
    pub mean_squared_error: f64,
    /// The root of the mean squared error.
    pub root_mean_squared_error: f64,
    /// The share of the variance of the targets that the network explains; none for a single sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r_squared: Option<f64>,
}

/// One of the target numbers of a sample.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Target {
    /// Its name.
    pub target: String,
    /// Its errors.
    #[serde(flatten)]
    pub errors: Errors,
    /// The target and the answer for each sample.
    #[serde(skip)]
    pub points: Vec<[f64; 2]>,
}

/// A sample with large errors.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Miss {
    /// The index of the sample, counted from 0.
    pub sample: usize,
    /// The targets.
    pub truth: Vec<f64>,
    /// The answers.
    pub says: Vec<f64>,
    /// The mean of |answer − target| over the numbers of the sample.
    pub absolute_error: f64,
}

impl Numbers {
    /// Measures `answers` for the samples of `dataset`, and lists `worst` of the worst samples.
    ///
    /// # Errors
    /// There are no samples, the answers do not fit the samples, or an answer is NaN.
    pub fn of(
        model: &Model,
        dataset: &Dataset,
        answers: &Answers,
        worst: usize,
    ) -> Result<Numbers, MetricError> {
        let truth: Vec<f64> = dataset.numbers().iter().map(|&number| number.into()).collect();
        let (said, size) = (&answers.outputs, dataset.target_size());
        let target = |(place, target): (usize, String)| {
            let of = |numbers: &[f64]| numbers.iter().skip(place).step_by(size).copied().collect::<Vec<_>>();
            let (said, truth) = (of(said), of(&truth));
            let errors = Errors::of(model, &said, &truth, 1)?;
            let points = truth.into_iter().zip(said).map(|(truth, said)| [truth, said]).collect();
            Ok(Target { target, errors, points })
        };
        let targets = model.target_names().into_iter().enumerate();
        Ok(Numbers {
            samples: dataset.len(),
            all: Errors::of(model, said, &truth, size)?,
            targets: targets.map(target).collect::<Result<_, MetricError>>()?,
            worst: worst_of(said, &truth, size, worst),
        })
    }
}

impl Errors {
    fn of(model: &Model, said: &[f64], truth: &[f64], size: usize) -> Result<Errors, MetricError> {
        let mean_squared_error = mean_squared_error(said, truth)?;
        let are_alike = |(said, truth): &(&f64, &f64)| (**said >= 0.5) == (**truth >= 0.5);
        let right = || said.iter().zip(truth).filter(are_alike).count();
        Ok(Errors {
            accuracy: model.gives_chances().then(|| right() as f64 / said.len() as f64),
            mean_absolute_error: mean_absolute_error(said, truth)?,
            mean_squared_error,
            root_mean_squared_error: mean_squared_error.sqrt(),
            r_squared: r_squared(said, truth, size).ok(),
        })
    }
}

/// The samples with the largest errors, the worst first.
fn worst_of(said: &[f64], truth: &[f64], size: usize, count: usize) -> Vec<Miss> {
    let samples = said.chunks_exact(size).zip(truth.chunks_exact(size)).enumerate();
    let mut misses: Vec<Miss> = samples
        .map(|(sample, (said, truth))| Miss {
            sample,
            truth: truth.to_vec(),
            says: said.to_vec(),
            absolute_error: said.iter().zip(truth).map(|(said, truth)| (said - truth).abs()).sum::<f64>()
                / size as f64,
        })
        .collect();
    misses.sort_by(|a, b| b.absolute_error.total_cmp(&a.absolute_error).then(a.sample.cmp(&b.sample)));
    misses.truncate(count);
    misses
}
