//! Products with matrices, which are dense layers, and tables of class numbers.

use toddle::{Conv2d, Dense, Embedding, Shape};

use super::value::{Elements, Order, Value};
use super::{Graph, Operator};
use crate::ExchangeError;
use crate::onnx::tensor::{Data, Tensor};
use crate::order::turned;

impl Operator<'_> {
    pub(super) fn gemm(&mut self, graph: &mut Graph) -> Result<Value, ExchangeError> {
        let (alpha, beta) =
            (self.attributes.float("alpha", 1.0)? as f32, self.attributes.float("beta", 1.0)? as f32);
        if self.attributes.int("transA", 0)? != 0 {
            return Err(self.refused("samples in rows", "transA = 1"));
        }
        let is_turned = self.attributes.int("transB", 0)? != 0;
        let (weight, [rows, columns]) = self.matrix()?;
        let (mut weight, outputs) = match is_turned {
            true => (turned(weight, &[rows, columns], &[1, 0]), rows),
            false => (weight.to_vec(), columns),
        };
        if alpha != 1.0 {
            weight.iter_mut().for_each(|weight| *weight *= alpha);
        }
        let bias = match self.constant(2)? {
            // A single number is the bias of every output.
            Some(Tensor { data: Data::Floats(values), .. }) if values.len() == 1 => {
                Some(vec![values[0]; outputs])
            }
            _ => self.bias(2, outputs)?,
        };
        let bias = bias
            .map(|bias| bias.into_iter().map(|bias| if beta == 1.0 { bias } else { beta * bias }).collect());
        let x = self.value(0)?;
        if x.dims.len() != 1 {
            return Err(self.of_vectors(x));
        }
        self.dense(graph, weight, outputs, bias)
    }

    pub(super) fn matmul(&mut self, graph: &mut Graph) -> Result<Value, ExchangeError> {
        let (weight, [_, outputs]) = self.matrix()?;
        let weight = weight.to_vec();
        self.dense(graph, weight, outputs, None)
    }

    /// The second input, which is a matrix.
    fn matrix(&self) -> Result<(&[f32], [usize; 2]), ExchangeError> {
        let matrix = self.constant(1)?.ok_or_else(|| self.refused("a matrix of weights", "none"))?;
        match (&matrix.data, &matrix.dims[..]) {
            (Data::Floats(values), &[rows, columns]) => Ok((values, [rows, columns])),
            _ => Err(self.refused("a matrix of weights", format_args!("a shape of {:?}", matrix.dims))),
        }
    }

    /// A dense layer of a vector, or of the channels of each place.
    fn dense(
        &mut self,
        graph: &mut Graph,
        weight: Vec<f32>,
        outputs: usize,
        bias: Option<Vec<f32>>,
    ) -> Result<Value, ExchangeError> {
        let x = self.value(0)?.clone();
        let Some((&inputs, places)) = x.dims.split_last() else { return Err(self.of_vectors(&x)) };
        if inputs.checked_mul(outputs) != Some(weight.len()) {
            let expected = format!("a matrix with {inputs} rows");
            return Err(
                self.refused(expected, format_args!("{} weights for {outputs} outputs", weight.len()))
            );
        }
        let (value, dims) = if places.iter().all(|places| *places == 1) {
            let weight = match (x.order, x.shape) {
                (Order::ChannelsLast, Shape::Image { channels, height, width }) => {
                    turned(&weight, &[height, width, channels, outputs], &[2, 0, 1, 3])
                }
                _ => weight,
            };
            let x = graph.vector(self.node, &x)?;
            let value = graph.add(self.node, self.owner(), Dense::new(outputs), &[&x])?;
            graph.set(&value, "weight", weight);
            (Value { order: Order::Same, ..value }, [places, &[outputs]].concat())
        } else {
            let Some(x) = graph.channels_last(self.node, &x)? else { return Err(self.of_vectors(&x)) };
            let value = graph.add(self.node, self.owner(), Conv2d::new(outputs, 1), &[&x])?;
            graph.set(&value, "weight", weight);
            (Value { order: Order::ChannelsLast, ..value }.with_order(), [places, &[outputs]].concat())
        };
        if bias.is_none() {
            graph.open.insert(value.name.clone());
        }
        graph.set(&value, "bias", bias.unwrap_or_else(|| vec![0.0; outputs]));
        Ok(Value { dims, ..value })
    }

    fn of_vectors(&self, x: &Value) -> ExchangeError {
        self.refused(
            "a product along the elements of vectors, or along the channels",
            format_args!("{:?}", x.dims),
        )
    }

    /// Rows of a table, by class numbers.
    pub(super) fn gather(&mut self, graph: &mut Graph) -> Result<Value, ExchangeError> {
        let axis = self.attributes.int("axis", 0)?;
        let classes = self.value(1)?.clone();
        let table = match self.constant(0)? {
            Some(Tensor { dims, data: Data::Floats(values) }) if axis == 0 => match dims[..] {
                [classes, features] => Some((classes, features, values.clone())),
                _ => None,
            },
            _ => None,
        };
        let Some((rows, features, weight)) = table else {
            return Err(self.refused("a table of numbers with a row for each class", "other numbers"));
        };
        if classes.elements == Elements::Floats {
            return Err(self.refused("class numbers that are an input of the graph", "computed numbers"));
        }
        let owner = self.name(0).strip_suffix(".weight").unwrap_or("");
        let value = graph.add(self.node, owner, Embedding::new(rows, features), &[&classes])?;
        graph.set(&value, "weight", weight);
        let dims = [&classes.dims[..], &[features]].concat();
        let value = Value { dims, order: Order::ChannelsLast, elements: Elements::Floats, ..value };
        Ok(value.with_order())
    }
}
