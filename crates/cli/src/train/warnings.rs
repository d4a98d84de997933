//! What is said before a training begins: what can be trained and is hardly meant.

use toddle::check::{self, Finding};
use toddle::{Fit, Float, Network, Optimizer, Samples, Schedule};
use toddle_data::{Parts, Validation};

use crate::experiment::Experiment;

/// What `toddle check` finds about a training without a step of it.
pub fn warnings<T: Float>(network: &Network<T>, fit: &Fit, samples: &dyn Samples<T>) -> Vec<String> {
    let findings = check::quick(network, fit, samples).findings;
    let text = |finding: Finding| match finding.remedy {
        Some(remedy) => format!("{}\n  try       {remedy}", finding.message),
        None => finding.message,
    };
    findings.into_iter().map(text).chain(decay(&fit.optimizer)).collect()
}

/// What is to be known about a decay of the weights that Adam scales.
fn decay(optimizer: &Optimizer) -> Option<String> {
    let Optimizer::Adam(adam) = optimizer else { return None };
    (adam.weight_decay > 0.0).then(|| {
        let how = "adam scales weight_decay for each weight, as a part of the gradient";
        format!("{how}\n  try       kind = \"adamw\", which makes all weights smaller by the same factor")
    })
}

/// What is to be known about what the network is validated with.
pub fn validation(experiment: &Experiment, parts: &Parts) -> Option<String> {
    if parts.validation.is_none() {
        return Some(
            "validated with nothing; validation = { fraction = 0.1 } in [data] holds some out".into(),
        );
    }
    let chooses = chooses_by_validation(experiment) && parts.validated_with == Validation::Test;
    chooses.then(|| {
        "the epoch is chosen on the test set: its accuracy is not a fair measure;\n  \
         validation = { fraction = 0.1 } holds out samples of the training half instead"
            .into()
    })
}

/// Whether what is measured on the validation samples decides about the weights in the end.
fn chooses_by_validation(experiment: &Experiment) -> bool {
    let train = &experiment.train;
    train.fit.keep_best || train.fit.patience.is_some() || follows_validation(&train.fit.schedule)
}

fn follows_validation(schedule: &Schedule) -> bool {
    match schedule {
        Schedule::Plateau(_) => true,
        Schedule::Warmup(warmup) => follows_validation(&warmup.then),
        _ => false,
    }
}
