//! What can go wrong, and what to do about it.

use alloc::string::String;

use thiserror::Error;
use toddle_lanes::IsaError;

use crate::{LossError, RankError, Shape, escaped};

/// A layer that cannot stand where it is put: five lines that say what it is, what it gets, why that fails and what to try.
///
/// ```
/// use toddle::{Conv2d, NetworkSpec, Shape};
///
/// let error = NetworkSpec::new(Shape::image(1, 3, 3)).add(Conv2d::new(16, 5)).build::<f32>(0).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "layer 1 `conv1` cannot follow the input
///   it is     conv2d { filters = 16, kernel = 5×5 }
///   it gets   1×3×3  (channels × height × width)
///   because   a 5×5 kernel does not fit in 3×3
///   try       kernel = 3 or less, or padding = same"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Error)]
#[error(
    "{}
  it is     {}
  it gets   {}
  because   {}
  try       {}",
    escaped(.what), escaped(.spec), escaped(.gets), escaped(&misfit.because), escaped(&misfit.remedy))]
pub struct BuildError {
    /// The layer's place, counted from 1. 0 for an input or an output of the network.
    pub number: usize,
    /// The name of the layer, the input or the output.
    pub name: String,
    /// What cannot be, in words: ``layer 2 `conv1` cannot follow `tanh1` ``.
    pub what: String,
    /// The layer as written.
    pub spec: String,
    /// The shapes of the values that it gets.
    pub gets: String,
    /// Why that fails and what to try.
    pub misfit: Misfit,
}

/// Why a layer does not fit its input.
#[derive(Clone, Debug, PartialEq)]
pub struct Misfit {
    /// The reason.
    pub because: String,
    /// What to try.
    pub remedy: String,
}

impl Misfit {
    /// A reason and a remedy.
    pub fn new(because: impl Into<String>, remedy: impl Into<String>) -> Self {
        Misfit { because: because.into(), remedy: remedy.into() }
    }
}

/// Samples or settings that a network cannot be trained with or asked about.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum FitError {
    /// The elements do not make whole samples.
    #[error(
        "the {what} have {got} elements, which do not make whole samples
  expected  a multiple of {size}, for {what_one}s of shape {shape}
  try       {size} elements for each sample, one sample after the other"
    )]
    Ragged {
        /// `inputs` or `targets`.
        what: &'static str,
        /// `input` or `target`.
        what_one: &'static str,
        /// The number of elements.
        got: usize,
        /// The number of elements in a sample.
        size: usize,
        /// The shape of a sample.
        shape: Shape,
    },
    /// The shape of an array is not that of samples.
    #[cfg(feature = "ndarray")]
    #[error(
        "the {what} are an array of shape {got:?}
  expected  samples of shape {shape} along the first axis
  try       an array with the axes samples × {}",
        shape.legend()
    )]
    Array {
        /// `inputs` or `targets`.
        what: &'static str,
        /// The array's shape.
        got: alloc::vec::Vec<usize>,
        /// The shape of a sample.
        shape: Shape,
    },
    /// The numbers of inputs and targets differ.
    #[error(
        "there are {inputs} inputs and {targets} targets
  expected  one target for each input
  try       checking that both come from the same part of the data"
    )]
    Unpaired {
        /// Samples among the inputs.
        inputs: usize,
        /// Samples among the targets.
        targets: usize,
    },
    /// There is not one weight for each sample.
    #[error(
        "there are {samples} samples and {weights} weights
  expected  one weight for each sample
  try       checking that both come from the same part of the data"
    )]
    Unweighted {
        /// How many samples there are.
        samples: usize,
        /// How many weights there are.
        weights: usize,
    },
    /// A weight of a sample is negative, infinite or NaN.
    #[error(
        "the weight of sample {sample} is {weight}
  expected  a finite number, 0 or more
  try       leaving out the sample, or the weight 0"
    )]
    Weight {
        /// The sample, counted from 0.
        sample: usize,
        /// Its weight.
        weight: f64,
    },
    /// No sample counts.
    #[error(
        "all samples have the weight 0
  expected  a weight above 0 for one sample or more
  try       other weights of the samples or classes"
    )]
    NoWeight,
    /// There is not one weight for each class.
    #[error(
        "class_weights has {got} weights
  expected  {classes}, one for each class
  try       class_weights = \"balanced\""
    )]
    ClassWeights {
        /// How many weights there are.
        got: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// Batch norm would get a single element of each channel in every batch.
    #[error(
        "batch norm `{layer}` cannot be trained on one sample at a time
  expected  2 samples or more in a batch: each channel of `{layer}` is one element, and one element has no variance
  got       {got}
  try       {remedy}", layer = escaped(.layer), got = escaped(.got))]
    SingleNumber {
        /// The layer's name.
        layer: String,
        /// What makes every batch one sample: `batch = 1`, or the number of samples.
        got: String,
        /// What to try.
        remedy: &'static str,
    },
    /// An embedding would get a number that is not that of a class.
    #[error(
        "{got} is not the number of a class, which embedding `{layer}` takes
  expected  a whole number from 0 to {}
  got       {got}, element {element} of sample {sample}
  try       numbering the classes from 0 on, or more classes in `{layer}`",
        .classes - 1, layer = escaped(.layer))]
    NotAClass {
        /// The embedding's name.
        layer: String,
        /// The number of its classes.
        classes: usize,
        /// The sample, counted from 0.
        sample: usize,
        /// The place of the number in the sample, counted from 0.
        element: usize,
        /// The number.
        got: f64,
    },
    /// There is nothing to train on.
    #[error(
        "there are no samples to train on
  expected  one sample or more
  try       more samples, or checking the setting that limits their number"
    )]
    Empty,
    /// There are more samples than can be put into an order.
    #[error(
        "there are {samples} samples to train on
  expected  at most {}, because samples have 32-bit numbers
  got       {samples}
  try       training on a part of them",
        u32::MAX
    )]
    TooManySamples {
        /// How many.
        samples: usize,
    },
    /// A setting is out of its range.
    #[error(
        "{setting} = {got} is out of range
  expected  {expected}
  try       {}", instead(.setting, .remedy), got = escaped(.got))]
    Setting {
        /// The setting's name.
        setting: &'static str,
        /// Its value.
        got: String,
        /// What it may be.
        expected: &'static str,
        /// A usual value. `none`: the setting is to be left out.
        remedy: &'static str,
    },
    /// A pattern for layers matches none.
    #[error(
        "{setting}: `{}` matches nothing
  expected  the name of a layer with weights or of a parameter, in which * may stand for any letters
  got       `{}`
  try       {}", escaped(.pattern), escaped(.pattern), escaped(.remedy))]
    Pattern {
        /// The setting's name.
        setting: &'static str,
        /// The pattern.
        pattern: String,
        /// A name that is near, or all names.
        remedy: String,
    },
    /// Two patterns give one parameter a factor of the learning rate.
    #[error(
        "rates: `{}` and `{}` both match `{}`
  expected  at most one rate for each parameter
  try       patterns that have no parameter in common", escaped(&patterns[0]), escaped(&patterns[1]), escaped(.param))]
    TwoRates {
        /// The parameter.
        param: String,
        /// The patterns.
        patterns: [String; 2],
    },
    /// A factor of the learning rate is out of its range.
    #[error(
        "rates: the factor {rate} of `{}` is out of range
  expected  a finite number, 0 or more
  try       0.1", escaped(.pattern))]
    Rate {
        /// The pattern.
        pattern: String,
        /// The factor.
        rate: f64,
    },
    /// Nothing is left to train.
    #[error(
        "freeze leaves nothing to train
  expected  one parameter or more that is not frozen
  try       fewer or narrower patterns"
    )]
    AllFrozen,
    /// An element has become infinite or NaN.
    #[error(
        "{what} became infinite or NaN in step {step}, in epoch {epoch}
  expected  finite elements in every layer
  try       a lower learning rate, clipped gradients, or inputs of about the size of 1", what = escaped(.what))]
    NotFinite {
        /// Where it was seen first.
        what: String,
        /// The epoch, counted from 1.
        epoch: usize,
        /// The step, counted from 1.
        step: u64,
    },
    /// There is no memory for the training.
    #[error(
        "there is not enough memory for this training
  expected  memory for the weights, the gradients and the state of the optimizer
  got       less
  try       a smaller network or batch, fewer threads, or an optimizer with less state"
    )]
    Memory,
    /// The ranks of the training cannot go on together.
    #[error(
        "the ranks of the training have lost one another
  expected  all ranks until the end of the training
  got       {0}
  try       continuing from the last checkpoint, with any number of ranks"
    )]
    Ranks(RankError),
    /// A rank trains something else than rank 0.
    #[error(
        "rank {rank} has other {what} than rank 0
  expected  the same on all ranks
  got       others
  try       the same program, the same experiment and the same data on all machines"
    )]
    Different {
        /// What differs.
        what: &'static str,
        /// The rank, counted from 0.
        rank: usize,
    },
    /// The saved state belongs to another training.
    #[error(
        "the training cannot be resumed: {what}
  expected  the state of a training with the same network and the same settings
  try       the settings with which it began, or a new training", what = escaped(.what))]
    Resume {
        /// What does not fit.
        what: String,
    },
    /// The loss does not go with the network's output.
    #[error(transparent)]
    Loss(#[from] LossError),
    /// `TODDLE_SIMD` names no instruction set that this CPU has.
    #[error(transparent)]
    Isa(#[from] IsaError),
}

/// What to write for a setting that is out of its range.
fn instead(setting: &str, usual: &str) -> String {
    match usual {
        "none" => format!("no setting `{setting}`"),
        _ => format!("{setting} = {usual}"),
    }
}
