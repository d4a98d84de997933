//! The post, to the digit: toddle against what NumPy computes and against what the post prints.
//!
//! The recorded numbers and the scripts that made them are in `crates/testkit/goldens`.

use std::sync::LazyLock;

use serde_json::Value;
use sha2::{Digest, Sha256};
use toddle::{
    Conv2d, Dense, Engine, Fit, Flatten, Jacobian, Loss, Machine, Mode, Network, NetworkSpec, NumpyRandom,
    Sgd, Shape, Slices, Softmax, StepContext, Tanh, Update, accuracy,
};
use toddle_lanes::Float;

const POST: &str = include_str!("../../../testkit/goldens/post.json");
const START: &str = include_str!("../../../testkit/goldens/start.json");

/// One of the post's networks, with the weights of seed 0.
fn network(run: &Value) -> Network<f64> {
    let mut spec = NetworkSpec::new(Shape::image(1, 28, 28));
    for _ in 0..run["convolutions"].as_u64().unwrap() {
        spec = spec.add(Conv2d::new(1, 3)).add(Tanh);
    }
    spec = spec.add(Flatten).add(Dense::new(100)).add(Tanh).add(Dense::new(10));
    let spec = match run["output"].as_str().unwrap() {
        "softmax" => spec.add(Softmax { jacobian: Jacobian::Diagonal, ..Softmax::default() }),
        _ => spec.add(Tanh),
    };
    spec.build(0).unwrap()
}

/// The first 2,000 training images and their labels, and all test images with theirs.
struct Digits {
    x: Vec<f64>,
    y: Vec<f64>,
    x_test: Vec<f64>,
    labels: Vec<u32>,
}

static DIGITS: LazyLock<Digits> = LazyLock::new(|| {
    let mnist = toddle_data::mnist();
    let train = mnist.train().unwrap().first(2000).unwrap();
    let test = mnist.test().unwrap();
    Digits { x: train.inputs(), y: train.one_hot(), x_test: test.inputs(), labels: test.labels().to_vec() }
});

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn floats(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

#[track_caller]
fn assert_close(what: &str, ours: f64, recorded: f64, tolerance: f64) {
    assert!(
        (ours - recorded).abs() <= tolerance * recorded.abs(),
        "{what}: {ours:?}, recorded is {recorded:?}"
    );
}

#[test]
fn random_numbers_are_numpys() {
    for draw in json(START)["draws"].as_array().unwrap() {
        let mut stream = NumpyRandom::new(draw["seed"].as_u64().unwrap() as u32);
        for recorded in floats(&draw["rand"]) {
            assert_eq!(stream.uniform(), recorded);
        }
    }
}

#[test]
fn initial_weights_are_numpys_to_the_bit() {
    for start in json(START)["initial_weights"].as_array().unwrap() {
        let network =
            network(&serde_json::json!({ "convolutions": start["convolutions"], "output": "tanh" }));
        let mut bytes = Vec::new();
        network.weights().iter().for_each(|w| w.write_le(&mut bytes));
        let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest, start["sha256"].as_str().unwrap());
        for (param, array) in network.layout().params().iter().zip(start["arrays"].as_array().unwrap()) {
            for (w, recorded) in network.weights()[param.range.clone()].iter().zip(floats(&array["first"])) {
                assert_eq!(*w, recorded, "{}", param.name);
            }
        }
    }
}

#[test]
fn first_twenty_samples_of_all_four_networks_agree_with_numpy() {
    let Digits { x, y, .. } = &*DIGITS;
    for run in json(START)["first_errors"].as_array().unwrap() {
        let mut network = network(run);
        let machine = Machine::detect().unwrap();
        let mut engine = Engine::new(&network, network.plan(1, Mode::Descend, &machine));
        let recorded = floats(&run["errors"]);
        assert_eq!(recorded.len(), 20);
        for (n, recorded) in recorded.into_iter().enumerate() {
            let (x, y) = (&x[n * 784..][..784], &y[n * 10..][..10]);
            let mut loss = [0.0];
            let batch = Slices { inputs: x, targets: y, samples: 1 };
            let step = StepContext { seed: 0, number: n as u32, loss: &Loss::MeanSquaredError };
            engine.step(&mut network, &batch, step, Update::Descend { rate: 0.1 }, &mut loss).unwrap();
            assert_close(
                &format!("{} {} sample {n}", run["convolutions"], run["output"]),
                loss[0],
                recorded,
                1e-9,
            );
        }
    }
}

/// Trains the network with so many convolutions and softmax as the post does, all of it.
fn softmax_row(convolutions: u64) {
    let post = json(POST);
    let run = post["runs"].as_array().unwrap().iter();
    let run = run
        .into_iter()
        .find(|run| run["convolutions"] == convolutions && run["output"] == "softmax")
        .unwrap();
    let Digits { x, y, x_test, labels } = &*DIGITS;
    let mut network = network(run);
    let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(0.1)).epochs(100);
    let history = network.fit(x, y, &fit).unwrap();

    for (epoch, (ours, recorded)) in history.errors.iter().zip(floats(&run["errors"])).enumerate() {
        assert_close(&format!("epoch {} against NumPy", epoch + 1), *ours, recorded, 1e-9);
    }
    let published = run["published"].as_object().unwrap();
    assert!(published.len() >= 3);
    for (epoch, printed) in published {
        let ours = history.errors[epoch.parse::<usize>().unwrap() - 1];
        assert_close(&format!("epoch {epoch} against the post"), ours, printed.as_f64().unwrap(), 1e-10);
    }
    let outputs = network.predict(x_test).unwrap();
    for (ours, recorded) in outputs.chunks(10).zip(run["predictions_first_3_test"].as_array().unwrap()) {
        for (ours, recorded) in ours.iter().zip(floats(recorded)) {
            // NumPy prints nine digits.
            assert_close("prediction", *ours, recorded, 5e-9);
        }
    }
    assert_eq!(accuracy(&outputs, labels).unwrap(), run["test_accuracy"].as_f64().unwrap());
}

#[test]
fn two_convolutions_and_softmax_train_to_the_posts_digits() {
    softmax_row(2);
}

#[test]
fn one_convolution_and_softmax_trains_to_the_posts_digits() {
    softmax_row(1);
}

/// The last error of a tanh network as the post trains it, but for its first weight, which is scaled by 1 + k·10⁻¹⁵.
fn moved_tanh_loss(run: &Value, k: u32) -> f64 {
    let Digits { x, y, .. } = &*DIGITS;
    let mut network = network(run);
    network.weights_mut()[0] *= 1.0 + f64::from(k) * 1e-15;
    let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(0.1)).epochs(100);
    network.fit(x, y, &fit).unwrap().errors[99]
}

/// Tanh networks are chaotic, so their last digits are no test; that NumPy's loss lies among toddle's is one. Eleven trainings may
/// show it, and as each widens their range at most, none is needed after the first that does.
fn numpys_loss_lies_among_ours(convolutions: u64) {
    let post = json(POST);
    let mut runs = post["runs"].as_array().unwrap().iter();
    let run = runs.find(|run| run["convolutions"] == convolutions && run["output"] == "tanh").unwrap();
    let numpys = floats(&run["errors"])[99];
    let (mut least, mut most) = (f64::MAX, f64::MIN);
    let found = (0..=10).any(|k| {
        let loss = moved_tanh_loss(run, k);
        (least, most) = (least.min(loss), most.max(loss));
        let moved = most > 1.01 * least;
        moved && 0.85 * least <= numpys && numpys <= 1.15 * most
    });
    assert!(found, "NumPy has {numpys}, toddle {least} to {most}");
}

#[test]
fn two_convolutions_and_tanh_range_over_numpys_loss() {
    numpys_loss_lies_among_ours(2);
}

#[test]
fn one_convolution_and_tanh_ranges_over_numpys_loss() {
    numpys_loss_lies_among_ours(1);
}
