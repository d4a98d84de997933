//! Each layer as an expression.

use std::fmt::Display;

use toddle::{
    Conv2d, ConvTranspose2d, Embedding, LayerSpec, Network, Node, Padding, Prelu, Shape, Sides, Size,
    Upsample, UpsampleMode,
};

use super::{pool, tuple};
use crate::ExchangeError;
use crate::params::parts;
use crate::python::{differing, python_bool, size};
use crate::window;

/// A node in the file.
pub(super) struct Line {
    /// The name of its value.
    pub value: String,
    /// The node that has its weights.
    pub owner: usize,
    /// The layer of Keras, if it is one that is applied to `from`.
    pub layer: Option<String>,
    /// What it takes.
    pub from: String,
    /// What is done with its value, which is at `{}`.
    pub behind: String,
    /// The shape of its value in toddle.
    pub output: Shape,
}

/// The nodes of `network`, whose values have the names `values`.
pub(super) fn lines(network: &Network<f32>, values: &[String]) -> Result<Vec<Line>, ExchangeError> {
    let first = network.inputs().len();
    let line = |(n, node): (usize, &Node<f32>)| {
        let from: Vec<&str> = node.inputs().iter().map(|&value| &*values[value]).collect();
        // A layer without weights is there once for each value.
        let owner = if has_weights(network, node.owner()) { node.owner() } else { n };
        let name = &values[first + owner];
        let step = Step { node, input: network.shape(node.inputs()[0]), from, name };
        let Written { layer, from, behind } = step.write()?;
        Ok(Line { value: values[first + n].clone(), owner, layer, from, behind, output: node.output() })
    };
    network.nodes().iter().enumerate().map(line).collect()
}

/// Whether a node has parameters or a state.
fn has_weights(network: &Network<f32>, node: usize) -> bool {
    parts(network, &network.nodes()[node]).next().is_some()
}

/// A node that is being written.
pub(super) struct Step<'a> {
    pub node: &'a Node<f32>,
    pub input: Shape,
    /// The names of the values that it takes.
    pub from: Vec<&'a str>,
    /// The name of the layer.
    pub name: &'a str,
}

/// A layer, what it takes, and what is done with its value.
struct Written {
    layer: Option<String>,
    from: String,
    behind: String,
}

impl Written {
    fn layer(layer: String, from: impl Into<String>) -> Written {
        Written { layer: Some(layer), from: from.into(), behind: "{}".into() }
    }

    fn expression(text: String) -> Written {
        Written { layer: None, from: text, behind: "{}".into() }
    }

    fn then(mut self, behind: String) -> Written {
        self.behind = behind;
        self
    }
}

impl Step<'_> {
    fn write(&self) -> Result<Written, ExchangeError> {
        let (x, name) = (self.from[0], self.name);
        let Some(layer) = self.node.layer() else { return Ok(self.join()) };
        let named = |layer: &str| Written::layer(format!("layers.{layer}, name=\"{name}\")"), x);
        let alone = |layer: &str| Written::layer(format!("layers.{layer}(name=\"{name}\")"), x);
        let activation = |word: &str| named(&format!("Activation(\"{word}\""));
        let affine = |affine: bool| {
            let affine = python_bool(affine);
            differing(&[("center", affine.clone(), "True"), ("scale", affine, "True")])
        };
        Ok(match layer.spec() {
            LayerSpec::AdaptiveAvgPool2d(pool) => {
                named(&format!("AdaptiveAveragePooling2D({}", size(pool.output)))
            }
            LayerSpec::AdaptiveMaxPool2d(pool) => {
                named(&format!("AdaptiveMaxPooling2D({}", size(pool.output)))
            }
            LayerSpec::AvgPool1d(pool) => Written::expression(pool::avg(self, &pool.of_image())),
            LayerSpec::AvgPool2d(pool) => Written::expression(pool::avg(self, &pool)),
            LayerSpec::BatchNorm(norm) => {
                let settings = format!("momentum={}, epsilon={:e}", 1.0 - norm.momentum, norm.epsilon);
                named(&format!("BatchNormalization({settings}{}", affine(norm.affine)))
            }
            LayerSpec::ClippedRelu(relu) => named(&format!("ReLU({}", relu.max)),
            LayerSpec::Conv1d(conv) => self.conv(&conv.of_image()),
            LayerSpec::Conv2d(conv) => self.conv(&conv),
            LayerSpec::ConvTranspose2d(conv) => self.conv_transpose(&conv)?,
            LayerSpec::Crop(crop) => {
                let Sides { top, bottom, left, right } = crop.sides;
                named(&format!("Cropping2D((({top}, {bottom}), ({left}, {right}))"))
            }
            LayerSpec::Dense(dense) => {
                let bias = differing(&[("use_bias", python_bool(dense.bias), "True")]);
                named(&format!("Dense({}{bias}", dense.outputs))
            }
            LayerSpec::Dropout(dropout) => named(&format!("Dropout({}", dropout.rate)),
            LayerSpec::Elu(elu) => named(&format!("ELU({}", elu.alpha)),
            LayerSpec::Embedding(embedding) => self.embedding(embedding),
            LayerSpec::Flatten => {
                Written::layer(format!("layers.Flatten(name=\"{name}\")"), self.channels_first())
            }
            LayerSpec::GaussianNoise(noise) => named(&format!("GaussianNoise({}", noise.deviation)),
            LayerSpec::Gelu(gelu) if gelu.approximate => {
                Written::expression(format!("keras.activations.gelu({x}, approximate=True)"))
            }
            LayerSpec::Gelu(_) => activation("gelu"),
            LayerSpec::GlobalAvgPool => alone("GlobalAveragePooling2D"),
            LayerSpec::GlobalMaxPool => alone("GlobalMaxPooling2D"),
            LayerSpec::GroupNorm(norm) => {
                let settings = format!("{}, epsilon={:e}", norm.groups, norm.epsilon);
                named(&format!("GroupNormalization({settings}{}", affine(norm.affine)))
            }
            LayerSpec::HardSigmoid => activation("hard_sigmoid"),
            LayerSpec::HardSwish => activation("hard_swish"),
            LayerSpec::LayerNorm(norm) => {
                let axis = if matches!(self.input, Shape::Image { .. }) { "[1, 2, 3]" } else { "-1" };
                let axis = differing(&[("axis", axis.into(), "-1")]);
                let settings = format!("epsilon={:e}{axis}{}", norm.epsilon, affine(norm.affine));
                named(&format!("LayerNormalization({settings}"))
            }
            LayerSpec::LeakyRelu(relu) if (0.0..=1.0).contains(&relu.slope) => {
                named(&format!("LeakyReLU({}", relu.slope))
            }
            LayerSpec::LeakyRelu(relu) => {
                Written::expression(format!("ops.where({x} > 0, {x}, {} * {x})", relu.slope))
            }
            LayerSpec::LogSoftmax(_) => activation("log_softmax"),
            LayerSpec::MaxPool1d(pool) => Written::expression(pool::max(self, &pool.of_image())),
            LayerSpec::MaxPool2d(pool) => Written::expression(pool::max(self, &pool)),
            LayerSpec::Mish => activation("mish"),
            LayerSpec::Pad(pad) => Written::expression(pool::pad(self, &pad)),
            LayerSpec::Prelu(prelu) => named(&format!("PReLU({}", self.shared_axes(&prelu))),
            LayerSpec::Relu => activation("relu"),
            LayerSpec::Reshape(reshape) => self.reshape(reshape.shape),
            LayerSpec::Selu => activation("selu"),
            LayerSpec::Sigmoid => activation("sigmoid"),
            LayerSpec::Silu => activation("silu"),
            LayerSpec::Softmax(_) => activation("softmax"),
            LayerSpec::Softplus(softplus) if softplus.beta == 1.0 => activation("softplus"),
            LayerSpec::Softplus(softplus) => {
                let beta = softplus.beta;
                Written::expression(format!("ops.softplus({beta} * {x}) / {beta}"))
            }
            LayerSpec::Softsign => activation("softsign"),
            LayerSpec::SpatialDropout(dropout) => named(&format!("SpatialDropout2D({}", dropout.rate)),
            LayerSpec::Tanh => activation("tanh"),
            LayerSpec::Upsample(upsample) => self.upsample(&upsample),
            other => return Err(self.refused("layers that have a counterpart there", other)),
        })
    }

    fn refused(&self, expected: &str, layer: impl Display) -> ExchangeError {
        ExchangeError::new(
            format_args!("the layer `{}` cannot be written for Keras", self.node.name()),
            expected,
            layer,
            "another layer in its place, or leaving it out",
        )
    }

    fn join(&self) -> Written {
        let layer = match self.node.kind() {
            "concat" => "Concatenate",
            "sum" => "Add",
            _ => "Multiply",
        };
        let from = format!("[{}]", self.from.join(", "));
        Written::layer(format!("layers.{layer}(name=\"{}\")", self.name), from)
    }

    /// The value with the channels of an image first, as toddle counts elements.
    fn channels_first(&self) -> String {
        let x = self.from[0];
        match self.input {
            Shape::Image { channels, height, width } if channels > 1 && height * width > 1 => {
                format!("layers.Permute((3, 1, 2))({x})")
            }
            _ => x.into(),
        }
    }

    fn reshape(&self, shape: Shape) -> Written {
        let (name, from) = (self.name, self.channels_first());
        match shape {
            Shape::Vector(size) => {
                Written::layer(format!("layers.Reshape(({size},), name=\"{name}\")"), from)
            }
            Shape::Image { channels, height, width } => {
                let shape = format!("({channels}, {height}, {width})");
                Written::layer(format!("layers.Reshape({shape}, name=\"{name}\")"), from)
                    .then("layers.Permute((2, 3, 1))({})".into())
            }
        }
    }

    /// The steps are rounded to the nearest class. The features are the channels of the output.
    fn embedding(&self, Embedding { classes, features }: Embedding) -> Written {
        let steps = self.input.size();
        let x = match self.input {
            Shape::Vector(_) => self.from[0].to_owned(),
            Shape::Image { .. } => format!("layers.Reshape(({steps},))({})", self.from[0]),
        };
        let rows = format!("ops.clip(ops.cast(ops.floor({x} + 0.5), \"int32\"), 0, {})", classes - 1);
        Written::layer(format!("layers.Embedding({classes}, {features}, name=\"{}\")", self.name), rows)
            .then(format!("layers.Reshape({})({{}})", tuple(self.node.output())))
    }

    fn conv(&self, conv: &Conv2d) -> Written {
        let Conv2d { filters, kernel, stride, dilation, groups, bias, padding, .. } = *conv;
        let is_strided = stride != Size(1, 1);
        // Keras has no windows that have both. Of all windows, every second one is taken.
        let sliced = is_strided && dilation != Size(1, 1);
        let is_same = padding == Padding::Same && !sliced;
        let sides = window::sides(conv, self.input, self.node.output());
        let from = if is_same { self.from[0].into() } else { pool::zeros(self.from[0], sides) };
        let padding = if is_same { "\"same\"" } else { "\"valid\"" };
        let strides = if sliced { Size(1, 1) } else { stride };
        let settings = differing(&[
            ("strides", size(strides), "1"),
            ("padding", padding.into(), "\"valid\""),
            ("dilation_rate", size(dilation), "1"),
            ("groups", groups.to_string(), "1"),
            ("use_bias", python_bool(bias), "True"),
        ]);
        let layer = format!("layers.Conv2D({filters}, {}{settings}, name=\"{}\")", size(kernel), self.name);
        let behind = format!("{{}}[:, ::{}, ::{}]", stride.0, stride.1);
        Written::layer(layer, from).then(if sliced { behind } else { "{}".into() })
    }

    /// The output without its padding is a part of the output of Keras.
    fn conv_transpose(&self, conv: &ConvTranspose2d) -> Result<Written, ExchangeError> {
        let ConvTranspose2d { filters, kernel, stride, padding, dilation, groups, bias, .. } = *conv;
        let (Shape::Image { height, width, .. }, Shape::Image { height: rows, width: columns, .. }) =
            (self.input, self.node.output())
        else {
            return Err(self.refused("an image", self.input));
        };
        let extent = |kernel, dilation| (kernel - 1) * dilation + 1;
        let whole = |size, kernel: usize, stride: usize| size * stride + kernel.saturating_sub(stride);
        let (tall, wide) = (extent(kernel.0, dilation.0), extent(kernel.1, dilation.1));
        let (below, behind) = (whole(height, tall, stride.0), whole(width, wide, stride.1));
        let (bottom, right) = (padding.top + rows, padding.left + columns);
        if groups > 1 || stride != Size(1, 1) && dilation != Size(1, 1) || below < bottom || behind < right {
            let expected =
                "no groups, not both a stride and a dilation, and no more `output_padding` than padding";
            return Err(self.refused(expected, conv));
        }
        let settings = differing(&[
            ("strides", size(stride), "1"),
            ("dilation_rate", size(dilation), "1"),
            ("use_bias", python_bool(bias), "True"),
        ]);
        let layer =
            format!("layers.Conv2DTranspose({filters}, {}{settings}, name=\"{}\")", size(kernel), self.name);
        let cropped = format!("{{}}[:, {}:{bottom}, {}:{right}]", padding.top, padding.left);
        let is_whole = (below, behind) == (rows, columns);
        Ok(Written::layer(layer, self.from[0]).then(if is_whole { "{}".into() } else { cropped }))
    }

    fn upsample(&self, upsample: &Upsample) -> Written {
        let x = self.from[0];
        if let (true, Shape::Image { height, width, .. }) = (upsample.align_corners, self.node.output()) {
            return Written::expression(format!("stretched({x}, {height}, {width})"));
        }
        let mode = match upsample.mode {
            UpsampleMode::Nearest => "",
            UpsampleMode::Bilinear => ", interpolation=\"bilinear\"",
        };
        let Size(rows, columns) = upsample.scale;
        Written::layer(format!("layers.UpSampling2D(({rows}, {columns}){mode}, name=\"{}\")", self.name), x)
    }

    /// The axes along which the slopes are the same, as a setting.
    fn shared_axes(&self, prelu: &Prelu) -> &'static str {
        match (self.input, prelu.per_channel) {
            (Shape::Image { .. }, true) => "shared_axes=[1, 2]",
            (Shape::Image { .. }, false) => "shared_axes=[1, 2, 3]",
            (Shape::Vector(_), true) => "shared_axes=None",
            (Shape::Vector(_), false) => "shared_axes=[1]",
        }
    }
}
