//! Checks the size of the outputs of each layer with the first weights.

use alloc::string::{String, ToString};
use core::ops::RangeInclusive;

use toddle_lanes::Real;

use super::{CheckError, Looked, Report, copy_of, is_random};
use crate::engine::{Engine, Machine, Mode, StepContext};
use crate::{Fit, Float, Init, LayerSpec, Network, Slices};

/// The number of samples that are sent through the network: a block.
const SAMPLES: usize = 16;

/// The ratio between the size of a layer's outputs and the size of its inputs that is not reported.
const OF_ONE: RangeInclusive<f64> = 0.05..=5.0;

/// The ratio between the size of a layer's outputs and the size of the network's inputs that is not reported.
const OF_ALL: RangeInclusive<f64> = 0.01..=100.0;

pub(super) fn check<T: Float>(
    network: &Network<T>,
    fit: &Fit,
    looked: &Looked<T>,
    report: &mut Report,
) -> Result<(), CheckError> {
    let sent = Sent::new(network, fit, looked)?;
    let nodes = sent.network.nodes();
    let (init, better) = (network.spec().init, Init::Auto.of_nodes(network.inputs().len(), nodes));
    let (mut least, mut most) = (f64::INFINITY, 0.0f64);
    for (n, node) in nodes.iter().enumerate() {
        let Some(inputs) =
            node.layer().and_then(|layer| inputs(&layer.spec(), layer.params().first()?.fan_in))
        else {
            continue;
        };
        let value = sent.network.value_of(n);
        let (from, made) = (sent.size(node.inputs()[0]), sent.size(value));
        if from == 0.0 || is_normalised(&sent.network, value) {
            continue;
        }
        let (of_one, of_all) = (made / from, made / sent.size_of_inputs());
        let name = node.name();
        let message = if !OF_ONE.contains(&of_one) {
            let how = if of_one < 1.0 { "small" } else { "large" };
            format!(
                "the outputs of `{name}` are {} times as large as its {inputs} inputs: the initialiser {init} is too {how}",
                digits(of_one)
            )
        } else if !OF_ALL.contains(&of_all) {
            let how = if of_all < 1.0 { "shrink" } else { "grow" };
            format!(
                "the outputs {how} from layer to layer: those of `{name}` are {} times as large as the inputs of the network",
                digits(of_all)
            )
        } else {
            (least, most) = (least.min(of_one), most.max(of_one));
            continue;
        };
        let remedy = if init == Init::Auto || init == better[n] {
            "batch norm after it".into()
        } else {
            let better = better[n].to_string().replace(' ', "_");
            format!("network.init = \"auto\", which is {better} for this layer, or batch norm after it")
        };
        report.doubtful("init", message, remedy).about(name);
        return Ok(());
    }
    if most > 0.0 {
        let message = format!(
            "the outputs of a layer are {} to {} times as large as its inputs",
            digits(least),
            digits(most)
        );
        report.good("init", message);
    }
    Ok(())
}

/// The number of inputs of one output, for layers whose weights an initialiser draws.
fn inputs(spec: &LayerSpec, fan_in: usize) -> Option<usize> {
    let has_sums = matches!(
        spec,
        LayerSpec::Conv1d(_) | LayerSpec::Conv2d(_) | LayerSpec::ConvTranspose2d(_) | LayerSpec::Dense(_)
    );
    has_sums.then_some(fan_in)
}

/// Whether the next layer after the value is a normalisation, which makes the deviation 1.
fn is_normalised<T: Float>(network: &Network<T>, value: usize) -> bool {
    network.nodes().iter().any(|node| {
        let is_norm = || {
            use LayerSpec::{BatchNorm, GroupNorm, LayerNorm};
            let spec = node.layer().map(|layer| layer.spec());
            matches!(spec, Some(BatchNorm(_) | GroupNorm(_) | LayerNorm(_)))
        };
        node.inputs()[0] == value && is_norm()
    })
}

fn digits(ratio: f64) -> String {
    match ratio {
        0.0 => "0".into(),
        0.01..1000.0 => format!("{ratio:.2}"),
        _ => format!("{ratio:.0e}"),
    }
}

/// A copy of the network, without dropout and noise, and its values for some samples.
struct Sent<'a, T> {
    network: Network<T>,
    engine: Engine<T>,
    inputs: &'a [T],
    samples: usize,
}

impl<'a, T: Float> Sent<'a, T> {
    fn new(network: &Network<T>, fit: &Fit, looked: &'a Looked<T>) -> Result<Self, CheckError> {
        let machine = fit.machine.map_or_else(Machine::detect, Ok).map_err(crate::FitError::from)?;
        let mut network = copy_of(network, is_random)?;
        let (inputs, targets, samples) = looked.first(SAMPLES);
        let mut engine = Engine::new(&network, network.plan_that_keeps(samples, Mode::Gradient, &machine));
        let step = StepContext { seed: fit.seed, number: 0, loss: &fit.loss };
        let batch = Slices { inputs, targets, samples };
        engine.gradient(&mut network, &batch, step, &mut vec![T::ZERO; samples]);
        Ok(Sent { network, engine, inputs, samples })
    }

    /// The root of the mean square of a value's elements.
    fn size(&self, value: usize) -> f64 {
        let lanes = self.engine.plan().family().samples();
        let elements = match value.checked_sub(self.network.inputs().len()) {
            Some(node) => {
                self.engine.value_of_block(node).chunks_exact(lanes).flat_map(|lanes| &lanes[..self.samples])
            }
            None => {
                let range = self.network.inputs()[value].range.clone();
                return root_mean_square(
                    self.inputs
                        .chunks_exact(self.inputs.len() / self.samples)
                        .flat_map(|x| &x[range.clone()]),
                );
            }
        };
        root_mean_square(elements)
    }

    /// The same of all inputs of the network.
    fn size_of_inputs(&self) -> f64 {
        root_mean_square(self.inputs)
    }
}

fn root_mean_square<'x, T: Float>(elements: impl IntoIterator<Item = &'x T>) -> f64 {
    let (mut sum, mut count) = (0.0, 0usize);
    for x in elements {
        sum += x.to_f64() * x.to_f64();
        count += 1;
    }
    Real::sqrt(sum / count as f64)
}
