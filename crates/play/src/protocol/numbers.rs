//! How the numbers of a network are distributed, and what is wrong with them.

use serde::{Deserialize, Serialize};

/// How the numbers of each node are distributed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Histograms {
    /// The samples that the values and the gradients are of.
    pub samples: usize,
    /// The nodes.
    pub nodes: Vec<NodeHistograms>,
    /// What is wrong.
    pub alarms: Vec<Alarm>,
}

/// How the numbers of a node are distributed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeHistograms {
    /// The name of the node.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// Its weights, if it has some.
    pub weights: Option<Histogram>,
    /// The elements of its output.
    pub values: Option<Histogram>,
    /// The gradients of these elements.
    pub gradients: Option<Histogram>,
}

/// How numbers are distributed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// The least number.
    pub least: f64,
    /// The largest number.
    pub most: f64,
    /// How many numbers are in each of the equal parts between them.
    pub counts: Vec<u64>,
    /// The mean.
    pub mean: f64,
    /// The standard deviation.
    pub deviation: f64,
}

/// Something that is wrong with a training, in plain words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alarm {
    /// The node, if it is one.
    pub node: Option<String>,
    /// What it is.
    pub kind: AlarmKind,
    /// How bad it is.
    pub level: Level,
    /// In words.
    pub text: String,
    /// What to try.
    #[serde(rename = "try")]
    pub remedy: String,
}

/// What an alarm is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlarmKind {
    /// Units that are zero for all samples.
    Dead,
    /// Units at the end of their range for all samples.
    Saturated,
    /// Gradients that become ever smaller.
    Vanishing,
    /// Gradients that become ever larger.
    Exploding,
    /// Something else.
    Other,
}

/// How bad an alarm is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// It is probably a mistake.
    Doubtful,
    /// It is a mistake.
    Wrong,
}
