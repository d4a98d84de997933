//! Models of Keras, run by Keras, and their weights.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::common::{Peer, inputs, single, trained};
use serde::Deserialize;
use toddle::{
    BatchNorm, Conv1d, Conv2d, ConvTranspose2d, Dense, Flatten, GlobalAvgPool, GraphSpec, GroupNorm,
    LayerNorm, MaxPool2d, Network, NetworkSpec, NumpyRandom, Padding, Prelu, Relu, Reshape, Shape, Softmax,
    Tanh,
};
use toddle_exchange::arrays::Array;
use toddle_exchange::keras;
use toddle_exchange::peer::{Difference, KERAS, Question};
use toddle_testkit::cases::cases;
use toddle_testkit::random;

/// Checks that Keras gives the outputs of `network` up to a part of `bound`, if it can leave. Returns whether it can.
fn check(peer: &mut Option<Peer>, network: &Network<f32>, bound: f32) -> bool {
    let Ok(module) = keras::encode(network, "test") else { return false };
    let Some(peer) = peer else { return true };
    let x = inputs(network, 3);
    let question = Question { file: &module.together(), network, outputs: Vec::new(), batch: None, x: &x };
    let answer = peer.ask(&question);
    let difference = Difference::of(&answer.y, &network.predict(&x).unwrap());
    assert!(difference.relative <= bound, "{difference:?}\n{}", module.source);
    true
}

#[test]
fn every_case_of_every_layer_is_the_same_in_keras() {
    let mut peer = Peer::python(KERAS);
    let mut refused = Vec::new();
    for case in cases() {
        let kind = case.spec.kind();
        // Keras has the variance of a group as the mean of squares less the square of the mean, which loses digits.
        let bound = if kind == "group_norm" { 1e-3 } else { 1e-5 };
        if !check(&mut peer, &trained(&single(case.spec, case.input), 1), bound) {
            refused.push(kind);
        }
    }
    assert_eq!(refused, ["conv_transpose2d"; 4]);
}

#[test]
fn random_graphs_are_the_same_in_keras() {
    let mut peer = Peer::python(KERAS);
    let mut random = NumpyRandom::new(2);
    for seed in 0..100 {
        assert!(check(&mut peer, &trained(&random::graph(&mut random), seed), 1e-5), "graph {seed}");
    }
}

fn small() -> NetworkSpec {
    NetworkSpec::new(Shape::image(1, 8, 8))
        .add(Conv2d::new(4, 3).padding(1))
        .add(Relu)
        .add(MaxPool2d::new(2))
        .add(Flatten)
        .add(Dense::new(3))
}

#[test]
fn the_source_is_for_people() {
    let source = keras::encode(&small().build(0).unwrap(), "small").unwrap().source;
    let build = source.split_once("def build").unwrap().1.split_once("\n\n\n").unwrap().0;
    assert_eq!(
        build,
        "() -> keras.Model:
    input = keras.Input((8, 8, 1), name=\"input\")
    conv1 = layers.Conv2D(4, 3, name=\"conv1\")(layers.ZeroPadding2D(((1, 1), (1, 1)))(input))  # 8, 8, 4
    relu1 = layers.Activation(\"relu\", name=\"relu1\")(conv1)  # 8, 8, 4
    pool1 = layers.MaxPooling2D(2, 2, name=\"pool1\")(relu1)  # 4, 4, 4
    flatten1 = layers.Flatten(name=\"flatten1\")(layers.Permute((3, 1, 2))(pool1))  # 64
    dense1 = layers.Dense(3, name=\"dense1\")(flatten1)  # 3
    return keras.Model(input, dense1, name=\"small\")"
    );
}

/// What Keras answered, and its weights as NumPy numbers them.
#[derive(Deserialize)]
struct Recorded {
    weights: Vec<Numbers>,
    x: Vec<f32>,
    y: Vec<f32>,
}

#[derive(Deserialize)]
struct Numbers {
    dims: Vec<usize>,
    values: Vec<f32>,
}

/// The network `name` of `foreign/make_keras.py`.
fn recorded(name: &str) -> (Vec<Array>, Recorded) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign/keras.json");
    let mut all: BTreeMap<String, Recorded> =
        serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let recorded = all.remove(name).unwrap();
    let array = |(n, Numbers { dims, values }): (usize, &Numbers)| Array {
        name: format!("arr_{n}"),
        dims: dims.clone(),
        values: values.clone(),
    };
    (recorded.weights.iter().enumerate().map(array).collect(), recorded)
}

/// Checks that the network of `spec` with the weights of Keras answers as Keras does.
fn answers_as_recorded(name: &str, spec: impl Into<GraphSpec>) {
    let (arrays, Recorded { x, y, .. }) = recorded(name);
    assert!(keras::is_of_keras(&arrays));
    let network = keras::decode(&spec.into(), arrays).unwrap();
    let difference = Difference::of(&network.predict(&x).unwrap(), &y);
    assert!(difference.relative <= 1e-5, "{name}: {difference:?}");
    assert_eq!((x.len(), y.len()), (2 * network.input().size(), 2 * network.output().size()), "{name}");
}

/// The norm of Keras with its own epsilon.
fn norm() -> BatchNorm {
    BatchNorm { epsilon: 1e-3, ..Default::default() }
}

#[test]
fn weights_behind_a_flatten_are_turned_up_to_the_next_dense_layer() {
    let layer_norm = LayerNorm { epsilon: 1e-3, ..Default::default() };
    let spec = NetworkSpec::new(Shape::image(4, 2, 3))
        .add(Flatten)
        .add(norm())
        .add(Prelu { per_channel: true, ..Default::default() })
        .add(layer_norm)
        .add(Dense::new(24))
        .add(norm())
        .add(Dense::new(24))
        .add(Dense::new(3))
        .add(Softmax::default());
    answers_as_recorded("vectors", spec);
    let images = NetworkSpec::new(Shape::image(4, 2, 3))
        .add(layer_norm)
        .add(Prelu { per_channel: true, ..Default::default() })
        .add(GlobalAvgPool);
    answers_as_recorded("images", images);
}

#[test]
fn weights_before_a_reshape_to_an_image_are_turned() {
    let spec = NetworkSpec::new(Shape::image(4, 3, 2))
        .add(Conv2d { padding: Padding::Same, ..Conv2d::new(3, 2) })
        .add(Flatten)
        .add(Dense::new(5))
        .add(Tanh)
        .add(Dense::new(24))
        .add(Prelu { per_channel: true, ..Default::default() })
        .add(Reshape { shape: Shape::image(4, 2, 3) })
        .add(ConvTranspose2d::new(2, 2));
    answers_as_recorded("decoder", spec);
}

#[test]
fn flattened_images_in_a_concatenation_are_turned() {
    let mut graph = GraphSpec::new();
    let x = graph.input("x", Shape::image(2, 2, 3));
    let a = graph.add(Conv2d::new(3, 2), x);
    let a = graph.add(Flatten, a);
    let b = graph.add(Flatten, x);
    let both = graph.concat([a, b]);
    graph.add(Dense::new(4), both);
    answers_as_recorded("branches", graph);
}

#[test]
fn a_convolution_over_a_sequence_comes_in() {
    let spec = NetworkSpec::new(Shape::image(3, 1, 8))
        .add(Conv1d::new(4, 3))
        .add(Relu)
        .add(Flatten)
        .add(Dense::new(2));
    answers_as_recorded("sequence", spec);
    let (mut arrays, _) = recorded("sequence");
    arrays[0].dims = vec![3, 4, 3];
    let spec = NetworkSpec::new(Shape::image(3, 1, 8)).add(Conv1d::new(4, 3)).into();
    assert_eq!(keras::decode(&spec, arrays).unwrap_err().got, "the shape [3, 4, 3]");
}

/// The weights of `network`, numbered.
fn numbered(network: &Network<f32>) -> Vec<Array> {
    let arrays = toddle_exchange::arrays::of(network).into_iter().enumerate();
    arrays.map(|(n, array)| Array { name: format!("arr_{n}"), ..array }).collect()
}

#[test]
fn another_order_that_no_dense_layer_can_undo_is_named() {
    let image = Shape::image(2, 2, 2);
    for (name, spec) in [
        ("flatten1", NetworkSpec::new(image).add(Conv2d::new(2, 1)).add(Flatten)),
        ("reshape1", NetworkSpec::new(Shape::vector(8)).add(Reshape { shape: image }).add(Conv2d::new(2, 1))),
        (
            "reshape1",
            NetworkSpec::new(image).add(Conv2d::new(2, 1)).add(Reshape { shape: Shape::image(4, 2, 1) }),
        ),
        ("norm1", NetworkSpec::new(image).add(Flatten).add(GroupNorm::new(2)).add(Dense::new(1))),
    ] {
        let network = trained(&spec.into(), 1);
        let error = keras::decode(network.spec(), numbered(&network)).unwrap_err();
        assert_eq!(error.what, format!("the elements of `{name}` have another order in Keras"));
    }
}

#[test]
fn weights_of_the_written_source_come_back_to_the_bit() {
    let mut random = NumpyRandom::new(3);
    let graphs = (0..100).map(|_| random::graph(&mut random));
    let layers = cases().into_iter().map(|case| single(case.spec, case.input));
    let mut come = 0;
    for graph in graphs.chain(layers) {
        let network = trained(&graph, 1);
        let (Ok(arrays), true) = (keras::arrays(&network), !network.layout().is_empty()) else { continue };
        assert!(keras::is_of_keras(&arrays));
        let back = keras::decode(network.spec(), arrays).unwrap();
        assert_eq!((back.weights(), back.state()), (network.weights(), network.state()));
        come += 1;
    }
    assert!(come > 100, "{come}");
}
