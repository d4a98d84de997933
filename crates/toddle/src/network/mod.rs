//! Networks: as data (`NetworkSpec`), and built from data, with their weights (`Network`).

mod builder;
pub(crate) mod params;
pub(crate) mod shape;
mod stamped;

pub(crate) use self::builder::lay_out;
pub use self::params::{Param, ParamDecl, ParamLayout};
pub use self::shape::Shape;

use serde::{Deserialize, Serialize};

use self::stamped::Stamped;
use crate::error::FitError;
use crate::layer::Layer;
use crate::layers::batch_norm::plane;
use crate::training::InMemory;
use crate::{Float, Init, LayerSpec};

/// A network as data: the shape of its input, and its layers.
///
/// ```
/// use toddle::{Conv2d, Dense, Flatten, NetworkSpec, Shape, Softmax, Tanh};
///
/// let spec = NetworkSpec::new(Shape::image(1, 28, 28))
///     .add(Conv2d::new(1, 3))
///     .add(Tanh)
///     .add(Flatten)
///     .add(Dense::new(10))
///     .add(Softmax::default());
/// let network = spec.build::<f64>(0)?;
/// assert_eq!(network.output(), Shape::vector(10));
/// # Ok::<(), toddle::BuildError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkSpec {
    /// The shape of a sample's input.
    pub input: Shape,
    /// The layers, from first to last.
    pub layers: Vec<LayerSpec>,
    /// How the weights are drawn at the start.
    #[serde(default)]
    pub init: Init,
}

impl NetworkSpec {
    /// A network without layers, for inputs of this shape.
    pub fn new(input: Shape) -> Self {
        NetworkSpec { input, layers: Vec::new(), init: Init::default() }
    }

    /// Adds `layer` at the end.
    #[must_use]
    #[allow(clippy::should_implement_trait, reason = "the post's name for it")]
    pub fn add(mut self, layer: impl Into<LayerSpec>) -> Self {
        self.layers.push(layer.into());
        self
    }

    /// Sets the initialiser of the weights.
    #[must_use]
    pub fn init(self, init: Init) -> Self {
        NetworkSpec { init, ..self }
    }
}

/// A network that can be trained and used for inference: layers that are built for their shapes, and their weights.
///
/// Made by [`NetworkSpec::build`].
#[derive(Debug)]
pub struct Network<T> {
    pub(crate) spec: NetworkSpec,
    pub(crate) nodes: Vec<Node<T>>,
    pub(crate) layout: ParamLayout,
    pub(crate) weights: Stamped<T>,
    pub(crate) state_layout: ParamLayout,
    pub(crate) state: Vec<T>,
}

/// One operation of a network: a layer, or the sum that ends a residual block.
///
/// The output of node `n` is value `n + 1`. Value 0 is the network's input.
#[derive(Debug)]
pub struct Node<T> {
    pub(crate) name: String,
    pub(crate) op: Op<T>,
    pub(crate) inputs: Vec<usize>,
    pub(crate) shape: Shape,
}

/// What a node does with its inputs.
#[derive(Debug)]
pub(crate) enum Op<T> {
    /// A layer, of one input.
    Layer(Box<dyn Layer<T>>),
    /// The sum of two inputs.
    Sum,
}

impl<T> Node<T> {
    /// The name of the node's layer, such as `conv2` or `residual1.conv2`, or of the residual block that the node
    /// ends.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The node's layer. None for the sum that ends a residual block.
    pub fn layer(&self) -> Option<&dyn Layer<T>> {
        match &self.op {
            Op::Layer(layer) => Some(&**layer),
            Op::Sum => None,
        }
    }

    /// The node's input values. A layer has one. The sum at the end of a residual block has two: the output of the
    /// block's layers, and the output of the projection.
    pub fn inputs(&self) -> &[usize] {
        &self.inputs
    }

    /// The shape of the node's output.
    pub fn output(&self) -> Shape {
        self.shape
    }
}

impl<T: Float> Network<T> {
    /// The shape of a sample's input.
    pub fn input(&self) -> Shape {
        self.spec.input
    }

    /// The shape of a sample's output.
    pub fn output(&self) -> Shape {
        self.nodes.last().map_or(self.spec.input, |node| node.shape)
    }

    /// The operations, in the order in which they run.
    pub fn nodes(&self) -> &[Node<T>] {
        &self.nodes
    }

    /// The shape of value `value`: 0 is the network's input.
    pub(crate) fn shape(&self, value: usize) -> Shape {
        if value == 0 { self.spec.input } else { self.nodes[value - 1].shape }
    }

    /// The place of each parameter in [`weights`](Self::weights).
    pub fn layout(&self) -> &ParamLayout {
        &self.layout
    }

    /// All parameters, including biases, in the order of [`layout`](Self::layout).
    pub fn weights(&self) -> &[T] {
        &self.weights
    }

    /// All parameters, mutable.
    pub fn weights_mut(&mut self) -> &mut [T] {
        &mut self.weights
    }

    /// The place of each layer's state, such as running means, in [`state`](Self::state).
    pub fn state_layout(&self) -> &ParamLayout {
        &self.state_layout
    }

    /// The elements that training changes without a gradient, in the order of [`state_layout`](Self::state_layout).
    pub fn state(&self) -> &[T] {
        &self.state
    }

    /// The same elements, mutable.
    pub fn state_mut(&mut self) -> &mut [T] {
        &mut self.state
    }

    /// The network as data.
    pub fn spec(&self) -> &NetworkSpec {
        &self.spec
    }

    /// The name of the first batch norm whose channels have a single element in each sample.
    pub(crate) fn single_numbers(&self) -> Option<&str> {
        let is_single = |node: &&Node<T>| {
            let is_norm = |layer: &dyn Layer<T>| matches!(layer.spec(), LayerSpec::BatchNorm(_));
            node.layer().is_some_and(is_norm) && plane(node.output()) == 1
        };
        self.nodes.iter().find(is_single).map(Node::name)
    }

    /// The samples `x`, one after the other, with their targets `y`.
    ///
    /// # Errors
    /// The elements do not make up whole samples, or the numbers of inputs and targets differ.
    pub fn samples<'a>(&self, x: &'a [T], y: &'a [T]) -> Result<InMemory<'a, T>, FitError> {
        let inputs = whole_samples("inputs", "input", x.len(), self.input())?;
        let targets = whole_samples("targets", "target", y.len(), self.output())?;
        if inputs != targets {
            return Err(FitError::Unpaired { inputs, targets });
        }
        Ok(InMemory::new(x, self.input().size(), y, self.output().size()))
    }
}

/// The number of samples in an array with `numbers` elements.
pub(crate) fn whole_samples(
    what: &'static str,
    what_one: &'static str,
    numbers: usize,
    shape: Shape,
) -> Result<usize, FitError> {
    let size = shape.size();
    if numbers.is_multiple_of(size) {
        Ok(numbers / size)
    } else {
        Err(FitError::Ragged { what, what_one, got: numbers, size, shape })
    }
}
