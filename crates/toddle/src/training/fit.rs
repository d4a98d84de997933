//! The settings of a training.

use serde::{Deserialize, Serialize};

use super::evaluation::Evaluation;
use super::samples::order;
use crate::engine::Machine;
use crate::error::FitError;
use crate::loss::Answer;
use crate::optim::{Clip, Optimizer};
use crate::schedule::Schedule;
use crate::setting;
use crate::{Float, Loss, Network};

/// The settings of a training.
///
/// | setting | [`Fit::new`] has | a file has, if it leaves the setting out |
/// |---|---|---|
/// | `loss`, `optimizer` | its arguments | they must be given |
/// | `schedule` | `Constant` | the same |
/// | `epochs` | 1 | the same |
/// | `batch` | 1 | 32 |
/// | `accumulate` | 1 | the same |
/// | `clip` | none | the same |
/// | `shuffle` | no | yes |
/// | `seed` | 0 | the same |
/// | `average` | none | the same |
/// | `monitor` | `Loss` | the same |
/// | `min_delta` | 0 | the same |
/// | `patience` | none | the same |
/// | `keep_best` | no | the same |
/// | `machine` | this machine | not in files |
///
/// Errors, from [`Trainer::new`](crate::Trainer::new): a setting is out of its range.
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
///
/// let read: Fit = serde_json::from_str(
///     r#"{ "loss": { "kind": "mean_squared_error" }, "optimizer": { "kind": "sgd", "rate": 0.1 } }"#,
/// )?;
/// assert_eq!(read, Fit::new(Loss::MeanSquaredError, Sgd::new(0.1)).batch(32).shuffle());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Fit {
    /// A measure of how far the outputs are from the targets. Training makes it small.
    #[cfg_attr(feature = "schema", schemars(example = &"cross_entropy"))]
    pub loss: Loss,
    /// How a step changes the weights.
    #[cfg_attr(feature = "schema", schemars(example = serde_json::json!({ "kind": "adam", "rate": 0.001 })))]
    pub optimizer: Optimizer,
    /// How the learning rate changes during the training.
    #[cfg_attr(feature = "schema", schemars(example = &"one_cycle"))]
    #[serde(default)]
    pub schedule: Schedule,
    /// The number of passes over all training samples.
    #[cfg_attr(feature = "schema", schemars(example = 20))]
    #[serde(default = "one")]
    pub epochs: usize,
    /// The number of samples in a batch. A step uses one batch, unless `accumulate` says otherwise.
    #[cfg_attr(feature = "schema", schemars(example = 32, range(min = 1)))]
    #[serde(default = "thirty_two")]
    pub batch: usize,
    /// The number of batches whose gradients are averaged for one step.
    #[cfg_attr(feature = "schema", schemars(example = 4, range(min = 1)))]
    #[serde(default = "one")]
    pub accumulate: usize,
    /// How large gradients are made smaller. Default: not at all.
    #[cfg_attr(feature = "schema", schemars(example = serde_json::json!({ "kind": "norm", "limit": 1.0 })))]
    pub clip: Option<Clip>,
    /// Whether every epoch takes the samples in another order.
    #[cfg_attr(feature = "schema", schemars(example = true))]
    #[serde(default = "yes")]
    pub shuffle: bool,
    /// The seed of dropout and of the order of the samples. In the files of the command it belongs to the experiment.
    #[cfg_attr(feature = "schema", schemars(skip))]
    #[serde(default, skip_serializing_if = "is_zero")]
    pub seed: u64,
    /// The decay of an average of the weights. Each step keeps this part of the average, and takes the rest from the
    /// new weights. The average is validated and saved instead of the weights. Default: no average.
    #[cfg_attr(feature = "schema", schemars(example = 0.999, range(min = 0), extend("exclusiveMaximum" = 1)))]
    pub average: Option<f64>,
    /// The measure by which epochs are compared to find the best one.
    #[cfg_attr(feature = "schema", schemars(example = Monitor::Accuracy))]
    #[serde(default)]
    pub monitor: Monitor,
    /// The smallest improvement of the monitored value that counts as better.
    #[cfg_attr(feature = "schema", schemars(example = 0.001, range(min = 0)))]
    #[serde(default)]
    pub min_delta: f64,
    /// Early stopping: the training stops after more than this number of epochs without a better value. Default: no
    /// early stopping.
    #[cfg_attr(feature = "schema", schemars(example = 5))]
    pub patience: Option<usize>,
    /// Whether the training ends with the weights of its best epoch instead of its last epoch.
    #[cfg_attr(feature = "schema", schemars(example = true))]
    #[serde(default)]
    pub keep_best: bool,
    /// The threads and the instruction set to run on. None: those of this machine. Files do not have it.
    #[serde(skip)]
    pub machine: Option<Machine>,
}

fn one() -> usize {
    1
}

fn thirty_two() -> usize {
    32
}

fn yes() -> bool {
    true
}

/// Whether a seed is 0, the default. Files leave this seed out.
fn is_zero(seed: &u64) -> bool {
    *seed == 0
}

/// The value that is watched from epoch to epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Monitor {
    /// The mean loss on the validation samples, or on the training samples if there is no validation.
    #[default]
    Loss,
    /// The accuracy on the validation samples, for networks that choose a class.
    Accuracy,
}

/// The results of a training, epoch by epoch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// The mean loss of each epoch. Each sample's loss is measured before the step that the sample takes part in.
    #[serde(with = "crate::checkpoint::exact")]
    pub errors: Vec<f64>,
    /// The part of each epoch's samples with a right answer, each measured before the step that the sample takes part
    /// in. It has as many elements as `errors`. None if answers are neither right nor wrong, and for epochs that an
    /// older version of toddle trained.
    #[serde(default)]
    pub accuracies: Vec<Option<f64>>,
    /// The result on the validation samples after each epoch, if there are any.
    pub validation: Vec<Evaluation>,
}

impl Fit {
    /// One epoch, in batches of one sample, without shuffling, on this machine.
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

    /// Trains for this number of epochs.
    #[must_use]
    pub fn epochs(self, epochs: usize) -> Self {
        Fit { epochs, ..self }
    }

    /// Sets the number of samples in a batch.
    #[must_use]
    pub fn batch(self, batch: usize) -> Self {
        Fit { batch, ..self }
    }

    /// Averages the gradients of this number of batches for one step.
    #[must_use]
    pub fn accumulate(self, accumulate: usize) -> Self {
        Fit { accumulate, ..self }
    }

    /// Clips the gradients.
    #[must_use]
    pub fn clip(self, clip: Clip) -> Self {
        Fit { clip: Some(clip), ..self }
    }

    /// Shuffles the samples in every epoch.
    #[must_use]
    pub fn shuffle(self) -> Self {
        Fit { shuffle: true, ..self }
    }

    /// Sets the seed of dropout and shuffling.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Fit { seed, ..self }
    }

    /// Keeps an average of the weights. In each step the average keeps the part `decay` of its old value.
    #[must_use]
    pub fn average(self, decay: f64) -> Self {
        Fit { average: Some(decay), ..self }
    }

    /// Sets the value that says which epoch is the best.
    #[must_use]
    pub fn monitor(self, monitor: Monitor) -> Self {
        Fit { monitor, ..self }
    }

    /// Stops after more than this number of epochs without a better [monitored](Self::monitor) value.
    #[must_use]
    pub fn patience(self, epochs: usize) -> Self {
        Fit { patience: Some(epochs), ..self }
    }

    /// Gives the network the weights of its best epoch at the end.
    #[must_use]
    pub fn keep_best(self) -> Self {
        Fit { keep_best: true, ..self }
    }

    /// Sets the threads and the instruction set.
    #[must_use]
    pub fn machine(self, machine: Machine) -> Self {
        Fit { machine: Some(machine), ..self }
    }

    /// The number of steps in an epoch of so many samples.
    pub fn steps_per_epoch(&self, samples: usize) -> u64 {
        samples.div_ceil(self.batch.max(1)).div_ceil(self.accumulate.max(1)) as u64
    }

    /// The order in which a training takes so many samples in epoch `epoch`, counted from 0.
    pub fn order(&self, samples: usize, epoch: u32) -> Vec<u32> {
        order(samples, self.shuffle.then_some(self.seed), epoch)
    }

    /// Whether a step is only `w −= rate · g`. For one sample, this step is fused with the backward pass.
    pub(crate) fn descends(&self) -> bool {
        self.optimizer.is_plain_sgd().is_some() && self.clip.is_none() && self.accumulate == 1
    }

    /// Checks that all settings are in range.
    pub(crate) fn check<T: Float>(&self, network: &Network<T>) -> Result<(), FitError> {
        setting::count("batch", self.batch as u64, "1")?;
        setting::count("accumulate", self.accumulate as u64, "1")?;
        for output in network.outputs() {
            output.loss(&self.loss).check(output.shape)?;
        }
        self.optimizer.check()?;
        self.schedule.check()?;
        setting::not_negative("min_delta", self.min_delta, "0")?;
        if let Some(clip) = &self.clip {
            clip.check()?;
        }
        if self.monitor == Monitor::Accuracy && !Answer::of(network.outputs(), &self.loss).counts() {
            let expected = "loss, since what comes out is no class: it is never right or wrong";
            setting::refuse("monitor", "accuracy", expected, "loss")?;
        }
        self.average.map_or(Ok(()), |decay| setting::share("average", decay, "0.999"))
    }
}
