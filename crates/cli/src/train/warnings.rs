//! The warnings before a training: settings that work but are probably mistakes.

use toddle::check::{self, Finding};
use toddle::{Fit, Float, Network, Optimizer, Samples, Schedule};
use toddle_data::{Parts, Validation};
use toddle_run::experiment::Experiment;

/// The findings of `toddle check` that need no step of the training.
pub fn warnings<T: Float>(network: &Network<T>, fit: &Fit, samples: &dyn Samples<T>) -> Vec<String> {
    let findings = check::quick(network, fit, samples).findings;
    let text = |finding: Finding| match finding.remedy {
        Some(remedy) => format!("{}\n  try       {remedy}", finding.message),
        None => finding.message,
    };
    findings.into_iter().map(text).chain(decay(&fit.optimizer)).collect()
}

/// The warning about a weight decay that Adam scales.
fn decay(optimizer: &Optimizer) -> Option<String> {
    let Optimizer::Adam(adam) = optimizer else { return None };
    (adam.weight_decay > 0.0).then(|| {
        let how = "adam scales weight_decay for each weight, because it is a part of the gradient";
        format!("{how}\n  try       kind = \"adamw\", which shrinks all weights by the same factor")
    })
}

/// The note about missing validation samples, or about a choice by test samples.
pub fn validation(experiment: &Experiment, parts: &Parts) -> Option<String> {
    if parts.validation.is_none() {
        return Some(
            "there is no validation; validation = { fraction = 0.1 } in [data] holds out samples for it"
                .into(),
        );
    }
    let chooses = chooses_by_validation(experiment) && parts.validated_with == Validation::Test;
    chooses.then(|| {
        "the test set chooses the epoch, so its accuracy is too good to be fair;\n  \
         validation = { fraction = 0.1 } holds out samples of the training half instead"
            .into()
    })
}

/// Whether the validation samples decide about the final weights.
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
