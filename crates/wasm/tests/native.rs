//! The session of a page trains as the library does.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use toddle::{Fit, Float, GraphSpec};
use toddle_wasm::Session;

const TRAININGS: &str = include_str!("trainings.json");

/// The first digits, as bytes with their labels behind.
fn images(count: usize) -> Vec<u8> {
    let digits = toddle_data::mnist().train().expect("the set").first(count).expect("digits");
    let pixels = digits.inputs::<f64>().into_iter().map(|part| (part * 255.0).round() as u8);
    pixels.chain(digits.labels().iter().map(|label| *label as u8)).collect()
}

fn ask(session: &mut Session, question: &Value, bytes: &[u8]) -> Value {
    serde_json::from_str(&session.answer(&question.to_string(), bytes)).expect("an answer is JSON")
}

/// One epoch of 256 digits, by the session and by the library.
fn same_weights<T: Float + From<f32>>(name: &str) {
    let trainings: Value = serde_json::from_str(TRAININGS).expect("JSON");
    let mut begin = trainings[name]["begin"].clone();
    begin["fit"]["epochs"] = 1.into();
    let mut session = Session::default();
    ask(&mut session, &begin, &images(256));
    let end = ask(&mut session, &json!({ "ask": "steps", "count": 1000 }), &[]);
    assert_eq!(end["done"], true, "{end}");
    let ours = ask(&mut session, &json!({ "ask": "weights" }), &[]);

    let spec: GraphSpec = serde_json::from_value(begin["network"].clone()).expect("a network");
    let fit: Fit = serde_json::from_value(begin["fit"].clone()).expect("settings");
    let digits = toddle_data::mnist().train().expect("the set").first(256).expect("digits");
    let mut network = spec.build::<T>(0).expect("it fits");
    network.fit(&digits.inputs(), &digits.one_hot(), &fit).expect("finite numbers");
    assert_eq!(ours["sha256"], sha256(network.weights()));
}

fn sha256<T: Float>(weights: &[T]) -> String {
    let mut bytes = Vec::new();
    weights.iter().for_each(|weight| weight.write_le(&mut bytes));
    Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_post_has_the_weights_of_the_library() {
    same_weights::<f64>("post");
}

#[test]
fn lenet5_has_the_weights_of_the_library() {
    same_weights::<f32>("lenet5");
}

#[test]
fn what_is_no_question_has_a_fault() {
    let mut session = Session::default();
    assert_eq!(ask(&mut session, &json!({ "ask": "weights" }), &[])["answer"], "fault");
    for question in ["", "x", "{}", "{\"ask\": \"weights\", \"of\": 1}"] {
        let answer: Value = serde_json::from_str(&session.answer(question, &[])).expect("JSON");
        assert_eq!(answer["answer"], "fault", "{answer}");
    }
    let trainings: Value = serde_json::from_str(TRAININGS).expect("JSON");
    let answer = ask(&mut session, &trainings["post"]["begin"], &[0; 100]);
    assert!(answer["message"].as_str().is_some_and(|message| message.contains("100 bytes")), "{answer}");
    let answer = ask(&mut session, &trainings["post"]["begin"], &[255; 785]);
    assert!(answer["message"].as_str().is_some_and(|message| message.contains("255")), "{answer}");
}
