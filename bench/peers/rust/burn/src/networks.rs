//! The workloads' networks.

use burn::module::Param;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{AvgPool2d, AvgPool2dConfig, MaxPool2d, MaxPool2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Dropout, DropoutConfig, Linear, LinearConfig, PaddingConfig2d};
use burn::prelude::*;
use burn::tensor::TensorData;
use burn::tensor::activation::relu;
use peers_common::{BLOCKS, Weights, Work};

/// Makes layers with the weights of a file.
pub struct Builder {
    pub device: Device,
    pub weights: Weights,
    pub dropout: bool,
}

impl Builder {
    fn param<const D: usize>(&mut self, shape: [usize; D]) -> Param<Tensor<D>> {
        let numbers = self.weights.take(shape.iter().product());
        Param::from_data(TensorData::new(numbers, shape), &self.device)
    }

    fn conv(&mut self, channels: [usize; 2], size: usize, padding: usize) -> Conv2d {
        let padding = PaddingConfig2d::Explicit(padding, padding, padding, padding);
        let mut conv = Conv2dConfig::new(channels, [size, size]).with_padding(padding).init(&self.device);
        conv.weight = self.param([channels[1], channels[0], size, size]);
        conv.bias = Some(self.param([channels[1]]));
        conv
    }

    fn linear(&mut self, inputs: usize, outputs: usize) -> Linear {
        let mut linear = LinearConfig::new(inputs, outputs).init(&self.device);
        linear.weight = self.param([inputs, outputs]);
        linear.bias = Some(self.param([outputs]));
        linear
    }

    fn conv_norm(&mut self, inputs: usize, outputs: usize, size: usize, stride: usize) -> ConvNorm {
        let border = size / 2;
        let mut conv = Conv2dConfig::new([inputs, outputs], [size, size])
            .with_stride([stride, stride])
            .with_padding(PaddingConfig2d::Explicit(border, border, border, border))
            .with_bias(false)
            .init(&self.device);
        conv.weight = self.param([outputs, inputs, size, size]);
        ConvNorm { conv, norm: BatchNormConfig::new(outputs).init(&self.device) }
    }

    fn residual(&mut self, inputs: usize, outputs: usize) -> Residual {
        let stride = if inputs == outputs { 1 } else { 2 };
        Residual {
            first: self.conv_norm(inputs, outputs, 3, stride),
            second: self.conv_norm(outputs, outputs, 3, 1),
            around: (stride > 1).then(|| self.conv_norm(inputs, outputs, 1, stride)),
        }
    }

    fn dropout(&self, rate: f64) -> Dropout {
        DropoutConfig::new(if self.dropout { rate } else { 0.0 }).init()
    }
}

/// A workload's network, without W1's softmax.
#[derive(Module, Debug)]
pub enum Net {
    Post(Post),
    LeNet(LeNet),
    Keras(Keras),
    Torch(Torch),
    Dense(Dense),
    ResNet(ResNet),
}

impl Net {
    pub fn new(work: Work, b: &mut Builder) -> Net {
        match work.network() {
            Work::W1 => Net::Post(Post {
                conv1: b.conv([1, 1], 3, 0),
                conv2: b.conv([1, 1], 3, 0),
                dense1: b.linear(576, 100),
                dense2: b.linear(100, 10),
            }),
            Work::W2 => Net::LeNet(LeNet {
                conv1: b.conv([1, 6], 5, 2),
                conv2: b.conv([6, 16], 5, 0),
                pool: AvgPool2dConfig::new([2, 2]).with_strides([2, 2]).init(),
                dense1: b.linear(400, 120),
                dense2: b.linear(120, 84),
                dense3: b.linear(84, 10),
            }),
            Work::W3 => Net::Keras(Keras {
                conv1: b.conv([1, 32], 3, 0),
                conv2: b.conv([32, 64], 3, 0),
                pool: max_pool(),
                dropout: b.dropout(0.5),
                dense: b.linear(1600, 10),
            }),
            Work::W4 => Net::Torch(Torch {
                conv1: b.conv([1, 32], 3, 0),
                conv2: b.conv([32, 64], 3, 0),
                pool: max_pool(),
                dropout1: b.dropout(0.25),
                dropout2: b.dropout(0.5),
                dense1: b.linear(9216, 128),
                dense2: b.linear(128, 10),
            }),
            Work::W8 => Net::ResNet(ResNet {
                stem: b.conv_norm(3, 16, 3, 1),
                blocks: BLOCKS.map(|(inputs, outputs)| b.residual(inputs, outputs)).into(),
                dense: b.linear(64, 10),
            }),
            _ => Net::Dense(Dense {
                dense1: b.linear(784, 256),
                dense2: b.linear(256, 128),
                dense3: b.linear(128, 10),
            }),
        }
    }

    pub fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        match self {
            Net::Post(net) => {
                let x = net.conv2.forward(net.conv1.forward(x).tanh()).tanh();
                net.dense2.forward(net.dense1.forward(x.flatten(1, 3)).tanh())
            }
            Net::LeNet(net) => {
                let x = net.pool.forward(net.conv1.forward(x).tanh());
                let x = net.pool.forward(net.conv2.forward(x).tanh());
                let x = net.dense1.forward(x.flatten(1, 3)).tanh();
                net.dense3.forward(net.dense2.forward(x).tanh())
            }
            Net::Keras(net) => {
                let x = net.pool.forward(relu(net.conv1.forward(x)));
                let x = net.pool.forward(relu(net.conv2.forward(x)));
                net.dense.forward(net.dropout.forward(x.flatten(1, 3)))
            }
            Net::Torch(net) => {
                let x = relu(net.conv2.forward(relu(net.conv1.forward(x))));
                let x = net.dropout1.forward(net.pool.forward(x));
                let x = relu(net.dense1.forward(x.flatten(1, 3)));
                net.dense2.forward(net.dropout2.forward(x))
            }
            Net::Dense(net) => {
                let x = relu(net.dense1.forward(x.flatten(1, 3)));
                net.dense3.forward(relu(net.dense2.forward(x)))
            }
            Net::ResNet(net) => {
                let x = relu(net.stem.forward(x));
                let x = net.blocks.iter().fold(x, |x, block| block.forward(x));
                net.dense.forward(x.mean_dims(&[2, 3]).flatten(1, 3))
            }
        }
    }
}

fn max_pool() -> MaxPool2d {
    MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init()
}

#[derive(Module, Debug)]
pub struct Post {
    conv1: Conv2d,
    conv2: Conv2d,
    dense1: Linear,
    dense2: Linear,
}

#[derive(Module, Debug)]
pub struct LeNet {
    conv1: Conv2d,
    conv2: Conv2d,
    pool: AvgPool2d,
    dense1: Linear,
    dense2: Linear,
    dense3: Linear,
}

#[derive(Module, Debug)]
pub struct Keras {
    conv1: Conv2d,
    conv2: Conv2d,
    pool: MaxPool2d,
    dropout: Dropout,
    dense: Linear,
}

#[derive(Module, Debug)]
pub struct Torch {
    conv1: Conv2d,
    conv2: Conv2d,
    pool: MaxPool2d,
    dropout1: Dropout,
    dropout2: Dropout,
    dense1: Linear,
    dense2: Linear,
}

#[derive(Module, Debug)]
pub struct Dense {
    dense1: Linear,
    dense2: Linear,
    dense3: Linear,
}

#[derive(Module, Debug)]
pub struct ResNet {
    stem: ConvNorm,
    blocks: Vec<Residual>,
    dense: Linear,
}

#[derive(Module, Debug)]
pub struct Residual {
    first: ConvNorm,
    second: ConvNorm,
    around: Option<ConvNorm>,
}

impl Residual {
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let y = self.second.forward(relu(self.first.forward(x.clone())));
        let around = match &self.around {
            Some(around) => around.forward(x),
            None => x,
        };
        relu(y + around)
    }
}

/// A convolution without a bias, and batch norm.
#[derive(Module, Debug)]
pub struct ConvNorm {
    conv: Conv2d,
    norm: BatchNorm,
}

impl ConvNorm {
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.norm.forward(self.conv.forward(x))
    }
}
