//! A training of `tests/trainings.json` without WebAssembly: its weights, and the milliseconds of a step of the fastest of fifty
//! parts, as `tests/training.js` measures them.

use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};
use toddle::Machine;
use toddle_play::protocol::{Do, Open};
use toddle_play::{Ask, BuiltIn, Session, Shelf};

fn main() -> Result<(), Box<dyn Error>> {
    let name = std::env::args().nth(1).ok_or("the name of a training")?;
    let trainings: Value = serde_json::from_str(include_str!("../tests/trainings.json"))?;
    let training = &trainings[&name];
    let number = |key: &str| training[key].as_u64().ok_or("a number").map(|number| number as usize);
    let mut experiment =
        BuiltIn.experiment(training["open"]["experiment"].as_str().ok_or("an experiment")?)?;
    experiment.data.first = Some(number("images")?);
    experiment.train.fit.epochs = 1;

    let mut session = Session::new(Arc::new(BuiltIn), Machine::detect()?.threads(1));
    session.handle(Ask::Open(Open { toml: Some(experiment.to_toml()), ..Open::default() }))?;
    session.handle(Ask::Train { r#do: Do::Start })?;
    let count = number("steps")? / 50;
    let mut milliseconds = f64::INFINITY;
    for _ in 0..50 {
        let start = Instant::now();
        session.train_slice(count);
        milliseconds = milliseconds.min(start.elapsed().as_secs_f64() * 1e3 / count as f64);
    }
    println!("{}", json!({ "milliseconds": milliseconds, "sha256": session.news().weights_sha256 }));
    Ok(())
}
