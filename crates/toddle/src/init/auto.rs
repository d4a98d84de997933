//! `Init::Auto`: an initialiser for each layer, chosen by the activation after the layer.

use alloc::vec::Vec;

use super::Init;
use crate::Float;
use crate::network::{Node, Op};

/// The initialiser for the weights of each node. It is the initialiser of the first activation after the node. It is
/// Glorot's if there is no activation before the next layer with weights. The first values are `inputs` inputs of the network.
pub(crate) fn choose<T: Float>(inputs: usize, nodes: &[Node<T>]) -> Vec<Init> {
    // For each value, the initialiser of the activation after it.
    let mut wanted = vec![None; inputs + nodes.len()];
    for (n, node) in nodes.iter().enumerate().rev() {
        let through = match &node.op {
            Op::Layer(layer) => match layer.spec().role() {
                Role::Weights => None,
                Role::Passing => wanted[inputs + n],
                Role::HeUniform => Some(Init::HeUniform),
                Role::LecunUniform => Some(Init::LecunUniform),
                Role::GlorotUniform => Some(Init::GlorotUniform),
            },
            Op::Concat | Op::Sum | Op::Product => wanted[inputs + n],
        };
        // If several nodes take a value, the first of them is the last here, and its initialiser is used.
        for &value in node.inputs() {
            wanted[value] = through.or(wanted[value]);
        }
    }
    wanted[inputs..].iter().map(|wanted| wanted.unwrap_or(Init::GlorotUniform)).collect()
}

/// The role of a layer for the initialiser of the weights before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The layer has weights. The search for an activation ends here.
    Weights,
    /// The layer is not an activation and has no weights. The search goes on after it.
    Passing,
    /// An activation for [`Init::HeUniform`].
    HeUniform,
    /// An activation for [`Init::LecunUniform`].
    LecunUniform,
    /// An activation for [`Init::GlorotUniform`].
    GlorotUniform,
}
