//! Names and tuples as Python.

use std::collections::HashSet;
use std::fmt::Display;

/// Names that have a meaning in the file or in Python, and those of `nn.Module` that a layer may have.
const TAKEN: [&str; 56] = [
    "F",
    "Network",
    "False",
    "None",
    "True",
    "and",
    "apply",
    "as",
    "assert",
    "async",
    "await",
    "break",
    "buffers",
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
    "lambda",
    "load",
    "load_file",
    "modules",
    "nn",
    "nonlocal",
    "not",
    "or",
    "parameters",
    "pass",
    "raise",
    "return",
    "self",
    "to",
    "torch",
    "train",
    "training",
    "type",
    "with",
];

/// Names that are taken.
#[derive(Default)]
pub(super) struct Names(HashSet<String>);

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
pub(super) fn pair(rows: impl Display + PartialEq, columns: impl Display + PartialEq) -> String {
    let (rows, columns) = (rows.to_string(), columns.to_string());
    if rows == columns { rows } else { format!("({rows}, {columns})") }
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
