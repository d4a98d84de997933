//! From an ask to a network with its data.

use std::sync::Arc;

use serde_json::Value;
use toddle::checkpoint;
use toddle::{Adam, Init, Loss, Optimizer, Placed};
use toddle_data::{DataSettings, Parts, Set};
use toddle_look::film::Film;
use toddle_run::experiment::Experiment;
use toddle_run::precision::Precision;
use toddle_run::run::metrics::Row;

use super::shelf::{Shelf, parse};
use super::{points, shelf};
use crate::protocol::{Fault, Open, Origin, Place, PointSettings};

/// A network that is to be opened.
#[derive(Clone, Debug)]
pub struct Opening {
    /// What it is opened from.
    pub origin: Origin,
    /// How the page calls it.
    pub name: String,
    /// The experiment.
    pub experiment: Experiment,
    /// The samples. None: they are not there, and nothing can be trained.
    pub parts: Option<Arc<Parts>>,
    /// How points were drawn, if the samples are points.
    pub points: Option<PointSettings>,
    /// A model or a checkpoint with the weights. None: the first weights.
    pub model: Option<Vec<u8>>,
    /// The film of the training so far.
    pub film: Option<Film>,
    /// The metrics of the training so far.
    pub rows: Vec<Row>,
}

impl Opening {
    /// The number type of the network.
    pub fn precision(&self) -> Precision {
        match self.model.as_deref().map(checkpoint::precision) {
            Some(Ok("f64")) => Precision::F64,
            Some(Ok(_)) => Precision::F32,
            _ => self.experiment.precision,
        }
    }
}

/// What `open` names. `now` is the experiment that is open.
pub fn opening(shelf: &dyn Shelf, now: Option<&Experiment>, open: Open) -> Result<Opening, Fault> {
    let is_of_points = open.points.is_some();
    let others =
        open.layers.is_some() || open.optimizer.is_some() || open.batch.is_some() || open.epochs.is_some();
    if (others || open.seed.is_some()) && !is_of_points {
        return Err(ambiguous("layers, settings or a seed without points"));
    }
    match open {
        Open { experiment: Some(name), run: None, toml: None, points: None, .. } => {
            of_experiment(shelf, Origin::Experiment, shelf.experiment(&name)?)
        }
        Open { run: Some(name), experiment: None, toml: None, points: None, .. } => shelf.run(&name),
        Open { toml: Some(text), experiment: None, run: None, points: None, .. } => {
            of_experiment(shelf, Origin::Toml, of_text(&text, now)?)
        }
        Open { points: Some(_), experiment: None, run: None, toml: None, .. } => of_points(open),
        _ => Err(ambiguous("none or several")),
    }
}

fn ambiguous(got: &str) -> Fault {
    let expected = "one of `experiment`, `run`, `toml` and `points`";
    Fault::new(
        "it is not clear what to open",
        expected,
        got,
        "{ \"ask\": \"open\", \"experiment\": \"lenet5\" }",
    )
}

/// An experiment with its samples.
pub fn of_experiment(
    shelf: &dyn Shelf,
    origin: Origin,
    mut experiment: Experiment,
) -> Result<Opening, Fault> {
    let parts = Some(shelf.parts(&mut experiment)?);
    Ok(Opening {
        origin,
        name: experiment.name.clone(),
        experiment,
        parts,
        points: None,
        model: None,
        film: None,
        rows: Vec::new(),
    })
}

/// The experiment in a text of a page. It may name the data that are open now, a set of the program, or none but its own:
/// a page names no file.
pub fn of_text(text: &str, now: Option<&Experiment>) -> Result<Experiment, Fault> {
    let experiment = parse("the text", text)?;
    let data = &experiment.data;
    let is_open = now.is_some_and(|now| without_what_was_read(&now.data) == without_what_was_read(data));
    let names_no_file = data.folder.is_none()
        && data.images.is_none()
        && data.csv.is_none()
        && data.npz.is_none()
        && data.npy.is_none()
        && data.idx.is_none()
        && data.test.is_none();
    let is_known = data.set.as_deref().is_none_or(|set| Set::named(set).is_ok());
    let may_be_read = is_open || names_no_file && is_known;
    if !may_be_read {
        let (what, expected) =
            ("a page cannot name files", "the data that are open, a named set, or `inputs` with `targets`");
        return Err(Fault::new(what, expected, "a file or a folder in [data]", "toddle play with the file"));
    }
    if experiment.network.from.is_some() && now.map(|now| &now.network.from) != Some(&experiment.network.from)
    {
        let expected = "an experiment whose layers begin anew";
        return Err(Fault::new(
            "a page cannot name files",
            expected,
            "`from` in [network]",
            "leaving it out",
        ));
    }
    Ok(experiment)
}

/// Data settings without what reading has added.
fn without_what_was_read(data: &DataSettings) -> DataSettings {
    DataSettings { validation: None, mean: None, deviation: None, ..data.clone() }
}

/// Points, with the network of the ask or a small one.
fn of_points(open: Open) -> Result<Opening, Fault> {
    let Open { points, layers, optimizer, batch, epochs, seed, .. } = open;
    let points = points.unwrap_or_default();
    let parts = points::parts(&points)?;
    let layers = match layers {
        Some(given) => self::layers(&given)?,
        None => self::layers(&small_network())?,
    };
    let mut experiment = parse("points", POINTS)?;
    experiment.seed = seed.unwrap_or(0);
    experiment.network.layers = layers;
    experiment.network.init = Init::Auto;
    experiment.data = points::settings(&parts);
    let fit = &mut experiment.train.fit;
    fit.loss = Loss::cross_entropy();
    fit.optimizer = optimizer.unwrap_or_else(|| Optimizer::from(Adam::new(0.03)));
    fit.batch = batch.unwrap_or(10);
    fit.epochs = epochs.unwrap_or(500);
    experiment.take_shape(parts.train.shape());
    let experiment = shelf::checked("the settings", &experiment)?;
    let name = experiment.name.clone();
    Ok(Opening {
        origin: Origin::Points,
        name,
        experiment,
        parts: Some(Arc::new(parts)),
        points: Some(points),
        model: None,
        film: None,
        rows: Vec::new(),
    })
}

/// The settings of a training on points that an ask does not change. The samples replace those of this text.
const POINTS: &str = "version = 1\nname = \"points\"\n[data]\ninputs = [[0]]\ntargets = [[0]]\n\
                      [network]\nlayers = [\"tanh\"]\n[train]\nloss = \"cross_entropy\"\noptimizer = \"sgd\"\n";

fn small_network() -> Vec<Value> {
    let dense = |outputs: usize| serde_json::json!({ "kind": "dense", "outputs": outputs });
    vec![dense(8), "tanh".into(), dense(8), "tanh".into(), dense(2)]
}

/// The layers of a list in which a layer without settings may be a text.
pub fn layers(given: &[Value]) -> Result<Vec<Placed>, Fault> {
    if given.is_empty() {
        return Err(Fault::new("the network has no layers", "one or more", "none", "a dense layer"));
    }
    let layer = |(n, value): (usize, &Value)| {
        let table = match value {
            Value::String(kind) => serde_json::json!({ "kind": kind }),
            other => other.clone(),
        };
        serde_json::from_value::<Placed>(table).map_err(|error| {
            let place = Some(Place { line: None, layer: Some(n + 1) });
            let what = format!("layer {} cannot be read: {error}", n + 1);
            let fault =
                Fault::new(what, "a kind with its settings", value.to_string(), "\"tanh\", for instance");
            Fault { place, ..fault }
        })
    };
    given.iter().enumerate().map(layer).collect()
}
