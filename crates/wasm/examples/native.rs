//! A training of `tests/trainings.json` without WebAssembly: its weights, and the milliseconds of a step of the fastest of fifty
//! parts, as `tests/training.js` measures them.

use std::error::Error;
use std::time::Instant;

use serde_json::{Value, json};
use toddle_wasm::Session;

fn main() -> Result<(), Box<dyn Error>> {
    let name = std::env::args().nth(1).ok_or("the name of a training")?;
    let trainings: Value = serde_json::from_str(include_str!("../tests/trainings.json"))?;
    let training = &trainings[&name];
    let mut session = Session::default();
    let mut ask = |question: &Value, bytes: &[u8]| -> Result<Value, Box<dyn Error>> {
        let answer: Value = serde_json::from_str(&session.answer(&question.to_string(), bytes))?;
        answer["message"].as_str().map_or(Ok(answer.clone()), |message| Err(message.into()))
    };
    let samples = training["samples"].as_u64().ok_or("a number of samples")?;
    let digits = toddle_data::mnist().train()?.first(samples as usize)?;
    let pixels = digits.inputs::<f64>().into_iter().map(|part| (part * 255.0).round() as u8);
    let labels = digits.labels().iter().map(|label| *label as u8);
    let images: Vec<u8> = pixels.chain(labels).collect();

    ask(&training["begin"], &images)?;
    let count = training["steps"].as_u64().ok_or("a number of steps")? / 50;
    let mut milliseconds = f64::INFINITY;
    for _ in 0..50 {
        let start = Instant::now();
        ask(&json!({ "ask": "steps", "count": count }), &[])?;
        milliseconds = milliseconds.min(start.elapsed().as_secs_f64() * 1e3 / count as f64);
    }
    let weights = ask(&json!({ "ask": "weights" }), &[])?;
    println!("{}", json!({ "milliseconds": milliseconds, "sha256": weights["sha256"] }));
    Ok(())
}
