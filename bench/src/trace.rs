//! What it costs to look inside a network: a trace of one image, beside a training step with the same image.

use std::error::Error;
use std::hint::black_box;

use peers_common::Work;
use serde::Serialize;
use toddle::{Engine, Loss, Machine, Mode, Slices, StepContext, Update};

use crate::timing::{Timing, time_beside};
use crate::work::networks;

/// The figures of LeNet-5, on one thread, in seconds a call.
#[derive(Debug, Serialize)]
pub struct Measure {
    /// `Network::trace` and `Trace::backward`, with the memory that they allocate.
    trace: Timing,
    /// `Engine::step` of one image.
    step: Timing,
    /// The median of the ratios of the two.
    trace_to_step: f64,
}

const REPEATS: usize = 15;

/// Times the two in turn.
pub fn run() -> Result<Measure, Box<dyn Error>> {
    let spec = networks::spec(Work::W2, false, false);
    let image = toddle_data::mnist().train()?.first(1)?;
    let (x, t): (Vec<f32>, Vec<f32>) = (image.inputs(), image.one_hot());
    let network = spec.build::<f32>(0)?;

    let mut trained = spec.build::<f32>(0)?;
    let plan = network.plan(1, Mode::Descend, &Machine::detect()?.threads(1));
    let mut engine = Engine::new(&network, plan);
    let batch = Slices { inputs: &x, targets: &t, samples: 1 };
    let loss = Loss::cross_entropy();
    let context = StepContext { seed: 0, number: 0, loss: &loss };
    let mut losses = [0.0];

    let [trace, step] = time_beside(
        REPEATS,
        || {
            let mut trace = network.trace(&x).expect("one sample");
            black_box(trace.backward(&t).expect("one gradient").weights());
        },
        || {
            let update = Update::Descend { rate: 1e-6 };
            engine.step(&mut trained, &batch, context, update, &mut losses).expect("it is finite");
        },
    );
    let trace_to_step = trace.ratio_to(&step);
    let [of_trace, of_step] = [&trace, &step].map(|timing| timing.median * 1e6);
    println!("LeNet-5, one image: trace {of_trace:.1} µs, step {of_step:.1} µs, ratio {trace_to_step:.2}");
    Ok(Measure { trace, step, trace_to_step })
}
