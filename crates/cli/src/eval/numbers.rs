//! Samples with numbers to be learned: how far off.

use serde::Serialize;
use toddle::metrics::{mean_absolute_error, mean_squared_error, r_squared};

use toddle_data::{Answers, Model};

use super::samples::Samples;
use crate::columns::align;
use crate::digits::significant;
use crate::error::Error;

/// All that is measured.
#[derive(Debug, Serialize)]
pub struct Report {
    model: String,
    data: String,
    half: &'static str,
    /// What of the run's data the samples are.
    #[serde(skip_serializing_if = "Option::is_none")]
    held_out: Option<String>,
    samples: usize,
    mean_squared_error: f64,
    mean_absolute_error: f64,
    /// How much of the targets' variance is explained; none where they do not vary.
    #[serde(skip_serializing_if = "Option::is_none")]
    r_squared: Option<f64>,
}

impl Report {
    pub(super) fn new(model: &Model, samples: &Samples, answers: &Answers) -> Result<Report, Error> {
        let Samples { dataset, place, half, held_out } = samples;
        let targets: Vec<f64> = dataset.targets();
        Ok(Report {
            model: model.name(),
            data: place.clone(),
            half: half.name(),
            held_out: held_out.clone(),
            samples: dataset.len(),
            mean_squared_error: mean_squared_error(&answers.outputs, &targets)?,
            mean_absolute_error: mean_absolute_error(&answers.outputs, &targets)?,
            r_squared: r_squared(&answers.outputs, &targets, dataset.target_size()).ok(),
        })
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut rows = vec![("samples", format!("{} of {}, {}", self.samples, self.data, self.half))];
        rows.extend(self.held_out.clone().map(|held_out| ("held out", held_out)));
        rows.extend([
            ("mean squared error", significant(self.mean_squared_error)),
            ("mean absolute error", significant(self.mean_absolute_error)),
        ]);
        rows.extend(self.r_squared.map(|share| ("R²", significant(share))));
        let (names, values) = rows.into_iter().map(|(name, value)| (name.to_owned(), value)).unzip();
        align(&[names, values])
    }
}
