//! The order of the elements of each value in Keras, which has the channels of an image last.

use std::rc::Rc;

use toddle::{LayerSpec, Network, Node, Shape};

use crate::ExchangeError;
use crate::params::parts;

/// The place in Keras of each element of a vector. None: the order is that of toddle.
///
/// The axes of an image are turned everywhere alike, so an image has no order of its own.
pub(super) type Order = Option<Rc<[usize]>>;

/// The order of each value.
///
/// A flatten takes an image place by place in Keras, and channel by channel in toddle. The order of its elements holds
/// up to the next dense layer. The outputs of a dense layer have the order that a reshape to an image needs.
///
/// # Errors
/// The elements of a layer or of an output have another order than toddle's, and no dense layer can undo it.
pub(super) fn orders(network: &Network<f32>) -> Result<Vec<Order>, ExchangeError> {
    let inputs = network.inputs().len();
    let needed = needed(network);
    let mut orders: Vec<Order> = vec![None; inputs];
    for (n, node) in network.nodes().iter().enumerate() {
        let from: Vec<&Order> = node.inputs().iter().map(|&value| &orders[value]).collect();
        let shapes: Vec<Shape> = node.inputs().iter().map(|&value| network.shape(value)).collect();
        let order = match node.layer().map(|layer| layer.spec()) {
            None if node.kind() == "concat" => one_after_the_other(&from, &shapes),
            None if from.iter().any(|order| *order != from[0]) => return Err(refused(node)),
            None => from[0].clone(),
            Some(LayerSpec::Dense(_)) => needed[inputs + n].clone(),
            Some(LayerSpec::Flatten | LayerSpec::Reshape(_)) => {
                let order = of_elements(shapes[0], from[0]);
                match node.output() {
                    Shape::Vector(_) => order,
                    image if order == of_elements(image, &None) => None,
                    _ => return Err(refused(node)),
                }
            }
            Some(layer) if keeps_order(&layer) => from[0].clone(),
            Some(_) if from[0].is_none() => None,
            Some(_) => return Err(refused(node)),
        };
        let owner = &network.nodes()[node.owner()];
        let is_first = node.owner() == n || parts(network, owner).next().is_none();
        let alike = || orders[owner.inputs()[0]] == *from[0] && orders[inputs + node.owner()] == order;
        if !is_first && !alike() {
            return Err(refused(node));
        }
        orders.push(order);
    }
    match network.outputs().iter().find(|output| orders[output.value].is_some()) {
        None => Ok(orders),
        Some(output) => Err(refused(&network.nodes()[output.value - inputs])),
    }
}

/// The order that a reshape to an image needs of each value before it.
fn needed(network: &Network<f32>) -> Vec<Order> {
    let inputs = network.inputs().len();
    let mut needed: Vec<Order> = vec![None; inputs + network.nodes().len()];
    for (n, node) in network.nodes().iter().enumerate().rev() {
        let of_output = of_elements(node.output(), &needed[inputs + n]);
        let passes = match node.layer().map(|layer| layer.spec()) {
            None => node.kind() != "concat",
            Some(LayerSpec::Flatten | LayerSpec::Reshape(_)) => true,
            Some(layer) => keeps_order(&layer),
        };
        let vectors = node.inputs().iter().filter(|&&value| matches!(network.shape(value), Shape::Vector(_)));
        for &value in vectors.filter(|_| passes && of_output.is_some()) {
            needed[value].clone_from(&of_output);
        }
    }
    needed
}

/// The order of the elements of a value. Those of an image lie place by place in Keras.
fn of_elements(shape: Shape, order: &Order) -> Order {
    match shape {
        Shape::Vector(_) => order.clone(),
        Shape::Image { channels, height, width } => {
            let places = height * width;
            let place = |n: usize| n % places * channels + n / places;
            (channels > 1 && places > 1).then(|| (0..shape.size()).map(place).collect())
        }
    }
}

/// The order of a concatenation.
fn one_after_the_other(orders: &[&Order], shapes: &[Shape]) -> Order {
    orders.iter().find(|order| order.is_some())?;
    let mut all = Vec::new();
    for (order, shape) in orders.iter().zip(shapes) {
        let begin = all.len();
        all.extend((0..shape.size()).map(|n| begin + order.as_ref().map_or(n, |order| order[n])));
    }
    Some(all.into())
}

/// Whether each output of a layer depends on its place only by the weights of this place.
fn keeps_order(layer: &LayerSpec) -> bool {
    matches!(
        layer,
        LayerSpec::BatchNorm(_)
            | LayerSpec::ClippedRelu(_)
            | LayerSpec::Dropout(_)
            | LayerSpec::Elu(_)
            | LayerSpec::GaussianNoise(_)
            | LayerSpec::Gelu(_)
            | LayerSpec::HardSigmoid
            | LayerSpec::HardSwish
            | LayerSpec::LayerNorm(_)
            | LayerSpec::LeakyRelu(_)
            | LayerSpec::LogSoftmax(_)
            | LayerSpec::Mish
            | LayerSpec::Prelu(_)
            | LayerSpec::Relu
            | LayerSpec::Selu
            | LayerSpec::Sigmoid
            | LayerSpec::Silu
            | LayerSpec::Softmax(_)
            | LayerSpec::Softplus(_)
            | LayerSpec::Softsign
            | LayerSpec::Tanh
    )
}

fn refused(node: &Node<f32>) -> ExchangeError {
    let layer = node.layer().map_or_else(|| node.kind().to_owned(), |layer| layer.spec().to_string());
    ExchangeError::new(
        format_args!("the elements of `{}` have another order in Keras", node.name()),
        "a dense layer between the image and this layer, whose weights toddle turns",
        layer,
        "the network that `toddle export --to keras` writes: its function `save` keeps the order of toddle",
    )
}
