//! How far a training is.

use serde::{Deserialize, Serialize};

/// How far a training is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing is open.
    #[default]
    None,
    /// There was no step yet.
    New,
    /// It trains.
    Running,
    /// It waits.
    Paused,
    /// All epochs are over.
    Done,
    /// An error has ended it.
    Failed,
}

/// How far a training is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct News {
    /// It grows when another network is open, or its settings change.
    pub revision: u64,
    /// It grows with every step.
    pub moment: u64,
    /// How far it is.
    pub state: State,
    /// The epochs that have ended.
    pub epoch: usize,
    /// The epochs of the whole training.
    pub epochs: usize,
    /// The steps so far.
    pub step: u64,
    /// The steps of an epoch.
    pub steps_per_epoch: u64,
    /// The samples of this epoch so far.
    pub seen: usize,
    /// The samples of an epoch.
    pub samples: usize,
    /// The learning rate of the next step.
    pub rate: f64,
    /// The mean loss of this epoch so far.
    pub loss: Option<f64>,
    /// The part of this epoch's samples with a right answer.
    pub accuracy: Option<f64>,
    /// The loss of the last step.
    pub step_loss: Option<f64>,
    /// The curves.
    pub curves: Curves,
    /// The digest of the final weights.
    pub weights_sha256: Option<String>,
    /// Why the training has ended.
    pub error: Option<String>,
}

/// The curves of a training.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Curves {
    /// Places in epochs: 1.5 is the middle of the second epoch.
    pub places: Vec<f64>,
    /// The mean loss of the steps from the place before to each place.
    pub losses: Vec<f64>,
    /// The epochs.
    pub epochs: Vec<EpochNews>,
}

/// An epoch of a training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochNews {
    /// Its number, counted from 1.
    pub epoch: usize,
    /// The steps until its end.
    pub step: u64,
    /// The mean loss.
    pub loss: f64,
    /// The part of the samples with a right answer.
    pub accuracy: Option<f64>,
    /// The mean loss of the validation samples.
    pub validation_loss: Option<f64>,
    /// The part of the validation samples with a right answer.
    pub validation_accuracy: Option<f64>,
}

/// One of the networks of a duel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// Its name.
    pub name: String,
    /// The epochs that have ended.
    pub epoch: usize,
    /// The epochs of the whole training.
    pub epochs: usize,
    /// The mean loss of each epoch.
    pub losses: Vec<f64>,
    /// The part of the training samples with a right answer, after each epoch.
    pub accuracies: Vec<Option<f64>>,
    /// The part of the validation samples with a right answer, after each epoch.
    pub validation: Vec<Option<f64>>,
    /// The number of parameters.
    pub parameters: usize,
}
