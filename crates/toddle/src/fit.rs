//! Training from first to last, and how.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::engine::Machine;
use crate::error::FitError;
use crate::evaluation::{Answer, Evaluation};
use crate::optim::{Clip, Optimizer};
use crate::samples::Samples;
use crate::schedule::Schedule;
use crate::setting;
use crate::trainer::{StepReport, Trainer};
use crate::{Float, Loss, Network};

/// How to train.
///
/// ```
/// use toddle::{Dense, Fit, Loss, NetworkSpec, Sgd, Shape, Tanh};
///
/// // Exclusive or, with the network of the tutorial that the post follows.
/// let mut network = NetworkSpec::new(Shape::vector(2))
///     .add(Dense::new(3))
///     .add(Tanh)
///     .add(Dense::new(1))
///     .add(Tanh)
///     .build::<f64>(1)?;
/// let (x, y) = ([0., 0., 0., 1., 1., 0., 1., 1.], [0., 1., 1., 0.]);
/// let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(0.1)).epochs(1000);
/// let history = network.fit(&x, &y, &fit)?;
/// assert!(history.errors[999] < 0.001);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fit {
    /// What is to become small.
    pub loss: Loss,
    /// How the weights move.
    pub optimizer: Optimizer,
    /// How the learning rate changes: not at all by default.
    pub schedule: Schedule,
    /// How often all samples are gone through: 1 by default.
    pub epochs: usize,
    /// Samples a batch: 1 by default. One runs the row kernels, more run in blocks of sixteen.
    pub batch: usize,
    /// Batches a step, which moves by the mean of their gradients: 1 by default.
    pub accumulate: usize,
    /// How gradients are kept small: not at all by default.
    pub clip: Option<Clip>,
    /// Whether every epoch takes the samples in another order: not by default, as in the post.
    pub shuffle: bool,
    /// What dropout and shuffling follow: 0 by default.
    pub seed: u64,
    /// How slowly an average follows the weights, which then is what is evaluated and kept: 0.999, say. None by default.
    pub average: Option<f64>,
    /// What says which weights are best, and whether patience is at its end.
    pub monitor: Monitor,
    /// By how much the monitored value has to become better to count: 0 by default.
    pub min_delta: f64,
    /// How many epochs may pass without a better value before the training stops: as many as there are, by default.
    pub patience: Option<usize>,
    /// Whether the network has the best weights in the end, and not the last: not by default.
    pub keep_best: bool,
    /// What to run on: this machine by default. No part of a file.
    #[serde(skip)]
    pub machine: Option<Machine>,
}

/// The value that is watched from epoch to epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Monitor {
    /// The mean loss on the validation samples; on the training samples where nothing is validated.
    #[default]
    Loss,
    /// The accuracy on the validation samples, for networks that answer with a class.
    Accuracy,
}

/// How one epoch went.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epoch {
    /// Which epoch, counted from 1.
    pub number: usize,
    /// How many there are to be.
    pub of: usize,
    /// The mean of its samples' losses, each measured before the step that it led to.
    pub error: f64,
    /// The part of its samples that were answered rightly, each before the step that it led to, where an answer is right or wrong:
    /// see [`Evaluation::accuracy`].
    pub accuracy: Option<f64>,
    /// How the network does on the validation samples, where there are any.
    pub validation: Option<Evaluation>,
    /// Whether its weights are the best so far.
    pub is_best: bool,
    /// The time that it took.
    pub took: Duration,
}

/// How a training went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// The mean loss of each epoch, each sample's measured before the step that it led to.
    #[serde(with = "crate::exact")]
    pub errors: Vec<f64>,
    /// The part of each epoch's samples that were answered rightly, each before the step that it led to, as many as errors. None
    /// where no answer is right or wrong, and of epochs that an older version trained.
    #[serde(default)]
    pub accuracies: Vec<Option<f64>>,
    /// How the network did on the validation samples after each epoch, where there are any.
    pub validation: Vec<Evaluation>,
}

/// Who sees a training go on, and may stop it.
///
/// A closure that takes an [`Epoch`] is an observer of epochs.
pub trait Observer<T> {
    /// After a step. Breaking stops the training there, between two steps.
    fn step(&mut self, report: &StepReport, network: &Network<T>, trainer: &Trainer<T>) -> ControlFlow<()> {
        let _ = (report, network, trainer);
        ControlFlow::Continue(())
    }

    /// After an epoch. Breaking stops the training there.
    fn epoch(&mut self, epoch: &Epoch, network: &Network<T>, trainer: &Trainer<T>) -> ControlFlow<()> {
        let _ = (epoch, network, trainer);
        ControlFlow::Continue(())
    }
}

impl<T, F: FnMut(&Epoch) -> ControlFlow<()>> Observer<T> for F {
    fn epoch(&mut self, epoch: &Epoch, _network: &Network<T>, _trainer: &Trainer<T>) -> ControlFlow<()> {
        self(epoch)
    }
}

impl Fit {
    /// One epoch, one sample a step, in the order in which samples are given, on this machine.
    pub fn new(loss: Loss, optimizer: impl Into<Optimizer>) -> Self {
        Fit {
            loss,
            optimizer: optimizer.into(),
            schedule: Schedule::Constant,
            epochs: 1,
            batch: 1,
            accumulate: 1,
            clip: None,
            shuffle: false,
            seed: 0,
            average: None,
            monitor: Monitor::Loss,
            min_delta: 0.0,
            patience: None,
            keep_best: false,
            machine: None,
        }
    }

    /// Changes the learning rate by `schedule`.
    #[must_use]
    pub fn schedule(self, schedule: impl Into<Schedule>) -> Self {
        Fit { schedule: schedule.into(), ..self }
    }

    /// Goes through all samples so often.
    #[must_use]
    pub fn epochs(self, epochs: usize) -> Self {
        Fit { epochs, ..self }
    }

    /// Takes so many samples a batch.
    #[must_use]
    pub fn batch(self, batch: usize) -> Self {
        Fit { batch, ..self }
    }

    /// Takes the mean gradient of so many batches for a step.
    #[must_use]
    pub fn accumulate(self, accumulate: usize) -> Self {
        Fit { accumulate, ..self }
    }

    /// Keeps gradients small.
    #[must_use]
    pub fn clip(self, clip: Clip) -> Self {
        Fit { clip: Some(clip), ..self }
    }

    /// Takes the samples in another order in every epoch.
    #[must_use]
    pub fn shuffle(self) -> Self {
        Fit { shuffle: true, ..self }
    }

    /// Lets dropout and shuffling follow `seed`.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Fit { seed, ..self }
    }

    /// Keeps an average of the weights: each step takes `1 − decay` of the way to them.
    #[must_use]
    pub fn average(self, decay: f64) -> Self {
        Fit { average: Some(decay), ..self }
    }

    /// Watches `monitor` from epoch to epoch.
    #[must_use]
    pub fn monitor(self, monitor: Monitor) -> Self {
        Fit { monitor, ..self }
    }

    /// Stops after so many epochs without a better value of what is [monitored](Self::monitor).
    #[must_use]
    pub fn patience(self, epochs: usize) -> Self {
        Fit { patience: Some(epochs), ..self }
    }

    /// Leaves the network with its best weights.
    #[must_use]
    pub fn keep_best(self) -> Self {
        Fit { keep_best: true, ..self }
    }

    /// Runs on `machine`.
    #[must_use]
    pub fn machine(self, machine: Machine) -> Self {
        Fit { machine: Some(machine), ..self }
    }

    /// Trains `network`: the samples `x`, one after the other, towards the targets `y`.
    ///
    /// # Errors
    /// The numbers are no whole samples, there are none, a setting is out of range, or a number has become infinite or no
    /// number.
    pub fn run<T: Float>(&self, network: &mut Network<T>, x: &[T], y: &[T]) -> Result<History, FitError> {
        self.run_observed(network, x, y, |_: &Epoch| ControlFlow::Continue(()))
    }

    /// [`run`](Self::run), while `observer` looks on, and may stop it.
    ///
    /// # Errors
    /// As for [`run`](Self::run).
    pub fn run_observed<T: Float>(
        &self,
        network: &mut Network<T>,
        x: &[T],
        y: &[T],
        mut observer: impl Observer<T>,
    ) -> Result<History, FitError> {
        let samples = network.samples(x, y)?;
        self.run_validated(network, &samples, None, &mut observer)
    }

    /// Trains `network` on `samples`, and after each epoch sees how it does on others.
    ///
    /// # Errors
    /// There are no samples, a setting is out of range, or a number has become infinite or no number.
    pub fn run_validated<T: Float>(
        &self,
        network: &mut Network<T>,
        samples: &dyn Samples<T>,
        validation: Option<&dyn Samples<T>>,
        observer: &mut dyn Observer<T>,
    ) -> Result<History, FitError> {
        let mut trainer = Trainer::new(network, self, samples.count())?;
        trainer.run(network, samples, validation, observer)?;
        trainer.finish(network);
        Ok(trainer.state().history.clone())
    }

    /// Whether a step is nothing but `w −= rate · g`, which one sample can take on its way back.
    pub(crate) fn descends(&self) -> bool {
        self.optimizer.is_plain_sgd().is_some() && self.clip.is_none() && self.accumulate == 1
    }

    /// Whether all settings are in range.
    pub(crate) fn check<T: Float>(&self, network: &Network<T>) -> Result<(), FitError> {
        setting::count("batch", self.batch as u64, "1")?;
        setting::count("accumulate", self.accumulate as u64, "1")?;
        self.loss.check(network.output())?;
        self.optimizer.check()?;
        self.schedule.check()?;
        setting::not_negative("min_delta", self.min_delta, "0")?;
        if let Some(clip) = &self.clip {
            clip.check()?;
        }
        if self.monitor == Monitor::Accuracy && !Answer::of(&self.loss, network.output()).counts() {
            let expected = "loss, since what comes out is no class: it is never right or wrong";
            setting::refuse("monitor", "accuracy", expected, "loss")?;
        }
        self.average.map_or(Ok(()), |decay| setting::share("average", decay, "0.999"))
    }
}

impl<T: Float> Trainer<T> {
    /// Goes on until the training is done or `observer` stops it: returns whether it is done.
    ///
    /// # Errors
    /// A number has become infinite or no number.
    pub fn run(
        &mut self,
        network: &mut Network<T>,
        samples: &dyn Samples<T>,
        validation: Option<&dyn Samples<T>>,
        observer: &mut dyn Observer<T>,
    ) -> Result<bool, FitError> {
        let mut start = Instant::now();
        while !self.is_done() {
            let mut flow = ControlFlow::Continue(());
            // A training that was kept between an epoch's last step and its end goes on with the end.
            if !self.epoch_is_over() {
                let report = self.step(network, samples)?;
                flow = observer.step(&report, network, self);
            }
            if self.epoch_is_over() {
                let validation = validation.map(|samples| self.evaluate(network, samples));
                let is_best = self.end_epoch(network, validation);
                let took = start.elapsed();
                start = Instant::now();
                let (number, history) = (self.state().epochs, &self.state().history);
                let (error, accuracy) = (history.errors[number - 1], history.accuracies[number - 1]);
                let epoch =
                    Epoch { number, of: self.fit().epochs, error, accuracy, validation, is_best, took };
                let after = observer.epoch(&epoch, network, self);
                flow = if after.is_break() { after } else { flow };
            }
            if flow.is_break() {
                return Ok(self.is_done());
            }
        }
        Ok(true)
    }
}
