//! Parameter groups: what is frozen keeps its bits, the rest is trained as if it stood alone, and rates and penalties are those of
//! the group.

use toddle::verify::{Way, ways, ways_of_ranks};
use toddle::{
    Adam, AdamW, BatchNorm, Clip, Conv2d, Decay, Dense, Embedding, Fit, FitError, Flatten, Float, Isa, Loss,
    MaxPool2d, Network, NetworkSpec, Nobody, Optimizer, Relu, Residual, Sgd, Shape, Tanh, Trainer,
};

const SAMPLES: usize = 21;

fn body() -> NetworkSpec {
    NetworkSpec::new(Shape::image(1, 6, 6))
        .add(Conv2d::new(3, 3))
        .add(BatchNorm::default())
        .add(Relu)
        .add(MaxPool2d::new(2))
        .add(Residual::new().add(Conv2d::new(3, 1)).add(BatchNorm::default()))
        .add(Flatten)
        .add(Dense::new(5))
        .add(Tanh)
}

const BODY: [&str; 4] = ["conv*", "norm*", "residual1", "dense1"];

fn whole() -> NetworkSpec {
    body().add(Dense::new(4)).add(Tanh).add(Dense::new(2))
}

fn numbers<T: Float>(count: usize, period: usize) -> Vec<T> {
    (0..count).map(|i| T::from_f64((i * i % period) as f64 / period as f64 - 0.4)).collect()
}

/// Samples for [`whole`].
fn samples<T: Float>() -> (Vec<T>, Vec<T>) {
    (numbers(SAMPLES * 36, 17), numbers(SAMPLES * 2, 11))
}

fn fit(optimizer: impl Into<Optimizer>) -> Fit {
    Fit::new(Loss::MeanSquaredError, optimizer).epochs(3).shuffle().seed(5)
}

/// The network of `spec` after a few epochs without any groups, so that the running statistics are not those of the start.
fn trained<T: Float>(spec: &NetworkSpec) -> Network<T> {
    let mut network = spec.build::<T>(3).unwrap();
    let (x, y) = samples();
    network.fit(&x, &y, &fit(Adam::new(0.01)).batch(7)).unwrap();
    network
}

fn part<'w, T: Float>(network: &'w Network<T>, name: &str) -> &'w [T] {
    &network.weights()[network.layout().get(name).unwrap().range.clone()]
}

#[test]
fn frozen_layers_keep_the_bits_of_weights_and_statistics() {
    let (x, y) = samples::<f32>();
    for batch in [1, 7, 21] {
        let mut network = trained::<f32>(&whole());
        let before = (network.weights().to_vec(), network.state().to_vec());
        let fit = fit(AdamW::new(0.01).weight_decay(0.1)).batch(batch).clip(Clip::norm(0.1));
        network.fit(&x, &y, &fit.freeze(["conv1", "norm1", "dense2.bias"])).unwrap();
        for param in network.layout().params() {
            let frozen = param.name.starts_with("conv1")
                || param.name.starts_with("norm1")
                || param.name == "dense2.bias";
            let same = network.weights()[param.range.clone()] == before.0[param.range.clone()];
            assert_eq!(same, frozen, "{} in batches of {batch}", param.name);
        }
        for param in network.state_layout().params() {
            let same = network.state()[param.range.clone()] == before.1[param.range.clone()];
            assert_eq!(same, param.name.starts_with("norm1"), "{}", param.name);
        }
    }
}

#[test]
fn behind_a_frozen_part_a_network_is_trained_as_if_it_took_the_outputs_of_the_part() {
    fn check<T: Float>(optimizer: impl Into<Optimizer>, batch: usize) {
        let (x, y) = samples::<T>();
        let fit = fit(optimizer).batch(batch);
        let mut network = trained::<T>(&whole());
        let head_of = |network: &Network<T>| {
            let behind = network.layout().get("dense2.weight").unwrap().range.start;
            network.weights()[behind..].to_vec()
        };
        let head = NetworkSpec::new(Shape::vector(5)).add(Dense::new(4)).add(Tanh).add(Dense::new(2));
        let mut head = head.build::<T>(0).unwrap();
        head.weights_mut().copy_from_slice(&head_of(&network));
        let mut features = body().build::<T>(0).unwrap();
        let count = features.weights().len();
        features.weights_mut().copy_from_slice(&network.weights()[..count]);
        features.state_mut().copy_from_slice(network.state());
        let features = features.predict(&x).unwrap();

        let alone = head.fit(&features, &y, &fit).unwrap();
        let history = network.fit(&x, &y, &fit.freeze(BODY)).unwrap();
        assert_eq!(history.errors, alone.errors);
        assert_eq!(head_of(&network), head.weights());
    }
    for batch in [1, 7, 21] {
        check::<f32>(Adam::new(0.01).weight_decay(0.1), batch);
        check::<f64>(Sgd::new(0.1).momentum(0.9), batch);
    }
}

#[test]
fn the_gradient_goes_back_through_a_frozen_layer() {
    // The frozen layer is the identity: the layers before it learn as if it was not there.
    let (x, y) = (numbers::<f64>(40, 13), numbers::<f64>(40, 7));
    for batch in [1, 5, 20] {
        let fit = fit(Sgd::new(0.1).momentum(0.5)).batch(batch);
        let spec = NetworkSpec::new(Shape::vector(2)).add(Dense::new(2)).add(Tanh);
        let mut alone = spec.build::<f64>(1).unwrap();
        let mut network = spec.add(Dense::new(2)).build::<f64>(1).unwrap();
        let first = alone.weights().len();
        network.weights_mut()[first..].copy_from_slice(&[1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
        alone.fit(&x, &y, &fit).unwrap();
        network.fit(&x, &y, &fit.freeze(["dense2"])).unwrap();
        assert_eq!(&network.weights()[..first], alone.weights(), "batches of {batch}");
    }
}

/// The network of `spec` after one step of `fit`.
fn after_a_step(fit: &Fit) -> Network<f64> {
    let mut network = whole().build::<f64>(3).unwrap();
    let (x, y) = samples();
    network.fit(&x, &y, &Fit { epochs: 1, batch: SAMPLES, ..fit.clone() }).unwrap();
    network
}

#[test]
fn a_rate_is_that_of_its_group() {
    let fit = fit(AdamW::new(0.02).weight_decay(0.1));
    let slow = after_a_step(&Fit { optimizer: AdamW::new(0.01).weight_decay(0.1).into(), ..fit.clone() });
    let usual = after_a_step(&fit);
    let grouped = after_a_step(&fit.clone().rate_of("residual1", 0.5).rate_of("dense*", 1.0));
    assert!(matches!(twice(&fit), FitError::TwoRates { .. }));
    fn twice(fit: &Fit) -> FitError {
        let network = whole().build::<f64>(3).unwrap();
        let fit = fit.clone().rate_of("residual1", 0.5).rate_of("residual1.conv1.b*", 1.0);
        Trainer::new(&network, &fit, 3).unwrap_err()
    }
    for param in usual.layout().params() {
        let like = if param.name.starts_with("residual1") { &slow } else { &usual };
        assert_eq!(part(&grouped, &param.name), part(like, &param.name), "{}", param.name);
    }
}

#[test]
fn a_rate_of_zero_and_plain_steps_are_those_of_other_forms() {
    let (x, y) = (numbers::<f32>(40, 13), numbers::<f32>(40, 7));
    let spec = NetworkSpec::new(Shape::vector(2)).add(Dense::new(3)).add(Tanh).add(Dense::new(2));
    for batch in [1, 20] {
        let train = |fit: Fit| {
            let mut network = spec.build::<f32>(1).unwrap();
            network.fit(&x, &y, &fit.batch(batch)).unwrap();
            network.weights().to_vec()
        };
        let plain = || fit(Sgd::new(0.1));
        assert_eq!(train(plain().rate_of("dense1", 0.0)), train(plain().freeze(["dense1"])));
        assert_eq!(train(plain().rate_of("*", 1.0)), train(plain()));
        // A step of plain SGD in one group rounds differently for one sample. A clip that clips nothing prevents this form.
        let half = fit(Sgd::new(0.05)).clip(Clip::value(1e30));
        assert_eq!(train(plain().rate_of("*", 0.5)), train(half));
    }
}

#[test]
fn only_weights_have_a_penalty_if_the_settings_say_so() {
    for optimizer in [
        Optimizer::from(AdamW::new(0.02).weight_decay(0.1)),
        Sgd::new(0.02).momentum(0.5).weight_decay(0.1).l1(0.01).into(),
    ] {
        let without = match optimizer {
            Optimizer::Sgd(sgd) => Optimizer::from(sgd.weight_decay(0.0).l1(0.0)),
            _ => AdamW::new(0.02).weight_decay(0.0).into(),
        };
        // After one epoch, the biases are no longer 0.
        let start = trained::<f64>(&whole());
        let step = |optimizer: Optimizer, decay| {
            let mut network = whole().build::<f64>(0).unwrap();
            network.weights_mut().copy_from_slice(start.weights());
            network.state_mut().copy_from_slice(start.state());
            let (x, y) = samples();
            network.fit(&x, &y, &fit(optimizer).epochs(1).batch(SAMPLES).decay(decay)).unwrap();
            network
        };
        let (all, none) = (step(optimizer, Decay::All), step(without, Decay::All));
        let some = step(optimizer, Decay::Weights);
        for param in all.layout().params() {
            let is_weight = param.name.ends_with("weight") && !param.name.contains("norm");
            let like = if is_weight { &all } else { &none };
            assert_eq!(part(&some, &param.name), part(like, &param.name), "{}", param.name);
            assert_ne!(part(&all, &param.name), part(&none, &param.name), "{}", param.name);
        }
    }
}

#[test]
fn the_norm_that_clips_is_of_the_trained_parameters() {
    // The frozen second layer has a large gradient.
    let (x, y) = (vec![1.0, 2.0, -1.0, 0.5], vec![30.0, -20.0]);
    let spec = NetworkSpec::new(Shape::vector(2)).add(Dense::new(1)).add(Dense::new(1));
    let mut network = spec.build::<f64>(1).unwrap();
    network.weights_mut().copy_from_slice(&[0.1, 0.2, 0.0, 1.0, 0.0]);
    let before = network.weights().to_vec();
    let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(1.0)).batch(2).clip(Clip::norm(0.5));
    network.fit(&x, &y, &fit.freeze(["dense2"])).unwrap();
    let length: f64 = network.weights().iter().zip(&before).map(|(w, b)| (w - b).powi(2)).sum();
    assert!((length.sqrt() - 0.5).abs() < 1e-6, "{}", length.sqrt());
}

#[test]
fn groups_have_the_same_bits_on_all_threads_and_after_stops() {
    fn check<T: Float>(batch: usize) {
        let (x, y) = samples::<T>();
        let fit = fit(AdamW::new(0.01).weight_decay(0.1)).batch(batch).clip(Clip::norm(0.3)).average(0.9);
        let fit = fit.freeze(["conv1", "residual1"]).rate_of("dense*", 0.3).decay(Decay::Weights);
        let network = whole().build::<T>(3).unwrap();
        let samples = network.samples(&x, &y).unwrap();
        let steps = fit.steps_per_epoch(SAMPLES) * 3;
        let train = |way: &Way| way.train::<T>(&whole(), 3, &fit, &samples, steps, || {}).unwrap();
        let one = train(&Way { ranks: 1, threads: 1, isa: Isa::detect(), cuts: Vec::new() });
        for way in ways(steps, 1).into_iter().chain(ways_of_ranks(steps, 1)) {
            assert!(train(&way) == one, "{way}");
        }
    }
    check::<f32>(7);
    check::<f64>(21);
    check::<f32>(2);
}

#[test]
fn a_frozen_batch_norm_may_be_trained_on_one_sample_at_a_time() {
    let spec =
        NetworkSpec::new(Shape::vector(2)).add(Dense::new(3)).add(BatchNorm::default()).add(Dense::new(1));
    let mut network = spec.build::<f32>(0).unwrap();
    let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(0.1));
    assert!(network.fit(&[1.0, 2.0, 0.0, 1.0], &[1.0, 0.0], &fit).is_err());
    network.fit(&[1.0, 2.0, 0.0, 1.0], &[1.0, 0.0], &fit.freeze(["norm1"])).unwrap();
}

#[test]
fn patterns_that_match_nothing_are_errors() {
    let network = whole().build::<f32>(0).unwrap();
    let error = |fit: Fit| Trainer::new(&network, &fit, 3).unwrap_err().to_string();
    let plain = || fit(Sgd::new(0.1));
    assert_eq!(
        error(plain().freeze(["dense1", "convv1"])),
        "freeze: `convv1` matches nothing
  expected  the name of a layer with weights or of a parameter, in which * may stand for any letters
  got       `convv1`
  try       conv1"
    );
    let text = error(plain().rate_of("tanh1", 0.1));
    assert!(text.contains("rates: `tanh1`") && text.contains("`dense3`"), "{text}");
    // Running statistics have no rate.
    assert!(error(plain().rate_of("*.running_mean", 0.1)).contains("matches nothing"));
    for rate in [-1.0, f64::NAN, f64::INFINITY, 1e300] {
        assert!(error(plain().rate_of("dense1", rate)).contains("out of range"), "{rate}");
    }
    assert!(error(plain().freeze(["*"])).contains("freeze leaves nothing to train"));
}

#[derive(serde::Deserialize)]
struct Golden {
    x: Vec<f64>,
    t: Vec<f64>,
    weights: Vec<f64>,
    start: Vec<f64>,
    state: Vec<f64>,
    losses: Vec<f64>,
    end: Vec<f64>,
    end_state: Vec<f64>,
}

#[test]
fn groups_a_frozen_batch_norm_and_weighted_samples_are_those_of_pytorch() {
    let golden: Golden = serde_json::from_str(include_str!("../../goldens/groups_torch.json")).unwrap();
    let spec = NetworkSpec::new(Shape::vector(3)).add(Dense::new(4)).add(BatchNorm::default()).add(Tanh);
    let spec = spec.add(Dense::new(3)).add(Tanh).add(Dense::new(2));
    let mut network = spec.build::<f64>(0).unwrap();
    network.weights_mut().copy_from_slice(&golden.start);
    network.state_mut().copy_from_slice(&golden.state);
    let fit = Fit::new(Loss::MeanSquaredError, AdamW::new(0.02).weight_decay(0.3)).epochs(5).batch(6);
    let fit = fit.clip(Clip::norm(0.5)).freeze(["norm1", "dense3.bias"]).rate_of("dense1", 0.25);
    let samples = network.samples(&golden.x, &golden.t).unwrap().weighted(&golden.weights).unwrap();
    let history = fit.decay(Decay::Weights).run_validated(&mut network, &samples, None, &mut Nobody).unwrap();
    let near = |ours: &[f64], theirs: &[f64]| {
        assert_eq!(ours.len(), theirs.len());
        ours.iter()
            .zip(theirs)
            .for_each(|(a, b)| assert!((a - b).abs() <= 1e-10 * (1.0 + b.abs()), "{a} {b}"));
    };
    near(&history.errors, &golden.losses);
    near(network.weights(), &golden.end);
    assert_eq!(network.state(), golden.end_state);
}

#[test]
fn tables_and_kernels_are_weights_and_biases_are_none() {
    let spec = NetworkSpec::new(Shape::vector(3)).add(Embedding::new(4, 2)).add(Flatten).add(Dense::new(1));
    let network = spec.build::<f32>(0).unwrap();
    let weights: Vec<bool> = network.layout().params().iter().map(|param| param.is_weight).collect();
    assert_eq!(weights, [true, true, false]);
}
