//! Integers of eight bits: compiled C must have the bits of the reference in Rust, and both are near to the network.

use crate::common::compiled::{compiler, native, run};
use crate::common::{inputs, single, trained};
use toddle::{
    AvgPool2d, BatchNorm, ClippedRelu, Conv1d, Conv2d, ConvTranspose2d, Crop, Dense, Embedding, Flatten,
    Gelu, GlobalAvgPool, GraphSpec, GroupNorm, LayerNorm, LayerSpec, LogSoftmax, MaxPool2d, Network,
    NetworkSpec, NumpyRandom, Pad, PadMode, Prelu, Relu, Shape, Softmax, Tanh, Upsample, UpsampleMode,
};
use toddle_exchange::int8::Quantized;
use toddle_exchange::{ExchangeError, Source, c};
use toddle_testkit::cases::cases;
use toddle_testkit::random;

/// The samples that decide the ranges.
const CALIBRATION: usize = 20;

fn quantized(network: &Network<f32>) -> Result<Quantized, ExchangeError> {
    Quantized::new(network, &inputs(network, CALIBRATION))
}

/// The file for `network`. One of its three samples is far outside the ranges.
fn source(n: usize, network: &Network<f32>) -> Result<Source, ExchangeError> {
    let mut x = inputs(network, 3);
    let size = network.input().size();
    x[size..2 * size].iter_mut().for_each(|x| *x *= 100.0);
    c::encode_int8(&quantized(network)?, &format!("net{n}"), &x)
}

/// The sources of the networks that have a form with integers.
fn sources(networks: impl IntoIterator<Item = Network<f32>>) -> Vec<Source> {
    let mut all = Vec::new();
    for network in networks {
        match source(all.len(), &network) {
            Ok(source) => all.push(source),
            Err(fault) => assert!(fault.what.contains("cannot be computed with integers"), "{fault}"),
        }
    }
    all
}

/// The largest difference of an output from that of the network, as a part of the largest output.
fn difference(network: &Network<f32>) -> f32 {
    let x = inputs(network, CALIBRATION);
    let (y, expected) = (quantized(network).unwrap().predict(&x).unwrap(), network.predict(&x).unwrap());
    let largest = expected.iter().fold(0.0, |largest: f32, y| largest.max(y.abs()));
    y.iter().zip(&expected).fold(0.0, |most: f32, (y, expected)| most.max((y - expected).abs())) / largest
}

/// A line of layers.
fn line(input: Shape, layers: impl IntoIterator<Item = LayerSpec>) -> Network<f32> {
    let spec = layers.into_iter().fold(NetworkSpec::new(input), NetworkSpec::add);
    trained(&spec.into(), 3)
}

/// Networks of every layer that has a form with integers, and of what becomes one step.
fn networks() -> Vec<Network<f32>> {
    let image = Shape::image(2, 9, 8);
    let conv = || LayerSpec::from(Conv2d::new(6, 3).padding(1));
    let dense = |outputs| LayerSpec::from(Dense::new(outputs));
    let mut graph = GraphSpec::new();
    let x = graph.input("x", image);
    let first = graph.add(Conv2d::new(6, 3).padding(1), x);
    let second = graph.add(Conv2d::new(6, 5).padding(2), x);
    let normed = graph.add(BatchNorm::default(), second);
    let sum = graph.sum([first, normed, first]);
    let relu = graph.add(Relu, sum);
    let gate = graph.add(LayerSpec::Sigmoid, normed);
    let product = graph.product([relu, gate]);
    let all = graph.concat([product, first, x]);
    let pooled = graph.add(GlobalAvgPool, all);
    let logits = graph.add(Dense::new(4), pooled);
    graph.add(Softmax::default(), logits);
    let mut shared = GraphSpec::new();
    let words = shared.input("words", Shape::vector(5));
    let number = shared.input("number", Shape::vector(3));
    let table = shared.add(Embedding::new(9, 4), words);
    let first = shared.add(Conv1d::new(4, 3).padding(1), table);
    let slopes = shared.add(Prelu { per_channel: true, initial: 0.5 }, first);
    let normed = shared.add(GroupNorm::new(2), slopes);
    let again = shared.share(slopes, normed);
    let once_more = shared.share(normed, again);
    let flat = shared.add(Flatten, once_more);
    let both = shared.concat([flat, number]);
    shared.add(Dense::new(2), both);
    vec![
        line(image, [conv(), BatchNorm::default().into(), Relu, MaxPool2d::new(2).into(), Flatten, dense(5)]),
        line(image, [conv(), Tanh, AvgPool2d::new(2).into(), conv(), Tanh, GlobalAvgPool, dense(3)]),
        line(image, [BatchNorm::default().into(), conv(), ClippedRelu::default().into(), conv()]),
        line(image, [conv(), ConvTranspose2d::new(4, 4).stride(2).padding(1).into(), Relu]),
        line(
            image,
            [conv(), Relu, AvgPool2d::new(3).stride(2).padding(1).count_padding(false).into(), conv()],
        ),
        line(
            image,
            [
                Pad::new([1, 0, 2, 1]).constant(3.0).into(),
                conv(),
                Prelu { per_channel: true, initial: -0.5 }.into(),
                Upsample::new((1, 2)).into(),
                Crop::new([0, 1, 1, 0]).into(),
                Pad::new(1).mode(PadMode::Circular).into(),
                conv(),
                Prelu::default().into(),
                Flatten,
                dense(3),
            ],
        ),
        line(
            image,
            [conv(), GroupNorm::new(3).into(), Relu, conv(), LayerNorm::default().into(), Flatten, dense(5)],
        ),
        line(
            image,
            [
                conv(),
                GroupNorm { affine: false, ..GroupNorm::new(1) }.into(),
                conv(),
                LayerSpec::Gelu(Gelu::default()),
            ],
        ),
        line(
            Shape::vector(9),
            [
                Embedding::new(20, 6).into(),
                Conv1d::new(8, 3).into(),
                LayerNorm::default().into(),
                Relu,
                GlobalAvgPool,
                dense(3),
            ],
        ),
        line(Shape::vector(7), [dense(9), LayerSpec::Silu, dense(4), LogSoftmax::default().into()]),
        trained(&graph, 5),
        trained(&shared, 6),
    ]
}

#[test]
fn every_case_of_every_layer_has_the_same_bits() {
    let Some(compiler) = compiler() else { return };
    // The integers of a layer with weights are not seen as outputs, so that another layer stands behind each case.
    let alone = cases().into_iter().map(|case| trained(&single(case.spec, case.input), 1));
    let behind = cases().into_iter().map(|case| line(case.input, [case.spec, LayerSpec::HardSwish]));
    let sources = sources(alone.chain(behind));
    assert!(sources.len() > 100, "only {} cases have a form with integers", sources.len());
    run(compiler, "int8-cases", &["-O1"], &sources);
}

#[test]
fn networks_have_the_same_bits() {
    let Some(compiler) = compiler() else { return };
    let sources: Vec<Source> =
        networks().iter().enumerate().map(|(n, network)| source(n, network).unwrap()).collect();
    run(compiler, "int8-networks", &["-O1"], &sources);
    run(compiler, "int8-networks-native", &["-O3", native()], &sources);
}

#[test]
fn random_graphs_have_the_same_bits() {
    let Some(compiler) = compiler() else { return };
    let mut random = NumpyRandom::new(2);
    let sources = sources((0..100).map(|n| trained(&random::graph(&mut random), n)));
    assert!(sources.len() > 20, "only {} graphs have a form with integers", sources.len());
    run(compiler, "int8-graphs", &["-O1"], &sources);
}

#[test]
fn outputs_are_near_to_those_of_the_network() {
    for network in networks() {
        let difference = difference(&network);
        assert!(difference < 0.05, "{difference} in {:?}", network.spec());
    }
}

#[test]
fn a_file_is_smaller_than_with_32_bits() {
    let network = line(Shape::vector(64), [Dense::new(128).into(), Relu, Dense::new(64).into()]);
    let quantized = quantized(&network).unwrap();
    let (needs, float) = (quantized.needs(), quantized.float_needs());
    // A weight has one byte. Each of the 192 filters has a bias, and a factor with its shift or a step.
    assert_eq!(needs.flash, 64 * 128 + 128 * 64 + 192 * 4 + 128 * 5 + 64 * 4);
    assert_eq!(float.flash, 4 * (64 * 128 + 128 * 64 + 192));
    assert_eq!((needs.ram, needs.multiply_adds), (64 + 128, float.multiply_adds));
    let text = c::encode_int8(&quantized, "small", &[]).unwrap().text;
    assert!(text.contains(&format!("weights (constants)   {} bytes", needs.flash)), "{text}");
    assert!(!text.contains("small_TEST\n#include"), "without samples there is no self-test");
}

#[test]
fn values_that_are_always_0_stay_0() {
    let Some(compiler) = compiler() else { return };
    let mut network = line(Shape::vector(3), [Dense::new(4).into(), Relu, Dense::new(2).into()]);
    // The bias is below every sum of the calibration, so that the relu gives 0 alone.
    let bias = network.layout().get("dense1.bias").unwrap().range.clone();
    network.weights_mut()[bias].fill(-1000.0);
    let x = inputs(&network, 4);
    let quantized = Quantized::new(&network, &x).unwrap();
    let expected = network.predict(&x).unwrap();
    for (y, expected) in quantized.predict(&x).unwrap().iter().zip(expected) {
        assert!((y - expected).abs() < 1e-4, "{y} and not {expected}");
    }
    network.weights_mut().fill(0.0);
    let quantized = Quantized::new(&network, &[0.0; 6]).unwrap();
    assert_eq!(quantized.predict(&x).unwrap(), [0.0; 8]);
    run(compiler, "int8-zeros", &["-O1"], &[c::encode_int8(&quantized, "net0", &x[..9]).unwrap()]);
}

#[test]
fn inputs_outside_the_range_saturate() {
    let network = line(Shape::vector(1), [Dense::new(1).into()]);
    let quantized = Quantized::new(&network, &[-1.0, 2.0]).unwrap();
    let y = quantized.predict(&[-1.0, -5.0, f32::NEG_INFINITY, f32::NAN, 2.0, 9.0, f32::INFINITY]).unwrap();
    assert_eq!((y[0], y[0], y[0]), (y[1], y[2], y[3]));
    assert_eq!((y[4], y[4]), (y[5], y[6]));
}

#[test]
fn the_answer_about_a_sample_does_not_depend_on_others() {
    let network = &networks()[0];
    let (quantized, x) = (quantized(network).unwrap(), inputs(network, 9));
    let together = quantized.predict(&x).unwrap();
    let alone: Vec<f32> =
        x.chunks(network.input().size()).flat_map(|x| quantized.predict(x).unwrap()).collect();
    assert_eq!(together, alone);
}

#[test]
fn what_has_no_form_with_integers_is_refused_by_name() {
    let bilinear = Upsample::new(2).mode(UpsampleMode::Bilinear);
    let network = line(Shape::image(1, 3, 3), [bilinear.into(), Conv2d::new(1, 1).into()]);
    assert_eq!(
        quantized(&network).unwrap_err().to_string(),
        "the layer `upsample1` cannot be computed with integers of eight bits
  expected  layers with weights, norms, pooling, activations, concat, sum, product, pad, crop, nearest upsample, and softmax as the last layer
  got       upsample { scale = 2×2, mode = bilinear }
  try       another layer in its place, or --to c without --int8"
    );
    let network = line(Shape::vector(2), [Relu, Embedding::new(3, 2).into()]);
    assert_eq!(quantized(&network).unwrap_err().expected, "class numbers that are an input of the network");
    let network = line(Shape::vector(3), [Softmax::default().into(), Dense::new(2).into()]);
    let fault = quantized(&network).unwrap_err();
    assert_eq!((&fault.got[..], fault.what.contains("softmax1")), ("softmax", true));

    let mut graph = GraphSpec::new();
    let x = graph.input("x", Shape::vector(2));
    graph.product([x, x, x, x]);
    let fault = quantized(&graph.build::<f32>(0).unwrap()).unwrap_err();
    assert_eq!((&fault.expected[..], &fault.got[..]), ("a product of at most 3 values", "4 values"));

    let mut network = line(Shape::vector(70_000), [Dense::new(1).into()]);
    network.weights_mut().fill(1.0);
    let fault = Quantized::new(&network, &vec![1.0; 70_000]).unwrap_err();
    assert_eq!(fault.what, "the sums of the layer `dense1` may overflow");
}

#[test]
fn a_calibration_needs_whole_samples_of_finite_numbers() {
    let mut network = line(Shape::vector(2), [Dense::new(1).into()]);
    for (x, got) in [(&[][..], "none"), (&[1.0, 2.0, 3.0], "3 elements")] {
        assert_eq!(Quantized::new(&network, x).unwrap_err().got, got);
    }
    let quantized = Quantized::new(&network, &[1.0, 2.0]).unwrap();
    assert_eq!(quantized.predict(&[1.0]).unwrap_err().got, "1 elements");
    network.weights_mut().fill(f32::INFINITY);
    assert_eq!(Quantized::new(&network, &[1.0, 2.0]).unwrap_err().expected, "finite elements of `dense1`");
}
