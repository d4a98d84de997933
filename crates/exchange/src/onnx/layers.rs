//! Each layer as operators of ONNX.

use std::fmt::Display;

use toddle::{
    AvgPool2d, ClippedRelu, Conv2d, ConvTranspose2d, Embedding, LayerSpec, MaxPool2d, Network, Node, Shape,
    Sides, Size, Softplus,
};

use super::axes::Axes;
use super::write::Writer;
use crate::ExchangeError;
use crate::order::turned;
use crate::window;

/// A node of a network that is being written.
pub(super) struct Step<'a> {
    pub network: &'a Network<f32>,
    pub node: &'a Node<f32>,
    /// The shape of the first value that it takes.
    pub input: Shape,
    /// The names of the values that it takes.
    pub from: Vec<&'a str>,
    /// The name of its own value.
    pub to: &'a str,
}

impl Step<'_> {
    /// Writes the operators of the node, and its weights if it is their owner.
    pub fn write(&self, graph: &mut Writer) -> Result<(), ExchangeError> {
        let Some(layer) = self.node.layer() else {
            self.join(graph);
            return Ok(());
        };
        match layer.spec() {
            LayerSpec::AdaptiveAvgPool2d(pool) => {
                let window = self.even(pool.output, pool)?;
                self.avg_pool(graph, &AvgPool2d::new(window))?;
            }
            LayerSpec::AdaptiveMaxPool2d(pool) => {
                let window = self.even(pool.output, pool)?;
                self.max_pool(graph, &MaxPool2d::new(window));
            }
            LayerSpec::AvgPool1d(pool) => self.avg_pool(graph, &pool.of_image())?,
            LayerSpec::AvgPool2d(pool) => self.avg_pool(graph, &pool)?,
            LayerSpec::BatchNorm(norm) => self.batch_norm(graph, &norm),
            LayerSpec::ClippedRelu(relu) => self.clipped_relu(graph, relu),
            LayerSpec::Conv1d(conv) => self.conv(graph, &conv.of_image()),
            LayerSpec::Conv2d(conv) => self.conv(graph, &conv),
            LayerSpec::ConvTranspose2d(conv) => self.conv_transpose(graph, &conv)?,
            LayerSpec::Crop(crop) => self.crop(graph, &crop),
            LayerSpec::Dense(dense) => {
                let weight = self.weight(graph, "weight");
                let bias = dense.bias.then(|| self.weight(graph, "bias"));
                let inputs: Vec<&str> = [self.from[0], &weight].into_iter().chain(bias.as_deref()).collect();
                graph.node("Gemm", self.name(), &inputs, self.to);
            }
            LayerSpec::Dropout(dropout) => {
                let ratio = graph.floats(format!("{}.ratio", self.name()), &[], &[dropout.rate as f32]);
                graph.node("Dropout", self.name(), &[self.from[0], &ratio], self.to);
            }
            LayerSpec::Elu(elu) => {
                graph.node("Elu", self.name(), &self.from, self.to).float("alpha", elu.alpha);
            }
            LayerSpec::Embedding(embedding) => self.embedding(graph, embedding)?,
            LayerSpec::Flatten => {
                graph.node("Flatten", self.name(), &self.from, self.to).int("axis", 1);
            }
            // Nothing is random in inference.
            LayerSpec::GaussianNoise(_) | LayerSpec::SpatialDropout(_) => self.plain(graph, "Identity"),
            LayerSpec::Gelu(gelu) => {
                graph.needs(20);
                let how = if gelu.approximate { "tanh" } else { "none" };
                graph.node("Gelu", self.name(), &self.from, self.to).text("approximate", how);
            }
            LayerSpec::GlobalAvgPool => self.global(graph, "GlobalAveragePool"),
            LayerSpec::GlobalMaxPool => self.global(graph, "GlobalMaxPool"),
            LayerSpec::GroupNorm(norm) => self.group_norm(graph, &norm),
            LayerSpec::HardSigmoid => {
                let node = graph.node("HardSigmoid", self.name(), &self.from, self.to);
                node.float("alpha", 1.0 / 6.0).float("beta", 0.5);
            }
            LayerSpec::HardSwish => self.plain(graph, "HardSwish"),
            LayerSpec::LayerNorm(norm) => self.layer_norm(graph, &norm),
            LayerSpec::LeakyRelu(relu) => {
                graph.node("LeakyRelu", self.name(), &self.from, self.to).float("alpha", relu.slope);
            }
            LayerSpec::LogSoftmax(_) => {
                graph.node("LogSoftmax", self.name(), &self.from, self.to).int("axis", 1);
            }
            LayerSpec::MaxPool1d(pool) => self.max_pool(graph, &pool.of_image()),
            LayerSpec::MaxPool2d(pool) => self.max_pool(graph, &pool),
            LayerSpec::Mish => {
                graph.needs(18);
                self.plain(graph, "Mish");
            }
            LayerSpec::Pad(pad) => self.pad(graph, &pad),
            LayerSpec::Prelu(_) => self.prelu(graph),
            LayerSpec::Relu => self.plain(graph, "Relu"),
            LayerSpec::Reshape(_) => self.reshape(graph),
            LayerSpec::Selu => {
                let node = graph.node("Selu", self.name(), &self.from, self.to);
                node.float("alpha", 1.6732632423543772).float("gamma", 1.0507009873554805);
            }
            LayerSpec::Sigmoid => self.plain(graph, "Sigmoid"),
            LayerSpec::Silu => {
                let gate = format!("{}.gate", self.name());
                graph.node("Sigmoid", &gate, &self.from, &gate);
                graph.node("Mul", self.name(), &[self.from[0], &gate], self.to);
            }
            LayerSpec::Softmax(_) => {
                graph.node("Softmax", self.name(), &self.from, self.to).int("axis", 1);
            }
            LayerSpec::Softplus(softplus) => self.softplus(graph, softplus),
            LayerSpec::Softsign => self.plain(graph, "Softsign"),
            LayerSpec::Tanh => self.plain(graph, "Tanh"),
            LayerSpec::Upsample(upsample) => self.upsample(graph, &upsample),
            other => return Err(self.refused("layers that ONNX has operators for", other)),
        }
        Ok(())
    }

    pub(super) fn name(&self) -> &str {
        self.node.name()
    }

    /// The name of the node that has the weights.
    fn owner(&self) -> &str {
        self.network.nodes()[self.node.owner()].name()
    }

    fn is_owner(&self) -> bool {
        std::ptr::eq(&raw const self.network.nodes()[self.node.owner()], self.node)
    }

    fn plain(&self, graph: &mut Writer, operator: &str) {
        graph.node(operator, self.name(), &self.from, self.to);
    }

    /// A concatenation, a sum, or a product.
    fn join(&self, graph: &mut Writer) {
        match self.node.kind() {
            "concat" => {
                graph.node("Concat", self.name(), &self.from, self.to).int("axis", 1);
            }
            "sum" if self.from.len() == 2 => self.plain(graph, "Add"),
            "sum" => self.plain(graph, "Sum"),
            _ => {
                let mut before = self.from[0].to_owned();
                for (n, factor) in self.from.iter().enumerate().skip(1) {
                    let is_last = n + 1 == self.from.len();
                    let part = if is_last { self.to.into() } else { format!("{}.part{n}", self.name()) };
                    let name = if is_last { self.name() } else { &part };
                    graph.node("Mul", name, &[&before, factor], &part);
                    before = part;
                }
            }
        }
    }

    fn conv(&self, graph: &mut Writer, conv: &Conv2d) {
        let axes = graph.axes;
        let sides = window::sides(conv, self.input, self.node.output());
        let weight = self.turned_weight(graph);
        let bias = conv.bias.then(|| self.weight(graph, "bias"));
        let inputs: Vec<&str> = [self.from[0], &weight].into_iter().chain(bias.as_deref()).collect();
        let node = graph.node("Conv", self.name(), &inputs, self.to);
        let node =
            node.ints("kernel_shape", &axes.plane(conv.kernel)).ints("strides", &axes.plane(conv.stride));
        let node = node.ints("pads", &axes.pads(sides)).ints("dilations", &axes.plane(conv.dilation));
        node.int("group", conv.groups);
    }

    fn conv_transpose(&self, graph: &mut Writer, conv: &ConvTranspose2d) -> Result<(), ExchangeError> {
        // ONNX allows a dilation that is larger, but onnxruntime does not.
        if conv.output_padding.0 >= conv.stride.0 || conv.output_padding.1 >= conv.stride.1 {
            return Err(self.refused("an output padding that is less than the stride", conv));
        }
        let axes = graph.axes;
        let weight = self.turned_weight(graph);
        let bias = conv.bias.then(|| self.weight(graph, "bias"));
        let inputs: Vec<&str> = [self.from[0], &weight].into_iter().chain(bias.as_deref()).collect();
        let node = graph.node("ConvTranspose", self.name(), &inputs, self.to);
        let node =
            node.ints("kernel_shape", &axes.plane(conv.kernel)).ints("strides", &axes.plane(conv.stride));
        let node = node.ints("pads", &axes.pads(conv.padding));
        let node = node.ints("output_padding", &axes.plane(conv.output_padding));
        node.ints("dilations", &axes.plane(conv.dilation)).int("group", conv.groups);
        Ok(())
    }

    fn avg_pool(&self, graph: &mut Writer, pool: &AvgPool2d) -> Result<(), ExchangeError> {
        let (sides, ceil_mode) = self.pool_sides(pool, pool.ceil_mode);
        if pool.ceil_mode && !ceil_mode && pool.count_padding {
            return Err(self.refused("windows that do not count the padding, or without ceil_mode", pool));
        }
        let axes = graph.axes;
        let node = graph.node("AveragePool", self.name(), &self.from, self.to);
        let node = node.ints("kernel_shape", &axes.plane(pool.window));
        let node = node.ints("strides", &axes.plane(pool.stride.unwrap_or(pool.window)));
        let node = node.ints("pads", &axes.pads(sides)).int("count_include_pad", pool.count_padding.into());
        node.int("ceil_mode", ceil_mode.into());
        Ok(())
    }

    fn max_pool(&self, graph: &mut Writer, pool: &MaxPool2d) {
        let (sides, ceil_mode) = self.pool_sides(pool, pool.ceil_mode);
        let axes = graph.axes;
        let node = graph.node("MaxPool", self.name(), &self.from, self.to);
        let node = node.ints("kernel_shape", &axes.plane(pool.window));
        let node = node.ints("strides", &axes.plane(pool.stride.unwrap_or(pool.window)));
        let node = node.ints("pads", &axes.pads(sides)).ints("dilations", &axes.plane(pool.dilation));
        node.int("ceil_mode", ceil_mode.into());
    }

    /// The padding of pooling, and whether the size of the output is rounded up. ONNX has one window more than toddle and PyTorch if
    /// it would begin in the padding behind the image. Then the rows and columns that the last windows take are padding.
    fn pool_sides(&self, windows: impl Into<window::Windows>, ceil_mode: bool) -> (Sides, bool) {
        let (windows, output) = (windows.into(), self.node.output());
        let sides = window::sides(windows, self.input, output);
        let (Size(height, width), Size(rows, columns)) = (window::plane(self.input), window::plane(output));
        let window::Windows { kernel, stride, dilation, .. } = windows;
        let rounded_up = |size: usize, padding: usize, kernel: usize, stride: usize, dilation: usize| {
            (size + padding).saturating_sub((kernel - 1) * dilation + 1).div_ceil(stride) + 1
        };
        let onnx = Size(
            rounded_up(height, sides.top + sides.bottom, kernel.0, stride.0, dilation.0),
            rounded_up(width, sides.left + sides.right, kernel.1, stride.1, dilation.1),
        );
        match ceil_mode && onnx != Size(rows, columns) {
            true => (window::reached(windows, self.input, output), false),
            false => (sides, ceil_mode),
        }
    }

    /// The windows side by side that divide the image into `output`.
    fn even(&self, output: Size, layer: impl Display) -> Result<Size, ExchangeError> {
        match self.input {
            Shape::Image { height, width, .. } if height % output.0 == 0 && width % output.1 == 0 => {
                Ok(Size(height / output.0, width / output.1))
            }
            _ => Err(self.refused("an output that divides the rows and columns of its input", layer)),
        }
    }

    fn clipped_relu(&self, graph: &mut Writer, relu: ClippedRelu) {
        let least = graph.floats(format!("{}.min", self.name()), &[], &[0.0]);
        let most = graph.floats(format!("{}.max", self.name()), &[], &[relu.max as f32]);
        graph.node("Clip", self.name(), &[self.from[0], &least, &most], self.to);
    }

    /// `ln(1 + e^βx)/β`
    fn softplus(&self, graph: &mut Writer, Softplus { beta }: Softplus) {
        if beta == 1.0 {
            return self.plain(graph, "Softplus");
        }
        let beta = graph.floats(format!("{}.beta", self.name()), &[], &[beta as f32]);
        let [inside, outside] = ["inside", "outside"].map(|part| format!("{}.{part}", self.name()));
        graph.node("Mul", &inside, &[self.from[0], &beta], &inside);
        graph.node("Softplus", &outside, &[&inside], &outside);
        graph.node("Div", self.name(), &[&outside, &beta], self.to);
    }

    fn embedding(&self, graph: &mut Writer, embedding: Embedding) -> Result<(), ExchangeError> {
        // Only there the numbers are known to be whole. Elsewhere toddle rounds them.
        if self.node.inputs()[0] >= self.network.inputs().len() {
            return Err(self.refused("class numbers that are an input of the network", embedding));
        }
        let weight = self.weight(graph, "weight");
        let named = |part: &str| format!("{}.{part}", self.name());
        let [classes, rows] = ["classes", "rows"].map(named);
        graph.node("Cast", &classes, &self.from, &classes).int("to", INT64);
        // Without the axis of the channels, and with that of the row, if there is one.
        let (operator, perm): (_, &[usize]) = match (graph.axes, self.input, self.node.output()) {
            (_, _, Shape::Vector(_)) => (None, &[]),
            (Axes::Sequence, Shape::Vector(_), _) => (None, &[0, 2, 1]),
            (Axes::Sequence, Shape::Image { .. }, _) => (Some("Squeeze"), &[0, 2, 1]),
            (Axes::Image, Shape::Vector(_), _) => (Some("Unsqueeze"), &[0, 3, 1, 2]),
            (Axes::Image, Shape::Image { .. }, _) => (Some("Squeeze"), &[0, 3, 1, 2]),
        };
        let row = operator.map_or_else(
            || classes.clone(),
            |operator| {
                let (row, axis) = (named("row"), graph.whole(named("axis"), &[1]));
                graph.node(operator, &row, &[&classes, &axis], &row);
                row
            },
        );
        graph.node("Gather", &rows, &[&weight, &row], &rows);
        if perm.is_empty() {
            // The number of each sample has an axis of its own.
            let axis = graph.whole(named("axis"), &[1]);
            graph.node("Squeeze", self.name(), &[&rows, &axis], self.to);
        } else {
            graph.node("Transpose", self.name(), &[&rows], self.to).ints("perm", perm);
        }
        Ok(())
    }

    /// One number for each channel.
    fn global(&self, graph: &mut Writer, operator: &str) {
        let image = format!("{}.image", self.name());
        graph.node(operator, &image, &self.from, &image);
        graph.node("Flatten", self.name(), &[&image], self.to).int("axis", 1);
    }

    fn prelu(&self, graph: &mut Writer) {
        let slope = self.weight_of_channels(graph, "slope");
        graph.node("PRelu", self.name(), &[self.from[0], &slope], self.to);
    }

    fn reshape(&self, graph: &mut Writer) {
        let shape = self.output_shape(graph);
        graph.node("Reshape", self.name(), &[self.from[0], &shape], self.to);
    }

    /// The shape of the output, as the input of a Reshape. Returns its name.
    pub(super) fn output_shape(&self, graph: &mut Writer) -> String {
        // 0 is the size that is there, which is the batch.
        let sample = graph.axes.sample(self.node.output());
        let dims: Vec<i64> = std::iter::once(0).chain(sample.into_iter().map(|size| size as i64)).collect();
        graph.whole(format!("{}.shape", self.name()), &dims)
    }

    /// A parameter of channels, which ONNX repeats along rows and columns. Returns its name.
    pub(super) fn weight_of_channels(&self, graph: &mut Writer, part: &str) -> String {
        let (_, _, shape) = self.param(part);
        let dims = match self.input {
            Shape::Image { .. } => graph.axes.with([shape[0]], Size(1, 1)),
            Shape::Vector(_) => shape.to_vec(),
        };
        self.weight_with(graph, part, &dims)
    }

    /// The name, the elements and the shape of a parameter.
    fn param(&self, part: &str) -> (String, &[f32], &[usize]) {
        let name = format!("{}.{part}", self.owner());
        let param = self.network.layout().get(&name).expect("the layer has this parameter");
        (name, &self.network.weights()[param.range.clone()], &param.shape)
    }

    /// A parameter as it is. Returns its name.
    fn weight(&self, graph: &mut Writer, part: &str) -> String {
        let (_, _, shape) = self.param(part);
        self.weight_with(graph, part, shape)
    }

    /// A parameter with the sizes `dims`. Returns its name.
    pub(super) fn weight_with(&self, graph: &mut Writer, part: &str, dims: &[usize]) -> String {
        let (name, values, _) = self.param(part);
        if self.is_owner() {
            graph.floats(name.clone(), dims, values);
        }
        name
    }

    /// The weights of a convolution, as `(out, in, rows, columns)` or `(out, in, steps)`. Returns their name.
    fn turned_weight(&self, graph: &mut Writer) -> String {
        let (name, values, shape) = self.param("weight");
        let &[rows, columns, inputs, outputs] = shape else { unreachable!("a window has rows and columns") };
        if self.is_owner() {
            let dims = graph.axes.with([outputs, inputs], Size(rows, columns));
            graph.floats(name.clone(), &dims, &turned(values, shape, &[3, 2, 0, 1]));
        }
        name
    }

    /// A part of the state. Returns its name.
    pub(super) fn state(&self, graph: &mut Writer, part: &str) -> String {
        let name = format!("{}.{part}", self.owner());
        let param = self.network.state_layout().get(&name).expect("the layer has this state");
        if self.is_owner() {
            graph.floats(name.clone(), &param.shape, &self.network.state()[param.range.clone()]);
        }
        name
    }

    fn refused(&self, expected: &str, layer: impl Display) -> ExchangeError {
        ExchangeError::new(
            format_args!("the layer `{}` cannot be written to an ONNX file", self.name()),
            expected,
            layer,
            "another layer in its place, or leaving it out",
        )
    }
}

/// The number of the type `INT64`, in a cast.
const INT64: usize = 7;
