//! Networks: as data (`GraphSpec`, and `NetworkSpec` for a line of layers), and built from data, with their weights
//! (`Network`).

mod builder;
mod class_numbers;
mod graph;
mod matching;
mod names;
mod output;
pub(crate) mod params;
pub(crate) mod pattern;
mod placed;
pub(crate) mod shape;
mod stamped;

pub(crate) use self::builder::lay_out;
pub use self::class_numbers::ClassNumbers;
pub use self::graph::{GraphSpec, InputSpec, OutputSpec, Value, Values};
pub use self::matching::Loaded;
pub(crate) use self::output::judge_sample;
pub use self::output::{NetworkInput, NetworkOutput};
pub use self::params::{Param, ParamDecl, ParamLayout};
pub use self::placed::Placed;
pub use self::shape::Shape;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use self::stamped::Stamped;
use crate::error::{BuildError, FitError};
use crate::layer::Layer;
use crate::layers::batch_norm::plane;
use crate::training::InMemory;
use crate::{Float, Init, LayerSpec};

/// A network as data that is a line of layers: the shape of its input, and its layers.
///
/// It is the short way to write most networks. [`GraphSpec`] is the general one: layers that take several values,
/// several inputs and outputs.
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

    /// Builds the network, in `f32` or `f64`. `seed` decides its weights. See [`GraphSpec::build`].
    ///
    /// # Errors
    /// As for [`GraphSpec::build`].
    pub fn build<T: Float>(&self, seed: u32) -> Result<Network<T>, BuildError> {
        GraphSpec::from(self).build(seed)
    }
}

/// A network that can be trained and used for inference: layers that are built for their shapes, and their weights.
///
/// Made by [`GraphSpec::build`] or [`NetworkSpec::build`].
#[derive(Debug)]
pub struct Network<T> {
    pub(crate) spec: GraphSpec,
    pub(crate) inputs: Vec<NetworkInput>,
    pub(crate) nodes: Vec<Node<T>>,
    pub(crate) outputs: Vec<NetworkOutput>,
    pub(crate) layout: ParamLayout,
    pub(crate) weights: Stamped<T>,
    pub(crate) state_layout: ParamLayout,
    pub(crate) state: Vec<T>,
}

/// One operation of a network: a layer, or the joining of several values.
///
/// The first values of a network are its inputs. The output of node `n` is the value behind them: `n` plus the number
/// of inputs.
#[derive(Debug)]
pub struct Node<T> {
    pub(crate) name: String,
    pub(crate) op: Op<T>,
    pub(crate) inputs: Vec<usize>,
    pub(crate) shape: Shape,
    pub(crate) owner: usize,
}

/// What a node does with its inputs.
#[derive(Debug)]
pub(crate) enum Op<T> {
    /// A layer, of one input.
    Layer(Box<dyn Layer<T>>),
    /// All inputs, one after the other.
    Concat,
    /// The sum of the inputs, element by element.
    Sum,
    /// The product of the inputs, element by element.
    Product,
}

impl<T> Node<T> {
    /// The name of the node's layer, such as `conv2` or `residual1.conv2`, or of the residual block that the node
    /// ends.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The node's layer. None for a concatenation, a sum or a product.
    pub fn layer(&self) -> Option<&dyn Layer<T>> {
        match &self.op {
            Op::Layer(layer) => Some(&**layer),
            Op::Concat | Op::Sum | Op::Product => None,
        }
    }

    /// What the node does, in a word: the kind of its layer, or `concat`, `sum`, `product`.
    pub fn kind(&self) -> &'static str
    where
        T: Float,
    {
        match &self.op {
            Op::Layer(layer) => layer.spec().kind(),
            Op::Concat => LayerSpec::Concat.kind(),
            Op::Sum => LayerSpec::Sum.kind(),
            Op::Product => LayerSpec::Product.kind(),
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

    /// The node whose parameters and state it uses: itself, or an earlier one for a [`Shared`](crate::Shared) layer.
    pub fn owner(&self) -> usize {
        self.owner
    }
}

impl<T: Float> Network<T> {
    /// The shape of a sample's input. Several inputs are one vector, one input after the other.
    pub fn input(&self) -> Shape {
        match &self.inputs[..] {
            [only] => only.shape,
            several => Shape::Vector(several.last().map_or(0, |input| input.range.end)),
        }
    }

    /// The shape of a sample's output. Several outputs are one vector, one output after the other.
    pub fn output(&self) -> Shape {
        match &self.outputs[..] {
            [only] => only.shape,
            several => Shape::Vector(several.last().map_or(0, |output| output.range.end)),
        }
    }

    /// The inputs.
    pub fn inputs(&self) -> &[NetworkInput] {
        &self.inputs
    }

    /// The outputs.
    pub fn outputs(&self) -> &[NetworkOutput] {
        &self.outputs
    }

    /// The name of value `value`: an input's, or a node's.
    pub fn value_name(&self, value: usize) -> &str {
        match value.checked_sub(self.inputs.len()) {
            None => &self.inputs[value].name,
            Some(node) => &self.nodes[node].name,
        }
    }

    /// The value that is the output of node `n`.
    pub(crate) fn value_of(&self, n: usize) -> usize {
        self.inputs.len() + n
    }

    /// Whether some layers use the parameters of others.
    pub(crate) fn shares(&self) -> bool {
        self.nodes.iter().enumerate().any(|(n, node)| node.owner != n)
    }

    /// The operations, in the order in which they run.
    pub fn nodes(&self) -> &[Node<T>] {
        &self.nodes
    }

    /// The shape of value `value`: the first values are the network's inputs, and the outputs of the nodes follow.
    pub fn shape(&self, value: usize) -> Shape {
        match value.checked_sub(self.inputs.len()) {
            None => self.inputs[value].shape,
            Some(node) => self.nodes[node].shape,
        }
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
    pub fn spec(&self) -> &GraphSpec {
        &self.spec
    }

    /// The name of the first batch norm, of the nodes `among`, whose channels have a single element in each sample.
    pub(crate) fn single_numbers(&self, among: impl Fn(usize) -> bool) -> Option<&str> {
        let is_single = |(n, node): &(usize, &Node<T>)| {
            let is_norm = |layer: &dyn Layer<T>| matches!(layer.spec(), LayerSpec::BatchNorm(_));
            among(*n) && node.layer().is_some_and(is_norm) && plane(node.output()) == 1
        };
        self.nodes.iter().enumerate().find(is_single).map(|(_, node)| node.name())
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
