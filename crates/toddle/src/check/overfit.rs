//! Checks that a network can memorise a few samples. If it cannot, it cannot learn many samples.

use core::ops::ControlFlow;

use super::{CheckError, Looked, Report, copy_of, is_random};
use crate::error::FitError;
use crate::training::{Epoch, Sampling, Trainer};
use crate::{Fit, Float, Network, Schedule};

/// The number of samples to be learned.
const SAMPLES: usize = 16;

/// The number of epochs. Each epoch is one step, unless a step takes one sample.
const EPOCHS: usize = 300;

/// The samples are learned if at most this part of the loss is left.
const LEARNED: f64 = 0.1;

/// Almost nothing is learned if at least this part of the loss is left.
const UNLEARNED: f64 = 0.7;

pub(super) fn check<T: Float>(
    network: &Network<T>,
    fit: &Fit,
    looked: &Looked<T>,
    report: &mut Report,
) -> Result<(), CheckError> {
    let mut network = copy_of(network, is_random)?;
    let (x, y, count) = looked.first(SAMPLES);
    let samples = network.samples(x, y)?;
    let fit = Fit {
        schedule: Schedule::Constant,
        epochs: EPOCHS,
        batch: if fit.batch == 1 { 1 } else { count },
        accumulate: 1,
        shuffle: false,
        average: None,
        patience: None,
        keep_best: false,
        sampling: Sampling::Each,
        mixup: None,
        cutmix: None,
        stop_at: None,
        time_limit: None,
        ..fit.clone()
    };
    let mut trainer = Trainer::new(&network, &fit, count)?;
    let (mut first, mut last) = (f64::NAN, f64::NAN);
    let mut until_learned = |epoch: &Epoch| {
        last = epoch.error;
        if first.is_nan() {
            first = last;
        }
        if last <= LEARNED * first { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    match trainer.run(&mut network, &samples, None, &mut until_learned) {
        Err(FitError::NotFinite { what, step, .. }) => {
            let message = format!("{what} became infinite or NaN in step {step} on {count} samples");
            report.wrong("overfit", message, "a lower learning rate");
            return Ok(());
        }
        ended => ended?,
    };
    if last <= LEARNED * first {
        let steps = trainer.state().steps;
        let message = format!(
            "{count} samples are learned in {steps} steps: the loss falls from {first:.4} to {last:.4}"
        );
        report.good("overfit", message);
        return Ok(());
    }
    let message = format!(
        "the same {count} samples for {EPOCHS} epochs take the loss only from {first:.4} to {last:.4}"
    );
    if last > UNLEARNED * first {
        report.wrong(
            "overfit",
            message,
            "another learning rate, and checking that inputs and targets belong together",
        );
    } else {
        report.doubtful("overfit", message, "a higher learning rate, or a larger network");
    }
    Ok(())
}
