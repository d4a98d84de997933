//! The settings of a training.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::ending::{StopAt, TimeLimit};
use super::evaluation::Evaluation;
use super::samples::order;
use super::weighing::{ClassWeights, Sampling};
use super::{mix, weighing};
use crate::engine::{Groups, Machine};
use crate::error::FitError;
use crate::loss::Answer;
use crate::optim::{Clip, Optimizer};
use crate::schedule::Schedule;
use crate::setting;
use crate::{Float, Loss, Network, Ranks};

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
/// | `freeze`, `rates` | empty | the same |
/// | `decay` | `All` | the same |
/// | `shuffle` | no | yes |
/// | `sampling` | `Each` | the same |
/// | `class_weights`, `mixup`, `cutmix` | none | the same |
/// | `seed` | 0 | the same |
/// | `average` | none | the same |
/// | `monitor` | `Loss` | the same |
/// | `min_delta` | 0 | the same |
/// | `patience` | none | the same |
/// | `keep_best` | no | the same |
/// | `stop_at`, `time_limit` | none | the same |
/// | `machine` | this machine | not in files |
/// | `ranks` | none | not in files |
///
/// `freeze`, `rates` and `decay` treat some parameters differently. A pattern is the name of a layer (`conv1`, `residual1.conv2`), of a
/// block of layers (`residual1`) or of a parameter (`conv1.bias`), and a `*` in it stands for any letters. A frozen layer does in
/// training what it does in inference: its batch norm normalises by its running statistics, and keeps them, as in Keras. PyTorch
/// does the same with `requires_grad = False` *and* `eval()` of the layer. A frozen parameter has the gradient 0, also in the norm
/// of `clip`. A batch norm of which only the weight or the bias is frozen takes the statistics of the batch.
///
/// `class_weights`, and the weights that [`Samples`](crate::Samples) may have, are factors of the losses of samples, for every loss.
/// A sample has the product of its own weight and that of its class, which is the class of its target at the first output. The
/// gradient of a step is the sum of the weighted gradients, divided by the number of samples, as in Keras: the weight of a sample
/// means the same in every batch. (PyTorch's losses with a `weight` divide by the sum of the weights in the batch.) So weights with a
/// mean of 1 need no other learning rate. The training loss is weighted, the loss on validation samples is not. Accuracies count
/// each sample once. With `accumulate`, a smaller last batch counts by its samples.
///
/// With `mixup` or `cutmix`, a sample `x` with the target `t` is mixed with another sample `x'` of the training. Mixup takes
/// `share·x + (1 − share)·x'`. CutMix takes a rectangle of `x'`, of the part `1 − share` of the image, cut at the borders. The target is
/// `share·t + (1 − share)·t'`, where `share` is what is left of `x`. `share` is drawn from the distribution Beta(α, α) for each sample and
/// epoch. With both, each sample is mixed by one of them, with equal probabilities. The accuracy of the training compares with the
/// larger part of the target. See Zhang et al., *mixup: Beyond Empirical Risk Minimization*, 2018, and Yun et al., *CutMix*, 2019;
/// both draw one share for a batch.
///
/// Errors, from [`Trainer::new`](crate::Trainer::new): a setting is out of its range, or a pattern matches nothing.
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
    /// The number of batches whose gradients are averaged for one step. A batch counts in proportion to its number of samples.
    #[cfg_attr(feature = "schema", schemars(example = 4, range(min = 1)))]
    #[serde(default = "one")]
    pub accumulate: usize,
    /// How large gradients are made smaller. Default: not at all.
    #[cfg_attr(feature = "schema", schemars(example = serde_json::json!({ "kind": "norm", "limit": 1.0 })))]
    pub clip: Option<Clip>,
    /// The layers and parameters that the training does not change. A pattern such as `conv*` stands for several. A frozen batch
    /// norm also keeps its running statistics, and normalises by them.
    #[cfg_attr(feature = "schema", schemars(example = vec!["conv*"]))]
    #[serde(default)]
    pub freeze: Vec<String>,
    /// Factors of the learning rate for layers and parameters, by name or pattern. The others have the factor 1.
    #[cfg_attr(feature = "schema", schemars(example = serde_json::json!({ "conv*": 0.1 })))]
    #[serde(default)]
    pub rates: BTreeMap<String, f64>,
    /// The parameters to which the optimizer applies its `weight_decay` and `l1`.
    #[cfg_attr(feature = "schema", schemars(example = Decay::Weights))]
    #[serde(default)]
    pub decay: Decay,
    /// Whether every epoch takes the samples in another order.
    #[cfg_attr(feature = "schema", schemars(example = true))]
    #[serde(default = "yes")]
    pub shuffle: bool,
    /// How the samples of an epoch are chosen.
    #[cfg_attr(feature = "schema", schemars(example = Sampling::Balanced))]
    #[serde(default)]
    pub sampling: Sampling,
    /// The weight of each class in the loss: a list, or `balanced`, which gives all classes the same weight in sum. Default: all
    /// samples count the same.
    #[cfg_attr(feature = "schema", schemars(example = &"balanced"))]
    pub class_weights: Option<ClassWeights>,
    /// Mixup: each sample is blended with another one. The value is the α of the distribution Beta(α, α) of the shares; usually 0.2.
    /// Default: no mixup.
    #[cfg_attr(feature = "schema", schemars(example = 0.2, extend("exclusiveMinimum" = 0)))]
    pub mixup: Option<f64>,
    /// CutMix, for images: a rectangle of each sample comes from another one. The value is the α of the distribution Beta(α, α) of
    /// the shares; usually 1. Default: no CutMix.
    #[cfg_attr(feature = "schema", schemars(example = 1.0, extend("exclusiveMinimum" = 0)))]
    pub cutmix: Option<f64>,
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
    /// A goal, after which the training stops. Default: none.
    #[cfg_attr(feature = "schema", schemars(example = StopAt { accuracy: Some(0.99), loss: None }))]
    pub stop_at: Option<StopAt>,
    /// The time after which the training stops at the end of a step: seconds, or a text such as `10 min`. A training that is
    /// resumed has this time again. Default: no limit.
    #[cfg_attr(feature = "schema", schemars(example = &"10 min"))]
    pub time_limit: Option<TimeLimit>,
    /// The threads and the instruction set to run on. None: those of this machine. Files do not have it.
    #[serde(skip)]
    pub machine: Option<Machine>,
    /// The processes that train together. None: one process. Files do not have it. Ranks change no bit.
    #[serde(skip)]
    pub ranks: Option<Ranks>,
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

/// The parameters that an optimizer's penalties are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Decay {
    /// All parameters.
    #[default]
    All,
    /// Only weights. Biases, and the scales and shifts of normalisations, have no penalty.
    Weights,
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
    pub fn new(loss: impl Into<Loss>, optimizer: impl Into<Optimizer>) -> Self {
        Fit {
            loss: loss.into(),
            optimizer: optimizer.into(),
            schedule: Schedule::Constant,
            epochs: 1,
            batch: 1,
            accumulate: 1,
            clip: None,
            freeze: Vec::new(),
            rates: BTreeMap::new(),
            decay: Decay::All,
            shuffle: false,
            sampling: Sampling::Each,
            class_weights: None,
            mixup: None,
            cutmix: None,
            seed: 0,
            average: None,
            monitor: Monitor::Loss,
            min_delta: 0.0,
            patience: None,
            keep_best: false,
            stop_at: None,
            time_limit: None,
            machine: None,
            ranks: None,
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

    /// Freezes the layers and parameters with these names or patterns, besides those that are frozen already.
    #[must_use]
    pub fn freeze<P: Into<String>>(mut self, patterns: impl IntoIterator<Item = P>) -> Self {
        self.freeze.extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Multiplies the learning rate of the layers and parameters with this name or pattern by `factor`.
    #[must_use]
    pub fn rate_of(mut self, pattern: impl Into<String>, factor: f64) -> Self {
        self.rates.insert(pattern.into(), factor);
        self
    }

    /// Sets the parameters to which the optimizer's penalties are applied.
    #[must_use]
    pub fn decay(self, decay: Decay) -> Self {
        Fit { decay, ..self }
    }

    /// Shuffles the samples in every epoch.
    #[must_use]
    pub fn shuffle(self) -> Self {
        Fit { shuffle: true, ..self }
    }

    /// Chooses the samples of an epoch by `sampling`.
    #[must_use]
    pub fn sampling(self, sampling: Sampling) -> Self {
        Fit { sampling, ..self }
    }

    /// Weighs the samples by their classes.
    #[must_use]
    pub fn class_weights(self, weights: ClassWeights) -> Self {
        Fit { class_weights: Some(weights), ..self }
    }

    /// Blends each sample with another one.
    #[must_use]
    pub fn mixup(self, alpha: f64) -> Self {
        Fit { mixup: Some(alpha), ..self }
    }

    /// Puts a rectangle of another image into each image.
    #[must_use]
    pub fn cutmix(self, alpha: f64) -> Self {
        Fit { cutmix: Some(alpha), ..self }
    }

    /// Stops when a goal is reached.
    #[must_use]
    pub fn stop_at(self, goal: StopAt) -> Self {
        Fit { stop_at: Some(goal), ..self }
    }

    /// Stops after the step in which this time is over.
    #[must_use]
    pub fn time_limit(self, limit: impl Into<TimeLimit>) -> Self {
        Fit { time_limit: Some(limit.into()), ..self }
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

    /// Whether a step is only `w −= rate · g`, for all parameters in one group. For one sample, this step is fused with the backward
    /// pass.
    pub(crate) fn descends(&self, groups: &Groups) -> bool {
        self.optimizer.is_plain_sgd().is_some()
            && self.clip.is_none()
            && self.accumulate == 1
            && groups.are_one()
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
        if let Some(momenta) = self.schedule.momenta()
            && self.optimizer.with_momentum(momenta[0]).is_none()
        {
            let expected = "an optimizer whose momentum can change: adam, adamw, adamax, radam, or sgd or rmsprop with momentum";
            let remedy = "none, or another optimizer";
            setting::refuse("the schedule's momentum", format!("{momenta:?}"), expected, remedy)?;
        }
        setting::not_negative("min_delta", self.min_delta, "0")?;
        if let Some(clip) = &self.clip {
            clip.check()?;
        }
        weighing::check(self, network)?;
        mix::check(self, network)?;
        let counts = Answer::of(network.outputs(), &self.loss).counts();
        self.stop_at.map_or(Ok(()), |goal| goal.check(counts))?;
        if self.monitor == Monitor::Accuracy && !counts {
            let expected = "loss, since what comes out is no class: it is never right or wrong";
            setting::refuse("monitor", "accuracy", expected, "loss")?;
        }
        self.average.map_or(Ok(()), |decay| setting::share("average", decay, "0.999"))
    }
}
