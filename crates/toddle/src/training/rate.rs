//! The search for a learning rate: a training in which the learning rate grows from step to step.

use alloc::vec::Vec;
use core::ops::ControlFlow;

use toddle_lanes::math;

use super::{Fit, Observer, Samples, StepReport, Trainer};
use crate::error::FitError;
use crate::{Float, Network, Schedule, setting};

/// The loss at growing learning rates.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RateCurve {
    /// The learning rate of each step, and the smoothed loss. The loss is measured before the step.
    pub points: Vec<(f64, f64)>,
    /// The learning rate at which the loss fell fastest: a good first choice. None if the loss never fell.
    pub suggestion: Option<f64>,
}

/// The part that the smoothed loss keeps of its old value in each step.
const SMOOTH: f64 = 0.9;

/// The loss has exploded if it is more than this many times the least loss so far.
const EXPLODED: f64 = 4.0;

/// The number of points on each side of a point from which the derivative at the point is taken.
const AROUND: usize = 5;

/// The number of points at the beginning that are left out, because their mean is of too few losses.
const EARLY: usize = 10;

/// Trains `network` for `steps` steps while the learning rate grows from `from` to `to`, and finds the learning rate
/// at which the loss falls fastest. Each learning rate is the one before times the same factor. Afterwards the
/// network has its old weights.
///
/// The training ends early if the loss explodes. Losses are smoothed over about ten steps: `a ← 0.9·a + 0.1·loss`,
/// shown as `a / (1 − 0.9ⁿ)`. The suggestion is the learning rate in the middle of the eleven points over which the
/// loss falls most. The first ten points are left out, because their mean is of too few losses. All settings but the
/// learning rate are those of `fit`. Its schedule, patience and average have no effect.
///
/// The `observer` sees each step, and no epochs. If it stops the training, the curve has the steps up to then.
///
/// ```
/// use toddle::{Dense, Fit, Loss, NetworkSpec, Nobody, Sgd, Shape, find_rate};
///
/// let mut network = NetworkSpec::new(Shape::vector(1)).add(Dense::new(1)).build::<f64>(0)?;
/// let samples = network.samples(&[0.0, 1.0, 2.0, 3.0], &[1.0, 3.0, 5.0, 7.0])?;
/// let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(0.1)).batch(4);
/// let curve = find_rate(&mut network, &fit, &samples, 1e-5, 10.0, 100, &mut Nobody)?;
/// let rate = curve.suggestion.expect("the loss falls");
/// assert!(0.001 < rate && rate < 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// See L. N. Smith, *Cyclical Learning Rates for Training Neural Networks*, 2015, section 3.3.
///
/// # Errors
/// There are no samples, a rate is not above 0, `to` is not above `from`, there are fewer than 2 steps, or a setting of `fit`
/// is out of its range.
pub fn find_rate<T: Float>(
    network: &mut Network<T>,
    fit: &Fit,
    samples: &dyn Samples<T>,
    from: f64,
    to: f64,
    steps: usize,
    observer: &mut dyn Observer<T>,
) -> Result<RateCurve, FitError> {
    setting::positive("from", from, "1e-7")?;
    setting::positive("to", to, "10")?;
    if to <= from {
        setting::refuse("to", to, "a rate above the first", "10")?;
    }
    if steps < 2 {
        setting::refuse("steps", steps, "2 or more", "100")?;
    }
    let (weights, state) = (network.weights().to_vec(), network.state().to_vec());
    let points = rising(network, fit, samples, from, math::ln(to / from), steps, observer);
    network.weights_mut().copy_from_slice(&weights);
    network.state_mut().copy_from_slice(&state);
    let points = points?;
    let suggestion = steepest(&points);
    Ok(RateCurve { points, suggestion })
}

/// The learning rates and the losses. The last learning rate is `exp(growth)` times the first.
fn rising<T: Float>(
    network: &mut Network<T>,
    fit: &Fit,
    samples: &dyn Samples<T>,
    from: f64,
    growth: f64,
    steps: usize,
    observer: &mut dyn Observer<T>,
) -> Result<Vec<(f64, f64)>, FitError> {
    // The number of epochs has no limit, and nothing stops the training between two epochs.
    let fit = Fit {
        epochs: usize::MAX,
        schedule: Schedule::Constant,
        patience: None,
        keep_best: false,
        average: None,
        stop_at: None,
        time_limit: None,
        ..fit.clone()
    };
    let mut trainer = Trainer::new(network, &fit, samples.count())?;
    let rate =
        |trainer: &Trainer<T>| from * math::exp(growth * trainer.state().steps as f64 / (steps - 1) as f64);
    let points = Vec::with_capacity(steps);
    let mut losses = Losses { steps, points, average: 0.0, weight: 1.0, least: f64::INFINITY, observer };
    match trainer.run_at(&rate, network, samples, None, &mut losses) {
        Ok(_) | Err(FitError::NotFinite { .. }) => Ok(losses.points),
        Err(error) => Err(error),
    }
}

/// The smoothed losses of the steps so far.
struct Losses<'a, T> {
    /// The number of steps to take.
    steps: usize,
    /// The learning rate and the smoothed loss of each step.
    points: Vec<(f64, f64)>,
    /// The running mean of the losses. It is 0 at the start.
    average: f64,
    /// The part of `average` that still comes from this first 0.
    weight: f64,
    /// The least smoothed loss.
    least: f64,
    /// The observer of the caller.
    observer: &'a mut dyn Observer<T>,
}

impl<T: Float> Observer<T> for Losses<'_, T> {
    fn step(&mut self, report: &StepReport, network: &Network<T>, trainer: &Trainer<T>) -> ControlFlow<()> {
        self.average = SMOOTH * self.average + (1.0 - SMOOTH) * report.loss;
        self.weight *= SMOOTH;
        let loss = self.average / (1.0 - self.weight);
        self.points.push((report.rate, loss));
        if loss > EXPLODED * self.least || self.points.len() == self.steps {
            return ControlFlow::Break(());
        }
        self.least = self.least.min(loss);
        self.observer.step(report, network, trainer)
    }
}

/// The learning rate at which the loss falls most, up to the point with the least loss.
fn steepest(points: &[(f64, f64)]) -> Option<f64> {
    let least = (0..points.len()).min_by(|a, b| points[*a].1.total_cmp(&points[*b].1))?;
    let slope = |n: &usize| points[n + AROUND].1 - points[n - AROUND].1;
    let inner = EARLY + AROUND..points.len().saturating_sub(AROUND).min(least + 1);
    let best = inner.min_by(|a, b| slope(a).total_cmp(&slope(b)))?;
    (slope(&best) < 0.0).then_some(points[best].0)
}
