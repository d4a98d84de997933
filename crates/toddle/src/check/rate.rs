//! Whether the first steps make the loss larger: a rate that is too high, long before a number is infinite.

use std::ops::RangeInclusive;

use super::{CheckError, Looked, Report, copy_of};
use crate::error::FitError;
use crate::rate::find_rate;
use crate::trainer::Trainer;
use crate::{Fit, Float, Network, Samples};

/// Steps that are tried.
const STEPS: RangeInclusive<usize> = 12..=60;

/// Samples that they take, about.
const SAMPLES: usize = 2048;

/// The largest batch.
const BATCH: usize = 256;

/// How many times the loss before the first step the later ones' may be.
const GROWN: f64 = 2.0;

/// And where it has exploded.
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
    let (mut losses, mut rate) = (Vec::with_capacity(steps), 0.0f64);
    while losses.len() < steps && !trainer.is_done() {
        rate = rate.max(trainer.rate());
        match trainer.step(&mut copy, samples) {
            Err(FitError::NotFinite { what, step, .. }) => {
                let message =
                    format!("{what} became infinite or no number in step {step}, at a rate of {rate}");
                report.wrong("rate", message, remedy(network, &fit, looked, rate)?);
                return Ok(());
            }
            step => losses.push(step?.loss),
        }
        if trainer.epoch_is_over() {
            trainer.end_epoch(&mut copy, None);
        }
    }
    let last = &losses[losses.len() / 2..];
    let after = last.iter().sum::<f64>() / last.len() as f64;
    let message = format!(
        "the first {} steps take the loss from {before:.4} to {after:.4}, at a rate of {rate}",
        losses.len()
    );
    if after > EXPLODED * before {
        report.wrong("rate", message, remedy(network, &fit, looked, rate)?);
    } else if after > GROWN * before {
        report.doubtful("rate", message, remedy(network, &fit, looked, rate)?);
    } else {
        report.good("rate", message);
    }
    Ok(())
}

/// The rate at which the loss of the samples looked at falls fastest.
fn remedy<T: Float>(
    network: &Network<T>,
    fit: &Fit,
    looked: &Looked<T>,
    rate: f64,
) -> Result<String, CheckError> {
    let mut copy = copy_of(network, |_| false)?;
    let samples = network.samples(&looked.x, &looked.y)?;
    let fit = Fit { batch: fit.batch.min(16), accumulate: 1, shuffle: true, ..fit.clone() };
    let found = find_rate(&mut copy, &fit, &samples, rate * 1e-6, rate, *STEPS.end())?;
    Ok(match found.suggestion {
        Some(rate) => format!("train.optimizer.rate = {rate:.0e}"),
        None => "a lower train.optimizer.rate".into(),
    })
}
