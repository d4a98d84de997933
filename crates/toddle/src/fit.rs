//! Training: epochs of steps, and what became of the loss.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use toddle_lanes::Float;

use crate::engine::Engine;
use crate::error::FitError;
use crate::network::whole_samples;
use crate::plan::{Machine, Mode};
use crate::{Loss, Network, Sgd};

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
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// What is to become small.
    pub loss: Loss,
    /// How the weights move.
    pub optimizer: Sgd,
    /// How often all samples are gone through: 1 by default.
    pub epochs: usize,
    /// Samples a step: 1 by default. One runs the row kernels, more run in blocks of sixteen.
    pub batch: usize,
    /// What to run on: this machine by default.
    pub machine: Option<Machine>,
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
    /// The time that it took.
    pub took: Duration,
}

/// How a training went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// The mean loss of each epoch, each sample's measured before the step that it led to.
    pub errors: Vec<f64>,
}

impl Fit {
    /// One epoch, one sample a step, on this machine.
    pub fn new(loss: Loss, optimizer: Sgd) -> Self {
        Fit { loss, optimizer, epochs: 1, batch: 1, machine: None }
    }

    /// Goes through all samples so often.
    #[must_use]
    pub fn epochs(self, epochs: usize) -> Self {
        Fit { epochs, ..self }
    }

    /// Takes so many samples a step.
    #[must_use]
    pub fn batch(self, batch: usize) -> Self {
        Fit { batch, ..self }
    }

    /// Runs on `machine`.
    #[must_use]
    pub fn machine(self, machine: Machine) -> Self {
        Fit { machine: Some(machine), ..self }
    }

    /// Trains `network`: the samples `x`, one after the other in this order, towards the targets `y`.
    ///
    /// # Errors
    /// The numbers are no whole samples, there are none, or a setting is out of range.
    pub fn run<T: Float>(&self, network: &mut Network<T>, x: &[T], y: &[T]) -> Result<History, FitError> {
        self.run_observed(network, x, y, |_| ControlFlow::Continue(()))
    }

    /// [`run`](Self::run), telling `observer` of each epoch, which may stop the training there.
    ///
    /// # Errors
    /// As for [`run`](Self::run).
    pub fn run_observed<T: Float>(
        &self,
        network: &mut Network<T>,
        x: &[T],
        y: &[T],
        mut observer: impl FnMut(&Epoch) -> ControlFlow<()>,
    ) -> Result<History, FitError> {
        let samples = self.check(network, x, y)?;
        let machine = self.machine.map_or_else(Machine::detect, Ok)?;
        let batch = self.batch.min(samples);
        let engine =
            |network: &Network<T>, batch| Engine::new(network, network.plan(batch, Mode::Descend, &machine));
        let mut whole = engine(network, batch);
        let rest = samples % batch;
        let mut last = (rest > 0).then(|| engine(network, rest));

        let (input, output) = (network.input().size(), network.output().size());
        let mut losses = vec![T::ZERO; batch];
        let mut history = History::default();
        for number in 1..=self.epochs {
            let start = Instant::now();
            let mut sum = 0.0;
            for (x, y) in x.chunks(batch * input).zip(y.chunks(batch * output)) {
                let losses = &mut losses[..x.len() / input];
                let engine = if losses.len() == batch { Some(&mut whole) } else { last.as_mut() };
                engine.expect("batches are whole, but the last").step(
                    network,
                    x,
                    y,
                    &self.loss,
                    &self.optimizer,
                    losses,
                );
                sum = losses.iter().fold(sum, |sum, loss| sum + loss.to_f64());
            }
            let error = sum / samples as f64;
            history.errors.push(error);
            let epoch = Epoch { number, of: self.epochs, error, took: start.elapsed() };
            if observer(&epoch).is_break() {
                break;
            }
        }
        Ok(history)
    }

    /// How many samples there are, if all is well.
    fn check<T: Float>(&self, network: &Network<T>, x: &[T], y: &[T]) -> Result<usize, FitError> {
        let inputs = whole_samples("inputs", "input", x.len(), network.input())?;
        let targets = whole_samples("targets", "target", y.len(), network.output())?;
        if inputs != targets {
            return Err(FitError::Unpaired { inputs, targets });
        }
        if inputs == 0 {
            return Err(FitError::Empty);
        }
        self.loss.check::<T>(network.output())?;
        if self.batch == 0 {
            let (setting, got) = ("batch", self.batch.to_string());
            return Err(FitError::Setting { setting, got, expected: "1 or more", remedy: "1" });
        }
        if !(T::from_f64(self.optimizer.rate).is_finite() && self.optimizer.rate >= 0.0) {
            let (setting, got) = ("rate", self.optimizer.rate.to_string());
            return Err(FitError::Setting {
                setting,
                got,
                expected: "a finite number, 0 or more",
                remedy: "0.1",
            });
        }
        Ok(inputs)
    }
}
