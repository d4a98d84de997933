//! Which buffer of a row or block holds each value, and which holds the gradient to it.

use std::ops::Range;

use toddle_lanes::LANES;

use super::fusion::Fusion;
use super::gradients::{GradientPlan, GradientSum, Part};
use super::plan::Mode;
use super::{Family, Groups};
use crate::layer::{Epilogue, FusedActivation, Layer};
use crate::network::Op;
use crate::{Float, Network};

/// The buffers of one row or block. Values and gradients are named by the index of their buffer.
#[derive(Clone, Debug, Default)]
pub(crate) struct FramePlan {
    /// Elements of each value.
    pub values: Vec<usize>,
    /// The memory in which each value lies. In inference, a value may lie where an earlier one was.
    pub places: Vec<usize>,
    /// Elements of each memory for values.
    pub memory: Vec<usize>,
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

impl NodeFrame {
    /// The buffers of all inputs, in order.
    pub fn inputs(&self) -> impl Iterator<Item = usize> {
        [self.x].into_iter().chain(self.others.iter().copied())
    }

    /// The values that the node reads, and the one that it writes. One of them may come twice.
    pub fn values(&self) -> impl Iterator<Item = usize> {
        let added = self.epilogue.and_then(|epilogue| epilogue.add);
        self.inputs().chain(added).chain([self.y])
    }
}

impl FramePlan {
    pub fn new<T: Float>(network: &Network<T>, family: Family, mode: Mode, groups: &Groups) -> Self {
        let mut frame = FramePlan::forward(network, family, mode);
        if mode == Mode::Infer {
            frame.share_memory();
        } else {
            (frame.places, frame.memory) = ((0..frame.values.len()).collect(), frame.values.clone());
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
