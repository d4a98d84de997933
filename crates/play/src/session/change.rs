//! Changes of a training, and what they keep.

use toddle::{Fit, Float, Trainer, TrainerState};

use super::film::Camera;
use super::training::Training;
use super::work::{Work, check, counts, no_samples};
use super::{open, shelf};
use crate::protocol::{Change, Fault, Origin};

/// What a change keeps, and what it loses, in words.
type KeptAndLost = (Vec<String>, Vec<String>);

impl<T: Float + From<f32>> Work<T> {
    /// Changes the training. If the change is not possible, nothing is changed.
    pub fn change(&mut self, change: Change) -> Result<KeptAndLost, Fault> {
        let Change { rate, batch, optimizer, epochs, layers } = change;
        let (mut kept, mut lost) = (vec!["the curves".to_owned()], Vec::new());
        if let Some(layers) = layers {
            (kept, lost) = self.change_layers(&layers)?;
        }
        let old = self.experiment.train.fit.clone();
        let new = Fit {
            batch: batch.unwrap_or(old.batch),
            optimizer: optimizer.unwrap_or(old.optimizer),
            epochs: epochs.unwrap_or(old.epochs),
            ..old.clone()
        };
        if new != old {
            lost.extend(self.change_fit(&old, new)?);
            kept.push("the weights".into());
        }
        if let Some(rate) = rate {
            self.change_rate(rate)?;
        }
        kept.dedup();
        Ok((kept, lost))
    }

    /// Changes settings of the training. Returns what is lost.
    fn change_fit(&mut self, old: &Fit, new: Fit) -> Result<Vec<String>, Fault> {
        let parts = self.parts.clone().ok_or_else(no_samples)?;
        let mut experiment = self.experiment.clone();
        experiment.train.fit = new.clone();
        let experiment = shelf::checked("the settings", &experiment)?;
        let fit = experiment.fit(self.machine);
        check(&experiment, &self.network, &parts, &fit, &self.machine)?;
        let mut trainer = Trainer::new(&self.network, &fit, parts.train.len())?;
        let mut training = self.training.take().ok_or_else(no_samples)?;
        let (is_same_batch, is_same_optimizer) = (new.batch == old.batch, new.optimizer == old.optimizer);
        let was = training.trainer.state().clone();
        let state = if is_same_batch { was } else { at_epoch(was, &trainer) };
        let zeros = vec![T::ZERO; self.network.layout().len()];
        let buffers = training.trainer.buffers();
        let is_slot = |name: &str| fit.optimizer.slots().contains(&name);
        let buffer = |name: &str| match buffers.iter().find(|(other, _)| *other == name) {
            Some((_, numbers)) if is_same_optimizer || !is_slot(name) => Some(*numbers),
            _ if is_slot(name) => Some(&zeros[..]),
            _ => None,
        };
        if let Err(error) = trainer.resume(state, buffer) {
            self.training = Some(training);
            return Err(error.into());
        }
        training.go_on(&mut self.network);
        self.experiment = experiment;
        self.training =
            Some(Training::new(trainer, counts(&parts.train), Vec::new()).with_curves_of(training));
        let mut lost = Vec::new();
        if !is_same_optimizer {
            lost.push("the state of the optimizer".into());
        }
        if !is_same_batch {
            lost.push("the place in the epoch".into());
        }
        Ok(lost)
    }

    /// Sets the learning rate of the next step. The schedule goes on from there.
    fn change_rate(&mut self, rate: f64) -> Result<(), Fault> {
        let training = self.training.as_mut().ok_or_else(no_samples)?;
        let factor = training.trainer.state().rate_factor.unwrap_or(1.0);
        let plain = training.trainer.rate() / factor;
        if !(rate.is_finite() && rate >= 0.0 && plain > 0.0) {
            let got = format!("{rate}, where the schedule has {plain}");
            let expected = "a number, 0 or more, where the schedule has a rate above 0";
            return Err(Fault::new("this cannot be the learning rate", expected, got, "0.01"));
        }
        Ok(training.trainer.scale_rate(rate / plain)?)
    }

    /// Puts other layers in. Layers of the same names and shapes keep their weights.
    fn change_layers(&mut self, layers: &[serde_json::Value]) -> Result<KeptAndLost, Fault> {
        let parts = self.parts.clone().ok_or_else(no_samples)?;
        let mut experiment = self.experiment.clone();
        experiment.network.layers = open::layers(layers)?;
        experiment.network.outputs = Vec::new();
        let experiment = shelf::checked("the layers", &experiment)?;
        let mut network = experiment.network(parts.train.shape()).build::<T>(experiment.seed)?;
        let fit = experiment.fit(self.machine);
        check(&experiment, &network, &parts, &fit, &self.machine)?;
        let loaded = network.load_matching::<&str>(&self.network, &[])?;
        let trainer = Trainer::new(&network, &fit, parts.train.len())?;
        let moment = self.moment();
        let kept = loaded.loaded.iter().map(|name| format!("the weights of `{name}`")).collect();
        self.network = network;
        self.experiment = experiment;
        self.origin = Origin::Layers;
        self.judged = None;
        self.training = Some(Training::new(trainer, counts(&parts.train), Vec::new()).after(moment + 1));
        self.camera = Camera::new(self, None);
        let lost = ["the weights of the other layers", "the state of the optimizer", "the curves"];
        Ok((kept, lost.map(str::to_owned).to_vec()))
    }
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
