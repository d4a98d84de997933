//! Whole networks.

use std::ops::Range;

use toddle::layer::{Draw, Family};
use toddle::{Float, LayerSpec, NetworkSpec, Shape};
use toddle_kernels::loss;

use super::{Batch, Reference, layer};

/// A layer with the place of its parameters, or a residual block.
enum Piece<T> {
    Layer { layer: Box<dyn Reference<T>>, params: Range<usize>, number: u32 },
    Residual { body: Vec<Piece<T>>, around: Vec<Piece<T>> },
}

/// The input and the output of a piece.
enum Trace<T> {
    Layer { x: Vec<T>, y: Vec<T> },
    Residual { body: Vec<Trace<T>>, around: Vec<Trace<T>> },
}

/// Counts layers and parameters during the construction of a network.
#[derive(Default)]
struct Counter {
    layers: u32,
    params: usize,
}

impl Counter {
    fn pieces<T: Float>(&mut self, specs: &[LayerSpec], shape: &mut Shape) -> Vec<Piece<T>> {
        specs.iter().map(|spec| self.piece(spec, shape)).collect()
    }

    fn piece<T: Float>(&mut self, spec: &LayerSpec, shape: &mut Shape) -> Piece<T> {
        if let LayerSpec::Residual(residual) = spec {
            let mut passed = *shape;
            let body = self.pieces(&residual.layers, shape);
            let around = self.pieces(&residual.projection, &mut passed);
            self.layers += 1;
            return Piece::Residual { body, around };
        }
        let layer = layer::<T>(spec, *shape);
        *shape = layer.output();
        let (number, params) = (self.layers, self.params..self.params + layer.params());
        (self.layers, self.params) = (number + 1, params.end);
        Piece::Layer { layer, params, number }
    }
}

fn batch_of(batch: &Batch, layer: u32) -> Batch {
    Batch { draw: Draw { layer, ..batch.draw }, ..*batch }
}

fn forward<T: Float>(pieces: &[Piece<T>], batch: &Batch, weights: &[T], x: &[T]) -> (Vec<Trace<T>>, Vec<T>) {
    let mut x = x.to_vec();
    let mut traces = Vec::new();
    for piece in pieces {
        let (trace, y) = match piece {
            Piece::Layer { layer, params, number } => {
                let y = layer.forward_batch(&batch_of(batch, *number), &weights[params.clone()], &x);
                (Trace::Layer { x, y: y.clone() }, y)
            }
            Piece::Residual { body, around } => {
                let (body, made) = forward(body, batch, weights, &x);
                let (around, passed) = forward(around, batch, weights, &x);
                (Trace::Residual { body, around }, sum(&[made, passed]))
            }
        };
        traces.push(trace);
        x = y;
    }
    (traces, x)
}

/// The gradients to the input from all nodes that read the input, from the last node to the first. Their sum is the
/// gradient of the input.
fn backward<T: Float>(
    pieces: &[Piece<T>],
    traces: &[Trace<T>],
    batch: &Batch,
    weights: &[T],
    dy: &[T],
    gradient: &mut [T],
) -> Vec<Vec<T>> {
    let mut slopes = vec![dy.to_vec()];
    for (piece, trace) in pieces.iter().zip(traces).rev() {
        let dy = sum(&slopes);
        slopes = match (piece, trace) {
            (Piece::Layer { layer, params, number }, Trace::Layer { x, y }) => {
                let (batch, weights) = (batch_of(batch, *number), &weights[params.clone()]);
                let of_layer = layer.gradient_batch(&batch, weights, x, &dy);
                gradient[params.clone()].copy_from_slice(&of_layer);
                vec![layer.backward_batch(&batch, weights, x, y, &dy)]
            }
            (Piece::Residual { body, around }, Trace::Residual { body: made, around: passed }) => {
                let of_body = backward(body, made, batch, weights, &dy, gradient);
                let of_around = backward(around, passed, batch, weights, &dy, gradient);
                [of_around, of_body].concat()
            }
            _ => unreachable!("a trace is of its piece"),
        };
    }
    slopes
}

fn sum<T: Float>(parts: &[Vec<T>]) -> Vec<T> {
    let (first, rest) = parts.split_first().expect("what is summed has parts");
    rest.iter().fold(first.clone(), |sum, part| sum.iter().zip(part).map(|(a, b)| *a + *b).collect())
}

/// The losses of a batch in training, by mean squared error, and the gradient of their mean, in the order of the order
/// contract. A batch of one sample is a row. Any other batch is in blocks of sixteen, and the tree adds their leaves.
pub fn gradient<T: Float>(
    spec: &NetworkSpec,
    weights: &[T],
    draw: Draw,
    x: &[T],
    targets: &[T],
) -> (Vec<T>, Vec<T>) {
    let mut shape = spec.input;
    let pieces = Counter::default().pieces::<T>(&spec.layers, &mut shape);
    let (input, output) = (spec.input.size(), shape.size());
    let samples = x.len() / input;
    let family = if samples == 1 { Family::Row } else { Family::Block };
    let batch = Batch { family, samples, draw };
    let mut x = x.to_vec();
    x.resize(batch.padded() * input, T::ZERO);

    let (traces, y) = forward(&pieces, &batch, weights, &x);
    let mut dy = vec![T::ZERO; y.len()];
    let each = y.chunks_exact(output).zip(targets.chunks_exact(output)).zip(dy.chunks_exact_mut(output));
    let losses = each.map(|((y, t), dy)| loss::reference::mean_squared_error(y, t, samples, dy)).collect();
    let mut gradient = vec![T::ZERO; weights.len()];
    backward(&pieces, &traces, &batch, weights, &dy, &mut gradient);
    (losses, gradient)
}
