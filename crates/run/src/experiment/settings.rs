//! The settings of an experiment's file.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use toddle::{Fit, GraphSpec, Init, InputSpec, Machine, OutputSpec, Placed, Shape};
use toddle_data::{Augment, DataSettings};

use crate::precision::Precision;

/// The version of the files that this version of toddle reads and writes.
pub const VERSION: u32 = 1;

/// Experiment: everything about a training, in one file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Experiment {
    /// The version of the file format.
    #[schemars(example = VERSION, range(min = VERSION, max = VERSION))]
    pub version: u32,
    /// The name of the experiment. A training writes its run into the folder `runs/NAME`.
    #[schemars(example = &"digits")]
    pub name: String,
    /// The seed of all random numbers: the first weights, the order of the samples, dropout and augmentation. The
    /// same seed gives the same network, bit for bit.
    #[schemars(example = 7)]
    #[serde(default)]
    pub seed: u32,
    /// The number type of all computations.
    #[schemars(example = Precision::F64)]
    #[serde(default = "single")]
    pub precision: Precision,
    /// The samples to train on and to validate with.
    pub data: DataSettings,
    /// Random changes to the training images. Default: no changes.
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
    /// The shape of a sample: `[channels, height, width]`, or the length of a vector. Default: the shape of the data.
    #[schemars(example = vec![1, 28, 28])]
    pub input: Option<Shape>,
    /// Several inputs with their names, instead of `input`. A sample has the elements of all inputs, one input after the other.
    /// Default: one input.
    #[schemars(example = json!([{ "name": "left", "shape": 4 }, { "name": "right", "shape": 4 }]))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<InputSpec>,
    /// How the first weights are drawn.
    #[schemars(example = &"he_normal")]
    #[serde(default = "auto")]
    pub init: Init,
    /// A run's folder, or a model file, from which the training takes over the layers with the same names and shapes. The other
    /// layers begin anew. Default: none.
    #[schemars(example = &"../runs/digits")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<PathBuf>,
    /// The names of the layers that are taken over, or patterns such as `conv*`. It needs `from`. Default: all that fit.
    #[schemars(example = vec!["conv*"])]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub take: Vec<String>,
    /// The layers, from first to last. A layer may have a `name`, and a `from`: the name of the input or the layer that it
    /// takes, or a list of names. Without `from` it takes the output of the layer before it. The only input is called `input`.
    #[schemars(example = json!([{ "kind": "dense", "outputs": 100 }, "tanh"]))]
    pub layers: Vec<Placed>,
    /// Several outputs with their names, each with its part of the loss. Default: the last layer is the output.
    #[schemars(example = json!([{ "name": "digit", "from": "dense2" }]))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<OutputSpec>,
}

/// Training: the loss, the optimizer, and how long the training takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrainSettings {
    /// All settings of the library, except the seed and the machine.
    #[serde(flatten)]
    pub fit: Fit,
    /// The number of steps from one checkpoint to the next. Default: a checkpoint after an epoch, if the last one is
    /// at least 30 seconds old.
    #[schemars(example = 1000, range(min = 1))]
    pub checkpoint_every: Option<u64>,
}

fn single() -> Precision {
    Precision::F32
}

fn auto() -> Init {
    Init::Auto
}

/// The shape of samples of so many channels, rows and columns.
pub(super) fn from_data(shape: [usize; 3]) -> Shape {
    match shape {
        [numbers, 1, 1] => Shape::vector(numbers),
        [channels, height, width] => Shape::image(channels, height, width),
    }
}

impl Experiment {
    /// The network, for samples of `shape` (channels, height and width) if the file does not say which.
    pub fn network(&self, shape: [usize; 3]) -> GraphSpec {
        let NetworkSettings { input, mut inputs, init, layers, outputs, .. } = self.network.clone();
        // Where a file has both, `input` is one more input. It is an error if no layer takes it.
        if inputs.is_empty() || input.is_some() {
            let shape = input.unwrap_or_else(|| from_data(shape));
            inputs.insert(0, InputSpec { name: "input".into(), shape });
        }
        GraphSpec { inputs, layers, outputs, init }
    }

    /// Writes the shape of the data into the settings, where they leave it to the data.
    pub fn take_shape(&mut self, shape: [usize; 3]) {
        if self.network.inputs.is_empty() {
            self.network.input.get_or_insert_with(|| from_data(shape));
        }
    }

    /// How to train it on `machine`.
    pub fn fit(&self, machine: Machine) -> Fit {
        Fit { seed: u64::from(self.seed), machine: Some(machine), ..self.train.fit.clone() }
    }

    /// A file with the same settings, including all defaults.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("settings can be written as TOML")
    }

    /// Each setting with the path of its keys, such as `network.layers.1.outputs`. Entries of a list are counted from 1.
    pub fn settings(&self) -> Vec<(String, String)> {
        let mut settings = Vec::new();
        let table = self.to_toml().parse().expect("settings are written as TOML");
        flatten("", &toml::Value::Table(table), &mut settings);
        settings
    }

    /// This experiment with what may change when a run is resumed, as `other` has it: the settings of the end, and the places
    /// of the data.
    pub fn resumed_as(&self, other: &Experiment) -> Experiment {
        let Fit { epochs, patience, stop_at, time_limit, .. } = other.train.fit;
        let mut same = self.clone();
        same.train.fit = Fit { epochs, patience, stop_at, time_limit, ..same.train.fit };
        same.data = same.data.in_places_of(&other.data);
        same
    }
}

/// Adds each value below `key` with the path of its keys.
fn flatten(key: &str, value: &toml::Value, settings: &mut Vec<(String, String)>) {
    let below = |inner: &str| if key.is_empty() { inner.to_owned() } else { format!("{key}.{inner}") };
    match value {
        toml::Value::Table(table) => {
            table.iter().for_each(|(inner, value)| flatten(&below(inner), value, settings));
        }
        toml::Value::Array(list) if list.iter().any(toml::Value::is_table) => {
            list.iter()
                .zip(1..)
                .for_each(|(value, place)| flatten(&below(&place.to_string()), value, settings));
        }
        _ => settings.push((key.into(), value.to_string())),
    }
}
