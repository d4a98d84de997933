//! Which buffer of a row or block holds each value, and which holds the gradient to it.

use toddle_lanes::LANES;

use super::Family;
use super::fusion::Fusion;
use crate::layer::{Epilogue, FusedActivation};
use crate::network::Op;
use crate::{Float, Network};

/// The buffers of one row or block. Values and gradients are named by the index of their buffer.
#[derive(Clone, Debug, Default)]
pub(crate) struct FramePlan {
    /// Elements of each buffer for values. The first holds the network's input.
    pub values: Vec<usize>,
    /// Elements of each buffer for gradients, which are used again and again. The loss writes the first.
    pub gradients: Vec<usize>,
    pub nodes: Vec<NodeFrame>,
}

/// The buffers of one node on the way forward.
#[derive(Clone, Debug)]
pub(crate) struct NodeFrame {
    /// Its first input.
    pub x: usize,
    /// What it does to its output. A sum's second input is the value to add.
    pub epilogue: Option<Epilogue<usize>>,
    /// Its output: `x` itself for a view, and for a node whose work is another node's epilogue.
    pub y: usize,
    /// Its way back, unless nothing before it has parameters.
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
}

/// `to += from`, or `to = begin + from`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GradientSum {
    pub from: usize,
    pub to: usize,
    pub begin: Option<usize>,
}

impl FramePlan {
    pub fn new<T: Float>(network: &Network<T>, family: Family, trains: bool) -> Self {
        let mut frame = FramePlan::forward(network, family);
        if trains {
            frame.plan_backward(network, family);
        }
        frame
    }

    /// The buffers of values.
    fn forward<T: Float>(network: &Network<T>, family: Family) -> Self {
        let nodes = network.nodes();
        let fusion = Fusion::new(nodes, family);
        let mut values = vec![network.input().size() * family.samples()];
        let mut planned: Vec<NodeFrame> = Vec::with_capacity(nodes.len());
        // The buffer of each value, and the node that writes the output of each node.
        let (mut buffers, mut writers) = (vec![0], Vec::with_capacity(nodes.len()));
        for (n, node) in nodes.iter().enumerate() {
            let is_view = node.layer().is_some_and(|layer| layer.is_view());
            let x = buffers[node.inputs()[0]];
            let (mut writer, mut own) = (n, NodeFrame { x, epilogue: None, y: x, backward: None });
            if fusion.is_epilogue(n) {
                writer = writers[n - 1];
                let epilogue = planned[writer].epilogue.get_or_insert_default();
                match node.op {
                    Op::Layer(_) => epilogue.activation = Some(FusedActivation::Relu),
                    Op::Sum => {
                        let other = node.inputs().iter().find(|&&value| value != n);
                        epilogue.add = other.map(|&value| buffers[value]);
                    }
                }
                (own.x, own.y) = (buffers[n], buffers[n]);
            } else if !is_view {
                own.y = values.len();
                values.push(node.output().size() * family.samples());
                if let Some(&second) = node.inputs().get(1) {
                    own.epilogue = Some(Epilogue { add: Some(buffers[second]), activation: None });
                }
            }
            writers.push(writer);
            buffers.push(own.y);
            planned.push(own);
        }
        FramePlan { values, gradients: Vec::new(), nodes: planned }
    }

    /// The buffers of gradients, from the last node to the first.
    fn plan_backward<T: Float>(&mut self, network: &Network<T>, family: Family) {
        let nodes = network.nodes();
        let fusion = Fusion::new(nodes, family);
        // The node that does the backward of each relu, if another node does.
        let does_relu: Vec<_> = (0..nodes.len()).map(|n| fusion.backward_of_relu(n)).collect();
        let done_by =
            |n: usize, relu: usize| (does_relu.get(relu) == Some(&Some(n))).then_some(FusedActivation::Relu);
        let mut gradients = GradientPlan::new(network, family);
        for n in (0..nodes.len()).rev() {
            let back = gradients.node(n, does_relu[n].is_some());
            self.nodes[n].backward = back.map(|back| NodeBackward {
                prologue: done_by(n, n + 1),
                epilogue: n.checked_sub(1).and_then(|before| done_by(n, before)),
                ..back
            });
        }
        self.gradients = gradients.lengths;
    }

    /// Elements of a block's value in [`Panel`](toddle_kernels::layout::Panel)s.
    pub fn panels(&self, value: usize) -> usize {
        self.values[value].next_multiple_of(LANES * LANES)
    }

    /// The buffer of the network's output.
    pub fn output(&self) -> usize {
        self.nodes.last().map_or(0, |node| node.y)
    }
}

/// Gives gradients their buffers.
struct GradientPlan<'a, T> {
    network: &'a Network<T>,
    family: Family,
    /// Whether each value depends on parameters.
    depends: Vec<bool>,
    /// The buffer that holds the gradient to each value, as far as it has been computed.
    buffers: Vec<Option<usize>>,
    /// How many values' gradients each buffer holds.
    users: Vec<usize>,
    lengths: Vec<usize>,
}

impl<'a, T: Float> GradientPlan<'a, T> {
    /// The gradient to the network's output is there.
    fn new(network: &'a Network<T>, family: Family) -> Self {
        let nodes = network.nodes();
        let mut depends = vec![false];
        for (n, node) in nodes.iter().enumerate() {
            let has_params = !network.layout().layer(n).is_empty();
            depends.push(has_params || node.inputs().iter().any(|&value| depends[value]));
        }
        let (buffers, users, lengths) = (vec![None; nodes.len() + 1], Vec::new(), Vec::new());
        let mut plan = GradientPlan { network, family, depends, buffers, users, lengths };
        plan.buffers[nodes.len()] = Some(plan.take(nodes.len()));
        plan
    }

    /// Plans the way back of node `n`. `passes_on`: another node does the work of its backward.
    fn node(&mut self, n: usize, passes_on: bool) -> Option<NodeBackward> {
        let dy = self.buffers[n + 1].take()?;
        let mut back = NodeBackward { dy, ..NodeBackward::default() };
        let node = &self.network.nodes()[n];
        if node.layer().is_none_or(|layer| layer.is_view() || passes_on) {
            for &value in node.inputs() {
                self.pass_on(&mut back, value);
            }
        } else if self.depends[node.inputs()[0]] {
            let value = node.inputs()[0];
            let dx = self.take(value);
            back.dx = Some(dx);
            if let Some(later) = self.buffers[value].replace(dx) {
                back.sums.push(GradientSum { from: later, to: dx, begin: None });
                self.users[later] -= 1;
            }
        }
        self.users[dy] -= 1;
        let has_params = !self.network.layout().layer(n).is_empty();
        (has_params || back.dx.is_some() || !back.sums.is_empty()).then_some(back)
    }

    /// Makes `back.dy` the gradient to `value`, or adds it to the gradient that later nodes gave.
    fn pass_on(&mut self, back: &mut NodeBackward, value: usize) {
        if !self.depends[value] {
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
                self.users[later] -= 1;
                to
            }
        };
        self.buffers[value] = Some(to);
    }

    /// A buffer that holds no gradient, made long enough for the gradient to `value`.
    fn take(&mut self, value: usize) -> usize {
        let free = self.users.iter().position(|&users| users == 0).unwrap_or_else(|| {
            self.users.push(0);
            self.lengths.push(0);
            self.users.len() - 1
        });
        let length = self.network.shape(value).size() * self.family.samples();
        self.users[free] = 1;
        self.lengths[free] = self.lengths[free].max(length);
        free
    }
}
