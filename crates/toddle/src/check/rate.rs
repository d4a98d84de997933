//! Checks that the first steps do not make the loss larger. If they do, the learning rate is too high.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::{ControlFlow, RangeInclusive};

use super::{CheckError, Looked, Report, copy_of};
use crate::error::FitError;
use crate::training::{Nobody, Observer, StepReport, Trainer, find_rate};
use crate::{Fit, Float, Network, Progress, Samples, ScheduleState};

/// The number of steps that are tried.
const STEPS: RangeInclusive<usize> = 12..=60;

/// The approximate number of samples that the steps take.
const SAMPLES: usize = 2048;

/// The largest batch.
const BATCH: usize = 256;

/// Samples a batch, at most, and rates among which a better one is looked for: the highest, and the lowest in parts of it.
const TOGETHER: usize = 16;
const HIGHEST: f64 = 10.0;
const LOWEST: f64 = 1e-6;

/// The places of the training at which the schedule is asked for its rate.
const PLACES: u64 = 1000;

/// The loss has grown if it is more than this many times the loss before the first step.
const GROWN: f64 = 1.5;

/// The loss has exploded if it is more than this many times the loss before the first step.
const EXPLODED: f64 = 10.0;

/// `before` is the loss before the first step.
pub(super) fn check<T: Float>(
    network: &Network<T>,
    fit: &Fit,
    samples: &dyn Samples<T>,
    looked: &Looked<T>,
    before: f64,
    report: &mut Report,
) -> Result<(), CheckError> {
    let mut copy = copy_of(network, |_| false)?;
    let fit = Fit { batch: fit.batch.min(BATCH), patience: None, keep_best: false, ..fit.clone() };
    let mut trainer = Trainer::new(&copy, &fit, samples.count())?;
    let steps = (SAMPLES / fit.batch).clamp(*STEPS.start(), *STEPS.end());
    let mut first = FirstSteps { steps, losses: Vec::with_capacity(steps), rate: 0.0 };
    let ended = trainer.run(&mut copy, samples, None, &mut first);
    let FirstSteps { losses, rate, .. } = first;
    if let Err(FitError::NotFinite { what, step, .. }) = ended {
        let rate = rate.max(trainer.rate());
        let message =
            format!("{what} became infinite or NaN in step {step}, at a rate of {}", short(rate, 3));
        report.wrong("rate", message, remedy(network, &fit, looked, rate)?);
        return Ok(());
    }
    ended?;
    let last = &losses[losses.len() / 2..];
    let after = last.iter().sum::<f64>() / last.len() as f64;
    let message = format!(
        "the first {} steps take the loss from {before:.4} to {after:.4}, at a rate of {}",
        losses.len(),
        short(rate, 3)
    );
    if after > EXPLODED * before {
        report.wrong("rate", message, remedy(network, &fit, looked, rate)?);
    } else if after > GROWN * before {
        report.doubtful("rate", message, remedy(network, &fit, looked, rate)?);
    } else {
        match later(network, &fit, samples, before, rate)? {
            Some(higher) => {
                let message = format!("{message}; {higher}");
                report.doubtful("rate", message, remedy(network, &fit, looked, rate)?);
            }
            None => report.good("rate", message),
        }
    }
    Ok(())
}

/// What is wrong with the highest rate of the schedule, if it is above the rates of the first steps. The rate rises to it at once,
/// and not as slowly as in the training.
fn later<T: Float>(
    network: &Network<T>,
    fit: &Fit,
    samples: &dyn Samples<T>,
    before: f64,
    first: f64,
) -> Result<Option<String>, CheckError> {
    let steps_per_epoch = fit.steps_per_epoch(samples.count());
    let steps = steps_per_epoch.saturating_mul(fit.epochs as u64);
    let at =
        |n: u64| Progress { step: steps / PLACES * n + steps % PLACES * n / PLACES, steps, steps_per_epoch };
    let rates =
        (0..PLACES).map(|n| fit.schedule.rate(fit.optimizer.rate(), at(n), &ScheduleState::default()));
    let highest = rates.fold(first, f64::max);
    if highest <= 1.01 * first {
        return Ok(None);
    }
    let mut copy = copy_of(network, |_| false)?;
    let mut trainer = Trainer::new(&copy, fit, samples.count())?;
    let steps = *STEPS.end();
    let mut seen = FirstSteps { steps, losses: Vec::with_capacity(steps), rate: 0.0 };
    let rising =
        |trainer: &Trainer<T>| highest * ((trainer.state().steps + 1) as f64 / (steps / 2) as f64).min(1.0);
    let ended = trainer.run_at(&rising, &mut copy, samples, None, &mut seen);
    let highest = short(highest, 3);
    match ended {
        Err(FitError::NotFinite { what, .. }) => {
            Ok(Some(format!("at the schedule's highest rate, {highest}, {what} becomes infinite or NaN")))
        }
        Err(other) => Err(other.into()),
        Ok(_) => {
            let last = &seen.losses[seen.losses.len() / 2..];
            let after = last.iter().sum::<f64>() / last.len() as f64;
            let grows = after > GROWN * before;
            Ok(grows.then(|| format!("the schedule's highest rate, {highest}, takes it to {after:.4}")))
        }
    }
}

/// The losses of the first steps.
struct FirstSteps {
    /// The number of steps to take.
    steps: usize,
    /// The loss of each step.
    losses: Vec<f64>,
    /// The largest learning rate of a step.
    rate: f64,
}

impl<T: Float> Observer<T> for FirstSteps {
    fn step(&mut self, report: &StepReport, _: &Network<T>, _: &Trainer<T>) -> ControlFlow<()> {
        self.losses.push(report.loss);
        self.rate = self.rate.max(report.rate);
        if self.losses.len() < self.steps { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

/// The remedy for a learning rate that is too high: the rate at which the loss of some samples falls fastest.
fn remedy<T: Float>(
    network: &Network<T>,
    fit: &Fit,
    looked: &Looked<T>,
    rate: f64,
) -> Result<String, CheckError> {
    let mut copy = copy_of(network, |_| false)?;
    let samples = network.samples(&looked.x, &looked.y)?;
    let fit = Fit { batch: fit.batch.min(TOGETHER), accumulate: 1, shuffle: true, ..fit.clone() };
    let most = rate.min(HIGHEST);
    let found = find_rate(&mut copy, &fit, &samples, most * LOWEST, most, *STEPS.end(), &mut Nobody);
    Ok(match found.ok().and_then(|curve| curve.suggestion) {
        Some(rate) => format!("train.optimizer.rate = {}", short(rate, 1)),
        None => "a lower train.optimizer.rate".into(),
    })
}

/// `number`, rounded to this many significant digits.
fn short(number: f64, digits: usize) -> f64 {
    format!("{number:.*e}", digits - 1).parse().unwrap_or(number)
}
