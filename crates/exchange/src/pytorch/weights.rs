//! The weights in the layouts of PyTorch.

use std::collections::BTreeMap;

use safetensors::tensor::{Dtype, TensorView};
use toddle::{LayerSpec, Network, Node};

use super::MARK;
use crate::order::{sizes, turned};
use crate::params::{Part, parts};

/// A tensor of the `state_dict`.
struct Tensor {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

/// The weights and the state of `network` as safetensors. `values` has the name of each value.
pub(super) fn encode(network: &Network<f32>, values: &[String]) -> Vec<u8> {
    let mut tensors = BTreeMap::new();
    let first = network.inputs().len();
    for (n, node) in network.nodes().iter().enumerate() {
        if node.owner() != n {
            continue;
        }
        let module = &values[first + n];
        for Part { param, numbers, .. } in parts(network, node) {
            let axes = axes(node, param.shape.len());
            tensors.insert(format!("{module}.{}", part_of(&param.name)), floats(&param.shape, axes, numbers));
        }
        if node.layer().is_some_and(|layer| matches!(layer.spec(), LayerSpec::BatchNorm(_))) {
            let counted = Tensor { dtype: Dtype::I64, shape: Vec::new(), bytes: vec![0; 8] };
            tensors.insert(format!("{module}.num_batches_tracked"), counted);
        }
    }
    let views = tensors.iter().map(|(name, Tensor { dtype, shape, bytes })| {
        (name, TensorView::new(*dtype, shape.clone(), bytes).expect("as many bytes as the shape says"))
    });
    let about = [("about".to_owned(), MARK.to_owned())].into_iter().collect();
    safetensors::serialize(views, Some(about)).expect("names and shapes are JSON")
}

/// The name of a parameter in its module, from its name in toddle.
pub(super) fn part_of(name: &str) -> &str {
    match name.rsplit_once('.').map_or(name, |(_, part)| part) {
        "slope" => "weight",
        part => part,
    }
}

/// The order of the axes in PyTorch of a parameter of `node` with `count` axes. The output axis is first.
pub(super) fn axes(node: &Node<f32>, count: usize) -> &'static [usize] {
    let is_table = node.layer().is_some_and(|layer| matches!(layer.spec(), LayerSpec::Embedding(_)));
    match count {
        4 => &[3, 2, 0, 1],
        2 if !is_table => &[1, 0],
        _ => &[0, 1, 2][..count],
    }
}

/// Floats as PyTorch has them.
fn floats(dims: &[usize], axes: &[usize], numbers: &[f32]) -> Tensor {
    let bytes = turned(numbers, dims, axes).iter().flat_map(|number| number.to_le_bytes()).collect();
    Tensor { dtype: Dtype::F32, shape: sizes(dims, axes), bytes }
}
