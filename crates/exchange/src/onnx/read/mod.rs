//! The operators of a graph as layers.
//!
//! | file | idea |
//! |---|---|
//! | `value.rs` | a value of the graph that depends on the inputs, and the order of its elements |
//! | `graph.rs` | the layers that were read so far, with their weights |
//! | `window.rs` | convolutions and pooling |
//! | `dense.rs` | products with matrices, and tables of class numbers |
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
pub(super) use value::{Elements, Order, Value};

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
        self.without_class_numbers()?;
        let output = match self.node.op_type() {
            "Constant" => return self.literal().map(|tensor| Known::Constant(tensor.into())),
            "Shape" => return self.shape_of().map(|tensor| Known::Constant(tensor.into())),
            "Conv" => self.conv(graph),
            "ConvTranspose" => self.conv_transpose(graph),
            "MaxPool" | "AveragePool" => self.pool(graph),
            "GlobalAveragePool" | "GlobalMaxPool" => self.global(graph),
            "ReduceMax" | "ReduceMean" => self.reduce(graph),
            "Gemm" => self.gemm(graph),
            "MatMul" => self.matmul(graph),
            "Add" | "Sub" | "Mul" | "Div" | "Sum" => self.arithmetic(graph),
            "Neg" => self.negative(graph, self.value(0)?),
            "Concat" => self.concat(graph),
            "BatchNormalization" => self.batch_norm(graph),
            "GroupNormalization" => self.group_norm(graph),
            "InstanceNormalization" => self.instance_norm(graph),
            "LayerNormalization" => self.layer_norm(graph),
            "Clip" => self.clip(graph),
            "Pad" => self.pad(graph),
            "Resize" => self.resize(graph),
            "Upsample" => self.upsample(graph),
            "Slice" => self.slice(graph),
            "PRelu" => self.prelu(graph),
            "Softmax" | "LogSoftmax" => self.softmax(graph),
            "Dropout" => self.dropout(graph),
            "Identity" => self.value(0).cloned(),
            "Cast" => self.cast(graph),
            "Flatten" => self.flatten(),
            "Gather" if matches!(self.inputs.first(), Some(Some(Known::Value(_)))) => self.one(graph),
            "Gather" => self.gather(graph),
            "Reshape" => self.reshape(),
            "Squeeze" | "Unsqueeze" => self.squeeze(),
            "Transpose" => self.transpose(graph),
            _ => self.activation(graph),
        }?;
        self.attributes.finish()?;
        if graph.uses.get(self.node.output.first().map_or("", String::as_str)) != Some(&1) {
            // Another node takes the value as it is.
            graph.close(&output);
        }
        Ok(Known::Value(output))
    }

    /// Checks that no input has class numbers, unless the operator only moves them or takes the rows of a table.
    fn without_class_numbers(&self) -> Result<(), ExchangeError> {
        const MOVES: [&str; 9] = [
            "Cast",
            "Flatten",
            "Gather",
            "Identity",
            "Reshape",
            "Shape",
            "Squeeze",
            "Transpose",
            "Unsqueeze",
        ];
        let has = |input: &Option<Known>| matches!(input, Some(Known::Value(value)) if value.elements != Elements::Floats);
        if !MOVES.contains(&self.node.op_type()) && self.inputs.iter().any(has) {
            return Err(self.refused("floats", "whole numbers, which only the table of an embedding takes"));
        }
        Ok(())
    }
}
