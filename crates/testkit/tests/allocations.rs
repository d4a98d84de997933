//! A training step allocates nothing once the engine is made.

use serde::{Deserialize, Serialize};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;

use toddle::custom::CustomLoss;
use toddle::{
    Adam, Conv2d, Decay, Dense, Engine, Fit, Flatten, Float, GraphSpec, Isa, Loss, Machine, Mode, Network,
    NetworkSpec, OpenTraining, Optimizer, Padding, Sgd, Shape, Slices, Softmax, StepContext, Tanh, Trainer,
    Update,
};
use toddle_testkit::numbers::numbers;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Half the squared differences.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Half;

impl CustomLoss for Half {
    const NAME: &'static str = "half";

    fn sample<T: Float>(&self, y: &[T], t: &[T], dy: &mut [T]) -> T {
        let mut sum = T::ZERO;
        for o in 0..y.len() {
            dy[o] = y[o] - t[o];
            sum += T::from_f64(0.5) * dy[o] * dy[o];
        }
        sum
    }
}

/// One test alone in this file: other threads' allocations would be counted too.
#[test]
fn a_steady_step_allocates_nothing() {
    let spec = NetworkSpec::new(Shape::image(1, 12, 12))
        .add(Conv2d::new(4, 3))
        .add(Tanh)
        .add(Conv2d::new(5, 3).fast(true))
        .add(Flatten)
        .add(Dense::new(20))
        .add(Tanh)
        .add(Dense::new(5))
        .add(Softmax::default());
    let mut graph = GraphSpec::new();
    let image = graph.input("image", Shape::image(1, 12, 12));
    let near = graph.add(Conv2d::new(2, 3).padding(Padding::Same), image);
    let far = graph.add(Conv2d::new(2, 5).padding(Padding::Same), image);
    let (sum, product) = (graph.sum([near, far, near]), graph.product([near, far, far]));
    let both = graph.concat([sum, product]);
    let flat = graph.add(Flatten, both);
    let (one, other) = (graph.add(Dense::new(2), flat), graph.add(Dense::new(3), flat));
    let again = graph.share(one, flat);
    graph.output("one", one);
    graph.output("other", other).weight(0.5);
    graph.output("again", again).loss(Half);
    steps_allocate_nothing(&spec.into(), &[(1, 1), (16, 1), (50, 1), (50, 2), (200, 3)]);
    steps_allocate_nothing(&graph, &[(1, 1), (50, 2)]);
    trainings_allocate_nothing();
}

/// Steps of a trainer that freezes, weighs and mixes.
fn trainings_allocate_nothing() {
    const COUNT: usize = 40 * 32;
    let spec = NetworkSpec::new(Shape::image(1, 12, 12)).add(Conv2d::new(4, 3)).add(Tanh).add(Flatten);
    let mut network = spec.add(Dense::new(20)).add(Tanh).add(Dense::new(5)).build::<f32>(0).unwrap();
    let (x, y, weights) = (numbers(1, COUNT * 144), numbers(2, COUNT * 5), vec![0.5; COUNT]);
    let fit = Fit::new(Loss::MeanSquaredError, Adam::new(1e-3)).batch(32).shuffle().mixup(0.4).cutmix(1.0);
    let fit = fit.freeze(["conv1"]).rate_of("dense1", 0.5).decay(Decay::Weights);
    for fit in [fit.clone(), fit.accumulate(2)] {
        let fit = fit.machine(Machine { isa: Isa::detect(), threads: 2 });
        let mut trainer = Trainer::new(&network, &fit, COUNT).unwrap();
        let mut steps = |network: &mut Network<f32>, count: usize| {
            let samples = network.samples(&x, &y).unwrap().weighted(&weights).unwrap();
            (0..count).for_each(|_| assert!(trainer.step(network, &samples).is_ok()));
        };
        steps(&mut network, 3);
        let quiet = (0..5).any(|_| {
            let region = Region::new(ALLOCATOR);
            steps(&mut network, 3);
            let change = region.change();
            change.allocations + change.reallocations == 0
        });
        assert!(quiet, "a step of a training allocates");
    }
}

fn steps_allocate_nothing(spec: &GraphSpec, ways: &[(usize, usize)]) {
    for &(batch, threads) in ways {
        let mut network = spec.build::<f32>(0).unwrap();
        let (x, y) = (numbers::<f32>(1, batch * 144), numbers::<f32>(2, batch * network.output().size()));
        let plan = network.plan(batch, Mode::Descend, &Machine { isa: Isa::detect(), threads });
        let mut engine = Engine::new(&network, plan);
        let mut losses = vec![0.0; batch];
        let samples = Slices { inputs: &x, targets: &y, samples: batch };
        let mut steps = |count| {
            for _ in 0..count {
                let step = StepContext { seed: 0, number: 0, loss: &Loss::MeanSquaredError };
                engine
                    .step(&mut network, &samples, step, Update::Descend { rate: 0.001 }, &mut losses)
                    .unwrap();
            }
        };
        // The first ones may set up what threads need once, such as a place to park.
        steps(3);
        // The test's own harness may allocate meanwhile, though not every time.
        let quiet = (0..5).any(|_| {
            let region = Region::new(ALLOCATOR);
            steps(50);
            let change = region.change();
            change.allocations + change.reallocations == 0
        });
        assert!(quiet, "batch of {batch}, {threads} threads: a step allocates");
        let plan = network.plan(
            batch,
            Mode::Open { input_gradient: true },
            &Machine { isa: Isa::detect(), threads },
        );
        let mut open = Engine::new(&network, plan);
        let mut dy = vec![0.0; batch * network.output().size()];
        let mut open_steps = |count| {
            for number in 0..count {
                dy.copy_from_slice(open.outputs(&mut network, &x, 0, number));
                open.backward(&network, &dy);
                open.update(&mut network, &[Optimizer::from(Sgd::new(1e-4)).step(1, 1e-4)], None, &mut []);
            }
        };
        open_steps(3);
        let quiet = (0..5).any(|_| {
            let region = Region::new(ALLOCATOR);
            open_steps(50);
            let change = region.change();
            change.allocations + change.reallocations == 0
        });
        assert!(quiet, "batch of {batch}, {threads} threads: an open step allocates");
        let training = OpenTraining::new(network, Adam::new(1e-4)).unwrap();
        let mut training = training.machine(Machine { isa: Isa::detect(), threads });
        let mut open_trainings = |count| {
            for _ in 0..count {
                dy.copy_from_slice(training.outputs(&x).unwrap());
                training.backward(&dy).unwrap();
                training.update().unwrap();
            }
        };
        open_trainings(3);
        let quiet = (0..5).any(|_| {
            let region = Region::new(ALLOCATOR);
            open_trainings(50);
            let change = region.change();
            change.allocations + change.reallocations == 0
        });
        assert!(quiet, "batch of {batch}, {threads} threads: a step of an open training allocates");
        let seen = Region::new(ALLOCATOR);
        drop(std::hint::black_box(vec![0u8; 100]));
        assert_eq!(seen.change().allocations, 1, "the counter counts");
    }
}
