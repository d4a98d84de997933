//! One table of layers at sizes that are difficult for kernels.

use toddle::{
    AdaptiveAvgPool2d, AdaptiveMaxPool2d, AvgPool1d, AvgPool2d, BatchNorm, ClippedRelu, Conv1d, Conv2d,
    ConvTranspose2d, Crop, Dense, Dropout, Elu, Embedding, Flatten, Float, GaussianNoise, Gelu,
    GlobalAvgPool, GlobalMaxPool, GroupNorm, HardSigmoid, HardSwish, Jacobian, LayerNorm, LayerSpec,
    LeakyRelu, LogSoftmax, MaxPool1d, MaxPool2d, Mish, NumpyRandom, Pad, PadMode, Padding, Padding1d, Prelu,
    Relu, Reshape, Selu, Shape, Sigmoid, Silu, Softmax, SoftmaxAxis, Softplus, Softsign, SpatialDropout,
    Tanh, Upsample, UpsampleMode,
};

use crate::numbers::{below, numbers};

/// A layer and the shape of its input.
#[derive(Clone, Debug)]
pub struct Case {
    /// The layer.
    pub spec: LayerSpec,
    /// The shape of the input.
    pub input: Shape,
}

impl Case {
    /// `conv2d { … } of 1×28×28`
    pub fn name(&self) -> String {
        format!("{} of {}", self.spec, self.input)
    }

    /// Random inputs of `samples` samples: numbers between −1 and 1, and class numbers for an embedding. The same seed
    /// gives the same inputs.
    pub fn inputs<T: Float>(&self, seed: u32, samples: usize) -> Vec<T> {
        let len = samples * self.input.size();
        match self.spec {
            LayerSpec::Embedding(Embedding { classes, .. }) => {
                let mut random = NumpyRandom::new(seed);
                (0..len).map(|_| T::from_f64(below(&mut random, classes) as f64)).collect()
            }
            _ => numbers(seed, len),
        }
    }
}

/// Batch sizes for one part of a block, one block and several blocks, with full and with partly empty blocks.
pub const BATCHES: [usize; 9] = [1, 2, 15, 16, 17, 33, 48, 80, 257];

/// Every layer that applies one function to each element by itself.
pub fn activations() -> Vec<LayerSpec> {
    vec![
        ClippedRelu::default().into(),
        ClippedRelu { max: 0.25 }.into(),
        Elu::default().into(),
        Elu { alpha: 0.3 }.into(),
        Gelu { approximate: false }.into(),
        Gelu { approximate: true }.into(),
        HardSigmoid,
        HardSwish,
        LeakyRelu::default().into(),
        LeakyRelu { slope: -1.5 }.into(),
        Mish,
        Relu,
        Selu,
        Sigmoid,
        Silu,
        Softplus::default().into(),
        Softplus { beta: 2.5 }.into(),
        Softsign,
        Tanh,
    ]
}

/// Every layer at sizes that are small, odd, or slightly larger than a tile or a vector.
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |spec: LayerSpec, input| cases.push(Case { spec, input });
    let image = Shape::image;
    for (input, filters, kernel) in [
        (image(1, 1, 1), 1, (1, 1)),
        (image(1, 28, 28), 1, (3, 3)),
        (image(1, 26, 26), 1, (3, 3)),
        (image(1, 5, 5), 3, (5, 5)),
        (image(2, 3, 4), 5, (2, 1)),
        (image(3, 7, 6), 7, (1, 4)),
        (image(4, 9, 18), 4, (3, 3)),
        (image(5, 6, 33), 2, (3, 5)),
        (image(2, 20, 17), 8, (7, 2)),
        (image(1, 2, 40), 6, (2, 33)),
        (image(8, 5, 5), 16, (3, 3)),
        (image(9, 4, 4), 11, (4, 4)),
    ] {
        add(Conv2d::new(filters, kernel).into(), input);
    }
    let same = Padding::Same;
    for (input, conv) in [
        (image(1, 7, 7), Conv2d::new(2, 3).padding(1)),
        (image(3, 9, 37), Conv2d::new(5, 3).padding(same)),
        (image(2, 6, 20), Conv2d::new(3, 4).padding(same)),
        (image(2, 5, 6), Conv2d::new(4, (2, 6)).padding(same).stride(2)),
        (image(1, 9, 9), Conv2d::new(3, 2).stride(3)),
        (image(8, 3, 28), Conv2d::new(16, 3).stride(2).padding(1)),
        (image(50, 1, 13), Conv2d::new(8, 1)),
        (image(4, 11, 23), Conv2d::new(6, 1).stride((2, 4))),
        (image(5, 8, 19), Conv2d::new(4, 3).stride((1, 2)).padding(1)),
        (image(2, 13, 26), Conv2d::new(8, 5).stride((2, 1)).padding([2, 1, 0, 3])),
        (image(2, 2, 3), Conv2d::new(3, (2, 3)).padding([5, 0, 4, 7])),
        (image(3, 9, 24), Conv2d::new(2, 3).dilation((2, 3)).padding(same)),
        (image(2, 12, 11), Conv2d::new(2, (3, 4)).dilation(2).stride((4, 3)).padding(2)),
        (image(2, 15, 14), Conv2d::new(3, 3).dilation((3, 2)).stride((2, 4)).padding(3)),
        (image(3, 1, 1), Conv2d::new(2, 5).padding(same)),
        (image(3, 3, 2), Conv2d::new(7, 5).dilation(2).padding(same)),
        (image(4, 6, 18), Conv2d::new(6, 3).groups(2)),
        (image(6, 5, 7), Conv2d::new(9, 3).groups(3).stride(2).padding(1)),
        (image(17, 4, 6), Conv2d::new(34, (1, 2)).groups(17).padding(same)),
        (image(5, 7, 20), Conv2d::depthwise(5, 3).padding(same)),
        (image(20, 6, 5), Conv2d::depthwise(20, (5, 3)).stride(2).padding(same)),
        (image(8, 4, 17), Conv2d::new(12, 1)),
        (image(2, 6, 7), Conv2d::new(3, 3).bias(false)),
        (image(96, 3, 9), Conv2d::new(5, 3).padding(1).bias(false)),
        (image(1, 3, 3), Conv2d::new(1, 3).fast(true)),
        (image(3, 7, 6), Conv2d::new(5, 3).fast(true)),
        (image(2, 9, 37), Conv2d::new(4, 3).padding(same).fast(true)),
        (image(5, 1, 2), Conv2d::new(3, 3).padding([1, 1, 4, 0]).bias(false).fast(true)),
        (image(16, 8, 8), Conv2d::new(33, 3).padding(1).fast(true)),
    ] {
        add(conv.into(), input);
    }
    for (steps, conv) in [
        (image(1, 1, 1), Conv1d::new(1, 1)),
        (image(3, 1, 20), Conv1d::new(5, 3)),
        (image(2, 1, 9), Conv1d::new(3, 4).padding(Padding1d::Same).stride(2)),
        (image(4, 1, 33), Conv1d::new(6, 3).padding((4, 0)).dilation(2).groups(2)),
        (image(17, 1, 5), Conv1d::new(2, 2).padding(1).bias(false)),
    ] {
        add(conv.into(), steps);
    }
    for (input, conv) in [
        (image(1, 1, 1), ConvTranspose2d::new(1, 1)),
        (image(3, 4, 17), ConvTranspose2d::new(5, 3)),
        (image(5, 7, 7), ConvTranspose2d::new(4, 3).stride(2).padding(1).output_padding(1)),
        (image(2, 3, 5), ConvTranspose2d::new(3, 2).stride((3, 4))),
        (image(4, 5, 11), ConvTranspose2d::new(2, (4, 5)).stride((1, 2)).padding([1, 3, 0, 2])),
        (image(3, 6, 4), ConvTranspose2d::new(6, 3).dilation((2, 3)).stride((2, 3)).padding(2)),
        (image(2, 4, 5), ConvTranspose2d::new(3, 3).dilation((3, 4)).stride(2).output_padding((2, 3))),
        (image(6, 3, 4), ConvTranspose2d::new(4, 3).groups(2).stride(2).bias(false)),
        (image(7, 4, 18), ConvTranspose2d::new(7, 3).groups(7).padding(1)),
        (image(70, 2, 3), ConvTranspose2d::new(9, 2).stride(2)),
    ] {
        add(conv.into(), input);
    }
    for (input, window, stride, padding) in [
        (image(1, 1, 1), (1, 1), (1, 1), [0; 4]),
        (image(2, 4, 6), (2, 2), (2, 2), [0; 4]),
        (image(3, 7, 5), (2, 2), (2, 2), [0; 4]),
        (image(1, 12, 13), (2, 2), (2, 2), [0; 4]),
        (image(2, 9, 8), (3, 3), (2, 2), [0; 4]),
        (image(2, 7, 7), (3, 3), (2, 2), [1; 4]),
        (image(3, 6, 4), (2, 3), (1, 1), [0; 4]),
        (image(1, 11, 10), (2, 1), (4, 3), [0; 4]),
        (image(2, 5, 17), (2, 2), (3, 2), [1, 0, 0, 1]),
        (image(1, 1, 2), (4, 4), (2, 3), [2, 1, 0, 2]),
        (image(3, 5, 4), (5, 4), (1, 1), [0; 4]),
        (image(17, 3, 3), (2, 2), (1, 2), [1, 1, 0, 0]),
    ] {
        add(MaxPool2d::new(window).stride(stride).padding(padding).into(), input);
        for count_padding in [true, false] {
            let pool = AvgPool2d::new(window).stride(stride).padding(padding);
            add(pool.count_padding(count_padding).into(), input);
        }
    }
    for (input, scale) in [
        (image(1, 1, 1), (1, 1)),
        (image(2, 3, 4), (2, 2)),
        (image(3, 4, 1), (1, 5)),
        (image(1, 5, 6), (3, 2)),
        (image(17, 2, 2), (4, 1)),
    ] {
        add(Upsample::new(scale).into(), input);
        for align_corners in [false, true] {
            let bilinear = Upsample::new(scale).mode(UpsampleMode::Bilinear);
            add(bilinear.align_corners(align_corners).into(), input);
        }
    }
    for (input, padding) in [
        (image(1, 1, 1), [0; 4]),
        (image(2, 3, 4), [1; 4]),
        (image(3, 5, 7), [4, 0, 6, 1]),
        (image(17, 2, 3), [0, 1, 2, 2]),
    ] {
        for mode in [PadMode::Zeros, PadMode::Reflect, PadMode::Replicate, PadMode::Circular] {
            add(Pad::new(padding).mode(mode).into(), input);
        }
        add(Pad::new(padding).constant(-1.5).into(), input);
    }
    for (input, sides) in [
        (image(1, 1, 1), [0; 4]),
        (image(2, 3, 4), [1; 4]),
        (image(3, 5, 7), [4, 0, 0, 6]),
        (image(17, 2, 3), [0, 1, 2, 0]),
    ] {
        add(Crop::new(sides).into(), input);
    }
    for (input, pool) in [
        (image(2, 7, 9), MaxPool2d::new(2).ceil_mode(true)),
        (image(1, 5, 17), MaxPool2d::new(3).stride(2).padding(1).ceil_mode(true)),
        (image(3, 1, 2), MaxPool2d::new((1, 2)).stride((3, 5)).ceil_mode(true)),
        (image(2, 6, 5), MaxPool2d::new(3).stride(1).padding(same)),
        (image(2, 7, 6), MaxPool2d::new((2, 3)).stride(2).padding(same)),
        (image(1, 9, 8), MaxPool2d::new((2, 3)).stride(1).dilation((3, 2))),
        (image(2, 8, 7), MaxPool2d::new(3).stride(4).dilation(2).padding([1, 0, 2, 1]).ceil_mode(true)),
        (image(17, 4, 4), MaxPool2d::new(2).dilation(2).padding(same)),
    ] {
        add(pool.into(), input);
    }
    for (input, pool) in [
        (image(2, 7, 9), AvgPool2d::new(2).ceil_mode(true)),
        (image(1, 5, 17), AvgPool2d::new(3).stride(2).padding(1).ceil_mode(true)),
        (image(3, 4, 4), AvgPool2d::new(3).stride(2).padding([1, 0, 0, 1]).ceil_mode(true)),
        (image(2, 6, 5), AvgPool2d::new(3).stride(1).padding(same)),
    ] {
        add(pool.into(), input);
        add(pool.count_padding(false).into(), input);
    }
    for steps in [image(1, 1, 5), image(3, 1, 18)] {
        add(MaxPool1d::new(2).into(), steps);
        add(MaxPool1d::new(3).stride(2).padding((1, 0)).dilation(2).ceil_mode(true).into(), steps);
        add(AvgPool1d::new(2).ceil_mode(true).into(), steps);
        add(AvgPool1d::new(3).stride(1).padding(Padding1d::Same).count_padding(false).into(), steps);
    }
    for (input, output) in [
        (image(1, 1, 1), (1, 1)),
        (image(2, 8, 6), (4, 3)),
        (image(3, 7, 5), (3, 2)),
        (image(2, 5, 18), (4, 7)),
        (image(1, 2, 3), (5, 4)),
    ] {
        add(AdaptiveAvgPool2d::new(output).into(), input);
        add(AdaptiveMaxPool2d::new(output).into(), input);
    }
    for input in [image(1, 1, 1), image(3, 5, 7), image(17, 2, 1), image(2, 8, 9)] {
        add(GlobalAvgPool, input);
        add(GlobalMaxPool, input);
        add(SpatialDropout::new(0.4).into(), input);
    }
    for (input, classes, features) in [
        (Shape::vector(1), 1, 1),
        (Shape::vector(1), 7, 17),
        (Shape::vector(5), 3, 4),
        (image(1, 1, 1), 4, 3),
        (image(1, 1, 18), 10, 2),
    ] {
        add(Embedding::new(classes, features).into(), input);
    }
    for (input, shape) in [
        (Shape::vector(1), image(1, 1, 1)),
        (Shape::vector(60), image(3, 4, 5)),
        (image(2, 3, 4), image(4, 3, 2)),
        (image(2, 3, 3), Shape::vector(18)),
    ] {
        add(Reshape::new(shape).into(), input);
    }
    for (inputs, outputs) in [
        (1, 1),
        (1, 17),
        (3, 2),
        (15, 16),
        (16, 15),
        (17, 33),
        (31, 48),
        (64, 100),
        (100, 10),
        (70, 130),
        (5, 257),
        (7, 90),
        (3, 70),
    ] {
        add(Dense::new(outputs).into(), Shape::vector(inputs));
        add(Dense::new(outputs).bias(false).into(), Shape::vector(inputs));
    }
    for input in [Shape::vector(1), Shape::vector(15), Shape::vector(16), image(3, 5, 7)] {
        activations().into_iter().for_each(|activation| add(activation, input));
        add(Flatten, input);
        for per_channel in [false, true] {
            add(Prelu { per_channel, ..Prelu::default() }.into(), input);
        }
        add(Dropout::new(0.4).into(), input);
        add(GaussianNoise::new(0.3).into(), input);
    }
    for input in [Shape::vector(1), Shape::vector(17), image(1, 1, 5), image(3, 5, 7), image(2, 4, 8)] {
        add(BatchNorm::default().into(), input);
        add(BatchNorm { epsilon: 0.1, momentum: 0.3, affine: true }.into(), input);
        add(BatchNorm { affine: false, ..BatchNorm::default() }.into(), input);
    }
    for affine in [true, false] {
        for (input, groups) in [
            (Shape::vector(2), 1),
            (Shape::vector(17), 1),
            (Shape::vector(18), 3),
            (image(1, 1, 5), 1),
            (image(3, 5, 7), 3),
            (image(6, 2, 4), 2),
            (image(34, 1, 1), 17),
        ] {
            add(GroupNorm { affine, ..GroupNorm::new(groups) }.into(), input);
            add(LayerNorm { affine, epsilon: 0.1 }.into(), input);
        }
    }
    for size in [1, 2, 10, 16, 17, 40] {
        for jacobian in [Jacobian::Full, Jacobian::Diagonal] {
            add(Softmax { jacobian, ..Softmax::default() }.into(), Shape::vector(size));
        }
        add(LogSoftmax::default().into(), Shape::vector(size));
    }
    for input in [Shape::vector(3), image(1, 1, 1), image(5, 1, 2), image(3, 4, 4), image(2, 3, 11)] {
        for jacobian in [Jacobian::Full, Jacobian::Diagonal] {
            add(Softmax { jacobian, axis: SoftmaxAxis::Channels }.into(), input);
        }
        add(LogSoftmax::channels().into(), input);
    }
    cases
}
