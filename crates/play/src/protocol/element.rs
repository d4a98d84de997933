//! The answer about one element: how it was computed, and what the loss says of it.

use serde::{Deserialize, Serialize};

/// One element of a value, forward and backward.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explained {
    /// The name of the value.
    pub node: String,
    /// The kind of the node, or `input`.
    pub kind: String,
    /// The index of the element.
    pub index: usize,
    /// Its channel, row and column; or its place in a vector.
    pub place: Vec<usize>,
    /// The shape of the value.
    pub shape: Vec<usize>,
    /// The element.
    pub value: f64,
    /// How it was computed.
    pub forward: Forward,
    /// The formula of the layer.
    pub formula: String,
    /// The formula with the numbers of this element, line by line.
    pub derivation: Vec<String>,
    /// What the loss says of it. None: there is no target.
    pub backward: Option<Backward>,
}

/// How an element was computed. Its numbers add up in the engine's order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forward {
    /// How to read the numbers.
    pub by: By,
    /// What a chain begins with. None: zero.
    pub start: Option<Start>,
    /// The terms, in the order in which they are added.
    pub terms: Vec<Term>,
    /// Taps outside of the image, which are left out.
    pub skipped: usize,
    /// The last factor of an average.
    pub factor: Option<f64>,
    /// The number of the term that is the largest.
    pub chosen: Option<usize>,
    /// Numbers between.
    pub steps: Vec<Named>,
}

/// How the numbers of an element are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// A chain of fused multiply-adds.
    Chain,
    /// A chain of additions, times a factor.
    Average,
    /// The largest of the terms.
    Largest,
    /// A function of the only term.
    Each,
    /// A softmax of the terms.
    Softmax,
    /// The normalised only term.
    Norm,
    /// The only term itself.
    Copy,
    /// A chain of additions.
    Sum,
    /// A chain of products.
    Product,
    /// The layer computes it as a whole.
    Layer,
}

/// What a chain begins with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// What it is: `bias`.
    pub what: String,
    /// The parameter.
    pub parameter: String,
    /// The index of the element of the parameter.
    pub index: usize,
    /// The number.
    pub value: f64,
}

/// A number with its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Named {
    /// The name.
    pub what: String,
    /// The number.
    pub value: f64,
}

/// A term of an element.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// The name of the value that it is taken from.
    pub value: String,
    /// The index of the element there.
    pub index: usize,
    /// Its channel, row and column; or its place in a vector.
    pub place: Vec<usize>,
    /// The tap of a window: channel, row and column.
    pub tap: Option<[usize; 3]>,
    /// The element.
    pub x: f64,
    /// The parameter of its weight.
    pub parameter: Option<String>,
    /// The index of its weight in the parameter.
    pub weight: Option<usize>,
    /// Its weight.
    pub w: Option<f64>,
    /// `x·w`, rounded. Of a softmax: the exponential of `x` less the largest `x`.
    pub product: Option<f64>,
    /// The sum after this term.
    pub sum: Option<f64>,
    /// What this element alone gives to the gradient of `x`.
    pub to_x: Option<f64>,
    /// What this element alone gives to the gradient of the weight.
    pub to_w: Option<f64>,
    /// The gradient of `x`, from all elements.
    pub gradient_x: Option<f64>,
    /// The gradient of the weight, from all elements.
    pub gradient_w: Option<f64>,
}

/// What the loss says of an element.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Backward {
    /// The loss in words.
    pub loss: String,
    /// The loss of the input.
    pub loss_value: f64,
    /// The target.
    pub target: Vec<f64>,
    /// The output.
    pub output: Vec<f64>,
    /// The gradient of the loss with respect to the output.
    pub output_gradient: Vec<f64>,
    /// The gradient of the loss with respect to the element.
    pub gradient: f64,
    /// What each node that takes the element gives to this gradient, the later node first.
    pub from: Vec<Share>,
    /// What the optimizer does to a weight.
    pub step: Option<Step>,
}

/// What a node gives to the gradient of an element that it takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// The name of the node, or `loss`.
    pub node: String,
    /// Its kind.
    pub kind: String,
    /// What it gives.
    pub share: f64,
    /// The terms. Empty: the node computes it as a whole.
    pub terms: Vec<ShareTerm>,
    /// How the terms are added.
    pub order: Order,
}

/// How the terms of a share are added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// One chain.
    Chain,
    /// Each product is rounded, and then added.
    Rounded,
    /// Sixteen partial sums, which a tree adds.
    Lanes,
    /// As a whole.
    Whole,
}

/// One element of a node's output, and what it gives to the gradient of an element of the node's input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShareTerm {
    /// The index of the output element.
    pub index: usize,
    /// Its channel, row and column; or its place in a vector.
    pub place: Vec<usize>,
    /// The gradient of the output element.
    pub dy: f64,
    /// The derivative of the output element with respect to the input element: a weight, for instance.
    pub factor: f64,
    /// `dy·factor`, rounded.
    pub product: f64,
    /// The sum, or the partial sum, after this term.
    pub sum: f64,
}

/// What one step of the optimizer does to one weight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The parameter.
    pub parameter: String,
    /// The index of the weight in the parameter.
    pub index: usize,
    /// The weight before.
    pub before: f64,
    /// The gradient of the loss of this input alone.
    pub gradient: f64,
    /// The learning rate.
    pub rate: f64,
    /// The optimizer in words.
    pub optimizer: String,
    /// The state of the optimizer for this weight.
    pub slots: Vec<Slot>,
    /// The weight after.
    pub after: f64,
    /// What the step leaves out, if anything.
    pub note: String,
}

/// A number of the optimizer's state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slot {
    /// Its name.
    pub name: String,
    /// Before the step.
    pub before: f64,
    /// After the step.
    pub after: f64,
}
