//! Where each parameter lies: one flat layout for weights, gradients and an optimizer's state.

use std::ops::Range;

/// A parameter that a layer asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParamDecl {
    /// `weight` or `bias`.
    pub name: &'static str,
    /// Its shape, as the post and Keras have it: `(kh, kw, in, out)` and `(in, out)` for weights, `(out)` for biases.
    pub shape: Vec<usize>,
}

impl ParamDecl {
    /// A parameter of this name and shape.
    pub fn new(name: &'static str, shape: &[usize]) -> Self {
        ParamDecl { name, shape: shape.into() }
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
    pub(crate) fn push_layer(&mut self, layer: &str, decls: impl IntoIterator<Item = ParamDecl>) {
        let first = self.len();
        let mut end = first;
        for decl in decls {
            let range = end..end + decl.size();
            end = range.end;
            self.params.push(Param { name: format!("{layer}.{}", decl.name), shape: decl.shape, range });
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
