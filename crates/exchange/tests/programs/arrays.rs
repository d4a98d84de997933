//! Weights as named arrays, and back onto a network.

use crate::common::{single, trained};
use toddle::{BatchNorm, Conv2d, Dense, Flatten, NetworkSpec, NumpyRandom, Relu, Shape};
use toddle_exchange::arrays::{self, Array};
use toddle_testkit::cases::cases;
use toddle_testkit::numbers::same_bits;
use toddle_testkit::random;

fn array(name: &str, dims: &[usize]) -> Array {
    let size: usize = dims.iter().product();
    Array { name: name.into(), dims: dims.into(), values: (0..size).map(|n| n as f32).collect() }
}

#[test]
fn arrays_have_the_names_and_shapes_of_the_page() {
    let spec = NetworkSpec::new(Shape::image(1, 4, 4))
        .add(Conv2d::new(2, 3))
        .add(BatchNorm::default())
        .add(Flatten)
        .add(Dense::new(3));
    let arrays = arrays::of(&spec.build(0).unwrap());
    let shapes: Vec<(&str, &[usize])> = arrays.iter().map(|array| (&*array.name, &*array.dims)).collect();
    let expected: [(&str, &[usize]); 8] = [
        ("conv1.weight", &[3, 3, 1, 2]),
        ("conv1.bias", &[2]),
        ("norm1.weight", &[2]),
        ("norm1.bias", &[2]),
        ("dense1.weight", &[8, 3]),
        ("dense1.bias", &[3]),
        ("norm1.running_mean", &[2]),
        ("norm1.running_var", &[2]),
    ];
    assert_eq!(shapes, expected);
}

#[test]
fn arrays_come_back_to_the_bit() {
    let mut random = NumpyRandom::new(3);
    let graphs = (0..100).map(|_| random::graph(&mut random));
    let layers = cases().into_iter().map(|case| single(case.spec, case.input));
    for graph in graphs.chain(layers) {
        let network = trained(&graph, 1);
        let back = arrays::onto(network.spec(), &arrays::of(&network)).unwrap();
        same_bits("weights", back.weights(), network.weights()).unwrap();
        same_bits("state", back.state(), network.state()).unwrap();
    }
}

#[test]
fn only_files_of_toddle_have_its_mark() {
    let file = arrays::safetensors(&[array("dense1.bias", &[2])]);
    assert!(arrays::is_own(&file));
    let other = safetensors::serialize::<&str, safetensors::tensor::TensorView<'_>, _>([], None).unwrap();
    assert!(!arrays::is_own(&other));
}

#[test]
fn arrays_that_do_not_fit_are_named() {
    let spec = NetworkSpec::new(Shape::vector(3)).add(Dense::new(2)).add(Relu).into();
    let error = |arrays: &[Array]| arrays::onto(&spec, arrays).unwrap_err();
    let (weight, bias) = (array("dense1.weight", &[3, 2]), array("dense1.bias", &[2]));
    assert_eq!(error(std::slice::from_ref(&weight)).got, "6");
    assert_eq!(error(&[array("dense1.weight", &[2, 3]), bias.clone()]).got, "the shape [2, 3]");
    assert_eq!(
        error(&[array("weight", &[3, 2]), bias.clone()]).got,
        "no such array among dense1.bias, weight"
    );
    let norm =
        NetworkSpec::new(Shape::vector(3)).add(BatchNorm { affine: false, ..Default::default() }).into();
    let alone = arrays::onto(&norm, &[array("norm1.running_mean", &[3])]).unwrap_err();
    assert_eq!(alone.got, "no such array among the other arrays");
    assert_eq!(error(&[weight.clone(), bias.clone(), array("more", &[1])]).got, "also `more`");
    let infinite = Array { values: vec![0.0, f32::INFINITY], ..bias };
    assert_eq!(error(&[weight, infinite]).expected, "finite numbers in `dense1.bias`");
    let variance = Array { values: vec![1.0, 0.5, -0.5], ..array("norm1.running_var", &[3]) };
    let negative = arrays::onto(&norm, &[array("norm1.running_mean", &[3]), variance]).unwrap_err();
    assert_eq!(
        (&negative.expected[..], &negative.got[..]),
        ("variances of 0 or more in `norm1.running_var`", "-0.5")
    );
}
