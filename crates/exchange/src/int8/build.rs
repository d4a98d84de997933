//! From a network to steps of integers: which layers become one step, and the scale of each value.

use toddle::{LayerSpec, Network, NetworkSpec, Node, Shape, UpsampleMode};

use super::number::{Factor, Scale};
use super::step::{Step, Value};
use super::weights::{Destination, Real};
use crate::ExchangeError;
use crate::calls::memory::is_view;
use crate::calls::{Axis, axes};
use crate::elements::is_of_each_element;
use crate::params::parts;
use crate::window::{Windows, channels};

/// The most values of a product whose integers fit in 32 bits.
const MOST_FACTORS: usize = 3;

/// The most elements of a group of a norm. The square of their number times the square of an integer fits in 64 bits.
const MOST_OF_GROUP: usize = 1 << 23;

/// The places at which the ends of a range are looked at.
const PLACES: usize = 4096;

/// A network that becomes steps.
pub(super) struct Builder<'n> {
    network: &'n Network<f32>,
    /// The range of each value of the network.
    ranges: Vec<[f64; 2]>,
    /// The nodes that read each value of the network.
    readers: Vec<Vec<usize>>,
    /// The outputs that each value of the network is.
    outputs: Vec<Vec<usize>>,
    /// The value of integers that has the elements of each value of the network.
    placed: Vec<Option<usize>>,
    /// The nodes that are a part of a step before them.
    done: Vec<bool>,
    /// The outputs that a step writes.
    written: Vec<bool>,
    pub values: Vec<Value>,
    pub steps: Vec<Step>,
}

impl<'n> Builder<'n> {
    /// The steps of `network`, whose values have these ranges.
    pub fn of(network: &'n Network<f32>, ranges: Vec<[f64; 2]>) -> Result<Builder<'n>, ExchangeError> {
        let (mut readers, mut outputs) = (vec![Vec::new(); ranges.len()], vec![Vec::new(); ranges.len()]);
        for (n, node) in network.nodes().iter().enumerate() {
            node.inputs().iter().for_each(|&value| readers[value].push(n));
        }
        for (n, output) in network.outputs().iter().enumerate() {
            outputs[output.value].push(n);
        }
        let mut builder = Builder {
            network,
            readers,
            outputs,
            placed: vec![None; ranges.len()],
            ranges,
            done: vec![false; network.nodes().len()],
            written: vec![false; network.outputs().len()],
            values: Vec::new(),
            steps: Vec::new(),
        };
        for (n, node) in network.nodes().iter().enumerate() {
            if !builder.done[n] {
                builder.node(n, node)?;
            }
        }
        for (n, output) in network.outputs().iter().enumerate() {
            if !builder.written[n] {
                let (from, begin) = (builder.place(output.value), output.range.start);
                builder.steps.push(Step::Dequantize { from, begin });
            }
        }
        Ok(builder)
    }

    /// The value of the network that node `n` computes.
    fn value_of(&self, n: usize) -> usize {
        self.network.inputs().len() + n
    }

    /// The value of integers that has the elements of value `value` of the network. An input becomes integers when a step
    /// first reads it.
    fn place(&mut self, value: usize) -> usize {
        let source = self.source(value);
        if let Some(placed) = self.placed[source] {
            return placed;
        }
        let begin = self.network.inputs()[source].range.start;
        let to = self.value(source, source);
        self.steps.push(Step::Quantize { begin, to });
        to
    }

    /// The value whose elements value `value` of the network has. Nodes that change nothing are passed.
    fn source(&self, mut value: usize) -> usize {
        while let Some(n) = value.checked_sub(self.network.inputs().len())
            && self.placed[value].is_none()
            && is_view(&self.network.nodes()[n])
        {
            value = self.network.nodes()[n].inputs()[0];
        }
        value
    }

    /// A new value of integers for the values from `first` to `last` of the network, which one step computes. It has the
    /// range of the last.
    fn value(&mut self, first: usize, last: usize) -> usize {
        self.value_with(first, last, self.scale_of(last))
    }

    fn value_with(&mut self, first: usize, last: usize, scale: Scale) -> usize {
        self.values.push(Value { size: self.network.shape(last).size(), scale });
        let to = self.values.len() - 1;
        self.placed[first] = Some(to);
        self.placed[last] = Some(to);
        to
    }

    /// The node that alone reads a value. Nodes that change nothing are passed.
    fn reader(&self, mut value: usize) -> Option<usize> {
        loop {
            let &[n] = &self.readers[value][..] else { return None };
            if !self.outputs[value].is_empty() {
                return None;
            }
            if !is_view(&self.network.nodes()[n]) {
                return Some(n);
            }
            value = self.value_of(n);
        }
    }

    /// The layer of node `n`.
    fn spec(&self, n: usize) -> Option<LayerSpec> {
        self.network.nodes()[n].layer().map(|layer| layer.spec())
    }

    /// The scale of a value of the network. If an activation alone reads the value, the range ends where the integers of the
    /// activation no longer change.
    fn scale_of(&self, value: usize) -> Scale {
        let range = self.ranges[value];
        let activation = self.reader(value).and_then(|n| Some((n, self.spec(n)?)));
        let Some((n, spec)) = activation.filter(|(_, spec)| is_of_each_element(spec)) else {
            return Scale::of(range);
        };
        let scale = Scale::of(self.ranges[self.value_of(n)]);
        let (least, greatest) = (range[0].min(0.0), range[1].max(0.0));
        let at = |place: usize| least + (greatest - least) * place as f64 / (PLACES - 1) as f64;
        let x: Vec<f32> = (0..PLACES).map(|place| at(place) as f32).collect();
        let y: Vec<i8> = of_each(&spec, &x).iter().map(|y| scale.integer(f64::from(*y))).collect();
        let first = y.iter().position(|other| *other != y[0]);
        let last = y.iter().rposition(|other| *other != y[PLACES - 1]);
        match (first, last) {
            (Some(first), Some(last)) => Scale::of([at(first - 1), at(last + 1)]),
            _ => Scale::of(range),
        }
    }

    /// Adds the steps of a node.
    fn node(&mut self, n: usize, node: &Node<f32>) -> Result<(), ExchangeError> {
        let to = self.value_of(n);
        let Some(layer) = node.layer() else {
            return self.join(n, node);
        };
        if is_view(node) {
            return Ok(());
        }
        if let Some(real) = Real::of(self.network, node) {
            return self.linear(n, node, real);
        }
        let (read, spec) = (node.inputs()[0], layer.spec());
        let (input, output) = (self.network.shape(read), node.output());
        let of_max = |windows: Windows| axes::sliding(windows, input, output);
        match spec {
            LayerSpec::AdaptiveAvgPool2d(_) => self.avg(to, read, [0, 0], axes::even(input, output)),
            LayerSpec::AdaptiveMaxPool2d(_) => self.max(to, read, axes::even(input, output)),
            LayerSpec::Embedding(_) => return self.embedding(n, node),
            LayerSpec::GroupNorm(norm) => return self.norm(n, node, norm.groups, norm.epsilon),
            LayerSpec::LayerNorm(norm) => return self.norm(n, node, 1, norm.epsilon),
            LayerSpec::AvgPool1d(pool) => {
                let pool = pool.of_image();
                let padded = axes::padded(&pool, input, output);
                self.avg(to, read, padded, axes::sliding(&pool, input, output));
            }
            LayerSpec::AvgPool2d(pool) => {
                let padded = axes::padded(&pool, input, output);
                self.avg(to, read, padded, axes::sliding(&pool, input, output));
            }
            LayerSpec::GlobalAvgPool => self.avg(to, read, [0, 0], axes::whole(input)),
            LayerSpec::GlobalMaxPool => self.max(to, read, axes::whole(input)),
            LayerSpec::MaxPool1d(pool) => self.max(to, read, of_max((&pool.of_image()).into())),
            LayerSpec::MaxPool2d(pool) => self.max(to, read, of_max((&pool).into())),
            LayerSpec::Crop(_) | LayerSpec::Pad(_) => self.placed(to, read, &spec),
            LayerSpec::Upsample(upsample) if upsample.mode == UpsampleMode::Nearest => {
                self.placed(to, read, &spec);
            }
            LayerSpec::Prelu(_) => self.prelu(to, read, node),
            LayerSpec::LogSoftmax(_) | LayerSpec::Softmax(_) => return self.softmax(n, node, &spec),
            spec if is_of_each_element(&spec) => {
                let from = self.place(read);
                let to = self.value(to, to);
                let table = Box::new(self.table(&spec, from, to));
                self.steps.push(Step::Table { from, to, layer: node.name().into(), table });
            }
            spec => return Err(refused(node, &spec)),
        }
        Ok(())
    }

    /// A layer with weights, with the batch norm and the relu that follow it.
    fn linear(&mut self, n: usize, node: &Node<f32>, mut real: Real) -> Result<(), ExchangeError> {
        let mut last = n;
        let norm = self
            .reader(self.value_of(n))
            .filter(|&next| self.network.shape(self.network.nodes()[next].inputs()[0]) == node.output());
        if let Some(next) = norm
            && let Some(LayerSpec::BatchNorm(norm)) = self.spec(next)
        {
            real.fold(self.network, &self.network.nodes()[next], &norm);
            last = self.take(last, next);
        }
        let read = self.place(node.inputs()[0]);
        let from = (read, self.values[read]);
        let to = match self.leads_out(last) {
            Some((output, softmax)) => {
                let begin = self.network.outputs()[output].range.start;
                let layer = real.integers(node.name(), from, Destination::Outputs(begin))?;
                self.steps.push(Step::Linear(Box::new(layer)));
                self.written[output] = true;
                let Some(next) = softmax else { return Ok(()) };
                self.done[next] = true;
                return self.of_outputs(next, begin);
            }
            None => self.with_relu(n, last),
        };
        let to = Destination::Value(to, self.values[to].scale);
        self.steps.push(Step::Linear(Box::new(real.integers(node.name(), from, to)?)));
        Ok(())
    }

    /// The value of the nodes from `first` to `last`, and of the relu that follows: the least integer is its 0.
    fn with_relu(&mut self, first: usize, mut last: usize) -> usize {
        let next = self.reader(self.value_of(last)).and_then(|next| Some((next, self.spec(next)?)));
        let mut most = f64::INFINITY;
        match next {
            Some((next, LayerSpec::Relu)) => last = self.take(last, next),
            Some((next, LayerSpec::ClippedRelu(relu))) => {
                most = relu.max;
                last = self.take(last, next);
            }
            _ => {}
        }
        let value = self.value_of(last);
        let mut scale = self.scale_of(value);
        // A value that was always 0 may be larger in another sample, but not larger than the relu lets it be.
        if self.ranges[value] == [0.0, 0.0] && most < 1.0 {
            scale = Scale::of([0.0, most]);
        }
        self.value_with(self.value_of(first), value, scale)
    }

    /// Makes node `next`, and those between, a part of the step that ends with node `last`. Returns `next`.
    fn take(&mut self, last: usize, next: usize) -> usize {
        let mut n = last;
        while n != next {
            n = self.readers[self.value_of(n)][0];
            self.done[n] = true;
        }
        next
    }

    /// The output that the value of node `n` is, if nothing else reads the value, and the softmax between.
    fn leads_out(&self, n: usize) -> Option<(usize, Option<usize>)> {
        let (mut value, mut softmax) = (self.value_of(n), None);
        loop {
            let next = match (&self.readers[value][..], &self.outputs[value][..]) {
                (&[], &[output]) => return Some((output, softmax)),
                (&[next], &[]) => next,
                _ => return None,
            };
            if matches!(self.spec(next), Some(LayerSpec::Softmax(_) | LayerSpec::LogSoftmax(_)))
                && softmax.is_none()
            {
                softmax = Some(next);
            } else if !is_view(&self.network.nodes()[next]) {
                return None;
            }
            value = self.value_of(next);
        }
    }

    /// A softmax of integers, which writes outputs.
    fn softmax(&mut self, n: usize, node: &Node<f32>, spec: &LayerSpec) -> Result<(), ExchangeError> {
        let Some((output, None)) = self.leads_out(n) else { return Err(refused(node, spec)) };
        let begin = self.network.outputs()[output].range.start;
        self.written[output] = true;
        let from = self.place(node.inputs()[0]);
        self.steps.push(Step::Dequantize { from, begin });
        self.of_outputs(n, begin)
    }

    /// The softmax of node `n`, of the outputs from `begin` on.
    fn of_outputs(&mut self, n: usize, begin: usize) -> Result<(), ExchangeError> {
        let node = &self.network.nodes()[n];
        let input = self.network.shape(node.inputs()[0]);
        let channels = channels(input);
        let (places, logarithm) = (
            input.size() / channels,
            self.spec(n).is_some_and(|spec| matches!(spec, LayerSpec::LogSoftmax(_))),
        );
        self.steps.push(Step::Softmax { begin, channels, places, logarithm });
        Ok(())
    }

    /// A table of class numbers, which are inputs.
    fn embedding(&mut self, n: usize, node: &Node<f32>) -> Result<(), ExchangeError> {
        let read = self.source(node.inputs()[0]);
        let Some(input) = self.network.inputs().get(read) else {
            return Err(ExchangeError::new(
                format_args!("the layer `{}` cannot be computed with integers of eight bits", node.name()),
                "class numbers that are an input of the network",
                "the numbers of another layer",
                "--to c without --int8",
            ));
        };
        let (begin, steps) = (input.range.start, input.shape.size());
        let numbers = self.parts(node).next().unwrap_or_default();
        // Of all classes, with those that no calibration sample has.
        let ends = |[least, greatest]: [f64; 2], &number: &f32| {
            [least.min(f64::from(number)), greatest.max(f64::from(number))]
        };
        let scale = Scale::of(numbers.iter().fold([0.0, 0.0], ends));
        let table = numbers.iter().map(|number| scale.integer(f64::from(*number))).collect();
        let features = node.output().size() / steps;
        let to = self.value_of(n);
        let to = self.value_with(to, to, scale);
        self.steps.push(Step::Embedding { begin, to, layer: node.name().into(), table, features });
        Ok(())
    }

    /// A norm of each sample, in groups of elements that follow one another.
    fn norm(&mut self, n: usize, node: &Node<f32>, groups: usize, epsilon: f64) -> Result<(), ExchangeError> {
        let size = node.output().size() / groups;
        if size > MOST_OF_GROUP {
            return Err(ExchangeError::new(
                format_args!("the sums of squares of the layer `{}` may overflow", node.name()),
                format_args!("groups of at most {MOST_OF_GROUP} elements"),
                size,
                "more groups, or --to c without --int8",
            ));
        }
        let from = self.place(node.inputs()[0]);
        let to = self.with_relu(n, n);
        let [x, y] = [from, to].map(|value| self.values[value].scale.step);
        let mut affine = self.parts(node).map(|numbers| {
            numbers.iter().map(|number| (f64::from(*number) / y) as f32).collect::<Vec<f32>>()
        });
        let factors = affine.next().unwrap_or_else(|| vec![(1.0 / y) as f32]);
        let summands = affine.next().unwrap_or_else(|| vec![0.0]);
        drop(affine);
        let (step, epsilon, layer) = ((x / size as f64) as f32, epsilon as f32, node.name().into());
        self.steps.push(Step::Norm { from, to, layer, groups, factors, summands, step, epsilon });
        Ok(())
    }

    /// The numbers of each parameter of a node.
    fn parts(&self, node: &Node<f32>) -> impl Iterator<Item = &'n [f32]> + use<'n> {
        let network = self.network;
        parts(network, &network.nodes()[node.owner()]).map(|part| part.numbers)
    }

    fn max(&mut self, to: usize, read: usize, axes: [Axis; 2]) {
        let (from, channels) = (self.place(read), channels(self.network.shape(read)));
        // The greatest integer is that of the greatest number, so the scale stays.
        let to = self.value_with(to, to, self.values[from].scale);
        self.steps.push(Step::MaxPool { from, to, channels, axes });
    }

    fn avg(&mut self, to: usize, read: usize, padded: [usize; 2], axes: [Axis; 2]) {
        let (from, channels) = (self.place(read), channels(self.network.shape(read)));
        let to = self.value(to, to);
        let factor = Factor::of(self.values[from].scale.step / self.values[to].scale.step);
        self.steps.push(Step::AvgPool { from, to, channels, padded, axes, factor });
    }

    /// A padding, a cropping or an upsampling, whose elements are those of the input and `outside`.
    fn placed(&mut self, to: usize, read: usize, spec: &LayerSpec) {
        let input = self.network.shape(read);
        let (sides, outside) = axes::placed(spec, input, self.network.shape(to));
        let mut from = self.place(read);
        let mut scale = self.values[from].scale;
        let half = scale.step / 2.0;
        if outside < scale.number(i8::MIN) - half || outside > scale.number(i8::MAX) + half {
            // The range of the input does not have the number outside.
            scale = Scale::of(self.ranges[to]);
            let factor = Factor::of(self.values[from].scale.step / scale.step);
            self.values.push(Value { size: input.size(), scale });
            let wider = self.values.len() - 1;
            self.steps.push(Step::Rescale { from, to: wider, begin: 0, factor });
            from = wider;
        }
        let to = self.value_with(to, to, scale);
        let outside = scale.integer(outside);
        self.steps.push(Step::Place { from, to, channels: channels(input), outside, sides });
    }

    fn prelu(&mut self, to: usize, read: usize, node: &Node<f32>) {
        let from = self.place(read);
        let to = self.value(to, to);
        let ratio = self.values[from].scale.step / self.values[to].scale.step;
        let slopes = self.parts(node).flatten();
        let negative = slopes.map(|slope| Factor::of_any(f64::from(*slope) * ratio)).collect();
        let (layer, positive) = (node.name().into(), Factor::of(ratio));
        self.steps.push(Step::Prelu { from, to, layer, positive, negative });
    }

    /// The integers of an activation for each integer of its input.
    fn table(&self, spec: &LayerSpec, from: usize, to: usize) -> [i8; 256] {
        let (from, to) = (self.values[from].scale, self.values[to].scale);
        let x: Vec<f32> = (i8::MIN..=i8::MAX).map(|integer| from.number(integer) as f32).collect();
        let mut table = [0; 256];
        for (integer, y) in table.iter_mut().zip(of_each(spec, &x)) {
            *integer = to.integer(f64::from(y));
        }
        table
    }

    /// A concatenation, a sum or a product.
    fn join(&mut self, n: usize, node: &Node<f32>) -> Result<(), ExchangeError> {
        let from: Vec<usize> = node.inputs().iter().map(|&value| self.place(value)).collect();
        let steps: Vec<f64> = from.iter().map(|&value| self.values[value].scale.step).collect();
        if node.kind() == "concat" {
            let to = self.value_of(n);
            let to = self.value(to, to);
            let mut begin = 0;
            for (from, step) in from.into_iter().zip(steps) {
                let factor = Factor::of(step / self.values[to].scale.step);
                self.steps.push(Step::Rescale { from, to, begin, factor });
                begin += self.values[from].size;
            }
            return Ok(());
        }
        let to = self.with_relu(n, n);
        let step = self.values[to].scale.step;
        if node.kind() == "sum" {
            let ratios: Vec<f64> = steps.iter().map(|other| other / step).collect();
            let largest = Factor::of(ratios.iter().copied().fold(0.0, f64::max));
            let factors = ratios.iter().map(|ratio| largest.beside(*ratio)).collect();
            self.steps.push(Step::Sum { from, to, factors, shift: largest.shift });
            return Ok(());
        }
        if from.len() > MOST_FACTORS {
            return Err(ExchangeError::new(
                format_args!("the layer `{}` cannot be computed with integers of eight bits", node.name()),
                format_args!("a product of at most {MOST_FACTORS} values"),
                format_args!("{} values", from.len()),
                "a product of products, or --to c without --int8",
            ));
        }
        let factor = Factor::of(steps.iter().product::<f64>() / step);
        self.steps.push(Step::Product { from, to, factor });
        Ok(())
    }
}

/// An activation of each element of `x`.
fn of_each(spec: &LayerSpec, x: &[f32]) -> Vec<f32> {
    let network = NetworkSpec::new(Shape::vector(x.len())).add(spec.clone()).build::<f32>(0);
    network.expect("it takes any input").predict(x).expect("the inputs are one sample")
}

/// The error for a layer that has no form with integers.
fn refused(node: &Node<f32>, spec: &LayerSpec) -> ExchangeError {
    let expected = "layers with weights, norms, pooling, activations, concat, sum, product, pad, crop, nearest \
                    upsample, and softmax as the last layer";
    ExchangeError::new(
        format_args!("the layer `{}` cannot be computed with integers of eight bits", node.name()),
        expected,
        spec,
        "another layer in its place, or --to c without --int8",
    )
}
