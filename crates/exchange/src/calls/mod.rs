//! A network as a list of calls, which the writers of C and of Rust write in their language.
//!
//! | file | idea |
//! |---|---|
//! | `plain.rs` | the network without fast convolutions |
//! | `memory.rs` | the place of each value in one buffer |
//! | `axes.rs` | the windows of layers along rows and along columns |
//! | `layers.rs` | each layer as a call of a function |
//! | `parts.rs` | the functions that a file needs |

pub(crate) mod axes;
mod layers;
pub(crate) mod memory;
mod parts;
mod plain;

use std::collections::{BTreeSet, HashSet};

use toddle::{LayerSpec, Network, Node};

use self::layers::Step;
use self::memory::Memory;
pub(crate) use self::parts::Library;
pub(crate) use self::plain::plain;
use crate::ExchangeError;
use crate::params::{Part, parts};

/// A network as calls of functions.
#[derive(Default)]
pub(crate) struct Program {
    /// The arrays of constants, with names that are different in any case.
    pub constants: Vec<(String, Vec<f32>)>,
    /// The calls. What a call reads and what it writes have no element in common, but `add` and `multiply` change what
    /// they write.
    pub calls: Vec<Call>,
    /// The length of the buffer for values, in elements.
    pub buffer: usize,
    /// The multiply-adds of an answer, without those of activations.
    pub multiply_adds: usize,
}

/// A call of a function.
pub(crate) struct Call {
    pub function: &'static str,
    /// What it reads.
    pub from: Region,
    /// What it writes.
    pub to: Region,
    pub constants: Vec<Constant>,
    pub numbers: Vec<Argument>,
}

/// Elements of an array.
#[derive(Clone, Copy)]
pub(crate) struct Region {
    pub space: Space,
    pub begin: usize,
    pub size: usize,
}

/// The array of a [`Region`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Space {
    /// The inputs of the network.
    Input,
    /// The buffer for values.
    Buffer,
    /// The outputs of the network.
    Output,
}

/// An array of constants, by its index in [`Program::constants`].
#[derive(Clone, Copy)]
pub(crate) enum Constant {
    Array(usize),
    /// An array that may be missing.
    Optional(Option<usize>),
}

/// Another argument of a call.
#[derive(Clone, Copy)]
pub(crate) enum Argument {
    /// The number of elements that the function reads.
    Length(usize),
    Number(usize),
    Float(f32),
    Axis(Axis),
    Side(Side),
}

/// Windows along rows or columns: the input, the output, the kernel, the stride, the dilation and the padding.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Axis(pub [usize; 6]);

/// Rows or columns of a padding, a cropping or an upsampling. `before` places of the output are before the input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Side {
    pub input: usize,
    pub output: usize,
    pub rule: Rule,
    pub before: isize,
}

/// What rows or columns of an image an output takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rule {
    OutsideNothing,
    OutsideReflected,
    OutsideNearest,
    OutsideRepeated,
    Repeated,
    Linear,
    LinearAligned,
}

impl Side {
    /// The place of the input that place `o` of the output takes, if there is one. Only for rules that take a single place.
    pub fn place(self, o: usize) -> Option<usize> {
        let (n, at) = (self.input as isize, o as isize - self.before);
        let place = match self.rule {
            Rule::OutsideReflected if at < 0 => -at,
            Rule::OutsideReflected if at >= n => 2 * (n - 1) - at,
            Rule::OutsideNearest => at.clamp(0, n - 1),
            Rule::OutsideRepeated => at.rem_euclid(n),
            Rule::Repeated => (o / (self.output / self.input)) as isize,
            _ => at,
        };
        (0..n).contains(&place).then_some(place as usize)
    }
}

impl Call {
    /// A call of a function of each element without settings.
    fn of_elements(function: &'static str, from: Region, to: Region) -> Call {
        Call { function, from, to, constants: Vec::new(), numbers: vec![Argument::Length(from.size)] }
    }
}

impl Program {
    /// The calls of `network`. `language` is the language of the file, for errors.
    pub fn of(network: &Network<f32>, language: &'static str) -> Result<Program, ExchangeError> {
        let memory = Memory::of(network);
        let mut program = Program { buffer: memory.size, ..Program::default() };
        let mut names = HashSet::new();
        let mut arrays: Vec<Vec<usize>> = Vec::new();
        for (n, node) in network.nodes().iter().enumerate() {
            // A layer that uses the weights of another one has its constants.
            let own = if node.owner() == n {
                program.arrays(network, node, &mut names)
            } else {
                arrays[node.owner()].clone()
            };
            let from = node.inputs().iter().map(|&value| memory.values[value]).collect();
            let inputs = node.inputs().iter().map(|&value| network.shape(value)).collect();
            let to = memory.values[network.inputs().len() + n];
            Step { node, inputs, from, to, own: &own, language }.write(&mut program)?;
            arrays.push(own);
        }
        for output in network.outputs() {
            let from = memory.values[output.value];
            let to = Region { space: Space::Output, begin: output.range.start, size: output.range.len() };
            program.calls.push(Call::of_elements("copy", from, to));
        }
        Ok(program)
    }

    /// The constants of a node, which are added, by their index.
    fn arrays(
        &mut self,
        network: &Network<f32>,
        node: &Node<f32>,
        names: &mut HashSet<String>,
    ) -> Vec<usize> {
        let epsilon = match node.layer().map(|layer| layer.spec()) {
            Some(LayerSpec::BatchNorm(norm)) => norm.epsilon,
            _ => 0.0,
        };
        let first = self.constants.len();
        for Part { param, numbers, .. } in parts(network, node) {
            let (label, numbers) = match param.name.strip_suffix(".running_var") {
                // The factor of a channel: 1/√(variance + ε), as toddle rounds it.
                Some(layer) => {
                    let factor = |variance: &f32| (1.0 / (f64::from(*variance) + epsilon).sqrt()) as f32;
                    (format!("{layer}.factor"), numbers.iter().map(factor).collect())
                }
                None => (param.name.clone(), numbers.to_vec()),
            };
            let mut name = identifier(&label);
            while !names.insert(name.to_lowercase()) {
                name.push('_');
            }
            self.constants.push((name, numbers));
        }
        (first..self.constants.len()).collect()
    }

    /// The names of the functions.
    pub fn functions(&self) -> BTreeSet<&'static str> {
        self.calls.iter().map(|call| call.function).collect()
    }

    /// The zeros behind the array of constants `n`. A convolution computes its filters by fours, and may read behind its
    /// weights and its bias.
    pub fn spare(&self, n: usize) -> usize {
        let is_array = |constant: &Constant| matches!(constant, Constant::Array(m) | Constant::Optional(Some(m)) if *m == n);
        let reads = |call: &Call| call.function == "conv2d" && call.constants.iter().any(is_array);
        if self.calls.iter().any(reads) { 3 } else { 0 }
    }

    /// What a microcontroller needs.
    pub fn needs(&self) -> Needs {
        let length = |(n, (_, values)): (usize, &(String, Vec<f32>))| values.len() + self.spare(n);
        let constants = self.constants.iter().enumerate().map(length).sum::<usize>();
        let bytes = |elements| size_of::<f32>() * elements;
        Needs { flash: bytes(constants), ram: bytes(self.buffer), multiply_adds: self.multiply_adds }
    }
}

/// A network as source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The text of the file.
    pub text: String,
    /// What a microcontroller needs for it.
    pub needs: Needs,
    /// Whether a fast convolution was written as a plain one, which has other bits.
    pub is_plain: bool,
}

/// What a network takes on a microcontroller. The instructions come on top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    /// The bytes of the weights, which are constants.
    pub flash: usize,
    /// The bytes of the buffer for the values of the layers.
    pub ram: usize,
    /// The multiply-adds of an answer, without those of activations.
    pub multiply_adds: usize,
}

/// `name` as an identifier of C and of Rust.
///
/// ```
/// assert_eq!(toddle_exchange::identifier("mnist-99"), "mnist_99");
/// ```
pub fn identifier(name: &str) -> String {
    identifier_or(name, "network_")
}

/// `name` as an identifier. If it does not begin with a letter, `before` stands before it.
pub(crate) fn identifier_or(name: &str, before: &str) -> String {
    let mut text: String =
        name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
    if !text.starts_with(|first: char| first.is_ascii_alphabetic()) {
        text.insert_str(0, before);
    }
    text
}

/// The answers of `network` to whole samples `x`, for a self-test.
pub(crate) fn answers(network: &Network<f32>, x: &[f32]) -> Result<Vec<f32>, ExchangeError> {
    network.predict(x).map_err(|fault| {
        let remedy = "whole samples";
        ExchangeError::new("the self-test cannot be written", "inputs of whole samples", fault, remedy)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_identifiers() {
        for (name, expected) in [
            ("lenet5", "lenet5"),
            ("mnist-99", "mnist_99"),
            ("5 Größen", "network_5_Gr__en"),
            ("", "network_"),
        ] {
            assert_eq!(identifier(name), expected);
        }
    }
}
