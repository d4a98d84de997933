//! The engine: whole networks against the references, and the same bits however the work is dealt out.

use toddle::layer::Draw;
use toddle::{
    BatchNorm, Conv2d, Dense, Dropout, Engine, Fit, Flatten, Float, Isa, LogSoftmax, Loss, Machine,
    MaxPool2d, Mode, Network, NetworkSpec, NumpyRandom, Prelu, Relu, Residual, Sgd, Shape, Silu, Slices,
    Softmax, StepContext, Tanh, Update,
};
use toddle_testkit::cases::BATCHES;
use toddle_testkit::numbers::{below, numbers, same_bits};
use toddle_testkit::{gradient, random, reference};

const RATE: f64 = 0.002;
const DRAW: Draw = Draw { seed: 7, step: 3, sample: 0, layer: 0 };
const STEP: StepContext<'static> = StepContext { seed: 7, number: 3, loss: &Loss::MeanSquaredError };

/// Small networks of every kind of layer: one begins with a dense layer, one with layers that have nothing to learn.
fn specs() -> Vec<NetworkSpec> {
    let deep = NetworkSpec::new(Shape::image(2, 8, 7))
        .add(Conv2d::new(3, (3, 2)))
        .add(Tanh)
        .add(Conv2d::new(5, 2))
        .add(Tanh)
        .add(Flatten)
        .add(Dense::new(19))
        .add(Tanh)
        .add(Dense::new(6))
        .add(Softmax::default());
    let flat = NetworkSpec::new(Shape::vector(9)).add(Dense::new(20)).add(Tanh).add(Dense::new(3));
    let late = NetworkSpec::new(Shape::image(1, 3, 3)).add(Tanh).add(Flatten).add(Dense::new(4)).add(Tanh);
    let normal = NetworkSpec::new(Shape::image(2, 6, 5))
        .add(BatchNorm::default())
        .add(Conv2d::new(3, 3))
        .add(BatchNorm::default())
        .add(Tanh)
        .add(Dropout::new(0.3))
        .add(Flatten)
        .add(Dense::new(5))
        .add(BatchNorm::default());
    let inner = Residual::new().add(Conv2d::new(4, 1)).add(Tanh);
    let outer = Residual::new().add(inner.clone()).add(BatchNorm::default()).add(inner);
    let around = Residual::new()
        .add(Conv2d::new(3, 2))
        .add(BatchNorm::default())
        .add(Tanh)
        .add(Dropout::new(0.5))
        .project(Conv2d::new(3, 2))
        .project(BatchNorm::default());
    let residual = NetworkSpec::new(Shape::image(4, 4, 5))
        .add(outer)
        .add(around)
        .add(Residual::new())
        .add(Flatten)
        .add(Residual::new().add(Dense::new(36)).project(Dense::new(36)))
        .add(Dense::new(3));
    let plain = NetworkSpec::new(Shape::vector(6))
        .add(Residual::new().add(Dense::new(6)).add(Tanh))
        .add(Residual::new().add(Dense::new(4)).project(Dense::new(4)))
        .add(Dropout::new(0.2))
        .add(Dense::new(2));
    let rectified = NetworkSpec::new(Shape::image(2, 6, 5))
        .add(Conv2d::new(3, 3))
        .add(Prelu { per_channel: true, ..Prelu::default() })
        .add(Flatten)
        .add(Dense::new(7))
        .add(Silu)
        .add(Dense::new(4))
        .add(LogSoftmax::default());
    // Some of these relus and sums are done by the layers, or the sum, before them; a relu that a value goes around is not.
    let fused = NetworkSpec::new(Shape::image(2, 6, 5))
        .add(Conv2d::new(3, 3))
        .add(Relu)
        .add(Conv2d::new(4, (2, 1)).stride(2))
        .add(BatchNorm::default())
        .add(Relu)
        .add(Residual::new().add(Relu).add(Conv2d::new(4, 1)).add(Relu))
        .add(BatchNorm::default())
        .add(Residual::new().add(Relu))
        .add(Residual::new().add(Conv2d::new(4, 1)))
        .add(Relu)
        .add(Residual::new().add(Conv2d::new(4, 1)).add(BatchNorm::default()))
        .add(Relu)
        .add(Flatten)
        .add(Dense::new(3))
        .add(Relu);
    // The poolings go back through some of these relus: through the second, and those behind sums. The norm does through the first;
    // behind the third, windows share cells; and what the last makes goes around the pooling, too.
    let pooled = NetworkSpec::new(Shape::image(2, 13, 12))
        .add(BatchNorm::default())
        .add(Relu)
        .add(MaxPool2d::new((1, 2)))
        .add(Conv2d::new(3, (2, 3)))
        .add(Relu)
        .add(MaxPool2d::new(2).padding([1, 0, 0, 1]))
        .add(Relu)
        .add(MaxPool2d::new(2).stride(1))
        .add(Residual::new().add(Relu).add(MaxPool2d::new(1)))
        .add(Relu)
        .add(MaxPool2d::new(1))
        .add(Residual::new().add(Conv2d::new(3, 1)).add(BatchNorm::default()))
        .add(Relu)
        .add(MaxPool2d::new(1).stride((1, 2)))
        .add(Relu)
        .add(Residual::new().add(MaxPool2d::new(1)))
        .add(Flatten)
        .add(Dense::new(3));
    let fast = NetworkSpec::new(Shape::image(2, 6, 5))
        .add(Conv2d::new(5, 3).padding(1).fast(true))
        .add(Relu)
        .add(Conv2d::new(3, 3).fast(true))
        .add(Flatten)
        .add(Dense::new(3));
    // The first dense layer's weights are moved in several parts, even where two workers share them.
    let wide = NetworkSpec::new(Shape::vector(110)).add(Dense::new(171)).add(Tanh).add(Dense::new(3));
    vec![deep, flat, late, normal, residual, plain, rectified, fused, pooled, fast, wide]
}

fn machine(isa: Isa, threads: usize) -> Machine {
    Machine { isa, threads }
}

fn samples<T: Float>(network: &Network<T>, samples: usize) -> (Vec<T>, Vec<T>) {
    (numbers(5, samples * network.input().size()), numbers(6, samples * network.output().size()))
}

fn gradient_of<T: Float>(spec: &NetworkSpec, batch: usize, machine: &Machine) -> (Vec<T>, Vec<T>) {
    let mut network = spec.build::<T>(3).unwrap();
    let (x, y) = samples(&network, batch);
    let mut engine = Engine::new(&network, network.plan(batch, Mode::Gradient, machine));
    let mut losses = vec![T::ZERO; batch];
    // Twice, since the second time buffers hold what the first has left.
    let batch = Slices { inputs: &x, targets: &y, samples: batch };
    engine.gradient(&mut network, &batch, STEP, &mut losses);
    let gradient = engine.gradient(&mut network, &batch, STEP, &mut losses).to_vec();
    (losses, gradient)
}

fn agrees_with_reference<T: Float>(isa: Isa) {
    for spec in specs() {
        let network = spec.build::<T>(3).unwrap();
        for batch in BATCHES {
            let (x, y) = samples(&network, batch);
            let (losses, expected) = reference::gradient(&spec, network.weights(), DRAW, &x, &y);
            for threads in [1, 2, 3, 8] {
                let (ours, gradient) = gradient_of::<T>(&spec, batch, &machine(isa, threads));
                let what = format!("batch of {batch}, {threads} threads, {isa}");
                same_bits(&format!("{what}: losses"), &ours, &losses).unwrap();
                same_bits(&format!("{what}: gradient"), &gradient, &expected).unwrap();
            }
        }
    }
}

/// One residual block by itself, in every form.
fn random_block_agrees<T: Float>(spec: &NetworkSpec, batch: usize, threads: usize) {
    let network = spec.build::<T>(3).unwrap();
    let (x, y) = samples(&network, batch);
    let (losses, expected) = reference::gradient(spec, network.weights(), DRAW, &x, &y);
    for isa in Isa::available() {
        let (ours, gradient) = gradient_of::<T>(spec, batch, &machine(*isa, threads));
        let what = format!("{spec:?} {}, batch of {batch}, {threads} threads, {isa}", T::NAME);
        same_bits(&format!("{what}: losses"), &ours, &losses).unwrap();
        same_bits(&format!("{what}: gradient"), &gradient, &expected).unwrap();
    }
}

#[test]
fn random_residual_blocks_have_the_references_bits() {
    let mut random = NumpyRandom::new(1);
    for _ in 0..2000 {
        let mut of = |end| 1 + below(&mut random, end);
        let input = if of(2) == 1 { Shape::vector(of(20)) } else { Shape::image(of(3), of(4), of(5)) };
        let (batch, threads) = ([1, 2, 16, 17, 35][of(5) - 1], of(3));
        let spec = NetworkSpec::new(input).add(random::residual(input, &mut random));
        random_block_agrees::<f32>(&spec, batch, threads);
        random_block_agrees::<f64>(&spec, batch, threads);
    }
}

#[test]
fn losses_and_gradients_have_the_references_bits() {
    for isa in Isa::available() {
        agrees_with_reference::<f32>(*isa);
        agrees_with_reference::<f64>(*isa);
    }
}

/// The weights after twenty steps.
fn trained<T: Float>(spec: &NetworkSpec, batch: usize, machine: Machine) -> Vec<T> {
    let mut network = spec.build::<T>(3).unwrap();
    let (x, y) = samples(&network, batch);
    let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(RATE)).epochs(20).batch(batch).machine(machine);
    network.fit(&x, &y, &fit).unwrap();
    network.weights().to_vec()
}

#[test]
fn twenty_steps_lead_to_the_same_weights_on_any_number_of_threads_and_in_any_form() {
    for spec in specs() {
        // Batch norm of vectors refuses single samples.
        let ends_with_norm = spec.layers.last() == Some(&BatchNorm::default().into());
        for batch in [if ends_with_norm { 2 } else { 1 }, 16, 17, 48] {
            let expected = trained::<f32>(&spec, batch, machine(Isa::detect(), 1));
            assert!(expected.iter().all(|w| w.is_finite()));
            assert!(same_bits("untrained", &expected, spec.build::<f32>(3).unwrap().weights()).is_err());
            for isa in Isa::available() {
                for threads in [1, 2, 3, 8] {
                    let weights = trained::<f32>(&spec, batch, machine(*isa, threads));
                    same_bits(&format!("batch of {batch}, {threads} threads, {isa}"), &weights, &expected)
                        .unwrap();
                }
            }
        }
    }
}

#[test]
fn a_step_is_a_gradient_and_an_update() {
    for spec in specs() {
        for batch in [1, 20] {
            let (_, gradient) = gradient_of::<f64>(&spec, batch, &machine(Isa::detect(), 2));
            let mut network = spec.build::<f64>(3).unwrap();
            let mut expected = network.weights().to_vec();
            toddle_kernels::update::reference::sgd(RATE, &gradient, &mut expected);
            let (x, y) = samples(&network, batch);
            let plan = network.plan(batch, Mode::Descend, &machine(Isa::detect(), 2));
            let mut engine = Engine::new(&network, plan);
            let samples = Slices { inputs: &x, targets: &y, samples: batch };
            engine
                .step(&mut network, &samples, STEP, Update::Descend { rate: RATE }, &mut vec![0.0; batch])
                .unwrap();
            if batch > 1 {
                same_bits(&format!("batch of {batch}"), network.weights(), &expected).unwrap();
            }
            // One sample's step multiplies a dense layer's rate and input first.
            for (w, expected) in network.weights().iter().zip(&expected) {
                assert!(
                    (w - expected).abs() <= 2.0 * f64::EPSILON,
                    "batch of {batch}: {w}, expected {expected}"
                );
            }
        }
    }
}

#[test]
fn gradients_of_whole_networks_agree_with_central_differences() {
    for spec in specs() {
        for batch in [1, 18] {
            let (_, gradient) = gradient_of::<f64>(&spec, batch, &machine(Isa::detect(), 1));
            let mut network = spec.build::<f64>(3).unwrap();
            let (x, y) = samples(&network, batch);
            let mut engine =
                Engine::new(&network, network.plan(batch, Mode::Gradient, &machine(Isa::detect(), 1)));
            let mut losses = vec![0.0; batch];
            let start = network.weights().to_vec();
            gradient::check(&format!("{:?} batch of {batch}", spec.layers), &gradient, &start, |weights| {
                network.weights_mut().copy_from_slice(weights);
                let samples = Slices { inputs: &x, targets: &y, samples: batch };
                engine.gradient(&mut network, &samples, STEP, &mut losses);
                losses.iter().sum::<f64>() / batch as f64
            })
            .unwrap();
        }
    }
}

#[test]
fn a_sample_is_answered_alike_alone_and_in_any_company() {
    for spec in specs() {
        let network = spec.build::<f32>(3).unwrap();
        let (x, _) = samples(&network, 257);
        let (input, output) = (network.input().size(), network.output().size());
        let together = network.predict(&x).unwrap();
        for n in [0, 1, 15, 16, 100, 255, 256] {
            let alone = network.predict(&x[n * input..][..input]).unwrap();
            same_bits(&format!("sample {n}"), &alone, &together[n * output..][..output]).unwrap();
        }
        for few in [2, 3, 5, 33] {
            let first = network.predict(&x[..few * input]).unwrap();
            same_bits(&format!("the first {few}"), &first, &together[..few * output]).unwrap();
        }
    }
}

#[test]
fn weights_that_were_changed_are_packed_again() {
    for spec in specs() {
        for batch in [1, 16] {
            let mut network = spec.build::<f32>(3).unwrap();
            let (x, _) = samples(&network, batch);
            let plan = network.plan(batch, Mode::Infer, &machine(Isa::detect(), 1));
            let mut engine = Engine::new(&network, plan.clone());
            let mut outputs = vec![0.0; batch * network.output().size()];
            engine.forward(&network, &x, &mut outputs);
            network.weights_mut().iter_mut().for_each(|w| *w *= 0.5);
            engine.forward(&network, &x, &mut outputs);
            let mut expected = vec![0.0; outputs.len()];
            Engine::new(&network, plan).forward(&network, &x, &mut expected);
            same_bits("changed weights", &outputs, &expected).unwrap();
        }
    }
}

#[test]
fn a_last_batch_that_is_short_trains_too() {
    let spec = &specs()[1];
    let run = |threads| {
        let mut network = spec.build::<f32>(3).unwrap();
        let (x, y) = samples(&network, 37);
        let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(RATE)).epochs(5).batch(18);
        let history = network.fit(&x, &y, &fit.machine(machine(Isa::detect(), threads))).unwrap();
        assert!(history.errors[4] < history.errors[0]);
        network.weights().to_vec()
    };
    same_bits("threads", &run(2), &run(1)).unwrap();
}
