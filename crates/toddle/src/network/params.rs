//! The places of the parameters: one flat layout for weights, gradients and an optimizer's state.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// The declaration of a layer's parameter.
///
/// ```
/// use toddle::ParamDecl;
///
/// // Four filters of 3×3 over two channels: 18 numbers make an output, and every input goes into 36.
/// let weight = ParamDecl::new("weight", &[3, 3, 2, 4]);
/// assert_eq!((weight.fan_in, weight.fan_out), (18, 36));
/// let bias = ParamDecl::new("bias", &[4]).fans(18, 36);
/// let slope = ParamDecl::new("slope", &[4]).constant(0.25);
/// assert_eq!(bias.size() + slope.size(), 8);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ParamDecl {
    /// `weight` or `bias`.
    pub name: &'static str,
    /// The parameter's shape, in the order of the post and Keras: `(kh, kw, in, out)` and `(in, out)` for weights,
    /// `(out)` for biases.
    pub shape: Vec<usize>,
    /// The number of inputs of one output. 0 if it is unknown.
    pub fan_in: usize,
    /// The number of outputs that one input changes. 0 if it is unknown.
    pub fan_out: usize,
    /// The parameter's first values.
    pub start: Start,
}

/// The first values of a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Start {
    /// Drawn by the network's [`Init`](crate::Init).
    Weight,
    /// Zeros, unless the network's [`Init`](crate::Init) also draws biases.
    Bias,
    /// Always this number.
    Constant(f64),
    /// Always normal random numbers with mean 0 and this deviation.
    Normal(f64),
}

impl ParamDecl {
    /// A parameter of this name and shape. A shape with two or more sizes is that of a weight, and gives its numbers
    /// of inputs and outputs. A shape with one size is that of a bias.
    pub fn new(name: &'static str, shape: &[usize]) -> Self {
        let (start, [fan_in, fan_out]) = match shape {
            [window @ .., inputs, outputs] => {
                let window: usize = window.iter().product();
                (Start::Weight, [window * inputs, window * outputs])
            }
            _ => (Start::Bias, [0; 2]),
        };
        ParamDecl { name, shape: shape.into(), fan_in, fan_out, start }
    }

    /// Sets the numbers of inputs and outputs. A bias has those of its weight. They are also needed for weights whose
    /// shape does not give them.
    #[must_use]
    pub fn fans(self, fan_in: usize, fan_out: usize) -> Self {
        ParamDecl { fan_in, fan_out, ..self }
    }

    /// Sets all elements to `value` at the start, with every initialiser.
    #[must_use]
    pub fn constant(self, value: f64) -> Self {
        ParamDecl { start: Start::Constant(value), ..self }
    }

    /// Draws all elements at the start as normal random numbers with mean 0 and this deviation, with every initialiser.
    #[must_use]
    pub fn normal(self, deviation: f64) -> Self {
        ParamDecl { start: Start::Normal(deviation), ..self }
    }

    /// The number of elements.
    pub fn size(&self) -> usize {
        self.shape.iter().product()
    }
}

/// A parameter with its full name and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// The layer's name and the parameter's own name: `conv1.weight`.
    pub name: String,
    /// The parameter's shape.
    pub shape: Vec<usize>,
    /// The parameter's place in the flat buffer.
    pub range: Range<usize>,
    /// Whether its first values are drawn at random. False for biases, and for the scales and shifts of normalisations.
    pub is_weight: bool,
}

/// The parameters of a network in one flat buffer, layer after layer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParamLayout {
    params: Vec<Param>,
    layers: Vec<Range<usize>>,
}

impl ParamLayout {
    /// Adds a layer's parameters at the end.
    pub(crate) fn push_layer<'a>(&mut self, layer: &str, decls: impl IntoIterator<Item = &'a ParamDecl>) {
        let first = self.len();
        let mut end = first;
        for decl in decls {
            let range = end..end + decl.size();
            end = range.end;
            self.params.push(Param {
                name: format!("{layer}.{}", decl.name),
                shape: decl.shape.clone(),
                range,
                is_weight: matches!(decl.start, Start::Weight | Start::Normal(_)),
            });
        }
        self.layers.push(first..end);
    }

    /// Adds a layer that has the parameters of layer `l`.
    pub(crate) fn share_layer(&mut self, l: usize) {
        self.layers.push(self.layer(l));
    }

    /// The number of elements of all parameters.
    pub fn len(&self) -> usize {
        self.params.last().map_or(0, |param| param.range.end)
    }

    /// Whether there are no parameters.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every parameter, in order.
    pub fn params(&self) -> &[Param] {
        &self.params
    }

    /// The parameter called `name`, such as `conv1.weight`.
    pub fn get(&self, name: &str) -> Option<&Param> {
        self.params.iter().find(|param| param.name == name)
    }

    /// The place of all parameters of layer `l`.
    pub fn layer(&self, l: usize) -> Range<usize> {
        self.layers[l].clone()
    }
}
