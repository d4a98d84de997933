//! Ranks change no bit: trainings over several ranks, which are threads here, compared with trainings in one process.

use std::ops::ControlFlow;
use std::thread;
use std::time::Duration;

use toddle::checkpoint::{self, About};
use toddle::{
    Adam, BatchNorm, Clip, Conv2d, Dense, Dropout, Evaluation, Fit, FitError, Flatten, GraphSpec, Isa, Local,
    Loss, Machine, MaxPool2d, Network, NetworkSpec, Nobody, Observer, Padding, Ranks, Relu, Residual, Sgd,
    Shape, StepReport, Tanh, Trainer,
};

const RANKS: [usize; 5] = [1, 2, 3, 4, 8];
const PIXELS: usize = 64;
const CLASSES: usize = 3;

/// What a training comes to.
#[derive(Clone, Debug, PartialEq)]
struct Trained {
    /// The bits of the weights, the state of the layers and the state of the optimizer, in a checkpoint.
    checkpoint: Vec<u8>,
    validation: Vec<Evaluation>,
}

/// Images and classes.
struct Images {
    x: Vec<f32>,
    y: Vec<f32>,
}

impl Images {
    fn new(samples: usize) -> Images {
        let x = (0..samples * PIXELS).map(|n| (n * n % 23 + n % 5) as f32 / 23.0).collect();
        let class = |n: usize| n * 7 % 11 % CLASSES;
        let y = (0..samples * CLASSES).map(|n| if class(n / CLASSES) == n % CLASSES { 1.0 } else { 0.0 });
        Images { x, y: y.collect() }
    }

    /// Trains `network` by `fit`, and validates it with some of the samples.
    fn train(&self, mut network: Network<f32>, fit: &Fit) -> Result<Trained, FitError> {
        let samples = network.samples(&self.x, &self.y)?;
        let some = 37.min(self.y.len() / CLASSES);
        let validation = network.samples(&self.x[..some * PIXELS], &self.y[..some * CLASSES])?;
        let mut trainer = Trainer::new(&network, fit, self.y.len() / CLASSES)?;
        trainer.run(&mut network, &samples, Some(&validation), &mut Nobody)?;
        Ok(Trained {
            checkpoint: checkpoint::encode(&network, &About::default(), Some(&trainer)),
            validation: trainer.state().history.validation.clone(),
        })
    }
}

fn plain() -> GraphSpec {
    let spec = NetworkSpec::new(Shape::image(1, 8, 8))
        .add(Conv2d::new(5, 3))
        .add(Relu)
        .add(MaxPool2d::new(2))
        .add(Flatten)
        .add(Dense::new(19))
        .add(Tanh)
        .add(Dense::new(CLASSES));
    spec.into()
}

fn normed() -> GraphSpec {
    let block = Residual::new().add(Conv2d::new(4, 3).padding(Padding::Same)).add(BatchNorm::default());
    let spec = NetworkSpec::new(Shape::image(1, 8, 8))
        .add(Conv2d::new(4, 3))
        .add(BatchNorm::default())
        .add(Relu)
        .add(block)
        .add(Flatten)
        .add(Dense::new(13))
        .add(BatchNorm::default())
        .add(Dropout::new(0.3))
        .add(Dense::new(CLASSES));
    spec.into()
}

fn fit() -> Fit {
    Fit::new(Loss::cross_entropy(), Adam::new(0.01)).batch(100).epochs(2).shuffle().seed(5)
}

/// Runs `run` on each of so many ranks, with the settings of each.
fn each<R: Send>(ranks: usize, fit: &Fit, run: impl Fn(Fit) -> R + Sync) -> Vec<R> {
    let run = &run;
    thread::scope(|scope| {
        let threads: Vec<_> = (Local::ranks(ranks).into_iter())
            .map(|local| Fit { ranks: Some(Ranks::new(local)), ..fit.clone() })
            .map(|fit| scope.spawn(move || run(fit)))
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no rank panics")).collect()
    })
}

/// Trains in one process, and then on all numbers of ranks, and compares.
fn compare(name: &str, spec: &GraphSpec, fit: &Fit, samples: usize) {
    let images = Images::new(samples);
    let machine = |threads| Some(Machine { isa: Isa::detect(), threads });
    let build = || spec.build::<f32>(3).expect("its shapes fit");
    let expected = images.train(build(), &Fit { machine: machine(1), ..fit.clone() }).expect("it trains");
    for ranks in RANKS {
        for threads in [1, 2] {
            let fit = Fit { machine: machine(threads), ..fit.clone() };
            for trained in each(ranks, &fit, |fit| images.train(build(), &fit).expect("it trains")) {
                assert!(trained == expected, "{name}: {ranks} ranks × {threads} threads");
            }
        }
    }
}

#[test]
fn a_plain_network_has_the_same_bits() {
    // 230 samples: the last batch of an epoch has 30, which are two blocks.
    compare("plain", &plain(), &fit(), 230);
    compare("a last batch of one block", &plain(), &fit(), 103);
    compare("sgd", &plain(), &Fit { optimizer: Sgd::new(0.1).into(), ..fit() }, 130);
}

#[test]
fn batch_norm_and_dropout_have_the_same_bits() {
    compare("normed", &normed(), &fit(), 230);
    let (momentum, average) = (Sgd::new(0.01).momentum(0.9).into(), Some(0.9));
    compare("average", &normed(), &Fit { optimizer: momentum, average, keep_best: true, ..fit() }, 117);
}

#[test]
fn one_sample_at_a_time_has_the_same_bits() {
    compare("rows", &plain(), &fit().batch(1), 9);
    compare("descent on rows", &plain(), &Fit { optimizer: Sgd::new(0.1).into(), ..fit().batch(1) }, 9);
}

#[test]
fn other_steps_have_the_same_bits() {
    compare("accumulated", &plain(), &fit().batch(32).accumulate(3), 230);
    compare("clipped by the norm", &normed(), &fit().clip(Clip::Norm { limit: 0.1 }), 130);
    compare("clipped", &plain(), &fit().clip(Clip::Value { limit: 0.01 }), 130);
    compare("mixed", &plain(), &fit().mixup(0.4), 130);
    compare("frozen", &normed(), &fit().freeze(["conv1", "norm1", "dense1.bias"]), 130);
}

#[test]
fn shared_weights_have_the_same_bits() {
    let spec = serde_json::from_str::<GraphSpec>(
        r#"{ "inputs": [{ "name": "input", "shape": [1, 8, 8] }], "layers": [
            { "kind": "flatten" },
            { "kind": "dense", "outputs": 64, "name": "twice" },
            { "kind": "tanh" },
            { "kind": "shared", "with": "twice" },
            { "kind": "dense", "outputs": 3 }] }"#,
    );
    compare("shared", &spec.expect("a network"), &fit(), 230);
}

#[test]
fn a_training_is_cut_and_resumed_on_other_ranks() {
    let images = Images::new(230);
    let network = normed().build::<f32>(3).unwrap();
    let fit = fit().epochs(4);
    let expected = images.train(normed().build(3).unwrap(), &fit).unwrap();
    let mut file = checkpoint::encode(&network, &About::default(), None);
    for (leg, ranks) in [1, 3, 8, 2, 4].into_iter().enumerate() {
        let files = each(ranks, &fit, |fit| {
            let saved = checkpoint::decode::<f32>(&file).unwrap();
            let mut network = saved.network;
            let mut trainer = match saved.training {
                Some(training) => training.resume(&network, &fit, 230).unwrap(),
                None => Trainer::new(&network, &fit, 230).unwrap(),
            };
            let samples = network.samples(&images.x, &images.y).unwrap();
            let some = 37;
            let validation =
                network.samples(&images.x[..some * PIXELS], &images.y[..some * CLASSES]).unwrap();
            // Rank 1 alone asks for the end, in the middle of an epoch.
            let rank = fit.ranks.as_ref().map(Ranks::rank);
            let mut stop = Stop(if rank == Some(1) || ranks == 1 { 2 * (leg as u64 + 1) } else { u64::MAX });
            trainer.run(&mut network, &samples, Some(&validation), &mut stop).unwrap();
            checkpoint::encode(&network, &About::default(), Some(&trainer))
        });
        assert!(files.iter().all(|other| *other == files[0]));
        file.clone_from(&files[0]);
    }
    let resumed = checkpoint::decode::<f32>(&file).unwrap();
    assert_eq!(resumed.training.unwrap().state.steps, 10);
    let last = each(3, &fit, |fit| {
        let saved = checkpoint::decode::<f32>(&file).unwrap();
        let mut network = saved.network;
        let mut trainer = saved.training.unwrap().resume(&network, &fit, 230).unwrap();
        let samples = network.samples(&images.x, &images.y).unwrap();
        let validation = network.samples(&images.x[..37 * PIXELS], &images.y[..37 * CLASSES]).unwrap();
        trainer.run(&mut network, &samples, Some(&validation), &mut Nobody).unwrap();
        checkpoint::encode(&network, &About::default(), Some(&trainer))
    });
    assert!(last.iter().all(|file| *file == expected.checkpoint));
}

/// Stops a training after a step.
struct Stop(u64);

impl<T> Observer<T> for Stop {
    fn step(&mut self, report: &StepReport, _: &Network<T>, _: &Trainer<T>) -> ControlFlow<()> {
        if report.number >= self.0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

#[test]
fn a_lost_loss_is_found_by_every_rank() {
    let mut images = Images::new(100);
    images.x[90 * PIXELS] = f32::NAN;
    let train = |fit: &Fit| images.train(plain().build(3).unwrap(), fit).unwrap_err();
    let expected = train(&fit());
    assert!(matches!(expected, FitError::NotFinite { .. }), "{expected}");
    assert!(each(4, &fit(), |fit| train(&fit)).iter().all(|error| *error == expected));
}

#[test]
fn a_rank_that_ends_ends_all() {
    let images = Images::new(230);
    let errors = each(3, &fit(), |fit| {
        if fit.ranks.as_ref().is_some_and(|ranks| ranks.rank() == 1) {
            return None;
        }
        images.train(plain().build(3).unwrap(), &fit).err()
    });
    for rank in [0, 2] {
        assert!(matches!(errors[rank], Some(FitError::Ranks(_))), "{errors:?}");
    }
}

#[test]
fn other_data_on_a_rank_are_found() {
    let checks = each(3, &fit(), |fit| {
        let ranks = fit.ranks.expect("there are ranks");
        let data = if ranks.rank() == 2 { [1, 2] } else { [1, 1] };
        ranks.check_same("data", &data)
    });
    assert!(
        checks.iter().all(|check| *check == Err(FitError::Different { what: "data", rank: 2 })),
        "{checks:?}"
    );
}

#[test]
fn the_time_of_the_exchange_is_measured() {
    let images = Images::new(230);
    let times = each(2, &fit(), |fit| {
        images.train(plain().build(3).unwrap(), &fit).unwrap();
        fit.ranks.expect("there are ranks").time()
    });
    assert!(times.iter().all(|time| *time > Duration::ZERO));
}
