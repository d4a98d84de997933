use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};
use toddle_kernels::Run;
use toddle_kernels::norm::{Affine, flat, reference};
use toddle_lanes::{LANES, Real};

use super::window::is_true;
use super::write_changed;
use crate::error::Misfit;
use crate::layer::{
    Backward, Family, Forward, FusedActivation, Fuses, Gradient, GradientSums, Layer, Moments, Needs, Phase,
    StateDecl, Statistics,
};
use crate::{Float, LayerSpec, ParamDecl, Shape};

/// Batch normalisation: gives each channel the mean 0 and the variance 1 over the batch. Then it scales and shifts
/// the channel by two learned weights.
///
/// `y = γ·(x − μ)/√(σ² + ε) + β`. In training, `μ` and `σ²` are the mean and the (biased) variance of the channel
/// over all samples and pixels of the batch. In inference, they are the running mean and the running variance. Each
/// training step updates the running values: `running += momentum·(batch's − running)`, with the unbiased variance,
/// as in PyTorch.
///
/// Per sample: `x` c×h×w, or a vector of c elements, each of which is a channel; `γ`, `β` c; `y` as `x`.
///
/// Settings: `epsilon`, 10⁻⁵ by default; `momentum`, 0.1 by default; `affine`, true by default: whether there are `γ`
/// and `β`.
///
/// Parameters, if affine: `weight` (`γ`, 1 at first) and `bias` (`β`, 0 at first). State: `running_mean` (0 at first) and
/// `running_var` (1 at first).
///
/// A channel with a single element in a batch has no variance. This happens in a batch of one sample if the input is
/// a vector or an image of 1×1. Such a batch leaves the running mean and variance as they are. No gradient passes the
/// layer, because the element equals its own mean. The last batch of an epoch may be such a batch. A training in
/// which every batch is such a batch cannot learn, and [`Trainer::new`](crate::Trainer::new) refuses it, as PyTorch
/// does.
///
/// Backward, over the `N` elements of a channel in the batch, with `x̂ = (x − μ)/√(σ² + ε)`: `dβ = Σ dy`,
/// `dγ = Σ dy·x̂`, `dx = γ/√(σ² + ε) · (dy − dβ/N − x̂·dγ/N)`. In training, the layer needs the whole batch before it
/// computes the first output, and again before it computes the first `dx`. A network with this layer therefore keeps
/// all blocks of a batch in memory. Cost: three passes over the elements forward, two backward.
///
/// Errors, from `build`: a setting is out of its range. From [`Trainer::new`](crate::Trainer::new):
/// [`FitError::SingleNumber`](crate::FitError::SingleNumber), if every batch leaves a channel with a single element.
///
/// ```
/// use toddle::{BatchNorm, Conv2d, NetworkSpec, Shape};
///
/// let network = NetworkSpec::new(Shape::image(1, 8, 8)).add(Conv2d::new(4, 3)).add(BatchNorm::default());
/// assert_eq!(network.build::<f32>(0)?.output(), Shape::image(4, 6, 6));
/// # Ok::<(), toddle::BuildError>(())
/// ```
///
/// See Ioffe and Szegedy, *Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift*,
/// 2015.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct BatchNorm {
    /// A small number added to the variance, so that nothing is divided by 0.
    #[cfg_attr(feature = "schema", schemars(example = 1e-3, extend("exclusiveMinimum" = 0)))]
    pub epsilon: f64,
    /// How far each step moves the running mean and variance towards the values of the batch: 0 is not at all, 1 is
    /// all the way.
    #[cfg_attr(feature = "schema", schemars(example = 0.01, range(min = 0, max = 1)))]
    pub momentum: f64,
    /// Whether each channel is scaled and shifted by two learned weights.
    #[cfg_attr(feature = "schema", schemars(example = false, extend("default" = true)))]
    #[serde(skip_serializing_if = "is_true")]
    pub affine: bool,
}

impl Default for BatchNorm {
    fn default() -> Self {
        BatchNorm { epsilon: 1e-5, momentum: 0.1, affine: true }
    }
}

impl BatchNorm {
    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        if !(self.epsilon > 0.0 && self.epsilon.is_finite()) {
            return Err(Misfit::new("its epsilon is not a number above 0", "epsilon = 1e-5"));
        }
        if !(0.0..=1.0).contains(&self.momentum) {
            return Err(Misfit::new("its momentum is not a number from 0 to 1", "momentum = 0.1"));
        }
        let plane = plane(input);
        Ok(Box::new(BuiltBatchNorm { spec: *self, shape: input, channels: input.size() / plane, plane }))
    }
}

impl fmt::Display for BatchNorm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let default = BatchNorm::default();
        let epsilon = (self.epsilon != default.epsilon).then(|| format!("epsilon = {:e}", self.epsilon));
        let momentum = (self.momentum != default.momentum).then(|| format!("momentum = {}", self.momentum));
        let affine = (self.affine != default.affine).then(|| "affine = false".into());
        write_changed(f, "batch_norm", [epsilon, momentum, affine])
    }
}

/// The number of elements of a channel in a sample.
pub(crate) fn plane(shape: Shape) -> usize {
    match shape {
        Shape::Vector(_) => 1,
        Shape::Image { height, width, .. } => height * width,
    }
}

/// The learned factors of a normalisation, `γ` and `β`, of shape `shape`. No factors if the shape is empty.
pub(super) fn affine(shape: &[usize]) -> Vec<ParamDecl> {
    let param = |name, start| ParamDecl::new(name, shape).constant(start);
    if shape.is_empty() { Vec::new() } else { vec![param("weight", 1.0), param("bias", 0.0)] }
}

#[derive(Debug)]
struct BuiltBatchNorm {
    spec: BatchNorm,
    shape: Shape,
    channels: usize,
    /// The number of elements of a channel in a sample.
    plane: usize,
}

impl BuiltBatchNorm {
    /// `1/√(variance + ε)`
    fn rho<T: Float>(&self, variance: f64) -> T {
        T::from_f64(1.0 / Real::sqrt(variance + self.spec.epsilon))
    }
}

/// The number of lanes that hold data.
fn live(family: Family, samples: usize) -> usize {
    match family {
        Family::Row => LANES,
        Family::Block => samples,
    }
}

impl<T: Float> Layer<T> for BuiltBatchNorm {
    fn spec(&self) -> LayerSpec {
        self.spec.into()
    }

    fn output(&self) -> Shape {
        self.shape
    }

    fn params(&self) -> Vec<ParamDecl> {
        if self.spec.affine { affine(&[self.channels]) } else { Vec::new() }
    }

    fn state(&self) -> Vec<StateDecl> {
        let state = |name, initial| StateDecl { decl: ParamDecl::new(name, &[self.channels]), initial };
        vec![state("running_mean", 0.0), state("running_var", 1.0)]
    }

    fn needs(&self, _family: Family) -> Needs {
        let (statistics, gradient) = (2 * self.channels, Gradient::Sums);
        // In inference: `1/√(variance + ε)` of the running variances.
        let scratch = self.channels;
        let fuses = Fuses { add: true, relu: true, relu_backward: true, ..Fuses::default() };
        Needs { statistics, moments: statistics, scratch, gradient, fuses, ..Needs::default() }
    }

    fn statistics(&self, Statistics { isa, family, samples, x, leaf }: Statistics<'_, T>) {
        let count = samples * self.plane;
        flat::Statistics { live: live(family, samples), count, x, leaf }.on(isa);
    }

    fn moments(&self, Moments { leaves, samples, family, state, moments }: Moments<'_, T>) {
        let channels = self.channels;
        let total = samples * self.plane;
        let (means, rhos) = moments.split_at_mut(channels);
        let (running_means, running_variances) = state.split_at_mut(channels);
        for c in 0..channels {
            let of_blocks = leaves.chunks_exact(2 * channels).enumerate().map(|(block, leaf)| {
                let samples = family.samples().min(samples - block * family.samples());
                (samples * self.plane, leaf[c].to_f64(), leaf[channels + c].to_f64())
            });
            let (mean, variance) = reference::moments(of_blocks);
            (means[c], rhos[c]) = (T::from_f64(mean), self.rho(variance));
            if total == 1 {
                continue;
            }
            let unbiased = variance * total as f64 / (total - 1) as f64;
            let follow = |running: &mut T, to: f64| {
                let from = running.to_f64();
                *running = T::from_f64(from + self.spec.momentum * (to - from));
            };
            follow(&mut running_means[c], mean);
            follow(&mut running_variances[c], unbiased);
        }
    }

    fn moments_of_state(&self, state: &[T], moments: &mut [T]) {
        let (running_means, running_variances) = state.split_at(self.channels);
        let (means, rhos) = moments.split_at_mut(self.channels);
        means.copy_from_slice(running_means);
        for (rho, variance) in rhos.iter_mut().zip(running_variances) {
            *rho = self.rho(variance.to_f64());
        }
    }

    fn gradient_sums(&self, io: GradientSums<'_, T>) {
        let GradientSums { isa, params, moments, x, dy, prologue, leaf, .. } = io;
        let (mean, rho) = moments.split_at(self.channels);
        let affine = Affine { params };
        let relu = prologue == Some(FusedActivation::Relu);
        flat::GradientSums { mean, rho, affine, x, dy, relu, leaf }.on(isa);
    }

    fn forward(&self, io: Forward<'_, T>) {
        let Forward { isa, params, state, phase, x, epilogue, y, scratch, .. } = io;
        let (mean, rho) = match phase {
            Phase::Train(training) => training.moments.split_at(self.channels),
            Phase::Infer => {
                let (means, variances) = state.split_at(self.channels);
                let rhos = &mut scratch[..self.channels];
                for (rho, variance) in rhos.iter_mut().zip(variances) {
                    *rho = self.rho(variance.to_f64());
                }
                (means, &*rhos)
            }
        };
        let affine = Affine { params };
        let epilogue = epilogue.unwrap_or_default();
        let (other, relu) = (epilogue.add, epilogue.has_relu());
        flat::Forward { mean, rho, affine, x, other, relu, y }.on(isa);
    }

    fn backward(&self, io: Backward<'_, T>) {
        let Backward { isa, family, params, training, x, dy, prologue, dx, .. } = io;
        let Some(dx) = dx else { return };
        let (mean, rho) = training.moments.split_at(self.channels);
        let (live, count) = (live(family, training.samples), training.batch * self.plane);
        let affine = Affine { params };
        let (gradient_sums, relu) = (training.gradient_sums, prologue == Some(FusedActivation::Relu));
        flat::Backward { live, count, mean, rho, affine, gradient_sums, x, dy, relu, dx }.on(isa);
    }
}
