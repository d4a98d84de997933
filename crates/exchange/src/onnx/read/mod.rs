//! The operators of a graph as layers.
//!
//! | file | idea |
//! |---|---|
//! | `value.rs` | a value of the graph that depends on the inputs, and the order of its elements |
//! | `graph.rs` | the layers that were read so far, with their weights |
//! | `window.rs` | convolutions and pooling |
//! | `dense.rs` | products with matrices |
//! | `norm.rs` | norms |
//! | `pointwise.rs` | activations, sums, products and constants |
//! | `resample.rs` | operators that change the size of an image |
//! | `shape.rs` | operators that only change a shape |

mod dense;
mod graph;
mod norm;
mod pointwise;
mod resample;
mod shape;
mod value;
mod window;

pub(super) use graph::{Graph, Known};
pub(super) use value::{Order, Value};

use super::attributes::{Attributes, refused};
use super::fold;
use super::proto::NodeProto;
use super::tensor::Tensor;
use crate::ExchangeError;

/// A node with its inputs.
pub(super) struct Operator<'n> {
    pub node: &'n NodeProto,
    pub inputs: Vec<Option<Known>>,
    pub attributes: Attributes<'n>,
    /// The version of the operator set.
    pub opset: i64,
}

impl Operator<'_> {
    /// The value that is input `n`.
    fn value(&self, n: usize) -> Result<&Value, ExchangeError> {
        match self.inputs.get(n) {
            Some(Some(Known::Value(value))) => Ok(value),
            Some(Some(Known::Constant(_))) => {
                Err(self.refused(format_args!("a computed value as input {n}"), "a constant"))
            }
            _ => Err(self.refused(format_args!("an input {n}"), "none")),
        }
    }

    /// The constant that is input `n`, if there is such an input.
    fn constant(&self, n: usize) -> Result<Option<&Tensor>, ExchangeError> {
        match self.inputs.get(n) {
            Some(Some(Known::Constant(tensor))) => Ok(Some(tensor)),
            Some(Some(Known::Value(_))) => {
                Err(self.refused(format_args!("a constant as input {n}"), "a computed value"))
            }
            _ => Ok(None),
        }
    }

    /// The name of input `n`.
    fn name(&self, n: usize) -> &str {
        self.node.input.get(n).map_or("", String::as_str)
    }

    fn refused(&self, expected: impl std::fmt::Display, got: impl std::fmt::Display) -> ExchangeError {
        refused(self.node, expected, got)
    }

    /// Reads the operator. Returns its output.
    pub fn read(mut self, graph: &mut Graph) -> Result<Known, ExchangeError> {
        if !matches!(self.node.domain(), "" | "ai.onnx") {
            return Err(self.refused("operators of ONNX", format_args!("one of `{}`", self.node.domain())));
        }
        let constants: Option<Vec<&Tensor>> = self.inputs.iter().map(Known::constant).collect();
        if let Some(constants) = constants.filter(|constants| !constants.is_empty())
            && let Some(folded) = fold::fold(self.node, &constants)?
        {
            return Ok(Known::Constant(folded.into()));
        }
        self.without_groups()?;
        let output = match self.node.op_type() {
            "Constant" => return self.literal().map(|tensor| Known::Constant(tensor.into())),
            "Shape" => return self.shape_of().map(|tensor| Known::Constant(tensor.into())),
            "Conv" => self.conv(graph),
            "ConvTranspose" => self.conv_transpose(graph),
            "MaxPool" | "AveragePool" => self.pool(graph),
            "GlobalAveragePool" | "GlobalMaxPool" => self.global(graph),
            "ReduceMean" => self.mean(graph),
            "Gemm" => self.gemm(graph),
            "MatMul" => self.matmul(graph),
            "Add" | "Sub" | "Mul" | "Div" | "Sum" => self.arithmetic(graph),
            "Concat" => self.concat(graph),
            "BatchNormalization" => self.batch_norm(graph),
            "GroupNormalization" => self.group_norm(graph),
            "InstanceNormalization" => self.instance_norm(graph),
            "LayerNormalization" => self.layer_norm(graph),
            "Clip" => self.clip(graph),
            "Pad" => self.pad(graph),
            "Resize" => self.resize(graph),
            "Slice" => self.slice(graph),
            "PRelu" => self.prelu(graph),
            "Softmax" | "LogSoftmax" => self.softmax(graph),
            "Dropout" => self.dropout(graph),
            "Identity" => self.value(0).cloned(),
            "Cast" => self.cast(),
            "Flatten" => self.flatten(graph),
            "Reshape" => self.reshape(graph),
            "Squeeze" | "Unsqueeze" => self.squeeze(graph),
            "Transpose" => self.transpose(),
            _ => self.activation(graph),
        }?;
        self.attributes.finish()?;
        if graph.uses.get(self.node.output.first().map_or("", String::as_str)) != Some(&1) {
            // Another node takes the value as it is.
            graph.close(&output);
        }
        Ok(Known::Value(output))
    }

    /// Checks that no input has its channels in groups, unless the operator is one for them.
    fn without_groups(&self) -> Result<(), ExchangeError> {
        let is_in_groups = |input: &Option<Known>| {
            matches!(input, Some(Known::Value(Value { order: Order::Groups(_), .. })))
        };
        let is_for_groups = matches!(self.node.op_type(), "InstanceNormalization" | "Reshape");
        if !is_for_groups && self.inputs.iter().any(is_in_groups) {
            return Err(self.refused("a vector, or an image with its channels first", "channels in groups"));
        }
        Ok(())
    }
}
