//! Models of Keras, run by Keras, and their weights.

mod common;

use common::{Peer, inputs, single, trained};
use toddle::{Conv2d, Dense, Flatten, MaxPool2d, Network, NetworkSpec, NumpyRandom, Relu, Shape};
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
    refused.dedup();
    assert_eq!(refused, ["conv_transpose2d"]);
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

#[test]
fn numbered_weights_come_in_with_their_axes_turned() {
    let network = trained(&small().into(), 3);
    let weights = toddle_exchange::arrays::of(&network);
    // As Keras has them: a dense layer takes the 4×4 places one after the other, with 4 channels each.
    let numbered = weights.iter().enumerate().map(|(n, array)| {
        let mut array = Array { name: format!("arr_{n}"), ..array.clone() };
        if array.dims == [64, 3] {
            let turned = (0..64).flat_map(|at| {
                let (place, channel) = (at / 4, at % 4);
                let row = channel * 16 + place;
                weights[2].values[row * 3..row * 3 + 3].to_vec()
            });
            array.values = turned.collect();
        }
        array
    });
    let numbered: Vec<Array> = numbered.collect();
    assert!(keras::is_of_keras(&numbered) && !keras::is_of_keras(&weights));
    let back = keras::decode(network.spec(), numbered).unwrap();
    assert_eq!(back.weights(), network.weights());
}
