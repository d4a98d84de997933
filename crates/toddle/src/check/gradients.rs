//! Compares the gradients of a network and of each of its layers with central differences.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};
use toddle_lanes::Isa;

use super::difference::{Agreement, TOLERANCE, sampled_agreement};
use crate::custom::{CustomLayer, PerSample, SampleBackward, SampleForward, per_sample};
use crate::engine::{Engine, Machine, Mode, StepContext};
use crate::error::{BuildError, Misfit};
use crate::{
    Float, GraphSpec, Layer, LayerSpec, Loss, Network, NetworkSpec, NumpyRandom, ParamDecl, Shape, Slices,
};

/// The tolerance of whole networks. They have many kinks, and differences across a kink are inexact.
const NETWORK_TOLERANCE: f64 = 1e-5;

/// A batch for each family: a single sample, and a block that is not full.
const BATCHES: [usize; 2] = [1, 3];

/// The elements of a parameter are changed one by one if there are at most this many, otherwise together.
const EACH: usize = 24;

/// At how many random points a gradient may be compared. A difference across a kink is inexact at one point. A wrong gradient is wrong
/// at each.
const POINTS: u32 = 3;

/// How well the gradients of a network and of its layers agree with central differences.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gradients {
    /// A row for each gradient that was compared.
    pub rows: Vec<GradientRow>,
}

/// One gradient, compared with central differences.
#[derive(Clone, Debug, PartialEq)]
pub struct GradientRow {
    /// The name of the layer or of the loss, if it was checked alone. None for the whole network.
    pub layer: Option<String>,
    /// The array that the gradient belongs to: `input`, a parameter's name, or `outputs` for a loss.
    pub of: String,
    /// The number of samples in the batch.
    pub samples: usize,
    /// How well the gradient agrees.
    pub agreement: Agreement,
    /// The largest error that the gradient may have.
    pub tolerance: f64,
}

impl GradientRow {
    /// Whether the error is within the tolerance.
    pub fn is_right(&self) -> bool {
        self.agreement.error <= self.tolerance
    }
}

impl Gradients {
    /// Whether all gradients are right.
    pub fn are_right(&self) -> bool {
        self.rows.iter().all(GradientRow::is_right)
    }

    /// The gradients that are wrong. Layers that are wrong alone come first.
    pub fn wrong(&self) -> impl Iterator<Item = &GradientRow> {
        self.rows.iter().filter(|row| !row.is_right())
    }
}

impl fmt::Display for Gradients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rows.iter().try_for_each(|row| writeln!(f, "{row}"))
    }
}

impl fmt::Display for GradientRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let GradientRow { layer, of, samples, agreement, .. } = self;
        let mark = if self.is_right() { '✓' } else { '✗' };
        let what = layer.as_deref().unwrap_or("the network");
        write!(f, "{mark} {what}, to {of}, samples: {samples}, relative error {:.1e}", agreement.error)?;
        if !self.is_right() {
            let Agreement { worst, slope, difference, .. } = agreement;
            write!(f, "; derivative {worst} is {slope:?}, by differences {difference:?}")?;
        }
        Ok(())
    }
}

/// Compares the gradients of a network with central differences, in `f64`, on the engine that trains it. The
/// gradients are those of each layer alone and of the whole network, with respect to the input and to every
/// parameter, for one sample and for a block.
///
/// Inputs and targets are random, and the loss is the mean squared error. The weights are drawn with `seed` 0, and
/// each weight is changed a little, so that no function is at a kink. A gradient that does not agree is compared at up
/// to two other random points, because a difference across a kink is inexact. A parameter of up to 24 elements is changed
/// element by element, a larger one along four random directions. The largest relative error is 1e-7 for a layer
/// alone, and 1e-5 for a whole network.
///
/// Cost: some hundred steps of each layer and of the network, on one thread.
///
/// ```
/// use toddle::{Dense, Jacobian, NetworkSpec, Shape, Softmax, Tanh, check};
///
/// let spec = NetworkSpec::new(Shape::vector(3)).add(Dense::new(4)).add(Tanh);
/// assert!(check::gradients(&spec)?.are_right());
///
/// // What the post takes for the softmax's gradient is not one.
/// let report = check::gradients(&spec.add(Softmax { jacobian: Jacobian::Diagonal, ..Softmax::default() }))?;
/// assert_eq!(report.wrong().next().unwrap().layer.as_deref(), Some("softmax1"));
/// # Ok::<(), toddle::BuildError>(())
/// ```
///
/// # Errors
/// The network cannot be built.
pub fn gradients(spec: impl Into<GraphSpec>) -> Result<Gradients, BuildError> {
    let spec = spec.into();
    let network = spec.build::<f64>(0)?;
    let mut report = Gradients::default();
    let mut seen: Vec<(LayerSpec, Shape)> = Vec::new();
    for node in network.nodes() {
        let Some(layer) = node.layer() else { continue };
        let input = network.shape(node.inputs()[0]);
        let met = (layer.spec(), input);
        if seen.contains(&met) {
            continue;
        }
        let alone = NetworkSpec::new(input).add(Shift).add(met.0.clone()).into();
        seen.push(met);
        for samples in BATCHES {
            let compared = compared(&alone, samples, TOLERANCE)?.into_iter();
            report.rows.extend(compared.map(|(of, agreement)| {
                // The name of the parameter without the name of its layer.
                let of = of.rsplit('.').next().unwrap_or_default().to_string();
                let layer = Some(node.name().to_string());
                GradientRow { layer, of, samples, agreement, tolerance: TOLERANCE }
            }));
        }
    }
    let whole = spec.after_inputs(|| Shift.into(), |n| format!("{SHIFTED}{n}"));
    for samples in BATCHES {
        let compared = compared(&whole, samples, NETWORK_TOLERANCE)?.into_iter();
        report.rows.extend(compared.map(|(of, agreement)| {
            let of = match of
                .strip_prefix(SHIFTED)
                .and_then(|of| of.strip_suffix(".input")?.parse::<usize>().ok())
            {
                Some(input) => network.inputs()[input].name.clone(),
                None => of,
            };
            GradientRow { layer: None, of, samples, agreement, tolerance: NETWORK_TOLERANCE }
        }));
    }
    Ok(report)
}

/// How well the gradient to each parameter of `spec` agrees: at the first random point, and where it does not agree there, at the best
/// of some others.
fn compared(
    spec: &GraphSpec,
    samples: usize,
    tolerance: f64,
) -> Result<Vec<(String, Agreement)>, BuildError> {
    let mut best: Vec<(String, Agreement)> = Comparison::random(spec, samples, 0)?.rows().collect();
    for point in 1..POINTS {
        if best.iter().all(|(_, agreement)| agreement.error <= tolerance) {
            break;
        }
        for (best, other) in best.iter_mut().zip(Comparison::random(spec, samples, point)?.rows()) {
            if other.1.error < best.1.error {
                *best = other;
            }
        }
    }
    Ok(best)
}

/// A network, and the samples on which its gradient is computed.
pub(super) struct Comparison<'a> {
    network: Network<f64>,
    engine: Engine<f64>,
    loss: &'a Loss,
    x: Vec<f64>,
    y: Vec<f64>,
    losses: Vec<f64>,
}

impl<'a> Comparison<'a> {
    /// A comparison on random samples, with weights that are changed a little: one of several random points.
    fn random(spec: &GraphSpec, samples: usize, point: u32) -> Result<Self, BuildError> {
        let mut network = spec.build::<f64>(0)?;
        let mut random = NumpyRandom::new(2 * point + 2);
        network.weights_mut().iter_mut().for_each(|w| *w += 0.1 * (random.uniform() - 0.5));
        let mut random = NumpyRandom::new(2 * point + 3);
        let mut numbers = |count: usize, scale: f64| {
            (0..count).map(|_| scale * (2.0 * random.uniform() - 1.0)).collect::<Vec<f64>>()
        };
        let x = numbers(samples * network.input().size(), 2.0);
        let y = numbers(samples * network.output().size(), 1.0);
        Ok(Self::new(network, &Loss::MeanSquaredError, x, y, samples))
    }

    /// A comparison on these samples.
    pub fn new(network: Network<f64>, loss: &'a Loss, x: Vec<f64>, y: Vec<f64>, samples: usize) -> Self {
        let machine = Machine { isa: Isa::from_env().unwrap_or_else(|_| Isa::detect()), threads: 1 };
        let engine = Engine::new(&network, network.plan(samples, Mode::Gradient, &machine));
        Comparison { network, engine, loss, x, y, losses: vec![0.0; samples] }
    }

    /// Returns the mean loss. The gradient stays in the engine.
    fn step(&mut self) -> f64 {
        let Comparison { network, engine, loss, x, y, losses } = self;
        let samples = losses.len();
        let batch = Slices { inputs: x, targets: y, samples };
        engine.gradient(network, &batch, StepContext { seed: 0, number: 0, loss }, losses);
        losses.iter().sum::<f64>() / samples as f64
    }

    /// How well the gradient to each parameter agrees.
    pub fn rows(mut self) -> impl Iterator<Item = (String, Agreement)> {
        self.step();
        let gradient = self.engine.gradient_mut().to_vec();
        let params = self.network.layout().params().to_vec();
        params.into_iter().map(move |param| {
            let range = param.range;
            let start = self.network.weights()[range.clone()].to_vec();
            let at = |moved: &[f64]| {
                self.network.weights_mut()[range.clone()].copy_from_slice(moved);
                self.step()
            };
            let agreement = sampled_agreement(&gradient[range.clone()], &start, at, EACH);
            self.network.weights_mut()[range].copy_from_slice(&start);
            (param.name, agreement)
        })
    }
}

/// `y = x + w`, where `w` is zero at the start. The gradient to `w` is the gradient to the input of the next layer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Shift;

/// The begin of the name of this layer behind an input of a network. The number of the input follows.
const SHIFTED: &str = "shift-of-input-";

impl CustomLayer for Shift {
    const NAME: &'static str = "shift";

    fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        Ok(per_sample(self, input, input, Shifted { size: input.size() }))
    }
}

#[derive(Debug)]
struct Shifted {
    size: usize,
}

impl<T: Float> PerSample<T> for Shifted {
    fn params(&self) -> Vec<ParamDecl> {
        vec![ParamDecl::new("input", &[self.size]).constant(0.0)]
    }

    fn forward(&self, SampleForward { w, x, y }: SampleForward<'_, T>) {
        for ((x, w), y) in x.iter().zip(w).zip(y) {
            *y = *x + *w;
        }
    }

    fn backward(&self, SampleBackward { dy, dx, dw, .. }: SampleBackward<'_, T>) {
        dx.copy_from_slice(dy);
        for (dy, dw) in dy.iter().zip(dw) {
            *dw += *dy;
        }
    }
}
