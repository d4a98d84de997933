//! Each layer as a call of a function.

use toddle::{AvgPool2d, Conv2d, ConvTranspose2d, LayerSpec, MaxPool2d, Node, Shape};

use super::axes;
use super::memory::is_view;
use super::{Argument, Axis, Call, Constant, Program, Region};
use crate::ExchangeError;
use crate::window::{Windows, channels};

/// A node that becomes calls.
pub(super) struct Step<'a> {
    pub node: &'a Node<f32>,
    /// The shapes of the values that it takes.
    pub inputs: Vec<Shape>,
    /// The places of these values.
    pub from: Vec<Region>,
    /// The place of its own value.
    pub to: Region,
    /// Its constants, by their index.
    pub own: &'a [usize],
    /// The language, for errors.
    pub language: &'static str,
}

/// The name of a function, its constants and its other arguments.
type Parts = (&'static str, Vec<Constant>, Vec<Argument>);

impl Step<'_> {
    /// Adds the calls of the node.
    pub fn write(&self, program: &mut Program) -> Result<(), ExchangeError> {
        let Some(layer) = self.node.layer() else {
            self.join(program);
            return Ok(());
        };
        if is_view(self.node) {
            return Ok(());
        }
        let (size, outputs) = (self.inputs[0].size(), self.node.output().size());
        let channels = channels(self.inputs[0]);
        let plane = size / channels;
        let (function, constants, numbers) = match layer.spec() {
            LayerSpec::AdaptiveAvgPool2d(_) => ("avg_pool2d", vec![], self.avg([0, 0], self.even_axes())),
            LayerSpec::AdaptiveMaxPool2d(_) => {
                ("adaptive_max_pool2d", vec![], self.windows(self.even_axes()))
            }
            LayerSpec::AvgPool1d(pool) => ("avg_pool2d", vec![], self.avg_pool(&pool.of_image())),
            LayerSpec::AvgPool2d(pool) => ("avg_pool2d", vec![], self.avg_pool(&pool)),
            LayerSpec::BatchNorm(norm) => {
                program.multiply_adds += size;
                let (affine, state) = self.affine(norm.affine);
                let constants = [Constant::Array(state[0]), Constant::Array(state[1])];
                ("batch_norm", constants.into_iter().chain(affine).collect(), numbers([channels, plane]))
            }
            LayerSpec::ClippedRelu(relu) => ("clipped_relu", vec![], self.each(Some(relu.max))),
            LayerSpec::Conv1d(conv) => self.conv(program, &conv.of_image()),
            LayerSpec::Conv2d(conv) => self.conv(program, &conv),
            LayerSpec::ConvTranspose2d(conv) => {
                let ConvTranspose2d { filters, groups, kernel, .. } = conv;
                program.multiply_adds += size * (filters / groups) * kernel.0 * kernel.1;
                let sizes = numbers([channels, filters, groups]);
                (
                    "conv_transpose2d",
                    self.weight_and_bias(),
                    [sizes, arguments(axes::turned(&conv, self.inputs[0], self.node.output()))].concat(),
                )
            }
            LayerSpec::Crop(_) | LayerSpec::Pad(_) | LayerSpec::Upsample(_) => {
                ("resample", vec![], self.resample(&layer.spec()))
            }
            LayerSpec::Dense(_) => {
                program.multiply_adds += size * outputs;
                ("dense", self.weight_and_bias(), numbers([size, outputs]))
            }
            LayerSpec::Elu(elu) => ("elu", vec![], self.each(Some(elu.alpha))),
            LayerSpec::Embedding(embedding) => {
                let sizes = numbers([embedding.classes, embedding.features, size]);
                ("embedding", vec![Constant::Array(self.own[0])], sizes)
            }
            LayerSpec::Gelu(gelu) if gelu.approximate => ("gelu_tanh", vec![], self.each(None)),
            LayerSpec::Gelu(_) => ("gelu", vec![], self.each(None)),
            LayerSpec::GlobalAvgPool => ("avg_pool2d", vec![], self.avg([0, 0], self.global_axes())),
            LayerSpec::GlobalMaxPool => ("max_pool2d", vec![], self.windows(self.global_axes())),
            LayerSpec::GroupNorm(norm) => {
                // Without factors, the channels of a group are alike.
                let (channels, plane) =
                    if norm.affine { (channels, plane) } else { (norm.groups, size / norm.groups) };
                self.group_norm(program, norm.affine, norm.epsilon, [norm.groups, channels, plane])
            }
            LayerSpec::LayerNorm(norm) => self.group_norm(program, norm.affine, norm.epsilon, [1, size, 1]),
            LayerSpec::LeakyRelu(relu) => ("leaky_relu", vec![], self.each(Some(relu.slope))),
            LayerSpec::LogSoftmax(_) => ("log_softmax", vec![], numbers([channels, plane])),
            LayerSpec::MaxPool1d(pool) => ("max_pool2d", vec![], self.max_pool(&pool.of_image())),
            LayerSpec::MaxPool2d(pool) => ("max_pool2d", vec![], self.max_pool(&pool)),
            LayerSpec::Prelu(prelu) => {
                let plane = if prelu.per_channel { plane } else { size };
                let numbers = vec![Argument::Length(size), Argument::Number(plane)];
                ("prelu", vec![Constant::Array(self.own[0])], numbers)
            }
            LayerSpec::Softmax(_) => ("softmax", vec![], numbers([channels, plane])),
            LayerSpec::Softplus(softplus) => ("softplus", vec![], self.each(Some(softplus.beta))),
            spec => (plain(&spec).ok_or_else(|| self.refused(&spec))?, vec![], self.each(None)),
        };
        program.calls.push(Call { function, from: self.from[0], to: self.to, constants, numbers });
        Ok(())
    }

    /// The arguments of a function of each element, which may have a setting.
    fn each(&self, setting: Option<f64>) -> Vec<Argument> {
        let length = Argument::Length(self.inputs[0].size());
        [length].into_iter().chain(setting.map(|setting| Argument::Float(setting as f32))).collect()
    }

    fn avg_pool(&self, pool: &AvgPool2d) -> Vec<Argument> {
        let counted = axes::padded(pool, self.inputs[0], self.node.output());
        self.avg(counted, self.axes(pool.into()))
    }

    /// Average pooling. `counted` are the rows and columns with padding, if padding counts.
    fn avg(&self, counted: [usize; 2], axes: Vec<Argument>) -> Vec<Argument> {
        [numbers([channels(self.inputs[0]), counted[0], counted[1]]), axes].concat()
    }

    fn max_pool(&self, pool: &MaxPool2d) -> Vec<Argument> {
        self.windows(self.axes(pool.into()))
    }

    /// Windows of each channel by itself.
    fn windows(&self, axes: Vec<Argument>) -> Vec<Argument> {
        [numbers([channels(self.inputs[0])]), axes].concat()
    }

    fn conv(&self, program: &mut Program, conv: &Conv2d) -> Parts {
        let channels = channels(self.inputs[0]);
        let Conv2d { filters, groups, kernel, .. } = *conv;
        program.multiply_adds += self.node.output().size() * (channels / groups) * kernel.0 * kernel.1;
        let sizes = numbers([channels, filters, groups]);
        ("conv2d", self.weight_and_bias(), [sizes, self.axes(conv.into())].concat())
    }

    /// A norm of each sample by itself. `sizes` are the groups, the channels, and the elements of a channel.
    fn group_norm(&self, program: &mut Program, affine: bool, epsilon: f64, sizes: [usize; 3]) -> Parts {
        program.multiply_adds += 3 * self.inputs[0].size();
        let numbers = [numbers(sizes), vec![Argument::Float(epsilon as f32)]].concat();
        ("group_norm", self.affine(affine).0.into(), numbers)
    }

    /// Padding, cropping and upsampling.
    fn resample(&self, layer: &LayerSpec) -> Vec<Argument> {
        let ([rows, columns], value) = axes::placed(layer, self.inputs[0], self.node.output());
        vec![
            Argument::Number(channels(self.inputs[0])),
            Argument::Float(value as f32),
            Argument::Side(rows),
            Argument::Side(columns),
        ]
    }

    /// A concatenation, a sum or a product.
    fn join(&self, program: &mut Program) {
        let mut at = self.to.begin;
        for (n, &from) in self.from.iter().enumerate() {
            let (function, to) = match self.node.kind() {
                "concat" => {
                    at += from.size;
                    ("copy", Region { begin: at - from.size, size: from.size, ..self.to })
                }
                _ if n == 0 => ("copy", self.to),
                "sum" => ("add", self.to),
                _ => ("multiply", self.to),
            };
            program.calls.push(Call::of_elements(function, from, to));
        }
    }

    /// The weight and the bias.
    fn weight_and_bias(&self) -> Vec<Constant> {
        vec![Constant::Array(self.own[0]), Constant::Optional(self.own.get(1).copied())]
    }

    /// The factors and the summands of a norm, and its other constants.
    fn affine(&self, has: bool) -> ([Constant; 2], &[usize]) {
        if has {
            ([self.own[0], self.own[1]].map(|array| Constant::Optional(Some(array))), &self.own[2..])
        } else {
            ([Constant::Optional(None); 2], self.own)
        }
    }

    /// The windows of a convolution or of pooling, along rows and along columns.
    fn axes(&self, windows: Windows) -> Vec<Argument> {
        arguments(axes::sliding(windows, self.inputs[0], self.node.output()))
    }

    /// Windows that divide the image as evenly as possible.
    fn even_axes(&self) -> Vec<Argument> {
        arguments(axes::even(self.inputs[0], self.node.output()))
    }

    /// A window that is the whole image.
    fn global_axes(&self) -> Vec<Argument> {
        arguments(axes::whole(self.inputs[0]))
    }

    fn refused(&self, layer: &LayerSpec) -> ExchangeError {
        ExchangeError::new(
            format_args!("the layer `{}` cannot be written as {}", self.node.name(), self.language),
            format_args!("layers that have a function in {}", self.language),
            layer,
            "another layer in its place, or leaving it out",
        )
    }
}

/// Sizes as arguments.
fn numbers<const N: usize>(sizes: [usize; N]) -> Vec<Argument> {
    sizes.map(Argument::Number).into()
}

/// Windows along rows and along columns as arguments.
fn arguments(axes: [Axis; 2]) -> Vec<Argument> {
    axes.map(Argument::Axis).into()
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
