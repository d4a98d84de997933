//! What the network says, for people and as JSON.

use serde::Serialize;

use super::Subject;
use crate::columns::align;

/// All that is said.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The run's folder, or the file.
    pub model: String,
    /// What is to be known of the probabilities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    pub predictions: Vec<Prediction>,
}

/// What is said of one image.
#[derive(Debug, Serialize)]
pub struct Prediction {
    pub image: String,
    #[serde(flatten)]
    pub first: Guess,
    pub runner_up: Guess,
    /// Of all classes, in their order.
    pub probabilities: Vec<f64>,
    /// What was done to the image.
    pub prepared: Vec<String>,
    /// What it is, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truth: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub right: Option<bool>,
}

/// A class, and how probable it is.
#[derive(Clone, Debug, Serialize)]
pub struct Guess {
    pub class: String,
    /// The class's place, counted from 0.
    pub index: usize,
    pub probability: f64,
}

impl Prediction {
    /// What `probabilities`, two or more, say of an image.
    pub(super) fn new(subject: &Subject, probabilities: &[f64], classes: &[String]) -> Prediction {
        let mut order: Vec<usize> = (0..classes.len()).collect();
        order.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
        let guess = |place: usize| {
            let index = order[place];
            Guess { class: classes[index].clone(), index, probability: probabilities[index] }
        };
        let name = |index: usize| classes.get(index).cloned().unwrap_or_else(|| index.to_string());
        Prediction {
            image: subject.name.clone(),
            first: guess(0),
            runner_up: guess(1),
            probabilities: probabilities.to_vec(),
            prepared: subject.done.clone(),
            truth: subject.truth.map(name),
            right: subject.truth.map(|truth| truth == order[0]),
        }
    }

    /// For below the image.
    pub fn lines(&self) -> Vec<String> {
        let name = self.image.rsplit('/').next().unwrap_or_default();
        let says = format!("{} {}", self.first.class, percent(self.first.probability));
        let than = format!("then {} {}", self.runner_up.class, percent(self.runner_up.probability));
        let first = self.truth.as_ref().map_or(name.to_owned(), |truth| format!("true {truth}"));
        vec![first, format!("says {says}"), than]
    }
}

impl Report {
    /// One line of JSON.
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("numbers, strings and lists can be written as JSON") + "\n"
    }

    /// A line an image.
    pub fn table(&self) -> String {
        let predictions = &self.predictions;
        let column = |title: &str, cell: &dyn Fn(&Prediction) -> String| -> Vec<String> {
            std::iter::once(title.to_owned()).chain(predictions.iter().map(cell)).collect()
        };
        let mut columns = vec![
            column("image", &|p| p.image.clone()),
            column("class", &|p| p.first.class.clone()),
            column("probability", &|p| format!("{:>9}", percent(p.first.probability))),
            column("runner-up", &|p| format!("{} {}", p.runner_up.class, percent(p.runner_up.probability))),
        ];
        if predictions.iter().any(|p| p.truth.is_some()) {
            columns.push(column("truth", &|p| match (&p.truth, p.right) {
                (Some(truth), Some(true)) => format!("{truth}, right"),
                (Some(truth), _) => format!("{truth}, wrong"),
                _ => "—".into(),
            }));
        }
        if predictions.iter().any(|p| p.truth.is_none()) {
            columns.push(column("what was done to the image", &|p| match p.prepared[..] {
                [] => "nothing".into(),
                _ => p.prepared.join(", "),
            }));
        }
        let mut text = align(&columns);
        let known = predictions.iter().filter(|p| p.right.is_some()).count();
        if known > 1 {
            let right = predictions.iter().filter(|p| p.right == Some(true)).count();
            text += &format!("\n{right} of {known} right\n");
        }
        if let Some(note) = &self.note {
            text += &format!("\n{note}\n");
        }
        text
    }
}

fn percent(probability: f64) -> String {
    format!("{:.2} %", probability * 100.0)
}
