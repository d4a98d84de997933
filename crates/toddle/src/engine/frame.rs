//! The values of one row or block, and the gradients to them: which node reads and writes which of them, and where they lie.

use alloc::vec::Vec;
use core::ops::Range;

use toddle_lanes::LANES;

use super::fusion::Fusion;
use super::gradients::{GradientPlan, GradientSum, Part};
use super::places::Places;
use super::plan::Mode;
use super::{Family, Groups};
use crate::layer::{Epilogue, FusedActivation, Layer};
use crate::network::Op;
use crate::{Float, Network};

/// The values of one row or block, and the gradients to them. Each is named by its index.
#[derive(Clone, Debug, Default)]
pub(crate) struct FramePlan {
    /// Elements of each value.
    pub values: Vec<usize>,
    /// Elements of each gradient.
    pub gradients: Vec<usize>,
    pub inputs: Vec<PortFrame>,
    pub nodes: Vec<NodeFrame>,
    pub outputs: Vec<PortFrame>,
    /// The value of each input and of each node, which is also the value of a view of it. The gradient to it in a trace.
    pub value_of: Vec<usize>,
    pub gradient_to: Vec<Option<usize>>,
    /// Elements of all inputs, or all outputs, of a block one after the other. 0 if there is one of each.
    pub whole: usize,
    /// Where the values and the gradients lie in the memory of a frame.
    pub places: Places,
}

/// The value of an input or an output of the network, and the gradient to the value.
#[derive(Clone, Debug, Default)]
pub(crate) struct PortFrame {
    /// Its value.
    pub value: usize,
    /// The gradient to the value. The losses write those of the outputs.
    pub gradient: Option<usize>,
    /// Its elements in a sample.
    pub range: Range<usize>,
}

/// What one node reads and writes on the way forward.
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

/// What one node reads and writes on the way back.
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

impl NodeFrame {
    /// All inputs, in order.
    pub fn inputs(&self) -> impl Iterator<Item = usize> {
        [self.x].into_iter().chain(self.others.iter().copied())
    }

    /// The values that the node reads, and the one that it writes. One of them may come twice.
    pub fn values(&self) -> impl Iterator<Item = usize> {
        let added = self.epilogue.and_then(|epilogue| epilogue.add);
        self.inputs().chain(added).chain([self.y])
    }
}

impl NodeBackward {
    /// The gradients that the node reads or writes. One of them may come twice.
    pub fn gradients(&self) -> impl Iterator<Item = usize> {
        let sums = self.parts.iter().filter_map(|part| part.sum).chain(self.sums.iter().copied());
        let sums = sums.flat_map(|sum| [sum.from, sum.to].into_iter().chain(sum.begin));
        let parts = self.parts.iter().map(|part| part.dx);
        [self.dy].into_iter().chain(self.dx).chain(parts).chain(sums)
    }
}

impl FramePlan {
    /// Nothing has a place yet.
    pub fn new<T: Float>(network: &Network<T>, family: Family, mode: Mode, groups: &Groups) -> Self {
        let mut frame = FramePlan::forward(network, family, mode);
        if mode != Mode::Infer {
            frame.plan_backward(network, family, mode, groups);
        }
        frame
    }

    /// The values, from the first node to the last.
    fn forward<T: Float>(network: &Network<T>, family: Family, mode: Mode) -> Self {
        let nodes = network.nodes();
        let fusion = Fusion::new(network, family, mode);
        let length = |elements: usize| elements * family.samples();
        let mut values: Vec<usize> =
            network.inputs().iter().map(|input| length(input.shape.size())).collect();
        let mut planned: Vec<NodeFrame> = Vec::with_capacity(nodes.len());
        // The value of each input and node, and the node that writes the output of each node.
        let mut value_of: Vec<usize> = (0..values.len()).collect();
        let mut writers = Vec::with_capacity(nodes.len());
        for (n, node) in nodes.iter().enumerate() {
            let is_view = |layer: &dyn Layer<T>| {
                if mode.infers() { layer.is_view_in_inference() } else { layer.is_view() }
            };
            let inputs: Vec<usize> = node.inputs().iter().map(|&value| value_of[value]).collect();
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
                        epilogue.add = other.map(|&value| value_of[value]);
                    }
                }
                (own.x, own.y) = (value_of[before], value_of[before]);
                own.others.clear();
            } else if !node.layer().is_some_and(is_view) {
                own.y = values.len();
                values.push(length(node.output().size()));
                if let (Op::Sum, Some(&second)) = (&node.op, own.others.first()) {
                    own.epilogue = Some(Epilogue { add: Some(second), activation: None });
                }
            }
            writers.push(writer);
            value_of.push(own.y);
            planned.push(own);
        }
        let inputs = network.inputs().iter().enumerate();
        let inputs =
            inputs.map(|(value, input)| PortFrame { value, gradient: None, range: input.range.clone() });
        let outputs = network.outputs().iter().map(|output| PortFrame {
            value: value_of[output.value],
            gradient: None,
            range: output.range.clone(),
        });
        let (inputs, outputs): (Vec<_>, Vec<_>) = (inputs.collect(), outputs.collect());
        let has_several = family == Family::Block && inputs.len().max(outputs.len()) > 1;
        let whole = if has_several { length(network.input().size().max(network.output().size())) } else { 0 };
        FramePlan { values, inputs, nodes: planned, outputs, value_of, whole, ..FramePlan::default() }
    }

    /// The gradients, from the last node to the first.
    fn plan_backward<T: Float>(&mut self, network: &Network<T>, family: Family, mode: Mode, groups: &Groups) {
        let nodes = network.nodes();
        let fusion = Fusion::new(network, family, mode);
        // The node that does the backward of each relu, if another node does.
        let does_relu: Vec<_> = (0..nodes.len()).map(|n| fusion.backward_of_relu(n)).collect();
        let done_by =
            |n: usize, relu: usize| (does_relu.get(relu) == Some(&Some(n))).then_some(FusedActivation::Relu);
        let mut gradients = GradientPlan::new(network, family, mode, groups);
        for (frame, output) in self.outputs.iter_mut().zip(network.outputs()) {
            frame.gradient = gradients.gradient_to[output.value];
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
        for (frame, gradient) in self.inputs.iter_mut().zip(&gradients.gradient_to) {
            frame.gradient = *gradient;
        }
        (self.gradients, self.gradient_to) = (gradients.lengths, gradients.gradient_to);
    }

    /// Elements of a block's value in [`Panel`](toddle_kernels::layout::Panel)s.
    pub fn panels(&self, value: usize) -> usize {
        self.values[value].next_multiple_of(LANES * LANES)
    }
}
