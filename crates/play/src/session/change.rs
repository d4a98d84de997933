//! Changes of a training, and what they keep.

use std::sync::Arc;

use toddle::{Float, Trainer, TrainerState};
use toddle_data::Parts;
use toddle_run::experiment::Experiment;
use toddle_run::run::metrics::has_accuracy;

use super::film::Camera;
use super::training::Training;
use super::work::{Work, check, no_samples};
use super::{open, shelf};
use crate::protocol::{Change, Fault, Origin};

/// What a change keeps, and what it loses, in words.
type KeptAndLost = (Vec<String>, Vec<String>);

impl<T: Float + From<f32>> Work<T> {
    /// Changes the training. If the change is not possible, nothing is changed.
    pub fn change(&mut self, change: Change) -> Result<KeptAndLost, Fault> {
        let parts = self.parts.clone().ok_or_else(no_samples)?;
        let Change { rate, batch, optimizer, epochs, layers } = change;
        let mut experiment = self.experiment.clone();
        let fit = &mut experiment.train.fit;
        fit.batch = batch.unwrap_or(fit.batch);
        fit.optimizer = optimizer.unwrap_or(fit.optimizer);
        fit.epochs = epochs.unwrap_or(fit.epochs);
        if let Some(layers) = layers {
            experiment.network.layers = open::layers(&layers)?;
            experiment.network.outputs = Vec::new();
            return self.begin_with(&shelf::checked("the layers", &experiment)?, &parts, rate);
        }
        let kept_and_lost = if experiment.train.fit == self.experiment.train.fit {
            if let Some(rate) = rate {
                set_rate(&mut self.training.as_mut().ok_or_else(no_samples)?.trainer, rate)?;
            }
            (weights_and_curves(), Vec::new())
        } else {
            self.go_on_with(&shelf::checked("the settings", &experiment)?, &parts, rate)?
        };
        // What is open is not the experiment of the list any more.
        if self.origin == Origin::Experiment {
            self.origin = Origin::Toml;
        }
        Ok(kept_and_lost)
    }

    /// Goes on with the settings of another experiment of the same network.
    fn go_on_with(
        &mut self,
        experiment: &Experiment,
        parts: &Parts,
        rate: Option<f64>,
    ) -> Result<KeptAndLost, Fault> {
        let fit = experiment.fit(self.machine);
        check(experiment, &self.network, parts, &fit, &self.machine)?;
        let mut trainer = Trainer::new(&self.network, &fit, parts.train.len())?;
        let was = &self.training.as_ref().ok_or_else(no_samples)?.trainer;
        let is_same_batch = fit.batch == was.fit().batch;
        let is_same_optimizer = fit.optimizer == was.fit().optimizer;
        let mut state = was.state().clone();
        if !is_same_batch {
            state = at_epoch(state, &trainer);
        }
        if !is_same_optimizer {
            // The factor was set for the rate of the other optimizer.
            state.rate_factor = None;
        }
        let zeros = vec![T::ZERO; self.network.layout().len()];
        let buffers = was.buffers();
        let is_slot = |name: &str| fit.optimizer.slots().contains(&name);
        trainer.resume(state, |name| match buffers.iter().find(|(other, _)| *other == name) {
            Some((_, numbers)) if is_same_optimizer || !is_slot(name) => Some(*numbers),
            _ if is_slot(name) => Some(&zeros[..]),
            _ => None,
        })?;
        if let Some(rate) = rate {
            set_rate(&mut trainer, rate)?;
        }

        // From here on, nothing fails.
        self.training = self.training.take().map(|training| training.with(trainer, &mut self.network));
        self.experiment = experiment.clone();
        let mut lost = Vec::new();
        if !is_same_optimizer {
            lost.push("the state of the optimizer".into());
        }
        if !is_same_batch {
            lost.push("the place in the epoch".into());
        }
        Ok((weights_and_curves(), lost))
    }

    /// Begins the training of an experiment with other layers. Layers of the same names and shapes keep their weights.
    fn begin_with(
        &mut self,
        experiment: &Experiment,
        parts: &Arc<Parts>,
        rate: Option<f64>,
    ) -> Result<KeptAndLost, Fault> {
        let mut network = experiment.network(parts.train.shape()).build::<T>(experiment.seed)?;
        let fit = experiment.fit(self.machine);
        check(experiment, &network, parts, &fit, &self.machine)?;
        let loaded = network.load_matching::<&str>(&self.network, &[])?;
        let mut trainer = Trainer::new(&network, &fit, parts.train.len())?;
        if let Some(rate) = rate {
            set_rate(&mut trainer, rate)?;
        }

        // From here on, nothing fails.
        let training =
            Training::new(trainer, has_accuracy(&parts.train), Vec::new()).after(self.moment() + 1);
        self.network = network;
        self.experiment = experiment.clone();
        self.origin = Origin::Layers;
        self.judged = None;
        self.training = Some(training);
        self.camera = Camera::new(self, None);
        let kept = loaded.loaded.iter().map(|name| format!("the weights of `{name}`")).collect();
        let lost = ["the weights of the other layers", "the state of the optimizer", "the curves"];
        Ok((kept, lost.map(str::to_owned).to_vec()))
    }
}

fn weights_and_curves() -> Vec<String> {
    ["the weights", "the curves"].map(str::to_owned).to_vec()
}

/// Sets the learning rate of the next step. The schedule goes on from there.
fn set_rate<T: Float>(trainer: &mut Trainer<T>, rate: f64) -> Result<(), Fault> {
    let before = trainer.state().rate_factor.unwrap_or(1.0);
    trainer.scale_rate(1.0)?;
    let plain = trainer.rate();
    let factor = if plain > 0.0 { rate / plain } else { f64::NAN };
    if trainer.scale_rate(factor).is_ok() {
        return Ok(());
    }
    trainer.scale_rate(before)?;
    let got = format!("{rate}, where the schedule has {plain}");
    let expected = "a number, 0 or more, where the schedule has a rate above 0";
    Err(Fault::new("this cannot be the learning rate", expected, got, "0.01"))
}

/// The state at the end of the last epoch that has ended, in a training with other batches.
fn at_epoch<T: Float>(was: TrainerState, trainer: &Trainer<T>) -> TrainerState {
    let epochs = was.epochs as u64;
    let batches = trainer.samples().div_ceil(trainer.fit().batch.min(trainer.samples())) as u64;
    TrainerState {
        seen: 0,
        steps: epochs * trainer.steps_per_epoch(),
        batches: u32::try_from(epochs * batches).unwrap_or(u32::MAX),
        loss_sum: 0.0,
        right: was.right.map(|_| 0),
        ..was
    }
}
