//! Checks that a network can learn from the inputs and the targets.

use alloc::string::String;
use core::ops::RangeInclusive;

use toddle_lanes::Real;

use super::{Looked, Report};
use crate::Float;

/// A mean that is at least this many deviations from 0 is reported.
const FAR: f64 = 3.0;

/// A deviation outside this range is reported.
const DEVIATIONS: RangeInclusive<f64> = 0.02..=20.0;

/// An absolute value above this is reported.
const LARGE: f64 = 50.0;

pub(super) fn check<T: Float>(looked: &Looked<T>, report: &mut Report) {
    let (inputs, targets) = (looked.x.chunks_exact(looked.sizes.0), looked.y.chunks_exact(looked.sizes.1));
    let lost = |of: &[T]| of.iter().any(|x| !x.is_finite());
    for (what, lost) in [("input", inputs.clone().position(lost)), ("target", targets.clone().position(lost))]
    {
        if let Some(n) = lost {
            let message =
                format!("the {what} of sample {} has an element that is infinite or NaN", looked.places[n]);
            report.wrong("data", message, "leaving such samples out");
            return;
        }
    }
    let of_inputs = Moments::of(&looked.x);
    let Moments { mean, deviation, least, most } = of_inputs;
    let alike = |mut of: core::slice::ChunksExact<'_, T>| {
        let first = of.next();
        looked.count > 1 && of.all(|other| Some(other) == first)
    };
    if alike(inputs) {
        report.wrong("data", "all inputs are the same", "checking how the inputs are read");
    } else if let Some(remedy) = of_inputs.remedy() {
        let message = if most.max(-least) > LARGE {
            let farthest = if most > -least { most } else { least };
            format!("the inputs reach {farthest}, but layers need inputs of about 1")
        } else {
            format!("the inputs have the mean {mean:.3} and the deviation {deviation:.3}, far from 0 and 1")
        };
        report.doubtful("data", message, remedy);
    } else {
        let message = format!(
            "inputs of {} sample{}: mean {mean:.3}, deviation {deviation:.3}, from {least:.3} to {most:.3}",
            looked.count,
            if looked.count == 1 { "" } else { "s" }
        );
        report.good("data", message);
    }
    if alike(targets) {
        report.doubtful("data", "all samples that were read have the same target", "checking the labels");
    }
    let targets = Moments::of(&looked.y);
    if targets.most.max(-targets.least) > LARGE {
        let farthest = if targets.most > -targets.least { targets.most } else { targets.least };
        report.doubtful(
            "data",
            format!("the targets reach {farthest}, which makes the gradients large"),
            format!("target_scaling = \"standard\" in [data], or {}", targets.scaled()),
        );
    }
}

/// Statistics of many elements.
struct Moments {
    mean: f64,
    deviation: f64,
    least: f64,
    most: f64,
}

impl Moments {
    fn of<T: Float>(numbers: &[T]) -> Self {
        let numbers = || numbers.iter().map(|x| x.to_f64());
        let count = numbers().count() as f64;
        let mean = numbers().sum::<f64>() / count;
        let deviation = Real::sqrt(numbers().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count);
        let (least, most) =
            (numbers().fold(f64::INFINITY, f64::min), numbers().fold(f64::NEG_INFINITY, f64::max));
        Moments { mean, deviation, least, most }
    }

    /// The remedy for the scale of the elements, if they need one.
    fn remedy(&self) -> Option<String> {
        let Moments { mean, deviation, least, most } = *self;
        let usual = most.max(-least) <= LARGE
            && mean.abs() <= FAR * deviation.max(1.0)
            && DEVIATIONS.contains(&deviation);
        if usual {
            None
        } else if least >= 0.0 && (100.0..=255.0).contains(&most) {
            Some("dividing them by 255".into())
        } else {
            Some(self.scaled())
        }
    }

    fn scaled(&self) -> String {
        format!("subtracting {:.3} and then dividing by {:.3}", self.mean, self.deviation)
    }
}
