//! Where each parameter lies: one flat layout for weights, gradients and an optimizer's state.

use std::ops::Range;

/// A parameter that a layer asks for.
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
    /// Its shape, as the post and Keras have it: `(kh, kw, in, out)` and `(in, out)` for weights, `(out)` for biases.
    pub shape: Vec<usize>,
    /// How many inputs an output is made of; 0 where nobody said it.
    pub fan_in: usize,
    /// How many outputs an input goes into; 0 where nobody said it.
    pub fan_out: usize,
    /// What it begins with.
    pub start: Start,
}

/// What a parameter begins with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Start {
    /// What the network's [`Init`](crate::Init) draws.
    Weight,
    /// Zeros, but where the network's [`Init`](crate::Init) draws biases too.
    Bias,
    /// Always this number.
    Constant(f64),
}

impl ParamDecl {
    /// A parameter of this name and shape: a weight of so many inputs and outputs as the shape says, or, of one size, a bias.
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

    /// The same for so many inputs to an output and outputs of an input: a bias has its weight's, and not every weight's
    /// shape says them.
    #[must_use]
    pub fn fans(self, fan_in: usize, fan_out: usize) -> Self {
        ParamDecl { fan_in, fan_out, ..self }
    }

    /// The same, begun with `value` whatever the network's initialiser.
    #[must_use]
    pub fn constant(self, value: f64) -> Self {
        ParamDecl { start: Start::Constant(value), ..self }
    }

    /// How many numbers it has.
    pub fn size(&self) -> usize {
        self.shape.iter().product()
    }
}

/// A parameter with its full name and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// The layer's name and its own: `conv1.weight`.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its place in the flat buffer.
    pub range: Range<usize>,
}

/// The parameters of a network in one flat buffer, layer after layer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParamLayout {
    params: Vec<Param>,
    layers: Vec<Range<usize>>,
}

impl ParamLayout {
    /// Puts a layer's parameters behind those that there are.
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
            });
        }
        self.layers.push(first..end);
    }

    /// How many numbers there are.
    pub fn len(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.end)
    }

    /// Whether there are none.
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

    /// Where all of layer `l`'s parameters lie.
    pub fn layer(&self, l: usize) -> Range<usize> {
        self.layers[l].clone()
    }
}
