//! Files that Keras wrote. `foreign/make_keras_files.py` made them, and recorded what Keras answers.

use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};
use toddle::LayerSpec;
use toddle_exchange::peer::Difference;
use toddle_exchange::{ExchangeError, Imported, keras};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// What Keras answered.
#[derive(Deserialize)]
struct Recorded {
    x: Vec<f32>,
    y: Vec<f32>,
}

const NAMES: [&str; 8] = ["autoencoder", "lenet", "mlp", "mobile", "resnet", "several", "text", "unet"];

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/foreign/keras-{name}"))
}

/// The bytes of a recorded file.
fn bytes(name: &str) -> Vec<u8> {
    fs::read(path(name).with_extension("keras")).unwrap()
}

fn read(name: &str) -> Imported {
    keras::import(bytes(name)).unwrap_or_else(|fault| panic!("{name}: {fault}"))
}

/// A recorded file whose member `name` is what `change` makes of it.
fn changed(file: &[u8], name: &str, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    let mut old = ZipArchive::new(Cursor::new(file)).unwrap();
    let mut new = ZipWriter::new(Cursor::new(Vec::new()));
    let mut change = Some(change);
    for n in 0..old.len() {
        let mut member = old.by_index(n).unwrap();
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).unwrap();
        let called = member.name().unwrap().into_owned();
        if called == name {
            bytes = (change.take().unwrap())(bytes);
        }
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        new.start_file(called, options).unwrap();
        new.write_all(&bytes).unwrap();
    }
    new.finish().unwrap().into_inner()
}

/// What comes of a recorded file with another description of its model.
fn with_config(name: &str, change: impl FnOnce(&mut Value)) -> Result<Imported, ExchangeError> {
    keras::import(changed(&bytes(name), "config.json", |text| {
        let mut config = serde_json::from_slice(&text).unwrap();
        change(&mut config);
        serde_json::to_vec(&config).unwrap()
    }))
}

/// The layer `name` of a model.
fn layer<'c>(config: &'c mut Value, name: &str) -> &'c mut Value {
    let layers = config["config"]["layers"].as_array_mut().unwrap();
    layers.iter_mut().find(|layer| layer["config"]["name"] == name).unwrap()
}

#[test]
fn models_of_keras_answer_as_recorded() {
    for name in NAMES {
        let Imported { network, notes, .. } = read(name);
        let recorded = fs::read_to_string(path(name).with_extension("json")).unwrap();
        let Recorded { x, y } = serde_json::from_str(&recorded).unwrap();
        assert_eq!((x.len(), y.len()), (2 * network.input().size(), 2 * network.output().size()), "{name}");
        let difference = Difference::of(&network.predict(&x).unwrap(), &y);
        assert!(difference.relative <= 1e-5, "{name}: {difference:?}");
        assert_eq!(notes, [""; 0], "{name}");
    }
}

#[test]
fn layers_are_called_as_in_keras() {
    let network = read("unet").network;
    let names: Vec<&str> = network.layout().params().iter().map(|param| &*param.name).collect();
    for name in ["down1.weight", "up1.bias", "conv2d.weight"] {
        assert!(names.contains(&name), "{names:?}");
    }
    assert_eq!(network.inputs()[0].name, "scan");
}

#[test]
fn inputs_and_outputs_keep_their_order_and_names() {
    let network = read("several").network;
    let inputs: Vec<&str> = network.inputs().iter().map(|input| &*input.name).collect();
    let outputs: Vec<&str> = network.outputs().iter().map(|output| &*output.name).collect();
    assert_eq!((inputs, outputs), (vec!["right", "left"], vec!["first", "second"]));
}

#[test]
fn layers_that_are_called_twice_share_their_weights() {
    let network = read("several").network;
    let shared = network.spec().layers.iter().filter(|placed| matches!(placed.layer, LayerSpec::Shared(_)));
    // The layer `both`, and the convolution in the model `tower`.
    assert_eq!(shared.count(), 2);
    assert_eq!(network.layout().params().iter().filter(|param| param.name.ends_with(".weight")).count(), 4);
}

#[test]
fn weights_in_packed_pieces_are_read() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/keras/packed.keras");
    let network = keras::import(fs::read(file).unwrap()).unwrap().network;
    assert_eq!(network.weights(), [1.0; 8]);
}

#[test]
fn what_is_not_known_is_named() {
    let error = with_config("mlp", |config| layer(config, "wide")["class_name"] = json!("LSTM")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the layer `wide` (LSTM) cannot be read
  expected  a layer that toddle has
  got       LSTM
  try       another layer in its place, or leaving it out, in the program that made the file"
    );
    // Each change makes the file one that toddle must not guess at. The error says what was expected.
    type Change = fn(&mut Value);
    let changes: [(&str, Change, &str); 12] = [
        ("wide", |wide| wide["config"]["activation"] = json!("celu"), "an activation that toddle has"),
        ("wide", |wide| wide["config"]["units"] = json!(-1), "a size as units"),
        ("wide", |wide| wide["config"]["sparsity"] = json!(0.5), "settings that toddle knows"),
        ("wide", |wide| wide["config"]["dtype"] = json!("int8"), "dtype = float32"),
        ("wide", |wide| wide["config"]["units"] = json!(7), "`wide.weight` of shape [6, 7]"),
        ("wide", |wide| wide["module"] = json!("mine"), "a layer of Keras"),
        ("wide", |wide| wide["config"]["use_bias"] = json!(false), "1 arrays"),
        ("flower", |input| input["config"]["batch_shape"] = json!([null, null]), "sizes that are known"),
        (
            "flower",
            |input| input["config"]["batch_shape"] = json!([null, 1 << 30, 1 << 30]),
            "sizes that are known",
        ),
        ("flower", |input| input["class_name"] = json!("Dense"), "an input layer"),
        ("layer_normalization", |norm| norm["config"]["rms_scaling"] = json!(true), "rms_scaling = false"),
        (
            "dropout",
            |dropout| dropout["config"]["noise_shape"] = json!([1]),
            "elements that are dropped one by one",
        ),
    ];
    for (name, change, expected) in changes {
        let error = with_config("mlp", |config| change(layer(config, name))).unwrap_err();
        assert!(error.expected.starts_with(expected), "{name}: {error}");
    }
}

#[test]
fn a_flattened_image_without_a_dense_layer_is_refused() {
    let error = with_config("lenet", |config| {
        let layers = config["config"]["layers"].as_array_mut().unwrap();
        let flatten = layers.iter().position(|layer| layer["class_name"] == "Flatten").unwrap();
        layers.truncate(flatten + 1);
    });
    assert_eq!(error.unwrap_err().what, "the elements of `flatten` have another order in Keras");
}

#[test]
fn channels_at_the_first_axis_are_refused() {
    for name in ["lenet", "mobile", "unet"] {
        let model = bytes(name);
        let config = changed(&model, "config.json", |config| {
            String::from_utf8(config).unwrap().replace("channels_last", "channels_first").into_bytes()
        });
        let error = keras::import(config).unwrap_err();
        assert_eq!(
            (&*error.expected, &*error.got),
            ("data_format = \"channels_last\"", "\"channels_first\""),
            "{name}"
        );
    }
}

#[test]
fn precision_of_sixteen_bits_is_noted() {
    let mixed = json!({ "class_name": "DTypePolicy", "config": { "name": "mixed_float16" } });
    let imported = with_config("mlp", |config| layer(config, "wide")["config"]["dtype"] = mixed).unwrap();
    assert_eq!(
        imported.notes,
        ["Keras computes layers with the type mixed_float16, and toddle computes with 32 bits"]
    );
}

/// A call of a layer of a functional model: what it takes.
fn called(names: &[&str]) -> Value {
    let tensor =
        |name| json!({ "class_name": "__keras_tensor__", "config": { "keras_history": [name, 0, 0] } });
    let tensors: Vec<Value> = names.iter().map(tensor).collect();
    json!([{ "args": [tensors], "kwargs": {} }])
}

fn functional(name: &str, layers: Vec<Value>, input: &str, output: &str) -> Value {
    json!({
        "class_name": "Functional", "module": "keras", "name": name, "registered_name": "Functional",
        "config": {
            "name": name, "layers": layers, "input_layers": [[input, 0, 0]], "output_layers": [[output, 0, 0]],
        },
    })
}

fn input(name: &str) -> Value {
    let config = json!({ "name": name, "batch_shape": [null, 4] });
    json!({ "class_name": "InputLayer", "module": "keras.layers", "name": name, "config": config, "inbound_nodes": [] })
}

fn sum(name: &str, from: &[&str]) -> Value {
    json!({
        "class_name": "Add", "module": "keras.layers", "name": name, "config": {}, "inbound_nodes": called(from),
    })
}

#[test]
fn circles_are_refused() {
    let layers = vec![input("x"), sum("a", &["x", "b"]), sum("b", &["a", "x"])];
    let error = with_config("mlp", |config| *config = functional("loop", layers, "x", "b")).unwrap_err();
    assert_eq!(error.expected, "layers without a circle");
}

#[test]
fn models_that_call_models_that_call_models_are_limited() {
    let mut model = functional("m0", vec![input("x"), sum("y", &["x", "x"])], "x", "y");
    for depth in 1..20 {
        let name = format!("m{depth}");
        let mut inner = model;
        let inner_name = inner["name"].as_str().unwrap().to_owned();
        let twice = json!([called(&["x"])[0], called(&["x"])[0]]);
        inner["inbound_nodes"] = twice;
        let tensor = |n| json!({ "class_name": "__keras_tensor__", "config": { "keras_history": [inner_name, n, 0] } });
        let mut both = sum("y", &[]);
        both["inbound_nodes"] = json!([{ "args": [[tensor(0), tensor(1)]], "kwargs": {} }]);
        model = functional(&name, vec![input("x"), inner, both], "x", "y");
    }
    let error = with_config("mlp", |config| *config = model).unwrap_err();
    assert!(error.expected.starts_with("fewer layers"), "{error}");
}

#[test]
fn descriptions_that_are_too_deep_or_too_long_are_refused() {
    let deep = |text: &str| changed(&bytes("mlp"), "config.json", |_| text.as_bytes().to_vec());
    for text in ["[".repeat(100_000), "{\"a\":".repeat(30_000), format!("[{}0]", "{},".repeat(40_000))] {
        let error = keras::import(deep(&text)).unwrap_err();
        assert_eq!(error.what, "the file of Keras cannot be read", "{error}");
    }
    let long = deep(&format!("[{}]", " ".repeat(2 << 20)));
    assert_eq!(keras::import(long).unwrap_err().expected, "at most 1048576 bytes in config.json");
}

#[test]
fn files_of_other_versions_are_refused() {
    let old = changed(&bytes("mlp"), "metadata.json", |_| br#"{ "keras_version": "2.15.0" }"#.to_vec());
    assert_eq!(keras::import(old).unwrap_err().got, "one of Keras 2.15.0");
    let empty = changed(&bytes("mlp"), "model.weights.h5", |_| Vec::new());
    assert_eq!(keras::import(empty).unwrap_err().expected, "an HDF5 file");
    assert_eq!(keras::import(Vec::new()).unwrap_err().what, "the file of Keras cannot be read");
}
