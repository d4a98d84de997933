//! Operators and tensors that are being written.

use prost::bytes::Bytes;

use super::axes::Axes;
use super::proto::attribute_proto::AttributeType;
use super::proto::tensor_proto::DataType;
use super::proto::{AttributeProto, NodeProto, TensorProto};

/// The operator set of a file, unless a layer needs a later one.
const OPSET: i64 = 17;

/// The nodes and tensors of a graph.
pub(super) struct Writer {
    pub nodes: Vec<NodeProto>,
    pub tensors: Vec<TensorProto>,
    /// The least operator set that has all operators of the nodes.
    pub opset: i64,
    /// The axes of all images.
    pub axes: Axes,
}

impl Writer {
    pub fn new(axes: Axes) -> Writer {
        Writer { nodes: Vec::new(), tensors: Vec::new(), opset: OPSET, axes }
    }

    /// Adds the node `name`, whose output is `output`.
    pub fn node(&mut self, operator: &str, name: &str, inputs: &[&str], output: &str) -> Node<'_> {
        self.nodes.push(NodeProto {
            name: Some(name.into()),
            op_type: Some(operator.into()),
            input: inputs.iter().map(|input| (*input).into()).collect(),
            output: vec![output.into()],
            ..NodeProto::default()
        });
        Node(self.nodes.last_mut().expect("a node was added"))
    }

    /// Asks for an operator set of at least this version.
    pub fn needs(&mut self, opset: i64) {
        self.opset = self.opset.max(opset);
    }

    /// Adds a tensor of numbers. Returns its name.
    pub fn floats(&mut self, name: String, dims: &[usize], values: &[f32]) -> String {
        self.tensor(
            name,
            dims,
            DataType::Float,
            values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        )
    }

    /// Adds a list of whole numbers. Returns its name.
    pub fn whole(&mut self, name: String, values: &[i64]) -> String {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.tensor(name, &[values.len()], DataType::Int64, bytes)
    }

    fn tensor(&mut self, name: String, dims: &[usize], data_type: DataType, bytes: Vec<u8>) -> String {
        self.tensors.push(TensorProto {
            name: Some(name.clone()),
            dims: dims.iter().map(|&size| size as i64).collect(),
            data_type: Some(data_type.into()),
            raw_data: Some(Bytes::from(bytes)),
            ..TensorProto::default()
        });
        name
    }
}

/// A node that is being written.
pub(super) struct Node<'w>(&'w mut NodeProto);

impl Node<'_> {
    pub fn int(self, name: &str, value: usize) -> Self {
        self.attribute(name, AttributeType::Int, |to| to.i = Some(value as i64))
    }

    pub fn ints(self, name: &str, values: &[usize]) -> Self {
        self.attribute(name, AttributeType::Ints, |to| {
            to.ints = values.iter().map(|&value| value as i64).collect()
        })
    }

    pub fn float(self, name: &str, value: f64) -> Self {
        self.attribute(name, AttributeType::Float, |to| to.f = Some(value as f32))
    }

    pub fn text(self, name: &str, value: &str) -> Self {
        self.attribute(name, AttributeType::String, |to| to.s = Some(Bytes::from(value.to_owned())))
    }

    fn attribute(self, name: &str, kind: AttributeType, set: impl FnOnce(&mut AttributeProto)) -> Self {
        let mut attribute = AttributeProto {
            name: Some(name.into()),
            r#type: Some(kind.into()),
            ..AttributeProto::default()
        };
        set(&mut attribute);
        self.0.attribute.push(attribute);
        self
    }
}
