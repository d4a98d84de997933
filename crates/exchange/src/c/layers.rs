//! Each layer as a call of a function.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Display;

use toddle::{
    Conv2d, ConvTranspose2d, LayerSpec, LogSoftmax, Network, Node, Shape, Size, Softmax, SoftmaxAxis,
    Softplus,
};

use super::memory::{Memory, is_view};
use super::text::{identifier, literal};
use crate::ExchangeError;
use crate::params::{Part, parts};
use crate::window::{self, Windows};

/// The calls of a network.
#[derive(Default)]
pub(super) struct Calls {
    /// The names of the functions.
    pub parts: BTreeSet<&'static str>,
    /// The constants.
    pub weights: Vec<(String, Vec<f32>)>,
    /// The calls.
    pub lines: Vec<String>,
    pub multiply_adds: usize,
    /// The names of the constants.
    names: HashSet<String>,
}

impl Calls {
    pub fn of(network: &Network<f32>, name: &str, memory: &Memory) -> Result<Calls, ExchangeError> {
        let mut calls = Calls::default();
        let mut arrays: Vec<Vec<String>> = Vec::new();
        for (n, node) in network.nodes().iter().enumerate() {
            // A layer that uses the weights of another one has its constants.
            let own = if node.owner() == n {
                calls.arrays(network, node, name)
            } else {
                arrays[node.owner()].clone()
            };
            let from: Vec<&str> = node.inputs().iter().map(|&value| &*memory.values[value]).collect();
            let inputs = node.inputs().iter().map(|&value| network.shape(value)).collect();
            let to = &memory.values[network.inputs().len() + n];
            Call { node, inputs, from, to, own: &own }.write(&mut calls)?;
            arrays.push(own);
        }
        for output in network.outputs() {
            let (from, to) = (&memory.values[output.value], output.range.start);
            calls.call("copy", format_args!("{from}, y + {to}, {}", output.shape.size()));
        }
        Ok(calls)
    }

    /// The names of the constants of a node, which are added.
    fn arrays(&mut self, network: &Network<f32>, node: &Node<f32>, name: &str) -> Vec<String> {
        let epsilon = match node.layer().map(|layer| layer.spec()) {
            Some(LayerSpec::BatchNorm(norm)) => norm.epsilon,
            _ => 0.0,
        };
        let mut names = Vec::new();
        for Part { param, numbers, .. } in parts(network, node) {
            let (label, numbers) = match param.name.strip_suffix(".running_var") {
                // The factor of a channel: 1/√(variance + ε), as toddle rounds it.
                Some(layer) => {
                    let factor = |variance: &f32| (1.0 / (f64::from(*variance) + epsilon).sqrt()) as f32;
                    (format!("{layer}.factor"), numbers.iter().map(factor).collect())
                }
                None => (param.name.clone(), numbers.to_vec()),
            };
            let mut array = format!("{name}_{}", identifier(&label));
            while !self.names.insert(array.clone()) {
                array.push('_');
            }
            self.weights.push((array.clone(), numbers));
            names.push(array);
        }
        names
    }

    fn call(&mut self, function: &'static str, arguments: impl Display) {
        self.parts.insert(function);
        self.lines.push(format!("{function}({arguments});"));
    }
}

/// A node that becomes a call.
struct Call<'a> {
    node: &'a Node<f32>,
    /// The shapes of the values that it takes.
    inputs: Vec<Shape>,
    /// These values, as C.
    from: Vec<&'a str>,
    /// Its own value, as C.
    to: &'a str,
    /// The names of its constants.
    own: &'a [String],
}

impl Call<'_> {
    fn write(&self, calls: &mut Calls) -> Result<(), ExchangeError> {
        let Some(layer) = self.node.layer() else {
            self.join(calls);
            return Ok(());
        };
        if is_view(self.node) {
            return Ok(());
        }
        let (x, y, size) = (self.from[0], self.to, self.inputs[0].size());
        let (outputs, channels) = (self.node.output().size(), channels(self.inputs[0]));
        let plane = size / channels;
        match layer.spec() {
            LayerSpec::AvgPool2d(pool) if !pool.ceil_mode => {
                let counts = i32::from(pool.count_padding);
                let axes = self.axes((&pool).into());
                calls.call("avg_pool2d", format_args!("{x}, {y}, {channels}, {counts}, {axes}"));
            }
            LayerSpec::BatchNorm(_) => {
                let [scale, shift, mean, factor] = self.own else { return Err(self.refused(&layer.spec())) };
                calls.multiply_adds += size;
                calls.call(
                    "batch_norm",
                    format_args!("{x}, {mean}, {factor}, {scale}, {shift}, {y}, {channels}, {plane}"),
                );
            }
            LayerSpec::Conv2d(conv) => {
                let axes = self.axes((&conv).into());
                let (weight, bias) = self.weight_and_bias();
                let Conv2d { filters, groups, kernel, .. } = conv;
                calls.multiply_adds += outputs * (channels / groups) * kernel.0 * kernel.1;
                calls.call(
                    "conv2d",
                    format_args!("{x}, {weight}, {bias}, {y}, {channels}, {filters}, {groups}, {axes}"),
                );
            }
            LayerSpec::ConvTranspose2d(conv) => {
                let axes = self.turned_axes(&conv);
                let (weight, bias) = self.weight_and_bias();
                let ConvTranspose2d { filters, groups, kernel, .. } = conv;
                calls.multiply_adds += size * (filters / groups) * kernel.0 * kernel.1;
                let sizes = format!("{channels}, {filters}, {groups}");
                calls.call("conv_transpose2d", format_args!("{x}, {weight}, {bias}, {y}, {sizes}, {axes}"));
            }
            LayerSpec::Dense(_) => {
                let (weight, bias) = self.weight_and_bias();
                calls.multiply_adds += size * outputs;
                calls.call("dense", format_args!("{x}, {weight}, {bias}, {y}, {size}, {outputs}"));
            }
            LayerSpec::Elu(elu) => {
                calls.call("elu", format_args!("{x}, {y}, {size}, {}", literal(elu.alpha as f32)));
            }
            LayerSpec::Gelu(gelu) => {
                let function = if gelu.approximate { "gelu_tanh" } else { "gelu" };
                calls.call(function, format_args!("{x}, {y}, {size}"));
            }
            LayerSpec::GlobalAvgPool => {
                let axes = self.global_axes();
                calls.call("avg_pool2d", format_args!("{x}, {y}, {channels}, 1, {axes}"));
            }
            LayerSpec::GlobalMaxPool => {
                let axes = self.global_axes();
                calls.call("max_pool2d", format_args!("{x}, {y}, {channels}, {axes}"));
            }
            LayerSpec::LeakyRelu(relu) => {
                calls.call("leaky_relu", format_args!("{x}, {y}, {size}, {}", literal(relu.slope as f32)));
            }
            LayerSpec::MaxPool2d(pool) if !pool.ceil_mode => {
                let axes = self.axes((&pool).into());
                calls.call("max_pool2d", format_args!("{x}, {y}, {channels}, {axes}"));
            }
            LayerSpec::Prelu(prelu) => {
                let plane = if prelu.per_channel { plane } else { size };
                calls.call("prelu", format_args!("{x}, {}, {y}, {size}, {plane}", self.own[0]));
            }
            spec => {
                let function = plain(&spec).ok_or_else(|| self.refused(&spec))?;
                calls.call(function, format_args!("{x}, {y}, {size}"));
            }
        }
        Ok(())
    }

    /// A concatenation, a sum or a product.
    fn join(&self, calls: &mut Calls) {
        let (y, size) = (self.to, self.node.output().size());
        match self.node.kind() {
            "concat" => {
                let mut at = 0;
                for (from, shape) in self.from.iter().zip(&self.inputs) {
                    let length = shape.size();
                    calls.call("copy", format_args!("{from}, {y} + {at}, {length}"));
                    at += length;
                }
            }
            kind => {
                let function = if kind == "sum" { "add" } else { "multiply" };
                let mut before = self.from[0];
                for next in &self.from[1..] {
                    calls.call(function, format_args!("{before}, {next}, {y}, {size}"));
                    before = y;
                }
            }
        }
    }

    /// The names of the weight and of the bias.
    fn weight_and_bias(&self) -> (&str, &str) {
        (&self.own[0], self.own.get(1).map_or("NULL", |bias| bias))
    }

    /// The windows of a convolution or of pooling, along rows and along columns.
    fn axes(&self, windows: Windows) -> String {
        let Windows { kernel, stride, dilation, .. } = windows;
        let sides = window::sides(windows, self.inputs[0], self.node.output());
        let (Size(height, width), Size(rows, columns)) = (plane(self.inputs[0]), plane(self.node.output()));
        let down = [height, rows, kernel.0, stride.0, dilation.0, sides.top];
        let right = [width, columns, kernel.1, stride.1, dilation.1, sides.left];
        format!("{}, {}", axis(down), axis(right))
    }

    /// The windows of the convolution whose transpose a layer is.
    fn turned_axes(&self, conv: &ConvTranspose2d) -> String {
        let ConvTranspose2d { kernel, stride, dilation, padding, .. } = *conv;
        let (Size(height, width), Size(rows, columns)) = (plane(self.node.output()), plane(self.inputs[0]));
        let down = [height, rows, kernel.0, stride.0, dilation.0, padding.top];
        let right = [width, columns, kernel.1, stride.1, dilation.1, padding.left];
        format!("{}, {}", axis(down), axis(right))
    }

    /// A window that is the whole image.
    fn global_axes(&self) -> String {
        let Size(height, width) = plane(self.inputs[0]);
        format!("{}, {}", axis([height, 1, height, 1, 1, 0]), axis([width, 1, width, 1, 1, 0]))
    }

    fn refused(&self, layer: &LayerSpec) -> ExchangeError {
        ExchangeError::new(
            format_args!("the layer `{}` cannot be written as C", self.node.name()),
            "layers that have a function in C",
            layer,
            "another layer in its place, or leaving it out",
        )
    }
}

/// Rows and columns.
fn plane(shape: Shape) -> Size {
    match shape {
        Shape::Image { height, width, .. } => Size(height, width),
        Shape::Vector(_) => Size(1, 1),
    }
}

/// The number of channels, or of elements of a vector.
fn channels(shape: Shape) -> usize {
    match shape {
        Shape::Image { channels, .. } => channels,
        Shape::Vector(size) => size,
    }
}

/// A value of the type `axis`.
fn axis(numbers: [usize; 6]) -> String {
    format!("(axis){{{}}}", numbers.map(|number| number.to_string()).join(", "))
}

/// The function of a layer that takes only the number of elements.
fn plain(layer: &LayerSpec) -> Option<&'static str> {
    Some(match layer {
        LayerSpec::HardSigmoid => "hard_sigmoid",
        LayerSpec::HardSwish => "hard_swish",
        LayerSpec::LogSoftmax(LogSoftmax { axis: SoftmaxAxis::Elements }) => "log_softmax",
        LayerSpec::Mish => "mish",
        LayerSpec::Relu => "relu",
        LayerSpec::Selu => "selu",
        LayerSpec::Sigmoid => "sigmoid",
        LayerSpec::Silu => "silu",
        LayerSpec::Softmax(Softmax { axis: SoftmaxAxis::Elements, .. }) => "softmax",
        LayerSpec::Softplus(Softplus { beta: 1.0 }) => "softplus",
        LayerSpec::Softsign => "softsign",
        LayerSpec::Tanh => "tanh_",
        _ => return None,
    })
}
