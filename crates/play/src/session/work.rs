//! A network of one number type, with its data and its training.

use std::sync::Arc;

use toddle::checkpoint::{self, About, Saved};
use toddle::{Fit, Float, LayerSpec, Loss, Machine, Network, Scaling, Shape};
use toddle_data::{Augment, Augmented, Dataset, Meaning, Parts};
use toddle_run::experiment::Experiment;
use toddle_run::memory;
use toddle_run::precision::Precision;
use toddle_run::run::metrics::{Row, has_accuracy};

use super::film::Camera;
use super::judged::Judged;
use super::training::{Goal, Training};
use super::{Opening, Response, describe};
use crate::protocol::{
    Answer, Array, Ask, Do, Fault, Half, Halves, News, Opened, Origin, PointSettings, Samples,
};

/// A network of one number type, with its data and its training.
pub struct Work<T: Float> {
    pub origin: Origin,
    pub name: String,
    /// The experiment as it is now, with the changes of pages.
    pub experiment: Experiment,
    pub network: Network<T>,
    pub parts: Option<Arc<Parts>>,
    pub points: Option<PointSettings>,
    /// The names of the classes. Empty if the targets are numbers.
    pub classes: Vec<String>,
    /// How values become inputs.
    pub scaling: Scaling,
    /// What the values of the training samples mean.
    pub meaning: Meaning,
    /// The training. None: there are no samples to train on.
    pub training: Option<Training<T>>,
    /// The answers about a half, with the weights of a moment.
    pub judged: Option<Judged>,
    /// What films the training. None: there is nothing to film.
    pub camera: Option<Camera<T>>,
    pub machine: Machine,
}

/// What a run's folder holds of a training.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The name of the experiment.
    pub name: String,
    /// The experiment as a text.
    pub experiment: String,
    /// The seed of the first weights and of the order.
    pub seed: u32,
    /// The number type.
    pub precision: &'static str,
    /// The model file: the network with its final weights.
    pub model: Vec<u8>,
    /// The checkpoint: the network and all that its training needs to continue.
    pub checkpoint: Vec<u8>,
    /// The steps so far.
    pub step: u64,
    /// The epochs.
    pub rows: Vec<Row>,
    /// The film as a run's folder has it. Empty if there is none.
    pub film: String,
}

impl<T: Float + From<f32>> Work<T> {
    /// The network of `opening`, ready to be trained if its samples are there.
    pub fn new(opening: Opening, machine: Machine) -> Result<Work<T>, Fault> {
        let Opening { origin, name, experiment, parts, points, model, film, rows } = opening;
        let saved = model.map(|model| checkpoint::decode::<T>(&model)).transpose();
        let saved = saved.map_err(|error| Fault::of(&error))?;
        let (classes, scaling, meaning) = match (&parts, &saved) {
            (Some(parts), _) => {
                let train = &parts.train;
                (train.class_names().to_vec(), train.scaling().clone(), parts.meaning.clone())
            }
            (None, Some(Saved { about, .. })) => {
                let meaning = Meaning::from_json(&name, &about.data)?.unwrap_or_default();
                (about.classes.clone(), about.scaling.clone(), meaning)
            }
            (None, None) => return Err(no_samples()),
        };
        let fit = experiment.fit(machine);
        let (mut network, resumed) = match saved {
            Some(Saved { network, training, .. }) => (network, training),
            None => {
                let shape = parts.as_ref().map_or([0; 3], |parts| parts.train.shape());
                let (network, _) = experiment.start::<T>(shape).map_err(|error| Fault::of(&error))?;
                (network, None)
            }
        };
        let training = match &parts {
            Some(parts) => {
                check(&experiment, &network, parts, &fit, &machine)?;
                let samples = parts.train.len();
                let trainer = match resumed {
                    Some(saved) => saved.resume(&network, &fit, samples)?,
                    None => toddle::Trainer::new(&network, &fit, samples)?,
                };
                let mut training = Training::new(trainer, has_accuracy(&parts.train), rows);
                training.end_if_done(&mut network);
                Some(training)
            }
            None => None,
        };
        let judged = None;
        let mut work = Work {
            origin,
            name,
            experiment,
            network,
            parts,
            points,
            classes,
            scaling,
            meaning,
            training,
            judged,
            camera: None,
            machine,
        };
        work.camera = Camera::new(&work, film);
        Ok(work)
    }

    /// The answer to an ask about the open network.
    pub fn answer(&mut self, ask: Ask) -> Response {
        match ask {
            Ask::Network {} => Ok(Answer::Network(describe::network(&self.network, self.loss()))),
            Ask::Weights { parameter } => self.weights(&parameter),
            Ask::Sample { half, index } => self.sample(half, index),
            Ask::Trace { input, nodes } => self.trace(&input, nodes.as_deref()),
            Ask::Element(element) => self.element(&element),
            Ask::Confusion { half } => self.confusion(half),
            Ask::Cell { half, truth, said, most } => self.cell(half, truth, said, most),
            Ask::Worst { half, most } => self.worst(half, most),
            Ask::Why { input, by, class } => self.why(&input, by, class),
            Ask::Nudge { input } => self.nudge(&input),
            Ask::Nearest { input, half, most } => self.nearest(&input, half, most),
            Ask::Map { half, count, input } => self.map(half, count, input.as_ref()),
            Ask::Excite { node, unit } => self.excite(&node, unit),
            Ask::Histograms {} => self.histograms(),
            Ask::Boundary { columns, rows, node, unit } => {
                self.boundary(columns, rows, node.as_deref(), unit)
            }
            Ask::Points {} => self.point_samples(),
            Ask::Hello {}
            | Ask::Open(_)
            | Ask::Train { .. }
            | Ask::Change(_)
            | Ask::News {}
            | Ask::Film { .. }
            | Ask::Frame { .. }
            | Ask::Duel(_)
            | Ask::Build(_)
            | Ask::Layers {} => unreachable!("the session answers it"),
        }
    }

    /// Does what a page asks of the training.
    pub fn command(&mut self, r#do: Do) -> Result<(), Fault> {
        if r#do == Do::Reset {
            return self.reset();
        }
        let training = self.training.as_mut().ok_or_else(no_samples)?;
        training.want(match r#do {
            Do::Start => Goal::End,
            Do::Epoch => Goal::Epoch,
            Do::Step => Goal::Step,
            Do::Pause | Do::Reset => Goal::None,
        });
        // A single step is done when the answer comes.
        if r#do == Do::Step {
            self.train(1);
        }
        Ok(())
    }

    pub fn pause(&mut self) {
        if let Some(training) = &mut self.training {
            training.want(Goal::None);
        }
    }

    pub fn is_running(&self) -> bool {
        self.training.as_ref().is_some_and(Training::is_running)
    }

    /// Trains for at most so many steps.
    pub fn train(&mut self, steps: usize) {
        if let (Some(training), Some(parts)) = (&mut self.training, &self.parts) {
            let (augment, seed) = (&self.experiment.augment, u64::from(self.experiment.seed));
            training.run(&mut self.network, parts, augment, seed, steps, self.camera.as_mut());
        }
    }

    /// Adds the time of some steps.
    pub fn took(&mut self, seconds: f64) {
        if let Some(training) = &mut self.training {
            training.took(seconds);
        }
    }

    pub fn news(&self) -> News {
        self.training.as_ref().map(Training::news).unwrap_or_default()
    }

    /// The loss of the training.
    pub fn loss(&self) -> &Loss {
        &self.experiment.train.fit.loss
    }

    /// The number of steps that the weights have seen, which tells when answers are out of date.
    pub fn moment(&self) -> u64 {
        self.training.as_ref().map_or(0, Training::moment)
    }

    /// What is open, for `hello`.
    pub fn opened(&self) -> Opened {
        let experiment = self.as_changed();
        let fit = &experiment.train.fit;
        let length = |half| self.dataset(half).ok().map(Dataset::len);
        let kind = match (&self.points, &self.meaning.pictures) {
            (Some(_), _) => Samples::Points,
            (None, Some(_)) => Samples::Pictures,
            (None, None) => Samples::Numbers,
        };
        Opened {
            name: self.name.clone(),
            from: self.origin,
            precision: self.precision().name().into(),
            seed: u64::from(self.experiment.seed),
            input: shape(self.network.input()),
            output: shape(self.network.output()),
            classes: self.classes.clone(),
            kind,
            points: self.points.clone(),
            halves: Halves {
                train: length(Half::Train),
                validation: length(Half::Validation),
                test: length(Half::Test),
            },
            loss: fit.loss.to_string(),
            optimizer: fit.optimizer,
            rate: self.training.as_ref().map_or(fit.optimizer.rate(), Training::rate),
            batch: fit.batch,
            epochs: fit.epochs,
            trains: self.training.is_some(),
            toml: experiment.to_toml(),
        }
    }

    /// The experiment in which the optimizer has the learning rate that a page has set.
    fn as_changed(&self) -> Experiment {
        let mut experiment = self.experiment.clone();
        let factor = self.training.as_ref().and_then(|training| training.trainer.state().rate_factor);
        let optimizer = &mut experiment.train.fit.optimizer;
        if let Some(factor) = factor {
            // The factor is a quotient: its product may differ from the rate of the page in the last digit.
            let rate = format!("{:.12e}", factor * optimizer.rate()).parse().unwrap_or(optimizer.rate());
            let mut settings = serde_json::json!(optimizer);
            settings["rate"] = serde_json::json!(rate);
            *optimizer = serde_json::from_value(settings).unwrap_or(*optimizer);
        }
        experiment
    }

    fn precision(&self) -> Precision {
        if size_of::<T>() == size_of::<f64>() { Precision::F64 } else { Precision::F32 }
    }

    /// The samples of a half.
    pub fn dataset(&self, half: Half) -> Result<&Dataset, Fault> {
        let half_of_data = match half {
            Half::Train => toddle_data::Half::Train,
            Half::Validation => toddle_data::Half::Validation,
            Half::Test => toddle_data::Half::Test,
        };
        let parts = self.parts.as_ref().ok_or_else(no_samples)?;
        parts.half(half_of_data).ok_or_else(|| {
            let got = format!("{half:?}").to_lowercase();
            Fault::new("there are no such samples", "a half of the data", got, "another half")
        })
    }

    /// The half that measures the network, or the one that is asked for.
    pub fn measured(&self, half: Option<Half>) -> Half {
        let of_data = |parts: &Arc<Parts>| match parts.measured().1 {
            toddle_data::Half::Train => Half::Train,
            toddle_data::Half::Validation => Half::Validation,
            toddle_data::Half::Test => Half::Test,
        };
        half.unwrap_or_else(|| self.parts.as_ref().map_or(Half::Test, of_data))
    }

    /// Channels, height and width of a sample.
    pub fn sample_shape(&self) -> [usize; 3] {
        match (&self.meaning.pictures, self.network.input()) {
            (Some(pictures), _) => pictures.shape,
            (None, Shape::Image { channels, height, width }) => [channels, height, width],
            (None, Shape::Vector(numbers)) => [numbers, 1, 1],
        }
    }

    /// The last layer of the network, if it has a single output.
    pub fn last_layer(&self) -> Option<LayerSpec> {
        let [output] = self.network.outputs() else { return None };
        let node = output.value.checked_sub(self.network.inputs().len())?;
        self.network.nodes()[node].layer().map(|layer| layer.spec())
    }

    /// Whether the network chooses a class.
    pub fn has_classes(&self) -> bool {
        let width = self.network.output().size();
        self.network.outputs().len() == 1 && self.classes.len() > 1 && self.classes.len() == width.max(2)
    }

    /// The probability of each class, from the outputs of some samples, sample after sample.
    pub fn probabilities(&self, outputs: &[f64]) -> Result<Vec<f64>, Fault> {
        Ok(toddle_data::probabilities(self.last_layer(), outputs, self.network.output().size())?)
    }

    /// Begins again with the first weights.
    fn reset(&mut self) -> Result<(), Fault> {
        let parts = self.parts.clone().ok_or_else(no_samples)?;
        let (network, _) =
            self.experiment.start::<T>(parts.train.shape()).map_err(|error| Fault::of(&error))?;
        let trainer = toddle::Trainer::new(&network, &self.experiment.fit(self.machine), parts.train.len())?;
        let moment = self.moment();
        self.network = network;
        self.training =
            Some(Training::new(trainer, has_accuracy(&parts.train), Vec::new()).after(moment + 1));
        self.camera = Camera::new(self, None);
        Ok(())
    }

    fn weights(&self, name: &str) -> Response {
        let layout = self.network.layout();
        let Some(param) = layout.get(name) else {
            let names: Vec<&str> = layout.params().iter().map(|param| &*param.name).collect();
            return Err(Fault::new(
                "there is no parameter of this name",
                names.join(", "),
                name,
                "another name",
            ));
        };
        let values = Array::of(param.shape.clone(), &self.network.weights()[param.range.clone()]);
        Ok(Answer::Weights { parameter: name.into(), values })
    }

    /// What a run's folder holds of the training. None if no step was taken, or if the samples are points.
    pub fn kept(&self) -> Option<Kept> {
        let (training, parts) = (self.training.as_ref()?, self.parts.as_ref()?);
        if !training.has_trained() || self.points.is_some() {
            return None;
        }
        let about = About {
            scaling: parts.train.scaling().clone(),
            classes: parts.train.class_names().to_vec(),
            data: parts.meaning.to_json(),
            seed: Some(u64::from(self.experiment.seed)),
            ..About::default()
        };
        let (model, checkpoint) = training.files(&self.network, &about)?;
        Some(Kept {
            name: self.experiment.name.clone(),
            experiment: self.experiment.to_toml(),
            seed: self.experiment.seed,
            precision: self.precision().name(),
            model,
            checkpoint,
            step: training.trainer.state().steps,
            rows: training.rows().to_vec(),
            film: self.camera.as_ref().map_or(String::new(), |camera| camera.film.to_lines()),
        })
    }
}

/// The error that there is nothing to train on.
pub fn no_samples() -> Fault {
    Fault::new(
        "there are no samples",
        "a network with its data",
        "a network alone",
        "an experiment, or a run whose data are there",
    )
}

/// Checks that the network fits the samples, and that the training fits in memory.
pub fn check<T: Float + From<f32>>(
    experiment: &Experiment,
    network: &Network<T>,
    parts: &Parts,
    fit: &Fit,
    machine: &Machine,
) -> Result<(), Fault> {
    experiment.check_fit(network, parts).map_err(|error| Fault::of(&error))?;
    for dataset in [Some(&parts.train), parts.validation.as_ref()].into_iter().flatten() {
        network.check_class_numbers(&Augmented::new(dataset, &Augment::default(), 0)?)?;
    }
    memory::check(network, fit, parts.train.len(), machine).map_err(|error| Fault::of(&error))
}
/// A shape as a list.
pub fn shape(shape: Shape) -> Vec<usize> {
    match shape {
        Shape::Vector(numbers) => vec![numbers],
        Shape::Image { channels, height, width } => vec![channels, height, width],
    }
}
