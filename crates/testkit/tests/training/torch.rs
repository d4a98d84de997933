//! Layers, forward and backward, against PyTorch: `layers_torch.py`, `norm_torch.py` and `resample_torch.py` in `goldens`. And a
//! network that branches: `branches_torch.py`.

use serde::Deserialize;
use toddle::layer::Family;
use toddle::{Fit, Float, GraphSpec, Isa, LayerSpec, Loss, Sgd, Shape};
use toddle_testkit::cases::Case;
use toddle_testkit::lent::{Lent, Outcome, alone};
use toddle_testkit::numbers::{near, numbers};

/// What PyTorch made of one layer and a few samples.
#[derive(Deserialize)]
struct Golden {
    layer: LayerSpec,
    input: Shape,
    samples: usize,
    f32: Recorded,
    f64: Recorded,
}

#[derive(Deserialize)]
struct Recorded {
    y: Vec<f64>,
    dx: Vec<f64>,
    dw: Vec<f64>,
    db: Vec<f64>,
    #[serde(flatten)]
    running: Option<Running>,
}

/// Of batch norm after a second step.
#[derive(Deserialize)]
struct Running {
    mean: Vec<f64>,
    variance: Vec<f64>,
    answers: Vec<f64>,
}

/// The numbers of `samples` samples, and zeros for those that fill up the row or block.
fn filled<T: Float>(mut numbers: Vec<T>, samples: usize, family: Family) -> Vec<T> {
    numbers.resize(numbers.len() / samples * family.samples(), T::ZERO);
    numbers
}

fn agrees<T: Float>(golden: &Golden, family: Family, recorded: &Recorded, tolerance: f64) {
    let Golden { layer, input, samples, .. } = golden;
    let case = Case { spec: layer.clone(), input: *input };
    let mut lent = Lent::<T>::new(&case, Isa::detect(), alone(family, *samples), 1);
    let (inputs, outputs) = (input.size(), lent.layer.output().size());
    let [x, next] = [2, 4].map(|seed| filled::<T>(case.inputs(seed, *samples), *samples, family));
    let dy = filled::<T>(numbers(3, samples * outputs), *samples, family);

    let check = |of: &str, got: &[T], recorded: &[f64]| {
        near(&format!("{of} of {} {family:?} of {samples}", case.name()), got, recorded, tolerance).unwrap();
    };
    let Outcome { y, dx, gradient } = lent.run(&x, &dy);
    check("y", &y[..samples * outputs], &recorded.y);
    check("dx", &dx[..samples * inputs], &recorded.dx);
    let (dw, db) = gradient.split_at(recorded.dw.len());
    check("dw", dw, &recorded.dw);
    check("db", db, &recorded.db);
    let Some(Running { mean, variance, answers }) = &recorded.running else { return };
    lent.forward(&next);
    let state = lent.state.clone();
    let (means, variances) = state.split_at(mean.len());
    check("running mean", means, mean);
    check("running variance", variances, variance);
    check("answers", &lent.answer(&state, &x)[..samples * outputs], answers);
}

fn are_pytorchs(recorded: &str) {
    let goldens: Vec<Golden> = serde_json::from_str(recorded).unwrap();
    for golden in &goldens {
        let is_norm = matches!(golden.layer, LayerSpec::BatchNorm(_));
        assert_eq!((golden.f32.running.is_some(), golden.f64.running.is_some()), (is_norm, is_norm));
        let families = if golden.samples == 1 { &[Family::Row, Family::Block][..] } else { &[Family::Block] };
        for family in families {
            agrees::<f32>(golden, *family, &golden.f32, 1e-5);
            agrees::<f64>(golden, *family, &golden.f64, 1e-10);
        }
    }
}

#[test]
fn layers_are_pytorchs() {
    are_pytorchs(include_str!("../../goldens/layers_torch.json"));
}

#[test]
fn normalisations_are_pytorchs() {
    are_pytorchs(include_str!("../../goldens/norm_torch.json"));
}

#[test]
fn upsampling_padding_and_cropping_are_pytorchs() {
    are_pytorchs(include_str!("../../goldens/resample_torch.json"));
}

/// What PyTorch made of a network.
#[derive(Deserialize)]
struct Branches {
    graph: GraphSpec,
    f32: Steps,
    f64: Steps,
}

/// Values and gradients at the start, and what a few steps do.
#[derive(Deserialize)]
struct Steps {
    x: Vec<f64>,
    t: Vec<f64>,
    start: Vec<f64>,
    y: Vec<f64>,
    dy: Vec<f64>,
    dx: Vec<f64>,
    gradient: Vec<f64>,
    losses: Vec<f64>,
    end: Vec<f64>,
}

fn branches_are_pytorchs<T: Float>(graph: &GraphSpec, recorded: &Steps, tolerance: f64) {
    let check = |of: &str, got: &[T], recorded: &[f64]| {
        near(&format!("{of} in {}", T::NAME), got, recorded, tolerance).unwrap()
    };
    let of = |numbers: &[f64]| -> Vec<T> { numbers.iter().map(|&number| T::from_f64(number)).collect() };
    let mut network = graph.build::<T>(0).unwrap();
    network.weights_mut().copy_from_slice(&of(&recorded.start));
    let mut trace = network.trace(&of(&recorded.x)).unwrap();
    check("y", trace.output(), &recorded.y);
    let gradients = trace.backward(&of(&recorded.dy)).unwrap();
    check("dx", gradients.input(), &recorded.dx);
    check("the gradient", gradients.weights(), &recorded.gradient);

    // Each output has a loss of its own, and this one is not used.
    let fit = Fit::new(Loss::MeanAbsoluteError, Sgd::new(0.05).momentum(0.9)).epochs(recorded.losses.len());
    let fit = fit.batch(recorded.x.len() / network.input().size());
    let history = network.fit(&of(&recorded.x), &of(&recorded.t), &fit).unwrap();
    let losses: Vec<T> = history.errors.iter().map(|&error| T::from_f64(error)).collect();
    check("the losses", &losses, &recorded.losses);
    check("the weights at the end", network.weights(), &recorded.end);
}

#[test]
fn a_network_that_branches_is_pytorchs() {
    let Branches { graph, f32, f64 } =
        serde_json::from_str(include_str!("../../goldens/branches_torch.json")).unwrap();
    branches_are_pytorchs::<f32>(&graph, &f32, 1e-5);
    branches_are_pytorchs::<f64>(&graph, &f64, 1e-10);
}
