//! The state of a training, and the end of an epoch. `step.rs` has the steps, and `engines.rs` what computes them.

mod engines;
mod step;

use alloc::collections::TryReserveError;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use toddle_lanes::{Aligned, Arena, LANES};

use crate::engine::{Engine, Groups, Machine, Mode, Plan};
use crate::error::FitError;
use crate::loss::Answer;
use crate::optim::Step;
use crate::schedule::{Progress, ScheduleState};
use crate::training::evaluation::{EVALUATED, Evaluation};
use crate::training::fit::{Fit, History, Monitor};
use crate::training::mix::Mixer;
use crate::training::samples::Samples;
use crate::training::weighing::Weighing;
use crate::{Float, Network, Optimizer, Ranks, setting};
use engines::Engines;

/// A training under way: the state of the optimizer, the place in the data, and the losses so far.
///
/// [`run`](Self::run) is the loop of a training: it trains until the training is done, or until its [`Observer`](crate::Observer)
/// stops it after a step or an epoch. A training that was stopped goes on with another call of `run`. To go on in another process,
/// keep the network, the [`state`](Self::state) and the [`buffers`](Self::buffers); a [checkpoint](crate::checkpoint) holds all
/// three. [`advance`](Self::advance) is one turn of the loop, for programs that do something else between two steps. [`step`](Self::step)
/// and [`end_epoch`](Self::end_epoch) are its parts, for loops of your own.
///
/// ```
/// use std::ops::ControlFlow;
///
/// use toddle::{Adam, Dense, Epoch, Fit, Loss, NetworkSpec, Shape, Trainer};
///
/// let mut network = NetworkSpec::new(Shape::vector(1)).add(Dense::new(1)).build::<f64>(0)?;
/// let fit = Fit::new(Loss::MeanSquaredError, Adam::new(0.1)).epochs(100).batch(2);
/// let samples = network.samples(&[0.0, 1.0, 2.0, 3.0], &[1.0, 3.0, 5.0, 7.0])?;
/// let mut trainer = Trainer::new(&network, &fit, 4)?;
/// let mut half = |epoch: &Epoch| {
///     if epoch.number == 50 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
/// };
/// let is_done = trainer.run(&mut network, &samples, None, &mut half)?;
/// assert!(!is_done && trainer.state().steps == 100);
/// trainer.run(&mut network, &samples, None, &mut half)?;
/// assert!(trainer.is_done() && trainer.state().steps == 200);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Trainer<T> {
    fit: Fit,
    machine: Machine,
    /// The meaning of the network's outputs.
    answer: Answer,
    samples: usize,
    state: TrainerState,
    /// The optimizer's state.
    slots: Vec<Aligned<T>>,
    /// The mean of the weights over the last steps.
    average: Aligned<T>,
    /// The best weights so far, and the state of the layers with them.
    best: (Aligned<T>, Vec<T>),
    /// How the samples are weighed. It is there after the first step.
    weighing: Option<Weighing<T>>,
    /// Mixes samples, if the settings ask for it.
    mixer: Option<Mixer<T>>,
    /// The samples of this epoch, in order. Empty before the first step.
    order: Vec<u32>,
    engines: Engines<T>,
    /// The engine for evaluation. It is made for the first evaluation.
    answers: Option<Engine<T>>,
    /// The sum of the gradients of the batches of one step.
    sum: Aligned<T>,
    losses: Vec<T>,
    /// The optimizer's step for each group of parameters.
    steps: Vec<Step<T>>,
}

/// The progress of a training. With [`Trainer::buffers`], it is all that a training needs to go on with the same
/// bits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrainerState {
    /// The number of epochs that have ended.
    pub epochs: usize,
    /// The number of samples of this epoch that were trained on.
    pub seen: usize,
    /// The number of steps since the training began.
    pub steps: u64,
    /// The number of batches since the training began. A step may take several batches.
    pub batches: u32,
    /// The sum of the losses of this epoch.
    #[serde(with = "crate::checkpoint::exact")]
    pub loss_sum: f64,
    /// The number of samples of this epoch with a right answer, each measured before the step that the sample takes
    /// part in. None if answers are neither right nor wrong, and in an epoch that an older version of toddle began.
    #[serde(default)]
    pub right: Option<usize>,
    /// The results of the epochs that have ended.
    pub history: History,
    /// The state of the schedule.
    pub schedule: ScheduleState,
    /// The best monitored value, and its epoch, counted from 1.
    #[serde(with = "crate::checkpoint::exact")]
    pub best: Option<(f64, usize)>,
    /// Whether the training has stopped because its patience is used up, or because its goal is reached.
    pub stopped: bool,
    /// The factor of the schedule's learning rates that [`Trainer::scale_rate`] has set. None: 1.
    #[serde(default, with = "crate::checkpoint::exact")]
    pub rate_factor: Option<f64>,
}

/// The result of one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepReport {
    /// The step's number, counted from 1 over the whole training.
    pub number: u64,
    /// The epoch, counted from 1.
    pub epoch: usize,
    /// The mean loss of the step's samples, measured before the step.
    pub loss: f64,
    /// The mean loss of the epoch's samples so far.
    pub mean_loss: f64,
    /// The part of the epoch's samples so far with a right answer, each measured before the step that the sample
    /// takes part in. None if answers are neither right nor wrong: see [`Evaluation::accuracy`].
    pub accuracy: Option<f64>,
    /// The learning rate of the step.
    pub rate: f64,
    /// The number of samples of this epoch that were trained on.
    pub seen: usize,
    /// Whether the step was the last of its epoch.
    pub ends_epoch: bool,
}

impl<T: Float> Trainer<T> {
    /// A training of `network` with the settings `fit`, on this number of samples.
    ///
    /// # Errors
    /// There are no samples or more than 2³² − 1, a setting of `fit` is out of range, every batch would be one sample
    /// that a [`BatchNorm`](crate::BatchNorm) cannot normalise, or there is not enough memory for the training.
    pub fn new(network: &Network<T>, fit: &Fit, samples: usize) -> Result<Self, FitError> {
        T::trainer(network, fit, samples)
    }

    /// [`new`](Self::new), compiled for each number type in `number.rs`.
    pub(crate) fn new_inner(network: &Network<T>, fit: &Fit, samples: usize) -> Result<Self, FitError> {
        fit.check(network)?;
        if samples == 0 {
            return Err(FitError::Empty);
        }
        if u32::try_from(samples).is_err() {
            return Err(FitError::TooManySamples { samples });
        }
        let groups = Groups::of(network, fit)?;
        has_variance(network, &groups, fit.batch, samples)?;
        let machine = fit.machine.map_or_else(Machine::detect, Ok)?;
        let batch = fit.batch.min(samples);
        let mode = if fit.descends(&groups) { Mode::Descend } else { Mode::Gradient };
        let steps = Vec::with_capacity(groups.groups().len());
        let engines = Engines::new(network, machine, mode, groups, fit.ranks.clone(), [batch, samples])?;
        let parameters = network.layout().len();
        let answer = Answer::of(network.outputs(), &fit.loss);
        let slots = fit.optimizer.slots();
        let room = slots.len() * parameters.next_multiple_of(LANES) * size_of::<T>();
        let mut arena = Arena::try_with_room(room).map_err(no_room)?;
        let wanted = |wanted: bool| Aligned::try_zeros(if wanted { parameters } else { 0 }).map_err(no_room);
        let mut average = wanted(fit.average.is_some())?;
        if !average.is_empty() {
            average.copy_from_slice(network.weights());
        }
        Ok(Trainer {
            fit: fit.clone(),
            machine,
            answer,
            samples,
            state: TrainerState { right: answer.counts().then_some(0), ..TrainerState::default() },
            slots: slots.iter().map(|_| arena.zeros(parameters)).collect(),
            average,
            best: (wanted(fit.keep_best)?, if fit.keep_best { network.state().to_vec() } else { Vec::new() }),
            weighing: None,
            mixer: Mixer::new(fit, network, engines.plan().workers()),
            order: Vec::new(),
            answers: None,
            sum: wanted(fit.accumulate > 1)?,
            losses: vec![T::ZERO; batch],
            engines,
            steps,
        })
    }

    /// The plan of a batch.
    pub fn plan(&self) -> &Plan {
        self.engines.plan()
    }

    /// The groups of the parameters.
    pub fn groups(&self) -> &Groups {
        self.engines.groups()
    }

    /// The number of threads on which the training runs. It is the number of the plan's workers, or less if the
    /// system did not start all threads. The number of threads does not change any bit.
    pub fn threads(&self) -> usize {
        self.engines.threads()
    }

    /// The settings.
    pub fn fit(&self) -> &Fit {
        &self.fit
    }

    /// The number of training samples.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// The progress of the training.
    pub fn state(&self) -> &TrainerState {
        &self.state
    }

    /// The buffers of the training, by name: the slots of the optimizer, and, if the settings ask for them, the
    /// average and the best weights. Each buffer is as long as the weights. Only `best_state` is as long as the
    /// network's state.
    pub fn buffers(&self) -> Vec<(&'static str, &[T])> {
        let mut buffers: Vec<(&str, &[T])> = Vec::new();
        for (name, slot) in self.fit.optimizer.slots().iter().zip(&self.slots) {
            buffers.push((name, slot));
        }
        if self.fit.average.is_some() {
            buffers.push(("average", &self.average));
        }
        if self.fit.keep_best && self.state.best.is_some() {
            buffers.push(("best", &self.best.0));
            buffers.push(("best_state", &self.best.1));
        }
        buffers
    }

    /// Continues a training of the same network, settings and samples from its [`state`](Self::state) and its
    /// [`buffers`](Self::buffers). `buffer` returns a buffer by its name.
    ///
    /// # Errors
    /// A buffer is missing or of another length, or this training cannot have the state.
    pub fn resume<'b>(
        &mut self,
        state: TrainerState,
        buffer: impl Fn(&str) -> Option<&'b [T]>,
    ) -> Result<(), FitError>
    where
        T: 'b,
    {
        if state.epochs > self.fit.epochs {
            return Err(FitError::Resume { what: "its step is after the end of this training".into() });
        }
        if !self.comes_to(&state) {
            return Err(FitError::Resume { what: "this training never has a step like its last one".into() });
        }
        let restore = |name: &str, to: &mut [T]| match buffer(name) {
            Some(from) if from.len() == to.len() => {
                to.copy_from_slice(from);
                Ok(())
            }
            Some(from) => Err(FitError::Resume {
                what: format!(
                    "`{name}` has {} elements, but in this training it has {}",
                    from.len(),
                    to.len()
                ),
            }),
            None => Err(FitError::Resume { what: format!("`{name}` is missing") }),
        };
        for (name, slot) in self.fit.optimizer.slots().iter().zip(&mut self.slots) {
            restore(name, slot)?;
        }
        if self.fit.average.is_some() {
            restore("average", &mut self.average)?;
        }
        if self.fit.keep_best && state.best.is_some() {
            restore("best", &mut self.best.0)?;
            restore("best_state", &mut self.best.1)?;
        }
        self.state = state;
        // Older versions of toddle did not count right answers.
        self.state.history.accuracies.resize(self.state.epochs, None);
        if self.state.seen == 0 {
            self.state.right = self.answer.counts().then_some(0);
        }
        // The patience and the goal may have changed.
        self.state.stopped = self.is_out_of_patience() || self.is_at_goal();
        self.draw_order();
        Ok(())
    }

    /// Whether this training can have `state` between two steps.
    fn comes_to(&self, state: &TrainerState) -> bool {
        let (epochs, seen, samples) = (state.epochs as u64, state.seen, self.samples);
        let batch = self.fit.batch.min(samples);
        let batches = |epochs: u64, seen: usize| {
            epochs.saturating_mul(samples.div_ceil(batch) as u64).saturating_add(seen.div_ceil(batch) as u64)
        };
        let steps = seen.div_ceil(batch).div_ceil(self.fit.accumulate) as u64;
        (seen == samples || seen < samples && seen.is_multiple_of(batch.saturating_mul(self.fit.accumulate)))
            && u64::from(state.batches) == batches(epochs, seen)
            && state.steps == epochs.saturating_mul(self.steps_per_epoch()).saturating_add(steps)
            && state.history.errors.len() == state.epochs
            && [0, state.epochs].contains(&state.history.accuracies.len())
            && state.history.validation.len() <= state.epochs
            && state.right.is_none_or(|right| self.answer.counts() && right <= seen)
            && state.best.is_none_or(|(_, epoch)| (1..=state.epochs).contains(&epoch))
            && state.rate_factor.is_none_or(|factor| setting::not_negative("factor", factor, "1").is_ok())
    }

    fn is_out_of_patience(&self) -> bool {
        let waited = self.state.epochs - self.state.best.map_or(0, |(_, epoch)| epoch);
        self.fit.patience.is_some_and(|patience| waited > patience)
    }

    /// Whether the last epoch has reached the goal of the training, [`Fit::stop_at`].
    pub fn is_at_goal(&self) -> bool {
        let TrainerState { epochs, history, .. } = &self.state;
        let (Some(goal), Some(&loss)) = (self.fit.stop_at, history.errors.last()) else { return false };
        match history.validation.last().filter(|_| history.validation.len() == *epochs) {
            Some(validation) => goal.is_reached(validation.loss, validation.accuracy),
            None => goal.is_reached(loss, history.accuracies.last().copied().flatten()),
        }
    }

    /// Whether all epochs have ended, or the training has stopped because its patience is used up or its goal is reached.
    pub fn is_done(&self) -> bool {
        self.state.epochs >= self.fit.epochs || self.state.stopped
    }

    /// Whether the last step of the epoch is done. [`end_epoch`](Self::end_epoch) must then be called next.
    pub fn epoch_is_over(&self) -> bool {
        self.state.seen == self.samples
    }

    /// The number of steps in an epoch.
    pub fn steps_per_epoch(&self) -> u64 {
        self.fit.steps_per_epoch(self.samples)
    }

    /// The learning rate of the next step.
    pub fn rate(&self) -> f64 {
        self.rate_of(self.state.steps)
    }

    /// The learning rate of the last step, if its epoch has not ended yet.
    pub(in crate::training) fn last_rate(&self) -> f64 {
        self.rate_of(self.state.steps.saturating_sub(1))
    }

    /// The learning rate of the step after `step` steps, with the present state of the schedule.
    fn rate_of(&self, step: u64) -> f64 {
        let rate = self.fit.schedule.rate(self.fit.optimizer.rate(), self.place(step), &self.state.schedule);
        self.state.rate_factor.map_or(rate, |factor| factor * rate)
    }

    /// The optimizer of the next step, with the momentum that the schedule gives.
    pub fn optimizer(&self) -> Optimizer {
        let optimizer = self.fit.optimizer;
        let momentum = self.fit.schedule.momentum(self.place(self.state.steps));
        momentum.and_then(|momentum| optimizer.with_momentum(momentum)).unwrap_or(optimizer)
    }

    /// The place of the step after `step` steps.
    fn place(&self, step: u64) -> Progress {
        let steps_per_epoch = self.steps_per_epoch();
        Progress { step, steps: steps_per_epoch.saturating_mul(self.fit.epochs as u64), steps_per_epoch }
    }

    /// From the next step on, the learning rates are those of the schedule times `factor`. A factor that was set before has no effect
    /// any more. A checkpoint keeps the factor.
    ///
    /// # Errors
    /// `factor` is negative or not finite.
    pub fn scale_rate(&mut self, factor: f64) -> Result<(), FitError> {
        setting::not_negative("factor", factor, "0.1")?;
        self.state.rate_factor = Some(factor);
        Ok(())
    }

    /// Ends an epoch: adds it to the history, and updates the best weights, the schedule and the patience.
    /// `validation` is the result on the validation samples, if there are any. Returns whether the weights are the
    /// best so far.
    ///
    /// # Panics
    /// The epoch is not over.
    pub fn end_epoch(&mut self, network: &mut Network<T>, validation: Option<Evaluation>) -> bool {
        assert!(self.epoch_is_over(), "the epoch is over");
        let (fit, state) = (&self.fit, &mut self.state);
        state.epochs += 1;
        let error = state.loss_sum / self.samples as f64;
        state.history.errors.push(error);
        state.history.accuracies.push(state.accuracy());
        state.history.validation.extend(validation);
        (state.seen, state.loss_sum, state.right) = (0, 0.0, self.answer.counts().then_some(0));
        // A lower value is better.
        let value = match (fit.monitor, validation) {
            (Monitor::Accuracy, Some(Evaluation { accuracy: Some(accuracy), .. })) => -accuracy,
            (_, Some(validation)) => validation.loss,
            (_, None) => error,
        };
        fit.schedule.observe(fit.optimizer.rate(), validation.map_or(error, |v| v.loss), &mut state.schedule);
        let is_best = state.best.is_none_or(|(best, _)| value < best - fit.min_delta);
        if is_best {
            state.best = Some((value, state.epochs));
            if fit.keep_best {
                let weights = if fit.average.is_some() { &self.average[..] } else { network.weights() };
                self.best.0.copy_from_slice(weights);
                self.best.1.copy_from_slice(network.state());
            }
        }
        self.state.stopped = self.is_out_of_patience() || self.is_at_goal();
        self.draw_order();
        is_best
    }

    /// Evaluates the network on `samples`, with the average of the weights if `fit` has one. Each rank evaluates a part of the samples,
    /// and every rank has the result.
    pub fn evaluate(&mut self, network: &mut Network<T>, samples: &dyn Samples<T>) -> Evaluation {
        let evaluate = |engine: &mut Engine<T>, network: &Network<T>| {
            let (loss, ranks) = (&self.fit.loss, self.fit.ranks.as_ref());
            T::evaluate(engine, network, loss, samples, ranks, &mut || true)
                .expect("nothing stops the evaluation")
        };
        let machine = &self.machine;
        let engine = self.answers.get_or_insert_with(|| {
            Engine::new(network, network.plan(EVALUATED.min(samples.count()), Mode::Infer, machine))
        });
        if self.fit.average.is_none() {
            return evaluate(engine, network);
        }
        network.weights_mut().swap_with_slice(&mut self.average);
        let evaluation = evaluate(engine, network);
        network.weights_mut().swap_with_slice(&mut self.average);
        evaluation
    }

    /// Checks that the ranks of the training can go on together, if there are several.
    pub(in crate::training) fn check_ranks(&self) -> Result<(), FitError> {
        self.fit.ranks.as_ref().map_or(Ok(()), Ranks::check)
    }

    /// Gives the network its final weights: the best weights or the average, if `fit` asks for them.
    pub fn finish(&self, network: &mut Network<T>) {
        if self.fit.keep_best && self.state.best.is_some() {
            network.weights_mut().copy_from_slice(&self.best.0);
            network.state_mut().copy_from_slice(&self.best.1);
        } else if self.fit.average.is_some() {
            network.weights_mut().copy_from_slice(&self.average);
        }
    }

    /// Weighs the samples before the first step.
    fn weigh(&mut self, network: &Network<T>, samples: &dyn Samples<T>) -> Result<(), FitError> {
        if self.weighing.is_none() {
            self.weighing = Some(Weighing::new(&self.fit, network, samples)?);
            self.draw_order();
        }
        Ok(())
    }

    /// Draws the samples of the epoch, if they are weighed already.
    fn draw_order(&mut self) {
        if let Some(weighing) = &self.weighing {
            self.order = weighing.order(&self.fit, self.samples, self.state.epochs as u32);
        }
    }
}

/// Checks that some batch has more than one element of a channel for every batch norm.
fn has_variance<T: Float>(
    network: &Network<T>,
    groups: &Groups,
    batch: usize,
    samples: usize,
) -> Result<(), FitError> {
    let single = network.single_numbers(|n| !groups.is_frozen(n));
    let Some(layer) = single.filter(|_| batch.min(samples) == 1) else { return Ok(()) };
    let (layer, got) =
        (layer.into(), if samples == 1 { "1 sample".into() } else { format!("batch = {batch}") });
    let remedy = if samples == 1 { "more samples" } else { "batch = 32, or no batch norm" };
    Err(FitError::SingleNumber { layer, got, remedy })
}

/// The error for a training that does not fit in memory.
pub(super) fn no_room(_: TryReserveError) -> FitError {
    FitError::Memory
}
