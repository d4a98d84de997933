//! Layers and whole networks computed by the kernels' reference loops, sample after sample.
//!
//! What the engine computes is to have these bits.

use toddle::layer::Family;
use toddle::{Conv2d, Float, Jacobian, LayerSpec, NetworkSpec, Shape, Size};
use toddle_kernels::{activation, conv2d, dense, loss, softmax, update};
use toddle_lanes::tree_sum;

/// A layer with the shape of its input.
#[derive(Clone, Debug)]
pub struct Reference {
    spec: LayerSpec,
    input: Shape,
}

fn geometry(spec: &Conv2d, input: Shape) -> conv2d::Geometry {
    let (Shape::Image { channels, height, width }, Size(rows, columns)) = (input, spec.kernel) else {
        panic!("a convolution's input is an image");
    };
    conv2d::Geometry { channels, height, width, filters: spec.filters, kernel: (rows, columns) }
}

impl Reference {
    /// The layer `spec` on `input`, which it fits.
    pub fn new(spec: &LayerSpec, input: Shape) -> Self {
        Reference { spec: spec.clone(), input }
    }

    /// The shape that comes out.
    pub fn output(&self) -> Shape {
        match &self.spec {
            LayerSpec::Conv2d(spec) => {
                let g = geometry(spec, self.input);
                Shape::image(g.filters, g.out_height(), g.out_width())
            }
            LayerSpec::Dense(spec) => Shape::vector(spec.outputs),
            LayerSpec::Flatten(_) => Shape::vector(self.input.size()),
            LayerSpec::Softmax(_) | LayerSpec::Tanh(_) => self.input,
        }
    }

    /// How many weights there are, and how many biases.
    pub fn params(&self) -> (usize, usize) {
        match &self.spec {
            LayerSpec::Conv2d(spec) => (geometry(spec, self.input).weights(), spec.filters),
            LayerSpec::Dense(spec) => (self.input.size() * spec.outputs, spec.outputs),
            LayerSpec::Flatten(_) | LayerSpec::Softmax(_) | LayerSpec::Tanh(_) => (0, 0),
        }
    }

    /// What comes out of one sample.
    pub fn forward<T: Float>(&self, params: &[T], x: &[T]) -> Vec<T> {
        let mut y = vec![T::ZERO; self.output().size()];
        let (w, b) = params.split_at(self.params().0);
        match &self.spec {
            LayerSpec::Conv2d(spec) => {
                conv2d::reference::forward(&geometry(spec, self.input), x, w, b, &mut y)
            }
            LayerSpec::Dense(_) => dense::reference::forward(x, w, b, &mut y),
            LayerSpec::Flatten(_) => y.copy_from_slice(x),
            LayerSpec::Softmax(_) => softmax::reference::forward(x, &mut y),
            LayerSpec::Tanh(_) => activation::reference::tanh_forward(x, &mut y),
        }
        y
    }

    /// The gradient to the input of one sample.
    pub fn backward_input<T: Float>(&self, family: Family, params: &[T], y: &[T], dy: &[T]) -> Vec<T> {
        let mut dx = vec![T::ZERO; self.input.size()];
        let w = &params[..self.params().0];
        match &self.spec {
            LayerSpec::Conv2d(spec) => {
                conv2d::reference::backward_input(&geometry(spec, self.input), w, dy, &mut dx)
            }
            LayerSpec::Dense(_) => match family {
                Family::Row => dense::reference::backward_input_row(w, dy, &mut dx),
                Family::Block => dense::reference::backward_input(w, dy, &mut dx),
            },
            LayerSpec::Flatten(_) => dx.copy_from_slice(dy),
            LayerSpec::Softmax(spec) => {
                let jacobian = match spec.jacobian {
                    Jacobian::Full => softmax::Jacobian::Full,
                    Jacobian::Diagonal => softmax::Jacobian::Diagonal,
                };
                softmax::reference::backward(jacobian, y, dy, &mut dx);
            }
            LayerSpec::Tanh(_) => activation::reference::tanh_backward(y, dy, &mut dx),
        }
        dx
    }

    /// The gradient to the parameters of one sample by itself.
    pub fn row_gradient<T: Float>(&self, x: &[T], dy: &[T]) -> Vec<T> {
        let (weights, biases) = self.params();
        let mut gradient = vec![T::ZERO; weights + biases];
        let (dw, db) = gradient.split_at_mut(weights);
        match &self.spec {
            LayerSpec::Conv2d(spec) => {
                conv2d::reference::backward_weights_row(&geometry(spec, self.input), x, dy, dw, db);
            }
            LayerSpec::Dense(_) => dense::reference::backward_weights(x, dy, dw, db),
            LayerSpec::Flatten(_) | LayerSpec::Softmax(_) | LayerSpec::Tanh(_) => {}
        }
        gradient
    }

    /// The leaf of a block: the gradient to the parameters of its sixteen samples, one after the other in `x` and `dy`.
    pub fn leaf<T: Float>(&self, x: &[T], dy: &[T]) -> Vec<T> {
        let (weights, biases) = self.params();
        let samples = || x.chunks_exact(self.input.size()).zip(dy.chunks_exact(self.output().size()));
        match &self.spec {
            LayerSpec::Conv2d(spec) => {
                let each: Vec<Vec<T>> = samples()
                    .map(|(x, dy)| {
                        let mut gradient = vec![T::ZERO; weights + biases];
                        let (dw, db) = gradient.split_at_mut(weights);
                        conv2d::reference::backward_weights(&geometry(spec, self.input), x, dy, dw, db);
                        gradient
                    })
                    .collect();
                (0..weights + biases).map(|i| tree_sum(std::array::from_fn(|n| each[n][i]))).collect()
            }
            LayerSpec::Dense(_) => {
                let mut gradient = vec![T::ZERO; weights + biases];
                let (dw, db) = gradient.split_at_mut(weights);
                samples().for_each(|(x, dy)| dense::reference::backward_weights(x, dy, dw, db));
                gradient
            }
            LayerSpec::Flatten(_) | LayerSpec::Softmax(_) | LayerSpec::Tanh(_) => Vec::new(),
        }
    }
}

/// The losses of a batch and the gradient of their mean, by mean squared error, as the order contract has them: a batch of
/// one sample by itself, any other in blocks of sixteen, whose leaves the tree adds up.
pub fn gradient<T: Float>(spec: &NetworkSpec, weights: &[T], x: &[T], targets: &[T]) -> (Vec<T>, Vec<T>) {
    let mut shape = spec.input;
    let mut at = 0;
    let mut layers = Vec::new();
    for layer in &spec.layers {
        let layer = Reference::new(layer, shape);
        let (w, b) = layer.params();
        shape = layer.output();
        layers.push((layer, at..at + w + b));
        at += w + b;
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
            for (layer, range) in &layers {
                activations.push(layer.forward(&weights[range.clone()], activations.last().unwrap()));
            }
            let mut dy = vec![T::ZERO; output];
            if live {
                let (y, t) = (activations.last().unwrap(), &t[n * output..][..output]);
                losses.push(loss::reference::mean_squared_error(y, t, samples, &mut dy));
            }
            for (l, (layer, range)) in layers.iter().enumerate().rev() {
                inputs[l].extend_from_slice(&activations[l]);
                slopes[l].extend_from_slice(&dy);
                dy = layer.backward_input(family, &weights[range.clone()], &activations[l + 1], &dy);
            }
        }
        let of_layer = |(l, (layer, _)): (usize, &(Reference, _))| match family {
            Family::Row => layer.row_gradient(&inputs[l], &slopes[l]),
            Family::Block => layer.leaf(&inputs[l], &slopes[l]),
        };
        leaves.push(layers.iter().enumerate().flat_map(of_layer).collect());
    }
    let sum = |i| update::reference::tree(&leaves.iter().map(|leaf| leaf[i]).collect::<Vec<T>>());
    (losses, (0..weights.len()).map(sum).collect())
}
