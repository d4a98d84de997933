//! A network from an ONNX file.

use std::collections::{HashMap, HashSet};
use std::io;

use prost::Message;
use prost::bytes::Bytes;
use toddle::checkpoint::About;
use toddle::{GraphSpec, Network, Reshape, Shape};

use super::attributes::Attributes;
use super::encode::{ABOUT, Export, SPEC, model};
use super::proto::tensor_proto::DataType;
use super::proto::tensor_shape_proto::dimension;
use super::proto::{GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, type_proto};
use super::read::{Elements, Graph, Known, Operator, Order, Value};
use super::scan;
use super::tensor::{self, Beside, Data, Tensor};
use crate::order::turned;
use crate::params::odd;
use crate::{ExchangeError, Imported};

/// The operator sets whose operators are known.
const OPSETS: std::ops::RangeInclusive<i64> = 7..=26;

/// The first byte of an ONNX file: field 1, `ir_version`, is a number.
const VERSION_FIRST: u8 = 0x08;

/// Reads the network of an ONNX file.
///
/// A file that [`encode`](super::encode()) wrote gives the network that was written, to the bit, if its graph was not
/// changed since. Any other file is read operator by operator. Axes that other programs have in another order are
/// turned, and constants are computed. A number that is added or multiplied becomes a convolution of one pixel. An
/// operator that toddle has no layer for is an error with the name of its node, if an output depends on it. Outputs that
/// are no floats are left out, and a note says so.
///
/// `beside` reads a file that lies beside the model, by its name, for weights that are not in the file itself.
///
/// # Errors
/// The file is no ONNX file or damaged, it has an operator that toddle has no layer for, or its layers do not fit one
/// another. The memory that is used is limited by the length of the file, whatever the file says.
pub fn decode(
    file: Vec<u8>,
    beside: &mut dyn FnMut(&str) -> io::Result<Vec<u8>>,
) -> Result<Imported, ExchangeError> {
    scan::check(&file)?;
    // An ONNX file begins with the number of its version.
    if file.first() != Some(&VERSION_FIRST) && ModelProto::decode(&file[..]).is_err() {
        let remedy = "an ONNX file (.onnx), a model of Keras 3 (.keras), or weights as .npz or .safetensors";
        return Err(wrong("an ONNX file", "a file of another kind", remedy));
    }
    let model = ModelProto::decode(Bytes::from(file))
        .map_err(|fault| wrong("an ONNX file", fault, "another copy of the file"))?;
    let Some(graph) = &model.graph else {
        return Err(wrong("an ONNX file with a graph", "no graph", "another copy of the file"));
    };
    if let Some(function) = model.functions.first() {
        let got = format!("the function `{}`", function.name());
        return Err(wrong(
            "a graph without functions of its own",
            got,
            "the exporter's option that inlines functions",
        ));
    }
    if let Some(sparse) = graph.sparse_initializer.first() {
        let name = sparse.values.as_ref().map_or("", TensorProto::name);
        return Err(wrong(
            "weights that are all there",
            format_args!("the sparse tensor `{name}`"),
            "dense weights",
        ));
    }
    let mut notes = Vec::new();
    let mut beside = Beside::new(beside);
    match written_by_toddle(&model, graph, &mut beside) {
        Some(Ok((network, about))) => return Ok(Imported { network, about, notes }),
        Some(Err(())) => {
            notes.push("the file was changed since toddle wrote it: it is read by its operators".into());
        }
        None => {}
    }
    let network = by_operators(graph, opset(&model)?, &mut beside, &mut notes)?;
    Ok(Imported { network, about: About::default(), notes })
}

fn wrong(expected: impl std::fmt::Display, got: impl std::fmt::Display, remedy: &str) -> ExchangeError {
    ExchangeError::new("the ONNX file cannot be read", expected, got, remedy)
}

/// The version of the operator set.
fn opset(model: &ModelProto) -> Result<i64, ExchangeError> {
    let found = model.opset_import.iter().find(|set| matches!(set.domain(), "" | "ai.onnx"));
    let version = found.map_or(0, |set| set.version());
    if OPSETS.contains(&version) {
        return Ok(version);
    }
    let expected = format!("an operator set from {} to {}", OPSETS.start(), OPSETS.end());
    Err(wrong(expected, version, "the exporter's option for the operator set, with 17"))
}

/// The network and what is known about it, if toddle has written the file: `None` if it has not, and an error if the
/// graph is not the one that it wrote.
fn written_by_toddle(
    model: &ModelProto,
    graph: &GraphProto,
    beside: &mut Beside<'_>,
) -> Option<Result<(Network<f32>, About), ()>> {
    let text = |key| model.metadata_props.iter().find(|entry| entry.key() == key).map(|entry| entry.value());
    let (spec, about) = (text(SPEC)?, text(ABOUT)?);
    Some(rebuilt(spec, about, graph, beside).ok_or(()))
}

fn rebuilt(
    spec: &str,
    about: &str,
    graph: &GraphProto,
    beside: &mut Beside<'_>,
) -> Option<(Network<f32>, About)> {
    let spec: GraphSpec = serde_json::from_str(spec).ok()?;
    let about: About = serde_json::from_str(about).ok()?;
    // Only a network whose weights are in the file is built, as its weights take memory.
    let stored: usize = graph.initializer.iter().map(|tensor| tensor.raw_data().len()).sum();
    let tensors: HashMap<&str, &TensorProto> =
        graph.initializer.iter().map(|tensor| (tensor.name(), tensor)).collect();
    if spec.layout().ok()?.len() > stored / size_of::<f32>() {
        return None;
    }
    let mut network = spec.build::<f32>(0).ok()?;
    let layouts = [network.layout().clone(), network.state_layout().clone()];
    for (n, layout) in layouts.iter().enumerate() {
        for param in layout.params() {
            let Tensor { dims, data: Data::Floats(values) } =
                tensor::read(tensors.get(&*param.name)?, beside).ok()?
            else {
                return None;
            };
            let values = match (&dims[..], param.shape.len()) {
                (_, 4) if dims.len() == 4 => turned(&values, &dims, &[2, 3, 1, 0]),
                (_, 4) if dims.len() == 3 => turned(&values, &dims, &[2, 1, 0]),
                _ => values,
            };
            let to = if n == 0 { network.weights_mut() } else { network.state_mut() };
            let to = &mut to[param.range.clone()];
            if values.len() != to.len() || odd(&param.name, &values).is_some() {
                return None;
            }
            to.copy_from_slice(&values);
        }
    }
    let batch = graph.input.first().and_then(|input| dims(input)?.first().copied().flatten());
    let preparation = graph.input.first().is_some_and(|input| is_of(input, &[DataType::Uint8]));
    let export = Export { batch, preparation };
    (self::model(&network, &about, &export).ok()?.graph.as_ref() == Some(graph)).then_some((network, about))
}

/// The sizes of an input or an output: `None` for a size that is not fixed.
fn dims(port: &ValueInfoProto) -> Option<Vec<Option<usize>>> {
    let Some(type_proto::Value::TensorType(tensor)) = &port.r#type.as_ref()?.value else { return None };
    let size = |value: &dimension::Value| match value {
        dimension::Value::DimValue(size) => usize::try_from(*size).ok(),
        dimension::Value::DimParam(_) => None,
    };
    Some(tensor.shape.as_ref()?.dim.iter().map(|dim| dim.value.as_ref().and_then(size)).collect())
}

/// The types of floats.
const FLOATS: [DataType; 4] = [DataType::Float, DataType::Float16, DataType::Bfloat16, DataType::Double];

/// The types of floats that do not have 32 bits.
const OTHERS: &[DataType] = FLOATS.split_at(1).1;

/// The types of whole numbers that an input may have.
const WHOLE: [DataType; 6] =
    [DataType::Int64, DataType::Int32, DataType::Int16, DataType::Uint16, DataType::Int8, DataType::Uint8];

/// Whether the elements of an input or an output have one of these types.
fn is_of(port: &ValueInfoProto, kinds: &[DataType]) -> bool {
    let value = port.r#type.as_ref().and_then(|kind| kind.value.as_ref());
    value.is_some_and(|type_proto::Value::TensorType(tensor)| {
        kinds.iter().any(|kind| tensor.elem_type() == i32::from(*kind))
    })
}

/// Reads a graph operator by operator.
///
/// The axes of an input do not say which of them are the channels. So the graph is read twice, with the channels of all
/// inputs first and with those last, and the reading with fewer layers counts.
fn by_operators(
    graph: &GraphProto,
    opset: i64,
    beside: &mut Beside<'_>,
    notes: &mut Vec<String>,
) -> Result<Network<f32>, ExchangeError> {
    if graph.output.len() > MOST_OUTPUTS {
        let expected = format!("at most {MOST_OUTPUTS} outputs");
        return Err(wrong(expected, graph.output.len(), "a smaller graph"));
    }
    let constants = constants(graph, beside)?;
    let first = Reading::of(graph, opset, &constants, Order::Same)?;
    let has_channels = |port: &ValueInfoProto| dims(port).is_some_and(|dims| dims.len() > 2);
    let best = if graph.input.iter().any(has_channels) {
        first.or(Reading::of(graph, opset, &constants, Order::ChannelsLast)?)
    } else {
        first
    };
    notes.extend(best.notes);
    best.graph?.build()
}

/// The constants of a graph.
fn constants<'g>(graph: &'g GraphProto, beside: &mut Beside<'_>) -> Result<Values<'g>, ExchangeError> {
    let mut constants = HashMap::new();
    for tensor in &graph.initializer {
        // Texts, such as the names of classes, are no fault if no layer takes them.
        let known = match tensor::read(tensor, beside) {
            Err(fault) if tensor.data_type() == i32::from(DataType::String) => Err(fault),
            read => Ok(Known::Constant(read?.into())),
        };
        if constants.insert(tensor.name(), known).is_some() {
            return Err(twice(tensor.name()));
        }
    }
    Ok(constants)
}

/// What is known of the values of a graph, by their names.
type Values<'g> = HashMap<&'g str, Result<Known, ExchangeError>>;

/// The layers of a graph, with the channels of its inputs at one axis.
struct Reading {
    /// The number of nodes that could be read.
    nodes: usize,
    graph: Result<Graph, ExchangeError>,
    notes: Vec<String>,
}

impl Reading {
    fn of(
        graph: &GraphProto,
        opset: i64,
        constants: &Values<'_>,
        order: Order,
    ) -> Result<Reading, ExchangeError> {
        let (mut read, mut notes) = (Graph::default(), Vec::new());
        let mut values = constants.clone();
        let taken = graph.node.iter().flat_map(|node| &node.input);
        for name in taken.chain(graph.output.iter().filter_map(|output| output.name.as_ref())) {
            *read.uses.entry(name.clone()).or_insert(0) += 1;
        }
        for port in &graph.input {
            // Old files name their weights among the inputs, too.
            if !values.contains_key(port.name()) {
                let value = input(port, order, &mut read)?;
                if let Some(kind) = OTHERS.iter().find(|kind| is_of(port, &[**kind])) {
                    let kind = kind.as_str_name();
                    notes.push(format!(
                        "the file computes with the type {kind}, and toddle computes with 32 bits"
                    ));
                }
                if !value.is_in_order() {
                    notes.push(turned_note("input", &value.name, value.shape));
                }
                values.insert(port.name(), Ok(Known::Value(value)));
            }
        }
        let mut nodes = 0;
        for node in &graph.node {
            let output = operator(node, opset, &values, &mut read);
            nodes += usize::from(output.is_ok());
            let Some((first, others)) = node.output.split_first() else { continue };
            for other in others.iter().filter(|name| !name.is_empty()) {
                let fault = super::attributes::refused(node, "its first output", format_args!("`{other}`"));
                if values.insert(other, Err(fault)).is_some() {
                    return Err(twice(other));
                }
            }
            if values.insert(first, output).is_some() {
                return Err(twice(first));
            }
        }
        let graph = outputs(graph, order, &values, &mut read, &mut notes).map(|()| {
            read.prune();
            read
        });
        Ok(Reading { nodes, graph, notes })
    }

    /// The reading that has a network, or else more nodes. If both have a network, that with fewer layers.
    fn or(self, other: Reading) -> Reading {
        let is_better = match (&self.graph, &other.graph) {
            (Ok(graph), Ok(of_other)) => graph.layers.spec.layers.len() <= of_other.layers.spec.layers.len(),
            (Err(_), Err(_)) => self.nodes >= other.nodes,
            (graph, _) => graph.is_ok(),
        };
        if is_better { self } else { other }
    }
}

fn twice(name: &str) -> ExchangeError {
    wrong("values with different names", format_args!("`{name}` twice"), "another copy of the file")
}

/// What `node` makes of its inputs.
fn operator(
    node: &NodeProto,
    opset: i64,
    values: &Values<'_>,
    read: &mut Graph,
) -> Result<Known, ExchangeError> {
    let mut inputs = Vec::new();
    for name in &node.input {
        inputs.push(match (&name[..], values.get(&name[..])) {
            ("", _) => None,
            (_, Some(known)) => Some(known.clone()?),
            (_, None) => {
                let expected = "inputs that nodes before it make";
                return Err(super::attributes::refused(
                    node,
                    expected,
                    format_args!("`{name}`, which none of them makes"),
                ));
            }
        });
    }
    Operator { node, inputs, attributes: Attributes::of(node)?, opset }.read(read)
}

/// Reads an input, whose channels are first or last.
fn input(port: &ValueInfoProto, order: Order, read: &mut Graph) -> Result<Value, ExchangeError> {
    let refuse = |got: String| {
        ExchangeError::new(
            format_args!("the input `{}` cannot be read", port.name()),
            "numbers of (batch, elements), (batch, channels, steps) or (batch, channels, rows, columns), with sizes that are known",
            got,
            "the exporter's option for the shape of the input",
        )
    };
    let elements = match () {
        () if is_of(port, &FLOATS) => Elements::Floats,
        () if is_of(port, &WHOLE) => Elements::Whole,
        () => return Err(refuse("elements of another type".into())),
    };
    let dims = dims(port).ok_or_else(|| refuse("no shape".into()))?;
    let sample: Option<Vec<usize>> = dims.iter().skip(1).copied().collect();
    let shown = || {
        let sizes = dims.iter().map(|size| size.map_or("any size".into(), |size| size.to_string()));
        format!("({})", sizes.collect::<Vec<_>>().join(", "))
    };
    let shape = match (sample.as_deref(), order) {
        // A class number for each sample.
        (Some([]), _) if dims.len() == 1 && elements == Elements::Whole => Shape::vector(1),
        (Some(&[size]), _) => Shape::vector(size),
        (Some(&[channels, steps]), Order::Same) | (Some(&[steps, channels]), Order::ChannelsLast) => {
            Shape::image(channels, 1, steps)
        }
        (Some(&[channels, height, width]), Order::Same)
        | (Some(&[height, width, channels]), Order::ChannelsLast) => Shape::image(channels, height, width),
        _ => return Err(refuse(shown())),
    };
    if shape.size() == 0 || shape.size() > MOST {
        return Err(refuse(format!("{} elements", shape.size())));
    }
    let dims = sample.unwrap_or_default();
    let order = if dims.len() > 1 { order } else { Order::Same };
    let name = read.layers.input(port.name(), shape);
    Ok(Value { name, shape, dims, order, elements }.with_order())
}

/// The most elements of an input.
const MOST: usize = 1 << 24;

/// The most outputs of a graph.
const MOST_OUTPUTS: usize = 1000;

/// The note that a port has its channels last in the file.
fn turned_note(port: &str, name: &str, shape: Shape) -> String {
    format!("the channels of the {port} `{name}` come last in the file, and first in toddle: {shape}")
}

/// Reads the outputs. If the inputs have their channels last, the outputs may have them last, too.
fn outputs(
    graph: &GraphProto,
    order: Order,
    values: &Values<'_>,
    read: &mut Graph,
    notes: &mut Vec<String>,
) -> Result<(), ExchangeError> {
    let mut names = HashSet::new();
    for port in &graph.output {
        if !is_of(port, &FLOATS) {
            notes.push(format!("the output `{}` is left out: its elements are no floats", port.name()));
            continue;
        }
        let refuse = |got: &str| {
            let what = format!("the output `{}` cannot be read", port.name());
            ExchangeError::new(
                what,
                "floats that the inputs decide, with the channels in front of rows and columns or of steps",
                got,
                "a Transpose to toddle's order in front of it, or another output",
            )
        };
        let value = match values.get(port.name()) {
            Some(Ok(Known::Value(value))) => value,
            Some(Ok(Known::Constant(_))) => return Err(refuse("a constant")),
            Some(Err(fault)) => return Err(fault.clone()),
            None => return Err(refuse("no such value")),
        };
        if !value.is_in_order() && order == Order::Same {
            return Err(refuse("channels at the last axis"));
        }
        if value.elements != Elements::Floats {
            return Err(refuse("class numbers"));
        }
        let mut name: String =
            port.name().chars().map(|letter| if letter.is_alphanumeric() { letter } else { '_' }).collect();
        if name.is_empty() || !names.insert(name.clone()) {
            name = format!("output{}", names.len());
            names.insert(name.clone());
        }
        // A vector that ONNX has as an image is given out as an image. Toddle has no shape for more axes.
        let mut value = match value.dims.len() {
            1..=3 => read.image(&NodeProto::default(), value)?,
            _ => value.clone(),
        };
        if read.layers.spec.layers.is_empty() {
            // A network has a layer, even if the graph only passes on its input.
            value = read.add(&NodeProto::default(), "same", Reshape::new(value.shape), &[&value])?;
        }
        if !value.is_in_order() {
            notes.push(turned_note("output", &name, value.shape));
        }
        read.layers.spec.outputs.push(toddle::OutputSpec::new(&name, &value.name));
    }
    if read.layers.spec.outputs.is_empty() {
        return Err(wrong("a graph with an output of floats", "none", "another copy of the file"));
    }
    Ok(())
}
