//! A network as data: named inputs, layers in one fixed order, and named outputs.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::NetworkSpec;
use super::placed::Placed;
use crate::layers::Shared;
use crate::{Concat, Init, LayerSpec, Loss, Product, Shape, Sum};

/// A network as data: a directed graph of layers in one fixed order, with named inputs and outputs.
///
/// A layer takes values that stand before it: inputs of the network, and outputs of layers. So a graph has no cycles.
/// A value may be taken by several layers. [`Concat`], [`Sum`] and [`Product`] take several values.
///
/// [`NetworkSpec`] is the short way to write a line of layers. `GraphSpec::from` makes the same graph of it, with the
/// same names and the same bits.
///
/// # Samples
/// A sample's input is the elements of all inputs, one input after the other, in the order of `inputs`. A sample's
/// output and its target are the elements of all outputs, one output after the other.
///
/// # Losses
/// Each output has a weight, and may have a loss of its own instead of [`Fit::loss`](crate::Fit). The loss of a sample
/// is the sum of the losses of its outputs, each multiplied by its weight, in the order of `outputs`. Accuracy is that
/// of the first output.
///
/// # Order
/// A value that several layers take gets the sum of their gradients, the later layer's first; the gradient of a loss
/// comes before all of them. A sum or a product of several values is one chain, in the order in which the values are
/// written. A layer whose weights are used at several places gets the sum of the places' gradients, the last place's
/// first.
///
/// # In files
/// `input` is the shape of the only input, or `inputs` is a list of inputs with a name and a shape. A layer may have a
/// `name`, and a `from` with the name of the value that it takes, or a list of names. Without `from` it takes what
/// stands before it. `outputs` is a list of outputs; without it the last layer is the output.
///
/// ```
/// use toddle::{Conv2d, Dense, Flatten, GraphSpec, Padding, Relu, Shape};
///
/// let mut graph = GraphSpec::new();
/// let image = graph.input("image", Shape::image(1, 28, 28));
/// let near = graph.add(Conv2d::new(8, 3).padding(Padding::Same), image);
/// let far = graph.add(Conv2d::new(8, 5).padding(Padding::Same), image);
/// let both = graph.concat([near, far]);
/// let both = graph.add(Relu, both);
/// let flat = graph.add(Flatten, both);
/// let digit = graph.add(Dense::new(10), flat);
/// graph.output("digit", digit);
/// let network = graph.build::<f32>(0)?;
/// assert_eq!(network.output(), Shape::vector(10));
///
/// let file = r#"{ "input": [1, 28, 28], "layers": [
///     { "kind": "conv2d", "filters": 8, "kernel": 3, "padding": "same", "name": "near" },
///     { "kind": "conv2d", "filters": 8, "kernel": 5, "padding": "same", "name": "far", "from": "input" },
///     { "kind": "concat", "from": ["near", "far"] },
///     { "kind": "relu" },
///     { "kind": "flatten" },
///     { "kind": "dense", "outputs": 10 }
/// ] }"#;
/// let same = serde_json::from_str::<GraphSpec>(file)?.build::<f32>(0)?;
/// assert_eq!(same.weights(), network.weights());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct GraphSpec {
    /// The inputs, in the order of a sample's elements.
    pub inputs: Vec<InputSpec>,
    /// The layers, in the order in which they run.
    pub layers: Vec<Placed>,
    /// The outputs, in the order of a target's elements. Empty: the last layer is the output, called `output`.
    pub outputs: Vec<OutputSpec>,
    /// How the weights are drawn at the start.
    pub init: Init,
}

/// An input of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct InputSpec {
    /// The name that layers give to take it.
    #[cfg_attr(feature = "schema", schemars(example = &"left"))]
    pub name: String,
    /// The shape of a sample.
    #[cfg_attr(feature = "schema", schemars(example = serde_json::json!([1, 28, 28])))]
    pub shape: Shape,
}

/// An output of a network, with its part of the loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OutputSpec {
    /// The output's own name.
    #[cfg_attr(feature = "schema", schemars(example = &"digit"))]
    pub name: String,
    /// The layer or the input whose value it is. Default: the last layer.
    #[cfg_attr(feature = "schema", schemars(example = &"dense2"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The factor of its loss in the loss of a sample.
    #[cfg_attr(feature = "schema", schemars(example = 0.5, range(min = 0)))]
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub weight: f64,
    /// Its loss. Default: the loss of the training.
    #[cfg_attr(feature = "schema", schemars(example = &"cross_entropy"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<Loss>,
}

fn one() -> f64 {
    1.0
}

fn is_one(weight: &f64) -> bool {
    *weight == 1.0
}

impl OutputSpec {
    /// The output `name` of the value that is called `from`, with weight 1 and the loss of the training.
    pub fn new(name: &str, from: &str) -> Self {
        OutputSpec { name: name.into(), from: Some(from.into()), weight: 1.0, loss: None }
    }

    /// Sets the factor of its loss.
    pub fn weight(&mut self, weight: f64) -> &mut Self {
        self.weight = weight;
        self
    }

    /// Sets its loss.
    pub fn loss(&mut self, loss: impl Into<Loss>) -> &mut Self {
        self.loss = Some(loss.into());
        self
    }
}

/// A value in a [`GraphSpec`]: an input, or the output of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value(Place);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Input(usize),
    Layer(usize),
}

/// The values that a layer takes: made from one [`Value`], or from a list.
#[derive(Clone, Debug)]
pub struct Values(Vec<Value>);

impl From<Value> for Values {
    fn from(value: Value) -> Self {
        Values(vec![value])
    }
}

impl<const N: usize> From<[Value; N]> for Values {
    fn from(values: [Value; N]) -> Self {
        Values(values.into())
    }
}

impl From<Vec<Value>> for Values {
    fn from(values: Vec<Value>) -> Self {
        Values(values)
    }
}

impl GraphSpec {
    /// A graph without inputs and layers.
    pub fn new() -> Self {
        GraphSpec::default()
    }

    /// Adds an input.
    pub fn input(&mut self, name: &str, shape: Shape) -> Value {
        // Without a `from`, the first layer would take the new input.
        if let (Some(first), Some(last)) = (self.layers.first_mut(), self.inputs.last())
            && first.from.is_empty()
        {
            first.from.push(last.name.clone());
        }
        self.inputs.push(InputSpec { name: name.into(), shape });
        Value(Place::Input(self.inputs.len() - 1))
    }

    /// Adds `layer`, which takes `from`: one value, or a list of values.
    pub fn add(&mut self, layer: impl Into<LayerSpec>, from: impl Into<Values>) -> Value {
        let Values(from) = from.into();
        let is_before = |value: Value| match value.0 {
            Place::Layer(layer) => layer + 1 == self.layers.len(),
            Place::Input(input) => self.layers.is_empty() && input + 1 == self.inputs.len(),
        };
        let from = match from[..] {
            [only] if is_before(only) && !self.inputs.is_empty() => Vec::new(),
            _ => from.into_iter().map(|value| self.name_of(value)).collect(),
        };
        self.layers.push(Placed { name: None, from, layer: layer.into() });
        Value(Place::Layer(self.layers.len() - 1))
    }

    /// Adds a [`Concat`] of the values.
    pub fn concat(&mut self, values: impl Into<Values>) -> Value {
        self.add(Concat, values)
    }

    /// Adds a [`Sum`] of the values.
    pub fn sum(&mut self, values: impl Into<Values>) -> Value {
        self.add(Sum, values)
    }

    /// Adds a [`Product`] of the values.
    pub fn product(&mut self, values: impl Into<Values>) -> Value {
        self.add(Product, values)
    }

    /// Adds the layer that made `layer` once more, with the same weights, for the value `from`.
    pub fn share(&mut self, layer: Value, from: Value) -> Value {
        let with = self.name_of(layer);
        self.add(Shared { with }, from)
    }

    /// Gives a value another name, and returns the value. A layer without a name is called after its kind and its number among
    /// the layers of its kind: `conv2`.
    pub fn name(&mut self, value: Value, name: &str) -> Value {
        let old = self.name_of(value);
        match value.0 {
            Place::Input(input) => self.inputs[input].name = name.into(),
            Place::Layer(layer) => self.layers[layer].name = Some(name.into()),
        }
        let shared = self.layers.iter_mut().filter_map(|placed| match &mut placed.layer {
            LayerSpec::Shared(Shared { with }) => Some(with),
            _ => None,
        });
        shared.filter(|with| **with == old).for_each(|with| *with = name.into());
        self.replace(&old, name);
        value
    }

    /// Makes `value` an output. The result sets its weight and its loss.
    pub fn output(&mut self, name: &str, value: Value) -> &mut OutputSpec {
        let from = self.name_of(value);
        self.outputs.push(OutputSpec::new(name, &from));
        self.outputs.last_mut().expect("one was pushed")
    }

    /// The name of a value. A value of another graph has none here.
    fn name_of(&self, value: Value) -> String {
        match value.0 {
            Place::Input(input) => self.inputs.get(input).map(|input| input.name.clone()),
            Place::Layer(layer) => self.names().nth(layer),
        }
        .unwrap_or_else(|| "a value of another graph".into())
    }

    /// The names of all layers: their own, or their kind and their number among the layers of their kind.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let mut counts = alloc::collections::BTreeMap::new();
        self.layers.iter().map(move |placed| {
            let of_its_kind = counts.entry(placed.layer.stem()).or_insert(0);
            *of_its_kind += 1;
            placed.name.clone().unwrap_or_else(|| format!("{}{of_its_kind}", placed.layer.stem()))
        })
    }

    /// The line of layers that the graph is, if it is one: each layer takes what stands before it, and the last one is
    /// the output.
    pub fn line(&self) -> Option<NetworkSpec> {
        let [InputSpec { name, shape: input }] = &self.inputs[..] else { return None };
        let is_plain = |placed: &Placed| placed.name.is_none() && placed.from.is_empty();
        let is_line = name == INPUT && self.outputs.is_empty() && self.layers.iter().all(is_plain);
        let layers = || self.layers.iter().map(|placed| placed.layer.clone()).collect();
        is_line.then(|| NetworkSpec { input: *input, layers: layers(), init: self.init })
    }

    /// The same graph, in which each layer has a name and says what it takes, and so do the outputs.
    pub(crate) fn explicit(&self) -> GraphSpec {
        let mut graph = self.clone();
        let mut before = self.inputs.last().map(|input| input.name.clone());
        for (placed, name) in graph.layers.iter_mut().zip(self.names()) {
            if placed.from.is_empty() {
                placed.from.extend(before);
            }
            placed.name = Some(name.clone());
            before = Some(name);
        }
        if let Some(last) = before {
            graph.outputs = self.explicit_outputs(&last);
        }
        graph
    }

    /// The outputs, each of which says whose value it is. `last` is the name of the last layer.
    pub(super) fn explicit_outputs(&self, last: &str) -> Vec<OutputSpec> {
        let mut outputs = self.outputs.clone();
        if outputs.is_empty() {
            outputs.push(OutputSpec::new(OUTPUT, last));
        }
        for output in &mut outputs {
            output.from.get_or_insert_with(|| last.into());
        }
        outputs
    }

    /// The same graph without some layers that take one value. What took their outputs takes their inputs instead.
    pub(crate) fn without(&self, is_left_out: impl Fn(&LayerSpec) -> bool) -> GraphSpec {
        let mut graph = self.explicit();
        while let Some(at) = graph.layers.iter().position(|placed| is_left_out(&placed.layer)) {
            let Placed { name, from, .. } = graph.layers.remove(at);
            if let (Some(name), [from]) = (name, &from[..]) {
                graph.replace(&name, from);
            }
        }
        graph
    }

    /// The same graph with a layer after each input, through which everything takes the input.
    pub(crate) fn after_inputs(
        &self,
        layer: impl Fn() -> LayerSpec,
        name: impl Fn(usize) -> String,
    ) -> GraphSpec {
        let mut graph = self.explicit();
        let inputs: Vec<String> = self.inputs.iter().map(|input| input.name.clone()).collect();
        for (n, input) in inputs.into_iter().enumerate() {
            graph.replace(&input, &name(n));
            let placed = Placed { name: Some(name(n)), from: vec![input], layer: layer() };
            graph.layers.insert(n, placed);
        }
        graph
    }

    /// Lets everything that takes the value `old` take `new`.
    fn replace(&mut self, old: &str, new: &str) {
        let taken = self.layers.iter_mut().flat_map(|placed| &mut placed.from);
        let given = self.outputs.iter_mut().filter_map(|output| output.from.as_mut());
        taken.chain(given).filter(|from| *from == old).for_each(|from| *from = new.into());
    }
}

/// The name of the input of a network that has a single one without a name.
pub(crate) const INPUT: &str = "input";

/// The name of the output of a network that says of none.
pub(crate) const OUTPUT: &str = "output";

impl From<NetworkSpec> for GraphSpec {
    fn from(NetworkSpec { input, layers, init }: NetworkSpec) -> Self {
        let inputs = vec![InputSpec { name: INPUT.into(), shape: input }];
        let layers = layers.into_iter().map(Placed::from).collect();
        GraphSpec { inputs, layers, outputs: Vec::new(), init }
    }
}

impl From<&NetworkSpec> for GraphSpec {
    fn from(spec: &NetworkSpec) -> Self {
        spec.clone().into()
    }
}

impl From<&GraphSpec> for GraphSpec {
    fn from(spec: &GraphSpec) -> Self {
        spec.clone()
    }
}

impl PartialEq<NetworkSpec> for GraphSpec {
    fn eq(&self, line: &NetworkSpec) -> bool {
        let line = GraphSpec::from(line);
        *self == line
    }
}

/// A graph as files hold it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    input: Option<Shape>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    inputs: Vec<InputSpec>,
    layers: Vec<Placed>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    outputs: Vec<OutputSpec>,
    #[serde(default)]
    init: Init,
}

impl TryFrom<Written> for GraphSpec {
    type Error = &'static str;

    fn try_from(Written { input, mut inputs, layers, outputs, init }: Written) -> Result<Self, &'static str> {
        match (input, inputs.is_empty()) {
            (Some(shape), true) => inputs.push(InputSpec { name: INPUT.into(), shape }),
            (Some(_), false) => return Err("both `input` and `inputs` are there"),
            (None, true) => return Err("missing field `input`"),
            (None, false) => {}
        }
        Ok(GraphSpec { inputs, layers, outputs, init })
    }
}

impl From<GraphSpec> for Written {
    fn from(GraphSpec { mut inputs, layers, outputs, init }: GraphSpec) -> Self {
        let is_plain = matches!(&inputs[..], [only] if only.name == INPUT);
        let input = if is_plain { inputs.pop().map(|input| input.shape) } else { None };
        Written { input, inputs, layers, outputs, init }
    }
}
