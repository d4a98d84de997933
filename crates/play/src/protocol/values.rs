//! The values of a network for an input, and the answers about samples.

use serde::{Deserialize, Serialize};

use super::{Array, Half};

/// A sample of the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Its half.
    pub half: Half,
    /// Its index there.
    pub index: usize,
    /// The samples of the half.
    pub of: usize,
    /// Its class.
    pub label: Option<u32>,
    /// Its class or its targets in words.
    pub caption: String,
    /// The sample to look at.
    pub picture: Option<Array>,
    /// The inputs of the network.
    pub values: Array,
    /// The target.
    pub target: Array,
}

/// Every value of a network for one input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Traced {
    /// The input.
    pub input: Array,
    /// The input to look at.
    pub picture: Option<Array>,
    /// What was done to a drawing or a picture.
    pub done: Vec<String>,
    /// The values.
    pub values: Vec<TracedValue>,
    /// The output.
    pub output: Array,
    /// The class that the network chooses.
    pub said: Option<Said>,
    /// The class of the sample.
    pub truth: Option<usize>,
}

/// A value of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TracedValue {
    /// Its name.
    pub name: String,
    /// Its elements.
    pub value: Array,
    /// The least element.
    pub least: f64,
    /// The largest element.
    pub most: f64,
}

/// A class that a network chooses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// The class.
    pub class: usize,
    /// Its name.
    pub name: String,
    /// Its probability.
    pub probability: f64,
    /// The probability of each class.
    pub probabilities: Vec<f64>,
}

/// Which class was taken for which.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Confusion {
    /// The half.
    pub half: Half,
    /// The names of the classes.
    pub classes: Vec<String>,
    /// For each true class, how often each class was the answer.
    pub rows: Vec<Vec<u64>>,
    /// The number of samples.
    pub samples: u64,
    /// The part with a right answer.
    pub accuracy: f64,
    /// For each class, the part of its answers that are right.
    pub precision: Vec<f64>,
    /// For each class, the part of its samples with a right answer.
    pub recall: Vec<f64>,
}

/// A sample with what the network says of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// Its index in its half.
    pub index: usize,
    /// Its class or its targets in words.
    pub caption: String,
    /// Its class.
    pub truth: Option<u32>,
    /// The class of the answer.
    pub said: Option<usize>,
    /// The probability of that class.
    pub probability: Option<f64>,
    /// The loss.
    pub loss: f64,
    /// The sample to look at.
    pub picture: Option<Array>,
}

/// A sample that is near to an input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Near {
    /// The sample.
    #[serde(flatten)]
    pub shown: Shown,
    /// The distance.
    pub distance: f64,
}
