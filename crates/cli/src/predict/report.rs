//! The answers of the network, also as JSON.

use serde::Serialize;
use toddle::argmax;
use toddle_data::{Answers, Model};
use toddle_look::digits::significant;

use super::subjects::{Subject, Subjects, Truth};

/// All answers.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The run's folder, or the file.
    pub model: String,
    /// A note about the probabilities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The names of the classes, in the order of the probabilities. Empty for a regression.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
    /// The names of the target numbers of a regression. Empty for classes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<String>,
    /// The number of right answers, and the number of samples whose class is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub right: Option<[usize; 2]>,
    /// The mean of |answer − target| over the numbers that are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean_absolute_error: Option<f64>,
    pub predictions: Vec<Prediction>,
}

/// The answer for one sample.
#[derive(Debug, Serialize)]
pub struct Prediction {
    pub sample: String,
    #[serde(flatten)]
    pub said: Said,
    /// The changes that were made to the picture. `None` for rows and arrays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prepared: Option<Vec<String>>,
}

/// The answer of the network.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Said {
    /// A class.
    Class {
        #[serde(flatten)]
        first: Guess,
        runner_up: Guess,
        /// The probabilities of all classes, in the order of the classes.
        probabilities: Vec<f64>,
        /// The true class, if it is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        truth: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        right: Option<bool>,
    },
    /// The target numbers.
    Numbers {
        numbers: Vec<f64>,
        /// The true numbers, if they are known.
        #[serde(skip_serializing_if = "Option::is_none")]
        truth: Option<Vec<f64>>,
    },
}

/// A class, and how probable it is.
#[derive(Clone, Debug, Serialize)]
pub struct Guess {
    pub class: String,
    /// The index of the class, counted from 0.
    pub index: usize,
    pub probability: f64,
}

impl Report {
    /// The report of `answers` about `subjects`.
    pub fn new(model: &Model, subjects: &Subjects, answers: &Answers) -> Report {
        let classes = model.classes();
        let size = if model.is_regression() { model.output().size() } else { classes.len() };
        let values = if model.is_regression() { &answers.outputs } else { &answers.probabilities };
        let predictions: Vec<Prediction> = subjects
            .list
            .iter()
            .zip(values.chunks_exact(size))
            .map(|(subject, values)| Prediction::new(subject, values, classes))
            .collect();
        let targets = if model.is_regression() { model.target_names() } else { Vec::new() };
        let right: Vec<bool> = predictions.iter().filter_map(Prediction::right).collect();
        let errors: Vec<f64> = predictions.iter().flat_map(Prediction::errors).collect();
        Report {
            model: model.name(),
            note: model.note(),
            classes: classes.to_vec(),
            targets,
            right: (!right.is_empty()).then(|| [right.iter().filter(|&&right| right).count(), right.len()]),
            mean_absolute_error: (!errors.is_empty())
                .then(|| errors.iter().sum::<f64>() / errors.len() as f64),
            predictions,
        }
    }

    /// One line of JSON.
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("numbers, strings and lists can be written as JSON") + "\n"
    }
}

impl Prediction {
    /// The answer for a sample. `values` are the probabilities of two or more classes, or the numbers of a
    /// regression.
    fn new(subject: &Subject, values: &[f64], classes: &[String]) -> Prediction {
        let said = match classes {
            [] => Said::Numbers {
                numbers: values.to_vec(),
                truth: match &subject.truth {
                    Some(Truth::Numbers(numbers)) => Some(numbers.clone()),
                    _ => None,
                },
            },
            _ => {
                let truth = match subject.truth {
                    Some(Truth::Class(class)) => Some(class),
                    _ => None,
                };
                let first = argmax(values);
                let others = (0..classes.len()).filter(|&class| class != first);
                let second = others.fold(None, |best: Option<usize>, class| match best {
                    Some(best) if values[best] >= values[class] => Some(best),
                    _ => Some(class),
                });
                let guess =
                    |index: usize| Guess { class: classes[index].clone(), index, probability: values[index] };
                let name = |index: usize| classes.get(index).cloned().unwrap_or_else(|| index.to_string());
                Said::Class {
                    first: guess(first),
                    runner_up: guess(second.unwrap_or(first)),
                    probabilities: values.to_vec(),
                    truth: truth.map(name),
                    right: truth.map(|truth| truth == first),
                }
            }
        };
        Prediction { sample: subject.name.clone(), said, prepared: subject.done.clone() }
    }

    fn right(&self) -> Option<bool> {
        match &self.said {
            Said::Class { right, .. } => *right,
            Said::Numbers { .. } => None,
        }
    }

    /// Whether the predicted class is wrong.
    pub fn is_wrong(&self) -> bool {
        self.right() == Some(false)
    }

    /// |answer − target| of each number that is known.
    pub fn errors(&self) -> Vec<f64> {
        match &self.said {
            Said::Numbers { numbers, truth: Some(truth) } => {
                numbers.iter().zip(truth).map(|(said, truth)| (said - truth).abs()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The lines of text below an image.
    pub fn lines(&self) -> Vec<String> {
        let name = self.sample.rsplit('/').next().unwrap_or_default().to_owned();
        match &self.said {
            Said::Class { first, runner_up, truth, .. } => vec![
                truth.as_ref().map_or(name, |truth| format!("true {truth}")),
                format!("says {} {}", first.class, percent(first.probability)),
                format!("then {} {}", runner_up.class, percent(runner_up.probability)),
            ],
            Said::Numbers { numbers, truth } => vec![
                truth.as_ref().map_or(name, |truth| format!("true {}", list(truth))),
                format!("says {}", list(numbers)),
            ],
        }
    }
}

fn list(numbers: &[f64]) -> String {
    numbers.iter().map(|&number| significant(number)).collect::<Vec<_>>().join(" ")
}

pub fn percent(probability: f64) -> String {
    format!("{:.2} %", probability * 100.0)
}
