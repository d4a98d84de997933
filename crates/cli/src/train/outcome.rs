//! The results of a training.

use serde::Serialize;
use toddle_look::digits::significant;
use toddle_run::run::metrics::Row;

use crate::columns::align;

/// The contents of `--json`.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// The experiment's name.
    pub name: String,
    /// The folder of the run.
    pub run: String,
    /// Whether the training has ended: no signal such as Ctrl-C and no time limit has stopped it.
    pub complete: bool,
    /// The setting that has ended the training before its last epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<&'static str>,
    /// The reason why nothing was trained, if the training that was to be continued is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over: Option<String>,
    /// The number of finished epochs.
    pub epochs: usize,
    /// The number of epochs of the experiment.
    pub of: usize,
    /// The number of finished steps.
    pub steps: u64,
    /// The number of samples to train on.
    pub samples: usize,
    /// The samples of the validation: the test samples of the set, some samples that were held out, or none.
    pub validation: String,
    /// The epoch of the model.
    pub epoch: Option<usize>,
    /// The losses and accuracies of this epoch. `accuracy` is the accuracy on the validation samples.
    pub loss: Option<f64>,
    pub training_accuracy: Option<f64>,
    pub validation_loss: Option<f64>,
    pub accuracy: Option<f64>,
    /// The time of all epochs.
    pub seconds: f64,
    /// What tells the samples apart from others.
    #[serde(skip)]
    pub told_apart: String,
    /// SHA-256 of the weights and biases of the model, layer after layer, as little-endian bytes.
    pub weights_sha256: String,
}

impl Outcome {
    /// The results with the numbers of the epoch of the model.
    pub fn of_epoch(self, row: Option<&Row>) -> Outcome {
        Outcome {
            epoch: row.map(|row| row.epoch),
            loss: row.map(|row| row.loss),
            training_accuracy: row.and_then(|row| row.training_accuracy),
            validation_loss: row.and_then(|row| row.validation_loss),
            accuracy: row.and_then(|row| row.accuracy),
            ..self
        }
    }

    /// One line of JSON.
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("numbers and strings can be written as JSON") + "\n"
    }

    /// The results as a table for people.
    pub fn table(&self) -> String {
        let stopped = self.stopped.filter(|_| self.epochs < self.of);
        let stopped = stopped.map_or(String::new(), |setting| format!("; stopped by {setting}"));
        let mut rows = vec![
            ("experiment", self.name.clone()),
            ("trained on", format!("{} samples", self.samples)),
            ("validated with", self.validation.clone()),
            ("epochs", format!("{} of {}, {} steps{stopped}", self.epochs, self.of, self.steps)),
        ];
        if let Some(epoch) = self.epoch.filter(|epoch| *epoch != self.epochs) {
            rows.push(("best epoch", epoch.to_string()));
        }
        let loss = |loss: Option<f64>| loss.map(significant);
        let percent = |part: Option<f64>| part.map(|part| format!("{:.2} %", part * 100.0));
        let measured = [
            ("loss", loss(self.loss)),
            ("accuracy", percent(self.training_accuracy)),
            ("validation loss", loss(self.validation_loss)),
            ("validation accuracy", percent(self.accuracy)),
        ];
        rows.extend(measured.into_iter().filter_map(|(name, value)| Some((name, value?))));
        rows.push(("time", format!("{:.1} s", self.seconds)));
        let (names, values) = rows.into_iter().map(|(name, value)| (name.to_owned(), value)).unzip();
        align(&[names, values])
    }
}
