//! What the files for PyTorch and Keras have in common: names, tuples and settings as Python.

use std::collections::HashSet;
use std::fmt::Display;

use toddle::{Network, Shape, Size};

use crate::calls::identifier_or;

/// A network as source for Python.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// The text of the file.
    pub source: String,
    /// The file of the weights.
    pub weights: Vec<u8>,
    /// What the source does not have.
    pub note: Option<String>,
}

impl Module {
    /// Source and weights in one, for a [question](crate::peer::Question): the length of the source as eight bytes, the
    /// source, and the weights.
    pub fn together(&self) -> Vec<u8> {
        let length = (self.source.len() as u64).to_le_bytes();
        [&length, self.source.as_bytes(), &self.weights].concat()
    }
}

/// The keywords of Python.
const KEYWORDS: &str = "False None True and as assert async await break class continue def del elif else except finally for \
    from global if import in is lambda nonlocal not or pass raise return try while with yield";

/// Names that the functions of a file use, beside those of the values.
const USED: &str = "F keras layers nn np ops r range s self stretched super torch tuple";

/// What a module of PyTorch has already.
const OF_MODULES: &str = "T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda double \
    dump_patches eval extra_repr float forward get_buffer get_extra_state get_parameter get_submodule \
    half ipu load_state_dict modules mtia named_buffers named_children named_modules named_parameters \
    parameters register_backward_hook register_buffer register_forward_hook register_forward_pre_hook \
    register_full_backward_hook register_full_backward_pre_hook register_load_state_dict_post_hook \
    register_load_state_dict_pre_hook register_module register_parameter register_state_dict_post_hook \
    register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule share_memory state_dict to \
    to_empty train training type xpu zero_grad";

/// Whether a name has a meaning in a file.
fn is_taken(name: &str) -> bool {
    [KEYWORDS, USED, OF_MODULES].iter().any(|words| words.split_whitespace().any(|word| word == name))
}

/// Names that are taken.
#[derive(Default)]
pub(crate) struct Names(HashSet<String>);

impl Names {
    /// `name` as an identifier that nothing else has.
    pub fn take(&mut self, name: &str) -> String {
        let mut text = identifier_or(name, "layer_");
        while is_taken(&text) || !self.0.insert(text.clone()) {
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
    use toddle::{NetworkSpec, NumpyRandom};
    use toddle_testkit::cases::cases;
    use toddle_testkit::random;

    use super::*;
    use crate::{keras, pytorch};

    /// The names in the functions whose variables are the values of a network.
    fn names_in(source: &str) -> HashSet<String> {
        let begin = source.find("class Network").or_else(|| source.find("def build")).unwrap();
        let body = source[begin..].split("\n\n\n").next().unwrap().split_once(":\n").unwrap().1;
        let mut names = HashSet::new();
        for line in body.lines() {
            let line = line.split("  # ").next().unwrap();
            let code: String = line.split('"').step_by(2).collect::<Vec<&str>>().join(" ");
            let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
            let mut before = ' ';
            let mut rest = &*code;
            while let Some(first) = rest.chars().next() {
                let length = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
                let (word, behind) = rest.split_at(length.max(first.len_utf8()));
                // An attribute and the name of an argument are no variables.
                let is_variable = before != '.' && (!behind.starts_with('=') || behind.starts_with("=="));
                if is_variable && first.is_alphabetic() {
                    names.insert(word.to_owned());
                }
                (before, rest) = (word.chars().last().unwrap(), behind);
            }
        }
        names
    }

    #[test]
    fn no_value_has_a_name_that_the_file_uses() {
        let mut random = NumpyRandom::new(4);
        let graphs = (0..50).map(|_| random::graph(&mut random));
        let layers = cases().into_iter().map(|case| NetworkSpec::new(case.input).add(case.spec).into());
        let mut seen = HashSet::new();
        for graph in graphs.chain(layers) {
            let network = graph.build::<f32>(0).unwrap();
            let values = value_names(&network);
            for module in [keras::encode(&network, "test"), pytorch::encode(&network, "test", None)]
                .into_iter()
                .flatten()
            {
                let of_values = |name: &String| {
                    values.iter().any(|value| name == value || *name == format!("{value}_layer"))
                };
                for name in names_in(&module.source).into_iter().filter(|name| !of_values(name)) {
                    assert!(is_taken(&name), "{name} in {}", module.source);
                    seen.insert(name);
                }
            }
        }
        let unused: Vec<&str> = USED.split_whitespace().filter(|word| !seen.contains(*word)).collect();
        assert_eq!(unused, [""; 0]);
    }

    #[test]
    fn names_are_identifiers_that_nothing_else_has() {
        let mut names = Names::default();
        let taken = ["conv1", "residual1.conv1", "residual1_conv1", "eval", "1st", "größe"]
            .map(|name| names.take(name));
        assert_eq!(taken, ["conv1", "residual1_conv1", "residual1_conv1_", "eval_", "layer_1st", "gr__e"]);
    }
}
