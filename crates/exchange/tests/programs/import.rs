//! Networks from ONNX files: those that toddle wrote, and those of other programs.

use crate::common::{inputs, sequences, single, trained};
use toddle::checkpoint::About;
use toddle::{
    GraphSpec, GroupNorm, LayerNorm, LayerSpec, Network, NumpyRandom, Pad, PadMode, Scaling, Shape, Softplus,
    Upsample, UpsampleMode,
};
use toddle_exchange::onnx::{self, Export};
use toddle_exchange::peer::Difference;
use toddle_exchange::{ExchangeError, Imported};
use toddle_testkit::cases::cases;
use toddle_testkit::numbers::{below, same_bits};
use toddle_testkit::random;

fn decode(file: &[u8]) -> Result<Imported, ExchangeError> {
    onnx::decode(file.to_vec(), &mut |_| Err(std::io::ErrorKind::NotFound.into()))
}

/// `file` with each `old` replaced by `new`, which is as long.
fn replaced(file: &[u8], old: &str, new: &str) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let mut file = file.to_vec();
    for at in 0..file.len().saturating_sub(old.len()) {
        if file[at..].starts_with(old.as_bytes()) {
            file[at..at + old.len()].copy_from_slice(new.as_bytes());
        }
    }
    file
}

/// The file of a network, without the metadata from which toddle reads the network that it wrote.
fn foreign(network: &Network<f32>, export: &Export) -> Vec<u8> {
    replaced(&onnx::encode(network, &About::default(), export).unwrap(), "toddle.spec", "another.one")
}

/// Whether a layer comes back with other roundings: the epsilon of a file is an `f32`, and ONNX has no beta.
fn is_rounded(network: &Network<f32>) -> bool {
    let rounded = |layer| {
        matches!(layer, LayerSpec::BatchNorm(_))
            || matches!(layer, LayerSpec::Softplus(Softplus { beta }) if beta != 1.0)
    };
    network.nodes().iter().any(|node| node.layer().is_some_and(|layer| rounded(layer.spec())))
}

/// Checks that the operators of `network` are read as layers that compute the same.
fn check_operators(network: &Network<f32>, export: &Export) {
    let Imported { network: read, notes, .. } =
        decode(&foreign(network, export)).unwrap_or_else(|fault| panic!("{:?}\n{fault}", network.spec()));
    assert_eq!(notes, [""; 0]);
    let x = inputs(network, 3);
    let (y, expected) = (read.predict(&x).unwrap(), network.predict(&x).unwrap());
    if is_rounded(network) {
        let difference = Difference::of(&y, &expected);
        assert!(difference.relative <= 1e-5, "{difference:?} in {:?}", network.spec());
    } else {
        same_bits("y", &y, &expected).unwrap_or_else(|fault| panic!("{:?}\n{fault}", network.spec()));
    }
}

#[test]
fn what_toddle_wrote_is_read_as_it_was() {
    let about = About {
        scaling: Scaling { divisor: 255.0, mean: vec![0.1], deviation: vec![0.3] },
        classes: vec!["cat".into(), "dog".into()],
        seed: Some(3),
        ..About::default()
    };
    let mut random = NumpyRandom::new(2);
    for seed in 0..500 {
        let network = trained(&random::graph(&mut random), seed);
        let export = Export { batch: [None, Some(4)][seed as usize % 2], ..Export::default() };
        let Imported { network: read, about: said, notes } =
            decode(&onnx::encode(&network, &about, &export).unwrap()).unwrap();
        assert_eq!((read.spec(), said, notes), (network.spec(), about.clone(), Vec::new()));
        same_bits("weights", read.weights(), network.weights()).unwrap();
        same_bits("state", read.state(), network.state()).unwrap();
    }
}

#[test]
fn operators_of_every_case_are_read_as_layers() {
    for case in cases() {
        // ONNX does not say how a convolution is computed.
        let layer = match case.spec {
            LayerSpec::Conv2d(conv) => conv.fast(false).into(),
            other => other,
        };
        let network = trained(&single(layer, case.input), 1);
        if onnx::encode(&network, &About::default(), &Export::default()).is_ok() {
            check_operators(&network, &Export::default());
        }
    }
}

#[test]
fn operators_of_random_graphs_are_read_as_layers() {
    let mut random = NumpyRandom::new(7);
    for seed in 0..500 {
        check_operators(
            &trained(&random::graph(&mut random), seed),
            &Export { batch: [None, Some(3)][seed as usize % 2], ..Export::default() },
        );
    }
}

#[test]
fn sequences_come_back() {
    for (seed, spec) in sequences().iter().enumerate() {
        let network = trained(spec, seed as u32);
        check_operators(&network, &Export::default());
        let file = onnx::encode(&network, &About::default(), &Export::default()).unwrap();
        let read = decode(&file).unwrap();
        assert_eq!((read.network.spec(), read.notes), (network.spec(), Vec::new()));
    }
}

#[test]
fn a_file_that_was_changed_is_read_by_its_operators() {
    let network = trained(&single(LayerSpec::Tanh, Shape::vector(3)), 0);
    let file = onnx::encode(&network, &About::default(), &Export::default()).unwrap();
    let Imported { network, notes, .. } = decode(&replaced(&file, "Tanh", "Relu")).unwrap();
    assert_eq!(notes, ["the file was changed since toddle wrote it: it is read by its operators"]);
    assert_eq!(network.predict(&[-1.0, 0.5, 2.0]).unwrap(), [0.0, 0.5, 2.0]);
}

#[test]
fn other_types_of_floats_are_noted() {
    let network = trained(&single(LayerSpec::Tanh, Shape::vector(3)), 0);
    let mut file = foreign(&network, &Export::default());
    // The type follows the name of the input: FLOAT is 1, and FLOAT16 is 10.
    let port = b"\x0a\x05input\x12";
    let at = file.windows(port.len()).position(|bytes| bytes == port).unwrap();
    let kind = file[at..].windows(2).position(|bytes| bytes == [0x08, 1]).unwrap();
    file[at + kind + 1] = 10;
    let notes = decode(&file).unwrap().notes;
    assert_eq!(notes, ["the file computes with the type FLOAT16, and toddle computes with 32 bits"]);
}

#[test]
fn what_is_not_known_is_named() {
    let network = trained(&single(LayerSpec::Tanh, Shape::vector(3)), 0);
    let file = foreign(&network, &Export::default());
    assert_eq!(
        decode(&replaced(&file, "Tanh", "Cosh")).unwrap_err().to_string(),
        "the node `tanh1` (Cosh) cannot be read
  expected  an operator that toddle has a layer for
  got       Cosh
  try       leaving it out, or other operators in its place, in the program that made the file"
    );
    // The first name in the file is that of the node's input.
    let at = file.windows(5).position(|bytes| bytes == b"input").unwrap();
    let other = [&file[..at], b"other", &file[at + 5..]].concat();
    assert_eq!(
        decode(&other).unwrap_err().to_string(),
        "the node `tanh1` (Tanh) cannot be read
  expected  inputs that nodes before it make
  got       `other`, which none of them makes
  try       leaving it out, or other operators in its place, in the program that made the file"
    );
}

#[test]
fn settings_that_toddle_does_not_have_are_refused() {
    let nearest = "nearest or linear elements, as toddle has them";
    for (layer, old, new, expected) in [
        // ⌊(o + ½)/2 − ½⌋ is not ⌊o/2⌋.
        (LayerSpec::from(Upsample::new(2)), "asymmetric", "half_pixel", nearest),
        (Upsample::new(2).mode(UpsampleMode::Bilinear).into(), "half_pixel", "asymmetric", nearest),
        (Pad::new(1).mode(PadMode::Reflect).into(), "reflect", "mirrors", "a mode of ONNX"),
        (LayerNorm::default().into(), "axis", "bxis", "a norm over all elements of a sample"),
        (
            GroupNorm::new(1).into(),
            "InstanceNormalization",
            "InstanceNormalisation",
            "an operator that toddle has a layer for",
        ),
    ] {
        let network = trained(&single(layer, Shape::image(2, 3, 4)), 0);
        let file = foreign(&network, &Export::default());
        assert_eq!(decode(&replaced(&file, old, new)).unwrap_err().expected, expected);
    }
}

#[test]
fn damaged_files_are_errors_and_no_panics() {
    let mut random = NumpyRandom::new(11);
    let mut graphs: Vec<GraphSpec> = (0..20).map(|_| random::graph(&mut random)).collect();
    graphs.extend(cases().into_iter().step_by(9).map(|case| single(case.spec, case.input)));
    for (seed, graph) in graphs.iter().enumerate() {
        let network = trained(graph, seed as u32);
        let Ok(file) = onnx::encode(&network, &About::default(), &Export::default()) else { continue };
        for file in [foreign(&network, &Export::default()), file] {
            for _ in 0..100 {
                let mut damaged = file.clone();
                for _ in 0..1 + below(&mut random, 4) {
                    let at = below(&mut random, damaged.len());
                    damaged[at] = below(&mut random, 256) as u8;
                }
                if below(&mut random, 8) == 0 {
                    damaged.truncate(below(&mut random, damaged.len()));
                }
                let _ = decode(&damaged);
            }
        }
    }
}
