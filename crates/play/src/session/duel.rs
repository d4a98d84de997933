//! Networks side by side: the post's question, with one seed and the same samples.

use std::sync::Arc;

use serde_json::{Value, json};
use toddle::Machine;
use toddle_data::{Parts, Validation};
use toddle_run::precision::Precision;

use super::shelf::Shelf;
use super::training::Goal;
use super::work::Work;
use super::{BuiltIn, Opening, Response, open};
use crate::protocol::{Answer, Duel, DuelDo, Fault, Origin, Side, State};

/// The networks of the post: the number of convolutions, and the layer at the end.
const NETWORKS: [&str; 4] = ["1-softmax", "2-softmax", "1-tanh", "2-tanh"];

/// The samples that measure each network after an epoch.
const VALIDATED: usize = 500;

/// Networks side by side. They are trained in turns.
pub struct Duels {
    sides: Vec<(String, Work<f64>)>,
    turn: usize,
}

impl Duels {
    pub fn is_running(&self) -> bool {
        self.sides.iter().any(|(_, work)| work.is_running())
    }

    /// Trains the network whose turn it is for at most so many steps.
    pub fn train(&mut self, steps: usize) {
        let count = self.sides.len();
        let next = (0..count).map(|n| (self.turn + n) % count).find(|&n| self.sides[n].1.is_running());
        if let Some(n) = next {
            self.sides[n].1.train(steps);
            self.turn = n + 1;
        }
    }

    fn want(&mut self, goal: Goal) {
        for training in self.sides.iter_mut().filter_map(|(_, work)| work.training.as_mut()) {
            training.want(goal);
        }
    }

    fn news(&self) -> Answer {
        let side = |(name, work): &(String, Work<f64>)| {
            let news = work.news();
            let epochs = &news.curves.epochs;
            Side {
                name: name.clone(),
                epoch: news.epoch,
                epochs: news.epochs,
                losses: epochs.iter().map(|epoch| epoch.loss).collect(),
                accuracies: epochs.iter().map(|epoch| epoch.accuracy).collect(),
                validation: epochs.iter().map(|epoch| epoch.validation_accuracy).collect(),
                parameters: work.network.layout().len(),
            }
        };
        let states: Vec<State> = self.sides.iter().map(|(_, work)| work.news().state).collect();
        let state = match () {
            () if self.is_running() => State::Running,
            () if states.contains(&State::Failed) => State::Failed,
            () if states.iter().all(|state| *state == State::Done) => State::Done,
            () => State::Paused,
        };
        Answer::Duel { state, sides: self.sides.iter().map(side).collect() }
    }
}

/// The answer to `duel`.
pub fn answer(duels: &mut Option<Duels>, shelf: &dyn Shelf, machine: Machine, duel: Duel) -> Response {
    let Duel { r#do, between, samples, epochs } = duel;
    if r#do == DuelDo::Start && !between.is_empty() {
        check(&between)?;
        let sides = between.iter().map(|name| {
            let opening = opening(shelf, name, samples.unwrap_or(1000), epochs.unwrap_or(20))?;
            Ok((name.clone(), Work { camera: None, ..Work::new(opening, machine)? }))
        });
        *duels = Some(Duels { sides: sides.collect::<Result<_, Fault>>()?, turn: 0 });
    }
    if duels.is_none() && r#do == DuelDo::News {
        return Ok(Answer::Duel { state: State::None, sides: Vec::new() });
    }
    let Some(duels) = duels else {
        let expected = format!("`between` with some of {}", NETWORKS.join(", "));
        return Err(Fault::new(
            "no networks are side by side",
            expected,
            "none",
            "\"between\": [\"1-tanh\", \"2-tanh\"]",
        ));
    };
    match r#do {
        DuelDo::Start => duels.want(Goal::End),
        DuelDo::Pause => duels.want(Goal::None),
        DuelDo::News => {}
    }
    Ok(duels.news())
}

/// Checks the names of the networks before one of them is built.
fn check(between: &[String]) -> Result<(), Fault> {
    let is_repeated = |(n, name): (usize, &String)| between[..n].contains(name);
    if !(2..=NETWORKS.len()).contains(&between.len()) || between.iter().enumerate().any(is_repeated) {
        let expected = format!("two or more different names of {}", NETWORKS.join(", "));
        let remedy = "\"between\": [\"1-tanh\", \"2-tanh\"]";
        return Err(Fault::new(
            "these networks cannot be side by side",
            expected,
            shortened(between),
            remedy,
        ));
    }
    between.iter().try_for_each(|name| layers(name).map(|_| ()))
}

/// Some names, and how many more there are.
fn shortened(names: &[String]) -> String {
    let shown = names.iter().take(NETWORKS.len() + 1).map(String::as_str).collect::<Vec<_>>().join(", ");
    format!("{} names: {shown}", names.len())
}

/// A network of the post, on so many samples.
fn opening(shelf: &dyn Shelf, name: &str, samples: usize, epochs: usize) -> Result<Opening, Fault> {
    let mut experiment = BuiltIn.experiment("post")?;
    experiment.name = name.into();
    experiment.precision = Precision::F64;
    experiment.network.layers = open::layers(&layers(name)?)?;
    experiment.data.first = Some(samples);
    experiment.data.validation = Some(Validation::Test);
    experiment.train.fit.epochs = epochs;
    let parts = shelf.parts(&mut experiment)?;
    let few = parts.validation.as_ref().map(|set| set.first(VALIDATED.min(set.len()))).transpose()?;
    let parts = Arc::new(Parts {
        train: parts.train.clone(),
        validation: few,
        test: None,
        validated_with: Validation::Test,
        test_place: None,
        meaning: parts.meaning.clone(),
        notes: Vec::new(),
        warnings: Vec::new(),
        skipped: Vec::new(),
    });
    Ok(Opening {
        origin: Origin::Experiment,
        name: name.into(),
        experiment,
        parts: Some(parts),
        points: None,
        model: None,
        film: None,
        rows: Vec::new(),
    })
}

fn layers(name: &str) -> Result<Vec<Value>, Fault> {
    if !NETWORKS.contains(&name) {
        let expected = NETWORKS.join(", ");
        return Err(Fault::new("the post has no network of this name", expected, name, "a name of the list"));
    }
    let convolutions = if name.starts_with('2') { 2 } else { 1 };
    let mut layers = Vec::new();
    for _ in 0..convolutions {
        layers.extend([json!({ "kind": "conv2d", "filters": 1, "kernel": 3 }), json!("tanh")]);
    }
    let dense = |outputs: usize| json!({ "kind": "dense", "outputs": outputs });
    layers.extend([json!("flatten"), dense(100), json!("tanh"), dense(10)]);
    layers.push(match name.ends_with("softmax") {
        true => json!({ "kind": "softmax", "jacobian": "diagonal" }),
        false => json!("tanh"),
    });
    Ok(layers)
}
