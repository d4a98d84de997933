//! The nodes of a network, and the layers that there are.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The nodes of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Net {
    /// The number of parameters.
    pub parameters: usize,
    /// The inputs.
    pub inputs: Vec<Port>,
    /// The outputs.
    pub outputs: Vec<OutPort>,
    /// The nodes, in the order in which they are computed.
    pub nodes: Vec<Node>,
}

/// An input of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
}

/// An output of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutPort {
    /// Its name.
    pub name: String,
    /// The name of the value that is given out.
    pub from: String,
    /// Its loss in words.
    pub loss: String,
    /// The factor of its loss.
    pub weight: f64,
}

/// A node of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// The layer with its settings. None: it joins several values.
    pub layer: Option<Value>,
    /// The layer in words.
    pub text: String,
    /// The names of the values that it takes.
    pub from: Vec<String>,
    /// The shape of its output.
    pub shape: Vec<usize>,
    /// What it does, in one sentence.
    pub meaning: String,
    /// Its formula.
    pub formula: String,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// Products of a weight and an input, forward, of one sample.
    pub multiply_adds: u64,
    /// The bytes of its output, of one sample.
    pub bytes: usize,
    /// The part of the input that an element depends on.
    pub field: Field,
}

/// A parameter of a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// The number of its elements.
    pub count: usize,
    /// Its place among all weights.
    pub place: usize,
}

/// A receptive field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Rows and columns.
    pub size: [usize; 2],
    /// How far apart the fields of neighbours are.
    pub stride: [f64; 2],
    /// Whether it is the whole input.
    pub all: bool,
}

/// A kind of layers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kind {
    /// The kind.
    pub kind: String,
    /// What it does, in one sentence.
    pub meaning: String,
    /// Its formula.
    pub formula: String,
    /// Its settings.
    pub settings: Vec<Setting>,
}

/// A setting of a layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// The key.
    pub key: String,
    /// What it means.
    pub meaning: String,
    /// The type: `integer`, `number`, `boolean`, `choice`, or `other`.
    pub r#type: String,
    /// The value of a layer that leaves it out.
    pub default: Value,
    /// Whether it must be given.
    pub required: bool,
    /// A value that it may have.
    pub example: Value,
    /// The values of a choice.
    pub choices: Vec<String>,
}
