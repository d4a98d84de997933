//! Each layer as a call of a function.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Display;

use toddle::{
    AvgPool2d, Conv2d, ConvTranspose2d, LayerSpec, MaxPool2d, Network, Node, PadMode, Shape, Sides, Size,
    UpsampleMode,
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
            LayerSpec::AdaptiveAvgPool2d(_) => {
                let axes = self.even_axes();
                calls.call("avg_pool2d", format_args!("{x}, {y}, {channels}, 0, 0, {axes}"));
            }
            LayerSpec::AdaptiveMaxPool2d(_) => {
                let axes = self.even_axes();
                calls.call("max_pool2d", format_args!("{x}, {y}, {channels}, {axes}"));
            }
            LayerSpec::AvgPool1d(pool) => self.avg_pool(calls, &pool.of_image()),
            LayerSpec::AvgPool2d(pool) => self.avg_pool(calls, &pool),
            LayerSpec::BatchNorm(norm) => {
                let (scale, shift, state) = self.affine(norm.affine);
                let (mean, factor) = (&state[0], &state[1]);
                calls.multiply_adds += size;
                calls.call(
                    "batch_norm",
                    format_args!("{x}, {mean}, {factor}, {scale}, {shift}, {y}, {channels}, {plane}"),
                );
            }
            LayerSpec::ClippedRelu(relu) => {
                calls.call("clipped_relu", format_args!("{x}, {y}, {size}, {}", literal(relu.max as f32)));
            }
            LayerSpec::Conv1d(conv) => self.conv(calls, &conv.of_image()),
            LayerSpec::Conv2d(conv) => self.conv(calls, &conv),
            LayerSpec::ConvTranspose2d(conv) => {
                let axes = self.turned_axes(&conv);
                let (weight, bias) = self.weight_and_bias();
                let ConvTranspose2d { filters, groups, kernel, .. } = conv;
                calls.multiply_adds += size * (filters / groups) * kernel.0 * kernel.1;
                let sizes = format!("{channels}, {filters}, {groups}");
                calls.call("conv_transpose2d", format_args!("{x}, {weight}, {bias}, {y}, {sizes}, {axes}"));
            }
            LayerSpec::Crop(_) | LayerSpec::Pad(_) | LayerSpec::Upsample(_) => {
                self.resample(calls, &layer.spec());
            }
            LayerSpec::Dense(_) => {
                let (weight, bias) = self.weight_and_bias();
                calls.multiply_adds += size * outputs;
                calls.call("dense", format_args!("{x}, {weight}, {bias}, {y}, {size}, {outputs}"));
            }
            LayerSpec::Elu(elu) => {
                calls.call("elu", format_args!("{x}, {y}, {size}, {}", literal(elu.alpha as f32)));
            }
            LayerSpec::Embedding(embedding) => {
                let (weight, steps) = (&self.own[0], size);
                let sizes = format!("{}, {}, {steps}", embedding.classes, embedding.features);
                calls.call("embedding", format_args!("{x}, {weight}, {y}, {sizes}"));
            }
            LayerSpec::Gelu(gelu) => {
                let function = if gelu.approximate { "gelu_tanh" } else { "gelu" };
                calls.call(function, format_args!("{x}, {y}, {size}"));
            }
            LayerSpec::GlobalAvgPool => {
                let axes = self.global_axes();
                calls.call("avg_pool2d", format_args!("{x}, {y}, {channels}, 0, 0, {axes}"));
            }
            LayerSpec::GlobalMaxPool => {
                let axes = self.global_axes();
                calls.call("max_pool2d", format_args!("{x}, {y}, {channels}, {axes}"));
            }
            LayerSpec::GroupNorm(norm) => {
                // Without factors, the channels of a group are alike.
                let (channels, plane) =
                    if norm.affine { (channels, plane) } else { (norm.groups, size / norm.groups) };
                self.group_norm(calls, norm.affine, norm.epsilon, [norm.groups, channels, plane]);
            }
            LayerSpec::LayerNorm(norm) => self.group_norm(calls, norm.affine, norm.epsilon, [1, size, 1]),
            LayerSpec::LeakyRelu(relu) => {
                calls.call("leaky_relu", format_args!("{x}, {y}, {size}, {}", literal(relu.slope as f32)));
            }
            LayerSpec::LogSoftmax(_) => {
                calls.call("log_softmax", format_args!("{x}, {y}, {channels}, {plane}"));
            }
            LayerSpec::MaxPool1d(pool) => self.max_pool(calls, &pool.of_image()),
            LayerSpec::MaxPool2d(pool) => self.max_pool(calls, &pool),
            LayerSpec::Prelu(prelu) => {
                let plane = if prelu.per_channel { plane } else { size };
                calls.call("prelu", format_args!("{x}, {}, {y}, {size}, {plane}", self.own[0]));
            }
            LayerSpec::Softmax(_) => {
                calls.call("softmax", format_args!("{x}, {y}, {channels}, {plane}"));
            }
            LayerSpec::Softplus(softplus) => {
                calls.call("softplus", format_args!("{x}, {y}, {size}, {}", literal(softplus.beta as f32)));
            }
            spec => {
                let function = plain(&spec).ok_or_else(|| self.refused(&spec))?;
                calls.call(function, format_args!("{x}, {y}, {size}"));
            }
        }
        Ok(())
    }

    fn avg_pool(&self, calls: &mut Calls, pool: &AvgPool2d) {
        let axes = self.axes(pool.into());
        let (channels, Size(height, width)) = (channels(self.inputs[0]), plane(self.inputs[0]));
        let Sides { top, bottom, left, right } = window::sides(pool, self.inputs[0], self.node.output());
        let counted =
            [top + height + bottom, left + width + right].map(|n| n * usize::from(pool.count_padding));
        let [rows, columns] = counted;
        let (x, y) = (self.from[0], self.to);
        calls.call("avg_pool2d", format_args!("{x}, {y}, {channels}, {rows}, {columns}, {axes}"));
    }

    fn max_pool(&self, calls: &mut Calls, pool: &MaxPool2d) {
        let (axes, channels) = (self.axes(pool.into()), channels(self.inputs[0]));
        calls.call("max_pool2d", format_args!("{}, {}, {channels}, {axes}", self.from[0], self.to));
    }

    fn conv(&self, calls: &mut Calls, conv: &Conv2d) {
        let axes = self.axes(conv.into());
        let (weight, bias) = self.weight_and_bias();
        let (x, y, channels) = (self.from[0], self.to, channels(self.inputs[0]));
        let Conv2d { filters, groups, kernel, .. } = *conv;
        calls.multiply_adds += self.node.output().size() * (channels / groups) * kernel.0 * kernel.1;
        let sizes = format!("{channels}, {filters}, {groups}");
        calls.call("conv2d", format_args!("{x}, {weight}, {bias}, {y}, {sizes}, {axes}"));
    }

    /// A norm of each sample by itself. `sizes` are the groups, the channels, and the elements of a channel.
    fn group_norm(&self, calls: &mut Calls, affine: bool, epsilon: f64, sizes: [usize; 3]) {
        let (scale, shift, _) = self.affine(affine);
        let (x, y, [groups, channels, plane]) = (self.from[0], self.to, sizes);
        let epsilon = literal(epsilon as f32);
        calls.multiply_adds += 3 * self.inputs[0].size();
        let numbers = format!("{groups}, {channels}, {plane}, {epsilon}");
        calls.call("group_norm", format_args!("{x}, {scale}, {shift}, {y}, {numbers}"));
    }

    /// Padding, cropping and upsampling.
    fn resample(&self, calls: &mut Calls, layer: &LayerSpec) {
        let (channels, from, to) =
            (channels(self.inputs[0]), plane(self.inputs[0]), plane(self.node.output()));
        let (rule, before, value) = match layer {
            LayerSpec::Crop(crop) => {
                let Sides { top, left, .. } = crop.sides;
                ("OUTSIDE_NOTHING", [-(top as isize), -(left as isize)], 0.0)
            }
            LayerSpec::Pad(pad) => {
                let Sides { top, left, .. } = pad.padding;
                let rule = match pad.mode {
                    PadMode::Zeros | PadMode::Constant => "OUTSIDE_NOTHING",
                    PadMode::Reflect => "OUTSIDE_REFLECTED",
                    PadMode::Replicate => "OUTSIDE_NEAREST",
                    PadMode::Circular => "OUTSIDE_REPEATED",
                };
                (rule, [top as isize, left as isize], pad.value)
            }
            LayerSpec::Upsample(upsample) => match (upsample.mode, upsample.align_corners) {
                (UpsampleMode::Nearest, _) => ("REPEATED", [0, 0], 0.0),
                (UpsampleMode::Bilinear, false) => ("LINEAR", [0, 0], 0.0),
                (UpsampleMode::Bilinear, true) => ("LINEAR_ALIGNED", [0, 0], 0.0),
            },
            other => unreachable!("{other} does not change the size of an image"),
        };
        let side = |input: usize, output: usize, before: isize| {
            format!("(side){{{input}, {output}, {rule}, {before}}}")
        };
        let rows = side(from.0, to.0, before[0]);
        let columns = side(from.1, to.1, before[1]);
        let (x, y, value) = (self.from[0], self.to, literal(value as f32));
        calls.call("resample", format_args!("{x}, {y}, {channels}, {value}, {rows}, {columns}"));
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

    /// The names of the factors and of the summands of a norm, and the names of its other constants.
    fn affine(&self, has: bool) -> (&str, &str, &[String]) {
        if has { (&self.own[0], &self.own[1], &self.own[2..]) } else { ("NULL", "NULL", self.own) }
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

    /// Windows that divide the image as evenly as possible.
    fn even_axes(&self) -> String {
        let (Size(height, width), Size(rows, columns)) = (plane(self.inputs[0]), plane(self.node.output()));
        format!("{}, {}", axis([height, rows, 0, 0, 1, 0]), axis([width, columns, 0, 0, 1, 0]))
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
        LayerSpec::Mish => "mish",
        LayerSpec::Relu => "relu",
        LayerSpec::Selu => "selu",
        LayerSpec::Sigmoid => "sigmoid",
        LayerSpec::Silu => "silu",
        LayerSpec::Softsign => "softsign",
        LayerSpec::Tanh => "tanh_",
        _ => return None,
    })
}
