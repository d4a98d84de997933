//! The accuracy of a training on its own samples: each counted before the step that it leads to.

use serde_json::Value;
use toddle::{
    Adam, Conv2d, Dense, Fit, Flatten, Isa, Loss, Machine, Network, NetworkSpec, Relu, Sgd, Shape, Tanh,
    Trainer, TrainerState, argmax,
};
use toddle_testkit::numbers::numbers;

const SAMPLES: usize = 75;

fn classifier(classes: usize) -> NetworkSpec {
    NetworkSpec::new(Shape::image(1, 4, 5))
        .add(Conv2d::new(3, 3))
        .add(Relu)
        .add(Flatten)
        .add(Dense::new(7))
        .add(Tanh)
        .add(Dense::new(classes))
}

/// Inputs, and targets of so many classes; of one output, yes or no.
fn data(classes: usize) -> (Vec<f32>, Vec<f32>) {
    let class = |n: usize| (n * n + 3 * n) % classes.max(2);
    let target = |n: usize| {
        (0..classes).map(move |c| if classes == 1 { class(n) as f32 } else { f32::from(c == class(n)) })
    };
    (numbers(1, SAMPLES * 20), (0..SAMPLES).flat_map(target).collect())
}

fn is_right(y: &[f32], t: &[f32]) -> bool {
    if let ([y], [t]) = (y, t) { (*y > 0.0) == (*t > 0.5) } else { argmax(y) == argmax(t) }
}

/// Trains three epochs, and counts the right answers of each batch by asking the network before its step.
fn counted(classes: usize, fit: &Fit) {
    let mut network: Network<f32> = classifier(classes).build(0).unwrap();
    let (x, y) = data(classes);
    let samples = network.samples(&x, &y).unwrap();
    let mut trainer = Trainer::new(&network, fit, SAMPLES).unwrap();
    while !trainer.is_done() {
        let mut right = 0;
        while !trainer.epoch_is_over() {
            let seen = trainer.state().seen;
            let before = network.predict(&x).unwrap();
            let report = trainer.step(&mut network, &samples).unwrap();
            // The samples come in order.
            for n in seen..report.seen {
                let of_sample = |numbers: &'_ [f32]| numbers[n * classes..][..classes].to_vec();
                right += usize::from(is_right(&of_sample(&before), &of_sample(&y)));
            }
            assert_eq!(
                report.accuracy,
                Some(right as f64 / report.seen as f64),
                "{fit:?}, {classes} classes"
            );
        }
        trainer.end_epoch(&mut network, None);
        let accuracies = &trainer.state().history.accuracies;
        assert_eq!(accuracies.last(), Some(&Some(right as f64 / SAMPLES as f64)));
        assert_eq!(accuracies.len(), trainer.state().epochs);
    }
    let accuracies = &trainer.state().history.accuracies;
    assert!(accuracies[2] > accuracies[0], "it learns: {accuracies:?}");
}

#[test]
fn each_sample_is_counted_before_its_step() {
    for isa in Isa::available() {
        for threads in [1, 3] {
            for batch in [1, 7, 16, 50] {
                let machine = Machine { isa: *isa, threads };
                for (classes, loss) in [
                    (3, Loss::cross_entropy()),
                    (4, Loss::MeanSquaredError),
                    (1, Loss::binary_cross_entropy()),
                ] {
                    let fit = Fit::new(loss.clone(), Adam::new(0.02)).epochs(3).batch(batch).machine(machine);
                    counted(classes, &fit);
                    counted(classes, &fit.accumulate(2));
                    let plain = Fit::new(loss, Sgd::new(0.3)).epochs(3).batch(batch).machine(machine);
                    counted(classes, &plain);
                }
            }
        }
    }
}

#[test]
fn numbers_are_never_right_or_wrong() {
    let mut network = classifier(1).build::<f32>(0).unwrap();
    let (x, y) = data(1);
    let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(0.1)).epochs(2).batch(16);
    assert_eq!(network.fit(&x, &y, &fit).unwrap().accuracies, [None, None]);
}

fn fit() -> Fit {
    Fit::new(Loss::cross_entropy(), Adam::new(0.02)).epochs(3).batch(16).shuffle()
}

/// The training, kept after so many steps as text that `change` may change, and gone on with: its accuracies.
fn kept_after(steps: u64, change: impl Fn(&mut Value)) -> Vec<Option<f64>> {
    let (x, y) = data(3);
    let mut network = classifier(3).build::<f32>(0).unwrap();
    let samples = network.samples(&x, &y).unwrap();
    let mut trainer = Trainer::new(&network, &fit(), SAMPLES).unwrap();
    let go_on = |trainer: &mut Trainer<f32>, network: &mut Network<f32>, until: u64| {
        while !trainer.is_done() && trainer.state().steps < until {
            trainer.step(network, &samples).unwrap();
            if trainer.epoch_is_over() {
                trainer.end_epoch(network, None);
            }
        }
    };
    go_on(&mut trainer, &mut network, steps);
    let mut kept = serde_json::to_value(trainer.state()).unwrap();
    change(&mut kept);
    let state: TrainerState = serde_json::from_value(kept).unwrap();
    let mut again = Trainer::new(&network, &fit(), SAMPLES).unwrap();
    let buffers = trainer.buffers();
    again
        .resume(state, |wanted| buffers.iter().find(|(name, _)| *name == wanted).map(|(_, of)| *of))
        .unwrap();
    go_on(&mut again, &mut network, u64::MAX);
    again.state().history.accuracies.clone()
}

#[test]
fn a_training_that_was_kept_goes_on_counting() {
    let expected = kept_after(0, |_| ());
    assert!(expected.len() == 3 && expected.iter().all(Option::is_some));
    // Five steps an epoch: at its beginning, within it and at its end.
    for steps in 1..15 {
        assert_eq!(kept_after(steps, |_| ()), expected, "after {steps} steps");
    }
}

#[test]
fn what_an_older_version_kept_is_gone_on_with() {
    let as_of_old = |kept: &mut Value| {
        kept.as_object_mut().unwrap().remove("right").unwrap();
        kept["history"].as_object_mut().unwrap().remove("accuracies").unwrap();
    };
    let expected = kept_after(0, |_| ());
    assert_eq!(kept_after(5, as_of_old), [None, expected[1], expected[2]]);
    // Within an epoch, the samples before were not counted.
    assert_eq!(kept_after(7, as_of_old), [None, None, expected[2]]);
}

#[test]
fn counts_that_no_training_comes_to_are_refused() {
    let network = classifier(3).build::<f32>(0).unwrap();
    let mut trainer = Trainer::new(&network, &fit(), SAMPLES).unwrap();
    let state = TrainerState { right: Some(1), ..TrainerState::default() };
    assert!(trainer.resume(state, |_| Some(network.weights())).is_err());
}
