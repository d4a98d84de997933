//! What an experiment's file may say.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use toddle::{Clip, Fit, Init, LayerSpec, Loss, Machine, Monitor, NetworkSpec, Optimizer, Schedule, Shape};
use toddle_data::{Augment, DataSettings};

use crate::precision::Precision;

/// The version of the files that this toddle reads and writes.
pub const VERSION: u32 = 1;

/// Experiment: everything about a training, in one file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Experiment {
    /// The version of the form of this file.
    #[schemars(example = VERSION, range(min = VERSION, max = VERSION))]
    pub version: u32,
    /// The name of the experiment. The folder of the run is called so: `runs/NAME`.
    #[schemars(example = &"digits")]
    pub name: String,
    /// The number from which the first weights, the order of samples, dropout and augmentation are drawn. The same seed makes
    /// the same network, to the bit.
    #[schemars(example = 7)]
    #[serde(default)]
    pub seed: u32,
    /// The type of number to compute in.
    #[schemars(example = Precision::F64)]
    #[serde(default = "single")]
    pub precision: Precision,
    /// The samples to train on and to validate with.
    pub data: DataSettings,
    /// How training images are changed at random. Default: not at all.
    #[serde(default, skip_serializing_if = "Augment::is_off")]
    pub augment: Augment,
    /// The layers of the network.
    pub network: NetworkSettings,
    /// How the network is trained.
    pub train: TrainSettings,
}

/// Network: its layers, and how their first weights are drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NetworkSettings {
    /// The shape of a sample: `[channels, height, width]`, or a number for a vector. Default: the shape of the data.
    #[schemars(example = [1, 28, 28])]
    pub input: Option<Shape>,
    /// How the first weights are drawn.
    #[schemars(example = &"he_normal")]
    #[serde(default = "auto")]
    pub init: Init,
    /// The layers, from first to last.
    #[schemars(example = json!([{ "kind": "dense", "outputs": 100 }, "tanh"]))]
    pub layers: Vec<LayerSpec>,
}

/// Training: what is made small, how, and for how long.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrainSettings {
    /// How far outputs are from targets: what training makes small.
    #[schemars(example = &"cross_entropy")]
    pub loss: Loss,
    /// How a step moves the weights.
    #[schemars(example = json!({ "kind": "adam", "rate": 0.001 }))]
    pub optimizer: Optimizer,
    /// How the learning rate changes in the course of the training.
    #[schemars(example = &"one_cycle")]
    #[serde(default)]
    pub schedule: Schedule,
    /// The number of passes over all training samples.
    #[schemars(example = 20)]
    #[serde(default = "one")]
    pub epochs: usize,
    /// The number of samples in a batch. Each batch is a step.
    #[schemars(example = 32, range(min = 1))]
    #[serde(default = "thirty_two")]
    pub batch: usize,
    /// The number of batches whose gradients are averaged for one step.
    #[schemars(example = 4, range(min = 1))]
    #[serde(default = "one")]
    pub accumulate: usize,
    /// How gradients are kept small. Default: they are not.
    #[schemars(example = json!({ "kind": "norm", "limit": 1.0 }))]
    pub clip: Option<Clip>,
    /// Whether every epoch takes the samples in another order.
    #[schemars(example = true)]
    #[serde(default = "yes")]
    pub shuffle: bool,
    /// The part that an average of the weights keeps of its old value in each step. The average is what is validated and saved.
    /// Default: no average.
    #[schemars(example = 0.999, range(min = 0), extend("exclusiveMaximum" = 1))]
    pub average: Option<f64>,
    /// The value that says which epoch is the best.
    #[schemars(example = Monitor::Accuracy)]
    #[serde(default)]
    pub monitor: Monitor,
    /// By how much the monitored value has to become better to count.
    #[schemars(example = 0.001, range(min = 0))]
    #[serde(default)]
    pub min_delta: f64,
    /// Early stopping: the number of epochs without a better value before the training stops. Default: it does not stop early.
    #[schemars(example = 5)]
    pub patience: Option<usize>,
    /// Whether the weights of the best epoch are kept at the end, rather than the last.
    #[schemars(example = true)]
    #[serde(default)]
    pub keep_best: bool,
    /// The number of steps from one checkpoint to the next. Default: after an epoch, now and then.
    #[schemars(example = 1000, range(min = 1))]
    pub checkpoint_every: Option<u64>,
}

fn single() -> Precision {
    Precision::F32
}

fn auto() -> Init {
    Init::Auto
}

fn thirty_two() -> usize {
    32
}

fn yes() -> bool {
    true
}

fn one() -> usize {
    1
}

impl Experiment {
    /// The network, for samples of `shape` (channels, height and width) if the file does not say which.
    pub fn network(&self, shape: [usize; 3]) -> NetworkSpec {
        let NetworkSettings { input, init, layers } = self.network.clone();
        let from_data = match shape {
            [numbers, 1, 1] => Shape::vector(numbers),
            [channels, height, width] => Shape::image(channels, height, width),
        };
        NetworkSpec { input: input.unwrap_or(from_data), layers, init }
    }

    /// How to train it on `machine`.
    pub fn fit(&self, machine: Machine) -> Fit {
        let train = &self.train;
        Fit {
            loss: train.loss.clone(),
            optimizer: train.optimizer,
            schedule: train.schedule.clone(),
            epochs: train.epochs,
            batch: train.batch,
            accumulate: train.accumulate,
            clip: train.clip,
            shuffle: train.shuffle,
            seed: u64::from(self.seed),
            average: train.average,
            monitor: train.monitor,
            min_delta: train.min_delta,
            patience: train.patience,
            keep_best: train.keep_best,
            machine: Some(machine),
        }
    }

    /// The file that says the same, everything written out.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("settings can be written as TOML")
    }

    /// This experiment, but ending when `other` does: what says when to stop may change while a run goes on.
    pub fn ending_as(&self, other: &Experiment) -> Experiment {
        let TrainSettings { epochs, patience, .. } = other.train;
        Experiment { train: TrainSettings { epochs, patience, ..self.train.clone() }, ..self.clone() }
    }
}
