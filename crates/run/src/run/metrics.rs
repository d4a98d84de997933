//! The metrics of a training, epoch by epoch: `metrics.csv` and `metrics.jsonl`.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toddle::Epoch;
use toddle_data::Dataset;

use super::{METRICS_CSV, METRICS_JSONL};
use crate::error::{Error, ExperimentError};
use crate::files;
use crate::folder::Folder;

/// One epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The number of the epoch, counted from 1.
    pub epoch: usize,
    /// The number of steps from the beginning of the training.
    pub step: u64,
    /// The mean loss of its samples. Each loss is computed before the step that uses the sample.
    pub loss: f64,
    /// The mean loss on the validation samples.
    pub validation_loss: Option<f64>,
    /// The share of the validation samples with the right class.
    pub accuracy: Option<f64>,
    /// The share of the training samples with the right class.
    pub training_accuracy: Option<f64>,
    /// The learning rate of its last step.
    pub rate: f64,
    /// The time of the epoch.
    pub seconds: f64,
}

/// Whether an answer is right or wrong: the samples have classes, or a single output means yes or no.
pub fn has_accuracy(train: &Dataset) -> bool {
    train.classes() > 1 || train.target_size() == 1
}

const HEADER: &str = "epoch,step,loss,validation_loss,accuracy,training_accuracy,rate,seconds\n";

impl Row {
    /// The row of `epoch`. `has_accuracy`: the shares of right answers are kept.
    pub fn new(epoch: &Epoch, has_accuracy: bool) -> Row {
        let of_validation = epoch.validation.and_then(|validation| validation.accuracy);
        Row {
            epoch: epoch.number,
            step: epoch.steps,
            loss: epoch.error,
            validation_loss: epoch.validation.map(|validation| validation.loss),
            accuracy: of_validation.filter(|_| has_accuracy),
            training_accuracy: epoch.accuracy.filter(|_| has_accuracy),
            rate: epoch.rate,
            seconds: epoch.took.as_secs_f64(),
        }
    }

    fn csv(&self) -> String {
        let Row { epoch, step, loss, validation_loss, accuracy, training_accuracy, rate, seconds } = self;
        let or_nothing = |number: &Option<f64>| number.map_or(String::new(), |number| number.to_string());
        let [validation_loss, accuracy, training_accuracy] =
            [validation_loss, accuracy, training_accuracy].map(or_nothing);
        format!("{epoch},{step},{loss},{validation_loss},{accuracy},{training_accuracy},{rate},{seconds}\n")
    }

    fn json(&self) -> String {
        serde_json::to_string(self).expect("numbers are JSON") + "\n"
    }
}

/// The files of metrics.
pub struct Metrics {
    rows: Vec<Row>,
    csv: Lines,
    json: Lines,
}

/// A file that gets a line for each epoch.
pub(super) struct Lines {
    path: PathBuf,
    file: File,
}

impl Lines {
    /// If the program is killed during this function, the file has the old lines, or `text`.
    pub fn begin(folder: &Folder, name: &str, text: &str) -> Result<Lines, Error> {
        folder.write(name, text.as_bytes())?;
        let path = folder.path().join(name);
        let file = OpenOptions::new().append(true).open(&path);
        let file = file.map_err(|cause| Error::Write { file: path.clone(), cause })?;
        Ok(Lines { path, file })
    }

    pub fn push(&mut self, text: &str) -> Result<(), Error> {
        self.file.write_all(text.as_bytes()).map_err(|cause| Error::Write { file: self.path.clone(), cause })
    }
}

impl Metrics {
    /// Writes new files with `rows` into `folder`.
    pub fn begin(folder: &Folder, rows: Vec<Row>) -> Result<Metrics, Error> {
        let csv: String = rows.iter().map(Row::csv).collect();
        let json: String = rows.iter().map(Row::json).collect();
        Ok(Metrics {
            csv: Lines::begin(folder, METRICS_CSV, &(HEADER.to_owned() + &csv))?,
            json: Lines::begin(folder, METRICS_JSONL, &json)?,
            rows,
        })
    }

    /// Adds an epoch.
    pub fn push(&mut self, row: Row) -> Result<(), Error> {
        self.csv.push(&row.csv())?;
        self.json.push(&row.json())?;
        self.rows.push(row);
        Ok(())
    }

    /// All epochs.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }
}

/// The time of all epochs.
pub fn seconds(rows: &[Row]) -> f64 {
    // The sum of no numbers is -0.
    rows.iter().fold(0.0, |sum, row| sum + row.seconds)
}

/// The epochs of the run in `folder`. A line that is not complete is left out.
pub fn read(folder: &Path) -> Result<Vec<Row>, Error> {
    let file = folder.join(METRICS_JSONL);
    match files::read_text(&file) {
        Ok(text) => Ok(text.lines().map_while(|line| serde_json::from_str(line).ok()).collect()),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(cause) => Err(ExperimentError::unread(&file, "the metrics of a run", &cause)),
    }
}
