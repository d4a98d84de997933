//! A session as a page uses it: what it opens, what a training and its changes do, and what it refuses.

use std::sync::Arc;

use crate::common::{ask, news, of_points, of_text, opened, run, session, small};
use toddle::checkpoint::{self, About};
use toddle::{Dense, Fit, Machine, NetworkSpec, Nobody, Samples, Shape, Trainer, check};
use toddle_data::{Augment, Augmented};
use toddle_play::protocol::{
    Build, Change, Do, Duel, DuelDo, Feature, Half, Hello, Input, Offer, Open, Origin, PointSet,
    PointSettings, State, Way,
};
use toddle_play::{Answer, Ask, BuiltIn, Fault, Opening, Session, Shelf};
use toddle_run::digest::sha256;
use toddle_run::experiment::Experiment;

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
fn the_text_of_an_experiment_has_the_changes() {
    let mut session = opened(Open { experiment: Some("xor".into()), ..Open::default() });
    ask(&mut session, r#"{ "ask": "change", "rate": 0.025, "batch": 2 }"#).unwrap();
    let Answer::Hello(Hello { open: Some(open), .. }) = ask(&mut session, r#"{ "ask": "hello" }"#).unwrap()
    else {
        panic!("hello")
    };
    assert_eq!((open.from, open.optimizer.rate(), open.batch), (Origin::Toml, 0.025, 2));
    let again = opened(of_text(&open.toml)).news();
    assert_eq!(again.rate, 0.025);
}

#[test]
fn layers_replace_those_of_a_text() {
    let mut session = opened(Open { experiment: Some("xor".into()), ..Open::default() });
    let toml = small().replace("version = 1", "version = 1\nseed = 7");
    let layers = serde_json::from_str(r#"["flatten", { "kind": "dense", "outputs": 10 }]"#).unwrap();
    let build = Build { toml: Some(toml), layers: Some(layers), input: None };
    let Answer::Build { layers, toml, .. } = session.handle(Ask::Build(build)).unwrap() else {
        panic!("a network")
    };
    assert_eq!(layers.len(), 2);
    assert!(toml.contains("seed = 7"), "{toml}");
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

/// The digest is that of every machine, because no function of the system computes the points.
#[test]
fn points_have_the_same_bits_everywhere() {
    let mut numbers: Vec<f32> = Vec::new();
    for set in [PointSet::Circle, PointSet::Xor, PointSet::Gauss, PointSet::Spiral] {
        let features = vec![Feature::X, Feature::Y, Feature::SinX, Feature::SinY];
        let points = PointSettings { set, features, ..PointSettings::default() };
        let mut session = opened(Open { points: Some(points), ..Open::default() });
        for index in 0..200 {
            let ask = Ask::Sample { half: Half::Train, index };
            let Ok(Answer::Sample(sample)) = session.handle(ask) else { panic!("a sample") };
            numbers.extend(sample.values.numbers().unwrap().iter().map(|&x| x as f32));
        }
    }
    assert_eq!(sha256(&numbers), "00b804852672bfe6bd59fdb645102a4745c4549c9f3e92e21b1d4661729c96c5");
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
    use toddle_play::protocol::AlarmKind;
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
    let is_saturated = |alarm: &toddle_play::protocol::Alarm| {
        alarm.kind == AlarmKind::Saturated
            && alarm.node.as_deref().is_some_and(|node| node.starts_with("tanh"))
    };
    assert!(alarms.iter().any(is_saturated), "{alarms:?}");

    // The texts are those of the check of the same network and the same samples.
    let mut session = opened(Open { experiment: Some("xor".into()), ..Open::default() });
    let optimizer = serde_json::from_str(r#"{ "kind": "sgd", "rate": 1000 }"#).unwrap();
    session.handle(Ask::Change(Change { optimizer: Some(optimizer), ..Change::default() })).unwrap();
    news(&mut session, Do::Step);
    let Answer::Histograms(of) = ask(&mut session, r#"{ "ask": "histograms" }"#).unwrap() else {
        panic!("histograms")
    };
    let saved = checkpoint::decode::<f64>(&session.kept().unwrap().model).unwrap();
    let mut experiment = BuiltIn.experiment("xor").unwrap();
    let parts = experiment.parts().unwrap();
    let samples = Augmented::new(&parts.train, &Augment::default(), 0).unwrap();
    let fit = experiment.fit(Machine::detect().unwrap());
    let report = check::health(&saved.network, &fit, &samples).unwrap();
    assert!(!report.findings.is_empty());
    let of_report: Vec<_> = report.findings.iter().map(|of| (of.node.clone(), of.message.clone())).collect();
    let of_page: Vec<_> = of.alarms.iter().map(|of| (of.node.clone(), of.text.clone())).collect();
    assert_eq!(of_page, of_report);
}

#[test]
fn a_duel_is_two_trainings_in_turns() {
    let mut session = session();
    let duel = |r#do, between: &[&str]| {
        let between = between.iter().map(|&name| name.to_owned()).collect();
        Ask::Duel(Duel { r#do, between, samples: Some(100), epochs: Some(2) })
    };
    let Answer::Duel { state, sides } = session.handle(duel(DuelDo::News, &[])).unwrap() else {
        panic!("a duel")
    };
    assert_eq!((state, sides.len()), (State::None, 0));
    assert!(session.handle(duel(DuelDo::Start, &[])).is_err());
    session.handle(Ask::Open(of_points(PointSet::Gauss))).unwrap();
    news(&mut session, Do::Step);
    news(&mut session, Do::Start);
    for between in [
        &["3-relu", "1-tanh"][..],
        &["1-tanh"],
        &["1-tanh", "1-tanh"],
        &["1-softmax", "2-softmax", "1-tanh", "2-tanh", "1-tanh"],
    ] {
        assert!(session.handle(duel(DuelDo::Start, between)).is_err(), "{between:?}");
        assert_eq!(session.news().state, State::Running, "a duel that is refused pauses nothing");
    }
    session.handle(duel(DuelDo::Start, &["1-tanh", "2-softmax"])).unwrap();
    assert_eq!(session.news().state, State::Paused);
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
fn the_time_of_a_duel_is_not_that_of_the_training() {
    let mut session = opened(of_text(&small()));
    let train = |session: &mut Session| {
        news(session, Do::Epoch);
        while session.is_running() {
            session.train_slice(1000);
        }
        session.took(1.0);
    };
    train(&mut session);
    let between = vec!["1-tanh".to_owned(), "2-tanh".to_owned()];
    let duel = Duel { r#do: DuelDo::Start, between, samples: Some(20), epochs: Some(1) };
    session.handle(Ask::Duel(duel)).unwrap();
    while session.train_slice(10) {
        session.took(100.0);
    }
    train(&mut session);
    let seconds: Vec<f64> = session.kept().unwrap().rows.iter().map(|row| row.seconds).collect();
    assert_eq!(seconds, [1.0, 1.0]);
}

#[test]
fn a_film_stays_short_when_the_training_becomes_longer() {
    let mut session = opened(Open { epochs: Some(10), ..of_points(PointSet::Gauss) });
    news(&mut session, Do::Start);
    run(&mut session, 1000);
    session.handle(Ask::Change(Change { epochs: Some(301), ..Change::default() })).unwrap();
    news(&mut session, Do::Start);
    run(&mut session, 1000);
    let Answer::Film { frames, .. } = ask(&mut session, r#"{ "ask": "film" }"#).unwrap() else {
        panic!("a film")
    };
    let epochs: Vec<usize> = frames.iter().map(|frame| frame.epoch).collect();
    assert!((13..=26).contains(&epochs.len()), "{epochs:?}");
    assert_eq!((epochs[0], epochs[epochs.len() - 1]), (0, 301));
    let steps: Vec<usize> = epochs.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(steps[..steps.len() - 1].iter().all(|step| *step == steps[0]), "evenly spread: {epochs:?}");
}

/// A shelf with a model of one output that answers yes or no.
struct YesOrNo;

impl Shelf for YesOrNo {
    fn experiments(&self) -> Vec<Offer> {
        Vec::new()
    }

    fn experiment(&self, name: &str) -> Result<Experiment, Fault> {
        BuiltIn.experiment(name)
    }

    fn run(&self, name: &str) -> Result<Opening, Fault> {
        let mut network = NetworkSpec::new(Shape::vector(2)).add(Dense::new(1)).build::<f64>(0)?;
        network.weights_mut().copy_from_slice(&[2.0, -1.0, 0.5]);
        let about = About { classes: vec!["no".into(), "yes".into()], ..About::default() };
        Ok(Opening {
            origin: Origin::Run,
            name: name.into(),
            experiment: self.experiment("xor")?,
            parts: None,
            points: None,
            model: Some(checkpoint::encode(&network, &about, None)),
            film: None,
            rows: Vec::new(),
        })
    }
}

#[test]
fn a_single_score_speaks_for_one_class_and_against_the_other() {
    let mut session = Session::new(Arc::new(YesOrNo), Machine::detect().unwrap().threads(1));
    session.handle(Ask::Open(Open { run: Some("yes or no".into()), ..Open::default() })).unwrap();
    let mut why = |x: [f64; 2], class| {
        let input = Input::Values { values: toddle_play::protocol::Array::of(vec![2], &x) };
        session.handle(Ask::Why { input, by: Way::Gradient, class }).map(|answer| match answer {
            Answer::Why { class, score, parts, .. } => (class, score, parts.numbers().unwrap()),
            other => panic!("{other:?}"),
        })
    };
    // The score is 2x − y + 0.5.
    assert_eq!(why([1.0, 3.0], Some(1)).unwrap(), (1, -0.5, vec![2.0, -3.0]));
    assert_eq!(why([1.0, 3.0], None).unwrap(), (0, 0.5, vec![-2.0, 3.0]), "it answers no");
    assert_eq!(why([1.0, 1.0], None).unwrap(), (1, 1.5, vec![2.0, -1.0]), "it answers yes");
    assert!(why([1.0, 1.0], Some(2)).is_err());
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
        r#"{ "ask": "trace", "input": { "drawn": { "shape": [1, 1], "f32": "AACAPw==" } } }"#,
        r#"{ "ask": "open", "experiment": "xor", "seed": 1 }"#,
        r#"{ "ask": "why", "input": { "half": "test", "index": 1 }, "by": "gradient", "class": 10 }"#,
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
