//! How much each sample counts: the weights of samples and classes, and the probabilities with which samples are drawn.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use toddle_lanes::{Purpose, Random};

use super::Fit;
use super::samples::Samples;
use crate::error::FitError;
use crate::loss::Answer;
use crate::{Float, Network, NetworkOutput, argmax, setting};

/// The weight of each class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "\"balanced\", or a list of a weight for each class")]
pub enum ClassWeights {
    /// A rule that gives the weights.
    Rule(ClassRule),
    /// The weights, one for each class. Of a single output that means yes or no, no is the first class.
    Each(Vec<f64>),
}

/// A rule for the weights of classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ClassRule {
    /// All classes count the same in sum: a class with few samples has a large weight. The mean over all samples is 1.
    Balanced,
}

impl ClassWeights {
    /// Weights with which all classes count the same in sum. Class `c` has `N / (K·N[c])`, where `N[c]` of the `N` samples are of class
    /// `c`, and `K` classes have samples.
    pub fn balanced() -> Self {
        ClassWeights::Rule(ClassRule::Balanced)
    }
}

/// How the samples of an epoch are chosen. An epoch has as many samples as there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Sampling {
    /// Each sample once.
    #[default]
    Each,
    /// At random: every class has the same probability, and so has every sample of a class. Samples of a rare class come
    /// several times in an epoch, and some samples of other classes do not come.
    Balanced,
    /// At random, with probabilities that are proportional to the weights of the samples and classes. The losses are not
    /// multiplied by the weights then.
    Weights,
}

/// What the settings make of the samples of a training.
#[derive(Debug, Default)]
pub(super) struct Weighing<T> {
    /// The factor of each sample's loss. Empty: all are 1.
    pub factors: Vec<T>,
    /// Sample `n` is drawn by a number from `sums[n − 1]` up to `sums[n]`. Empty: each sample is taken once.
    sums: Vec<f64>,
}

impl<T: Float> Weighing<T> {
    /// Reads the weights of all samples, and their targets where classes matter.
    ///
    /// # Errors
    /// A weight is negative or not finite, all are 0, or samples are to be drawn by weights that they do not have.
    pub fn new(fit: &Fit, network: &Network<T>, samples: &dyn Samples<T>) -> Result<Self, FitError> {
        let count = samples.count();
        let has_weights = samples.weight(0).is_some();
        let classes = Classes::new(fit, network);
        let mut weights = Vec::new();
        if has_weights || fit.class_weights.is_some() {
            let of_classes = classes.weights(fit, samples);
            let mut t = vec![T::ZERO; classes.targets];
            for n in 0..count {
                let weight = samples.weight(n).unwrap_or(1.0);
                if !(weight >= 0.0 && (weight as f32).is_finite()) {
                    return Err(FitError::Weight { sample: n, weight });
                }
                let of_class = if of_classes.is_empty() {
                    1.0
                } else {
                    samples.target(n, &mut t);
                    of_classes[classes.class(&t)]
                };
                weights.push(weight * of_class);
            }
            if weights.iter().all(|weight| *weight == 0.0) {
                return Err(FitError::NoWeight);
            }
        }
        let sums = match fit.sampling {
            Sampling::Each => Vec::new(),
            Sampling::Weights if weights.is_empty() => {
                let expected =
                    "each or balanced, since the samples have no weights, and neither have classes";
                setting::refuse("sampling", "weights", expected, "balanced")?;
                Vec::new()
            }
            Sampling::Weights => sums(core::mem::take(&mut weights)),
            Sampling::Balanced => {
                let of_classes = balanced(&classes.counts(samples));
                let mut t = vec![T::ZERO; classes.targets];
                let probabilities = (0..count).map(|n| {
                    samples.target(n, &mut t);
                    of_classes[classes.class(&t)]
                });
                sums(probabilities.collect())
            }
        };
        Ok(Weighing { factors: weights.into_iter().map(T::from_f64).collect(), sums })
    }

    /// The samples of an epoch, in order.
    pub fn order(&self, fit: &Fit, count: usize, epoch: u32) -> Vec<u32> {
        let Some(total) = self.sums.last() else {
            return fit.order(count, epoch);
        };
        // Rounding may give the whole sum. It belongs to the last sample whose probability is not 0.
        let last = self.sums.partition_point(|sum| sum < total);
        let draw = |place: u32| {
            let at = total * Random::new(fit.seed, Purpose::Sampling, [epoch, place]).uniform();
            self.sums.partition_point(|sum| *sum <= at).min(last) as u32
        };
        (0..count as u32).map(draw).collect()
    }
}

/// The sums of the first numbers: of one, of two, and so on.
fn sums(mut numbers: Vec<f64>) -> Vec<f64> {
    let mut sum = 0.0;
    for number in &mut numbers {
        sum += *number;
        *number = sum;
    }
    numbers
}

/// The classes that targets mean.
struct Classes<'a> {
    answer: Answer,
    first: &'a NetworkOutput,
    /// The number of elements of a target.
    targets: usize,
}

impl<'a> Classes<'a> {
    fn new<T: Float>(fit: &Fit, network: &'a Network<T>) -> Self {
        let (outputs, targets) = (network.outputs(), network.output().size());
        Classes { answer: Answer::of(outputs, &fit.loss), first: &outputs[0], targets }
    }

    /// The number of classes.
    fn count(&self) -> usize {
        if self.answer == Answer::YesOrNo { 2 } else { self.first.shape.size() }
    }

    /// The class of a sample with the target `t`.
    fn class<T: Float>(&self, t: &[T]) -> usize {
        let t = &t[self.first.range.clone()];
        if self.answer == Answer::YesOrNo { usize::from(t[0] > T::from_f64(0.5)) } else { argmax(t) }
    }

    /// The number of samples of each class.
    fn counts<T: Float>(&self, samples: &dyn Samples<T>) -> Vec<usize> {
        let (mut counts, mut t) = (vec![0; self.count()], vec![T::ZERO; self.targets]);
        for n in 0..samples.count() {
            samples.target(n, &mut t);
            counts[self.class(&t)] += 1;
        }
        counts
    }

    /// The weight of each class. Empty if the settings have none.
    fn weights<T: Float>(&self, fit: &Fit, samples: &dyn Samples<T>) -> Vec<f64> {
        match &fit.class_weights {
            None => Vec::new(),
            Some(ClassWeights::Each(weights)) => weights.clone(),
            Some(ClassWeights::Rule(ClassRule::Balanced)) => balanced(&self.counts(samples)),
        }
    }
}

/// `N / (K·N[c])` for each class: the weights with which all classes count the same in sum.
fn balanced(counts: &[usize]) -> Vec<f64> {
    let (all, present) = (counts.iter().sum::<usize>(), counts.iter().filter(|count| **count > 0).count());
    counts.iter().map(|count| all as f64 / (present * count.max(&1)) as f64).collect()
}

/// Checks the settings that are about classes.
pub(super) fn check<T: Float>(fit: &Fit, network: &Network<T>) -> Result<(), FitError> {
    let classes = Classes::new(fit, network);
    let needs_classes = [
        ("class_weights", fit.class_weights.is_some(), "none, since the targets are no classes", "none"),
        ("sampling", fit.sampling == Sampling::Balanced, "each, since the targets are no classes", "each"),
    ];
    for (setting, is_used, expected, remedy) in needs_classes {
        if is_used && !classes.answer.counts() {
            return setting::refuse(setting, "balanced", expected, remedy);
        }
    }
    let Some(ClassWeights::Each(weights)) = &fit.class_weights else { return Ok(()) };
    if weights.len() != classes.count() {
        return Err(FitError::ClassWeights { got: weights.len(), classes: classes.count() });
    }
    weights.iter().try_for_each(|weight| {
        setting::not_negative("class_weights", *weight, "[1, …], with a weight for each class")
    })
}
