//! Which learning rate to begin with: a sweep from small to large.

use toddle_lanes::math;

use crate::error::FitError;
use crate::samples::Samples;
use crate::trainer::Trainer;
use crate::{Fit, Float, Network, setting};

/// How the loss went as the learning rate grew.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RateCurve {
    /// Each step's learning rate, and the loss that was measured before it, smoothed.
    pub points: Vec<(f64, f64)>,
    /// The rate at which the loss fell fastest: where to begin. None where it never fell.
    pub suggestion: Option<f64>,
}

/// How slowly the smoothed loss follows the steps' own.
const SMOOTH: f64 = 0.9;

/// The loss has exploded when it is so many times the least so far.
const EXPLODED: f64 = 4.0;

/// Points on each side of one between which its slope is taken.
const AROUND: usize = 5;

/// Points at the beginning whose mean is one of few losses yet.
const EARLY: usize = 10;

/// Trains `network` for so many `steps` while the learning rate grows from `from` to `to`, each rate the same number of times
/// the one before, and sees where the loss falls fastest; then gives the network its weights back.
///
/// The sweep ends early where the loss explodes. Losses are smoothed over about ten steps:
/// `a ← 0.9·a + 0.1·loss`, shown as `a / (1 − 0.9ⁿ)`. The suggestion is the rate in the middle of the eleven points along
/// which the loss falls most, the first ten left out, whose mean is one of few losses. Everything but the rates is as `fit` says; its schedule, patience and averages play no part.
///
/// ```
/// use toddle::{Dense, Fit, Loss, NetworkSpec, Sgd, Shape, find_rate};
///
/// let mut network = NetworkSpec::new(Shape::vector(1)).add(Dense::new(1)).build::<f64>(0)?;
/// let samples = network.samples(&[0.0, 1.0, 2.0, 3.0], &[1.0, 3.0, 5.0, 7.0])?;
/// let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(0.1)).batch(4);
/// let curve = find_rate(&mut network, &fit, &samples, 1e-5, 10.0, 100)?;
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
    let points = sweep(network, fit, samples, from, math::ln(to / from), steps);
    network.weights_mut().copy_from_slice(&weights);
    network.state_mut().copy_from_slice(&state);
    let points = points?;
    let suggestion = steepest(&points);
    Ok(RateCurve { points, suggestion })
}

/// Rates, the last of them `exp(growth)` times the first, and losses.
fn sweep<T: Float>(
    network: &mut Network<T>,
    fit: &Fit,
    samples: &dyn Samples<T>,
    from: f64,
    growth: f64,
    steps: usize,
) -> Result<Vec<(f64, f64)>, FitError> {
    // Epochs without end, and nothing that would stop between them.
    let fit = Fit { epochs: usize::MAX, patience: None, keep_best: false, average: None, ..fit.clone() };
    let mut trainer = Trainer::new(network, &fit, samples.count())?;
    let mut points = Vec::with_capacity(steps);
    let (mut average, mut weight, mut least) = (0.0, 1.0, f64::INFINITY);
    for n in 0..steps {
        let rate = from * math::exp(growth * n as f64 / (steps - 1) as f64);
        let step = match trainer.step_at(rate, network, samples) {
            Err(FitError::NotFinite { .. }) => break,
            step => step?,
        };
        average = SMOOTH * average + (1.0 - SMOOTH) * step.loss;
        weight *= SMOOTH;
        let loss = average / (1.0 - weight);
        points.push((rate, loss));
        if loss > EXPLODED * least {
            break;
        }
        least = least.min(loss);
        if step.ends_epoch {
            trainer.end_epoch(network, None);
        }
    }
    Ok(points)
}

/// The rate at which the loss falls most from one rate to the next, up to where it is least.
fn steepest(points: &[(f64, f64)]) -> Option<f64> {
    let least = (0..points.len()).min_by(|a, b| points[*a].1.total_cmp(&points[*b].1))?;
    let slope = |n: &usize| points[n + AROUND].1 - points[n - AROUND].1;
    let inner = EARLY + AROUND..points.len().saturating_sub(AROUND).min(least + 1);
    let best = inner.min_by(|a, b| slope(a).total_cmp(&slope(b)))?;
    (slope(&best) < 0.0).then_some(points[best].0)
}
