//! What the files for PyTorch and Keras have in common: names, tuples and settings as Python.

use std::collections::HashSet;
use std::fmt::Display;

use toddle::{Network, Shape, Size};

/// A network as source for Python.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// The text of the file.
    pub source: String,
    /// The file of the weights.
    pub weights: Vec<u8>,
}

impl Module {
    /// Source and weights in one, for a [question](crate::peer::Question): the length of the source as eight bytes, the
    /// source, and the weights.
    pub fn together(&self) -> Vec<u8> {
        let length = (self.source.len() as u64).to_le_bytes();
        [&length, self.source.as_bytes(), &self.weights].concat()
    }
}

/// Names that have a meaning in a file or in Python, and those of `nn.Module` that a layer may have.
const TAKEN: [&str; 66] = [
    "F",
    "Network",
    "False",
    "None",
    "True",
    "and",
    "apply",
    "arrays",
    "as",
    "assert",
    "async",
    "await",
    "break",
    "buffers",
    "build",
    "children",
    "class",
    "compile",
    "continue",
    "cpu",
    "cuda",
    "def",
    "del",
    "double",
    "elif",
    "else",
    "eval",
    "except",
    "finally",
    "float",
    "for",
    "forward",
    "from",
    "global",
    "half",
    "if",
    "import",
    "in",
    "is",
    "keras",
    "lambda",
    "layer",
    "layers",
    "load",
    "load_file",
    "modules",
    "network",
    "nn",
    "nonlocal",
    "not",
    "np",
    "ops",
    "or",
    "parameters",
    "pass",
    "path",
    "raise",
    "return",
    "self",
    "to",
    "torch",
    "train",
    "training",
    "type",
    "variable",
    "with",
];

/// Names that are taken.
#[derive(Default)]
pub(crate) struct Names(HashSet<String>);

impl Names {
    /// `name` as an identifier that nothing else has.
    pub fn take(&mut self, name: &str) -> String {
        let mut text: String =
            name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
        if !text.starts_with(|first: char| first.is_ascii_alphabetic()) {
            text.insert_str(0, "layer_");
        }
        while TAKEN.contains(&&*text) || !self.0.insert(text.clone()) {
            text.push('_');
        }
        text
    }
}

/// A number, or a pair if rows and columns differ.
pub(crate) fn pair(rows: impl Display + PartialEq, columns: impl Display + PartialEq) -> String {
    let (rows, columns) = (rows.to_string(), columns.to_string());
    if rows == columns { rows } else { format!("({rows}, {columns})") }
}

/// Settings that differ from their defaults.
pub(crate) fn differing(settings: &[(&str, String, &str)]) -> String {
    let differing = settings.iter().filter(|(_, value, default)| value != default);
    differing.map(|(name, value, _)| format!(", {name}={value}")).collect()
}

pub(crate) fn size(Size(rows, columns): Size) -> String {
    pair(rows, columns)
}

pub(crate) fn python_bool(value: bool) -> String {
    if value { "True".into() } else { "False".into() }
}

/// The name of each value, and of the module that makes it.
pub(crate) fn value_names(network: &Network<f32>) -> Vec<String> {
    let mut names = Names::default();
    let values = 0..network.inputs().len() + network.nodes().len();
    values.map(|value| names.take(network.value_name(value))).collect()
}

/// `name` without what would end a text of Python.
pub(crate) fn title(name: &str) -> String {
    name.chars().filter(|letter| !letter.is_control() && !matches!(letter, '"' | '\\')).collect()
}

/// The sizes of a shape with the channels first.
pub(crate) fn sizes(shape: Shape) -> String {
    match shape {
        Shape::Image { channels, height, width } => format!("{channels}, {height}, {width}"),
        Shape::Vector(size) => size.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_identifiers_that_nothing_else_has() {
        let mut names = Names::default();
        let taken = ["conv1", "residual1.conv1", "residual1_conv1", "eval", "1st", "größe"]
            .map(|name| names.take(name));
        assert_eq!(taken, ["conv1", "residual1_conv1", "residual1_conv1_", "eval_", "layer_1st", "gr__e"]);
    }
}
