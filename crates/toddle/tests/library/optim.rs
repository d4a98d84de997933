//! Optimizers and schedules against PyTorch, Lion and RAdam against NumPy: `crates/testkit/goldens/optim_torch.py`; and their settings.

use serde_json::{Value, json};
use toddle::{
    Adadelta, Adagrad, Adam, AdamW, Adamax, Clip, CosineDecay, CosineRestarts, CycleMode, Cyclic, Dense,
    ExponentialDecay, Fit, FitError, Float, Isa, Lion, Loss, MultiStepDecay, Nadam, NetworkSpec, OneCycle,
    Optimizer, Plateau, PolynomialDecay, Progress, RAdam, RmsProp, Schedule, ScheduleState, Sgd, Shape,
    StepDecay, Warmup,
};

const GOLDENS: &str = include_str!("../../../testkit/goldens/optim_torch.json");

fn goldens() -> Value {
    serde_json::from_str(GOLDENS).expect("goldens are JSON")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn floats(value: &Value) -> Vec<f64> {
    list(value).iter().map(|value| value.as_f64().expect("a number")).collect()
}

fn optimizer(value: &Value) -> Optimizer {
    serde_json::from_value(value.clone()).expect("an optimizer")
}

fn schedule(value: &Value) -> Schedule {
    serde_json::from_value(value.clone()).expect("a schedule")
}

/// A training by hand: the weights and the optimizer's slots.
#[derive(Clone)]
struct Training<T> {
    optimizer: Optimizer,
    weights: Vec<T>,
    slots: Vec<Vec<T>>,
}

impl<T: Float> Training<T> {
    fn new(optimizer: Optimizer, start: &[f64]) -> Self {
        optimizer.check().expect("settings that can be trained with");
        let slots = vec![vec![T::ZERO; start.len()]; optimizer.slots().len()];
        Training { optimizer, weights: start.iter().map(|w| T::from_f64(*w)).collect(), slots }
    }

    fn step(&mut self, t: usize, gradient: &[f64]) {
        self.step_with(self.optimizer, self.optimizer.rate(), t, gradient);
    }

    fn step_with(&mut self, optimizer: Optimizer, rate: f64, t: usize, gradient: &[f64]) {
        let g: Vec<T> = gradient.iter().map(|g| T::from_f64(*g)).collect();
        let step = optimizer.step(t as u64, rate);
        let mut slots: Vec<&mut [T]> = self.slots.iter_mut().map(|slot| &mut slot[..]).collect();
        assert!(step.update(Isa::detect(), &g, &mut self.weights, &mut slots));
    }
}

/// The greatest distance from `expected` after all steps, in parts of the greatest of them.
fn distance<T: Float>(optimizer: Optimizer, expected: &[f64]) -> f64 {
    let goldens = &goldens()["optimizers"];
    let mut training = Training::<T>::new(optimizer, &floats(&goldens["start"]));
    for (n, gradient) in list(&goldens["gradients"]).iter().enumerate() {
        training.step(n + 1, &floats(gradient));
    }
    let off = training.weights.iter().zip(expected).map(|(w, expected)| (w.to_f64() - expected).abs());
    off.fold(0.0, f64::max) / expected.iter().fold(0.0, |most, w| f64::max(most, w.abs()))
}

#[test]
fn ten_steps_of_every_optimizer_are_pytorchs() {
    let goldens = goldens();
    let cases = list(&goldens["optimizers"]["cases"]);
    for case in cases {
        let optimizer = optimizer(&case["optimizer"]);
        let (in_f32, in_f64) = (floats(&case["f32"]), floats(&case["f64"]));
        let (f32, f64) = (distance::<f32>(optimizer, &in_f32), distance::<f64>(optimizer, &in_f64));
        assert!(f32 <= 1e-5 && f64 <= 1e-10, "{optimizer}: off by {f32:e} and {f64:e}");
        // What other settings would have led to is found out.
        let other =
            floats(&cases[(cases.iter().position(|other| other == case).unwrap() + 1) % cases.len()]["f64"]);
        assert!(distance::<f64>(optimizer, &other) > 1e-6, "{optimizer}");
    }
    for kind in Optimizer::KINDS {
        let several = cases.iter().filter(|case| case["optimizer"]["kind"] == *kind).count();
        assert!(several >= 2, "{kind} has {several} cases");
    }
}

#[test]
fn ten_steps_with_one_cycle_of_momentum_are_pytorchs() {
    let goldens = &goldens()["optimizers"];
    let gradients = list(&goldens["gradients"]);
    for case in list(&goldens["cycled"]) {
        let (optimizer, schedule) = (optimizer(&case["optimizer"]), schedule(&case["schedule"]));
        let mut training = Training::<f64>::new(optimizer, &floats(&goldens["start"]));
        for (n, gradient) in gradients.iter().enumerate() {
            let at = Progress { step: n as u64, steps: gradients.len() as u64, steps_per_epoch: 1 };
            let rate = schedule.rate(optimizer.rate(), at, &ScheduleState::default());
            let now = optimizer.with_momentum(schedule.momentum(at).unwrap()).unwrap();
            training.step_with(now, rate, n + 1, &floats(gradient));
        }
        for (w, expected) in training.weights.iter().zip(floats(&case["f64"])) {
            assert!((w - expected).abs() < 1e-10, "{optimizer}: {w}, expected {expected}");
        }
    }
}

/// The weights of a network after a training with these settings.
fn trained(optimizer: Optimizer, schedule: Schedule, accumulate: usize) -> Vec<u64> {
    let mut network = NetworkSpec::new(Shape::vector(2)).add(Dense::new(2)).build::<f64>(0).unwrap();
    let (x, y) = ([0.1, 0.9, 0.8, 0.2, 0.3, 0.5, 0.7, 0.4], [0., 1., 1., 0., 0., 1., 1., 0.]);
    let fit = Fit::new(Loss::MeanSquaredError, optimizer).schedule(schedule).epochs(5);
    network.fit(&x, &y, &fit.accumulate(accumulate)).unwrap();
    network.weights().iter().map(|w| w.to_bits()).collect()
}

#[test]
fn a_training_has_the_momentum_of_its_schedule() {
    let cycle = |low, high| Schedule::from(Cyclic::new(3).momentum(low, high));
    for (optimizer, same) in [
        (Sgd::new(0.1).momentum(0.5).into(), Sgd::new(0.1).momentum(0.9).into()),
        (Optimizer::from(Adam::new(0.1).betas(0.5, 0.99)), Optimizer::from(Adam::new(0.1).betas(0.9, 0.99))),
    ] {
        for accumulate in [1, 2] {
            let expected = trained(same, Cyclic::new(3).into(), accumulate);
            assert_eq!(trained(optimizer, cycle(0.9, 0.9), accumulate), expected, "{optimizer}");
            assert_ne!(trained(optimizer, cycle(0.5, 0.9), accumulate), expected, "{optimizer}");
            let warm = |then: Schedule| Warmup::new(3).then(then).into();
            assert_ne!(
                trained(optimizer, warm(cycle(0.9, 0.9)), accumulate),
                trained(optimizer, warm(Cyclic::new(3).into()), accumulate),
                "{optimizer} after a warmup"
            );
        }
    }
}

#[test]
fn momentum_is_not_cycled_where_there_is_none() {
    let network = NetworkSpec::new(Shape::vector(2)).add(Dense::new(2)).build::<f64>(0).unwrap();
    let schedule = Warmup::new(3).then(Cyclic::new(4).momentum(0.8, 0.9));
    for optimizer in [Sgd::new(0.1).into(), RmsProp::new(0.1).into(), Optimizer::from(Lion::new(0.1))] {
        let fit = Fit::new(Loss::MeanSquaredError, optimizer).schedule(schedule.clone());
        let error = toddle::Trainer::new(&network, &fit, 4).unwrap_err().to_string();
        assert!(error.contains("an optimizer whose momentum can change"), "{error}");
    }
    let fit = Fit::new(Loss::MeanSquaredError, Adam::new(0.1)).schedule(schedule);
    toddle::Trainer::new(&network, &fit, 4).unwrap();
}

#[test]
fn a_training_that_goes_on_from_what_was_saved_has_the_same_bits() {
    let goldens = &goldens()["optimizers"];
    for case in list(&goldens["cases"]) {
        let mut whole = Training::<f32>::new(optimizer(&case["optimizer"]), &floats(&goldens["start"]));
        let mut resumed = None;
        for (n, gradient) in list(&goldens["gradients"]).iter().enumerate() {
            if n == 4 {
                // Weights, slots and the number of steps are all that there is to save.
                let (weights, slots) = (whole.weights.clone(), whole.slots.clone());
                resumed = Some(Training { optimizer: optimizer(&case["optimizer"]), weights, slots });
            }
            whole.step(n + 1, &floats(gradient));
            if let Some(resumed) = &mut resumed {
                resumed.step(n + 1, &floats(gradient));
            }
        }
        let bits = |weights: &[f32]| Vec::from_iter(weights.iter().map(|w| w.to_bits()));
        assert_eq!(bits(&whole.weights), bits(&resumed.unwrap().weights), "{}", whole.optimizer);
    }
}

#[test]
fn nadams_momentum_settles() {
    // Far along, the product of the momenta is nothing, and steps still move the weights.
    for t in [1_000, 1_000_000, u64::MAX - 1] {
        let mut w = [1.0f64];
        let (mut mean, mut square) = ([0.5], [0.25]);
        let step = Optimizer::from(Nadam::default()).step(t, 2e-3);
        assert!(step.update(Isa::detect(), &[0.5], &mut w, &mut [&mut mean, &mut square]));
        assert!(w[0] < 1.0 && w[0] > 0.99, "{t}: {}", w[0]);
    }
}

#[test]
fn radam_stays_finite_far_along() {
    for t in [5, 6, 1_000, u64::MAX / 4] {
        for beta in [0.0, 0.5, 0.999] {
            let (mut w, mut mean, mut square) = ([1.0f64], [0.5], [0.25]);
            let step = Optimizer::from(RAdam::default().betas(0.9, beta)).step(t, 1e-3);
            assert!(step.update(Isa::detect(), &[0.5], &mut w, &mut [&mut mean, &mut square]));
            assert!(w[0] < 1.0 && w[0] > 0.99, "{t} {beta}: {}", w[0]);
        }
    }
}

#[test]
fn an_l1_penalty_pulls_towards_zero() {
    for optimizer in
        [Optimizer::from(Sgd::new(0.1).l1(0.5)), AdamW::new(0.05).weight_decay(0.0).l1(0.5).into()]
    {
        let mut training = Training::<f64>::new(optimizer, &[1.0, -1.0, 0.0]);
        training.step(1, &[0.0; 3]);
        let [up, down, still] = training.weights[..] else { panic!("three weights") };
        assert!(
            (up - 0.95).abs() < 1e-6 && (down + 0.95).abs() < 1e-6 && still == 0.0,
            "{:?}",
            training.weights
        );
    }
}

#[test]
fn a_clipped_gradient_is_a_shorter_one() {
    let gradient = [3.0, -4.0];
    let factor = Clip::norm(1.0).factor(5.0);
    let (mut clipped, mut short) = ([1.0, 1.0], [1.0, 1.0]);
    let step = Optimizer::from(Sgd::new(0.1)).step::<f64>(1, 0.1);
    step.scaled(factor).update(Isa::detect(), &gradient, &mut clipped, &mut []);
    step.update(Isa::detect(), &gradient.map(|g| factor * g), &mut short, &mut []);
    assert_eq!(clipped, short);
    assert!((clipped[0] - 0.94).abs() < 1e-6, "{clipped:?}");
}

#[test]
fn plain_descent_is_known_by_its_settings() {
    assert_eq!(Optimizer::from(Sgd::new(0.3)).is_plain_sgd(), Some(0.3));
    for other in [Sgd::new(0.3).momentum(0.5), Sgd::new(0.3).weight_decay(0.1), Sgd::new(0.3).l1(0.1)] {
        assert_eq!(Optimizer::from(other).is_plain_sgd(), None);
    }
    assert_eq!(Optimizer::from(Adam::new(0.3)).is_plain_sgd(), None);
}

/// The rates of every step of 40, eight to an epoch.
fn rates(schedule: &Schedule, base: f64) -> Vec<f64> {
    let state = ScheduleState::default();
    (0..40)
        .map(|step| schedule.rate(base, Progress { step, steps: 40, steps_per_epoch: 8 }, &state))
        .collect()
}

#[track_caller]
fn assert_close(what: &Schedule, ours: &[f64], recorded: &[f64]) {
    assert_eq!(ours.len(), recorded.len());
    for (step, (a, b)) in ours.iter().zip(recorded).enumerate() {
        assert!((a - b).abs() <= 1e-14, "{what}, step {step}: {a:?}, recorded is {b:?}");
    }
}

#[test]
fn every_rate_of_every_schedule_is_pytorchs() {
    let goldens = &goldens()["schedules"];
    let base = goldens["base"].as_f64().unwrap();
    for case in list(&goldens["cases"]) {
        let schedule = schedule(&case["schedule"]);
        schedule.check().unwrap();
        assert_close(&schedule, &rates(&schedule, base), &floats(&case["rates"]));
        let momenta = (0..40).map(|step| schedule.momentum(Progress { step, steps: 40, steps_per_epoch: 8 }));
        match case.get("momenta") {
            Some(recorded) => {
                assert_close(&schedule, &momenta.flatten().collect::<Vec<_>>(), &floats(recorded))
            }
            None => assert!(momenta.flatten().next().is_none(), "{schedule}"),
        }
    }
}

#[test]
fn rates_fall_on_a_plateau_as_pytorchs_do_and_go_on_from_a_saved_state() {
    let goldens = &goldens()["plateaus"];
    let base = goldens["base"].as_f64().unwrap();
    for case in list(&goldens["cases"]) {
        let schedule = schedule(&case["schedule"]);
        schedule.check().unwrap();
        assert!(schedule.observes());
        let mut state = ScheduleState::default();
        let mut rates = Vec::new();
        for metric in floats(&goldens["metrics"]) {
            schedule.observe(base, metric, &mut state);
            let saved = serde_json::to_string(&state).unwrap();
            state = serde_json::from_str(&saved).unwrap();
            rates.push(schedule.rate(base, Progress { step: 0, steps: 1, steps_per_epoch: 1 }, &state));
        }
        assert_close(&schedule, &rates, &floats(&case["rates"]));
        assert!(rates.last() < Some(&base), "{schedule} falls");
    }
}

#[test]
fn schedules_that_count_epochs_stay_the_same_within_one() {
    let by_epoch = Schedule::from(ExponentialDecay::new(0.5));
    let expected: Vec<f64> = (0..40).map(|step| 0.8 * 0.5f64.powi(step / 8)).collect();
    assert_eq!(rates(&by_epoch, 0.8), expected);
    // Half of the warm-up's two epochs are one, and the decay counts from their end.
    let warm = Schedule::from(Warmup::new(2).per_epoch().then(ExponentialDecay::new(0.5)));
    let of_epochs: Vec<f64> = rates(&warm, 0.8).into_iter().step_by(8).collect();
    assert_eq!(of_epochs, [0.0, 0.4, 0.8, 0.4, 0.2]);
}

#[test]
fn schedules_end_where_they_say_and_stay_there() {
    let state = ScheduleState::default();
    for (schedule, end) in [
        (Schedule::from(PolynomialDecay::new(0.5)), 0.0),
        (CosineDecay::default().lowest(0.01).into(), 0.01),
        (OneCycle::default().divisors(2.0, 3.0).into(), 0.1),
        (OneCycle::default().three_phases().divisors(2.0, 3.0).into(), 0.1),
    ] {
        for step in [40, 41, u64::MAX] {
            let rate = schedule.rate(0.6, Progress { step, steps: 40, steps_per_epoch: 8 }, &state);
            assert!((rate - end).abs() < 1e-15, "{schedule}: {rate}");
        }
    }
    // The shortest training that there is.
    for schedule in every_schedule() {
        let rate = schedule.rate(0.6, Progress { step: 0, steps: 1, steps_per_epoch: 1 }, &state);
        assert!(rate.is_finite() && rate >= 0.0, "{schedule}: {rate}");
    }
}

fn every_optimizer() -> Vec<Optimizer> {
    vec![
        Adadelta::default().decay(0.8).into(),
        Adagrad::new(0.2).rate_decay(0.1).into(),
        Adam::new(0.2).betas(0.5, 0.6).weight_decay(0.01).into(),
        AdamW::new(0.2).epsilon(1e-6).amsgrad().into(),
        Adamax::new(0.2).betas(0.5, 0.6).into(),
        Lion::new(0.2).l1(0.1).into(),
        Nadam::new(0.2).momentum_decay(0.01).into(),
        RAdam::new(0.2).decoupled().into(),
        RmsProp::new(0.2).centered().into(),
        Sgd::new(0.2).momentum(0.9).nesterov().into(),
    ]
}

fn every_schedule() -> Vec<Schedule> {
    vec![
        Schedule::Constant,
        CosineDecay::default().over(7).into(),
        CosineRestarts::new(4).growth(2).per_step().into(),
        Cyclic::new(5).lowest(0.1).fall(3).mode(CycleMode::Triangular2).momentum(0.8, 0.9).into(),
        ExponentialDecay::new(0.7).into(),
        MultiStepDecay::new([3, 5]).factor(0.2).into(),
        OneCycle::default().three_phases().into(),
        Plateau::default().higher_is_better().into(),
        PolynomialDecay::new(3.0).per_epoch().into(),
        StepDecay::new(3).factor(0.2).into(),
        Warmup::new(3).then(CosineDecay::default()).into(),
    ]
}

#[test]
fn settings_are_written_and_read() {
    let kinds = |values: Vec<Value>| Vec::from_iter(values.iter().map(|value| value["kind"].clone()));
    assert_eq!(kinds(every_optimizer().iter().map(|o| json!(o)).collect()), Optimizer::KINDS);
    assert_eq!(kinds(every_schedule().iter().map(|s| json!(s)).collect()), Schedule::KINDS);
    for optimizer in every_optimizer() {
        let text = serde_json::to_string(&optimizer).unwrap();
        assert_eq!(serde_json::from_str::<Optimizer>(&text).unwrap(), optimizer, "{text}");
    }
    for schedule in every_schedule() {
        let text = serde_json::to_string(&schedule).unwrap();
        assert_eq!(serde_json::from_str::<Schedule>(&text).unwrap(), schedule, "{text}");
    }
    for clip in [Clip::norm(2.0), Clip::value(0.5)] {
        let text = serde_json::to_string(&clip).unwrap();
        assert_eq!(serde_json::from_str::<Clip>(&text).unwrap(), clip, "{text}");
    }
}

#[test]
fn what_is_not_written_is_the_default() {
    assert_eq!(optimizer(&json!({ "kind": "sgd", "rate": 1 })), Sgd::new(1.0).into());
    assert_eq!(optimizer(&json!({ "kind": "adamw" })), AdamW::default().into());
    assert_eq!(schedule(&json!({ "kind": "one_cycle" })), OneCycle::default().into());
    assert!(serde_json::from_value::<Optimizer>(json!({ "kind": "sgd", "rat": 1 })).is_err());
    assert!(serde_json::from_value::<Schedule>(json!({ "kind": "plateau", "patient": 1 })).is_err());
}

#[track_caller]
fn assert_refused(result: Result<(), FitError>, name: &str) {
    let Err(FitError::Setting { setting, .. }) = &result else { panic!("{name} is refused: {result:?}") };
    assert_eq!(*setting, name);
    assert_eq!(result.unwrap_err().to_string().lines().count(), 3);
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    every_optimizer().iter().for_each(|optimizer| optimizer.check().unwrap());
    every_schedule().iter().for_each(|schedule| schedule.check().unwrap());
    for rate in [f64::NAN, f64::INFINITY, -0.1, 1e300] {
        assert_refused(Optimizer::from(Adam::new(rate)).check(), "rate");
    }
    let optimizers: [(Optimizer, &str); 19] = [
        (Sgd::new(0.1).momentum(1.0).into(), "momentum"),
        (Sgd::new(0.1).nesterov().into(), "nesterov"),
        (Sgd::new(0.1).dampening(0.1).into(), "dampening"),
        (Sgd::new(0.1).momentum(0.9).dampening(1.5).into(), "dampening"),
        (Sgd::new(0.1).momentum(0.9).nesterov().dampening(0.1).into(), "dampening"),
        (Adamax::new(0.1).epsilon(0.0).into(), "epsilon"),
        (Adagrad::new(0.1).initial_accumulator(-1.0).into(), "initial_accumulator"),
        (Sgd::new(0.1).weight_decay(-1.0).into(), "weight_decay"),
        (Sgd::new(0.1).l1(f64::NAN).into(), "l1"),
        (Adam::new(0.1).betas(0.9, 1.0).into(), "betas"),
        (Adam::new(0.1).epsilon(0.0).into(), "epsilon"),
        (AdamW::new(0.1).epsilon(1e-50).into(), "epsilon"),
        (Nadam::new(0.1).momentum_decay(-1.0).into(), "momentum_decay"),
        (RAdam::new(0.1).betas(1.0, 0.9).into(), "betas"),
        (RAdam::new(0.1).epsilon(0.0).into(), "epsilon"),
        (RmsProp::new(0.1).decay(1.0).into(), "decay"),
        (Adagrad::new(0.1).rate_decay(-0.1).into(), "rate_decay"),
        (Adadelta::new(0.1).decay(f64::NAN).into(), "decay"),
        (Lion::new(0.1).betas(-0.1, 0.9).into(), "betas"),
    ];
    for (optimizer, setting) in optimizers {
        assert_refused(optimizer.check(), setting);
    }
    let schedules: [(Schedule, &str); 17] = [
        (StepDecay::new(0).into(), "every"),
        (StepDecay::new(1).factor(0.0).into(), "factor"),
        (ExponentialDecay::new(1.5).into(), "factor"),
        (MultiStepDecay::new([1]).factor(1.5).into(), "factor"),
        (Cyclic::new(0).into(), "rise"),
        (Cyclic::new(1).fall(0).into(), "fall"),
        (Cyclic::new(1).lowest(f64::NAN).into(), "lowest"),
        (Cyclic::new(1).momentum(0.8, 1.0).into(), "momentum"),
        (OneCycle::default().momentum(-0.1, 0.9).into(), "momentum"),
        (PolynomialDecay::new(0.0).into(), "power"),
        (CosineDecay::default().over(0).into(), "over"),
        (CosineRestarts::new(0).into(), "period"),
        (CosineRestarts::new(1).growth(0).into(), "growth"),
        (OneCycle::default().rise(0.6).three_phases().into(), "rise"),
        (OneCycle::default().divisors(0.0, 1.0).into(), "start_divisor"),
        (Plateau::default().factor(1.0).into(), "factor"),
        (Warmup::new(5).then(Warmup::new(0)).into(), "over"),
    ];
    for (schedule, setting) in schedules {
        assert_refused(schedule.check(), setting);
    }
    assert_refused(Clip::norm(0.0).check(), "limit");
    assert_refused(Clip::value(f64::INFINITY).check(), "limit");
}
