//! ONNX files that other programs wrote: PyTorch's two exporters, and skl2onnx. `foreign/make.py` made them, and recorded
//! what onnxruntime answers.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use toddle::Shape;
use toddle_exchange::peer::Difference;
use toddle_exchange::{Imported, onnx};

/// What onnxruntime answered.
#[derive(Deserialize)]
struct Recorded {
    x: Vec<f32>,
    y: Vec<f32>,
}

/// The network in a file of the folder, and its answers.
fn read(name: &str) -> (Imported, Recorded) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign");
    let file = fs::read(folder.join(format!("{name}.onnx"))).unwrap();
    let recorded = fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
    let imported = onnx::decode(file, &mut |_| Err(std::io::ErrorKind::NotFound.into()));
    (imported.unwrap_or_else(|fault| panic!("{name}: {fault}")), serde_json::from_str(&recorded).unwrap())
}

#[test]
fn networks_of_other_programs_answer_as_recorded() {
    let networks =
        ["autoencoder", "lenet", "mobilenet", "resized", "resnet", "scaled", "text", "twice", "unet", "view"];
    let of_torch = networks.iter().flat_map(|name| [format!("torchscript-{name}"), format!("dynamo-{name}")]);
    let of_sklearn = ["classes", "numbers", "words", "yes"].map(|name| format!("sklearn-{name}"));
    for name in of_torch.chain(of_sklearn) {
        let (Imported { network, .. }, Recorded { x, y }) = read(&name);
        let difference = Difference::of(&network.predict(&x).unwrap(), &y);
        assert!(difference.relative <= 1e-5, "{name}: {difference:?}");
        assert_eq!(x.len(), 2 * network.input().size(), "{name}");
        assert_eq!(y.len(), 2 * network.output().size(), "{name}");
    }
}

#[test]
fn steps_with_their_channels_last_are_turned() {
    for name in ["torchscript-sequence", "dynamo-sequence"] {
        let (Imported { network, notes, .. }, Recorded { x, y }) = read(name);
        let Shape::Image { channels, height: 1, width } = network.input() else { panic!("{name}") };
        let [note] = &notes[..] else { panic!("{name}: {notes:?}") };
        assert!(note.ends_with("come last in the file, and first in toddle: 3×1×24"), "{note}");
        let at = |sample: usize, channel: usize, step: usize| x[(sample * width + step) * channels + channel];
        let samples = (0..2).flat_map(|sample| (0..channels).map(move |channel| (sample, channel)));
        let turned: Vec<f32> = samples
            .flat_map(|(sample, channel)| (0..width).map(move |step| at(sample, channel, step)))
            .collect();
        let difference = Difference::of(&network.predict(&turned).unwrap(), &y);
        assert!(difference.relative <= 1e-5, "{name}: {difference:?}");
    }
}

#[test]
fn layers_are_called_as_in_pytorch() {
    let (Imported { network, notes, .. }, _) = read("torchscript-unet");
    let names: Vec<&str> = network.layout().params().iter().map(|param| &*param.name).collect();
    assert_eq!(names.len(), 8);
    for name in ["down1.weight", "down2.bias", "up.weight", "end.bias"] {
        assert!(names.contains(&name), "{names:?}");
    }
    assert_eq!(notes, [""; 0]);
}

#[test]
fn outputs_that_are_no_floats_are_left_out() {
    let (Imported { network, notes, .. }, _) = read("sklearn-classes");
    assert_eq!(network.outputs().len(), 1);
    assert_eq!(notes, ["the output `label` is left out: its elements are no floats"]);
}
