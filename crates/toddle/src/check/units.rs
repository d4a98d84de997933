//! Checks for units with the same output for every sample: ReLUs that are zero, and layers that saturate.

use alloc::string::String;
use alloc::vec::Vec;

use super::{CheckError, FindingKind, Looked, Report, copy_of, is_random};
use crate::engine::{Engine, Machine, Mode, StepContext};
use crate::{Fit, Float, LayerSpec, Network, Shape, Slices};

/// A unit is saturated if its distance from the middle of its range is more than this part of half the range.
const SATURATED: f64 = 0.99;

/// This share of stuck units in a layer is reported.
const MANY: f64 = 0.1;

/// The number of samples that go through the network together: a block.
const TOGETHER: usize = 16;

/// Whether an element of a layer's output is stuck.
pub type IsStuck<T> = fn(T) -> bool;

/// The word for stuck elements of a layer's output, and the test for them: `zero` or `saturated`. A weight behind a unit that is
/// stuck for all samples does not learn. None for a layer that cannot be stuck.
///
/// ```
/// use toddle::{LayerSpec, check::stuck};
///
/// let (word, is_stuck) = stuck::<f32>(&LayerSpec::Relu).unwrap();
/// assert!(word == "zero" && is_stuck(0.0) && !is_stuck(0.1));
/// assert!(stuck::<f32>(&LayerSpec::Flatten).is_none());
/// ```
pub fn stuck<T: Float>(spec: &LayerSpec) -> Option<(&'static str, IsStuck<T>)> {
    match spec {
        LayerSpec::ClippedRelu(_) | LayerSpec::Relu => Some(("zero", |y| y == T::ZERO)),
        LayerSpec::Tanh => Some(("saturated", |y| y.to_f64().abs() > SATURATED)),
        LayerSpec::Sigmoid | LayerSpec::HardSigmoid => {
            Some(("saturated", |y| (2.0 * y.to_f64() - 1.0).abs() > SATURATED))
        }
        _ => None,
    }
}

/// A layer whose units are checked.
struct Watched<T> {
    node: usize,
    name: String,
    /// The word for stuck units.
    what: &'static str,
    is_stuck: IsStuck<T>,
    /// The number of elements of a unit: a channel, or one element.
    plane: usize,
    /// The units that have been stuck for all samples so far.
    stuck: Vec<bool>,
}

pub(super) fn check<T: Float>(
    network: &Network<T>,
    fit: &Fit,
    looked: &Looked<T>,
    report: &mut Report,
) -> Result<(), CheckError> {
    let machine = fit.machine.map_or_else(Machine::detect, Ok).map_err(crate::FitError::from)?;
    let mut network = copy_of(network, is_random)?;
    let mut watched: Vec<Watched<T>> = (network.nodes().iter().enumerate())
        .filter_map(|(node, of)| {
            let (what, is_stuck) = stuck::<T>(&of.layer()?.spec())?;
            let (units, plane) = match of.output() {
                Shape::Image { channels, height, width } => (channels, height * width),
                Shape::Vector(units) => (units, 1),
            };
            Some(Watched { node, name: of.name().into(), what, is_stuck, plane, stuck: vec![true; units] })
        })
        .collect();
    if watched.is_empty() {
        return Ok(());
    }
    let together = TOGETHER.min(looked.count);
    let mut engine = Engine::new(&network, network.plan_that_keeps(together, Mode::Gradient, &machine));
    let mut losses = vec![T::ZERO; together];
    let (x, y) =
        (looked.x.chunks_exact(together * looked.sizes.0), looked.y.chunks_exact(together * looked.sizes.1));
    let mut seen = 0;
    for (inputs, targets) in x.zip(y) {
        let batch = Slices { inputs, targets, samples: together };
        let step = StepContext { seed: fit.seed, number: 0, loss: &fit.loss };
        engine.gradient(&mut network, &batch, step, &mut losses);
        seen += together;
        let lanes = engine.plan().family().samples();
        for Watched { node, is_stuck, plane, stuck, .. } in &mut watched {
            for (unit, y) in stuck.iter_mut().zip(engine.value_of_block(*node).chunks_exact(*plane * lanes)) {
                *unit &= y.chunks_exact(lanes).all(|y| y[..together.min(lanes)].iter().all(|y| is_stuck(*y)));
            }
        }
    }
    let mut fine = true;
    for Watched { name, what, stuck, .. } in &watched {
        let (all, units) = (stuck.iter().filter(|stuck| **stuck).count(), stuck.len());
        if all as f64 >= MANY * units as f64 && all > 0 {
            fine = false;
            let message = format!("{all} of {units} units of `{name}` are {what} for all {seen} samples");
            let remedy = "an initialiser for this kind of layer, smaller inputs, or batch norm before it";
            let finding = match all == units {
                true => report.wrong("units", message, remedy),
                false => report.doubtful("units", message, remedy),
            };
            let kind = if *what == "zero" { FindingKind::Dead } else { FindingKind::Saturated };
            finding.about(name).of_kind(kind);
        }
    }
    if fine {
        let all: usize = watched.iter().flat_map(|watched| &watched.stuck).filter(|stuck| **stuck).count();
        let units: usize = watched.iter().map(|watched| watched.stuck.len()).sum();
        report.good("units", format!("{all} of {units} units are zero or saturated for all {seen} samples"));
    }
    Ok(())
}
