//! The calls of the layers of a model, and their order.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use serde_json::Value as Json;

use super::settings::{refused, short};
use crate::ExchangeError;

/// A layer as the file describes it.
pub(super) struct Described<'j> {
    pub name: &'j str,
    pub class: &'j str,
    /// The module of Python that has the class.
    pub module: &'j str,
    pub config: &'j Json,
    pub json: &'j Json,
    /// The group of its weights in the file.
    pub path: String,
}

/// One call of a layer.
pub(super) struct Node {
    /// The number of the layer.
    pub layer: usize,
    /// The values that it takes: the number of the node that makes the value, and the number among its outputs.
    pub from: Vec<(usize, usize)>,
}

/// The calls of a model.
pub(super) struct Nodes<'j> {
    pub layers: Vec<Described<'j>>,
    pub nodes: Vec<Node>,
    /// The nodes that are the inputs, in the order of the inputs.
    pub inputs: Vec<usize>,
    /// The values that are the outputs, with their names.
    pub outputs: Vec<(String, (usize, usize))>,
}

/// A value in the words of the file: the name of the layer, the number of its call, and the number of its output.
type Key<'j> = (&'j str, usize, usize);

impl<'j> Nodes<'j> {
    /// The calls of a model, which is described by `json`. `path` is the group of its weights.
    pub fn of(json: &'j Json, path: &str) -> Result<Nodes<'j>, ExchangeError> {
        let (name, class) = (text(json, "/config/name"), text(json, "/class_name"));
        let refuse = |expected: &str, got: &str| refused(name, class, expected, got);
        let list = json.pointer("/config/layers").and_then(Json::as_array);
        let list = list.filter(|list| !list.is_empty()).ok_or_else(|| refuse("a list of layers", "none"))?;
        let layers = described(list, path);
        let is_custom = !matches!(text(json, "/registered_name"), "" | "Functional" | "Sequential");
        match class {
            _ if is_custom => Err(refuse("a model of Keras", "a class of its own")),
            "Sequential" => Nodes::sequential(layers).ok_or_else(|| {
                refuse(
                    "an input layer",
                    "a model that has none, because it was not built before it was saved",
                )
            }),
            "Functional" => Nodes::functional(json, list, layers),
            _ => Err(refuse("a sequential or functional model", "another class")),
        }
    }

    fn sequential(layers: Vec<Described<'j>>) -> Option<Nodes<'j>> {
        if layers[0].class != INPUT {
            return None;
        }
        let from = |layer: usize| layer.checked_sub(1).map(|before| (before, 0)).into_iter().collect();
        let nodes: Vec<Node> = (0..layers.len()).map(|layer| Node { layer, from: from(layer) }).collect();
        let last = nodes.len() - 1;
        let outputs = vec![(layers[last].name.to_owned(), (last, 0))];
        Some(Nodes { layers, nodes, inputs: vec![0], outputs })
    }

    fn functional(
        json: &'j Json,
        list: &'j [Json],
        layers: Vec<Described<'j>>,
    ) -> Result<Nodes<'j>, ExchangeError> {
        // The first node of each layer.
        let mut first = HashMap::new();
        let mut calls: Vec<(usize, Option<&Json>)> = Vec::new();
        for (n, layer) in layers.iter().enumerate() {
            if first.insert(layer.name, calls.len()).is_some() {
                return Err(refused(
                    layer.name,
                    layer.class,
                    "layers with different names",
                    "this name twice",
                ));
            }
            match list[n].get("inbound_nodes").and_then(Json::as_array) {
                Some(inbound) if layer.class != INPUT => {
                    calls.extend(inbound.iter().map(|call| (n, Some(call))));
                }
                _ => calls.push((n, None)),
            }
        }
        let found = |(layer, call, output): Key<'j>| {
            let node = first.get(layer)?.checked_add(call)?;
            let is_there = calls.get(node).is_some_and(|(n, _)| layers[*n].name == layer);
            is_there.then_some((node, output))
        };
        let mut nodes = Vec::new();
        for (layer, call) in &calls {
            let Described { name, class, .. } = layers[*layer];
            let keys = call.map_or(Ok(Vec::new()), |call| taken(name, class, call))?;
            let from: Option<Vec<_>> = keys.into_iter().map(found).collect();
            let from =
                from.ok_or_else(|| refused(name, class, "values that layers of the model make", "another"))?;
            nodes.push(Node { layer: *layer, from });
        }
        let (name, class) = (text(json, "/config/name"), text(json, "/class_name"));
        let ports = |list: &str| {
            let mut ports = Vec::new();
            let value = json.pointer(&format!("/config/{list}"));
            let keys = value.and_then(|value| ports_of(value, "", &mut ports)).map(|()| ports);
            let keys = keys.filter(|keys| !keys.is_empty() && keys.len() <= MOST_PORTS);
            let port = |(name, (layer, call, output)): (String, Key<'j>)| {
                // The calls of a functional model are counted from 1 here, and from 0 elsewhere.
                let is_model =
                    layers.get(*calls.get(*first.get(layer)?).map(|(n, _)| n)?)?.class == "Functional";
                Some((name, found((layer, call.checked_sub(usize::from(is_model))?, output))?))
            };
            let keys: Option<Vec<_>> = keys.and_then(|keys| keys.into_iter().map(port).collect());
            keys.ok_or_else(|| {
                refused(name, class, format_args!("a list {list}"), value.map_or("none".into(), short))
            })
        };
        let inputs: Vec<usize> = ports("input_layers")?.into_iter().map(|(_, (node, _))| node).collect();
        if let Some(&node) = inputs.iter().find(|&&node| layers[nodes[node].layer].class != INPUT) {
            let Described { name, class, .. } = layers[nodes[node].layer];
            return Err(refused(name, class, "an input layer as input", class));
        }
        let outputs = ports("output_layers")?;
        Ok(Nodes { inputs, outputs, nodes, layers })
    }

    /// The nodes that an output or an input needs, each behind those that it takes. Other nodes are left out.
    pub fn in_order(&self) -> Result<Vec<usize>, ExchangeError> {
        let mut needed = vec![false; self.nodes.len()];
        let mut left: Vec<usize> = self.outputs.iter().map(|(_, (node, _))| *node).collect();
        left.extend(&self.inputs);
        while let Some(node) = left.pop() {
            if !std::mem::replace(&mut needed[node], true) {
                left.extend(self.nodes[node].from.iter().map(|(node, _)| *node));
            }
        }
        let takers = self.takers();
        let mut missing: Vec<usize> = self.nodes.iter().map(|node| node.from.len()).collect();
        // Inputs first, then the others in the order of the file.
        let place = |node: usize| match self.inputs.iter().position(|&input| input == node) {
            Some(input) => (0, input, node),
            None => (1, node, node),
        };
        let mut order = Vec::new();
        let begin = (0..self.nodes.len()).filter(|&node| needed[node] && missing[node] == 0);
        let mut ready: BinaryHeap<Reverse<(u8, usize, usize)>> =
            begin.map(|node| Reverse(place(node))).collect();
        while let Some(Reverse((_, _, node))) = ready.pop() {
            order.push(node);
            for &taker in &takers[node] {
                missing[taker] -= 1;
                if missing[taker] == 0 && needed[taker] {
                    ready.push(Reverse(place(taker)));
                }
            }
        }
        match (0..self.nodes.len()).find(|&node| needed[node] && missing[node] > 0) {
            None => Ok(order),
            Some(node) => {
                let Described { name, class, .. } = self.layers[self.nodes[node].layer];
                Err(refused(name, class, "layers without a circle", "a layer that needs its own output"))
            }
        }
    }

    /// The nodes that take the value of each node, once for each value.
    pub fn takers(&self) -> Vec<Vec<usize>> {
        let mut takers = vec![Vec::new(); self.nodes.len()];
        for (taker, node) in self.nodes.iter().enumerate() {
            node.from.iter().for_each(|(made, _)| takers[*made].push(taker));
        }
        takers
    }
}

/// The class of an input.
pub(super) const INPUT: &str = "InputLayer";

/// The most inputs, and the most outputs.
const MOST_PORTS: usize = 1000;

/// The text at a place, or nothing.
pub(super) fn text<'j>(json: &'j Json, place: &str) -> &'j str {
    json.pointer(place).and_then(Json::as_str).unwrap_or_default()
}

/// The layers of a model whose weights are at `path`. Keras calls the group of a layer after its class, with a number from
/// the second layer of this class on.
fn described<'j>(list: &'j [Json], path: &str) -> Vec<Described<'j>> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let described = |json: &'j Json| {
        let (class, module) = (text(json, "/class_name"), text(json, "/module"));
        let slash = if path.is_empty() { "" } else { "/" };
        let mut group = format!("{path}{slash}layers/{}", snake(class));
        // An operator, such as a sum in Python, is no layer.
        if !module.starts_with("keras.src.ops") {
            let count = counts.entry(class).or_insert(0);
            if *count > 0 {
                group += &format!("_{count}");
            }
            *count += 1;
        }
        let name = match text(json, "/name") {
            "" => text(json, "/config/name"),
            name => name,
        };
        Described { name, class, module, config: &json["config"], json, path: group }
    };
    list.iter().map(described).collect()
}

/// The name of a class with lines between its words: `conv2d_transpose`.
fn snake(class: &str) -> String {
    let letters: Vec<char> = class.chars().collect();
    let mut name = String::new();
    for (n, letter) in letters.iter().enumerate() {
        let is_lower = |at: usize| letters.get(at).is_some_and(char::is_ascii_lowercase);
        if n > 0 && letter.is_ascii_uppercase() && (is_lower(n - 1) || is_lower(n + 1)) {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// The values that a call takes.
fn taken<'j>(name: &str, class: &str, call: &'j Json) -> Result<Vec<Key<'j>>, ExchangeError> {
    let refuse = |got: &Json| refused(name, class, "values of layers as its only arguments", short(got));
    let mut keys = Vec::new();
    let args = call.get("args").and_then(Json::as_array).ok_or_else(|| refuse(call))?;
    for arg in args {
        tensors(arg, &mut keys).ok_or_else(|| refuse(arg))?;
    }
    let kwargs = call.get("kwargs").and_then(Json::as_object);
    match kwargs.into_iter().flatten().find(|(_, value)| !value.is_null() && **value != Json::Bool(false)) {
        None => Ok(keys),
        Some((_, value)) => Err(refuse(value)),
    }
}

/// Puts the values of an argument behind `keys`.
fn tensors<'j>(arg: &'j Json, keys: &mut Vec<Key<'j>>) -> Option<()> {
    if let Json::Array(args) = arg {
        return args.iter().try_for_each(|arg| tensors(arg, keys));
    }
    if text(arg, "/class_name") != "__keras_tensor__" {
        return None;
    }
    keys.push(key(arg.pointer("/config/keras_history")?)?);
    Some(())
}

/// The key that a list of a name and two numbers is.
fn key(value: &Json) -> Option<Key<'_>> {
    let [Json::String(name), call, output] = &value.as_array()?[..] else { return None };
    Some((name, usize::try_from(call.as_u64()?).ok()?, usize::try_from(output.as_u64()?).ok()?))
}

/// Puts the keys in a structure of lists and tables behind `ports`, each with the name that it has in a table, or else
/// that of its layer.
fn ports_of<'j>(value: &'j Json, name: &str, ports: &mut Vec<(String, Key<'j>)>) -> Option<()> {
    if let Some(key) = key(value) {
        ports.push((if name.is_empty() { key.0 } else { name }.to_owned(), key));
        return Some(());
    }
    match value {
        Json::Array(values) => values.iter().try_for_each(|value| ports_of(value, name, ports)),
        Json::Object(values) => values.iter().try_for_each(|(name, value)| ports_of(value, name, ports)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::snake;

    #[test]
    fn groups_are_called_as_in_keras() {
        for (class, name) in [
            ("Dense", "dense"),
            ("Conv2D", "conv2d"),
            ("Conv2DTranspose", "conv2d_transpose"),
            ("DepthwiseConv1D", "depthwise_conv1d"),
            ("BatchNormalization", "batch_normalization"),
            ("PReLU", "p_re_lu"),
        ] {
            assert_eq!(snake(class), name);
        }
    }
}
