//! Burn on its Flex backend; RAYON_NUM_THREADS sets the threads.
#![forbid(unsafe_code)]

mod adadelta;
mod networks;

use burn::nn::loss::{CrossEntropyLossConfig, MseLoss, Reduction};
use burn::optim::momentum::MomentumConfig;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer, SgdConfig};
// What derive(RecordState) takes to be here.
use burn::optim::{RecordState, StateSink, StateSource};
use burn::prelude::*;
use burn::tensor::activation::softmax;
use burn::tensor::{DType, FloatDType, TensorData};
use clap::Parser;
use peers_common::{Error, Options, Samples, Weights, Work, digits, infer, samples, train};

use adadelta::Adadelta;
use networks::{Builder, Net};

fn main() -> Result<(), Error> {
    let options = Options::parse();
    let mut device = Device::flex();
    if options.f64 {
        device.configure(FloatDType::F64)?;
    }
    let weights = Weights::read(&options)?;
    if matches!(options.work, Work::W6One | Work::W6Batch) {
        return answer(&options, Builder { device, weights, dropout: false });
    }
    let dropout = !options.check;
    learn(&options, Builder { device: device.autodiff(), weights, dropout })
}

fn answer(options: &Options, mut builder: Builder) -> Result<(), Error> {
    let device = builder.device.clone();
    let net = Net::new(options.work, &mut builder);
    let x = images(&digits(&options.data, "t10k")?, options, &device);
    infer(options, |first, count| {
        let y = net.forward(x.clone().slice([first..first + count])).into_data();
        Ok(y.try_to_vec::<f32>()?)
    })
}

fn learn(options: &Options, mut builder: Builder) -> Result<(), Error> {
    let device = builder.device.clone();
    let samples = samples(options)?;
    let x = images(&samples, options, &device);
    let loss = loss(&samples, options, &device);
    let mut net = Some(Net::new(options.work, &mut builder));
    let mut optimizer = optimizer(options.work);
    let (rate, batch) = (options.work.rate(), options.work.batch());
    let step = |first| {
        let taken = net.take().expect("the step before gave it back");
        let range = first..first + batch;
        let loss = loss(taken.forward(x.clone().slice([range.clone()])), range);
        let gradients = GradientsParams::from_grads(loss.backward(), &taken);
        net = Some(optimizer.step(rate, taken, gradients));
        Ok(loss)
    };
    train(options, step, |loss| {
        let loss = loss.into_data().convert::<f64>().try_to_vec::<f64>()?[0];
        Ok(loss)
    })
}

/// The loss of outputs that are those of a range of samples.
fn loss(
    samples: &Samples,
    options: &Options,
    device: &Device,
) -> Box<dyn Fn(Tensor<2>, std::ops::Range<usize>) -> Tensor<1>> {
    let count = samples.labels.len();
    if options.work == Work::W1 {
        let one_hot = Tensor::<2>::from_data(TensorData::new(samples.one_hot(), [count, 10]), device);
        let one_hot = if options.f64 { one_hot.cast(FloatDType::F64) } else { one_hot };
        let loss = MseLoss::new();
        return Box::new(move |y, range| {
            loss.forward(softmax(y, 1), one_hot.clone().slice([range]), Reduction::Mean)
        });
    }
    let labels: Vec<i32> = samples.labels.iter().map(|&label| label.into()).collect();
    let labels = Tensor::<1, Int>::from_data(TensorData::new(labels, [count]), device);
    let loss = CrossEntropyLossConfig::new().init(device);
    Box::new(move |y, range| loss.forward(y, labels.clone().slice([range])))
}

fn optimizer(work: Work) -> ModuleOptimizer {
    let momentum = MomentumConfig::new().with_momentum(0.9).with_dampening(0.0);
    match work {
        Work::W1 => SgdConfig::new().init(),
        Work::W2 | Work::W8 => SgdConfig::new().with_momentum(Some(momentum)).init(),
        Work::W4 => Adadelta.into(),
        _ => AdamConfig::new().with_epsilon(1e-8).init(),
    }
}

fn images(samples: &Samples, options: &Options, device: &Device) -> Tensor<4> {
    let [channels, height, width] = samples.shape;
    let shape = [samples.labels.len(), channels, height, width];
    if options.f64 {
        let images: Vec<f64> = samples.images().into_iter().map(f64::from).collect();
        return Tensor::from_data(TensorData::new(images, shape), (device, DType::F64));
    }
    Tensor::from_data(TensorData::new(samples.images(), shape), device)
}
