//! Each layer as a module of PyTorch, and as an expression.

use std::fmt::Display;

use toddle::{
    AvgPool2d, BatchNorm, Conv2d, ConvTranspose2d, Crop, Embedding, GroupNorm, LayerNorm, LayerSpec,
    MaxPool2d, Network, Node, Pad, PadMode, Prelu, Shape, Sides, Upsample, UpsampleMode,
};

use crate::ExchangeError;
use crate::python::{differing, pair, python_bool, size, sizes};
use crate::window::{self, Windows};

/// A layer in the file.
pub(super) struct Line {
    /// The name of its value, and of its module.
    pub value: String,
    /// The module with its weights.
    pub module: Option<String>,
    /// Its value.
    pub expression: String,
    /// The shape of its value.
    pub output: Shape,
}

/// The layers of `network`, whose values have the names `values`.
pub(super) fn lines(network: &Network<f32>, values: &[String]) -> Result<Vec<Line>, ExchangeError> {
    let first = network.inputs().len();
    let line = |(n, node): (usize, &Node<f32>)| {
        let from: Vec<&str> = node.inputs().iter().map(|&value| &*values[value]).collect();
        let owner = format!("self.{}", values[first + node.owner()]);
        let takes_input = node.inputs()[0] < network.inputs().len();
        let step = Step { node, input: network.shape(node.inputs()[0]), takes_input, from, owner };
        let (module, expression) = step.write()?;
        let module = module.filter(|_| node.owner() == n);
        Ok(Line { value: values[first + n].clone(), module, expression, output: node.output() })
    };
    network.nodes().iter().enumerate().map(line).collect()
}

/// A node that is being written.
struct Step<'a> {
    node: &'a Node<f32>,
    input: Shape,
    /// Whether it takes an input of the network.
    takes_input: bool,
    /// The names of the values that it takes.
    from: Vec<&'a str>,
    /// The module with its weights.
    owner: String,
}

/// A module, and an expression.
type Written = (Option<String>, String);

impl Step<'_> {
    fn write(&self) -> Result<Written, ExchangeError> {
        let x = self.from[0];
        let Some(layer) = self.node.layer() else { return Ok((None, self.join())) };
        let function = |name: &str| (None, format!("F.{name}({x})"));
        Ok(match layer.spec() {
            LayerSpec::AdaptiveAvgPool2d(pool) => {
                (None, format!("F.adaptive_avg_pool2d({x}, {})", size(pool.output)))
            }
            LayerSpec::AdaptiveMaxPool2d(pool) => {
                (None, format!("F.adaptive_max_pool2d({x}, {})", size(pool.output)))
            }
            LayerSpec::AvgPool1d(pool) => (None, self.avg_pool(&pool.of_image())),
            LayerSpec::AvgPool2d(pool) => (None, self.avg_pool(&pool)),
            LayerSpec::BatchNorm(norm) => self.batch_norm(&norm),
            LayerSpec::ClippedRelu(relu) => (None, format!("{x}.clamp(0, {})", relu.max)),
            LayerSpec::Conv1d(conv) => self.conv(&conv.of_image()),
            LayerSpec::Conv2d(conv) => self.conv(&conv),
            LayerSpec::ConvTranspose2d(conv) => self.conv_transpose(&conv),
            LayerSpec::Crop(crop) => (None, self.crop(&crop)),
            LayerSpec::Dense(dense) => {
                let bias = differing(&[("bias", python_bool(dense.bias), "True")]);
                let module = format!("nn.Linear({}, {}{bias})", self.input.size(), dense.outputs);
                (Some(module), self.called(x))
            }
            LayerSpec::Dropout(dropout) => (None, format!("F.dropout({x}, {}, self.training)", dropout.rate)),
            LayerSpec::Elu(elu) => (None, format!("F.elu({x}, {})", elu.alpha)),
            LayerSpec::Embedding(embedding) if self.takes_input => self.embedding(embedding),
            LayerSpec::Embedding(embedding) => {
                return Err(self.refused("class numbers that are an input of the network", embedding));
            }
            LayerSpec::Flatten => (None, format!("{x}.flatten(1)")),
            LayerSpec::GaussianNoise(noise) => {
                let noise = format!("{} * torch.randn_like({x})", noise.deviation);
                (None, format!("{x} + {noise} if self.training else {x}"))
            }
            LayerSpec::Gelu(gelu) if gelu.approximate => (None, format!("F.gelu({x}, approximate=\"tanh\")")),
            LayerSpec::Gelu(_) => function("gelu"),
            LayerSpec::GlobalAvgPool => (None, format!("{x}.mean((2, 3))")),
            LayerSpec::GlobalMaxPool => (None, format!("{x}.amax((2, 3))")),
            LayerSpec::GroupNorm(norm) => self.group_norm(&norm),
            LayerSpec::HardSigmoid => function("hardsigmoid"),
            LayerSpec::HardSwish => function("hardswish"),
            LayerSpec::LayerNorm(norm) => self.layer_norm(&norm),
            LayerSpec::LeakyRelu(relu) => (None, format!("F.leaky_relu({x}, {})", relu.slope)),
            LayerSpec::LogSoftmax(_) => (None, format!("F.log_softmax({x}, 1)")),
            LayerSpec::MaxPool1d(pool) => (None, self.max_pool(&pool.of_image())),
            LayerSpec::MaxPool2d(pool) => (None, self.max_pool(&pool)),
            LayerSpec::Mish => function("mish"),
            LayerSpec::Pad(pad) => (None, self.pad(&pad)),
            LayerSpec::Prelu(prelu) => self.prelu(&prelu),
            LayerSpec::Relu => function("relu"),
            LayerSpec::Reshape(reshape) => (None, format!("{x}.reshape(-1, {})", sizes(reshape.shape))),
            LayerSpec::Selu => function("selu"),
            LayerSpec::Sigmoid => function("sigmoid"),
            LayerSpec::Silu => function("silu"),
            LayerSpec::Softmax(_) => (None, format!("F.softmax({x}, 1)")),
            LayerSpec::Softplus(softplus) => (None, format!("F.softplus({x}, {})", softplus.beta)),
            LayerSpec::Softsign => function("softsign"),
            LayerSpec::SpatialDropout(dropout) => {
                (None, format!("F.dropout2d({x}, {}, self.training)", dropout.rate))
            }
            LayerSpec::Tanh => function("tanh"),
            LayerSpec::Upsample(upsample) => (None, self.upsample(&upsample)),
            other => return Err(self.refused("layers that have a counterpart there", other)),
        })
    }

    fn refused(&self, expected: &str, layer: impl Display) -> ExchangeError {
        ExchangeError::new(
            format_args!("the layer `{}` cannot be written for PyTorch", self.node.name()),
            expected,
            layer,
            "another layer in its place, or leaving it out",
        )
    }

    /// The module, applied to `x`.
    fn called(&self, x: &str) -> String {
        format!("{}({x})", self.owner)
    }

    fn join(&self) -> String {
        match self.node.kind() {
            "concat" => format!("torch.cat([{}], 1)", self.from.join(", ")),
            "sum" => self.from.join(" + "),
            _ => self.from.join(" * "),
        }
    }

    /// The number of channels, or of elements of a vector.
    fn channels(&self) -> usize {
        match self.input {
            Shape::Image { channels, .. } => channels,
            Shape::Vector(size) => size,
        }
    }

    fn batch_norm(&self, norm: &BatchNorm) -> Written {
        let kind = if matches!(self.input, Shape::Image { .. }) { "2d" } else { "1d" };
        let BatchNorm { epsilon, momentum, affine } = *norm;
        let affine = differing(&[("affine", python_bool(affine), "True")]);
        let settings = format!("eps={epsilon:e}, momentum={momentum}{affine}");
        let module = format!("nn.BatchNorm{kind}({}, {settings})", self.channels());
        (Some(module), self.called(self.from[0]))
    }

    fn group_norm(&self, norm: &GroupNorm) -> Written {
        let GroupNorm { groups, affine, epsilon } = *norm;
        let affine = differing(&[("affine", python_bool(affine), "True")]);
        let module = format!("nn.GroupNorm({groups}, {}, eps={epsilon:e}{affine})", self.channels());
        (Some(module), self.called(self.from[0]))
    }

    fn layer_norm(&self, norm: &LayerNorm) -> Written {
        let LayerNorm { affine, epsilon } = *norm;
        let affine = differing(&[("elementwise_affine", python_bool(affine), "True")]);
        let shape = match self.input {
            Shape::Image { .. } => format!("({})", sizes(self.input)),
            Shape::Vector(size) => size.to_string(),
        };
        let module = format!("nn.LayerNorm({shape}, eps={epsilon:e}{affine})");
        (Some(module), self.called(self.from[0]))
    }

    /// The features are the channels of the output.
    fn embedding(&self, Embedding { classes, features }: Embedding) -> Written {
        let rows = self.called(&format!("{}.long().flatten(1)", self.from[0]));
        let expression = match self.node.output() {
            Shape::Vector(_) => format!("{rows}.flatten(1)"),
            Shape::Image { .. } => format!("{rows}.transpose(1, 2).unsqueeze(2)"),
        };
        (Some(format!("nn.Embedding({classes}, {features})")), expression)
    }

    fn crop(&self, crop: &Crop) -> String {
        let (Sides { top, left, .. }, Shape::Image { height, width, .. }) = (crop.sides, self.node.output())
        else {
            return self.from[0].into();
        };
        format!("{}[:, :, {top}:{}, {left}:{}]", self.from[0], top + height, left + width)
    }

    fn pad(&self, pad: &Pad) -> String {
        let mode = match pad.mode {
            PadMode::Zeros => String::new(),
            PadMode::Constant => format!(", value={}", pad.value),
            PadMode::Reflect | PadMode::Replicate | PadMode::Circular => format!(", mode=\"{}\"", pad.mode),
        };
        around(self.from[0], pad.padding, &mode)
    }

    fn upsample(&self, upsample: &Upsample) -> String {
        // Of the modes for nearest elements, this one takes the element ⌊o/s⌋ for every factor.
        let mode = match upsample.mode {
            UpsampleMode::Nearest => "nearest-exact",
            UpsampleMode::Bilinear => "bilinear",
        };
        let corners = differing(&[("align_corners", python_bool(upsample.align_corners), "False")]);
        let scale = size(upsample.scale);
        format!("F.interpolate({}, scale_factor={scale}, mode=\"{mode}\"{corners})", self.from[0])
    }

    fn conv(&self, conv: &Conv2d) -> Written {
        let sides = window::sides(conv, self.input, self.node.output());
        let (padding, x) = padded(self.from[0], sides, "");
        let Conv2d { filters, kernel, stride, dilation, groups, bias, .. } = *conv;
        let mut module = format!("nn.Conv2d({}, {filters}, {}", self.channels(), size(kernel));
        let settings =
            [("stride", size(stride), "1"), ("padding", padding, "0"), ("dilation", size(dilation), "1")];
        module += &differing(&settings);
        module += &differing(&[("groups", groups.to_string(), "1"), ("bias", python_bool(bias), "True")]);
        (Some(module + ")"), self.called(&x))
    }

    fn conv_transpose(&self, conv: &ConvTranspose2d) -> Written {
        let ConvTranspose2d { filters, kernel, stride, padding, output_padding, dilation, groups, bias } =
            *conv;
        let is_even = padding.top == padding.bottom && padding.left == padding.right;
        let inside = if is_even { pair(padding.top, padding.left) } else { "0".into() };
        let mut module = format!("nn.ConvTranspose2d({}, {filters}, {}", self.channels(), size(kernel));
        module += &differing(&[("stride", size(stride), "1"), ("padding", inside, "0")]);
        module +=
            &differing(&[("output_padding", size(output_padding), "0"), ("dilation", size(dilation), "1")]);
        module += &differing(&[("groups", groups.to_string(), "1"), ("bias", python_bool(bias), "True")]);
        let mut expression = self.called(self.from[0]);
        if let (false, Shape::Image { height, width, .. }) = (is_even, self.node.output()) {
            let (top, left) = (padding.top, padding.left);
            expression += &format!("[:, :, {top}:{}, {left}:{}]", top + height, left + width);
        }
        (Some(module + ")"), expression)
    }

    fn max_pool(&self, pool: &MaxPool2d) -> String {
        let (sides, ceil_mode) = self.padding(pool, pool.ceil_mode);
        let (padding, x) = padded(self.from[0], sides, ", value=-torch.inf");
        let stride = size(pool.stride.unwrap_or(pool.window));
        let settings =
            differing(&[("padding", padding, "0"), ("dilation", size(pool.dilation), "1"), ceil_mode]);
        format!("F.max_pool2d({x}, {}, {stride}{settings})", size(pool.window))
    }

    fn avg_pool(&self, pool: &AvgPool2d) -> String {
        let AvgPool2d { window, stride, count_padding, .. } = *pool;
        let x = self.from[0];
        let (sides, ceil_mode) = self.padding(pool, pool.ceil_mode);
        let windows = format!("{}, {}", size(window), size(stride.unwrap_or(window)));
        let given = window::sides(pool, self.input, self.node.output());
        let (inside, padded) = padded(x, sides, "");
        if if count_padding { sides != given } else { padded != x } {
            // The share of a window that counts makes the mean of the window the mean of this share.
            let ones = format!("torch.ones_like({x})");
            let (ones, counted) = match count_padding && given != Sides::default() {
                true => (around(&ones, given, ", value=1"), given),
                false => (ones, Sides::default()),
            };
            let beyond = Sides {
                top: sides.top - counted.top,
                bottom: sides.bottom - counted.bottom,
                left: sides.left - counted.left,
                right: sides.right - counted.right,
            };
            let [sums, counts] = [around(x, sides, ""), around(&ones, beyond, "")];
            return format!("F.avg_pool2d({sums}, {windows}) / F.avg_pool2d({counts}, {windows})");
        }
        let counts = ("count_include_pad", python_bool(count_padding), "True");
        format!(
            "F.avg_pool2d({padded}, {windows}{})",
            differing(&[("padding", inside, "0"), ceil_mode, counts])
        )
    }

    /// The padding of a pooling, and whether PyTorch adds what its last windows take beyond it. PyTorch does so only
    /// for padding that is even.
    fn padding(
        &self,
        windows: impl Into<Windows>,
        ceil_mode: bool,
    ) -> (Sides, (&'static str, String, &'static str)) {
        let windows = windows.into();
        let sides = window::sides(windows, self.input, self.node.output());
        let is_even = sides.top == sides.bottom && sides.left == sides.right;
        let by_pytorch = ceil_mode && is_even;
        let reached = window::reached(windows, self.input, self.node.output());
        let setting = ("ceil_mode", python_bool(by_pytorch), "False");
        (if by_pytorch || !ceil_mode { sides } else { reached }, setting)
    }

    fn prelu(&self, prelu: &Prelu) -> Written {
        let slopes = if prelu.per_channel { self.channels() } else { 1 };
        (Some(format!("nn.PReLU({slopes}, init={})", prelu.initial)), self.called(self.from[0]))
    }
}

/// The padding inside of an operator and the value: PyTorch has only even padding there, so another is added before.
fn padded(x: &str, sides: Sides, value: &str) -> (String, String) {
    let Sides { top, bottom, left, right } = sides;
    if top == bottom && left == right {
        (pair(top, left), x.into())
    } else {
        ("0".into(), around(x, sides, value))
    }
}

/// `x` with rows and columns around it.
fn around(x: &str, Sides { top, bottom, left, right }: Sides, value: &str) -> String {
    format!("F.pad({x}, ({left}, {right}, {top}, {bottom}){value})")
}
