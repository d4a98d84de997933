//! What the folder of a run holds, as its report shows it.

use std::path::Path;

use serde_json::Value;
use toddle::checkpoint::Saved;
use toddle::{Float, Machine, Network, OutputSpec, escaped, profile};
use toddle_data::{AskedFor, DataError, Dataset, Half, Model, Parts};
use toddle_look::digits::short;
use toddle_look::film::Film;
use toddle_look::report::{Inside, Measured, Run};

use crate::checkpoints;
use crate::digest::sha256;
use crate::error::Error;
use crate::experiment::Experiment;
use crate::files;
use crate::precision::Precision;
use crate::run::metrics::{self, Row};
use crate::run::{self, curves};
use crate::shell::quoted;

/// A run that is looked at: its experiment, its data and its model.
pub struct Subject {
    /// The experiment with all defaults.
    pub experiment: Experiment,
    /// Its samples.
    pub parts: Parts,
    /// Its model.
    pub model: Model,
    /// What was found while the experiment and the data were read, one sentence for each finding.
    pub notes: Vec<String>,
}

/// More values than this are not measured when a training ends.
const MOST_VALUES: usize = 1 << 27;

/// How much a report measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// What takes almost no time: the report at the end of a training.
    Quick,
    /// Everything, also the time of each layer.
    Full,
}

impl Subject {
    /// Opens the run in `folder`.
    ///
    /// # Errors
    /// There is no run, its model is not written yet, or its data cannot be read.
    pub fn open(folder: &Path) -> Result<Subject, Error> {
        let (mut experiment, mut notes) = Experiment::load(&run::experiment(folder)?, &[])?;
        let model = Model::open(folder)?;
        let parts = experiment.parts()?;
        notes.extend(DataError::kinds(&parts.skipped).iter().map(|kind| format!("skipped: {kind}")));
        notes.extend(changed(&model, &parts));
        Ok(Subject { experiment, parts, model, notes })
    }

    /// The samples that the run is measured on: those that no step has used, if there are any. Their classes are those of the model.
    ///
    /// # Errors
    /// The data have other classes than the model.
    pub fn measured_on(&self) -> Result<(Dataset, Half), Error> {
        measured_on(&self.parts, &self.model)
    }

    /// Hands the network of the run to `look`, in the type of number that it has.
    ///
    /// # Errors
    /// The model cannot be read, or those of `look`.
    pub fn network<O>(&self, look: impl Look<Output = O>) -> Result<O, Error> {
        match self.experiment.precision {
            Precision::F32 => look.look(&checkpoints::load::<f32>(self.model.file())?.network),
            Precision::F64 => look.look(&checkpoints::load::<f64>(self.model.file())?.network),
        }
    }
}

/// A question to a network of either type of number.
pub trait Look {
    /// The answer.
    type Output;

    /// Answers the question.
    ///
    /// # Errors
    /// The network cannot answer.
    fn look<T: Float + From<f32>>(self, network: &Network<T>) -> Result<Self::Output, Error>;
}

/// The run in `folder`, which is called `name`, as a report shows it.
///
/// # Errors
/// As for [`Subject::open`], or a measurement is not possible.
pub fn of_folder(folder: &Path, name: &str) -> Result<(Run, Vec<String>), Error> {
    let Subject { experiment, parts, model, notes } = Subject::open(folder)?;
    let run = of_parts(folder, name, &experiment, parts, &model, Depth::Full)?;
    Ok((run, notes))
}

/// [`of_folder`] for a run whose experiment, samples and model are there already.
///
/// # Errors
/// A measurement is not possible.
pub fn of_parts(
    folder: &Path,
    name: &str,
    experiment: &Experiment,
    parts: Parts,
    model: &Model,
    depth: Depth,
) -> Result<Run, Error> {
    let rows = metrics::read(folder)?;
    let mut facts = facts_of_data(experiment, &parts);
    let (dataset, half) = measured_on(&parts, model)?;
    check_held_out(model, &parts, half)?;
    let measured_on = in_words(&parts, &dataset, half);
    // Samples that are not looked at take no memory meanwhile.
    drop(parts);
    let measured = match depth {
        Depth::Quick if dataset.len().saturating_mul(dataset.size()) > MOST_VALUES => {
            let why =
                format!("{} samples were too many to be measured at the end of the training", dataset.len());
            Measured::Nothing(format!("{why}. `toddle report` measures them."))
        }
        _ => {
            let (answers, _) = model.ask_all(&dataset, &AskedFor::default())?;
            Measured::of(model, &dataset, &answers)?
        }
    };
    let view = View { model, dataset: &dataset, batch: experiment.train.fit.batch, depth };
    let (inside, parameters, digest, repeats) = match experiment.precision {
        Precision::F32 => view.of(&checkpoints::load::<f32>(model.file())?)?,
        Precision::F64 => view.of(&checkpoints::load::<f64>(model.file())?)?,
    };
    let environment = environment(folder);
    facts.extend(facts_of_training(experiment, &rows, parameters, &environment));
    facts.push(("SHA-256 of the weights", digest));
    let loss = losses(experiment);
    let shown = curves::Run { name, rows: &rows };
    Ok(Run {
        name: name.to_owned(),
        facts,
        repeats,
        repeat: format!("toddle train {}", quoted(&folder.join(run::EXPERIMENT).display().to_string())),
        settings: experiment.to_toml(),
        curves: curves::one(&shown, &loss, format!("{} epochs", rows.len())),
        measured_on,
        measured,
        inside,
        film: film(folder),
    })
}

/// A warning if the training samples have changed since the network of `model` was trained.
pub fn changed(model: &Model, parts: &Parts) -> Option<String> {
    differences(model, parts).map(|differences| {
        format!(
            "warning: the data at `{}` have changed since the training: they differ in {differences}",
            escaped(&parts.meaning.place)
        )
    })
}

/// Checks that the samples of `half` are those that were held out of the training, if they come from the training samples.
///
/// # Errors
/// The training samples have changed: other samples were held out, so the network was trained on most of these.
pub fn check_held_out(model: &Model, parts: &Parts, half: Half) -> Result<(), Error> {
    if half != Half::Validation || parts.meaning.held_out.is_none() {
        return Ok(());
    }
    let Some(differences) = differences(model, parts) else { return Ok(()) };
    Err(Error::Refused {
        what: format!("the samples that were held out of the training of `{}` are not known", model.name()),
        expected: format!("the data of the training in `{}`", parts.meaning.place),
        got: format!("data that have changed since the training: they differ in {differences}"),
        remedy: "the data as they were; or `toddle eval` with `--data` and samples that were not there in the training".into(),
    })
}

/// The differences between the training samples and those on which the network of `model` was trained.
fn differences(model: &Model, parts: &Parts) -> Option<String> {
    let differences = model.meaning()?.differences(&parts.meaning);
    (!differences.is_empty()).then(|| differences.join(" and "))
}

/// The film of the run in `folder`. None if it has none, or none that this version can read.
pub fn film(folder: &Path) -> Option<Film> {
    let text = files::read_text(&folder.join(run::FILM)).ok()?;
    Film::from_lines(&text).ok()
}

fn measured_on(parts: &Parts, model: &Model) -> Result<(Dataset, Half), Error> {
    let (dataset, half) = parts.measured();
    let (dataset, _) = dataset.clone().with_known_classes(model.classes())?;
    Ok((dataset, half))
}

/// `10000 samples of mnist, test`, as `toddle eval` says it.
fn in_words(parts: &Parts, dataset: &Dataset, half: Half) -> String {
    let samples = format!("{} samples of {}, {}", dataset.len(), parts.place(half), half.name());
    match (half, &parts.meaning.held_out) {
        (Half::Train, _) => format!(
            "{samples}: the network was trained on them, so the results say nothing about new samples"
        ),
        (Half::Validation, Some(held_out)) => format!("{samples} ({held_out})"),
        _ => samples,
    }
}

/// What a report shows of a network.
struct View<'a> {
    model: &'a Model,
    dataset: &'a Dataset,
    batch: usize,
    depth: Depth,
}

impl View<'_> {
    /// What is inside the network, the number of its parameters, the digest of its weights, and whether its experiment gives the same
    /// bits again.
    fn of<T: Float + From<f32>>(&self, saved: &Saved<T>) -> Result<(Inside, usize, String, bool), Error> {
        let Saved { network, about, .. } = saved;
        let timed = match self.depth {
            Depth::Quick => None,
            Depth::Full => Some(profile(network, self.batch, &Machine::detect()?)),
        };
        let inside = Inside::of(network, self.model, self.dataset, timed.as_ref())?;
        Ok((inside, network.layout().len(), sha256(network.weights()), run::repeats(about)))
    }
}

/// What a name of a report means.
type Fact = (&'static str, String);

/// On what the network was trained.
fn facts_of_data(experiment: &Experiment, parts: &Parts) -> Vec<Fact> {
    let mut facts = vec![
        ("experiment", experiment.name.clone()),
        ("data", parts.meaning.place.clone()),
        ("training samples", parts.train.len().to_string()),
        ("validated with", parts.validation_in_words()),
    ];
    if let Some(digest) = &parts.meaning.digest {
        facts.push(("SHA-256 of the training values", digest.values.clone()));
        facts.push(("SHA-256 of the training targets", digest.targets.clone()));
    }
    facts
}

/// How it was trained.
fn facts_of_training(
    experiment: &Experiment,
    rows: &[Row],
    parameters: usize,
    environment: &Value,
) -> [Fact; 12] {
    let fit = &experiment.train.fit;
    let text = |key: &str| environment[key].as_str().unwrap_or("unknown").to_owned();
    [
        ("parameters", parameters.to_string()),
        ("number type", experiment.precision.name().to_owned()),
        ("loss", losses(experiment)),
        ("optimizer", fit.optimizer.to_string()),
        ("batch", fit.batch.to_string()),
        ("epochs", format!("{} of {}", rows.len(), fit.epochs)),
        ("learning rate at the end", rows.last().map_or("—".into(), |row| short(row.rate))),
        ("seed", experiment.seed.to_string()),
        ("training time", format!("{:.1} s", metrics::seconds(rows))),
        ("version of toddle", text("toddle")),
        ("machine", format!("{}, {}, {}", text("system"), text("processor"), text("vectors"))),
        ("threads", environment["threads"].as_u64().map_or("unknown".into(), |threads| threads.to_string())),
    ]
}

/// The loss of the training; of several outputs the loss of each, with its factor.
fn losses(experiment: &Experiment) -> String {
    let loss = &experiment.train.fit.loss;
    let of = |output: &OutputSpec| {
        let factor = if output.weight == 1.0 { String::new() } else { format!("{} × ", output.weight) };
        format!("{}: {factor}{}", output.name, output.loss.as_ref().unwrap_or(loss))
    };
    match &experiment.network.outputs[..] {
        [] => loss.to_string(),
        outputs => outputs.iter().map(of).collect::<Vec<_>>().join("; "),
    }
}

/// The contents of `environment.json`; nothing if it cannot be read.
fn environment(folder: &Path) -> Value {
    let text = files::read_text(&folder.join(run::ENVIRONMENT)).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}
