//! The weights in the layouts of Keras.

use toddle::{LayerSpec, Network, Node, Prelu, Shape};

use crate::arrays::Array;
use crate::order::{sizes, turned};
use crate::params::{Part, parts};
use crate::python::value_names;

/// A parameter or a part of the state as a variable of Keras.
struct Variable<'n> {
    /// The names of the layer and of the variable: `conv1/kernel`.
    name: String,
    dims: Vec<usize>,
    part: Part<'n>,
}

/// The variables of `network`. `values` has the name of each value.
fn variables<'n>(network: &'n Network<f32>, values: &[String]) -> Vec<Variable<'n>> {
    let first = network.inputs().len();
    let mut variables = Vec::new();
    for (n, node) in network.nodes().iter().enumerate().filter(|(n, node)| node.owner() == *n) {
        for part in parts(network, node) {
            let shape = &part.param.shape;
            let name = format!("{}/{}", values[first + n], variable(node, &part.param.name));
            let slopes = slopes(node, network.shape(node.inputs()[0]));
            let dims = slopes.unwrap_or_else(|| sizes(shape, axes(shape.len())));
            variables.push(Variable { name, dims, part });
        }
    }
    variables
}

/// The weights and the state of `network`. `values` has the name of each value.
pub(super) fn arrays(network: &Network<f32>, values: &[String]) -> Vec<Array> {
    let array = |Variable { name, dims, part: Part { param, numbers, .. } }| {
        let values = turned(numbers, &param.shape, axes(param.shape.len()));
        Array { name, dims, values }
    };
    variables(network, values).into_iter().map(array).collect()
}

/// The arrays of [`arrays()`] with toddle's names and layouts. Others are left as they are.
pub(super) fn back(network: &Network<f32>, arrays: Vec<Array>) -> Vec<Array> {
    let variables = variables(network, &value_names(network));
    let back = |array: Array| match variables.iter().find(|variable| variable.name == array.name) {
        Some(Variable { dims, part: Part { param, .. }, .. })
            if *dims == array.dims && array.values.len() == param.range.len() =>
        {
            let shape = &param.shape;
            let there = axes(shape.len());
            let mut axes_back = vec![0; shape.len()];
            there.iter().enumerate().for_each(|(at, &axis)| axes_back[axis] = at);
            let values = turned(&array.values, &sizes(shape, there), &axes_back);
            Array { name: param.name.clone(), dims: shape.clone(), values }
        }
        Some(Variable { part, .. }) => Array { name: part.param.name.clone(), ..array },
        None => array,
    };
    arrays.into_iter().map(back).collect()
}

/// The order of the axes in Keras of a parameter with `count` axes. Those of an image have the channels last.
fn axes(count: usize) -> &'static [usize] {
    if count == 3 { &[1, 2, 0] } else { &[0, 1, 2, 3][..count] }
}

/// The name of a parameter in Keras.
fn variable(node: &Node<f32>, name: &str) -> &'static str {
    let spec = node.layer().map(|layer| layer.spec());
    let is_norm =
        matches!(spec, Some(LayerSpec::BatchNorm(_) | LayerSpec::GroupNorm(_) | LayerSpec::LayerNorm(_)));
    match name.rsplit_once('.').map_or(name, |(_, part)| part) {
        "weight" if is_norm => "gamma",
        "bias" if is_norm => "beta",
        "weight" if matches!(spec, Some(LayerSpec::Embedding(_))) => "embeddings",
        "weight" => "kernel",
        "slope" => "alpha",
        "running_mean" => "moving_mean",
        "running_var" => "moving_variance",
        _ => "bias",
    }
}

/// The shape of the slopes of a PReLU.
fn slopes(node: &Node<f32>, input: Shape) -> Option<Vec<usize>> {
    let LayerSpec::Prelu(Prelu { per_channel, .. }) = node.layer()?.spec() else { return None };
    Some(match input {
        Shape::Image { channels, .. } => vec![1, 1, if per_channel { channels } else { 1 }],
        Shape::Vector(size) => vec![if per_channel { size } else { 1 }],
    })
}
