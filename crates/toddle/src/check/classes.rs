//! Checks that every class has samples, and that the samples are not sorted by class.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::Report;
use crate::loss::Answer;
use crate::{Fit, Float, Network, Samples, argmax};

/// The largest number of classes without samples that a finding names.
const NAMED: usize = 5;

/// Samples count as sorted by class if neighbours differ in class less often than this share of the changes in a
/// random order.
const SORTED: f64 = 0.2;

/// The largest difference from 1 of the sum of a target's probabilities.
const ROUNDED: f64 = 1e-3;

/// The classes of all samples.
pub(super) struct Classes {
    /// The class of each sample.
    pub of: Vec<usize>,
    /// The number of samples of each class.
    pub counts: Vec<usize>,
}

impl Classes {
    /// The classes of `samples`. None if the outputs of the network do not stand for classes, or if a target is not a
    /// distribution over the classes.
    pub fn new<T: Float>(network: &Network<T>, fit: &Fit, samples: &dyn Samples<T>) -> Option<Self> {
        // Of several outputs of a network, the first counts.
        let first = network.outputs()[0].range.clone();
        let answer = Answer::of(network.outputs(), &fit.loss);
        let mut classes = Classes {
            of: Vec::with_capacity(samples.count()),
            counts: vec![0; if answer == Answer::YesOrNo { 2 } else { first.len() }],
        };
        let mut t = vec![T::ZERO; network.output().size()];
        for n in 0..samples.count() {
            samples.target(n, &mut t);
            let t = &t[first.clone()];
            let class = match answer {
                Answer::YesOrNo => usize::from(t[0].to_f64() > 0.5),
                Answer::Class if are_probabilities(t) => argmax(t),
                _ => return None,
            };
            classes.of.push(class);
            classes.counts[class] += 1;
        }
        Some(classes)
    }

    /// How often neighbours differ in class, and how often they would differ in a random order.
    fn changes(&self) -> (usize, f64) {
        let changes = self.of.windows(2).filter(|pair| pair[0] != pair[1]).count();
        let n = self.of.len() as f64;
        let alike: f64 = self.counts.iter().map(|count| (*count as f64) * (*count as f64)).sum();
        (changes, n - alike / n)
    }
}

fn are_probabilities<T: Float>(t: &[T]) -> bool {
    let sum: f64 = t.iter().map(|t| t.to_f64()).sum();
    (sum - 1.0).abs() <= ROUNDED && t.iter().all(|t| *t >= T::ZERO)
}

pub(super) fn check(classes: &Classes, fit: &Fit, report: &mut Report) {
    let counts = &classes.counts;
    let empty: Vec<usize> = (0..counts.len()).filter(|class| counts[*class] == 0).collect();
    let present = counts.len() - empty.len();
    if present > 1 && !empty.is_empty() {
        let message = format!(
            "{} of {} classes have no sample: {} (the first class is 0)",
            empty.len(),
            counts.len(),
            list(&empty)
        );
        report.doubtful("classes", message, "samples of every class to train on");
    }
    let (changes, expected) = classes.changes();
    let sorted = !fit.shuffle && expected >= 5.0 && (changes as f64) < SORTED * expected;
    if sorted {
        let batches = classes.of.chunks(fit.batch);
        let (of, single) =
            (batches.len(), batches.filter(|batch| batch.iter().all(|c| *c == batch[0])).count());
        let message = match fit.batch {
            1 => "the samples are sorted by class, and each class is trained on without a break".into(),
            _ => format!("the samples are sorted by class: {single} of {of} batches have a single class"),
        };
        report.doubtful("classes", message, "train.shuffle = true");
    }
    if empty.is_empty() && !sorted {
        let (least, most) = (counts.iter().min(), counts.iter().max());
        let (least, most) = (least.copied().unwrap_or(0), most.copied().unwrap_or(0));
        let each = if least == most { most.to_string() } else { format!("{least} to {most}") };
        let samples = if most == 1 { "sample" } else { "samples" };
        report.good("classes", format!("{present} classes, of {each} {samples} each"));
    }
}

/// `1, 4, 5, …`
fn list(classes: &[usize]) -> String {
    let named: Vec<String> = classes.iter().take(NAMED).map(usize::to_string).collect();
    named.join(", ") + if classes.len() > NAMED { ", …" } else { "" }
}
