//! Sessions for tests, and what they are asked.
#![allow(dead_code)]

use std::sync::Arc;

use toddle::Machine;
use toddle_play::protocol::{Do, News, Open, PointSet, PointSettings};
use toddle_play::{Answer, Ask, BuiltIn, Fault, Session};

pub fn session() -> Session {
    Session::new(Arc::new(BuiltIn), Machine::detect().unwrap().threads(1))
}

pub fn opened(open: Open) -> Session {
    let mut session = session();
    session.handle(Ask::Open(open)).unwrap();
    session
}

/// An ask in JSON, as pages write it.
pub fn ask(session: &mut Session, json: &str) -> Result<Answer, Fault> {
    session.handle(serde_json::from_str(json).unwrap())
}

pub fn news(session: &mut Session, r#do: Do) -> News {
    match session.handle(Ask::Train { r#do }).unwrap() {
        Answer::News(news) => news,
        other => panic!("{other:?}"),
    }
}

pub fn run(session: &mut Session, steps: usize) -> News {
    while session.train_slice(steps) {}
    session.news()
}

/// A small part of LeNet-5's experiment, with a changing order and changed samples.
pub fn small() -> String {
    let text = include_str!("../../../../../experiments/lenet5.toml");
    let text = text.replace("set = \"mnist\"", "set = \"mnist\"\nfirst = 300\nvalidation = { samples = 60 }");
    let text = text.replace("[network]", "[augment]\nshift = 1.5\n\n[network]");
    text.replace("epochs = 10", "epochs = 3\nkeep_best = true")
}

pub fn of_text(text: &str) -> Open {
    Open { toml: Some(text.into()), ..Open::default() }
}

pub fn of_points(set: PointSet) -> Open {
    let points = PointSettings { set, noise: 0.0, count: 200, ..PointSettings::default() };
    Open { points: Some(points), ..Open::default() }
}
