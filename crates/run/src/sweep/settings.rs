//! The settings of a sweep's file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::axis::Axis;
use toddle_look::digits::significant;

/// The version of the files that this version of toddle reads.
pub const VERSION: u32 = 1;

/// Everything about a sweep, in one file.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// The version of the file format.
    pub version: u32,
    /// The name of the sweep.
    pub name: String,
    /// The experiment that is trained, relative to the folder of the sweep's file.
    pub experiment: PathBuf,
    /// How points of the space are chosen.
    pub method: Method,
    /// The number of points, for `random` and `sobol`.
    pub points: Option<usize>,
    /// The seed of the choice of points.
    #[serde(default)]
    pub seed: u32,
    /// The seeds with which each point is trained. Empty: the seed of the experiment.
    #[serde(default)]
    pub seeds: Vec<u32>,
    /// The number that decides which point is the best.
    pub goal: Goal,
    /// Trains most points for a few epochs only.
    pub halving: Option<Halving>,
    /// The settings that differ between points, by the keys that `--set` has, with their values.
    pub space: BTreeMap<String, Axis>,
}

/// How points of the space are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// All combinations of all values.
    Grid,
    /// Independent draws.
    Random,
    /// Points of Sobol's sequence, which fill the space more evenly than independent draws.
    Sobol,
}

/// The number that decides which point is the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// The lowest loss on the training samples.
    Loss,
    /// The lowest loss on the validation samples.
    ValidationLoss,
    /// The highest accuracy on the validation samples.
    Accuracy,
}

/// Successive halving: all points are trained for a few epochs, and only the best of them for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Halving {
    /// The epochs of all points.
    pub epochs: usize,
    /// One point of so many goes on, for so many times as many epochs.
    #[serde(default = "three")]
    pub factor: usize,
}

fn three() -> usize {
    3
}

impl Goal {
    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Goal::Loss => "loss",
            Goal::ValidationLoss => "validation_loss",
            Goal::Accuracy => "accuracy",
        }
    }

    /// The name for people.
    pub fn words(self) -> &'static str {
        match self {
            Goal::ValidationLoss => "validation loss",
            goal => goal.name(),
        }
    }

    /// Its number with few digits.
    pub fn shown(self, value: Option<f64>) -> String {
        match (self, value) {
            (_, None) => "failed".into(),
            (Goal::Accuracy, Some(value)) => format!("{:.2} %", value * 100.0),
            (_, Some(value)) => significant(value),
        }
    }

    /// A number that is lower if `value` is better. A training without a value is worse than all others.
    pub fn rank(self, value: Option<f64>) -> f64 {
        match (self, value) {
            (_, None) => f64::INFINITY,
            (Goal::Accuracy, Some(value)) => -value,
            (_, Some(value)) => value,
        }
    }
}
