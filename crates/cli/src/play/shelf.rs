//! What pages may open: the experiments of the program, and what the command line names.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use toddle::checkpoint;
use toddle::{Float, Loss, Shape};
use toddle_data::{DataSettings, Parts};
use toddle_play::protocol::{Offer, Open, Origin};
use toddle_play::{BuiltIn, Fault, Filmed, Opening, Shelf, unknown};
use toddle_run::checkpoints::{self, Checkpoints};
use toddle_run::error::Error;
use toddle_run::experiment::Experiment;
use toddle_run::report;
use toddle_run::run::{self, metrics};

use crate::output::note;

/// The experiments of the program, and what the command line names.
pub struct Given {
    /// Experiments with their names.
    experiments: Vec<(String, PathBuf)>,
    /// Runs and models with their names.
    runs: Vec<(String, PathBuf)>,
    /// What is opened first.
    first: Option<Open>,
    /// Samples that some session has, by their settings; and the settings that reading has completed.
    read: Mutex<HashMap<String, (Weak<Parts>, DataSettings)>>,
}

impl Given {
    /// What `paths` name: runs' folders, models and experiments.
    pub fn new(paths: &[PathBuf]) -> Result<Given, Error> {
        let mut given =
            Given { experiments: Vec::new(), runs: Vec::new(), first: None, read: Mutex::default() };
        for path in paths {
            let name = path.display().to_string();
            let is_model = path.extension().is_some_and(|ending| ending == "safetensors");
            let open = if path.is_dir() || is_model {
                given.runs.push((name.clone(), path.clone()));
                Open { run: Some(name), ..Open::default() }
            } else {
                // A mistake is reported before a page is open.
                Experiment::load(path, &[])?;
                given.experiments.push((name.clone(), path.clone()));
                Open { experiment: Some(name), ..Open::default() }
            };
            given.first.get_or_insert(open);
        }
        Ok(given)
    }

    /// What is opened first.
    pub fn first(&self) -> Option<Open> {
        self.first.clone()
    }
}

impl Shelf for Given {
    fn experiments(&self) -> Vec<Offer> {
        let given =
            self.experiments.iter().map(|(name, _)| Offer { name: name.clone(), about: String::new() });
        given.chain(BuiltIn.experiments()).collect()
    }

    fn experiment(&self, name: &str) -> Result<Experiment, Fault> {
        match self.experiments.iter().find(|(other, _)| other == name) {
            Some((_, path)) => load(path),
            None => BuiltIn.experiment(name),
        }
    }

    fn runs(&self) -> Vec<String> {
        self.runs.iter().map(|(name, _)| name.clone()).collect()
    }

    fn run(&self, name: &str) -> Result<Opening, Fault> {
        let Some((_, path)) = self.runs.iter().find(|(other, _)| other == name) else {
            return Err(unknown("run", name, &self.runs()));
        };
        if path.is_dir() { self.of_run(name, path) } else { of_model(name, path) }
    }

    fn film(&self, name: &str) -> Result<Filmed, Fault> {
        let Some((_, folder)) = self.runs.iter().find(|(other, path)| other == name && path.is_dir()) else {
            return Err(unknown("run", name, &self.runs()));
        };
        let rows = metrics::read(folder).unwrap_or_default();
        Ok(Filmed { name: name.into(), film: report::film(folder), rows })
    }

    fn parts(&self, experiment: &mut Experiment) -> Result<Arc<Parts>, Fault> {
        let key = serde_json::to_string(&(&experiment.data, experiment.seed)).unwrap_or_default();
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.retain(|_, (parts, _)| parts.strong_count() > 0);
        if let Some((parts, data)) = read.get(&key)
            && let Some(parts) = parts.upgrade()
        {
            experiment.data = data.clone();
            experiment.take_shape(parts.train.shape());
            return Ok(parts);
        }
        let parts = Arc::new(experiment.parts().map_err(|error| Fault::of(&error))?);
        read.insert(key, (Arc::downgrade(&parts), experiment.data.clone()));
        Ok(parts)
    }
}

impl Given {
    /// A run with its newest checkpoint, or with its model. Without its data it can be looked at, and not trained.
    fn of_run(&self, name: &str, folder: &Path) -> Result<Opening, Fault> {
        let file = run::experiment(folder).map_err(|error| Fault::of(&error))?;
        let mut experiment = load(&file)?;
        let parts = match self.parts(&mut experiment) {
            Ok(parts) => Some(parts),
            Err(fault) => {
                note(false, &format!("warning: the data of `{name}` cannot be read: {fault}"));
                None
            }
        };
        let newest =
            Checkpoints::new(folder.join(run::CHECKPOINTS)).files().ok().and_then(|mut files| files.pop());
        let model = Some(folder.join(run::MODEL)).filter(|model| model.exists());
        // A model alone has the final weights, and a checkpoint can be trained on.
        let file = if parts.is_some() { newest.or(model) } else { model.or(newest) };
        let model = match file {
            Some(file) => Some(checkpoints::read(&file).map_err(|error| Fault::of(&error))?),
            None => None,
        };
        Ok(Opening {
            origin: Origin::Run,
            name: name.into(),
            experiment,
            parts,
            points: None,
            model,
            film: report::film(folder),
            rows: metrics::read(folder).unwrap_or_default(),
        })
    }
}

fn load(file: &Path) -> Result<Experiment, Fault> {
    let (experiment, notes) = Experiment::load(file, &[]).map_err(|error| Fault::of(&error))?;
    notes.iter().for_each(|text| note(false, text));
    Ok(experiment)
}

/// A model without an experiment: it can be looked at, and not trained.
fn of_model(name: &str, file: &Path) -> Result<Opening, Fault> {
    let bytes = checkpoints::read(file).map_err(|error| Fault::of(&error))?;
    let precision = checkpoint::precision(&bytes).map_err(|error| Fault::of(&error))?;
    let experiment = match precision {
        "f64" => experiment_of::<f64>(&bytes)?,
        _ => experiment_of::<f32>(&bytes)?,
    };
    let (origin, name) = (Origin::Run, name.to_owned());
    Ok(Opening {
        origin,
        name,
        experiment,
        parts: None,
        points: None,
        model: Some(bytes),
        film: None,
        rows: Vec::new(),
    })
}

/// An experiment with the network of a model. Nothing says how it was trained.
fn experiment_of<T: Float>(model: &[u8]) -> Result<Experiment, Fault> {
    let saved = checkpoint::decode::<T>(model).map_err(|error| Fault::of(&error))?;
    let mut experiment = BuiltIn.experiment("lenet5")?;
    let spec = saved.network.spec();
    experiment.name = "model".into();
    experiment.data = DataSettings::default();
    experiment.network.input = Some(saved.network.input()).filter(|_| spec.inputs.len() == 1);
    experiment.network.inputs = if spec.inputs.len() == 1 { Vec::new() } else { spec.inputs.clone() };
    experiment.network.layers = spec.layers.clone();
    experiment.network.outputs = spec.outputs.clone();
    let is_vector = matches!(saved.network.output(), Shape::Vector(outputs) if outputs > 1);
    let has_classes = is_vector && !saved.about.classes.is_empty();
    experiment.train.fit.loss = if has_classes { Loss::cross_entropy() } else { Loss::MeanSquaredError };
    Ok(experiment)
}
