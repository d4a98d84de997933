//! The weights of a layer in the order of its filters, with batch norm folded into them, and as integers.

use toddle::{BatchNorm, Conv2d, ConvTranspose2d, LayerSpec, Network, Node};

use super::number::{Factor, Scale};
use super::step::{Form, Linear, Target, Value};
use crate::ExchangeError;
use crate::calls::axes;
use crate::params::{Part, parts};
use crate::window::channels;

/// The greatest weight as an integer. Its negative is the least one.
const LARGEST_WEIGHT: f64 = 127.0;

/// The greatest bias as an integer.
const LARGEST_BIAS: f64 = (1 << 29) as f64;

/// A layer with weights, as real numbers.
pub(super) struct Real {
    pub form: Form,
    /// The weights of each filter.
    weights: Vec<Vec<f64>>,
    bias: Vec<f64>,
}

impl Real {
    /// The weights of `node`. None: it is another kind of layer.
    pub fn of(network: &Network<f32>, node: &Node<f32>) -> Option<Real> {
        let input = network.shape(node.inputs()[0]);
        match node.layer()?.spec() {
            LayerSpec::BatchNorm(norm) => {
                let filters = channels(input);
                let conv = Conv2d::new(filters, 1);
                let axes = axes::sliding(&conv, input, node.output());
                let form = Form::Conv { channels: filters, groups: filters, axes };
                let mut real = Real { form, weights: vec![vec![1.0]; filters], bias: vec![0.0; filters] };
                real.fold(network, node, &norm);
                Some(real)
            }
            LayerSpec::Conv1d(conv) => Some(Real::conv(network, node, &conv.of_image())),
            LayerSpec::Conv2d(conv) => Some(Real::conv(network, node, &conv)),
            LayerSpec::ConvTranspose2d(conv) => {
                let ConvTranspose2d { filters, groups, kernel, .. } = conv;
                let (all, width) = (channels(input), filters / groups);
                let each = all / groups;
                let at =
                    |k: usize, c: usize, tap: usize| (tap * width + k % width) * all + k / width * each + c;
                let sizes = [filters, each, kernel.0 * kernel.1];
                let axes = axes::turned(&conv, input, node.output());
                Some(Real::with(network, node, Form::Turned { channels: all, groups, axes }, sizes, at))
            }
            LayerSpec::Dense(dense) => {
                let at = |k: usize, i: usize, _| i * dense.outputs + k;
                Some(Real::with(network, node, Form::Dense, [dense.outputs, input.size(), 1], at))
            }
            _ => None,
        }
    }

    fn conv(network: &Network<f32>, node: &Node<f32>, conv: &Conv2d) -> Real {
        let input = network.shape(node.inputs()[0]);
        let Conv2d { filters, groups, kernel, .. } = *conv;
        let (all, each) = (channels(input), channels(input) / groups);
        let at = |k: usize, c: usize, tap: usize| (tap * each + c) * filters + k;
        let form = Form::Conv { channels: all, groups, axes: axes::sliding(conv, input, node.output()) };
        Real::with(network, node, form, [filters, each, kernel.0 * kernel.1], at)
    }

    /// The weights of each filter: channel after channel, and each channel tap after tap. `at` is the place of a weight in
    /// toddle.
    fn with(
        network: &Network<f32>,
        node: &Node<f32>,
        form: Form,
        [filters, channels, taps]: [usize; 3],
        at: impl Fn(usize, usize, usize) -> usize,
    ) -> Real {
        let owner = &network.nodes()[node.owner()];
        let mut numbers = parts(network, owner).map(|Part { numbers, .. }| numbers);
        let weight = numbers.next().unwrap_or_default();
        let bias = numbers.next();
        let filter = |k: usize| {
            let places = (0..channels).flat_map(|c| (0..taps).map(move |tap| (c, tap)));
            places.map(|(c, tap)| f64::from(weight[at(k, c, tap)])).collect()
        };
        let bias = (0..filters).map(|k| bias.map_or(0.0, |bias| f64::from(bias[k])));
        Real { form, weights: (0..filters).map(filter).collect(), bias: bias.collect() }
    }

    /// Folds the batch norm `node`, which follows: `w · γ/√(σ² + ε)`, and `(b − μ) · γ/√(σ² + ε) + β`.
    pub fn fold(&mut self, network: &Network<f32>, node: &Node<f32>, norm: &BatchNorm) {
        let owner = &network.nodes()[node.owner()];
        let numbers: Vec<&[f32]> = parts(network, owner).map(|Part { numbers, .. }| numbers).collect();
        let (affine, state) = numbers.split_at(numbers.len() - 2);
        for (k, (weights, bias)) in self.weights.iter_mut().zip(&mut self.bias).enumerate() {
            let [gamma, beta] = match affine {
                [gamma, beta] => [gamma, beta].map(|numbers| f64::from(numbers[k])),
                _ => [1.0, 0.0],
            };
            let [mean, variance] = [state[0], state[1]].map(|numbers| f64::from(numbers[k]));
            let factor = gamma / (variance + norm.epsilon).sqrt();
            weights.iter_mut().for_each(|weight| *weight *= factor);
            *bias = (*bias - mean) * factor + beta;
        }
    }

    /// The layer as integers. `from` is the value that it takes, and `to` is where its sums go.
    pub fn integers(
        self,
        layer: &str,
        (from, value): (usize, Value),
        to: Destination,
    ) -> Result<Linear, ExchangeError> {
        let Scale { step, zero } = value.scale;
        let farthest = i64::from((i32::from(i8::MAX) - zero).max(zero - i32::from(i8::MIN)));
        let (mut weights, mut bias, mut steps) = (Vec::new(), Vec::new(), Vec::new());
        for (filter, summand) in self.weights.iter().zip(&self.bias) {
            let of_weight = step_of(filter, *summand, step);
            let integers: Vec<i8> = filter.iter().map(|weight| (weight / of_weight).round() as i8).collect();
            let summand = (summand / (step * of_weight)).round() as i32;
            let sizes: i64 = integers.iter().map(|&weight| i64::from(weight).abs()).sum();
            let most = sizes * farthest + i64::from(summand).abs();
            if most > i64::from(i32::MAX) {
                return Err(ExchangeError::new(
                    format_args!("the sums of the layer `{layer}` may overflow"),
                    format_args!("sums of 32 bits, at most {}", i32::MAX),
                    format_args!("{} weights for each sum, at most {most}", filter.len()),
                    "fewer inputs of this layer, or --to c without --int8",
                ));
            }
            weights.extend(integers);
            bias.push(summand);
            steps.push(step * of_weight);
        }
        let target = match to {
            Destination::Value(to, Scale { step, .. }) => {
                Target::Value { to, factors: steps.iter().map(|sum| Factor::of(sum / step)).collect() }
            }
            Destination::Outputs(begin) => {
                Target::Outputs { begin, steps: steps.iter().map(|step| *step as f32).collect() }
            }
        };
        Ok(Linear { layer: layer.into(), from, form: self.form, weights, bias, target })
    }
}

/// Where the sums of a layer go.
pub(super) enum Destination {
    /// To a value with this scale.
    Value(usize, Scale),
    /// To the outputs from this place on.
    Outputs(usize),
}

/// The step of the weights of a filter: the greatest one is 127. The step is larger if the bias would not fit.
fn step_of(weights: &[f64], bias: f64, input: f64) -> f64 {
    let largest = weights.iter().fold(0.0, |largest: f64, weight| largest.max(weight.abs()));
    let step = (largest / LARGEST_WEIGHT).max(bias.abs() / input / LARGEST_BIAS);
    if step == 0.0 { 1.0 } else { step }
}
