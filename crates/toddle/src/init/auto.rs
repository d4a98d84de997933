//! `Init::Auto`: an initialiser for each layer, by the activation that its output goes through.

use super::Init;
use crate::Float;
use crate::network::{Node, Op};

/// The initialiser for the weights of each node: that of the first activation behind it, or Glorot's where there is none before the
/// next layer with weights.
pub(crate) fn choose<T: Float>(nodes: &[Node<T>]) -> Vec<Init> {
    // Of each value, the initialiser that the activation behind it asks for.
    let mut wanted = vec![None; nodes.len() + 1];
    for (n, node) in nodes.iter().enumerate().rev() {
        let through = match &node.op {
            Op::Layer(layer) => match layer.spec().role() {
                Role::Weights => None,
                Role::Passing => wanted[n + 1],
                Role::HeUniform => Some(Init::HeUniform),
                Role::LecunUniform => Some(Init::LecunUniform),
                Role::GlorotUniform => Some(Init::GlorotUniform),
            },
            Op::Sum => wanted[n + 1],
        };
        // The first node that takes a value comes last here, and counts most.
        for &value in node.inputs() {
            wanted[value] = through.or(wanted[value]);
        }
    }
    wanted[1..].iter().map(|wanted| wanted.unwrap_or(Init::GlorotUniform)).collect()
}

/// What a layer means to the initialiser of the weights before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It has weights: the search for an activation ends here.
    Weights,
    /// It is neither an activation nor has it weights: the search goes on behind it.
    Passing,
    /// It is an activation that wants [`Init::HeUniform`].
    HeUniform,
    /// It is an activation that wants [`Init::LecunUniform`].
    LecunUniform,
    /// It is an activation that wants [`Init::GlorotUniform`].
    GlorotUniform,
}
