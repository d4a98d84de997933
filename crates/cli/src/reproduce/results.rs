//! The results: `results.json`.

use std::fs;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;
use toddle_run::precision::Precision;

use super::options::Options;
use super::post::{Output, Recipe, SEED};

/// All of `results.json`.
#[derive(Debug, Serialize)]
pub struct Results {
    /// The networks, in the order of the post's table.
    pub runs: Vec<Run>,
}

/// One network, trained.
#[derive(Debug, Serialize)]
pub struct Run {
    #[serde(skip)]
    pub recipe: Recipe,
    pub convolutions: usize,
    pub output: Output,
    /// The number of finished epochs. After a signal such as Ctrl-C there may be fewer than asked for.
    pub epochs: usize,
    pub seed: u32,
    pub precision: Precision,
    /// The error of each epoch.
    pub errors: Vec<f64>,
    /// The share of the 10,000 test images that the network gets right.
    pub test_accuracy: f64,
    /// The outputs for the first three test images.
    pub predictions: Vec<Vec<f64>>,
    /// The time of the training.
    pub seconds: f64,
    /// SHA-256 of all weights and biases, layer after layer, as little-endian bytes.
    pub weights_sha256: String,
    /// The last error of each run of `--sensitivity`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sensitivity: Vec<f64>,
    /// The outputs for all test images.
    #[serde(skip)]
    pub outputs: Vec<f64>,
}

/// Whether `file` holds results of this command.
pub fn are_in(file: &Path) -> bool {
    let results: Option<Value> = fs::read(file).ok().and_then(|json| serde_json::from_slice(&json).ok());
    results.is_some_and(|results| results["runs"][0]["weights_sha256"].is_string())
}

impl Results {
    /// One line of JSON.
    pub fn json(&self) -> String {
        let json = serde_json::to_string(self).expect("numbers, strings and lists can be written as JSON");
        json + "\n"
    }

    /// Whether all networks and all their epochs are trained.
    pub fn complete(&self, options: &Options) -> bool {
        let complete = |run: &Run| {
            let moved = if run.recipe.output == Output::Tanh { options.sensitivity } else { 0 };
            run.epochs == options.epochs as usize && run.sensitivity.len() == moved as usize
        };
        self.runs.len() == options.recipes().len() && self.runs.iter().all(complete)
    }
}

impl Run {
    /// The error of the last epoch.
    pub fn loss(&self) -> f64 {
        self.errors.last().copied().unwrap_or(f64::NAN)
    }

    /// The figures of the post for this run.
    pub fn printed(&self) -> &'static [(usize, f64)] {
        match (self.seed, self.precision) {
            (SEED, Precision::F64) => self.recipe.printed(),
            _ => &[],
        }
    }

    /// The figure of the post for the last epoch.
    pub fn printed_loss(&self) -> Option<f64> {
        self.printed().iter().find(|(epoch, _)| *epoch == self.epochs).map(|(_, error)| *error)
    }
}
