//! The preparation of samples and the probabilities of classes, as a part of the graph.

use toddle::{LayerSpec, Network, Scaling, Shape, Size};

use super::axes::Axes;
use super::proto::tensor_proto::DataType;
use super::write::Writer;
use crate::ExchangeError;

/// Adds operators that make the input `to` of the network from the bytes `from`.
pub(super) fn samples(graph: &mut Writer, scaling: &Scaling, input: Shape, from: &str, to: &str) {
    // A number for each channel, in front of rows and columns.
    let (is_one, dims) = match input {
        Shape::Image { channels: 1, .. } => (true, Vec::new()),
        Shape::Image { channels, .. } => (false, graph.axes.with([channels], Size(1, 1))),
        Shape::Vector(size) => (false, vec![size]),
    };
    let Scaling { divisor, mean, deviation } = scaling;
    let divisor = if *divisor == 1.0 { &[][..] } else { std::slice::from_ref(divisor) };
    let mut at = named(from, "numbers");
    graph.node("Cast", &at, &[from], &at).int("to", DataType::Float as usize);
    for (operator, word, value, dims, numbers) in [
        ("Div", "divisor", "scaled", &[][..], divisor),
        ("Sub", "mean", "centred", &dims, mean),
        ("Div", "deviation", "standard", &dims, deviation),
    ] {
        if !numbers.is_empty() {
            let (constant, value) = (graph.floats(named(from, word), dims, numbers), named(from, value));
            graph.node(operator, &value, &[&at, &constant], &value);
            at = value;
        }
    }
    // Pictures of one channel come without an axis for it.
    if is_one {
        let axis = graph.whole(named(from, "axis"), &[1]);
        graph.node("Unsqueeze", to, &[&at, &axis], to);
    } else {
        graph.node("Identity", to, &[&at], to);
    }
}

/// The shape of the bytes of a sample. Pictures of one channel have rows and columns.
pub(super) fn dims(axes: Axes, input: Shape) -> Vec<usize> {
    match input {
        Shape::Image { channels: 1, height, width } => axes.plane(Size(height, width)),
        _ => axes.sample(input),
    }
}

/// Adds operators that make probabilities `to` of the outputs `from` of the network, as `toddle predict` does: a softmax,
/// unless the network ends with one. A single output becomes the probability of the second class.
pub(super) fn probabilities(graph: &mut Writer, network: &Network<f32>, from: &str, to: &str) {
    let value = network.outputs()[0].value - network.inputs().len();
    let last = network.nodes()[value].layer().map(|layer| layer.spec());
    match (last, network.output().size()) {
        (Some(LayerSpec::Sigmoid | LayerSpec::HardSigmoid), 1) => graph.node("Identity", to, &[from], to),
        (_, 1) => graph.node("Sigmoid", to, &[from], to),
        (Some(LayerSpec::Softmax(_)), _) => graph.node("Identity", to, &[from], to),
        _ => graph.node("Softmax", to, &[from], to).int("axis", 1),
    };
}

/// Checks that the graph can have the preparation.
pub(super) fn check(network: &Network<f32>, scaling: &Scaling) -> Result<(), ExchangeError> {
    let refuse = |expected: &str, got: &str| {
        let what = "the preparation cannot be written into the graph";
        Err(ExchangeError::new(what, expected, got, "leaving the preparation out"))
    };
    let ([input], [output]) = (network.inputs(), network.outputs()) else {
        return refuse("one input and one output", "a network with several");
    };
    let channels = match input.shape {
        Shape::Image { channels, .. } => channels,
        Shape::Vector(size) => size,
    };
    if !scaling.suits(channels) {
        return refuse("a scaling for each channel", "a scaling of other channels");
    }
    if output.value == 0 || !matches!(output.shape, Shape::Vector(_)) {
        return refuse("an output for each class", "no vector of outputs");
    }
    Ok(())
}

fn named(input: &str, word: &str) -> String {
    format!("{input}.{word}")
}
