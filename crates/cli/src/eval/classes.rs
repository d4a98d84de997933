//! Samples of classes: accuracy and the worst mistakes.

use toddle_look::measure::{Classes, Mistake};
use toddle_look::picture::{Cell, Sheet};

use super::report::Report;
use super::samples::Samples;
use super::tables::percent;

impl Report<Classes> {
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
