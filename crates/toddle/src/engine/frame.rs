//! Which buffer of a row or block holds each value, and which holds the gradient to it.

use std::ops::Range;

use toddle_lanes::LANES;

use super::fusion::Fusion;
use super::plan::Mode;
use super::{Family, Groups};
use crate::layer::{Epilogue, FusedActivation, Layer};
use crate::network::Op;
use crate::{Float, Network};

/// The buffers of one row or block. Values and gradients are named by the index of their buffer.
#[derive(Clone, Debug, Default)]
pub(crate) struct FramePlan {
    /// Elements of each buffer for values.
    pub values: Vec<usize>,
    /// Elements of each buffer for gradients, which are used again and again.
    pub gradients: Vec<usize>,
    pub inputs: Vec<PortFrame>,
    pub nodes: Vec<NodeFrame>,
    pub outputs: Vec<PortFrame>,
    /// The buffer of each value, and that of the gradient to it in a trace: inputs first, then the outputs of the nodes.
    pub buffers: Vec<usize>,
    pub gradient_buffers: Vec<Option<usize>>,
    /// A buffer for all inputs, or all outputs, of a block one after the other. None if there is one of each.
    pub whole: Option<usize>,
}

/// The buffers of an input or an output of the network.
#[derive(Clone, Debug, Default)]
pub(crate) struct PortFrame {
    /// Its value.
    pub value: usize,
    /// The gradient to the value. The losses write those of the outputs.
    pub gradient: Option<usize>,
    /// Its elements in a sample.
    pub range: Range<usize>,
}

/// The buffers of one node on the way forward.
#[derive(Clone, Debug)]
pub(crate) struct NodeFrame {
    /// Its first input.
    pub x: usize,
    /// The inputs behind the first, of a concatenation, a sum or a product. A sum has the second in `epilogue`.
    pub others: Vec<usize>,
    /// What it does to its output. A sum's second input is the value to add.
    pub epilogue: Option<Epilogue<usize>>,
    /// Its output: `x` itself for a view, and for a node whose work is another node's epilogue.
    pub y: usize,
    /// Its way back, unless nothing up to it learns.
    pub backward: Option<NodeBackward>,
}

/// The buffers of one node on the way back.
#[derive(Clone, Debug, Default)]
pub(crate) struct NodeBackward {
    /// The gradient to its output.
    pub dy: usize,
    /// The gradient to its input, if the node computes it and something before the node has parameters.
    pub dx: Option<usize>,
    /// The activation function behind the node whose backward it does.
    pub prologue: Option<FusedActivation>,
    /// The activation function before the node whose backward it does.
    pub epilogue: Option<FusedActivation>,
    /// Sums of gradients to a value that several nodes take. They follow the node's own backward.
    pub sums: Vec<GradientSum>,
    /// The gradients to the inputs of a concatenation or a product.
    pub parts: Vec<Part>,
}

/// The gradient to one input of a node that takes several values.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// The input's place among the inputs of the node.
    pub place: usize,
    /// Elements of the inputs before it, and of those up to it.
    pub range: Range<usize>,
    pub dx: usize,
    /// The sum with the gradients of later nodes, if there are any.
    pub sum: Option<GradientSum>,
}

/// `to += from`, or `to = begin + from`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GradientSum {
    pub from: usize,
    pub to: usize,
    pub begin: Option<usize>,
}

impl NodeFrame {
    /// The buffers of all inputs, in order.
    pub fn inputs(&self) -> impl Iterator<Item = usize> {
        [self.x].into_iter().chain(self.others.iter().copied())
    }
}

impl FramePlan {
    pub fn new<T: Float>(network: &Network<T>, family: Family, mode: Mode, groups: &Groups) -> Self {
        let mut frame = FramePlan::forward(network, family, mode);
        if mode != Mode::Infer {
            frame.plan_backward(network, family, mode, groups);
        }
        frame
    }

    /// The buffers of values.
    fn forward<T: Float>(network: &Network<T>, family: Family, mode: Mode) -> Self {
        let nodes = network.nodes();
        let fusion = Fusion::new(network, family, mode);
        let length = |elements: usize| elements * family.samples();
        let mut values: Vec<usize> =
            network.inputs().iter().map(|input| length(input.shape.size())).collect();
        let mut planned: Vec<NodeFrame> = Vec::with_capacity(nodes.len());
        // The buffer of each value, and the node that writes the output of each node.
        let mut buffers: Vec<usize> = (0..values.len()).collect();
        let mut writers = Vec::with_capacity(nodes.len());
        for (n, node) in nodes.iter().enumerate() {
            let is_view = |layer: &dyn Layer<T>| {
                if mode.infers() { layer.is_view_in_inference() } else { layer.is_view() }
            };
            let inputs: Vec<usize> = node.inputs().iter().map(|&value| buffers[value]).collect();
            let (x, others) = (inputs[0], inputs[1..].to_vec());
            let (mut writer, mut own) = (n, NodeFrame { x, others, epilogue: None, y: x, backward: None });
            if fusion.is_epilogue(n) {
                writer = writers[n - 1];
                let before = network.value_of(n - 1);
                let epilogue = planned[writer].epilogue.get_or_insert_default();
                match node.op {
                    Op::Layer(_) => epilogue.activation = Some(FusedActivation::Relu),
                    Op::Sum | Op::Concat | Op::Product => {
                        let other = node.inputs().iter().find(|&&value| value != before);
                        epilogue.add = other.map(|&value| buffers[value]);
                    }
                }
                (own.x, own.y) = (buffers[before], buffers[before]);
                own.others.clear();
            } else if !node.layer().is_some_and(is_view) {
                own.y = values.len();
                values.push(length(node.output().size()));
                if let (Op::Sum, Some(&second)) = (&node.op, own.others.first()) {
                    own.epilogue = Some(Epilogue { add: Some(second), activation: None });
                }
            }
            writers.push(writer);
            buffers.push(own.y);
            planned.push(own);
        }
        let inputs = network.inputs().iter().enumerate();
        let inputs =
            inputs.map(|(value, input)| PortFrame { value, gradient: None, range: input.range.clone() });
        let outputs = network.outputs().iter().map(|output| PortFrame {
            value: buffers[output.value],
            gradient: None,
            range: output.range.clone(),
        });
        let (inputs, outputs): (Vec<_>, Vec<_>) = (inputs.collect(), outputs.collect());
        let mut frame =
            FramePlan { values, inputs, nodes: planned, outputs, buffers, ..FramePlan::default() };
        if family == Family::Block && frame.inputs.len().max(frame.outputs.len()) > 1 {
            frame.whole = Some(frame.values.len());
            frame.values.push(length(network.input().size().max(network.output().size())));
        }
        frame
    }

    /// The buffers of gradients, from the last node to the first.
    fn plan_backward<T: Float>(&mut self, network: &Network<T>, family: Family, mode: Mode, groups: &Groups) {
        let nodes = network.nodes();
        let fusion = Fusion::new(network, family, mode);
        // The node that does the backward of each relu, if another node does.
        let does_relu: Vec<_> = (0..nodes.len()).map(|n| fusion.backward_of_relu(n)).collect();
        let done_by =
            |n: usize, relu: usize| (does_relu.get(relu) == Some(&Some(n))).then_some(FusedActivation::Relu);
        let mut gradients = GradientPlan::new(network, family, mode, groups);
        for (frame, output) in self.outputs.iter_mut().zip(network.outputs()) {
            frame.gradient = gradients.buffers[output.value];
        }
        for n in (0..nodes.len()).rev() {
            let is_view = self.nodes[n].x == self.nodes[n].y && nodes[n].layer().is_some();
            let back = gradients.node(n, does_relu[n].is_some() || is_view && !fusion.is_epilogue(n));
            self.nodes[n].backward = back.map(|back| NodeBackward {
                prologue: done_by(n, n + 1),
                epilogue: n.checked_sub(1).and_then(|before| done_by(n, before)),
                ..back
            });
        }
        for (frame, buffer) in self.inputs.iter_mut().zip(&gradients.buffers) {
            frame.gradient = *buffer;
        }
        (self.gradients, self.gradient_buffers) = (gradients.lengths, gradients.buffers);
    }

    /// Elements of a block's value in [`Panel`](toddle_kernels::layout::Panel)s.
    pub fn panels(&self, value: usize) -> usize {
        self.values[value].next_multiple_of(LANES * LANES)
    }
}

/// Gives gradients their buffers.
struct GradientPlan<'a, T> {
    network: &'a Network<T>,
    family: Family,
    /// Whether each node has parameters that a step changes.
    learns: Vec<bool>,
    /// Whether the gradient to each value is wanted: the value depends on such parameters, or the caller wants it.
    wanted: Vec<bool>,
    /// The buffer that holds the gradient to each value, as far as it has been computed.
    buffers: Vec<Option<usize>>,
    /// How many values' gradients each buffer holds.
    users: Vec<usize>,
    lengths: Vec<usize>,
    /// Whether each gradient stays where it is.
    keeps: bool,
}

impl<'a, T: Float> GradientPlan<'a, T> {
    /// The gradients to the network's outputs are there.
    fn new(network: &'a Network<T>, family: Family, mode: Mode, groups: &Groups) -> Self {
        let nodes = network.nodes();
        let mut wanted = vec![mode.wants_inputs(); network.inputs().len()];
        let learns = |n| !network.layout().layer(n).is_empty() && !groups.is_frozen(n);
        let learns: Vec<bool> = (0..nodes.len()).map(learns).collect();
        for (node, learns) in nodes.iter().zip(&learns) {
            wanted.push(*learns || node.inputs().iter().any(|&value| wanted[value]));
        }
        let (buffers, users, lengths) = (vec![None; wanted.len()], Vec::new(), Vec::new());
        let keeps = mode == Mode::Trace;
        let mut plan = GradientPlan { network, family, learns, wanted, buffers, users, lengths, keeps };
        for output in network.outputs() {
            plan.buffers[output.value] = Some(plan.take(output.value));
        }
        plan
    }

    /// Plans the way back of node `n`. `passes_on`: the gradient to its input is the one to its output, or another node does the
    /// work of its backward.
    fn node(&mut self, n: usize, passes_on: bool) -> Option<NodeBackward> {
        let value = self.network.value_of(n);
        let dy = if self.keeps { self.buffers[value] } else { self.buffers[value].take() }?;
        let mut back = NodeBackward { dy, ..NodeBackward::default() };
        let node = &self.network.nodes()[n];
        match node.op {
            Op::Layer(_) if !passes_on => {
                let value = node.inputs()[0];
                if self.wanted[value] {
                    let dx = self.take(value);
                    back.dx = Some(dx);
                    back.sums.extend(self.sum_into(value, dx));
                }
            }
            Op::Layer(_) | Op::Sum => {
                for &value in node.inputs() {
                    self.pass_on(&mut back, value);
                }
            }
            Op::Concat | Op::Product => {
                let mut end = 0;
                for (place, &value) in node.inputs().iter().enumerate() {
                    let range = end..end + self.length(value);
                    end = range.end;
                    if self.wanted[value] {
                        let dx = self.take(value);
                        let sum = self.sum_into(value, dx);
                        back.parts.push(Part { place, range, dx, sum });
                    }
                }
            }
        }
        self.release(dy);
        let computes = back.dx.is_some() || !back.sums.is_empty() || !back.parts.is_empty();
        (self.learns[n] || computes).then_some(back)
    }

    /// Makes `back.dy` the gradient to `value`, or adds it to the gradient that later nodes gave.
    fn pass_on(&mut self, back: &mut NodeBackward, value: usize) {
        if !self.wanted[value] {
            return;
        }
        let to = match self.buffers[value] {
            None => {
                self.users[back.dy] += 1;
                back.dy
            }
            Some(later) => {
                let to = self.take(value);
                back.sums.push(GradientSum { from: back.dy, to, begin: Some(later) });
                self.release(later);
                to
            }
        };
        self.buffers[value] = Some(to);
    }

    /// Makes `dx` the gradient to `value`, after the gradient that later nodes gave has been added to it.
    fn sum_into(&mut self, value: usize, dx: usize) -> Option<GradientSum> {
        let later = self.buffers[value].replace(dx)?;
        self.release(later);
        Some(GradientSum { from: later, to: dx, begin: None })
    }

    fn release(&mut self, buffer: usize) {
        self.users[buffer] -= 1;
    }

    fn length(&self, value: usize) -> usize {
        self.network.shape(value).size() * self.family.samples()
    }

    /// A buffer that holds no gradient, made long enough for the gradient to `value`.
    fn take(&mut self, value: usize) -> usize {
        let free = self.users.iter().position(|&users| users == 0 && !self.keeps);
        let free = free.unwrap_or_else(|| {
            self.users.push(0);
            self.lengths.push(0);
            self.users.len() - 1
        });
        self.users[free] = 1;
        self.lengths[free] = self.lengths[free].max(self.length(value));
        free
    }
}
