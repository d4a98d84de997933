//! Products with matrices, which are dense layers.

use toddle::{Dense, Shape};

use super::value::{Order, Value};
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

    fn dense(
        &mut self,
        graph: &mut Graph,
        weight: Vec<f32>,
        outputs: usize,
        bias: Option<Vec<f32>>,
    ) -> Result<Value, ExchangeError> {
        let x = self.value(0)?;
        let (Shape::Vector(inputs), Order::Same | Order::FlatChannelsLast { .. }) = (x.shape, x.order) else {
            return Err(
                self.refused("samples that are vectors", format_args!("samples of shape {:?}", x.dims()))
            );
        };
        if inputs.checked_mul(outputs) != Some(weight.len()) {
            let expected = format!("a matrix with {inputs} rows");
            return Err(
                self.refused(expected, format_args!("{} weights for {outputs} outputs", weight.len()))
            );
        }
        let weight = match x.order {
            Order::FlatChannelsLast { channels, height, width } => {
                turned(&weight, &[height, width, channels, outputs], &[2, 0, 1, 3])
            }
            _ => weight,
        };
        let value = graph.add(self.node, self.owner(), Dense::new(outputs), &[x])?;
        let value = Value { order: Order::Same, ..value };
        graph.set(&value, "weight", weight);
        if bias.is_none() {
            graph.open.insert(value.name.clone());
        }
        graph.set(&value, "bias", bias.unwrap_or_else(|| vec![0.0; outputs]));
        Ok(value)
    }
}
