//! Candle; RAYON_NUM_THREADS sets the threads.
#![forbid(unsafe_code)]

mod networks;
mod optimizers;

use candle_core::{DType, Device, Result, Tensor, Var};
use candle_nn::{AdamW, Optimizer, ParamsAdamW, SGD, loss};
use clap::Parser;
use peers_common::{Error, Options, Samples, Weights, Work, digits, infer, samples, train};

use networks::{Builder, Net};
use optimizers::{Adadelta, Momentum};

fn main() -> std::result::Result<(), Error> {
    let options = Options::parse();
    let mut builder =
        Builder { weights: Weights::read(&options)?, number: number(&options), vars: Vec::new() };
    let net = Net::new(options.work, !options.check, &mut builder)?;
    let (vars, rate) = (builder.vars, options.work.rate());
    match options.work {
        Work::W6One | Work::W6Batch => answer(&options, &net),
        Work::W1 => learn(&options, &net, SGD::new(vars, rate)?),
        Work::W2 | Work::W8 => learn(&options, &net, Momentum::new(vars, rate)?),
        Work::W4 => learn(&options, &net, Adadelta::new(vars, rate)?),
        _ => {
            let adam = ParamsAdamW { lr: rate, weight_decay: 0.0, ..Default::default() };
            learn(&options, &net, AdamW::new(vars, adam)?)
        }
    }
}

fn answer(options: &Options, net: &Net) -> std::result::Result<(), Error> {
    let x = images(&digits(&options.data, "t10k")?, options)?;
    infer(options, |first, count| {
        let y = net.forward(&x.narrow(0, first, count)?, false)?;
        Ok(y.flatten_all()?.to_vec1()?)
    })
}

fn learn(options: &Options, net: &Net, mut optimizer: impl Optimizer) -> std::result::Result<(), Error> {
    let samples = samples(options)?;
    let (x, y, batch) = (images(&samples, options)?, targets(&samples, options)?, options.work.batch());
    let step = |first| {
        let outputs = net.forward(&x.narrow(0, first, batch)?, true)?;
        let y = y.narrow(0, first, batch)?;
        let loss = match options.work {
            Work::W1 => loss::mse(&outputs, &y)?,
            _ => loss::cross_entropy(&outputs, &y)?,
        };
        optimizer.backward_step(&loss)?;
        Ok(loss)
    };
    train(options, step, |loss| Ok(loss.to_dtype(DType::F64)?.to_scalar()?))
}

fn images(samples: &Samples, options: &Options) -> Result<Tensor> {
    let [channels, height, width] = samples.shape;
    let shape = (samples.labels.len(), channels, height, width);
    Tensor::from_slice(&samples.images(), shape, &Device::Cpu)?.to_dtype(number(options))
}

/// The digits, or for W1's loss a 1 in the digit's place.
fn targets(samples: &Samples, options: &Options) -> Result<Tensor> {
    let count = samples.labels.len();
    if options.work == Work::W1 {
        return Tensor::from_vec(samples.one_hot(), (count, 10), &Device::Cpu)?.to_dtype(number(options));
    }
    let labels: Vec<u32> = samples.labels.iter().map(|&label| label.into()).collect();
    Tensor::from_vec(labels, count, &Device::Cpu)
}

fn number(options: &Options) -> DType {
    if options.f64 { DType::F64 } else { DType::F32 }
}

/// A variable of zeros for each of `vars`.
fn zeros(vars: &[Var]) -> Result<Vec<Var>> {
    vars.iter().map(|var| Var::zeros(var.shape(), var.dtype(), var.device())).collect()
}
