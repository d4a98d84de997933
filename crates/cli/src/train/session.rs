//! A training, from its beginning or from a checkpoint to its last files.

use std::path::Path;
use std::time::Instant;

use serde_json::{Map, Value, json};
use toddle::checkpoint::{self, About};
use toddle::{Fit, Float, Machine, Network, Ranks, Samples, Schedule, Trainer, escaped};
use toddle_data::{Augment, Augmented, Meaning, Parts};
use toddle_run::checkpoints::{self, Checkpoints, Latest};
use toddle_run::digest::sha256;
use toddle_run::error::{Error, ExperimentError};
use toddle_run::experiment::{Experiment, TakenOver};
use toddle_run::folder::Folder;
use toddle_run::memory;
use toddle_run::run::metrics::{self, Row};
use toddle_run::run::{self, curves};

use super::Options;
use super::keeper::Keeper;
use super::outcome::Outcome;
use super::{over, ranks, warnings};
use crate::interrupt::Interrupt;
use crate::output::note;

/// The data and the settings of a training.
pub struct Session<'a> {
    pub options: &'a Options,
    /// The experiment with all defaults.
    pub experiment: &'a Experiment,
    pub parts: &'a Parts,
    pub machine: Machine,
    pub interrupt: Interrupt,
    /// The epoch after which the training pauses.
    pub until: Option<usize>,
    /// The processes that train together.
    pub ranks: Option<&'a Ranks>,
}

/// The key of a checkpoint's summary with the [settings](Session::steps) of all its steps. Without it, the run did not begin from its seed,
/// or its settings have changed.
const STEPS: &str = "steps_with";

/// A training that is running.
struct Run<'a, T> {
    session: &'a Session<'a>,
    network: Network<T>,
    trainer: Trainer<T>,
    keeper: Keeper<'a, T>,
}

/// A network and the state of its training.
pub struct Begun<T> {
    pub network: Network<T>,
    pub trainer: Trainer<T>,
    /// Whether the experiment, trained from the beginning, comes to the same state.
    repeats: bool,
}

impl Session<'_> {
    /// Begins or continues the training. The folder is that of the run, unless nothing was left to train.
    pub fn run<T: Float + From<f32>>(&self) -> Result<(Outcome, Option<Folder>), Error> {
        let Parts { train, validation, .. } = self.parts;
        let seed = u64::from(self.experiment.seed);
        let samples = Augmented::new(train, &self.experiment.augment, seed)?;
        let plain = |dataset| Augmented::new(dataset, &Augment::default(), seed);
        let validation = validation.as_ref().map(plain).transpose()?;

        let (folder, Begun { mut network, trainer, repeats }) = self.begin::<T>(&samples)?;
        folder.tidy();
        let epochs = trainer.state().epochs;
        let mut rows = if self.options.resume.is_some() { metrics::read(folder.path())? } else { Vec::new() };
        rows.retain(|row| row.epoch <= epochs);
        if self.is_over(&folder, &mut network, &trainer) {
            let over = Some(over::reason(self.experiment, &trainer, folder.path()));
            return Ok((Outcome { over, ..self.outcome(&folder, network, &trainer, &rows).0 }, None));
        }
        self.write_beginning(&folder)?;
        let (threads, workers) = (trainer.threads(), trainer.plan().workers());
        if threads < workers {
            let text = format!(
                "warning: the system starts only {threads} of {workers} threads: the training takes longer, with the same bits"
            );
            note(self.options.silent, &text);
        }
        let keeper = Keeper::new(self, self.about(repeats), &network, &trainer, folder, rows)?;
        let mut run = Run { session: self, network, trainer, keeper };
        run.train(&samples, validation.as_ref().map(|validation| validation as &dyn Samples<T>))?;
        let (outcome, folder) = run.finish()?;
        Ok((outcome, Some(folder)))
    }

    /// Whether the training pauses after so many epochs.
    pub fn pauses_after(&self, epochs: usize) -> bool {
        self.until.is_some_and(|until| epochs >= until)
    }

    /// Writes the first files, by which a folder is recognised as a run.
    pub fn write_beginning(&self, folder: &Folder) -> Result<(), Error> {
        folder.write(run::EXPERIMENT, self.experiment.to_toml().as_bytes())?;
        let Experiment { seed, precision, .. } = *self.experiment;
        folder.write(run::ENVIRONMENT, run::environment(&self.machine, seed, precision.name()).as_bytes())
    }

    /// Writes a new run with the weights of `network`: its first files, its model, and a checkpoint before the first
    /// step.
    pub fn adopt<T: Float>(&self, network: Network<T>, known: &About, out: &Path) -> Result<(), Error> {
        self.check_known(known)?;
        let (fit, train) = (self.experiment.fit(self.machine), &self.parts.train);
        self.experiment.check_fit(&network, self.parts)?;
        memory::check(&network, &fit, train.len(), &self.machine)?;
        let trainer = Trainer::new(&network, &fit, train.len())?;
        let folder = run::begin(&self.experiment.name, Some(out))?;
        self.write_beginning(&folder)?;
        let about = self.about(false);
        folder.write_in_pieces(run::MODEL, &|to| checkpoint::write(&network, &about, None, to))?;
        let checkpoints = Checkpoints::new(folder.path().join(run::CHECKPOINTS));
        checkpoints.save(0, &|to| checkpoint::write(&network, &about, Some(&trainer), to))?;
        Ok(())
    }

    /// The folder of the run, the network and its training: new ones, or the ones of the run that continues.
    fn begin<T: Float>(&self, samples: &dyn Samples<T>) -> Result<(Folder, Begun<T>), Error> {
        let Some(run) = &self.options.resume else {
            // If the training is not valid, no folder is made.
            let begun = self.begun(samples)?;
            return Ok((run::begin(&self.experiment.name, self.options.out.as_deref())?, begun));
        };
        let folder = run::go_on(run)?;
        Ok((folder, self.begun(samples)?))
    }

    /// The network and its training: new ones, or the ones of the run that continues. They are the same on all ranks.
    pub fn begun<T: Float>(&self, samples: &dyn Samples<T>) -> Result<Begun<T>, Error> {
        let fit = Fit { ranks: self.ranks.cloned(), ..self.experiment.fit(self.machine) };
        let resumed = self.options.resume.as_ref().map(|run| self.resume(run, &fit)).transpose()?;
        let begun = match resumed.flatten() {
            Some(begun) => begun,
            None => self.anew(&fit, samples)?,
        };
        self.check_ranks(&begun.network, &begun.trainer)?;
        Ok(begun)
    }

    /// Whether the training to continue has ended, and the model in its folder is its result. Then nothing is left to
    /// do, and nothing is written.
    fn is_over<T: Float>(&self, folder: &Folder, network: &mut Network<T>, trainer: &Trainer<T>) -> bool {
        if self.options.resume.is_none() || !trainer.is_done() {
            return false;
        }
        trainer.finish(network);
        let bits = |network: &Network<T>| [sha256(network.weights()), sha256(network.state())];
        let kept = checkpoints::load::<T>(&folder.path().join(run::MODEL));
        kept.is_ok_and(|kept| bits(&kept.network) == bits(network))
    }

    /// The network and its training before the first step.
    fn anew<T: Float>(&self, fit: &Fit, samples: &dyn Samples<T>) -> Result<Begun<T>, Error> {
        let train = &self.parts.train;
        let (network, taken_over) = self.experiment.start::<T>(train.shape())?;
        self.experiment.check_fit(&network, self.parts)?;
        if let Some(TakenOver { layers, about }) = taken_over {
            note(self.options.quiet, &layers.to_string());
            if about.scaling != *train.scaling() {
                let text = "warning: the inputs are scaled differently from those of the model that layers are taken from";
                note(self.options.silent, text);
            }
        }
        for warning in warnings::warnings(&network, fit, samples) {
            note(self.options.silent, &format!("warning: {warning}"));
        }
        if let Some(text) = warnings::validation(self.experiment, self.parts) {
            note(self.options.silent, &text);
        }
        memory::check(&network, fit, train.len(), &self.machine)?;
        if let Some(ranks) = self.ranks.filter(|ranks| ranks.rank() == 0)
            && let Some(text) = ranks::warning(&network, fit, samples, ranks.size())
        {
            note(self.options.silent, &format!("warning: {text}"));
        }
        let trainer = Trainer::new(&network, fit, train.len())?;
        Ok(Begun { network, trainer, repeats: true })
    }

    /// The newest checkpoint of the run in `folder`. `None` if the run was stopped before its first checkpoint.
    fn resume<T: Float>(&self, folder: &Path, fit: &Fit) -> Result<Option<Begun<T>>, Error> {
        let nothing = |got: &str| {
            let (what, expected) = (
                "there is no checkpoint to continue from",
                "a checkpoint in the folder checkpoints of the run",
            );
            let place = format!("`{}`", folder.display());
            ExperimentError::new(place, what, expected, got, "a new training, with --out and another folder")
        };
        let checkpoints = Checkpoints::new(folder.join(run::CHECKPOINTS));
        let Some(Latest { file, saved, skipped }) = checkpoints.latest::<T>()? else {
            if folder.join(run::MODEL).exists() {
                return Err(nothing("only a model"));
            }
            note(self.options.quiet, "starting again: the training was stopped before its first checkpoint");
            return Ok(None);
        };
        for error in skipped {
            note(
                self.options.silent,
                &format!("warning: {error}\n  continuing from {}", escaped(file.display())),
            );
        }
        let training = saved.training.ok_or_else(|| nothing("a model without its training"))?;
        self.check_data(&file, &saved.about)?;
        over::check_epochs(training.state.epochs, fit.epochs, folder)?;
        memory::check(&saved.network, fit, self.parts.train.len(), &self.machine)?;
        let trainer = training.resume(&saved.network, fit, self.parts.train.len())?;
        if !trainer.is_done() {
            note(self.options.quiet, &format!("continuing after step {}", trainer.state().steps));
        }
        let repeats = saved.about.summary.get(STEPS) == Some(&self.steps());
        Ok(Some(Begun { network: saved.network, trainer, repeats }))
    }

    /// The settings on which the steps depend. What a run may change when it goes on is left out if no step depends on it: a time limit,
    /// and with a constant rate the number of epochs.
    fn steps(&self) -> Value {
        let fit = &self.experiment.train.fit;
        let epochs = if fit.schedule == Schedule::Constant { 0 } else { fit.epochs };
        let steps = Fit { epochs, time_limit: None, ..fit.clone() };
        serde_json::to_string(&steps).expect("settings are JSON").into()
    }

    /// Checks that the samples are the same as at the beginning of the run.
    fn check_data(&self, checkpoint: &Path, about: &About) -> Result<(), Error> {
        let begun = Meaning::from_json(&checkpoint.display().to_string(), &about.data)?;
        let (Some(was), is) = (begun, &self.parts.meaning) else { return Ok(()) };
        let mut differences = was.differences(is);
        if let (Some(was), Some(is)) = (&was.validation, &is.validation)
            && was != is
        {
            differences.push("the validation samples");
        }
        if differences.is_empty() {
            return Ok(());
        }
        let place = format!("`{}`", self.parts.meaning.place);
        let what = "the data have changed since the run began";
        let (expected, got) =
            ("the same samples, targets and classes", differences.join(" and ") + " differ");
        Err(ExperimentError::new(place, what, expected, &got, "the old data, or a new run"))
    }

    /// Checks that the network of a file is asked what it was trained for: `known` is what the file says about it.
    fn check_known(&self, known: &About) -> Result<(), Error> {
        let is = self.about(false);
        let list = |names: Vec<String>| names.join(", ");
        let columns = |about: &About| {
            let meaning = Meaning::from_json("the file", &about.data)?;
            let columns = meaning.and_then(|meaning| meaning.columns);
            Ok::<_, Error>(columns.map(|columns| list(columns.input_names())))
        };
        let classes = |about: &About| Some(list(about.classes.clone())).filter(|classes| !classes.is_empty());
        let scaling = |about: &About| serde_json::to_string(&about.scaling).expect("numbers are JSON");
        let is_said = !known.data.is_empty();
        let differences = [
            ("columns, in another order or with other names", columns(known)?, columns(&is)?),
            ("classes", classes(known), classes(&is)),
            ("a scaling of the inputs", is_said.then(|| scaling(known)), Some(scaling(&is))),
        ];
        for (what, was, is) in differences {
            if let (Some(was), Some(is)) = (was, is)
                && was != is
            {
                let place = format!("`{}`", self.parts.meaning.place);
                let what = format!("the network was trained with other data: {what}");
                let remedy = "the experiment of the run that was exported, or no --as";
                return Err(ExperimentError::new(place, &what, &was, &is, remedy));
            }
        }
        Ok(())
    }

    /// The description of a checkpoint. `repeats`: whether the experiment, trained from the beginning, comes to the same state.
    fn about(&self, repeats: bool) -> About {
        let Parts { train, meaning, .. } = self.parts;
        About {
            scaling: train.scaling().clone(),
            classes: train.class_names().to_vec(),
            data: meaning.to_json(),
            seed: Some(u64::from(self.experiment.seed)),
            summary: repeats.then(|| (STEPS.to_owned(), self.steps())).into_iter().collect(),
            ..About::default()
        }
    }

    /// The results of a training with the epochs `rows`, and its network.
    fn outcome<T: Float>(
        &self,
        folder: &Folder,
        mut network: Network<T>,
        trainer: &Trainer<T>,
        rows: &[Row],
    ) -> (Outcome, Network<T>) {
        trainer.finish(&mut network);
        let (state, train) = (trainer.state(), &self.experiment.train);
        let best = state.best.map(|(_, epoch)| epoch).filter(|_| train.fit.keep_best);
        let row = rows.iter().rfind(|row| best.is_none_or(|best| row.epoch == best));
        let outcome = Outcome {
            name: self.experiment.name.clone(),
            run: folder.path().display().to_string(),
            complete: trainer.is_done(),
            stopped: stopped(trainer),
            over: None,
            epochs: state.epochs,
            of: train.fit.epochs,
            steps: state.steps,
            samples: self.parts.train.len(),
            validation: self.parts.validation_in_words(),
            epoch: None,
            loss: None,
            training_accuracy: None,
            validation_loss: None,
            accuracy: None,
            seconds: metrics::seconds(rows),
            told_apart: self.parts.meaning.told_apart(),
            weights_sha256: sha256(network.weights()),
        };
        (outcome.of_epoch(row), network)
    }
}

impl<T: Float + From<f32>> Run<'_, T> {
    /// Trains until all epochs are done or a signal asks for an end.
    fn train(&mut self, samples: &dyn Samples<T>, validation: Option<&dyn Samples<T>>) -> Result<(), Error> {
        let Run { session, network, trainer, keeper, .. } = self;
        // Several ranks stop after a step, which all of them make.
        let stopped = session.interrupt.heard() && session.ranks.is_none();
        if !stopped && !session.pauses_after(trainer.state().epochs) {
            let (begin, before) = (Instant::now(), session.ranks.map(Ranks::time).unwrap_or_default());
            let trained = trainer.run(network, samples, validation, keeper);
            if let Some(ranks) = session.ranks {
                note(session.options.quiet, &ranks::share(ranks.time() - before, begin.elapsed()));
            }
            // A loss that is not finite may come of a sample that could not be read.
            session.parts.check_read()?;
            trained?;
        }
        keeper.end(network, trainer)
    }

    /// Writes the model, the picture, the report and the card of the model.
    fn finish(self) -> Result<(Outcome, Folder), Error> {
        let Run { session, network, trainer, keeper } = self;
        let Keeper { about, folder, metrics, .. } = keeper;
        let (experiment, rows) = (session.experiment, metrics.rows());
        let (outcome, network) = session.outcome(&folder, network, &trainer, rows);
        let repeats = outcome.complete && about.summary.contains_key(STEPS);
        let about = About { summary: summary(&outcome, repeats), ..about };
        // They are about the model that is replaced.
        [run::REPORT, run::CARD].into_iter().try_for_each(|name| folder.remove(name))?;
        folder.write_in_pieces(run::MODEL, &|to| checkpoint::write(&network, &about, None, to))?;
        let shown = curves::Run { name: &experiment.name, rows };
        let subtitle = format!(
            "{} samples in batches of {}, {}, seed {}, {}",
            outcome.samples,
            experiment.train.fit.batch,
            experiment.train.fit.optimizer,
            experiment.seed,
            experiment.precision.name()
        );
        let picture = curves::one(&shown, &experiment.train.fit.loss.to_string(), subtitle);
        folder.write(run::CURVES, picture.as_bytes())?;
        Ok((outcome, folder))
    }
}

/// The setting that has ended the training before its last epoch.
fn stopped<T: Float>(trainer: &Trainer<T>) -> Option<&'static str> {
    match trainer.state().stopped {
        true if trainer.is_at_goal() => Some("train.stop_at"),
        true => Some("train.patience"),
        false => None,
    }
}

/// The description of the training in the model. It is the same for every run of the same training.
fn summary(outcome: &Outcome, repeats: bool) -> Map<String, Value> {
    let Outcome { name, epochs, steps, samples, loss, validation_loss, accuracy, .. } = outcome;
    let summary = json!({
        "experiment": name,
        "epochs": epochs,
        "steps": steps,
        "samples": samples,
        "loss": loss,
        "validation_loss": validation_loss,
        "accuracy": accuracy,
        run::REPEATS: repeats,
    });
    summary.as_object().cloned().unwrap_or_default()
}
