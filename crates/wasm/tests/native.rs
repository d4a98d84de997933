//! The session of a page without a server, without WebAssembly: what it opens, and that it trains as the command does.

use std::sync::Arc;

use serde_json::{Value, json};
use toddle::Machine;
use toddle_play::protocol::{Do, Open};
use toddle_play::{Ask, BuiltIn};
use toddle_wasm::Session;

/// The first digits of a half as two IDX files.
fn files(digits: &toddle_data::Dataset, count: usize) -> [Vec<u8>; 2] {
    let size = (count as u32).to_be_bytes();
    let images = [&[0, 0, 8, 3], &size[..], &28u32.to_be_bytes(), &28u32.to_be_bytes()].concat();
    let pixels = (0..count).flat_map(|i| digits.image(i).into_owned());
    let labels = digits.labels()[..count].iter().map(|&label| label as u8);
    let head = [&[0, 0, 8, 1], &size[..]].concat();
    [images.into_iter().chain(pixels).collect(), head.into_iter().chain(labels).collect()]
}

/// A page with 200 digits to train on, and 20 to test with.
fn page() -> Session {
    let mnist = toddle_data::mnist();
    let train = files(&mnist.train().expect("the set"), 200);
    let test = files(&mnist.test().expect("the set"), 20);
    Session::new(&train[0], &train[1], &test[0], &test[1]).expect("digits")
}

fn ask(session: &mut Session, ask: &Value) -> Value {
    serde_json::from_str(&session.handle(&ask.to_string())).expect("an answer is JSON")
}

#[test]
fn the_text_of_an_experiment_gives_the_same_weights_in_the_command() {
    for name in ["post", "lenet5", "keras-convnet", "xor"] {
        let mut page = page();
        ask(&mut page, &json!({ "ask": "open", "experiment": name }));
        ask(&mut page, &json!({ "ask": "change", "epochs": 1 }));
        let hello = ask(&mut page, &json!({ "ask": "hello" }));
        ask(&mut page, &json!({ "ask": "train", "do": "start" }));
        while page.train_slice(1000) {}
        let news: Value = serde_json::from_str(&page.news()).expect("JSON");
        assert_eq!(news["state"], "done", "{news}");

        let mut native = toddle_play::Session::new(Arc::new(BuiltIn), Machine::detect().unwrap());
        let toml = hello["open"]["toml"].as_str().map(str::to_owned);
        native.handle(Ask::Open(Open { toml, ..Open::default() })).unwrap();
        native.handle(Ask::Train { r#do: Do::Start }).unwrap();
        while native.train_slice(1000) {}
        assert_eq!(news["weights_sha256"], json!(native.news().weights_sha256), "{name}");
    }
}

#[test]
fn a_page_has_the_experiments_and_its_own_digits() {
    let mut page = page();
    let hello = ask(&mut page, &json!({ "ask": "hello" }));
    assert_eq!((&hello["open"]["kind"], &hello["runs"]), (&json!("points"), &json!([])));
    assert_eq!(hello["experiments"].as_array().map(Vec::len), Some(10));
    let hello = ask(&mut page, &json!({ "ask": "open", "experiment": "lenet5" }));
    assert_eq!(hello["open"]["halves"], json!({ "train": 200, "validation": 20, "test": 20 }));
    assert_eq!(hello["open"]["classes"], json!(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]));
    let duel = ask(&mut page, &json!({ "ask": "duel", "do": "start", "between": ["1-tanh", "2-tanh"] }));
    assert_eq!(duel["sides"].as_array().map(Vec::len), Some(2), "{duel}");
}

#[test]
fn what_a_page_cannot_do_has_an_error() {
    let mut page = page();
    let text = include_str!("../../../experiments/lenet5.toml");
    for data in ["set = \"kmnist\"", "csv = \"/etc/passwd\""] {
        let toml = text.replace("set = \"mnist\"", data);
        let answer = ask(&mut page, &json!({ "ask": "open", "toml": toml }));
        assert!(answer["error"]["what"].is_string() && answer["error"]["try"] != "", "{answer}");
    }
    for wrong in ["", "x", "{}", "{\"ask\": \"weights\", \"of\": 1}"] {
        let answer: Value = serde_json::from_str(&page.handle(wrong)).expect("JSON");
        assert_eq!(answer["error"]["what"], "this is no ask", "{answer}");
    }
    // A page that a web server answers instead of a file.
    assert!(Session::new(b"<html>", b"<html>", b"<html>", b"<html>").is_err());
}
