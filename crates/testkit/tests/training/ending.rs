//! When trainings end before their last epoch, and observers that change the learning rate.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use toddle::checkpoint::{self, About};
use toddle::{
    Adam, AfterEpoch, Dense, Epoch, Fit, Loss, Network, NetworkSpec, Nobody, Sgd, Shape, StepReport, StopAt,
    Tanh, TimeLimit, Trainer, TrainerState,
};

fn network() -> Network<f64> {
    NetworkSpec::new(Shape::vector(2)).add(Dense::new(5)).add(Tanh).add(Dense::new(2)).build(1).unwrap()
}

const X: [f64; 8] = [0., 0., 0., 1., 1., 0., 1., 1.];
const Y: [f64; 8] = [1., 0., 0., 1., 0., 1., 1., 0.];

fn fit() -> Fit {
    Fit::new(Loss::cross_entropy(), Adam::new(0.05)).epochs(500).batch(2).shuffle()
}

/// The epochs that a training took, and its last loss and accuracy.
fn train(fit: &Fit, validated: bool) -> (usize, f64, f64) {
    let mut network = network();
    let samples = network.samples(&X, &Y).unwrap();
    let mut trainer = Trainer::new(&network, fit, 4).unwrap();
    let validation = validated.then_some(&samples as _);
    assert!(trainer.run(&mut network, &samples, validation, &mut Nobody).unwrap());
    let history = &trainer.state().history;
    match history.validation.last() {
        Some(last) => (history.errors.len(), last.loss, last.accuracy.unwrap()),
        None => (
            history.errors.len(),
            *history.errors.last().unwrap(),
            history.accuracies.last().unwrap().unwrap(),
        ),
    }
}

#[test]
fn a_training_stops_when_its_goal_is_reached() {
    let goal = |loss: Option<f64>, accuracy: Option<f64>| fit().stop_at(StopAt { loss, accuracy });
    for validated in [false, true] {
        let (by_loss, loss, _) = train(&goal(Some(0.2), None), validated);
        assert!(loss <= 0.2 && by_loss < 500, "{by_loss} epochs, {loss}");
        let (by_accuracy, _, accuracy) = train(&goal(None, Some(1.0)), validated);
        assert!(accuracy == 1.0 && by_accuracy < by_loss, "{by_accuracy} {by_loss}");
        let (by_both, ..) = train(&goal(Some(0.2), Some(1.0)), validated);
        assert_eq!(by_both, by_loss);
        // The epoch before did not reach it.
        let (_, before, _) = train(&fit().epochs(by_loss - 1), validated);
        assert!(before > 0.2, "{before}");
    }
    assert_eq!(train(&goal(Some(-1.0), None), false).0, 500);
}

#[test]
fn a_goal_that_has_been_reached_may_be_changed() {
    let mut network = network();
    let samples = network.samples(&X, &Y).unwrap();
    let near = fit().stop_at(StopAt { loss: Some(0.3), accuracy: None });
    let far = fit().stop_at(StopAt { loss: Some(0.1), accuracy: None });
    let mut trainer = Trainer::new(&network, &near, 4).unwrap();
    trainer.run(&mut network, &samples, None, &mut Nobody).unwrap();
    let file = checkpoint::encode(&network, &About::default(), Some(&trainer));
    let resume = |fit: &Fit| {
        let saved = checkpoint::decode::<f64>(&file).unwrap();
        let trainer = saved.training.unwrap().resume(&saved.network, fit, 4).unwrap();
        (saved.network, trainer)
    };
    assert!(resume(&near).1.is_done());
    let (mut network, mut trainer) = resume(&far);
    assert!(trainer.run(&mut network, &samples, None, &mut Nobody).unwrap());
    let (epochs, loss, _) = train(&far, false);
    assert_eq!((trainer.state().epochs, *trainer.state().history.errors.last().unwrap()), (epochs, loss));
}

#[test]
fn goals_that_cannot_be_are_errors() {
    let error = |fit: Fit| Trainer::new(&network(), &fit, 4).unwrap_err().to_string();
    let goal = |loss, accuracy| error(fit().stop_at(StopAt { loss, accuracy }));
    assert!(goal(None, None).contains("a loss or an accuracy"));
    assert!(goal(None, Some(1.5)).contains("stop_at.accuracy = 1.5 is out of range"));
    assert!(goal(Some(f64::NAN), None).contains("stop_at.loss"));
    let numbers = NetworkSpec::new(Shape::vector(2)).add(Dense::new(1)).build::<f64>(1).unwrap();
    let fit =
        Fit::new(Loss::MeanSquaredError, Sgd::new(0.1)).stop_at(StopAt { loss: None, accuracy: Some(0.9) });
    assert!(Trainer::new(&numbers, &fit, 4).unwrap_err().to_string().contains("never right or wrong"));
}

/// Stops after each step for a while.
struct Slow(Duration);

impl toddle::Observer<f64> for Slow {
    fn step(&mut self, _: &StepReport, _: &Network<f64>, _: &Trainer<f64>) -> ControlFlow<()> {
        std::thread::sleep(self.0);
        ControlFlow::Continue(())
    }
}

#[test]
fn a_time_limit_ends_a_training_after_a_step_and_the_next_call_goes_on() {
    let mut network = network();
    let samples = network.samples(&X, &Y).unwrap();
    let fit = fit().epochs(20);
    let limited = fit.clone().time_limit(Duration::from_millis(30));
    let mut trainer = Trainer::new(&network, &limited, 4).unwrap();
    let (mut calls, mut done) = (0, false);
    while !done {
        let (before, start) = (trainer.state().steps, Instant::now());
        done = trainer.run(&mut network, &samples, None, &mut Slow(Duration::from_millis(4))).unwrap();
        assert!(trainer.state().steps > before);
        assert!(done || start.elapsed() >= Duration::from_millis(30));
        calls += 1;
    }
    // 40 steps of 4 ms or more, of which 30 ms hold at most 8.
    assert!(calls >= 5, "{calls}");
    let mut whole = self::network();
    whole.fit(&X, &Y, &fit).unwrap();
    assert_eq!(network.weights(), whole.weights());
    // The longest time that can be written is no limit.
    let limit = TimeLimit::from(Duration::MAX);
    whole.fit(&X, &Y, &fit.time_limit(limit).epochs(1)).unwrap();
}

#[test]
fn times_are_read_with_their_units() {
    let read =
        |text: &str| serde_json::from_str::<TimeLimit>(text).map(|limit| limit.duration().as_secs_f64());
    for (text, seconds) in [
        ("90", 90.0),
        ("0.5", 0.5),
        ("\"90 s\"", 90.0),
        ("\"90s\"", 90.0),
        ("\"2 seconds\"", 2.0),
        ("\"10 min\"", 600.0),
        ("\" 1 minute \"", 60.0),
        ("\"5 minutes\"", 300.0),
        ("\"1.5 h\"", 5400.0),
        ("\"2 hours\"", 7200.0),
    ] {
        assert_eq!(read(text).unwrap(), seconds, "{text}");
    }
    for text in
        ["0", "-1", "\"10\"", "\"min\"", "\"ten min\"", "\"nan s\"", "\"inf s\"", "1e300", "true", "\"-3 s\""]
    {
        let error = read(text).unwrap_err().to_string();
        assert!(error.contains("number of seconds"), "{text}: {error}");
    }
    let limit = TimeLimit::from(Duration::from_millis(1500));
    assert_eq!(serde_json::to_string(&limit).unwrap(), "1.5");
}

#[test]
fn an_observer_changes_the_rate_and_a_checkpoint_keeps_it() {
    let hook = |epoch: &Epoch, _: &Network<f64>, trainer: &mut Trainer<f64>| {
        if epoch.number.is_multiple_of(3) {
            trainer.scale_rate(1.0 / epoch.number as f64).unwrap();
        }
        ControlFlow::Continue(())
    };
    let fit = fit().epochs(10);
    let mut whole = network();
    let history = fit.run_observed(&mut whole, &X, &Y, AfterEpoch(hook)).unwrap();

    // A stop after each epoch.
    let mut network = network();
    let mut errors = Vec::new();
    let mut rates = Vec::new();
    let mut saved = None;
    for _ in 0..10 {
        let mut trainer = match saved.take() {
            None => Trainer::new(&network, &fit, 4).unwrap(),
            Some(file) => {
                let read = checkpoint::decode::<f64>(&file as &Vec<u8>).unwrap();
                network = read.network;
                read.training.unwrap().resume(&network, &fit, 4).unwrap()
            }
        };
        let samples = network.samples(&X, &Y).unwrap();
        let mut once = |epoch: &Epoch, network: &Network<f64>, trainer: &mut Trainer<f64>| {
            let _ = hook(epoch, network, trainer);
            rates.push(epoch.rate);
            ControlFlow::Break(())
        };
        trainer.run(&mut network, &samples, None, &mut AfterEpoch(&mut once)).unwrap();
        errors.clone_from(&trainer.state().history.errors);
        saved = Some(checkpoint::encode(&network, &About::default(), Some(&trainer)));
    }
    assert_eq!((network.weights(), errors), (whole.weights(), history.errors));
    let factors =
        [1.0, 1.0, 1.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 6.0, 1.0 / 6.0, 1.0 / 6.0, 1.0 / 9.0];
    assert_eq!(rates, factors.map(|factor| factor * 0.05));
    let mut trainer = Trainer::new(&network, &fit, 4).unwrap();
    for wrong in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(trainer.scale_rate(wrong).is_err());
        let state = TrainerState { rate_factor: Some(wrong), ..trainer.state().clone() };
        let zeros = vec![0.0; network.weights().len()];
        assert!(trainer.resume(state, |_| Some(&zeros[..])).is_err(), "{wrong}");
    }
}
