//! PyTorch: a module as source that a person wants to read, and its weights.
//!
//! | file | idea |
//! |---|---|
//! | `layers.rs` | each layer as a module, and as an expression |
//! | `train.rs` | a training loop with the loss, the optimizer and the schedule of an experiment |
//! | `weights.rs` | the weights in the layouts of PyTorch |
//! | `decode.rs` | weights of PyTorch onto a network |

mod decode;
mod layers;
mod train;
mod weights;

use std::fmt::Write;

use toddle::{Fit, Network};

pub use self::decode::decode;
use self::layers::Line;
use crate::ExchangeError;
use crate::python::{Module, sizes, title, value_names};

/// The words in the first line of every file.
pub const MARK: &str = "a network of toddle in PyTorch";

/// `network` as the class `Network` of PyTorch, and its weights as safetensors, with the names of its `state_dict`.
///
/// The class has a module for each layer with weights, called as in toddle; a dot in a name becomes `_`. The method
/// `forward` has a line for each layer, with the shape of its value.
///
/// With `fit`, the function `train` continues the training: it has the loss, the optimizer and the schedule. If PyTorch does
/// not have one of them, the function is left out, and a note of the module says so.
///
/// # Errors
/// A layer has no counterpart in PyTorch. The error names the layer.
pub fn encode(network: &Network<f32>, name: &str, fit: Option<&Fit>) -> Result<Module, ExchangeError> {
    let values = value_names(network);
    let lines = layers::lines(network, &values)?;
    let (train, note) = match fit.map(|fit| train::train(network, fit)) {
        None => (None, None),
        Some(Ok(train)) => (Some(train), None),
        Some(Err(what)) => {
            (None, Some(format!("the file has no training loop: PyTorch does not have {what}")))
        }
    };
    let source = source(network, name, &values, &lines, train.unwrap_or_default());
    Ok(Module { source, weights: weights::encode(network, &values), note })
}

fn source(
    network: &Network<f32>,
    name: &str,
    values: &[String],
    lines: &[Line],
    (imports, train): (&str, String),
) -> String {
    let inputs = &values[..network.inputs().len()];
    let outputs: Vec<&str> = network.outputs().iter().map(|output| &*values[output.value]).collect();
    let mut text = String::new();
    let version = env!("CARGO_PKG_VERSION");
    let name = title(name);
    let _ = write!(
        text,
        "\"\"\"{name}: {MARK}. Written by toddle {version}.

    network = load(\"weights.safetensors\")
    y = network(x)
\"\"\"

{imports}import torch
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
{train}",
        outputs.join(", ")
    );
    text
}
