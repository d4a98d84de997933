//! Changes of a training: what they keep, and that a change which is not possible changes nothing.

use crate::common::{ask, news, of_points, of_text, opened, run, small};
use toddle_play::protocol::{Change, Do, News, PointSet, State};
use toddle_play::{Answer, Ask, Session};

fn changed(session: &mut Session, json: &str) -> (Vec<String>, Vec<String>, News) {
    let change = serde_json::from_str(json).unwrap();
    match session.handle(Ask::Change(change)).unwrap() {
        Answer::Changed { kept, lost, .. } => (kept, lost, session.news()),
        other => panic!("{other:?}"),
    }
}

/// The names and the elements of all weights.
fn weights(session: &mut Session) -> Vec<(String, Vec<f64>)> {
    let Answer::Network(network) = ask(session, r#"{ "ask": "network" }"#).unwrap() else { panic!("nodes") };
    let names = network.nodes.into_iter().flat_map(|node| node.parameters).map(|parameter| parameter.name);
    let of = |name: String| match session.handle(Ask::Weights { parameter: name.clone() }).unwrap() {
        Answer::Weights { values, .. } => (name, values.numbers().unwrap()),
        other => panic!("{other:?}"),
    };
    names.map(of).collect()
}

#[test]
fn a_change_says_what_it_keeps() {
    let mut session = opened(of_points(PointSet::Circle));
    news(&mut session, Do::Epoch);
    let before = run(&mut session, 100);
    let weights = |session: &mut Session| {
        ask(session, r#"{ "ask": "weights", "parameter": "dense1.weight" }"#).unwrap()
    };
    let old = weights(&mut session);
    let mut changed = |change: Change| match session.handle(Ask::Change(change)).unwrap() {
        Answer::Changed { kept, lost, .. } => (kept.join(", "), lost.join(", "), session.news()),
        other => panic!("{other:?}"),
    };
    let (_, lost, news) = changed(Change { rate: Some(0.01), ..Change::default() });
    assert_eq!((lost.as_str(), news.step, news.curves), ("", before.step, before.curves.clone()));
    assert!((news.rate - 0.01).abs() < 1e-15);
    let (_, lost, news) = changed(Change { epochs: Some(3), ..Change::default() });
    assert_eq!((lost.as_str(), news.epochs, news.epoch), ("", 3, 1));
    let (kept, lost, news) = changed(Change { batch: Some(7), ..Change::default() });
    assert_eq!((lost.as_str(), news.steps_per_epoch), ("the place in the epoch", 15));
    assert_eq!(news.curves, before.curves, "a curve over epochs is the same with other batches");
    assert_eq!(news.curves.places.last(), Some(&1.0));
    assert!(kept.contains("the weights"));
    let optimizer = serde_json::from_str(r#"{ "kind": "sgd", "rate": 0.05 }"#).unwrap();
    let (_, lost, _) = changed(Change { optimizer: Some(optimizer), ..Change::default() });
    assert_eq!(lost, "the state of the optimizer");
    assert_eq!(weights(&mut session), old, "the weights stay");

    let layers = r#"[{ "kind": "dense", "outputs": 8 }, "relu", { "kind": "dense", "outputs": 2 }]"#;
    let layers = serde_json::from_str(layers).unwrap();
    let Answer::Changed { kept, .. } =
        session.handle(Ask::Change(Change { layers: Some(layers), ..Change::default() })).unwrap()
    else {
        panic!("changed")
    };
    assert_eq!(kept, ["the weights of `dense1`"]);
    assert_eq!(weights(&mut session), old, "a layer of the same name and shape keeps its weights");
    crate::common::news(&mut session, Do::Start);
    assert_eq!(run(&mut session, 10).state, State::Done);

    // A change that is not possible changes nothing.
    let layers = serde_json::from_str(r#"[{ "kind": "conv2d", "filters": 8, "kernel": 3 }]"#).unwrap();
    let before = session.news();
    let fault =
        session.handle(Ask::Change(Change { layers: Some(layers), ..Change::default() })).unwrap_err();
    assert_eq!(fault.place.unwrap().layer, Some(1), "{fault}");
    assert!(session.handle(Ask::Change(Change { batch: Some(0), ..Change::default() })).is_err());
    assert!(session.handle(Ask::Change(Change { rate: Some(-1.0), ..Change::default() })).is_err());
    assert_eq!(session.news(), before);
}

#[test]
fn a_training_that_runs_goes_on_after_a_change() {
    let mut session = opened(of_text(&small()));
    news(&mut session, Do::Start);
    session.train_slice(2);
    let before = session.news();
    assert_eq!((before.state, before.step), (State::Running, 2));
    for json in
        [r#"{ "epochs": 4 }"#, r#"{ "rate": 0.02 }"#, r#"{ "optimizer": { "kind": "adam", "rate": 0.001 } }"#]
    {
        let (_, _, news) = changed(&mut session, json);
        assert_eq!(news.state, State::Running, "{json}");
        assert_eq!((news.step, news.loss, news.step_loss), (2, before.loss, before.step_loss), "{json}");
        assert_eq!(news.curves, before.curves, "{json}");
    }
    let (_, _, news) = changed(&mut session, r#"{ "batch": 32 }"#);
    assert_eq!((news.state, news.seen, news.loss), (State::Running, 0, None));
    let done = run(&mut session, 100);
    assert_eq!((done.state, done.epoch), (State::Done, 4));
}

#[test]
fn a_rate_belongs_to_its_optimizer() {
    let mut session = opened(of_points(PointSet::Circle));
    let optimizer = r#"{ "optimizer": { "kind": "sgd", "rate": 0.05 } }"#;
    assert_eq!(changed(&mut session, optimizer).2.rate, 0.05);
    assert!((changed(&mut session, r#"{ "rate": 0.01 }"#).2.rate - 0.01).abs() < 1e-17);
    // The batch has no rate of its own.
    assert!((changed(&mut session, r#"{ "batch": 20 }"#).2.rate - 0.01).abs() < 1e-17);
    let adam = r#"{ "optimizer": { "kind": "adam", "rate": 0.01 } }"#;
    assert_eq!(changed(&mut session, adam).2.rate, 0.01);
    // Both at once: the rate of the ask is that of the next step.
    let both = r#"{ "optimizer": { "kind": "sgd", "rate": 0.5 }, "rate": 0.125 }"#;
    assert_eq!(changed(&mut session, both).2.rate, 0.125);
    for rate in [0.0, 0.25, 0.0, 1.0] {
        assert_eq!(changed(&mut session, &format!(r#"{{ "rate": {rate} }}"#)).2.rate, rate);
    }
    news(&mut session, Do::Step);
    assert_eq!(session.news().state, State::Paused, "the weights are numbers");
}

#[test]
fn a_training_that_is_done_stays_done_or_goes_on() {
    let mut session = opened(of_text(&small()));
    news(&mut session, Do::Start);
    let done = run(&mut session, 100);
    let (best, worst) = (weights(&mut session), r#"{ "ask": "worst", "half": "train", "most": 3 }"#);
    let samples = ask(&mut session, worst).unwrap();
    for json in [r#"{ "batch": 32 }"#, r#"{ "optimizer": { "kind": "sgd", "rate": 0.5 } }"#] {
        let (_, _, news) = changed(&mut session, json);
        assert_eq!((news.state, &news.weights_sha256), (State::Done, &done.weights_sha256), "{json}");
        assert_eq!(weights(&mut session), best, "{json}");
        assert_eq!(ask(&mut session, worst).unwrap(), samples, "{json}");
    }
    // With more epochs it goes on from its last step, as a training of so many epochs does.
    let schedule = "schedule = { kind = \"cosine_decay\", per = \"step\" }";
    let three = small().replace(schedule, "");
    let four = three.replace("epochs = 3", "epochs = 4");
    let mut whole = opened(of_text(&four));
    news(&mut whole, Do::Start);
    let expected = run(&mut whole, 100).weights_sha256;
    let mut session = opened(of_text(&three));
    news(&mut session, Do::Start);
    let done = run(&mut session, 100);
    ask(&mut session, worst).unwrap();
    let (_, _, paused) = changed(&mut session, r#"{ "epochs": 4 }"#);
    assert_eq!((paused.state, paused.weights_sha256), (State::Paused, None));
    assert!(paused.moment > done.moment, "a page asks again for what it shows of the weights");
    news(&mut session, Do::Start);
    assert_eq!(run(&mut session, 100).weights_sha256, expected);
}

#[test]
fn a_change_that_fails_in_one_part_changes_nothing() {
    let mut session = opened(of_text(&small()));
    news(&mut session, Do::Start);
    session.train_slice(2);
    let layers = r#""layers": ["flatten", { "kind": "dense", "outputs": 10 }]"#;
    for json in [
        format!(r#"{{ "ask": "change", {layers}, "batch": 0 }}"#),
        format!(r#"{{ "ask": "change", {layers}, "rate": -1 }}"#),
        format!(r#"{{ "ask": "change", {layers}, "optimizer": {{ "kind": "sgd", "rate": -1 }} }}"#),
        r#"{ "ask": "change", "epochs": 20, "rate": -1 }"#.into(),
        r#"{ "ask": "change", "batch": 32, "rate": 1e300, "optimizer": { "kind": "sgd", "rate": 1e-300 } }"#
            .into(),
        r#"{ "ask": "change", "rate": -1 }"#.into(),
    ] {
        let all = |session: &mut Session| {
            (ask(session, r#"{ "ask": "hello" }"#).unwrap(), session.news(), weights(session))
        };
        let before = all(&mut session);
        assert!(ask(&mut session, &json).is_err(), "{json}");
        assert_eq!(all(&mut session), before, "{json}");
    }
    assert_eq!(session.news().state, State::Running);
}

#[test]
fn what_is_lost_is_said_once() {
    let mut session = opened(of_points(PointSet::Circle));
    let json = r#"{ "layers": [{ "kind": "dense", "outputs": 2 }], "batch": 7, "epochs": 9, "rate": 0.25,
        "optimizer": { "kind": "sgd", "rate": 0.5 } }"#;
    let (kept, lost, news) = changed(&mut session, json);
    assert_eq!(lost, ["the weights of the other layers", "the state of the optimizer", "the curves"]);
    assert_eq!(kept, [""; 0]);
    assert_eq!((news.state, news.epochs, news.rate, news.steps_per_epoch), (State::New, 9, 0.25, 15));
}
