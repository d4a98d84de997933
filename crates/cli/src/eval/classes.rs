//! Samples of classes: accuracy and the worst mistakes.

use serde::Serialize;
use toddle_data::{Answers, Model};
use toddle_look::measure::{Classes, Mistake};
use toddle_look::picture::{Cell, Sheet};
use toddle_run::error::Error;

use super::samples::Samples;
use super::tables::percent;

/// All measurements, and what was measured.
#[derive(Debug, Serialize)]
pub struct Report {
    pub model: String,
    pub data: String,
    pub half: &'static str,
    /// Which part of the data of the run the samples are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_out: Option<String>,
    /// A note about the probabilities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[serde(flatten)]
    pub measured: Classes,
}

impl Report {
    /// Measures `answers` for `samples`, and lists `worst` of the worst mistakes.
    pub(super) fn new(
        model: &Model,
        samples: &Samples,
        answers: &Answers,
        worst: usize,
    ) -> Result<Report, Error> {
        let Samples { dataset, place, half, held_out } = samples;
        Ok(Report {
            model: model.name(),
            data: place.clone(),
            half,
            held_out: held_out.clone(),
            note: model.note(),
            measured: Classes::of(model, dataset, answers, worst)?,
        })
    }

    /// A sheet of the worst mistakes, if there are any, and of images.
    pub(super) fn sheet(&self, samples: &Samples) -> Option<Sheet> {
        let shape = samples.dataset.shape();
        if self.measured.worst.is_empty() || !matches!(shape[0], 1 | 3) || shape[1] * shape[2] < 4 {
            return None;
        }
        let cell = |mistake: &Mistake| Cell {
            shape,
            image: samples.dataset.image(mistake.sample).into_owned(),
            lines: vec![
                format!("true {}", mistake.truth),
                format!("says {} {}", mistake.says, percent(mistake.probability)),
                format!("{} {}", samples.half, mistake.sample),
            ],
            alarm: false,
        };
        let right = percent(self.measured.accuracy);
        Some(Sheet {
            title: format!("The most confident mistakes of {}", self.model),
            subtitle: format!("It gets {right} of {} samples of {} right", self.measured.samples, self.data),
            columns: 5,
            cells: self.measured.worst.iter().map(cell).collect(),
        })
    }
}
