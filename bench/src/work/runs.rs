//! Answering, learning, and learning until it is enough.

use std::error::Error;

use peers_common::{Options, digits, samples};
use toddle::{Engine, Float, GraphSpec, Machine, Mode, Trainer};

use super::networks::fit;
use super::numbers::{Digits, network};

/// W6.
pub fn answer(options: &Options, spec: &GraphSpec, machine: &Machine) -> Result<(), Box<dyn Error>> {
    let network = network::<f32>(options, spec)?;
    let images = digits(&options.data, "t10k")?.images();
    let size = network.input().size();
    let engine = |batch| Engine::new(&network, network.plan(batch, Mode::Infer, machine));
    let (mut one, mut many) = (engine(1), engine(256));
    peers_common::infer(options, |first, count| {
        let engine = if count == 1 { &mut one } else { &mut many };
        let mut outputs = vec![0.0; count * network.output().size()];
        engine.forward(&network, &images[first * size..][..count * size], &mut outputs);
        Ok(outputs)
    })
}

/// W1 to W5, W8 and W9.
pub fn learn<T: Float + From<f32>>(
    options: &Options,
    spec: &GraphSpec,
    machine: Machine,
) -> Result<(), Box<dyn Error>> {
    let mut network = network::<T>(options, spec)?;
    let samples = Digits(samples(options)?);
    let fit = fit(options.work).seed(options.seed).machine(machine);
    let mut trainer = Trainer::new(&network, &fit, options.work.samples())?;
    let step = |_| {
        let report = trainer.step(&mut network, &samples)?;
        if report.ends_epoch {
            trainer.end_epoch(&mut network, None);
        }
        Ok(report.loss)
    };
    peers_common::train(options, step, Ok)
}

/// W7.
pub fn reach_99(options: &Options, spec: &GraphSpec, machine: Machine) -> Result<(), Box<dyn Error>> {
    let network = network::<f32>(options, spec)?;
    let (training, test) = (Digits(samples(options)?), Digits(digits(&options.data, "t10k")?));
    let fit = fit(options.work).shuffle().seed(options.seed).machine(machine);
    let trainer = Trainer::new(&network, &fit, options.work.samples())?;
    let step = |(network, trainer): &mut (_, Trainer<f32>)| {
        if trainer.step(network, &training)?.ends_epoch {
            trainer.end_epoch(network, None);
        }
        Ok(())
    };
    peers_common::reach_99((network, trainer), step, |(network, trainer)| {
        trainer.evaluate(network, &test).accuracy.expect("digits have classes")
    })
}
