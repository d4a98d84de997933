//! Whole networks.

use toddle::layer::Family;
use toddle::{Float, NetworkSpec};
use toddle_kernels::{loss, update};

use super::{Reference, layer};

/// The losses of a batch and the gradient of their mean, by mean squared error, as the order contract has them: a batch of
/// one sample by itself, any other in blocks of sixteen, whose leaves the tree adds up.
pub fn gradient<T: Float>(spec: &NetworkSpec, weights: &[T], x: &[T], targets: &[T]) -> (Vec<T>, Vec<T>) {
    let mut shape = spec.input;
    let mut at = 0;
    let mut layers = Vec::new();
    for of in &spec.layers {
        let layer = layer::<T>(of, shape);
        let params = at..at + layer.params();
        (shape, at) = (layer.output(), params.end);
        layers.push((layer, params));
    }
    let (input, output) = (spec.input.size(), shape.size());
    let samples = x.len() / input;
    let family = if samples == 1 { Family::Row } else { Family::Block };
    let together = family.samples();

    let mut losses = Vec::new();
    let mut leaves: Vec<Vec<T>> = Vec::new();
    for (x, t) in x.chunks(together * input).zip(targets.chunks(together * output)) {
        // For each layer, its input and the gradient to its output, of the samples of this block.
        let mut inputs = vec![Vec::new(); layers.len()];
        let mut slopes = vec![Vec::new(); layers.len()];
        for n in 0..together {
            let live = n < x.len() / input;
            let mut activations =
                vec![if live { x[n * input..][..input].to_vec() } else { vec![T::ZERO; input] }];
            for (layer, params) in &layers {
                activations.push(layer.forward(&weights[params.clone()], activations.last().unwrap()));
            }
            let mut dy = vec![T::ZERO; output];
            if live {
                let (y, t) = (activations.last().unwrap(), &t[n * output..][..output]);
                losses.push(loss::reference::mean_squared_error(y, t, samples, &mut dy));
            }
            for (l, (layer, params)) in layers.iter().enumerate().rev() {
                inputs[l].extend_from_slice(&activations[l]);
                slopes[l].extend_from_slice(&dy);
                let (x, y) = (&activations[l], &activations[l + 1]);
                dy = layer.backward_input(family, &weights[params.clone()], x, y, &dy);
            }
        }
        let of_layer = |(l, (layer, params)): (usize, &(Box<dyn Reference<T>>, _))| {
            let params: &std::ops::Range<usize> = params;
            let params = &weights[params.clone()];
            match family {
                Family::Row => layer.row_gradient(params, &inputs[l], &slopes[l]),
                Family::Block => layer.leaf(params, &inputs[l], &slopes[l]),
            }
        };
        leaves.push(layers.iter().enumerate().flat_map(of_layer).collect());
    }
    let sum = |i| update::reference::tree(&leaves.iter().map(|leaf| leaf[i]).collect::<Vec<T>>());
    (losses, (0..weights.len()).map(sum).collect())
}
