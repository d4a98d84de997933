//! Samples of classes: accuracy and the worst mistakes.

use serde::Serialize;
use toddle::argmax;
use toddle::metrics::{Confusion, accuracy, mean_squared_error, top_k_accuracy};
use toddle_data::{Answers, Dataset, Model};
use toddle_run::error::Error;
use toddle_run::picture::{Cell, Sheet};

use super::samples::Samples;
use super::tables::percent;

/// The `k` of top-k accuracy.
const TOP: usize = 5;

/// All measurements.
#[derive(Debug, Serialize)]
pub struct Report {
    pub model: String,
    pub data: String,
    pub half: &'static str,
    /// Which part of the data of the run the samples are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_out: Option<String>,
    pub samples: usize,
    /// A note about the probabilities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The mean of −ln p, where p is the probability of the right class of a sample.
    pub cross_entropy: f64,
    /// The mean squared error of the outputs of the network, if they are no logits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean_squared_error: Option<f64>,
    pub accuracy: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_5_accuracy: Option<f64>,
    pub macro_precision: f64,
    pub macro_recall: f64,
    pub macro_f1: f64,
    pub classes: Vec<Class>,
    /// The confusion matrix: a row for each true class, a column for each predicted class.
    pub confusion: Vec<Vec<u64>>,
    pub worst: Vec<Mistake>,
}

/// One class.
#[derive(Debug, Serialize)]
pub struct Class {
    pub class: String,
    pub samples: u64,
    /// The share of right predictions among the predictions of this class.
    pub precision: f64,
    /// The share of right predictions among the samples of this class.
    pub recall: f64,
    pub f1: f64,
}

/// A sample whose predicted class is wrong.
#[derive(Debug, Serialize)]
pub struct Mistake {
    /// The index of the sample in the set, counted from 0.
    pub sample: usize,
    pub truth: String,
    pub says: String,
    pub probability: f64,
    pub probability_of_truth: f64,
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
        let (labels, names) = (dataset.labels(), model.classes());
        let (classes, probabilities) = (names.len(), &answers.probabilities);
        let confusion = Confusion::of(probabilities, labels)?;
        let (precision, recall, f1) = (confusion.precision(), confusion.recall(), confusion.f1());
        let rows: Vec<Vec<u64>> = confusion.rows().map(<[u64]>::to_vec).collect();
        let class = |c: usize| Class {
            class: names[c].clone(),
            samples: rows[c].iter().sum(),
            precision: precision[c],
            recall: recall[c],
            f1: f1[c],
        };
        let of_truth = |n: usize| probabilities[n * classes + labels[n] as usize];
        let losses = (0..labels.len()).map(|n| -of_truth(n).max(f64::MIN_POSITIVE).ln());
        let top = (classes > TOP).then(|| top_k_accuracy(probabilities, labels, TOP)).transpose()?;
        Ok(Report {
            model: model.name(),
            data: place.clone(),
            half,
            held_out: held_out.clone(),
            samples: labels.len(),
            note: model.note(),
            // A sum of zeros may be −0.
            cross_entropy: (losses.sum::<f64>() + 0.0) / labels.len() as f64,
            mean_squared_error: squared(model, dataset, answers)?,
            accuracy: accuracy(probabilities, labels)?,
            top_5_accuracy: top,
            macro_precision: confusion.macro_precision(),
            macro_recall: confusion.macro_recall(),
            macro_f1: confusion.macro_f1(),
            classes: (0..classes).map(class).collect(),
            worst: mistakes(labels, probabilities, names, worst),
            confusion: rows,
        })
    }

    /// A sheet of the worst mistakes, if there are any, and of images.
    pub(super) fn sheet(&self, samples: &Samples) -> Option<Sheet> {
        let shape = samples.dataset.shape();
        if self.worst.is_empty() || !matches!(shape[0], 1 | 3) || shape[1] * shape[2] < 4 {
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
        let right = percent(self.accuracy);
        Some(Sheet {
            title: format!("The most confident mistakes of {}", self.model),
            subtitle: format!("It gets {right} of {} samples of {} right", self.samples, self.data),
            columns: 5,
            cells: self.worst.iter().map(cell).collect(),
        })
    }
}

/// The mean squared error between the outputs and the one-hot targets.
fn squared(model: &Model, dataset: &Dataset, answers: &Answers) -> Result<Option<f64>, Error> {
    let targets: Vec<f64> = dataset.one_hot();
    let fits = !model.are_logits() && targets.len() == answers.outputs.len();
    Ok(fits.then(|| mean_squared_error(&answers.outputs, &targets)).transpose()?)
}

/// The samples whose predicted class is wrong, the most confident predictions first.
fn mistakes(labels: &[u32], probabilities: &[f64], names: &[String], count: usize) -> Vec<Mistake> {
    let rows = labels.iter().zip(probabilities.chunks_exact(names.len())).enumerate();
    let mut wrong: Vec<Mistake> = rows
        .filter(|(_, (label, row))| argmax(row) != **label as usize)
        .map(|(sample, (&label, row))| Mistake {
            sample,
            truth: names[label as usize].clone(),
            says: names[argmax(row)].clone(),
            probability: row[argmax(row)],
            probability_of_truth: row[label as usize],
        })
        .collect();
    wrong.sort_by(|a, b| b.probability.total_cmp(&a.probability).then(a.sample.cmp(&b.sample)));
    wrong.truncate(count);
    wrong
}
