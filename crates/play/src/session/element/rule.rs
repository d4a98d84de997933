//! How a node computes an element of its output.

use toddle::{
    Conv2d, ConvTranspose2d, Float, LayerSpec, Network, PadMode, Padding, Shape, Size, SoftmaxAxis,
};
use toddle_kernels::conv2d::{Axis, Geometry};
use toddle_kernels::group_norm;

/// How a node computes an element of its output.
#[derive(Clone, Debug)]
pub enum Rule {
    /// A chain over all inputs, for so many outputs.
    Dense { outputs: usize, bias: bool },
    /// A chain over a window.
    Conv { g: Geometry, bias: bool },
    /// A chain over the elements whose windows it is in: the way back of the convolution `g`.
    Transposed { g: Geometry, bias: bool },
    /// A chain over a few elements, with weights that are not learned.
    Resampled,
    /// The average of a window. With `whole`, padding counts as zeros.
    Average { g: Geometry, whole: bool },
    /// The largest element of a window.
    Largest { g: Geometry },
    /// A function of the element at the same place.
    Each,
    /// A softmax over the channels of each of so many places, or its logarithm.
    Softmax { places: usize, logarithm: bool },
    /// A normalisation by running statistics, of channels of so many elements.
    Norm { plane: usize, epsilon: f64, affine: bool },
    /// A normalisation of each group of channels by its own mean and variance.
    GroupNorm { g: group_norm::Geometry, affine: bool },
    /// The element at the same place.
    Copy,
    /// The values one after the other.
    Concat,
    /// A sum of values.
    Sum,
    /// A product of values.
    Product,
    /// Another computation, which the layer does as a whole.
    Layer,
}

/// The rule of node `n`.
pub fn of<T: Float>(network: &Network<T>, n: usize) -> Rule {
    let node = &network.nodes()[n];
    let (input, output) = (network.shape(node.inputs()[0]), node.output());
    let Some(layer) = node.layer() else {
        return match node.kind() {
            "concat" => Rule::Concat,
            "sum" => Rule::Sum,
            _ => Rule::Product,
        };
    };
    use LayerSpec as Is;
    match layer.spec() {
        Is::Dense(dense) => Rule::Dense { outputs: dense.outputs, bias: dense.bias },
        Is::Conv1d(conv) => convolution(&conv.of_image(), input, output),
        Is::Conv2d(conv) => convolution(&conv, input, output),
        Is::ConvTranspose2d(conv) => transposed(&conv, input, output),
        Is::Upsample(_) | Is::Crop(_) => Rule::Resampled,
        Is::Pad(pad) if pad.mode == PadMode::Zeros => Rule::Resampled,
        Is::AvgPool1d(pool) => average(&pool.of_image(), input, output),
        Is::AvgPool2d(pool) => average(&pool, input, output),
        Is::MaxPool1d(pool) => largest(&pool.of_image(), input, output),
        Is::MaxPool2d(pool) => largest(&pool, input, output),
        Is::GlobalAvgPool => whole_image(input).map_or(Rule::Layer, |g| Rule::Average { g, whole: true }),
        Is::GlobalMaxPool => whole_image(input).map_or(Rule::Layer, |g| Rule::Largest { g }),
        Is::Softmax(softmax) => Rule::Softmax { places: places(softmax.axis, input), logarithm: false },
        Is::LogSoftmax(softmax) => Rule::Softmax { places: places(softmax.axis, input), logarithm: true },
        Is::BatchNorm(norm) => Rule::Norm { plane: plane(input), epsilon: norm.epsilon, affine: norm.affine },
        Is::GroupNorm(norm) => {
            let plane = plane(input);
            let (groups, epsilon) = (norm.groups, norm.epsilon);
            let g = group_norm::Geometry { groups, channels: input.size() / plane, plane, epsilon };
            Rule::GroupNorm { g, affine: norm.affine }
        }
        Is::LayerNorm(norm) => {
            let (channels, epsilon) = (input.size(), norm.epsilon);
            let g = group_norm::Geometry { groups: 1, channels, plane: 1, epsilon };
            Rule::GroupNorm { g, affine: norm.affine }
        }
        Is::Flatten | Is::Reshape(_) | Is::Dropout(_) | Is::SpatialDropout(_) | Is::GaussianNoise(_) => {
            Rule::Copy
        }
        Is::Relu
        | Is::ClippedRelu(_)
        | Is::LeakyRelu(_)
        | Is::Prelu(_)
        | Is::Elu(_)
        | Is::Selu
        | Is::Gelu(_)
        | Is::Silu
        | Is::Mish
        | Is::HardSwish
        | Is::HardSigmoid
        | Is::Sigmoid
        | Is::Softplus(_)
        | Is::Softsign
        | Is::Tanh => Rule::Each,
        _ => Rule::Layer,
    }
}

/// The number of elements of a channel.
fn plane(shape: Shape) -> usize {
    match shape {
        Shape::Vector(_) => 1,
        Shape::Image { height, width, .. } => height * width,
    }
}

/// The number of places that have a softmax of their own.
fn places(axis: SoftmaxAxis, input: Shape) -> usize {
    if axis == SoftmaxAxis::Elements { 1 } else { plane(input) }
}

fn convolution(conv: &Conv2d, input: Shape, output: Shape) -> Rule {
    if conv.fast {
        return Rule::Layer;
    }
    let windows =
        Windows { kernel: conv.kernel, stride: conv.stride, dilation: conv.dilation, padding: conv.padding };
    match windows.geometry(input, output, conv.groups) {
        Some(g) => Rule::Conv { g, bias: conv.bias },
        None => Rule::Layer,
    }
}

/// The convolution whose input is the output of this layer.
fn transposed(conv: &ConvTranspose2d, input: Shape, output: Shape) -> Rule {
    let ConvTranspose2d { kernel, stride, dilation, padding, .. } = *conv;
    let windows = Windows { kernel, stride, dilation, padding: Padding::Sides(padding) };
    match windows.geometry(output, input, conv.groups) {
        Some(g) => Rule::Transposed { g, bias: conv.bias },
        None => Rule::Layer,
    }
}

fn average(pool: &toddle::AvgPool2d, input: Shape, output: Shape) -> Rule {
    let stride = pool.stride.unwrap_or(pool.window);
    let windows = Windows { kernel: pool.window, stride, dilation: Size(1, 1), padding: pool.padding };
    let counts_beyond = pool.count_padding && pool.ceil_mode;
    match windows.geometry(input, output, 1).filter(|_| !counts_beyond) {
        Some(g) => Rule::Average { g, whole: pool.count_padding },
        None => Rule::Layer,
    }
}

fn largest(pool: &toddle::MaxPool2d, input: Shape, output: Shape) -> Rule {
    let stride = pool.stride.unwrap_or(pool.window);
    let windows = Windows { kernel: pool.window, stride, dilation: pool.dilation, padding: pool.padding };
    windows.geometry(input, output, 1).map_or(Rule::Layer, |g| Rule::Largest { g })
}

/// One window over the whole image.
fn whole_image(input: Shape) -> Option<Geometry> {
    let Shape::Image { channels, height, width } = input else { return None };
    Some(Geometry::plain((channels, height, width), channels, (height, width)))
}

/// The settings of windows.
struct Windows {
    kernel: Size,
    stride: Size,
    dilation: Size,
    padding: Padding,
}

impl Windows {
    /// Where each window lies. None for a vector.
    fn geometry(&self, input: Shape, output: Shape, groups: usize) -> Option<Geometry> {
        let Shape::Image { channels, height, width } = input else { return None };
        let Shape::Image { channels: filters, height: rows, width: columns } = output else { return None };
        let (above, aside) = match self.padding {
            Padding::Valid => (None, None),
            Padding::Same => (Some(None), Some(None)),
            Padding::Sides(sides) => (Some(Some(sides.top)), Some(Some(sides.left))),
        };
        let axis = |input: usize,
                    output,
                    kernel: usize,
                    stride: usize,
                    dilation: usize,
                    padding: Option<Option<usize>>| {
            let covered = (input.div_ceil(stride) - 1) * stride + (kernel - 1) * dilation + 1;
            let same = covered.saturating_sub(input) / 2;
            let padding = padding.map_or(0, |given| given.unwrap_or(same));
            Axis { input, output, kernel, stride, dilation, padding }
        };
        let Windows { kernel, stride, dilation, .. } = self;
        Some(Geometry {
            channels,
            filters,
            groups,
            rows: axis(height, rows, kernel.0, stride.0, dilation.0, above),
            columns: axis(width, columns, kernel.1, stride.1, dilation.1, aside),
        })
    }
}
