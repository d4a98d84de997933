//! Training: the loop, and everything that belongs to it.
//!
//! | file | idea |
//! |---|---|
//! | `mod.rs` | the one loop, and who watches it |
//! | `fit.rs` | the settings of a training |
//! | `trainer` | one step, the end of an epoch, and the state that a checkpoint keeps |
//! | `open.rs` | a training whose gradient the program computes |
//! | `lbfgs` | a training on all samples at once |
//! | `samples.rs` | samples to train on, and their order |
//! | `weighing.rs` | the weights of samples and classes |
//! | `mix.rs` | mixup and CutMix |
//! | `folds.rs` | the folds of a cross-validation |
//! | `ending.rs` | a goal, and a time limit |
//! | `arrays.rs` | samples in arrays of the `ndarray` crate |
//! | `evaluation.rs` | loss and accuracy of a network on samples |
//! | `rate.rs` | the search for a learning rate |
//! | `verify.rs` | one training on several numbers of threads and instruction sets, compared bit by bit |
//! | `numeric.rs` | powers and cosines for optimizers and schedules |

#[cfg(feature = "ndarray")]
mod arrays;
mod ending;
mod evaluation;
mod fit;
mod folds;
mod lbfgs;
mod mix;
pub(crate) mod numeric;
mod open;
mod rate;
mod samples;
mod trainer;
#[cfg(feature = "std")]
pub mod verify;
mod weighing;

use core::ops::ControlFlow;
use core::time::Duration;

use crate::error::FitError;
use crate::{Float, Network};
use toddle_lanes::Stopwatch;

#[cfg(feature = "ndarray")]
pub use arrays::ArraySamples;
pub use ending::{StopAt, TimeLimit};
pub use evaluation::Evaluation;
pub(crate) use evaluation::evaluate;
pub use fit::{Decay, Fit, History, Monitor};
pub use folds::{Fold, folds, folds_of_classes};
pub use lbfgs::{Lbfgs, LineSearch};
pub use open::OpenTraining;
pub use rate::{RateCurve, find_rate};
pub(crate) use samples::order;
pub use samples::{InMemory, Samples, Subset};
pub use trainer::{StepReport, Trainer, TrainerState};
pub use weighing::{ClassRule, ClassWeights, Sampling};

/// The result of one epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epoch {
    /// The number of the epoch, counted from 1.
    pub number: usize,
    /// The number of epochs in the whole training.
    pub of: usize,
    /// The number of steps since the training began.
    pub steps: u64,
    /// The learning rate of the last step.
    pub rate: f64,
    /// The mean loss of the samples. The loss of a sample is measured before the step that the sample takes part in.
    pub error: f64,
    /// The part of the samples with a right answer, measured before the step that the sample takes part in. None where answers
    /// are neither right nor wrong: see [`Evaluation::accuracy`].
    pub accuracy: Option<f64>,
    /// The result on the validation samples, if there are any.
    pub validation: Option<Evaluation>,
    /// Whether the weights are the best so far.
    pub is_best: bool,
    /// The time that the epoch took, with its validation.
    pub took: Duration,
}

/// Watches a training, and may stop it.
///
/// A closure that takes an [`Epoch`] is an observer of epochs.
pub trait Observer<T> {
    /// Called after each step. [`ControlFlow::Break`] stops the training after this step; if the step was the last of its epoch,
    /// the epoch is ended first.
    fn step(&mut self, report: &StepReport, network: &Network<T>, trainer: &Trainer<T>) -> ControlFlow<()> {
        let _ = (report, network, trainer);
        ControlFlow::Continue(())
    }

    /// Called after each epoch. [`ControlFlow::Break`] stops the training after this epoch. The observer may change the learning
    /// rate of the following steps with [`Trainer::scale_rate`].
    fn epoch(&mut self, epoch: &Epoch, network: &Network<T>, trainer: &mut Trainer<T>) -> ControlFlow<()> {
        let _ = (epoch, network, trainer);
        ControlFlow::Continue(())
    }
}

impl<T, F: FnMut(&Epoch) -> ControlFlow<()>> Observer<T> for F {
    fn epoch(&mut self, epoch: &Epoch, _network: &Network<T>, _trainer: &mut Trainer<T>) -> ControlFlow<()> {
        self(epoch)
    }
}

/// An observer of epochs: a function that also gets the network and the training.
///
/// ```
/// use std::ops::ControlFlow;
///
/// use toddle::{AfterEpoch, Dense, Epoch, Fit, Loss, Network, NetworkSpec, Sgd, Shape, Trainer};
///
/// let mut network = NetworkSpec::new(Shape::vector(1)).add(Dense::new(1)).build::<f64>(0)?;
/// let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(0.1)).epochs(4).batch(2);
/// let mut rates = Vec::new();
/// // From the third epoch on, the learning rate is a tenth.
/// let hook = |epoch: &Epoch, _: &Network<f64>, trainer: &mut Trainer<f64>| {
///     rates.push(epoch.rate);
///     if epoch.number == 2 {
///         trainer.scale_rate(0.1).expect("a factor that is possible");
///     }
///     ControlFlow::Continue(())
/// };
/// fit.run_observed(&mut network, &[0.0, 1.0], &[1.0, 3.0], AfterEpoch(hook))?;
/// assert_eq!(rates, [0.1, 0.1, 0.1 * 0.1, 0.1 * 0.1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AfterEpoch<F>(pub F);

impl<T, F> Observer<T> for AfterEpoch<F>
where
    F: FnMut(&Epoch, &Network<T>, &mut Trainer<T>) -> ControlFlow<()>,
{
    fn epoch(&mut self, epoch: &Epoch, network: &Network<T>, trainer: &mut Trainer<T>) -> ControlFlow<()> {
        self.0(epoch, network, trainer)
    }
}

/// An observer that does nothing.
#[derive(Clone, Copy, Debug)]
pub struct Nobody;

impl<T> Observer<T> for Nobody {}

impl<T: Float> Trainer<T> {
    /// Trains until the training is done, `observer` stops it, or the time limit is over. Returns whether the training is done.
    ///
    /// The time limit counts from the call, and ends the training after a step. After each epoch the network is evaluated on `validation`, if there is any.
    /// If one of several [ranks](Fit::ranks) is stopped, all stop after the same step.
    ///
    /// # Errors
    /// An embedding gets a number that is not that of a class, a loss or a weight has become infinite or NaN, or a rank is lost.
    pub fn run(
        &mut self,
        network: &mut Network<T>,
        samples: &dyn Samples<T>,
        validation: Option<&dyn Samples<T>>,
        observer: &mut dyn Observer<T>,
    ) -> Result<bool, FitError> {
        self.run_at(&Trainer::rate, network, samples, validation, observer)
    }

    /// One turn of the loop of [`run`](Self::run): the next step, and the end of the epoch if the step was the epoch's last.
    /// Returns [`ControlFlow::Break`] if `observer` stops the training.
    ///
    /// A program that does something else between two steps calls it until the training [is done](Self::is_done). It does
    /// not follow the time limit. Of several ranks, each is stopped by its own observer alone. [`Epoch::took`] is the time of the turn.
    /// [`Network::check_class_numbers`] checks the inputs of embeddings once, before the first turn.
    ///
    /// # Errors
    /// A loss or a weight has become infinite or NaN.
    ///
    /// # Panics
    /// The training is done.
    pub fn advance(
        &mut self,
        network: &mut Network<T>,
        samples: &dyn Samples<T>,
        validation: Option<&dyn Samples<T>>,
        observer: &mut dyn Observer<T>,
    ) -> Result<ControlFlow<()>, FitError> {
        self.advance_at(&Trainer::rate, &mut Stopwatch::start(), network, samples, validation, observer)
    }

    /// [`advance`](Self::advance) with the learning rate that `rate` gives. `epoch` measures the epoch.
    fn advance_at(
        &mut self,
        rate: &dyn Fn(&Self) -> f64,
        epoch: &mut Stopwatch,
        network: &mut Network<T>,
        samples: &dyn Samples<T>,
        validation: Option<&dyn Samples<T>>,
        observer: &mut dyn Observer<T>,
    ) -> Result<ControlFlow<()>, FitError> {
        let (mut flow, mut last_rate) = (ControlFlow::Continue(()), self.last_rate());
        // A checkpoint may lie between the last step of an epoch and the end of the epoch.
        if !self.epoch_is_over() {
            let report = T::step(self, rate(self), network, samples)?;
            last_rate = report.rate;
            flow = observer.step(&report, network, self);
        }
        if self.epoch_is_over() {
            let validation = validation.map(|samples| self.evaluate(network, samples));
            self.check_ranks()?;
            let is_best = self.end_epoch(network, validation);
            let took = core::mem::replace(epoch, Stopwatch::start()).elapsed();
            let epoch = self.last_epoch(last_rate, validation, is_best, took);
            let after = observer.epoch(&epoch, network, self);
            flow = if after.is_break() { after } else { flow };
        }
        Ok(flow)
    }

    /// [`run`](Self::run) with the learning rates that `rate` gives, instead of those of the schedule.
    pub(crate) fn run_at(
        &mut self,
        rate: &dyn Fn(&Self) -> f64,
        network: &mut Network<T>,
        samples: &dyn Samples<T>,
        validation: Option<&dyn Samples<T>>,
        observer: &mut dyn Observer<T>,
    ) -> Result<bool, FitError> {
        for samples in [Some(samples), validation].into_iter().flatten() {
            network.check_class_numbers(samples)?;
        }
        let (begin, mut epoch) = (Stopwatch::start(), Stopwatch::start());
        let limit = self.fit().time_limit.map(TimeLimit::duration);
        while !self.is_done() {
            let flow = self.advance_at(rate, &mut epoch, network, samples, validation, observer)?;
            let stops = flow.is_break() || limit.is_some_and(|limit| begin.elapsed() >= limit);
            // The ranks stop after the same step.
            if self.any_rank(stops)? {
                return Ok(self.is_done());
            }
        }
        Ok(true)
    }

    /// Whether any of several ranks says `own`.
    fn any_rank(&self, own: bool) -> Result<bool, FitError> {
        match &self.fit().ranks {
            Some(ranks) => Ok(ranks.which(own)?.is_some()),
            None => Ok(own),
        }
    }

    /// The epoch that has just ended.
    fn last_epoch(&self, rate: f64, validation: Option<Evaluation>, is_best: bool, took: Duration) -> Epoch {
        let (state, history) = (self.state(), &self.state().history);
        let number = state.epochs;
        Epoch {
            number,
            of: self.fit().epochs,
            steps: state.steps,
            rate,
            error: history.errors[number - 1],
            accuracy: history.accuracies[number - 1],
            validation,
            is_best,
            took,
        }
    }
}

impl Fit {
    /// Trains `network` on the samples `x` and their targets `y`, one sample after the other in each.
    ///
    /// # Errors
    /// The elements do not make up whole samples, there are no samples, an embedding gets a number that is not that of a class, a
    /// setting is out of range, or a loss or a weight has become infinite or NaN.
    pub fn run<T: Float>(&self, network: &mut Network<T>, x: &[T], y: &[T]) -> Result<History, FitError> {
        self.run_observed(network, x, y, Nobody)
    }

    /// [`run`](Self::run) with an observer, which may stop the training.
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

    /// Trains `network` on `samples`, and evaluates it on `validation` after each epoch.
    ///
    /// # Errors
    /// There are no samples, an embedding gets a number that is not that of a class, a setting is out of range, or a loss or a
    /// weight has become infinite or NaN.
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
}

impl<T: Float> Network<T> {
    /// Trains the network on the samples `x` and their targets `y`, one sample after the other in each.
    ///
    /// # Errors
    /// The elements do not make up whole samples, there are no samples, an embedding gets a number that is not that of a class, a
    /// setting of `fit` is out of range, or a loss or a weight has become infinite or NaN.
    pub fn fit(&mut self, x: &[T], y: &[T], fit: &Fit) -> Result<History, FitError> {
        fit.run(self, x, y)
    }
}
