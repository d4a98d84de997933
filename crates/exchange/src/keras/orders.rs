//! The order of the elements of each value in Keras, which has the channels of an image last.

use std::collections::HashSet;
use std::rc::Rc;

use toddle::{LayerSpec, Network, Node, Shape};

use crate::ExchangeError;
use crate::elements::is_of_each_element;
use crate::params::parts;

/// The order of the elements of a vector in Keras: its parts, one after the other. No parts: the order is that of toddle.
///
/// The axes of an image are turned everywhere alike, so an image has no order of its own.
pub(super) type Order = Rc<[Turned]>;

/// Elements of a vector that come from an image. In Keras they lie place by place, and in toddle channel by channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turned {
    channels: usize,
    /// The rows times the columns. With one place, the elements have the order of toddle.
    places: usize,
}

impl Turned {
    fn size(self) -> usize {
        self.channels * self.places
    }

    /// Whether the order of the elements is that of toddle.
    fn is_plain(self) -> bool {
        self.channels == 1 || self.places == 1
    }
}

/// The place in Keras of each element of a vector.
pub(super) fn places(order: &Order) -> impl Iterator<Item = usize> {
    order
        .iter()
        .scan(0, |begin, &part| {
            let first = *begin;
            *begin += part.size();
            let Turned { channels, places } = part;
            Some((0..part.size()).map(move |n| first + n % places * channels + n / places))
        })
        .flatten()
}

/// The most parts of all orders together. A concatenation adds the parts of what it takes.
const MOST_PARTS: usize = 1 << 16;

/// The order of each value.
///
/// A flatten takes an image place by place in Keras, and channel by channel in toddle. The order of its elements holds
/// up to the next dense layer. The outputs of a dense layer have the order that a reshape to an image needs. A flatten or
/// a reshape with a name in `in_order` has the order of toddle in Keras, too.
///
/// # Errors
/// The elements of a layer or of an output have another order than toddle's, and no dense layer can undo it.
pub(super) fn orders(
    network: &Network<f32>,
    in_order: &HashSet<String>,
) -> Result<Vec<Order>, ExchangeError> {
    let inputs = network.inputs().len();
    let needed = needed(network, in_order);
    let mut orders: Vec<Order> = vec![Order::default(); inputs];
    let mut left = MOST_PARTS;
    for (n, node) in network.nodes().iter().enumerate() {
        let from: Vec<&Order> = node.inputs().iter().map(|&value| &orders[value]).collect();
        let shapes: Vec<Shape> = node.inputs().iter().map(|&value| network.shape(value)).collect();
        let order = match node.layer().map(|layer| layer.spec()) {
            None if node.kind() == "concat" => {
                let order = one_after_the_other(&from, &shapes);
                left = left.checked_sub(order.len()).ok_or_else(|| refused(node))?;
                order
            }
            None if from.iter().any(|order| *order != from[0]) => return Err(refused(node)),
            None => from[0].clone(),
            Some(LayerSpec::Dense(_)) => needed[inputs + n].clone(),
            Some(LayerSpec::Flatten | LayerSpec::Reshape(_)) => {
                let order = of_elements(shapes[0], from[0], node, in_order);
                match node.output() {
                    Shape::Vector(_) => order,
                    image if order == of_elements(image, &Order::default(), node, in_order) => {
                        Order::default()
                    }
                    _ => return Err(refused(node)),
                }
            }
            Some(layer) if keeps_order(&layer) => from[0].clone(),
            Some(_) if from[0].is_empty() => Order::default(),
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
    match network.outputs().iter().find(|output| !orders[output.value].is_empty()) {
        None => Ok(orders),
        Some(output) => Err(refused(&network.nodes()[output.value - inputs])),
    }
}

/// The order that a reshape to an image needs of each value before it.
fn needed(network: &Network<f32>, in_order: &HashSet<String>) -> Vec<Order> {
    let inputs = network.inputs().len();
    let mut needed: Vec<Order> = vec![Order::default(); inputs + network.nodes().len()];
    for (n, node) in network.nodes().iter().enumerate().rev() {
        let of_output = of_elements(node.output(), &needed[inputs + n], node, in_order);
        let passes = match node.layer().map(|layer| layer.spec()) {
            None => node.kind() != "concat",
            Some(LayerSpec::Flatten | LayerSpec::Reshape(_)) => true,
            Some(layer) => keeps_order(&layer),
        };
        let vectors = node.inputs().iter().filter(|&&value| matches!(network.shape(value), Shape::Vector(_)));
        for &value in vectors.filter(|_| passes && !of_output.is_empty()) {
            needed[value].clone_from(&of_output);
        }
    }
    needed
}

/// The order of the elements of a value that `node` takes or makes. Those of an image lie place by place in Keras, unless
/// the node has them in order.
fn of_elements(shape: Shape, order: &Order, node: &Node<f32>, in_order: &HashSet<String>) -> Order {
    match shape {
        Shape::Vector(_) => order.clone(),
        Shape::Image { channels, height, width } => {
            let part = Turned { channels, places: height * width };
            if part.is_plain() || in_order.contains(node.name()) { Order::default() } else { [part].into() }
        }
    }
}

/// The order of a concatenation.
fn one_after_the_other(orders: &[&Order], shapes: &[Shape]) -> Order {
    if orders.iter().all(|order| order.is_empty()) {
        return Order::default();
    }
    let mut all: Vec<Turned> = Vec::new();
    for (order, shape) in orders.iter().zip(shapes) {
        let plain = order.is_empty().then_some(Turned { channels: shape.size(), places: 1 });
        for part in order.iter().copied().chain(plain) {
            match all.last_mut() {
                Some(last) if last.is_plain() && part.is_plain() => last.channels += part.size(),
                _ => all.push(part),
            }
        }
    }
    all.into()
}

/// Whether each output of a layer depends on its place only by the weights of this place.
fn keeps_order(layer: &LayerSpec) -> bool {
    let keeps = matches!(
        layer,
        LayerSpec::BatchNorm(_)
            | LayerSpec::Dropout(_)
            | LayerSpec::GaussianNoise(_)
            | LayerSpec::LayerNorm(_)
            | LayerSpec::LogSoftmax(_)
            | LayerSpec::Prelu(_)
            | LayerSpec::Softmax(_)
    );
    keeps || is_of_each_element(layer)
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
