//! What a step costs against the batch, the threads, and the network's width and depth.

use std::error::Error;

use serde::Serialize;
use toddle::{
    Conv2d, Dense, Engine, Flatten, Loss, Machine, MaxPool2d, Mode, NetworkSpec, Relu, Shape, Slices,
    StepContext, Update,
};

use crate::timing::{Timing, time};

/// One network's figures.
#[derive(Debug, Serialize)]
pub struct Measure {
    against: &'static str,
    value: usize,
    samples_per_second: f64,
    /// What the engine asks for, without the data.
    memory_mib: f64,
    timing: Timing,
}

const REPEATS: usize = 5;
const WIDTH: usize = 16;
const DEPTH: usize = 2;
const BATCH: usize = 128;

/// Times steps of a convolutional network: `WIDTH` filters and twice as many from the second convolution on, `DEPTH` of
/// them, `BATCH` samples on all threads, but for what is varied; and its answers to a few samples at once.
pub fn run() -> Result<Vec<Measure>, Box<dyn Error>> {
    let machine = Machine::detect()?;
    let mut measures = Vec::new();
    println!("{:<18} {:>6} {:>12} {:>11}", "against", "", "samples/s", "memory");
    let mut add = |measure: Measure| {
        let Measure { against, value, samples_per_second, memory_mib, .. } = measure;
        println!("{against:<18} {value:>6} {samples_per_second:>12.0} {memory_mib:>7.1} MiB");
        measures.push(measure);
    };
    let usual = network(WIDTH, DEPTH);
    for batch in (0..=10).map(|power| 1 << power) {
        add(step("batch", batch, &usual, batch, machine)?);
    }
    for threads in 1..=machine.threads {
        add(step("threads", threads, &usual, BATCH, machine.threads(threads))?);
    }
    for width in [4, 8, 16, 32, 64] {
        add(step("width", width, &network(width, DEPTH), BATCH, machine)?);
    }
    for depth in 1..=6 {
        add(step("depth", depth, &network(WIDTH, depth), BATCH, machine)?);
    }
    for samples in [1, 2, 4, 8, 16, 32] {
        add(answers("answers", &usual, samples, machine)?);
    }
    for samples in [1, 2, 4, 8, 16, 32] {
        add(answers("one-thread answers", &usual, samples, machine.threads(1))?);
    }
    Ok(measures)
}

fn network(width: usize, depth: usize) -> NetworkSpec {
    let first = NetworkSpec::new(Shape::image(1, 28, 28))
        .add(Conv2d::new(width, 3).padding(1))
        .add(Relu)
        .add(MaxPool2d::new(2));
    let more = (1..depth).fold(first, |spec, _| spec.add(Conv2d::new(2 * width, 3).padding(1)).add(Relu));
    more.add(MaxPool2d::new(2)).add(Flatten).add(Dense::new(10))
}

fn step(
    against: &'static str,
    value: usize,
    spec: &NetworkSpec,
    samples: usize,
    machine: Machine,
) -> Result<Measure, Box<dyn Error>> {
    let images = toddle_data::mnist().train()?.first(samples)?;
    let (inputs, targets): (Vec<f32>, Vec<f32>) = (images.inputs(), images.one_hot());
    let batch = Slices { inputs: &inputs, targets: &targets, samples };
    let mut network = spec.build::<f32>(0)?;
    let plan = network.plan(samples, Mode::Descend, &machine);
    let memory_mib = plan.bytes() as f64 / f64::from(1 << 20);
    let mut engine = Engine::new(&network, plan);
    let loss = Loss::from(toddle::CrossEntropy::default());
    let step = StepContext { seed: 0, number: 0, loss: &loss };
    let mut losses = vec![0.0; samples];
    let timing = time(REPEATS, || {
        engine
            .step(&mut network, &batch, step, Update::Descend { rate: 1e-6 }, &mut losses)
            .expect("it is finite");
    });
    Ok(Measure { against, value, samples_per_second: samples as f64 / timing.median, memory_mib, timing })
}

fn answers(
    against: &'static str,
    spec: &NetworkSpec,
    samples: usize,
    machine: Machine,
) -> Result<Measure, Box<dyn Error>> {
    let inputs: Vec<f32> = toddle_data::mnist().test()?.first(samples)?.inputs();
    let network = spec.build::<f32>(0)?;
    let plan = network.plan(samples, Mode::Infer, &machine);
    let memory_mib = plan.bytes() as f64 / f64::from(1 << 20);
    let mut engine = Engine::new(&network, plan);
    let mut outputs = vec![0.0; samples * network.output().size()];
    let timing = time(REPEATS, || engine.forward(&network, &inputs, &mut outputs));
    Ok(Measure {
        against,
        value: samples,
        samples_per_second: samples as f64 / timing.median,
        memory_mib,
        timing,
    })
}
