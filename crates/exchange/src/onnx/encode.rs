//! A network as an ONNX file.

use prost::Message;
use toddle::Network;
use toddle::checkpoint::About;

use super::axes::Axes;
use super::layers::Step;
use super::names::Names;
use super::prepare;
use super::proto::tensor_proto::DataType;
use super::proto::tensor_shape_proto::{Dimension, dimension};
use super::proto::{
    GraphProto, ModelProto, OperatorSetIdProto, StringStringEntryProto, TensorShapeProto, TypeProto,
    ValueInfoProto, type_proto,
};
use super::write::Writer;
use crate::ExchangeError;

/// The program that writes the file, as its metadata say.
pub(super) const PRODUCER: &str = "toddle";
/// The key of the metadata with the [`GraphSpec`](toddle::GraphSpec) as JSON.
pub(super) const SPEC: &str = "toddle.spec";
/// The key of the metadata with the [`About`] as JSON.
pub(super) const ABOUT: &str = "toddle.about";

/// How a network is written to an ONNX file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Export {
    /// The number of samples that the graph takes. None: any number.
    pub batch: Option<usize>,
    /// Whether the graph takes bytes, scales them, and gives the probabilities of classes. Pictures of one channel are then
    /// `(batch, rows, columns)`.
    pub preparation: bool,
}

/// The bytes of an ONNX file with `network`.
///
/// Values and weights have toddle's names. The inputs are `(batch, channels, rows, columns)` or `(batch, elements)`, and
/// those of a network of sequences alone are `(batch, channels, steps)`. The weights of convolutions are turned to
/// `(out, in, rows, columns)` or `(out, in, steps)`. The file needs operator set 17, or 18 for
/// Mish, 19 for circular padding, or 20 for GELU.
///
/// The metadata have the texts `classes` and `scaling` as JSON, for other programs, and `toddle.spec` and
/// `toddle.about`, from which toddle reads the same network again.
///
/// # Errors
/// A layer has no operators in ONNX. The error names the layer.
pub fn encode(network: &Network<f32>, about: &About, export: &Export) -> Result<Vec<u8>, ExchangeError> {
    Ok(model(network, about, export)?.encode_to_vec())
}

pub(super) fn model(
    network: &Network<f32>,
    about: &About,
    export: &Export,
) -> Result<ModelProto, ExchangeError> {
    let mut names = Names::of(network);
    let mut graph = Writer::new(Axes::of(network));
    let axes = graph.axes;
    let given = names.values[0].clone();
    let said = names.outputs[0].clone();
    if export.preparation {
        prepare::check(network, &about.scaling)?;
        // The values of the network make room for the input and the output of the graph.
        names.values[0] = format!("{given}.prepared");
        prepare::samples(&mut graph, &about.scaling, network.input(), &given, &names.values[0]);
        let of_network = &mut names.values[network.outputs()[0].value];
        *of_network = format!("{said}.value");
        names.outputs[0].clone_from(of_network);
    }
    for (n, node) in network.nodes().iter().enumerate() {
        let from = node.inputs().iter().map(|&value| &names.values[value][..]).collect();
        let to = &names.values[network.inputs().len() + n];
        Step { network, node, input: network.shape(node.inputs()[0]), from, to }.write(&mut graph)?;
    }
    for (output, name) in network.outputs().iter().zip(&names.outputs) {
        let value = &names.values[output.value];
        if value != name {
            graph.node("Identity", name, &[value], name);
        }
    }
    let floats = |name: &str, shape| port(name, DataType::Float, axes.sample(shape), export);
    let inputs = network.inputs().iter().zip(&names.values);
    let mut inputs: Vec<ValueInfoProto> = inputs.map(|(input, name)| floats(name, input.shape)).collect();
    let outputs = network.outputs().iter().zip(&names.outputs);
    let mut outputs: Vec<ValueInfoProto> = outputs.map(|(output, name)| floats(name, output.shape)).collect();
    if export.preparation {
        prepare::probabilities(&mut graph, network, &names.outputs[0], &said);
        inputs = vec![port(&given, DataType::Uint8, prepare::dims(axes, network.input()), export)];
        outputs = vec![floats(&said, network.output())];
    }
    let graph_proto = GraphProto {
        name: Some(PRODUCER.into()),
        node: graph.nodes,
        initializer: graph.tensors,
        input: inputs,
        output: outputs,
        ..GraphProto::default()
    };
    Ok(ModelProto {
        ir_version: Some(ir_version(graph.opset)),
        opset_import: vec![OperatorSetIdProto { domain: Some(String::new()), version: Some(graph.opset) }],
        producer_name: Some(PRODUCER.into()),
        producer_version: Some(env!("CARGO_PKG_VERSION").into()),
        graph: Some(graph_proto),
        metadata_props: metadata(network, about),
        ..ModelProto::default()
    })
}

/// The version of the format that came with an operator set.
fn ir_version(opset: i64) -> i64 {
    if opset < 19 { 8 } else { 9 }
}

/// An input or an output.
fn port(name: &str, kind: DataType, sample: Vec<usize>, export: &Export) -> ValueInfoProto {
    let size = |size: usize| dimension::Value::DimValue(size as i64);
    let batch = export.batch.map_or_else(|| dimension::Value::DimParam("batch".into()), size);
    let dim = std::iter::once(batch).chain(sample.into_iter().map(size));
    let dim = dim.map(|value| Dimension { value: Some(value) }).collect();
    let tensor = type_proto::Tensor { elem_type: Some(kind.into()), shape: Some(TensorShapeProto { dim }) };
    let value = Some(type_proto::Value::TensorType(tensor));
    ValueInfoProto { name: Some(name.into()), r#type: Some(TypeProto { value }) }
}

fn metadata(network: &Network<f32>, about: &About) -> Vec<StringStringEntryProto> {
    let json = |value: serde_json::Result<String>| value.expect("texts and numbers are JSON");
    let mut texts = vec![
        (SPEC, json(serde_json::to_string(network.spec()))),
        (ABOUT, json(serde_json::to_string(about))),
        ("scaling", json(serde_json::to_string(&about.scaling))),
    ];
    if !about.classes.is_empty() {
        texts.push(("classes", json(serde_json::to_string(&about.classes))));
    }
    let entry =
        |(key, value): (&str, String)| StringStringEntryProto { key: Some(key.into()), value: Some(value) };
    texts.into_iter().map(entry).collect()
}

/// The names of the outputs of `network` in an ONNX file.
pub fn output_names(network: &Network<f32>) -> Vec<String> {
    Names::of(network).outputs
}
