//! Samples with numbers to be learned: how far off.

use serde::Serialize;
use toddle::metrics::{mean_absolute_error, mean_squared_error, r_squared};

use super::Samples;
use crate::columns::align;
use crate::error::Error;
use crate::loaded::{Answers, Loaded};

/// All that is measured.
#[derive(Debug, Serialize)]
pub struct Report {
    model: String,
    data: String,
    half: &'static str,
    samples: usize,
    mean_squared_error: f64,
    mean_absolute_error: f64,
    /// How much of the targets' variance is explained; none where they do not vary.
    #[serde(skip_serializing_if = "Option::is_none")]
    r_squared: Option<f64>,
}

impl Report {
    pub(super) fn new(loaded: &Loaded, samples: &Samples, answers: &Answers) -> Result<Report, Error> {
        let Samples { dataset, place, half } = samples;
        let targets: Vec<f64> = dataset.targets();
        Ok(Report {
            model: loaded.name(),
            data: place.clone(),
            half: half.name(),
            samples: dataset.len(),
            mean_squared_error: mean_squared_error(&answers.outputs, &targets)?,
            mean_absolute_error: mean_absolute_error(&answers.outputs, &targets)?,
            r_squared: r_squared(&answers.outputs, &targets, dataset.target_size()).ok(),
        })
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut rows = vec![
            ("samples", format!("{} of {}, {}", self.samples, self.data, self.half)),
            ("mean squared error", format!("{:.6}", self.mean_squared_error)),
            ("mean absolute error", format!("{:.6}", self.mean_absolute_error)),
        ];
        rows.extend(self.r_squared.map(|share| ("R²", format!("{share:.6}"))));
        let (names, values) = rows.into_iter().map(|(name, value)| (name.to_owned(), value)).unzip();
        align(&[names, values])
    }
}
