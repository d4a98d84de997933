//! The weights in the layouts of Keras.

use toddle::{LayerSpec, Network, Node, Prelu, Shape};

use crate::arrays::Array;
use crate::order::{sizes, turned};
use crate::params::{Part, parts};

/// The weights and the state of `network`. `values` has the name of each value.
pub(super) fn arrays(network: &Network<f32>, values: &[String]) -> Vec<Array> {
    let first = network.inputs().len();
    let mut arrays = Vec::new();
    for (n, node) in network.nodes().iter().enumerate().filter(|(n, node)| node.owner() == *n) {
        for Part { param, numbers, .. } in parts(network, node) {
            let axes = axes(param.shape.len());
            let name = format!("{}/{}", values[first + n], variable(node, &param.name));
            let shape = network.shape(node.inputs()[0]);
            let dims = slopes(node, shape).unwrap_or_else(|| sizes(&param.shape, axes));
            arrays.push(Array { name, dims, values: turned(numbers, &param.shape, axes) });
        }
    }
    arrays
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
