//! ONNX files, against the checker of the `onnx` package and against onnxruntime.

use crate::common::{Peer, Same, inputs, sequences, single, trained};
use toddle::checkpoint::About;
use toddle::{
    AdaptiveAvgPool2d, AdaptiveMaxPool2d, AvgPool2d, Conv1d, Conv2d, ConvTranspose2d, Dense, Embedding,
    Flatten, GraphSpec, LayerSpec, MaxPool2d, Network, NetworkSpec, NumpyRandom, Scaling, Shape, Softmax,
};
use toddle_exchange::ExchangeError;
use toddle_exchange::onnx::{self, Export};
use toddle_exchange::peer::{Difference, ONNXRUNTIME, Question};
use toddle_testkit::cases::cases;
use toddle_testkit::random;

/// The largest relative difference of the outputs of two programs.
const BOUND: f32 = 1e-5;

/// The number of samples of a question.
const SAMPLES: usize = 3;

/// Checks that onnxruntime gives the outputs of `network`.
fn check(peer: &mut Option<Peer>, network: &Network<f32>, export: &Export) {
    let file = onnx::encode(network, &About::default(), export).unwrap();
    let Some(peer) = peer else { return };
    let x = inputs(network, export.batch.unwrap_or(SAMPLES) * 2);
    let question =
        Question { file: &file, network, outputs: onnx::output_names(network), batch: export.batch, x: &x };
    let answer = peer.ask(&question);
    let difference = Difference::of(&answer.y, &network.predict(&x).unwrap());
    assert!(difference.relative <= BOUND, "{difference:?} in {:?}", network.spec());
}

#[test]
fn every_case_of_every_layer_is_the_same_in_onnxruntime() {
    let mut peer = Peer::python(ONNXRUNTIME);
    for case in cases() {
        let network = trained(&single(case.spec.clone(), case.input), 1);
        match refused(&case.spec, case.input) {
            None => check(&mut peer, &network, &Export::default()),
            Some(expected) => assert_eq!(error(&network).expected, expected),
        }
    }
}

/// What a layer would have to be instead, if ONNX or onnxruntime does not have it.
fn refused(layer: &LayerSpec, input: Shape) -> Option<&'static str> {
    match (layer, input) {
        (LayerSpec::ConvTranspose2d(ConvTranspose2d { stride, output_padding, .. }), _) => {
            let is_too_wide = output_padding.0 >= stride.0 || output_padding.1 >= stride.1;
            is_too_wide.then_some("an output padding that is less than the stride")
        }
        (
            LayerSpec::AdaptiveAvgPool2d(AdaptiveAvgPool2d { output })
            | LayerSpec::AdaptiveMaxPool2d(AdaptiveMaxPool2d { output }),
            Shape::Image { height, width, .. },
        ) => {
            let is_even = height % output.0 == 0 && width % output.1 == 0;
            (!is_even).then_some("an output that divides the rows and columns of its input")
        }
        _ => None,
    }
}

/// The error that a network cannot be written.
fn error(network: &Network<f32>) -> ExchangeError {
    onnx::encode(network, &About::default(), &Export::default()).unwrap_err()
}

#[test]
fn class_numbers_that_a_layer_makes_are_refused() {
    let spec = NetworkSpec::new(Shape::vector(2)).add(LayerSpec::Relu).add(Embedding::new(3, 4));
    let expected = "class numbers that are an input of the network";
    assert_eq!(error(&spec.build(0).unwrap()).expected, expected);
}

#[test]
fn random_graphs_are_the_same_in_onnxruntime() {
    let mut peer = Peer::python(ONNXRUNTIME);
    let mut random = NumpyRandom::new(2);
    for seed in 0..500 {
        let batch = [None, None, Some(2)][seed as usize % 3];
        check(&mut peer, &trained(&random::graph(&mut random), seed), &Export { batch, ..Export::default() });
    }
}

#[test]
fn sequences_are_the_same_in_onnxruntime() {
    let mut peer = Peer::python(ONNXRUNTIME);
    for (seed, spec) in sequences().iter().enumerate() {
        check(&mut peer, &trained(spec, seed as u32), &Export::default());
    }
}

#[test]
fn windows_that_begin_in_the_padding_are_left_out() {
    let mut peer = Peer::python(ONNXRUNTIME);
    let image = Shape::image(2, 4, 4);
    let windows = MaxPool2d::new(2).stride(3).padding(1).ceil_mode(true);
    let means = AvgPool2d::new(2).stride(3).padding(1).ceil_mode(true);
    for layer in [LayerSpec::from(windows), means.count_padding(false).into()] {
        check(&mut peer, &trained(&single(layer, image), 0), &Export::default());
    }
    let counted = trained(&single(means.count_padding(true).into(), image), 0);
    assert!(error(&counted).expected.starts_with("windows that do not count the padding"));
}

#[test]
fn outputs_and_layers_may_have_each_others_names() {
    let mut peer = Peer::python(ONNXRUNTIME);
    let mut graph = GraphSpec::new();
    let x = graph.input("x", Shape::vector(2));
    let one = graph.add(Dense::new(3), x);
    let one = graph.name(one, "one");
    let two = graph.add(Dense::new(3), one);
    let two = graph.name(two, "two");
    graph.output("two", one);
    graph.output("one", two);
    graph.output("x", x);
    check(&mut peer, &trained(&graph, 0), &Export::default());
}

#[test]
fn a_layer_that_onnx_does_not_have_is_refused_by_name() {
    let spec = NetworkSpec::new(Shape::vector(2)).add(LayerSpec::Tanh).add(Same);
    assert_eq!(
        error(&spec.build(0).unwrap()).to_string(),
        "the layer `same1` cannot be written to an ONNX file
  expected  layers that ONNX has operators for
  got       same
  try       another layer in its place, or leaving it out"
    );
}

/// Bytes for a network, and what it says about them after the scaling.
#[test]
fn bytes_go_in_and_probabilities_come_out() {
    let mut peer = Peer::python(ONNXRUNTIME);
    let logits =
        NetworkSpec::new(Shape::image(1, 3, 4)).add(Conv2d::new(2, 2)).add(Flatten).add(Dense::new(3));
    let ends =
        NetworkSpec::new(Shape::image(2, 3, 4)).add(Flatten).add(Dense::new(3)).add(Softmax::default());
    let wave = NetworkSpec::new(Shape::image(2, 1, 6)).add(Conv1d::new(3, 2)).add(Flatten).add(Dense::new(3));
    let trace =
        NetworkSpec::new(Shape::image(1, 1, 6)).add(Conv1d::new(3, 2)).add(Flatten).add(Dense::new(3));
    let yes_or_no = NetworkSpec::new(Shape::vector(2)).add(Dense::new(1));
    let scaling = |mean: &[f32], deviation: &[f32]| Scaling {
        divisor: 255.0,
        mean: mean.into(),
        deviation: deviation.into(),
    };
    for (spec, scaling) in [
        (logits, scaling(&[0.13], &[0.31])),
        (ends, scaling(&[0.4, 0.5], &[0.2, 0.3])),
        (wave, scaling(&[0.4, 0.5], &[0.2, 0.3])),
        (trace, scaling(&[0.13], &[0.31])),
        (yes_or_no, scaling(&[], &[])),
    ] {
        let network = trained(&spec.into(), 4);
        let about = About { scaling: scaling.clone(), ..About::default() };
        let export = Export { batch: None, preparation: true };
        let file = onnx::encode(&network, &about, &export).unwrap();
        let back = onnx::decode(file.clone(), &mut |_| Err(std::io::ErrorKind::NotFound.into())).unwrap();
        assert_eq!((back.network.spec(), back.about.scaling), (network.spec(), scaling.clone()));
        let Some(peer) = &mut peer else { continue };
        let size = network.input().size();
        let x: Vec<f32> = (0..5 * size).map(|n| (n * 97 % 256) as f32).collect();
        let question = Question {
            file: &file,
            network: &network,
            outputs: onnx::output_names(&network),
            batch: None,
            x: &x,
        };
        let answer = peer.ask(&question);
        let mut prepared = x.clone();
        prepared.chunks_mut(size).for_each(|sample| scaling.apply(sample));
        let mut expected = network.predict(&prepared).unwrap();
        let last = network.nodes().last().unwrap().layer().unwrap().spec();
        let width = network.output().size();
        for y in expected.chunks_mut(width).filter(|_| matches!(last, LayerSpec::Dense(_))) {
            // A sigmoid is the softmax of 0 and its argument.
            let sum = y.iter().map(|y| y.exp()).sum::<f32>() + if width == 1 { 1.0 } else { 0.0 };
            y.iter_mut().for_each(|y| *y = y.exp() / sum);
        }
        let difference = Difference::of(&answer.y, &expected);
        assert!(difference.relative <= 1e-5, "{difference:?}");
    }
}
