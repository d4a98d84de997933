//! Keras: a model as source that a person wants to read, and its weights. Models and weights of Keras come in.
//!
//! Keras has the channels of an image last. The source turns values only where their order matters: before and behind a
//! reshape, and before a flatten. So the weights of a dense layer in this source have the order of toddle. Those of other
//! sources do not, and are turned when they come in.
//!
//! | file | idea |
//! |---|---|
//! | `layers.rs` | each layer as an expression |
//! | `pool.rs` | pooling and padding |
//! | `weights.rs` | the weights in the layouts of Keras |
//! | `orders.rs` | the order of the elements of each value in Keras |
//! | `decode.rs` | weights of Keras onto a network |
//! | `read` | a model with its weights in a `.keras` file |

mod decode;
mod layers;
mod orders;
mod pool;
mod read;
mod weights;

use std::fmt::Write;

use toddle::{Network, Shape};

pub use self::decode::{decode, is_of_keras};
use self::layers::Line;
pub use self::read::import;
use crate::arrays::Array;
use crate::python::{Module, Names, title, value_names};
use crate::{ExchangeError, arrays, identifier};

/// The words in the first line of every file.
pub const MARK: &str = "a network of toddle in Keras";

/// The function that some files need.
const STRETCHED: &str = include_str!("stretched.py");

/// `network` as a functional model of Keras, and its weights as NPZ.
///
/// The function `build` has a line for each layer, with the shape of its value. `load` gives it the weights, and `save`
/// writes them. An array of the weights is called as its layer and as its variable in Keras: `conv1/kernel`.
///
/// # Errors
/// A layer has no counterpart in Keras. The error names the layer.
pub fn encode(network: &Network<f32>, name: &str) -> Result<Module, ExchangeError> {
    let values = value_names(network);
    let lines = layers::lines(network, &values)?;
    let weights = arrays::npz(&weights::arrays(network, &values));
    Ok(Module { source: source(network, name, &values, &lines), weights, note: None })
}

/// The weights of `network` as the file of [`encode`] has them.
///
/// # Errors
/// Those of [`encode`].
pub fn arrays(network: &Network<f32>) -> Result<Vec<Array>, ExchangeError> {
    let values = value_names(network);
    layers::lines(network, &values)?;
    Ok(weights::arrays(network, &values))
}

fn source(network: &Network<f32>, name: &str, values: &[String], lines: &[Line]) -> String {
    let inputs = &values[..network.inputs().len()];
    let outputs: Vec<&str> = network.outputs().iter().map(|output| &*values[output.value]).collect();
    let mut body = String::new();
    for (input, port) in inputs.iter().zip(network.inputs()) {
        let shape = tuple(port.shape);
        let _ = writeln!(body, "    {input} = keras.Input({shape}, name=\"{input}\")");
    }
    let mut names = Names::default();
    values.iter().for_each(|value| drop(names.take(value)));
    let mut shared = vec![None; lines.len()];
    for (n, Line { value, owner, layer, from, behind, output }) in lines.iter().enumerate() {
        let is_shared = lines.iter().filter(|line| line.owner == *owner).count() > 1;
        let layer = match layer {
            Some(layer) if is_shared && *owner == n => {
                let variable = names.take(&format!("{value}_layer"));
                let _ = writeln!(body, "    {variable} = {layer}");
                shared[n] = Some(variable.clone());
                Some(variable)
            }
            Some(_) if is_shared => shared[*owner].clone(),
            layer => layer.clone(),
        };
        let expression = layer.map_or_else(|| from.clone(), |layer| format!("{layer}({from})"));
        let _ = writeln!(body, "    {value} = {}  # {}", behind.replace("{}", &expression), sizes(*output));
    }
    let uses = |word: &str| body.contains(word);
    let stretched = if uses("stretched(") { STRETCHED } else { "" };
    let ops = if uses("ops.") || uses("stretched(") { ", ops" } else { "" };
    let list = |names: &[&str]| match names {
        [name] => (*name).to_owned(),
        names => format!("[{}]", names.join(", ")),
    };
    let given = list(&inputs.iter().map(String::as_str).collect::<Vec<&str>>());
    let (title, version, name) = (title(name), env!("CARGO_PKG_VERSION"), identifier(name));
    format!(
        "\"\"\"{title}: {MARK}. Written by toddle {version}.

    network = load(\"weights.npz\")
    y = network.predict(x)
    save(network, \"trained.npz\")  # for load, and for toddle import

Images have their channels last: (batch, rows, columns, channels).
\"\"\"

import keras
import numpy as np
from keras import layers{ops}

{stretched}
def build() -> keras.Model:
{body}    return keras.Model({given}, {}, name=\"{name}\")


def load(path: str) -> keras.Model:
    \"\"\"The network with its weights.\"\"\"
    network = build()
    arrays = np.load(path)
    for layer in network.layers:
        for variable in layer.weights:
            variable.assign(arrays[f\"{{layer.name}}/{{variable.name}}\"])
    return network


def save(network: keras.Model, path: str) -> None:
    \"\"\"Writes the weights with their names.\"\"\"
    arrays = {{}}
    for layer in network.layers:
        for variable in layer.weights:
            arrays[f\"{{layer.name}}/{{variable.name}}\"] = keras.ops.convert_to_numpy(variable)
    np.savez(path, **arrays)
",
        list(&outputs)
    )
}

/// The sizes of a shape, with the channels last.
fn sizes(shape: Shape) -> String {
    match shape {
        Shape::Image { channels, height, width } => format!("{height}, {width}, {channels}"),
        Shape::Vector(size) => size.to_string(),
    }
}

/// The shape as a tuple.
fn tuple(shape: Shape) -> String {
    match shape {
        Shape::Image { .. } => format!("({})", sizes(shape)),
        Shape::Vector(size) => format!("({size},)"),
    }
}
