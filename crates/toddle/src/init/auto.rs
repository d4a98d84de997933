//! `Init::Auto`: an initialiser for each layer, by the activation that its output goes through.

use super::Init;
use crate::network::{Node, Op};
use crate::{Float, LayerSpec};

/// The initialiser for the weights of each node: that of the first activation behind it, or Glorot's where there is none before the
/// next layer with weights.
pub(crate) fn choose<T: Float>(nodes: &[Node<T>]) -> Vec<Init> {
    // Of each value, the initialiser that the activation behind it asks for.
    let mut wanted = vec![None; nodes.len() + 1];
    for (n, node) in nodes.iter().enumerate().rev() {
        let through = match &node.op {
            Op::Layer(layer) => match behind(&layer.spec()) {
                Behind::Activation(init) => Some(init),
                Behind::Passing => wanted[n + 1],
                Behind::Weights => None,
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

/// What a layer means to the weights before it.
enum Behind {
    /// Their output goes through an activation, which asks for this initialiser.
    Activation(Init),
    /// The activation comes later, if at all.
    Passing,
    /// The next weights: there was no activation.
    Weights,
}

fn behind(spec: &LayerSpec) -> Behind {
    match spec {
        LayerSpec::Elu(_)
        | LayerSpec::Gelu(_)
        | LayerSpec::HardSwish
        | LayerSpec::LeakyRelu(_)
        | LayerSpec::Mish
        | LayerSpec::Prelu(_)
        | LayerSpec::Relu
        | LayerSpec::Silu
        | LayerSpec::Softplus => Behind::Activation(Init::HeUniform),
        LayerSpec::Selu => Behind::Activation(Init::LecunUniform),
        LayerSpec::HardSigmoid
        | LayerSpec::LogSoftmax
        | LayerSpec::Sigmoid
        | LayerSpec::Softmax(_)
        | LayerSpec::Softsign
        | LayerSpec::Tanh => Behind::Activation(Init::GlorotUniform),
        LayerSpec::AvgPool2d(_)
        | LayerSpec::BatchNorm(_)
        | LayerSpec::Dropout(_)
        | LayerSpec::Flatten
        | LayerSpec::GlobalAvgPool
        | LayerSpec::GlobalMaxPool
        | LayerSpec::MaxPool2d(_)
        | LayerSpec::Reshape(_) => Behind::Passing,
        LayerSpec::Conv2d(_)
        | LayerSpec::ConvTranspose2d(_)
        | LayerSpec::Custom(_)
        | LayerSpec::Dense(_)
        | LayerSpec::Residual(_) => Behind::Weights,
    }
}
