//! Layers with random settings on small random inputs, and random graphs of them.

use toddle::{
    AdaptiveAvgPool2d, AdaptiveMaxPool2d, AvgPool1d, AvgPool2d, BatchNorm, ClippedRelu, Conv1d, Conv2d,
    ConvTranspose2d, Crop, Dense, Dropout, Elu, Embedding, GaussianNoise, Gelu, GraphSpec, GroupNorm,
    Jacobian, LayerNorm, LayerSpec, LeakyRelu, LogSoftmax, Loss, MaxPool1d, MaxPool2d, NetworkSpec,
    NumpyRandom, Pad, PadMode, Padding, Padding1d, Prelu, Reshape, Residual, Shape, Softmax, SoftmaxAxis,
    Softplus, SpatialDropout, Upsample, UpsampleMode, Value,
};

use crate::cases::{Case, activations};
use crate::numbers::below;

/// A layer of the same kind as `kind` with other settings, and an input that the layer accepts.
pub fn case(kind: &LayerSpec, random: &mut NumpyRandom) -> Case {
    loop {
        let case = drawn(kind, random);
        if case.spec.build::<f32>(case.input).is_ok() {
            return case;
        }
    }
}

/// Like [`case`], but the layer may not accept the input.
fn drawn(kind: &LayerSpec, random: &mut NumpyRandom) -> Case {
    let (spec, input) = match kind {
        LayerSpec::AdaptiveAvgPool2d(_) => (AdaptiveAvgPool2d::new(pair(random, 6)).into(), image(random)),
        LayerSpec::AdaptiveMaxPool2d(_) => (AdaptiveMaxPool2d::new(pair(random, 6)).into(), image(random)),
        LayerSpec::AvgPool1d(_) => (avg_pool1d(random).into(), sequence(random)),
        LayerSpec::AvgPool2d(_) => (avg_pool(random).into(), image(random)),
        LayerSpec::BatchNorm(_) => (batch_norm(random).into(), any(random)),
        LayerSpec::ClippedRelu(_) => (ClippedRelu { max: 0.1 + random.uniform() }.into(), any(random)),
        LayerSpec::Conv1d(_) => conv1d(random),
        LayerSpec::Conv2d(_) => conv(random),
        LayerSpec::ConvTranspose2d(_) => conv_transpose(random),
        LayerSpec::Crop(_) => (Crop::new(border(random, 2)).into(), image(random)),
        LayerSpec::Custom(_) => panic!("a layer of a user's own is the user's to draw"),
        LayerSpec::Dense(_) => (Dense::new(size(random)).bias(either(random)).into(), vector(random)),
        LayerSpec::Dropout(_) => (Dropout::new(random.uniform()).into(), any(random)),
        LayerSpec::Elu(_) => (Elu { alpha: 2.0 * random.uniform() }.into(), any(random)),
        LayerSpec::Embedding(_) => {
            let embedding = Embedding::new(upto(random, 9), upto(random, 20));
            (embedding.into(), if either(random) { vector(random) } else { Shape::image(1, 1, size(random)) })
        }
        LayerSpec::GaussianNoise(_) => (GaussianNoise::new(random.uniform()).into(), any(random)),
        LayerSpec::Gelu(_) => (Gelu { approximate: either(random) }.into(), any(random)),
        LayerSpec::GroupNorm(_) => {
            let norm =
                GroupNorm { groups: upto(random, 4), affine: either(random), epsilon: epsilon(random) };
            (norm.into(), any(random))
        }
        LayerSpec::LayerNorm(_) => {
            (LayerNorm { affine: either(random), epsilon: epsilon(random) }.into(), any(random))
        }
        LayerSpec::LeakyRelu(_) => (LeakyRelu { slope: 2.0 * random.uniform() - 1.0 }.into(), any(random)),
        LayerSpec::LogSoftmax(_) => {
            let axis = axis(random);
            (LogSoftmax { axis }.into(), of_axis(axis, random))
        }
        LayerSpec::MaxPool1d(_) => (max_pool1d(random).into(), sequence(random)),
        LayerSpec::MaxPool2d(_) => (max_pool(random).into(), image(random)),
        LayerSpec::Pad(_) => (pad(random).into(), image(random)),
        LayerSpec::Prelu(_) => (prelu(random).into(), any(random)),
        LayerSpec::Reshape(_) => {
            let shape = image(random);
            (Reshape::new(shape).into(), Shape::vector(shape.size()))
        }
        LayerSpec::Residual(_) => panic!("a residual block is several layers"),
        LayerSpec::Concat | LayerSpec::Product | LayerSpec::Shared(_) | LayerSpec::Sum => {
            panic!("`{kind}` is of a whole network")
        }
        LayerSpec::Softmax(_) => {
            let jacobian = if either(random) { Jacobian::Full } else { Jacobian::Diagonal };
            let axis = axis(random);
            (Softmax { jacobian, axis }.into(), of_axis(axis, random))
        }
        LayerSpec::Upsample(_) => (upsample(random).into(), image(random)),
        LayerSpec::Softplus(_) => (Softplus { beta: 0.1 + 3.0 * random.uniform() }.into(), any(random)),
        LayerSpec::SpatialDropout(_) => (SpatialDropout::new(random.uniform()).into(), image(random)),
        LayerSpec::GlobalAvgPool | LayerSpec::GlobalMaxPool => (kind.clone(), image(random)),
        LayerSpec::Flatten
        | LayerSpec::HardSigmoid
        | LayerSpec::HardSwish
        | LayerSpec::Mish
        | LayerSpec::Relu
        | LayerSpec::Selu
        | LayerSpec::Sigmoid
        | LayerSpec::Silu
        | LayerSpec::Softsign
        | LayerSpec::Tanh => (kind.clone(), any(random)),
    };
    Case { spec, input }
}

fn either(random: &mut NumpyRandom) -> bool {
    below(random, 2) == 0
}

/// A random integer from 1 to `most`.
fn upto(random: &mut NumpyRandom, most: usize) -> usize {
    1 + below(random, most)
}

/// The random length of a vector: usually short, and sometimes long enough for several full registers.
fn size(random: &mut NumpyRandom) -> usize {
    let most = [5, 20, 70][below(random, 3)];
    upto(random, most)
}

fn vector(random: &mut NumpyRandom) -> Shape {
    Shape::vector(size(random))
}

fn image(random: &mut NumpyRandom) -> Shape {
    let widest = [5, 5, 20][below(random, 3)];
    Shape::image(upto(random, 4), upto(random, 5), upto(random, widest))
}

fn sequence(random: &mut NumpyRandom) -> Shape {
    Shape::image(upto(random, 4), 1, size(random))
}

fn axis(random: &mut NumpyRandom) -> SoftmaxAxis {
    if either(random) { SoftmaxAxis::Elements } else { SoftmaxAxis::Channels }
}

/// A shape for a softmax along `axis`.
fn of_axis(axis: SoftmaxAxis, random: &mut NumpyRandom) -> Shape {
    if axis == SoftmaxAxis::Elements { vector(random) } else { image(random) }
}

fn any(random: &mut NumpyRandom) -> Shape {
    if either(random) { vector(random) } else { image(random) }
}

fn pair(random: &mut NumpyRandom, most: usize) -> (usize, usize) {
    (upto(random, most), upto(random, most))
}

fn border(random: &mut NumpyRandom, most: usize) -> [usize; 4] {
    [(); 4].map(|()| below(random, most + 1))
}

fn max_pool(random: &mut NumpyRandom) -> MaxPool2d {
    let padding = if below(random, 4) == 0 { Padding::Same } else { border(random, 1).into() };
    let pool = MaxPool2d::new(pair(random, 3)).padding(padding).ceil_mode(either(random));
    let pool = if either(random) { pool } else { pool.stride(pair(random, 3)) };
    if either(random) { pool } else { pool.dilation(pair(random, 3)) }
}

fn avg_pool(random: &mut NumpyRandom) -> AvgPool2d {
    let MaxPool2d { window, stride, padding, ceil_mode, .. } = max_pool(random);
    AvgPool2d { window, stride, padding, count_padding: either(random), ceil_mode }
}

fn padding1d(random: &mut NumpyRandom) -> Padding1d {
    if below(random, 3) == 0 { Padding1d::Same } else { (below(random, 3), below(random, 3)).into() }
}

fn max_pool1d(random: &mut NumpyRandom) -> MaxPool1d {
    let pool = MaxPool1d::new(upto(random, 4)).stride(upto(random, 3)).padding(padding1d(random));
    pool.dilation(upto(random, 3)).ceil_mode(either(random))
}

fn avg_pool1d(random: &mut NumpyRandom) -> AvgPool1d {
    let pool = AvgPool1d::new(upto(random, 4)).stride(upto(random, 3)).padding(padding1d(random));
    pool.count_padding(either(random)).ceil_mode(either(random))
}

fn conv1d(random: &mut NumpyRandom) -> (LayerSpec, Shape) {
    let groups = upto(random, 3);
    let conv = Conv1d::new(groups * upto(random, 4), upto(random, 4)).groups(groups);
    let conv = conv.stride(upto(random, 3)).padding(padding1d(random)).dilation(upto(random, 2));
    (conv.bias(either(random)).into(), Shape::image(groups * upto(random, 3), 1, upto(random, 20)))
}

fn batch_norm(random: &mut NumpyRandom) -> BatchNorm {
    BatchNorm { epsilon: epsilon(random), momentum: random.uniform(), affine: either(random) }
}

fn epsilon(random: &mut NumpyRandom) -> f64 {
    0.001 + random.uniform()
}

fn pad(random: &mut NumpyRandom) -> Pad {
    let modes = [PadMode::Zeros, PadMode::Reflect, PadMode::Replicate, PadMode::Circular];
    let pad = Pad::new(border(random, 3));
    match below(random, 5) {
        4 => pad.constant(random.uniform()),
        mode => pad.mode(modes[mode]),
    }
}

fn upsample(random: &mut NumpyRandom) -> Upsample {
    let upsample = Upsample::new(pair(random, 3));
    match below(random, 3) {
        0 => upsample,
        n => upsample.mode(UpsampleMode::Bilinear).align_corners(n == 1),
    }
}

fn prelu(random: &mut NumpyRandom) -> Prelu {
    Prelu { per_channel: either(random), ..Prelu::default() }
}

/// An image and a number of filters, for a random number of groups.
fn grouped(random: &mut NumpyRandom) -> (Shape, usize, usize) {
    let groups = if either(random) { 1 } else { upto(random, 3) };
    let input = Shape::image(groups * upto(random, 3), upto(random, 5), upto(random, 9));
    (input, groups * upto(random, 4), groups)
}

fn conv(random: &mut NumpyRandom) -> (LayerSpec, Shape) {
    let (input, filters, groups) = grouped(random);
    let padding = match below(random, 3) {
        0 => Padding::Valid,
        1 => Padding::Same,
        _ => border(random, 2).into(),
    };
    if below(random, 5) == 0 {
        return (Conv2d::new(filters, 3).padding(padding).bias(either(random)).fast(true).into(), input);
    }
    let conv = Conv2d::new(filters, pair(random, 3)).padding(padding).groups(groups);
    let conv = if either(random) { conv } else { conv.stride(pair(random, 3)).dilation(pair(random, 2)) };
    (conv.bias(either(random)).into(), input)
}

fn conv_transpose(random: &mut NumpyRandom) -> (LayerSpec, Shape) {
    let (input, filters, groups) = grouped(random);
    let conv = ConvTranspose2d::new(filters, pair(random, 3)).stride(pair(random, 3)).groups(groups);
    let conv = conv.padding(border(random, 1)).output_padding((below(random, 2), below(random, 2)));
    (conv.dilation(pair(random, 2)).bias(either(random)).into(), input)
}

/// A residual block of a few layers in sequence, with a projection or without. Some of the layers are residual blocks.
pub fn residual(input: Shape, random: &mut NumpyRandom) -> Residual {
    let block = plain_residual(input, random);
    if either(random) {
        return block;
    }
    let (body, around) = changing(input, random);
    let block = block.add(body).project(around);
    if either(random) { block } else { block.project(batch_norm(random)) }
}

/// A residual block without a projection.
fn plain_residual(input: Shape, random: &mut NumpyRandom) -> Residual {
    (0..below(random, 4)).fold(Residual::new(), |block, _| block.add(keeping(input, random)))
}

/// A layer whose output has the shape of its input.
fn keeping(input: Shape, random: &mut NumpyRandom) -> LayerSpec {
    match below(random, 10) {
        0 => batch_norm(random).into(),
        1 => chance(input, random),
        2 => prelu(random).into(),
        3 => plain_residual(input, random).into(),
        4 => LayerSpec::Relu,
        5 if matches!(input, Shape::Image { .. }) => match below(random, 3) {
            0 => MaxPool2d::new(3).stride(1).padding(1).into(),
            _ => MaxPool2d::new(1).into(),
        },
        5..=7 => match input {
            Shape::Vector(size) => Dense::new(size).into(),
            Shape::Image { channels, .. } => {
                Conv2d::new(channels, pair(random, 3)).padding(Padding::Same).into()
            }
        },
        8 if input.size() > 1 => LayerNorm { affine: either(random), epsilon: epsilon(random) }.into(),
        _ => {
            let activations = activations();
            activations[below(random, activations.len())].clone()
        }
    }
}

/// A layer that changes its input at random in training.
fn chance(input: Shape, random: &mut NumpyRandom) -> LayerSpec {
    match (below(random, 3), input) {
        (0, _) => GaussianNoise::new(0.2).into(),
        (1, Shape::Image { .. }) => SpatialDropout::new(0.3).into(),
        _ => Dropout::new(0.3).into(),
    }
}

/// Two layers whose outputs have one shape.
fn changing(input: Shape, random: &mut NumpyRandom) -> (LayerSpec, LayerSpec) {
    match input {
        Shape::Vector(_) => {
            let dense = Dense::new(size(random));
            (dense.into(), dense.into())
        }
        Shape::Image { .. } => {
            let stride = pair(random, 2);
            let conv = Conv2d::new(upto(random, 4), 1).stride(stride);
            (conv.bias(false).into(), conv.into())
        }
    }
}

/// The most elements of a value in a random graph.
const MOST_ELEMENTS: usize = 150;

/// A graph of at most thirty nodes, with one to three inputs and one to three outputs.
pub fn graph(random: &mut NumpyRandom) -> GraphSpec {
    let mut drawn =
        Drawn { spec: GraphSpec::new(), values: Vec::new(), taken: Vec::new(), shareable: Vec::new() };
    let shapes = [any_small(random), any_small(random)];
    for n in 0..upto(random, 3) {
        let shape = shapes[below(random, 2)];
        let value = drawn.spec.input(&format!("in{n}"), shape);
        drawn.push(value, shape);
    }
    for _ in 0..upto(random, 22) {
        match below(random, 10) {
            0..2 => drawn.join(random),
            2 => drawn.share(random),
            _ => drawn.layer(random),
        }
    }
    drawn.end(random)
}

fn any_small(random: &mut NumpyRandom) -> Shape {
    if either(random) {
        Shape::vector(upto(random, 12))
    } else {
        Shape::image(upto(random, 3), upto(random, 4), upto(random, 5))
    }
}

/// A graph that is being drawn.
struct Drawn {
    spec: GraphSpec,
    /// Each value with its shape.
    values: Vec<(Value, Shape)>,
    /// Whether something takes each value.
    taken: Vec<bool>,
    /// Layers, with the shapes of their inputs and outputs.
    shareable: Vec<(Value, Shape, Shape)>,
}

impl Drawn {
    fn push(&mut self, value: Value, shape: Shape) {
        self.values.push((value, shape));
        self.taken.push(false);
    }

    /// A value that stands there, often one of the last.
    fn draw(&mut self, random: &mut NumpyRandom) -> (Value, Shape) {
        let among = if either(random) { 3 } else { self.values.len() }.min(self.values.len());
        let at = self.values.len() - upto(random, among);
        self.take(at)
    }

    fn take(&mut self, at: usize) -> (Value, Shape) {
        self.taken[at] = true;
        self.values[at]
    }

    fn layer(&mut self, random: &mut NumpyRandom) {
        let (from, input) = self.draw(random);
        let layer = match (below(random, 8), input) {
            (0, Shape::Image { .. }) => LayerSpec::Flatten,
            (1 | 2, Shape::Vector(_)) => Dense::new(upto(random, 20)).into(),
            (1 | 2, Shape::Image { .. }) => {
                Conv2d::new(upto(random, 4), pair(random, 3)).padding(Padding::Same).into()
            }
            (3, _) => residual(input, random).into(),
            (4, Shape::Image { .. }) if either(random) => upsample(random).into(),
            (4, Shape::Image { .. }) => pad(random).into(),
            _ => keeping(input, random),
        };
        let output = output_of(&layer, input).filter(|output| output.size() <= MOST_ELEMENTS);
        let (layer, output) = output.map_or((LayerSpec::Tanh, input), |output| (layer, output));
        let is_single = !matches!(layer, LayerSpec::Residual(_));
        let value = self.spec.add(layer, from);
        if is_single {
            self.shareable.push((value, input, output));
        }
        self.push(value, output);
    }

    /// A concatenation, a sum or a product of two to four values, some of which may be the same.
    fn join(&mut self, random: &mut NumpyRandom) {
        let (first, shape) = self.draw(random);
        let (kind, count) = (below(random, 3), 1 + upto(random, 3));
        let goes_with = |other: Shape| match (kind, shape, other) {
            (0, Shape::Vector(_), Shape::Vector(_)) => true,
            (0, Shape::Image { height, width, .. }, Shape::Image { height: h, width: w, .. }) => {
                (h, w) == (height, width)
            }
            _ => shape == other,
        };
        let places: Vec<usize> = (0..self.values.len()).filter(|&at| goes_with(self.values[at].1)).collect();
        let others: Vec<usize> = (1..count).map(|_| places[below(random, places.len())]).collect();
        let size = shape.size() + others.iter().map(|&at| self.values[at].1.size()).sum::<usize>();
        if kind == 0 && size > MOST_ELEMENTS {
            let value = self.spec.sum([first, first]);
            return self.push(value, shape);
        }
        let mut from = vec![first];
        from.extend(others.into_iter().map(|at| self.take(at).0));
        let (value, shape) = match (kind, shape) {
            (0, Shape::Vector(_)) => (self.spec.concat(from), Shape::vector(size)),
            (0, Shape::Image { height, width, .. }) => {
                (self.spec.concat(from), Shape::image(size / (height * width), height, width))
            }
            (1, _) => (self.spec.sum(from), shape),
            _ => (self.spec.product(from), shape),
        };
        self.push(value, shape);
    }

    /// A layer that is there already, for another value of the same shape.
    fn share(&mut self, random: &mut NumpyRandom) {
        if self.shareable.is_empty() {
            return self.layer(random);
        }
        let (layer, input, output) = self.shareable[below(random, self.shareable.len())];
        let places: Vec<usize> = (0..self.values.len()).filter(|&at| self.values[at].1 == input).collect();
        let (from, _) = self.take(places[below(random, places.len())]);
        let value = self.spec.share(layer, from);
        self.push(value, output);
    }

    /// Joins the values that nothing takes, until there are at most three outputs.
    fn end(mut self, random: &mut NumpyRandom) -> GraphSpec {
        let mut free: Vec<(Value, Shape)> = self
            .values
            .iter()
            .zip(&self.taken)
            .filter(|(_, taken)| !**taken)
            .map(|(value, _)| *value)
            .collect();
        while free.len() > 3 {
            let joined = free.split_off(free.len().saturating_sub(4).max(2));
            let mut from = Vec::new();
            let mut size = 0;
            for (value, shape) in joined {
                size += shape.size();
                from.push(self.spec.add(LayerSpec::Flatten, value));
            }
            let value = if from.len() > 1 { self.spec.concat(from) } else { from[0] };
            free.insert(0, (value, Shape::vector(size)));
        }
        // Some values are outputs and are taken, too.
        if free.len() < 3 && either(random) {
            let at = below(random, self.values.len());
            if self.taken[at] {
                free.push(self.values[at]);
            }
        }
        for (n, (value, _)) in free.into_iter().enumerate() {
            let output = self.spec.output(&format!("out{n}"), value);
            if either(random) {
                output.weight(0.25 + random.uniform());
            }
            if either(random) {
                output.loss(Loss::MeanAbsoluteError);
            }
        }
        self.spec
    }
}

/// The shape of a layer's output, if it takes the input.
fn output_of(layer: &LayerSpec, input: Shape) -> Option<Shape> {
    Some(NetworkSpec::new(input).add(layer.clone()).build::<f32>(0).ok()?.output())
}
