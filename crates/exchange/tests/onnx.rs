//! ONNX files, against the checker of the `onnx` package and against onnxruntime.

mod common;

use common::{Peer, Same, inputs, single, trained};
use toddle::checkpoint::About;
use toddle::{ConvTranspose2d, Dense, GraphSpec, LayerSpec, Network, NetworkSpec, NumpyRandom, Shape};
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
        if is_too_wide(&case.spec) {
            let network = trained(&single(case.spec, case.input), 1);
            let error = onnx::encode(&network, &About::default(), &Export::default()).unwrap_err();
            assert_eq!(error.expected, "an output padding that is less than the stride");
            continue;
        }
        check(&mut peer, &trained(&single(case.spec, case.input), 1), &Export::default());
    }
}

/// Whether onnxruntime does not take the output padding of a layer.
fn is_too_wide(layer: &LayerSpec) -> bool {
    let LayerSpec::ConvTranspose2d(ConvTranspose2d { stride, output_padding, .. }) = layer else {
        return false;
    };
    output_padding.0 >= stride.0 || output_padding.1 >= stride.1
}

#[test]
fn random_graphs_are_the_same_in_onnxruntime() {
    let mut peer = Peer::python(ONNXRUNTIME);
    let mut random = NumpyRandom::new(2);
    for seed in 0..500 {
        let batch = [None, None, Some(2)][seed as usize % 3];
        check(&mut peer, &trained(&random::graph(&mut random), seed), &Export { batch });
    }
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
    let network = spec.build::<f32>(0).unwrap();
    let error = onnx::encode(&network, &About::default(), &Export::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the layer `same1` cannot be written to an ONNX file
  expected  layers that ONNX has operators for
  got       same
  try       another layer in its place, or leaving it out"
    );
}
