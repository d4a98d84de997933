//! The post's program against values that NumPy and SciPy computed: `crates/testkit/goldens`, with their scripts.

use rand_mt::Mt;
use serde_json::Value;
use sha2::{Digest, Sha256};

#[path = "../src/main.rs"]
#[expect(dead_code, unreachable_pub, reason = "the tests do not call `main`")]
mod baby_steps;

use baby_steps::{ConvolutionLayer, FCLayer, Layer, Network, Sample, network, options, samples, weights};

const POST: &str = include_str!("../../../crates/testkit/goldens/post.json");
const START: &str = include_str!("../../../crates/testkit/goldens/start.json");
const CONV_DEPTH: &str = include_str!("../../../crates/testkit/goldens/conv_depth.json");

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("goldens are JSON")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn float(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

fn floats(value: &Value) -> Vec<f64> {
    list(value).iter().map(float).collect()
}

fn whole(value: &Value) -> usize {
    value.as_u64().expect("a whole number") as usize
}

/// Equal but for the last digits, which depend on the order of sums and on the system's `tanh` and `exp`.
#[track_caller]
fn assert_close(ours: &[f64], recorded: &[f64], tolerance: f64) {
    assert_eq!(ours.len(), recorded.len());
    for (i, (a, b)) in ours.iter().zip(recorded).enumerate() {
        assert!((a - b).abs() <= tolerance * b.abs(), "number {i} is {a:?}, recorded is {b:?}");
    }
}

/// The first `count` training images.
fn first(count: usize) -> Vec<Sample> {
    samples(true, count).expect("MNIST is built in")
}

/// The network that a recorded run was made with.
fn network_of(run: &Value) -> Network {
    let output = run["output"].as_str().expect("a name");
    let line = format!("--convolutions {} --output {output}", run["convolutions"]);
    let (_, convolutions, output) = options(line.split(' ').map(str::to_owned)).expect("options that exist");
    network(convolutions, output)
}

#[test]
fn random_numbers_are_numpys() {
    for draws in list(&json(START)["draws"]) {
        let seed = whole(&draws["seed"]) as u32;
        let recorded: Vec<f64> = floats(&draws["rand"]).iter().map(|a| a - 0.5).collect();
        assert_eq!(weights(recorded.len(), &mut Mt::new(seed)), recorded, "seed {seed}");
    }
}

#[test]
fn initial_weights_are_the_posts() {
    for initial in list(&json(START)["initial_weights"]) {
        let random = &mut Mt::new(whole(&initial["seed"]) as u32);
        let (mut arrays, mut size) = (Vec::new(), 28);
        for _ in 0..whole(&initial["convolutions"]) {
            let layer = ConvolutionLayer::new([size, size, 1], [3, 3], 1, random);
            arrays.extend([layer.weights, layer.bias]);
            size -= 2;
        }
        for (inputs, outputs) in [(size * size, 100), (100, 10)] {
            let layer = FCLayer::new(inputs, outputs, random);
            arrays.extend([layer.weights, layer.bias]);
        }

        assert_eq!(arrays.len(), list(&initial["arrays"]).len());
        for (array, recorded) in arrays.iter().zip(list(&initial["arrays"])) {
            let beginning = floats(&recorded["first"]);
            assert_eq!(array[..beginning.len()], beginning);
        }
        let bytes: Vec<u8> = arrays.iter().flatten().flat_map(|weight| weight.to_le_bytes()).collect();
        let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash, initial["sha256"].as_str().expect("a hash"));
    }
}

#[test]
fn first_errors_of_all_four_networks() {
    let (samples, start) = (first(20), json(START));
    let runs = list(&start["first_errors"]);
    assert_eq!(runs.len(), 4);
    for run in runs {
        let mut network = network_of(run);
        let errors: Vec<f64> = samples.chunks(1).flat_map(|sample| network.fit(sample, 1, 0.1)).collect();
        assert_close(&errors, &floats(&run["errors"]), 1e-9);
    }
}

/// Only these two: with tanh as the last activation, a difference in the last digit grows to the first within epochs.
#[test]
fn first_epochs_of_both_softmax_networks() {
    let (samples, post) = (first(2000), json(POST));
    let softmax: Vec<&Value> = list(&post["runs"]).iter().filter(|run| run["output"] == "softmax").collect();
    assert_eq!(softmax.len(), 2);
    for run in softmax {
        let errors = network_of(run).fit(&samples, 6, 0.1);
        assert_close(&errors, &floats(&run["errors"])[..6], 1e-9);
    }
}

#[test]
fn a_convolution_of_two_channels_and_three_filters() {
    let golden = json(CONV_DEPTH);
    let [height, width, channels] = [0, 1, 2].map(|i| whole(&golden["input_shape"][i]));
    let kernel = [0, 1].map(|i| whole(&golden["kernel"][i]));
    let depth = whole(&golden["depth"]);
    let before = floats(&golden["bias"]);

    let mut layer = ConvolutionLayer::new([height, width, channels], kernel, depth, &mut Mt::new(1));
    assert_eq!(layer.weights, floats(&golden["weights"]));
    assert_eq!(layer.bias, before);
    let output = layer.forward(floats(&golden["input"]));
    let input_error = layer.backward(floats(&golden["output_error"]), float(&golden["learning_rate"]));

    let (post, exact) = (&golden["post"], &golden["exact"]);
    assert_close(&output, &floats(&post["output"]), 1e-12);
    assert_close(&input_error, &floats(&post["input_error"]), 1e-12);
    assert_close(&layer.weights, &floats(&post["weights"]), 1e-12);
    assert_close(&layer.bias, &floats(&post["bias"]), 1e-12);

    // The shortcuts reach the output and the bias, nothing else, and there they are what docs/the-post.md says.
    assert_close(&input_error, &floats(&exact["input_error"]), 1e-12);
    assert_close(&layer.weights, &floats(&exact["weights"]), 1e-12);
    for k in 0..depth {
        let excess = output[k] - float(&exact["output"][k]);
        assert_close(&[excess], &[(channels - 1) as f64 * before[k]], 1e-9);
        let (step, exact_step) = (layer.bias[k] - before[k], float(&exact["bias"][k]) - before[k]);
        assert_close(&[step], &[depth as f64 * exact_step], 1e-9);
    }
}

#[test]
fn wrong_options_are_named() {
    let parse =
        |line: &str| options(line.split_whitespace().map(str::to_owned)).map(|(epochs, n, _)| (epochs, n));
    assert_eq!(parse(""), Ok((100, 2)));
    assert_eq!(parse("--convolutions 1 --epochs 7"), Ok((7, 1)));
    for wrong in
        ["--epochs", "--epochs -1", "--epochs many", "--convolutions 3", "--output relu", "--rate 0.1"]
    {
        let error = parse(wrong).expect_err(wrong);
        assert!(error.contains(wrong) && error.contains("--convolutions 1|2"), "{error}");
    }
}
