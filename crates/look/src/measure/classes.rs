//! Samples of classes: accuracy, a line for each class, the most confident mistakes.

use serde::Serialize;
use toddle::metrics::{Confusion, accuracy, mean_squared_error, top_k_accuracy};
use toddle::{MetricError, argmax};
use toddle_data::{Answers, Dataset, Model};

/// The `k` of top-k accuracy.
const TOP: usize = 5;

/// All measurements of answers that are classes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Classes {
    /// The number of samples.
    pub samples: usize,
    /// The mean of −ln p, where p is the probability of the right class of a sample.
    pub cross_entropy: f64,
    /// The mean squared error of the outputs of the network, if they are no logits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean_squared_error: Option<f64>,
    /// The share of the samples with the right class.
    pub accuracy: f64,
    /// The share of the samples whose class is among the five most probable, if there are more than five.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_5_accuracy: Option<f64>,
    /// The mean precision of the classes that occur.
    pub macro_precision: f64,
    /// The mean recall of the classes that occur.
    pub macro_recall: f64,
    /// The mean F1 of the classes that occur.
    pub macro_f1: f64,
    /// A line for each class.
    pub classes: Vec<Class>,
    /// The confusion matrix: a row for each true class, a column for each predicted class.
    pub confusion: Vec<Vec<u64>>,
    /// The most confident mistakes, the most confident first.
    pub worst: Vec<Mistake>,
}

/// One class. A class that does not occur, because it has no samples and is not predicted, has no precision, recall and F1.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Class {
    /// Its name.
    pub class: String,
    /// The number of its samples.
    pub samples: u64,
    /// The share of right predictions among the predictions of this class.
    pub precision: Option<f64>,
    /// The share of right predictions among the samples of this class.
    pub recall: Option<f64>,
    /// The harmonic mean of precision and recall.
    pub f1: Option<f64>,
}

impl Class {
    /// Precision, recall and F1 in percent, with a dash for each that the class does not have.
    pub fn in_percent(&self) -> [String; 3] {
        let share =
            |share: Option<f64>| share.map_or("–".into(), |share| format!("{:.2} %", share * 100.0));
        [self.precision, self.recall, self.f1].map(share)
    }
}

/// A sample whose predicted class is wrong.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mistake {
    /// The index of the sample in the set, counted from 0.
    pub sample: usize,
    /// The right class.
    pub truth: String,
    /// The predicted class.
    pub says: String,
    /// The probability of the predicted class.
    pub probability: f64,
    /// The probability of the right class.
    pub probability_of_truth: f64,
}

impl Classes {
    /// Measures `answers` for the samples of `dataset`, and lists `worst` of the most confident mistakes.
    ///
    /// # Errors
    /// There are no samples, the answers do not fit the samples, or an answer is NaN.
    pub fn of(
        model: &Model,
        dataset: &Dataset,
        answers: &Answers,
        worst: usize,
    ) -> Result<Classes, MetricError> {
        let (labels, names) = (dataset.labels(), model.classes());
        let (classes, probabilities) = (names.len(), &answers.probabilities);
        let confusion = Confusion::of(probabilities, labels)?;
        let (precision, recall, f1) = (confusion.precision(), confusion.recall(), confusion.f1());
        let rows: Vec<Vec<u64>> = confusion.rows().map(<[u64]>::to_vec).collect();
        let class = |c: usize| Class {
            class: names[c].clone(),
            samples: rows[c].iter().sum(),
            precision: confusion.occurs(c).then_some(precision[c]),
            recall: confusion.occurs(c).then_some(recall[c]),
            f1: confusion.occurs(c).then_some(f1[c]),
        };
        let of_truth = |n: usize| probabilities[n * classes + labels[n] as usize];
        let losses = (0..labels.len()).map(|n| -of_truth(n).max(f64::MIN_POSITIVE).ln());
        let top = (classes > TOP).then(|| top_k_accuracy(probabilities, labels, TOP)).transpose()?;
        Ok(Classes {
            samples: labels.len(),
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
}

/// The mean squared error between the outputs and the one-hot targets.
fn squared(model: &Model, dataset: &Dataset, answers: &Answers) -> Result<Option<f64>, MetricError> {
    let targets: Vec<f64> = dataset.one_hot();
    let fits = !model.are_logits() && targets.len() == answers.outputs.len();
    fits.then(|| mean_squared_error(&answers.outputs, &targets)).transpose()
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
