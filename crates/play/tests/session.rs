//! A session as a page uses it: what it opens, what a training and its changes do, and what it refuses.

use std::sync::Arc;

use toddle::{Fit, Machine, Nobody, Samples, Trainer};
use toddle_data::{Augment, Augmented};
use toddle_play::protocol::{
    Change, Do, Duel, DuelDo, Feature, Half, Input, News, Open, PointSet, PointSettings, State,
};
use toddle_play::{Answer, Ask, BuiltIn, Fault, Session};
use toddle_run::digest::sha256;
use toddle_run::experiment::Experiment;

fn session() -> Session {
    Session::new(Arc::new(BuiltIn), Machine::detect().unwrap().threads(1))
}

fn opened(open: Open) -> Session {
    let mut session = session();
    session.handle(Ask::Open(open)).unwrap();
    session
}

/// An ask in JSON, as pages write it.
fn ask(session: &mut Session, json: &str) -> Result<Answer, Fault> {
    session.handle(serde_json::from_str(json).unwrap())
}

fn news(session: &mut Session, r#do: Do) -> News {
    match session.handle(Ask::Train { r#do }).unwrap() {
        Answer::News(news) => news,
        other => panic!("{other:?}"),
    }
}

fn run(session: &mut Session, steps: usize) -> News {
    while session.train_slice(steps) {}
    session.news()
}

/// A small part of LeNet-5's experiment, with a changing order and changed samples.
fn small() -> String {
    let text = include_str!("../../../experiments/lenet5.toml");
    let text = text.replace("set = \"mnist\"", "set = \"mnist\"\nfirst = 300\nvalidation = { samples = 60 }");
    let text = text.replace("[network]", "[augment]\nshift = 1.5\n\n[network]");
    text.replace("epochs = 10", "epochs = 3\nkeep_best = true")
}

fn of_text(text: &str) -> Open {
    Open { toml: Some(text.into()), ..Open::default() }
}

fn of_points(set: PointSet) -> Open {
    let points = PointSettings { set, noise: 0.0, count: 200, ..PointSettings::default() };
    Open { points: Some(points), ..Open::default() }
}

#[test]
fn a_training_in_slices_has_the_weights_of_a_training_in_one_go() {
    let mut experiment = Experiment::parse("lenet5".as_ref(), &small(), &[]).unwrap();
    let parts = experiment.parts().unwrap();
    let (mut network, _) = experiment.start::<f32>(parts.train.shape()).unwrap();
    let fit: Fit = experiment.fit(Machine::detect().unwrap());
    let samples = Augmented::new(&parts.train, &experiment.augment, 0).unwrap();
    let validation = Augmented::new(parts.validation.as_ref().unwrap(), &Augment::default(), 0).unwrap();
    let validation: &dyn Samples<f32> = &validation;
    let mut trainer = Trainer::new(&network, &fit, parts.train.len()).unwrap();
    trainer.run(&mut network, &samples, Some(validation), &mut Nobody).unwrap();
    trainer.finish(&mut network);
    let expected = sha256(network.weights());

    for steps in [1, 2, 3] {
        let mut session = opened(of_text(&small()));
        // Looking at the network between two slices changes nothing.
        news(&mut session, Do::Start);
        session.train_slice(steps);
        ask(&mut session, r#"{ "ask": "trace", "input": { "half": "train", "index": 3 } }"#).unwrap();
        ask(&mut session, r#"{ "ask": "confusion" }"#).unwrap();
        ask(&mut session, r#"{ "ask": "histograms" }"#).unwrap();
        assert_eq!(news(&mut session, Do::Pause).state, State::Paused);
        news(&mut session, Do::Epoch);
        assert_eq!(run(&mut session, steps).epoch, 1);
        news(&mut session, Do::Step);
        news(&mut session, Do::Start);
        let done = run(&mut session, steps);
        assert_eq!(done.state, State::Done);
        assert_eq!(done.weights_sha256.as_ref(), Some(&expected), "slices of {steps} steps");
        assert_eq!(done.curves.epochs.len(), 3);
        // And the same again from the first weights.
        assert_eq!(news(&mut session, Do::Reset).state, State::New);
        news(&mut session, Do::Start);
        assert_eq!(run(&mut session, steps).weights_sha256.as_ref(), Some(&expected));
    }
}

#[test]
fn a_drawing_is_prepared_as_the_digits_were() {
    let mut session = opened(of_text(&small()));
    news(&mut session, Do::Start);
    run(&mut session, 1000);
    // A test digit, drawn ten times as large on white paper.
    let Answer::Sample(digit) =
        ask(&mut session, r#"{ "ask": "sample", "half": "test", "index": 0 }"#).unwrap()
    else {
        panic!("a sample")
    };
    let small = digit.picture.unwrap().numbers().unwrap();
    let large = (0..280 * 280).map(|i| small[i / 280 / 10 * 28 + i % 280 / 10] as u8).collect();
    let drawn = toddle_play::protocol::Array::of_bytes(vec![280, 280], large);
    let input = Input::Drawn { drawn };
    let Answer::Trace(traced) = session.handle(Ask::Trace { input, nodes: None }).unwrap() else {
        panic!("a trace")
    };
    assert_eq!(traced.values.len(), 13);
    assert!(!traced.done.is_empty(), "it was scaled and centred");
    let near: f64 =
        traced.picture.unwrap().numbers().unwrap().iter().zip(&small).map(|(a, b)| (a - b).abs()).sum();
    assert!(near / (28.0 * 28.0) < 20.0, "the picture is near the digit: {near}");
    let said = traced.said.unwrap();
    assert!((said.probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-6);
    assert_eq!(said.probability, said.probabilities[said.class]);

    let blank = toddle_play::protocol::Array::of_bytes(vec![280, 280], vec![0; 280 * 280]);
    let input = Input::Drawn { drawn: blank };
    assert!(session.handle(Ask::Trace { input, nodes: None }).is_err(), "there is nothing to see");
}

#[test]
fn points_are_learned_and_shown() {
    for set in [PointSet::Circle, PointSet::Xor, PointSet::Gauss, PointSet::Spiral] {
        let mut session = opened(Open { epochs: Some(200), ..of_points(set) });
        news(&mut session, Do::Start);
        let news = run(&mut session, 100);
        let last = news.curves.epochs.last().unwrap();
        assert!(last.accuracy.unwrap() > 0.95, "{set:?}: {last:?}");
        let Answer::Boundary { values, .. } =
            ask(&mut session, r#"{ "ask": "boundary", "columns": 9, "rows": 7 }"#).unwrap()
        else {
            panic!("a boundary")
        };
        let values = values.numbers().unwrap();
        assert_eq!(values.len(), 63);
        assert!(values.iter().any(|p| *p < 0.1) && values.iter().any(|p| *p > 0.9), "{set:?}: {values:?}");
        let Answer::Points { train, train_labels, .. } = ask(&mut session, r#"{ "ask": "points" }"#).unwrap()
        else {
            panic!("points")
        };
        assert_eq!((train.shape, train_labels.len()), (vec![100, 2], 100));
    }
    // The first row is that of y = 1, and the last column that of x = 1: the class of xor there is 0.
    let mut session = opened(Open {
        points: Some(PointSettings {
            features: vec![Feature::Xy],
            ..of_points(PointSet::Xor).points.unwrap()
        }),
        layers: Some(vec![serde_json::json!({ "kind": "dense", "outputs": 2 })]),
        epochs: Some(100),
        ..Open::default()
    });
    news(&mut session, Do::Start);
    run(&mut session, 100);
    let Answer::Boundary { values, .. } =
        ask(&mut session, r#"{ "ask": "boundary", "columns": 2, "rows": 2 }"#).unwrap()
    else {
        panic!("a boundary")
    };
    let [top_left, top_right, bottom_left, _] = values.numbers().unwrap()[..] else { panic!("four places") };
    assert!(top_left > 0.9 && top_right < 0.1 && bottom_left < 0.1);
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
    news_of_a_whole_training(&mut session);

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

fn news_of_a_whole_training(session: &mut Session) {
    news(session, Do::Start);
    assert_eq!(run(session, 10).state, State::Done);
}

#[test]
fn classes_that_were_confused_lead_to_their_samples() {
    let mut session = opened(of_text(&small()));
    news(&mut session, Do::Epoch);
    run(&mut session, 100);
    let Answer::Confusion(confusion) =
        ask(&mut session, r#"{ "ask": "confusion", "half": "validation" }"#).unwrap()
    else {
        panic!("a confusion")
    };
    assert_eq!(confusion.rows.iter().flatten().sum::<u64>(), 60);
    for (truth, row) in confusion.rows.iter().enumerate() {
        for (said, &count) in row.iter().enumerate() {
            let cell = Ask::Cell { half: Some(Half::Validation), truth, said, most: 100 };
            let Answer::Samples { of, samples, .. } = session.handle(cell).unwrap() else {
                panic!("samples")
            };
            assert_eq!((of as u64, samples.len() as u64), (count, count));
            assert!(
                samples.iter().all(|shown| shown.truth == Some(truth as u32) && shown.said == Some(said))
            );
        }
    }
    let Answer::Samples { of, samples, .. } =
        ask(&mut session, r#"{ "ask": "worst", "half": "validation", "most": 5 }"#).unwrap()
    else {
        panic!("samples")
    };
    assert_eq!((of, samples.len()), (60, 5));
    assert!(samples.windows(2).all(|pair| pair[0].loss >= pair[1].loss));
}

#[test]
fn a_network_says_why() {
    let mut session = opened(of_text(&small()));
    news(&mut session, Do::Start);
    run(&mut session, 100);
    let input = r#"{ "half": "test", "index": 0 }"#;
    let Answer::Trace(traced) =
        ask(&mut session, &format!(r#"{{ "ask": "trace", "input": {input} }}"#)).unwrap()
    else {
        panic!("a trace")
    };
    let said = traced.said.unwrap().class;
    let mut why =
        |by: &str| match ask(&mut session, &format!(r#"{{ "ask": "why", "input": {input}, "by": "{by}" }}"#))
        {
            Ok(Answer::Why { class, score, sum, baseline, parts, .. }) => {
                assert_eq!((class, &parts.shape[..]), (said, &[1, 28, 28][..]), "{by}");
                (score, sum, baseline, parts.numbers().unwrap())
            }
            other => panic!("{other:?}"),
        };
    let (score, sum, baseline, parts) = why("integrated");
    let (sum, baseline) = (sum.unwrap(), baseline.unwrap());
    assert!((sum - parts.iter().sum::<f64>()).abs() < 1e-9);
    assert!((sum - (score - baseline)).abs() < 0.05 * score.abs(), "{sum}, {score}, {baseline}");
    assert_eq!((why("gradient").0, why("occlusion").0), (score, score));

    let mut ask = |json: String| ask(&mut session, &json).unwrap();
    let Answer::Nudge { found, was, is, changed, .. } =
        ask(format!(r#"{{ "ask": "nudge", "input": {input} }}"#))
    else {
        panic!("a nudge")
    };
    assert!(found && was == said && is != Some(said) && changed.is_some());
    let near = r#"{ "ask": "nearest", "input": { "half": "train", "index": 5 }, "most": 3 }"#;
    let Answer::Nearest { of, samples, .. } = ask(near.into()) else { panic!("the nearest") };
    assert_eq!((of, samples.len()), (240, 3));
    assert_eq!((samples[0].shown.index, samples[0].distance), (5, 0.0), "a sample is nearest to itself");
    let map = r#"{ "ask": "map", "half": "train", "count": 50, "input": { "half": "train", "index": 0 } }"#;
    let Answer::Map { points, indices, here, .. } = ask(map.into()) else { panic!("a map") };
    let first = &points.numbers().unwrap()[..2];
    assert_eq!((points.shape.clone(), indices.len()), (vec![50, 2], 50));
    assert!(here.unwrap().iter().zip(first).all(|(here, there)| (here - there).abs() < 1e-4));
    let Answer::Excite { before, after, units, .. } =
        ask(r#"{ "ask": "excite", "node": "conv2", "unit": 3 }"#.into())
    else {
        panic!("excited")
    };
    assert!(units == 16 && after > before, "{before}, {after}");
}

#[test]
fn a_training_has_a_film() {
    let mut session = opened(of_text(&small()));
    let film = |session: &mut Session| match ask(session, r#"{ "ask": "film" }"#).unwrap() {
        Answer::Film { frames, samples, .. } => (frames, samples),
        other => panic!("{other:?}"),
    };
    assert_eq!(film(&mut session).0.len(), 1, "before the first step");
    news(&mut session, Do::Start);
    run(&mut session, 2);
    let (frames, samples) = film(&mut session);
    assert_eq!(frames.iter().map(|frame| frame.epoch).collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert!(samples.iter().all(|sample| sample.picture.is_some()));
    let Answer::Frame { maps, said, filters, .. } =
        ask(&mut session, r#"{ "ask": "frame", "frame": 3 }"#).unwrap()
    else {
        panic!("a frame")
    };
    assert_eq!((said.len(), filters[0].values.shape.clone()), (samples.len(), vec![6, 1, 5, 5]));
    assert!(maps.iter().any(|map| map.sample == 0));
    assert!(ask(&mut session, r#"{ "ask": "frame", "frame": 4 }"#).is_err());
    assert!(!session.kept().unwrap().film.is_empty());
}

#[test]
fn alarms_are_those_of_the_check() {
    let mut session = opened(of_points(PointSet::Gauss));
    let alarms = |session: &mut Session| match ask(session, r#"{ "ask": "histograms" }"#).unwrap() {
        Answer::Histograms(of) => of.alarms,
        other => panic!("{other:?}"),
    };
    assert_eq!(alarms(&mut session), []);
    // A rate that drives every unit of tanh to the end of its range.
    let optimizer = serde_json::from_str(r#"{ "kind": "sgd", "rate": 1000 }"#).unwrap();
    session.handle(Ask::Change(Change { optimizer: Some(optimizer), ..Change::default() })).unwrap();
    news(&mut session, Do::Step);
    news(&mut session, Do::Step);
    let alarms = alarms(&mut session);
    assert!(
        alarms.iter().any(|alarm| alarm.kind == toddle_play::protocol::AlarmKind::Saturated),
        "{alarms:?}"
    );
}

#[test]
fn a_duel_is_two_trainings_in_turns() {
    let mut session = session();
    let duel = |r#do, between: &[&str]| {
        let between = between.iter().map(|&name| name.to_owned()).collect();
        Ask::Duel(Duel { r#do, between, samples: Some(100), epochs: Some(2) })
    };
    assert!(session.handle(duel(DuelDo::News, &[])).is_err());
    assert!(session.handle(duel(DuelDo::Start, &["3-relu"])).is_err());
    session.handle(duel(DuelDo::Start, &["1-tanh", "2-softmax"])).unwrap();
    while session.train_slice(20) {}
    let Answer::Duel { state, sides } = session.handle(duel(DuelDo::News, &[])).unwrap() else {
        panic!("a duel")
    };
    assert_eq!(state, State::Done);
    for side in sides {
        assert_eq!((side.losses.len(), side.validation.len()), (2, 2));
        assert!(side.losses[1] < side.losses[0], "{side:?}");
    }
}

#[test]
fn an_edited_network_is_checked_at_its_place() {
    let mut session = opened(of_points(PointSet::Gauss));
    let mut build = |json: &str| ask(&mut session, json);
    let right = r#"{ "ask": "build", "layers": [{ "kind": "conv2d", "filters": 6, "kernel": 5 }, "tanh", "flatten", { "kind": "dense", "outputs": 10 }], "input": [1, 28, 28] }"#;
    let Answer::Build { network, toml, .. } = build(right).unwrap() else { panic!("built") };
    assert_eq!(network.nodes[0].shape, [6, 24, 24]);
    assert_eq!(network.nodes[0].multiply_adds, 6 * 24 * 24 * 25);
    assert_eq!(network.nodes[0].field.size, [5, 5]);
    assert!(network.nodes.iter().all(|node| !node.meaning.is_empty()), "{:?}", network.nodes);
    // The text builds the same network again.
    let text = serde_json::json!({ "ask": "build", "toml": toml }).to_string();
    let Answer::Build { network: again, .. } = build(&text).unwrap() else { panic!("built") };
    assert_eq!(again, network);

    let wrong = r#"{ "ask": "build", "layers": ["flatten", { "kind": "conv2d", "filters": 6, "kernel": 5 }], "input": [1, 28, 28] }"#;
    let fault = build(wrong).unwrap_err();
    assert_eq!(fault.place.unwrap().layer, Some(2));
    assert!(fault.what.contains("because"), "{fault}");
    let unknown =
        r#"{ "ask": "build", "layers": ["flatten", { "kind": "convolution" }], "input": [1, 28, 28] }"#;
    assert_eq!(build(unknown).unwrap_err().place.unwrap().layer, Some(2));
    assert!(build(r#"{ "ask": "build" }"#).is_err());
}

#[test]
fn a_page_names_no_file() {
    let mut session = session();
    for data in
        ["csv = \"/etc/passwd\"", "images = \"/\"", "npz = \"a.npz\"", "folder = \"/tmp\"\nset = \"mnist\""]
    {
        let text = format!(
            "version = 1\nname = \"a\"\n[data]\n{data}\n[network]\nlayers = [\"tanh\"]\n[train]\n\
             loss = \"mean_squared_error\"\noptimizer = \"sgd\"\n"
        );
        let fault = session.handle(Ask::Open(of_text(&text))).unwrap_err();
        assert_eq!(fault.what, "a page cannot name files", "{data}");
    }
    let from = small().replace("[network]", "[network]\nfrom = \"/etc/passwd\"");
    assert_eq!(session.handle(Ask::Open(of_text(&from))).unwrap_err().what, "a page cannot name files");
    for open in [r#"{ "ask": "open", "run": "../x" }"#, r#"{ "ask": "open", "experiment": "../../x" }"#] {
        assert!(ask(&mut session, open).is_err());
    }
}

#[test]
fn nothing_open_and_wrong_numbers_are_errors() {
    let mut session = session();
    for json in [r#"{ "ask": "network" }"#, r#"{ "ask": "train", "do": "start" }"#, r#"{ "ask": "points" }"#]
    {
        assert!(ask(&mut session, json).is_err());
    }
    let mut session = opened(of_text(&small()));
    for json in [
        r#"{ "ask": "sample", "half": "test", "index": 10000000 }"#,
        r#"{ "ask": "trace", "input": { "values": { "shape": [1], "f32": "AACAPw==" } } }"#,
        r#"{ "ask": "trace", "input": { "drawn": { "shape": [0, 0], "u8": "" } } }"#,
        r#"{ "ask": "trace", "input": { "picture": "AAAA" } }"#,
        r#"{ "ask": "trace", "input": { "half": "test", "index": 1 }, "nodes": ["nothing"] }"#,
        r#"{ "ask": "element", "input": { "half": "test", "index": 1 }, "node": "conv1", "index": 99999999 }"#,
        r#"{ "ask": "element", "input": { "half": "test", "index": 1 }, "node": "conv1", "index": 1, "target": 10 }"#,
        r#"{ "ask": "boundary", "columns": 60, "rows": 60 }"#,
        r#"{ "ask": "weights", "parameter": "conv9.weight" }"#,
        r#"{ "ask": "open", "points": { "set": "xor", "noise": 0, "count": 100000000, "features": ["x"], "seed": 0 } }"#,
        r#"{ "ask": "open", "points": {}, "layers": [{ "kind": "dense", "outputs": 4000000000 }] }"#,
        r#"{ "ask": "open", "points": {}, "batch": 0 }"#,
    ] {
        let fault = ask(&mut session, json).expect_err(json);
        assert!(!fault.what.is_empty(), "{json}");
    }
}
