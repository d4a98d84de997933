//! PyTorch: a module as source that a person wants to read, and its weights.
//!
//! | file | idea |
//! |---|---|
//! | `layers.rs` | each layer as a module, and as an expression |
//! | `python.rs` | names and tuples as Python |
//! | `weights.rs` | the weights in the layouts of PyTorch |
//! | `decode.rs` | weights of PyTorch onto a network |

mod decode;
mod layers;
mod python;
mod weights;

use std::fmt::Write;

use toddle::{Network, Shape};

pub use self::decode::decode;
use self::layers::Line;
use self::python::Names;
use crate::ExchangeError;

/// A network in PyTorch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// The text of the file with the class `Network`.
    pub source: String,
    /// The weights as safetensors, with the names of the class's `state_dict`.
    pub weights: Vec<u8>,
}

impl Module {
    /// Source and weights in one, for a [question](crate::peer::Question): the length of the source as eight bytes, the
    /// source, and the weights.
    pub fn together(&self) -> Vec<u8> {
        let length = (self.source.len() as u64).to_le_bytes();
        [&length, self.source.as_bytes(), &self.weights].concat()
    }
}

/// The words in the first line of every file.
pub const MARK: &str = "a network of toddle in PyTorch";

/// `network` as the class `Network` of PyTorch, and its weights.
///
/// The class has a module for each layer with weights, called as in toddle; a dot in a name becomes `_`. The method
/// `forward` has a line for each layer, with the shape of its value.
///
/// # Errors
/// A layer has no counterpart in PyTorch. The error names the layer.
pub fn encode(network: &Network<f32>, name: &str) -> Result<Module, ExchangeError> {
    let values = value_names(network);
    let lines = layers::lines(network, &values)?;
    Ok(Module { source: source(network, name, &values, &lines), weights: weights::encode(network, &values) })
}

/// The name of each value, and of the module that makes it.
fn value_names(network: &Network<f32>) -> Vec<String> {
    let mut names = Names::default();
    let values = 0..network.inputs().len() + network.nodes().len();
    values.map(|value| names.take(network.value_name(value))).collect()
}

fn source(network: &Network<f32>, name: &str, values: &[String], lines: &[Line]) -> String {
    let inputs = &values[..network.inputs().len()];
    let outputs: Vec<&str> = network.outputs().iter().map(|output| &*values[output.value]).collect();
    let mut text = String::new();
    let version = env!("CARGO_PKG_VERSION");
    let name: String =
        name.chars().filter(|letter| !letter.is_control() && !matches!(letter, '"' | '\\')).collect();
    let _ = write!(
        text,
        "\"\"\"{name}: {MARK}. Written by toddle {version}.

    network = load(\"weights.safetensors\")
    y = network(x)
\"\"\"

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn


class Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
"
    );
    let modules = lines.iter().filter_map(|line| line.module.as_ref().map(|module| (&line.value, module)));
    for (value, module) in modules {
        let _ = writeln!(text, "        self.{value} = {module}");
    }
    let taken: Vec<String> = inputs.iter().map(|input| format!("{input}: torch.Tensor")).collect();
    let given = if outputs.len() == 1 { "torch.Tensor" } else { "tuple[torch.Tensor, ...]" };
    let _ = writeln!(text, "\n    def forward(self, {}) -> {given}:", taken.join(", "));
    for (input, port) in inputs.iter().zip(network.inputs()) {
        let _ = writeln!(text, "        # {input}: (batch, {})", sizes(port.shape));
    }
    for Line { value, expression, output, .. } in lines {
        let _ = writeln!(text, "        {value} = {expression}  # {}", sizes(*output));
    }
    let _ = write!(
        text,
        "        return {}


def load(path: str) -> Network:
    \"\"\"The network with its weights, for inference. `train()` lets it learn.\"\"\"
    network = Network()
    network.load_state_dict(load_file(path))
    return network.eval()
",
        outputs.join(", ")
    );
    text
}

/// The sizes of a shape.
fn sizes(shape: Shape) -> String {
    match shape {
        Shape::Image { channels, height, width } => format!("{channels}, {height}, {width}"),
        Shape::Vector(size) => size.to_string(),
    }
}
