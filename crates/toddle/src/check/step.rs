//! Checks one step that changes no weight: its losses, and the norms of its gradient from layer to layer.

use alloc::string::String;
use alloc::vec::Vec;

use toddle_lanes::{Isa, Real, math};

use super::{CheckError, FindingKind, Looked, Report, copy_of};
use crate::engine::{Engine, Machine, Mode, StepContext};
use crate::loss::judge::InRow;
use crate::{Fit, Float, Init, Loss, Network, Shape, Slices};

/// The smallest number of samples in the step, if there are as many.
const SAMPLES: usize = 32;

/// The loss before the first step is far above that of a guess if it is above this many times the latter, plus 1.
const ABOVE_GUESS: f64 = 1.5;

/// The gradient of a layer has vanished if its root mean square is below this part of the largest layer's.
const VANISHED: f64 = 1e-5;

/// A gradient has exploded if its norm is above this.
const EXPLODED: f64 = 1e3;

/// Returns the loss before the first step, if it is finite.
pub(super) fn check<T: Float>(
    network: &Network<T>,
    fit: &Fit,
    looked: &Looked<T>,
    report: &mut Report,
) -> Result<Option<f64>, CheckError> {
    let machine = fit.machine.map_or_else(Machine::detect, Ok).map_err(crate::FitError::from)?;
    let mut network = copy_of(network, |_| false)?;
    let (inputs, targets, samples) = looked.first(fit.batch.max(SAMPLES));
    let mut engine = Engine::new(&network, network.plan(samples, Mode::Gradient, &machine));
    let mut losses = vec![T::ZERO; samples];
    let step = StepContext { seed: fit.seed, number: 0, loss: &fit.loss };
    let gradient = engine.gradient(&mut network, &Slices { inputs, targets, samples }, step, &mut losses);
    if let Some(n) = losses.iter().position(|loss| !loss.is_finite()) {
        let x = &inputs[n * looked.sizes.0..][..looked.sizes.0];
        let node = Engine::first_not_finite(&network, &machine, x);
        let place = node.as_ref().map_or("the loss".into(), |name| format!("`{name}`"));
        let message = format!("{place} makes an element of a sample infinite or NaN");
        report.wrong("step", message, "smaller inputs or weights").node = node;
        return Ok(None);
    }
    let loss = losses.iter().map(|loss| loss.to_f64()).sum::<f64>() / samples as f64;
    let message = format!("the loss before the first step is {loss:.4} ({}, samples: {samples})", fit.loss);
    let guess = match network.outputs() {
        [only] => guess(only.loss(&fit.loss), machine.isa, targets, only.shape),
        _ => None,
    };
    match guess {
        Some(guess) if loss > ABOVE_GUESS * guess + 1.0 => {
            let message = format!("{message}, far above {guess:.4}, the loss of a guess");
            let remedy = match network.spec().init {
                Init::Auto => "inputs of about the size of 1",
                _ => "network.init = \"auto\", or inputs of about the size of 1",
            };
            report.doubtful("step", message, remedy);
        }
        Some(guess) => report.good("step", format!("{message}; a guess has the loss {guess:.4}")),
        None => report.good("step", message),
    }

    let lengths: Vec<(&str, f64, usize)> = (network.nodes().iter().enumerate())
        .filter(|(n, node)| node.owner() == *n)
        .map(|(n, node)| (node.name(), network.layout().layer(n)))
        .filter(|(_, range)| !range.is_empty())
        .map(|(name, range)| (name, range.len(), &gradient[range]))
        .map(|(name, len, g)| (name, Real::sqrt(g.iter().map(|g| g.to_f64() * g.to_f64()).sum::<f64>()), len))
        .collect();
    compare_lengths(&lengths, report);
    Ok(Some(loss))
}

/// The mean loss of outputs that are equal for all classes: `ln n` for `n` classes. None if the loss judges neither
/// classes nor yes and no.
fn guess<T: Float>(loss: &Loss, isa: Isa, targets: &[T], output: Shape) -> Option<f64> {
    let undecided = match loss {
        Loss::CrossEntropy(_) | Loss::BinaryCrossEntropy { .. } => 0.0,
        Loss::NegativeLogLikelihood | Loss::KlDivergence => -math::ln(output.channels() as f64),
        _ => return None,
    };
    let (outputs, pixels) = (output.size(), output.pixels());
    let (y, mut dy) = (vec![T::from_f64(undecided); outputs], vec![T::ZERO; outputs]);
    let each = targets.chunks_exact(outputs);
    let losses = each.map(|t| loss.row(InRow { isa, y: &y, t, pixels, dy: &mut dy }).to_f64());
    Some(losses.sum::<f64>() / (targets.len() / outputs) as f64)
}

/// Compares the norms of the layers' gradients. Each entry has the layer's name, the norm and the number of
/// parameters.
fn compare_lengths(lengths: &[(&str, f64, usize)], report: &mut Report) {
    let each = |length: f64, len: usize| length / Real::sqrt(len as f64);
    let largest = lengths.iter().map(|(_, length, len)| each(*length, *len)).fold(0.0, f64::max);
    let mut fine = true;
    for &(name, length, len) in lengths {
        let (kind, message, remedy) = if !length.is_finite() {
            (
                FindingKind::Exploding,
                format!("the gradient of `{name}` is infinite or NaN"),
                "smaller inputs or weights",
            )
        } else if length == 0.0 {
            (
                FindingKind::Vanishing,
                format!("no gradient reaches `{name}`"),
                "checking whether all units of the layers after it are zero or saturated",
            )
        } else if length > EXPLODED {
            (
                FindingKind::Exploding,
                format!("the gradient of `{name}` explodes: its norm is {length:.1e}"),
                "smaller inputs and targets, batch norm, or clip",
            )
        } else if each(length, len) < VANISHED * largest {
            let part = each(length, len) / largest;
            (
                FindingKind::Vanishing,
                format!(
                    "the gradient vanishes on its way to `{name}`: it is {part:.0e} of the largest gradient"
                ),
                "relu instead of activations that saturate, batch norm, or residual blocks",
            )
        } else {
            continue;
        };
        fine = false;
        let finding = match length > 0.0 && length.is_finite() {
            true => report.doubtful("lengths", message, remedy),
            false => report.wrong("lengths", message, remedy),
        };
        finding.about(name).of_kind(kind);
    }
    if fine && !lengths.is_empty() {
        let each: Vec<String> =
            lengths.iter().map(|(name, length, _)| format!("`{name}` {length:.1e}")).collect();
        report.good("lengths", format!("norms of the gradients: {}", each.join(", ")));
    }
}
