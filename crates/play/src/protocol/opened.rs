//! What there is, and what is open.

use serde::{Deserialize, Serialize};
use toddle::Optimizer;

use super::PointSettings;

/// What there is, and what is open.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// The version of toddle.
    pub version: String,
    /// It grows when another network is open, or its settings change.
    pub revision: u64,
    /// The experiments that can be opened.
    pub experiments: Vec<Offer>,
    /// The runs that can be opened.
    pub runs: Vec<String>,
    /// The kinds of optimizers.
    pub optimizers: Vec<String>,
    /// What is open.
    pub open: Option<Opened>,
}

/// An experiment that can be opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    /// Its name.
    pub name: String,
    /// What it is.
    pub about: String,
}

/// What is open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// The name of the experiment or the run.
    pub name: String,
    /// What it was opened from.
    pub from: Origin,
    /// The type of the numbers: `f32` or `f64`.
    pub precision: String,
    /// The seed of the first weights and of the order.
    pub seed: u64,
    /// The shape of a sample.
    pub input: Vec<usize>,
    /// The shape of an answer.
    pub output: Vec<usize>,
    /// The names of the classes. Empty if the targets are numbers.
    pub classes: Vec<String>,
    /// What a sample is.
    pub kind: Samples,
    /// How the points were drawn. None: the samples are no points.
    pub points: Option<PointSettings>,
    /// The number of samples of each half.
    pub halves: Halves,
    /// The loss in words.
    pub loss: String,
    /// The optimizer, with the learning rate that a page has set.
    pub optimizer: Optimizer,
    /// The learning rate of the next step.
    pub rate: f64,
    /// The samples of a step.
    pub batch: usize,
    /// The epochs of the whole training.
    pub epochs: usize,
    /// Whether there are samples to train on.
    pub trains: bool,
    /// The experiment as a text, with the changes of pages.
    pub toml: String,
}

/// What was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A run's folder.
    Run,
    /// An experiment of the list.
    Experiment,
    /// The text of an experiment, or an experiment of the list that a page has changed.
    Toml,
    /// Points in a square.
    Points,
    /// Layers that a page has changed.
    Layers,
}

/// What a sample is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Samples {
    /// A picture.
    Pictures,
    /// A point of a plane.
    Points,
    /// Numbers of another kind.
    Numbers,
}

/// The number of samples of each half. None: there is no such half.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Halves {
    /// Samples to train on.
    pub train: Option<usize>,
    /// Samples to validate with.
    pub validation: Option<usize>,
    /// Samples to test with.
    pub test: Option<usize>,
}
