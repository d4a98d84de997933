//! C99: compiled by the system's compiler without a warning, and run. The answers must have toddle's bits.

use crate::common::compiled::{compiler, native, run};
use crate::common::{inputs, single, trained};
use toddle::{Conv2d, Network, NumpyRandom, Residual, Shape};
use toddle_exchange::{Source, c};
use toddle_testkit::cases::cases;
use toddle_testkit::random;

fn source(n: usize, network: &Network<f32>) -> Source {
    c::encode(network, &format!("net{n}"), &inputs(network, 3)).unwrap()
}

#[test]
fn every_case_of_every_layer_has_the_same_bits() {
    let Some(compiler) = compiler() else { return };
    let sources: Vec<Source> = cases()
        .into_iter()
        .enumerate()
        .map(|(n, case)| source(n, &trained(&single(case.spec, case.input), 1)))
        .collect();
    run(compiler, "cases", &["-O1", native()], &sources);
}

#[test]
fn random_graphs_have_the_same_bits() {
    let Some(compiler) = compiler() else { return };
    let mut random = NumpyRandom::new(2);
    let sources: Vec<Source> =
        (0..100).map(|n| source(n, &trained(&random::graph(&mut random), n as u32))).collect();
    run(compiler, "graphs", &["-O1"], &sources);
    run(compiler, "graphs-native", &["-O3", native()], &sources[..25]);
}

#[test]
fn a_fast_convolution_is_written_as_a_plain_one() {
    let layer = |fast| Residual::new().add(Conv2d::new(2, 3).padding(1).fast(fast)).into();
    let [fast, plain] =
        [true, false].map(|fast| source(0, &trained(&single(layer(fast), Shape::image(2, 4, 4)), 0)));
    assert_eq!((fast.is_plain, plain.is_plain), (true, false));
    assert_eq!(fast.text, plain.text);
}

#[test]
fn a_layer_that_c_does_not_have_is_refused_by_name() {
    crate::common::is_refused_by_name("C", c::encode);
}
