//! The workloads' networks.

use candle_core::{D, DType, Device, Result, Tensor, Var};
use candle_nn::ops::softmax;
use candle_nn::{BatchNorm, Conv2d, Conv2dConfig, Dropout, Linear, Module, ModuleT};
use peers_common::{BLOCKS, Weights, Work};

/// Makes layers with the weights of a file, and keeps what is to be trained.
pub struct Builder {
    pub weights: Weights,
    pub number: DType,
    pub vars: Vec<Var>,
}

impl Builder {
    /// The next numbers of the file.
    fn read(&mut self, shape: &[usize]) -> Result<Tensor> {
        let numbers = self.weights.take(shape.iter().product());
        Tensor::from_vec(numbers, shape, &Device::Cpu)?.to_dtype(self.number)
    }

    fn var(&mut self, beginning: &Tensor) -> Result<Tensor> {
        let var = Var::from_tensor(&beginning.contiguous()?)?;
        self.vars.push(var.clone());
        Ok(var.as_tensor().clone())
    }

    fn conv(&mut self, inputs: usize, outputs: usize, size: usize, padding: usize) -> Result<Conv2d> {
        let (weights, bias) = (self.read(&[outputs, inputs, size, size])?, self.read(&[outputs])?);
        let config = Conv2dConfig { padding, ..Default::default() };
        Ok(Conv2d::new(self.var(&weights)?, Some(self.var(&bias)?), config))
    }

    fn linear(&mut self, inputs: usize, outputs: usize) -> Result<Linear> {
        let (weights, bias) = (self.read(&[inputs, outputs])?.t()?, self.read(&[outputs])?);
        Ok(Linear::new(self.var(&weights)?, Some(self.var(&bias)?)))
    }

    fn conv_norm(&mut self, inputs: usize, outputs: usize, size: usize, stride: usize) -> Result<ConvNorm> {
        let weights = self.read(&[outputs, inputs, size, size])?;
        let config = Conv2dConfig { padding: size / 2, stride, ..Default::default() };
        let conv = Conv2d::new(self.var(&weights)?, None, config);
        let zeros = Tensor::zeros(outputs, self.number, &Device::Cpu)?;
        let ones = zeros.ones_like()?;
        let (scale, shift) = (self.var(&ones)?, self.var(&zeros)?);
        Ok(ConvNorm { conv, norm: BatchNorm::new(outputs, zeros, ones, scale, shift, 1e-5)? })
    }

    fn residual(&mut self, inputs: usize, outputs: usize) -> Result<Residual> {
        let stride = if inputs == outputs { 1 } else { 2 };
        let first = self.conv_norm(inputs, outputs, 3, stride)?;
        let second = self.conv_norm(outputs, outputs, 3, 1)?;
        let around = if stride > 1 { Some(self.conv_norm(inputs, outputs, 1, stride)?) } else { None };
        Ok(Residual { first, second, around })
    }
}

/// A workload's network: convolutions, or residual blocks, and then dense layers.
pub struct Net {
    work: Work,
    dropout: bool,
    convs: Vec<Conv2d>,
    residual: Option<(ConvNorm, Vec<Residual>)>,
    dense: Vec<Linear>,
}

impl Net {
    pub fn new(work: Work, dropout: bool, b: &mut Builder) -> Result<Net> {
        let work = work.network();
        let convs = match work {
            Work::W1 => vec![b.conv(1, 1, 3, 0)?, b.conv(1, 1, 3, 0)?],
            Work::W2 => vec![b.conv(1, 6, 5, 2)?, b.conv(6, 16, 5, 0)?],
            Work::W3 | Work::W4 => vec![b.conv(1, 32, 3, 0)?, b.conv(32, 64, 3, 0)?],
            _ => vec![],
        };
        let residual = match work {
            Work::W8 => {
                let stem = b.conv_norm(3, 16, 3, 1)?;
                let blocks = BLOCKS.iter().map(|&(inputs, outputs)| b.residual(inputs, outputs));
                Some((stem, blocks.collect::<Result<_>>()?))
            }
            _ => None,
        };
        let sizes: &[usize] = match work {
            Work::W1 => &[576, 100, 10],
            Work::W2 => &[400, 120, 84, 10],
            Work::W3 => &[1600, 10],
            Work::W4 => &[9216, 128, 10],
            Work::W8 => &[64, 10],
            _ => &[784, 256, 128, 10],
        };
        let dense = sizes.windows(2).map(|sizes| b.linear(sizes[0], sizes[1])).collect::<Result<_>>()?;
        Ok(Net { work, dropout, convs, residual, dense })
    }

    pub fn forward(&self, x: &Tensor, train: bool) -> Result<Tensor> {
        let dropout = |rate, x: &Tensor| Dropout::new(rate).forward(x, train && self.dropout);
        let (convs, dense) = (&self.convs, &self.dense);
        match self.work {
            Work::W1 => {
                let x = convs[1].forward(&convs[0].forward(x)?.tanh()?)?.tanh()?.flatten_from(1)?;
                softmax(&dense[1].forward(&dense[0].forward(&x)?.tanh()?)?, D::Minus1)
            }
            Work::W2 => {
                let x = convs[0].forward(x)?.tanh()?.avg_pool2d(2)?;
                let x = convs[1].forward(&x)?.tanh()?.avg_pool2d(2)?.flatten_from(1)?;
                dense[2].forward(&dense[1].forward(&dense[0].forward(&x)?.tanh()?)?.tanh()?)
            }
            Work::W3 => {
                let x = convs[0].forward(x)?.relu()?.max_pool2d(2)?;
                let x = convs[1].forward(&x)?.relu()?.max_pool2d(2)?.flatten_from(1)?;
                dense[0].forward(&dropout(0.5, &x)?)
            }
            Work::W4 => {
                let x = convs[1].forward(&convs[0].forward(x)?.relu()?)?.relu()?.max_pool2d(2)?;
                let x = dropout(0.25, &x)?.flatten_from(1)?;
                let x = dense[0].forward(&x)?.relu()?;
                dense[1].forward(&dropout(0.5, &x)?)
            }
            Work::W8 => {
                let (stem, blocks) = self.residual.as_ref().expect("W8 is made of residual blocks");
                let x = stem.forward(x, train)?.relu()?;
                let x = blocks.iter().try_fold(x, |x, block| block.forward(&x, train))?;
                dense[0].forward(&x.mean((2, 3))?)
            }
            _ => {
                dense[2].forward(&dense[1].forward(&dense[0].forward(&x.flatten_from(1)?)?.relu()?)?.relu()?)
            }
        }
    }
}

struct Residual {
    first: ConvNorm,
    second: ConvNorm,
    around: Option<ConvNorm>,
}

impl Residual {
    fn forward(&self, x: &Tensor, train: bool) -> Result<Tensor> {
        let y = self.second.forward(&self.first.forward(x, train)?.relu()?, train)?;
        match &self.around {
            Some(around) => (y + around.forward(x, train)?)?.relu(),
            None => (y + x)?.relu(),
        }
    }
}

/// A convolution without a bias, and batch norm.
struct ConvNorm {
    conv: Conv2d,
    norm: BatchNorm,
}

impl ConvNorm {
    fn forward(&self, x: &Tensor, train: bool) -> Result<Tensor> {
        self.norm.forward_t(&self.conv.forward(x)?, train)
    }
}
