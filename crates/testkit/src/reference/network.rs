//! Whole networks.

use std::collections::BTreeMap;
use std::ops::Range;

use toddle::layer::{Draw, Family};
use toddle::{Float, GraphSpec, LayerSpec, Loss, Shape};
use toddle_kernels::{loss, product};

use super::{Batch, Reference, layer};

/// What a node does with its values.
enum Op<T> {
    Layer(Box<dyn Reference<T>>),
    Concat,
    Sum,
    Product,
}

/// A layer, or a join of several values. The value behind the inputs and the nodes before it is its output.
struct Node<T> {
    op: Op<T>,
    from: Vec<usize>,
    shape: Shape,
    params: Range<usize>,
}

/// A network as a list of nodes.
struct Graph<T> {
    shapes: Vec<Shape>,
    inputs: usize,
    nodes: Vec<Node<T>>,
    params: usize,
    /// The value of each output, the factor of its loss, and its loss.
    outputs: Vec<(usize, f64, Loss)>,
}

/// The results of a training step, by the references.
#[derive(Debug)]
pub struct Outcome<T> {
    /// The loss of each sample.
    pub losses: Vec<T>,
    /// The outputs, sample after sample.
    pub outputs: Vec<T>,
    /// The gradient of the mean loss to the outputs, sample after sample.
    pub output_gradient: Vec<T>,
    /// The gradient of the mean loss to the weights.
    pub gradient: Vec<T>,
    /// The gradient of the mean loss to the inputs, sample after sample.
    pub input_gradient: Vec<T>,
}

impl<T: Float> Graph<T> {
    fn new(spec: &GraphSpec) -> Self {
        let shapes = spec.inputs.iter().map(|input| input.shape).collect();
        let inputs = spec.inputs.len();
        let mut graph = Graph { shapes, inputs, nodes: Vec::new(), params: 0, outputs: Vec::new() };
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        known.extend(spec.inputs.iter().enumerate().map(|(value, input)| (input.name.clone(), value)));
        let mut last = inputs - 1;
        for (placed, name) in spec.layers.iter().zip(spec.names()) {
            let from: Vec<usize> = placed.from.iter().map(|from| known[from]).collect();
            let from = if from.is_empty() { vec![last] } else { from };
            last = match &placed.layer {
                LayerSpec::Concat => graph.join(Op::Concat, from),
                LayerSpec::Sum => graph.join(Op::Sum, from),
                LayerSpec::Product => graph.join(Op::Product, from),
                LayerSpec::Shared(shared) => {
                    let mut with = &spec.layers[spec.names().position(|name| name == shared.with).unwrap()];
                    while let LayerSpec::Shared(shared) = &with.layer {
                        with = &spec.layers[spec.names().position(|name| name == shared.with).unwrap()];
                    }
                    let params = graph.nodes[known[&shared.with] - inputs].params.clone();
                    graph.layer(&with.layer, from[0], Some(params))
                }
                layer => graph.chain(std::slice::from_ref(layer), from[0]),
            };
            known.insert(name, last);
        }
        let of = |from: &Option<String>| from.as_ref().map_or(last, |from| known[from]);
        let training = Loss::MeanSquaredError;
        graph.outputs = (spec.outputs.iter())
            .map(|output| (of(&output.from), output.weight, output.loss.clone().unwrap_or(training.clone())))
            .collect();
        if graph.outputs.is_empty() {
            graph.outputs.push((last, 1.0, training));
        }
        graph
    }

    fn chain(&mut self, layers: &[LayerSpec], mut from: usize) -> usize {
        for spec in layers {
            from = match spec {
                LayerSpec::Residual(residual) => {
                    let body = self.chain(&residual.layers, from);
                    let around = self.chain(&residual.projection, from);
                    self.join(Op::Sum, vec![body, around])
                }
                _ => self.layer(spec, from, None),
            };
        }
        from
    }

    fn layer(&mut self, spec: &LayerSpec, from: usize, shared: Option<Range<usize>>) -> usize {
        let layer = layer::<T>(spec, self.shapes[from]);
        let params = shared.unwrap_or(self.params..self.params + layer.params());
        self.params = self.params.max(params.end);
        let shape = layer.output();
        self.push(Node { op: Op::Layer(layer), from: vec![from], shape, params })
    }

    fn join(&mut self, op: Op<T>, from: Vec<usize>) -> usize {
        let mut shape = self.shapes[from[0]];
        if let Op::Concat = op {
            let channels = |value: &usize| match self.shapes[*value] {
                Shape::Image { channels, .. } => channels,
                Shape::Vector(size) => size,
            };
            let all = from.iter().map(channels).sum();
            shape = match shape {
                Shape::Image { height, width, .. } => Shape::image(all, height, width),
                Shape::Vector(_) => Shape::vector(all),
            };
        }
        self.push(Node { op, from, shape, params: 0..0 })
    }

    fn push(&mut self, node: Node<T>) -> usize {
        self.shapes.push(node.shape);
        self.nodes.push(node);
        self.shapes.len() - 1
    }

    /// Every value of a batch, sample after sample.
    fn forward(&self, batch: &Batch, weights: &[T], x: &[T]) -> Vec<Vec<T>> {
        let mut values = apart(x, &self.shapes[..self.inputs]);
        for (n, node) in self.nodes.iter().enumerate() {
            let from: Vec<&Vec<T>> = node.from.iter().map(|&value| &values[value]).collect();
            let y = match &node.op {
                Op::Layer(layer) => {
                    layer.forward_batch(&batch_of(batch, n), &weights[node.params.clone()], from[0])
                }
                Op::Concat => {
                    together(&from, &node.from.iter().map(|&value| self.shapes[value]).collect::<Vec<_>>())
                }
                Op::Sum => from[1..].iter().fold(from[0].clone(), |sum, other| add(&sum, other)),
                Op::Product => {
                    let mut y = vec![T::ZERO; from[0].len()];
                    product::reference::forward(&from.iter().map(|x| &x[..]).collect::<Vec<_>>(), &mut y);
                    y
                }
            };
            values.push(y);
        }
        values
    }

    /// The gradient to every value, and the gradient to the weights, from the gradients to the outputs.
    fn backward(
        &self,
        batch: &Batch,
        weights: &[T],
        values: &[Vec<T>],
        of_outputs: Vec<Vec<T>>,
    ) -> (Vec<Vec<T>>, Vec<T>) {
        // The gradients that the takers of a value give, the later taker's first.
        let mut given: Vec<Option<Vec<T>>> = vec![None; values.len()];
        for ((value, ..), dy) in self.outputs.iter().zip(of_outputs) {
            given[*value] = Some(dy);
        }
        let mut gradient: Vec<Option<T>> = vec![None; self.params];
        for (n, node) in self.nodes.iter().enumerate().rev() {
            let value = self.inputs + n;
            let dy = given[value].clone().expect("every value is taken");
            let from: Vec<&[T]> = node.from.iter().map(|&value| &values[value][..]).collect();
            let each: Vec<Vec<T>> = match &node.op {
                Op::Layer(layer) => {
                    let (batch, params) = (batch_of(batch, n), &weights[node.params.clone()]);
                    let of_place = layer.gradient_batch(&batch, params, from[0], &dy);
                    for (sum, g) in gradient[node.params.clone()].iter_mut().zip(of_place) {
                        *sum = Some(sum.map_or(g, |sum| sum + g));
                    }
                    vec![layer.backward_batch(&batch, params, from[0], &values[value], &dy)]
                }
                Op::Concat => {
                    apart(&dy, &node.from.iter().map(|&value| self.shapes[value]).collect::<Vec<_>>())
                }
                Op::Sum => vec![dy; node.from.len()],
                Op::Product => (0..node.from.len())
                    .map(|k| {
                        let mut dx = vec![T::ZERO; dy.len()];
                        product::reference::backward(&from, k, &dy, &mut dx);
                        dx
                    })
                    .collect(),
            };
            for (&value, dx) in node.from.iter().zip(each) {
                given[value] = Some(match given[value].take() {
                    None => dx,
                    Some(later) => add(&later, &dx),
                });
            }
        }
        let given = given.into_iter().map(Option::unwrap_or_default).collect();
        (given, gradient.into_iter().map(|g| g.unwrap_or(T::ZERO)).collect())
    }
}

fn batch_of(batch: &Batch, node: usize) -> Batch {
    Batch { draw: Draw { layer: node as u32, ..batch.draw }, ..*batch }
}

fn add<T: Float>(a: &[T], b: &[T]) -> Vec<T> {
    a.iter().zip(b).map(|(a, b)| *a + *b).collect()
}

/// Parts of each sample with these shapes, sample after sample.
fn apart<T: Float>(samples: &[T], shapes: &[Shape]) -> Vec<Vec<T>> {
    let size: usize = shapes.iter().map(Shape::size).sum();
    let mut parts = vec![Vec::new(); shapes.len()];
    for mut sample in samples.chunks_exact(size) {
        for (part, shape) in parts.iter_mut().zip(shapes) {
            let (of_part, rest) = sample.split_at(shape.size());
            part.extend_from_slice(of_part);
            sample = rest;
        }
    }
    parts
}

/// The parts of each sample one after the other, sample after sample.
fn together<T: Float>(parts: &[&Vec<T>], shapes: &[Shape]) -> Vec<T> {
    let samples = parts[0].len() / shapes[0].size();
    let each =
        (0..samples).flat_map(|n| parts.iter().zip(shapes).map(move |(part, shape)| (n, part, shape.size())));
    each.flat_map(|(n, part, size)| part[n * size..][..size].to_vec()).collect()
}

/// The loss of one sample and its gradient, by the reference loop.
fn judge<T: Float>(loss: &Loss, y: &[T], t: &[T], samples: usize, dy: &mut [T]) -> T {
    let io = loss::Io { y, t, samples, pixels: 1, dy };
    match loss {
        Loss::MeanSquaredError => loss::reference::mean_squared_error(io),
        Loss::MeanAbsoluteError => loss::reference::mean_absolute_error(io),
        _ => panic!("{loss} has no reference here"),
    }
}

/// A step of a batch, by mean squared error unless an output has a loss of its own, in the order of the order contract. A batch
/// of one sample is a row. Any other batch is in blocks of sixteen, and the tree adds their leaves.
pub fn step<T: Float>(
    spec: impl Into<GraphSpec>,
    weights: &[T],
    draw: Draw,
    x: &[T],
    targets: &[T],
) -> Outcome<T> {
    let graph = Graph::<T>::new(&spec.into());
    let input: usize = graph.shapes[..graph.inputs].iter().map(Shape::size).sum();
    let samples = x.len() / input;
    let family = if samples == 1 { Family::Row } else { Family::Block };
    let batch = Batch { family, samples, draw };
    let mut x = x.to_vec();
    x.resize(batch.padded() * input, T::ZERO);

    let values = graph.forward(&batch, weights, &x);
    let shapes: Vec<Shape> = graph.outputs.iter().map(|(value, ..)| graph.shapes[*value]).collect();
    let mut losses: Vec<Option<T>> = vec![None; samples];
    let mut of_outputs = Vec::new();
    for ((value, weight, loss), t) in graph.outputs.iter().zip(apart(targets, &shapes)) {
        let (y, size, weight) = (&values[*value], graph.shapes[*value].size(), T::from_f64(*weight));
        let mut dy = vec![T::ZERO; y.len()];
        let each = y.chunks_exact(size).zip(t.chunks_exact(size)).zip(dy.chunks_exact_mut(size));
        for (((y, t), dy), sum) in each.zip(&mut losses) {
            let loss = weight * judge(loss, y, t, samples, dy);
            dy.iter_mut().for_each(|dy| *dy = weight * *dy);
            *sum = Some(sum.map_or(loss, |sum| sum + loss));
        }
        of_outputs.push(dy);
    }
    let of_batch = |parts: Vec<&Vec<T>>, shapes: &[Shape]| {
        let mut all = together(&parts, shapes);
        all.truncate(samples * shapes.iter().map(Shape::size).sum::<usize>());
        all
    };
    let output_gradient = of_batch(of_outputs.iter().collect(), &shapes);
    let (given, gradient) = graph.backward(&batch, weights, &values, of_outputs);
    Outcome {
        losses: losses.into_iter().flatten().collect(),
        outputs: of_batch(graph.outputs.iter().map(|(value, ..)| &values[*value]).collect(), &shapes),
        output_gradient,
        gradient,
        input_gradient: of_batch(given[..graph.inputs].iter().collect(), &graph.shapes[..graph.inputs]),
    }
}

/// The losses and the gradient to the weights of [`step`].
pub fn gradient<T: Float>(
    spec: impl Into<GraphSpec>,
    weights: &[T],
    draw: Draw,
    x: &[T],
    targets: &[T],
) -> (Vec<T>, Vec<T>) {
    let Outcome { losses, gradient, .. } = step(spec, weights, draw, x, targets);
    (losses, gradient)
}
