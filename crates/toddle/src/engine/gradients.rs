//! The gradients to the values of a row or block: which node computes each of them, and from which others.

use alloc::vec::Vec;
use core::ops::Range;

use super::frame::NodeBackward;
use super::plan::Mode;
use super::{Family, Groups};
use crate::network::Op;
use crate::{Float, Network};

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

/// Finds the gradients that the nodes compute.
pub(super) struct GradientPlan<'a, T> {
    network: &'a Network<T>,
    family: Family,
    /// Whether each node has parameters that a step changes.
    learns: Vec<bool>,
    /// Whether the gradient to each value is wanted: the value depends on such parameters, or the caller wants it.
    wanted: Vec<bool>,
    /// The gradient to each value, as far as it has been computed.
    pub gradient_to: Vec<Option<usize>>,
    /// Elements of each gradient.
    pub lengths: Vec<usize>,
    /// Whether a gradient is known by its value to the end.
    traces: bool,
}

impl<'a, T: Float> GradientPlan<'a, T> {
    /// The gradients to the network's outputs are there.
    pub fn new(network: &'a Network<T>, family: Family, mode: Mode, groups: &Groups) -> Self {
        let nodes = network.nodes();
        let mut wanted = vec![mode.wants_inputs(); network.inputs().len()];
        let learns = |n| !network.layout().layer(n).is_empty() && !groups.is_frozen(n);
        let learns: Vec<bool> = (0..nodes.len()).map(learns).collect();
        for (node, learns) in nodes.iter().zip(&learns) {
            wanted.push(*learns || node.inputs().iter().any(|&value| wanted[value]));
        }
        let (gradient_to, lengths) = (vec![None; wanted.len()], Vec::new());
        let traces = mode == Mode::Trace;
        let mut plan = GradientPlan { network, family, learns, wanted, gradient_to, lengths, traces };
        for output in network.outputs() {
            plan.gradient_to[output.value] = Some(plan.add(output.value));
        }
        plan
    }

    /// Plans the way back of node `n`. `passes_on`: the gradient to its input is the one to its output, or another node does the
    /// work of its backward.
    pub fn node(&mut self, n: usize, passes_on: bool) -> Option<NodeBackward> {
        let value = self.network.value_of(n);
        let dy = if self.traces { self.gradient_to[value] } else { self.gradient_to[value].take() }?;
        let mut back = NodeBackward { dy, ..NodeBackward::default() };
        let node = &self.network.nodes()[n];
        match node.op {
            Op::Layer(_) if !passes_on => {
                let value = node.inputs()[0];
                if self.wanted[value] {
                    let dx = self.add(value);
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
                        let dx = self.add(value);
                        let sum = self.sum_into(value, dx);
                        back.parts.push(Part { place, range, dx, sum });
                    }
                }
            }
        }
        let computes = back.dx.is_some() || !back.sums.is_empty() || !back.parts.is_empty();
        (self.learns[n] || computes).then_some(back)
    }

    /// Makes `back.dy` the gradient to `value`, or adds it to the gradient that later nodes gave.
    fn pass_on(&mut self, back: &mut NodeBackward, value: usize) {
        if !self.wanted[value] {
            return;
        }
        let to = match self.gradient_to[value] {
            None => back.dy,
            Some(later) => {
                let to = self.add(value);
                back.sums.push(GradientSum { from: back.dy, to, begin: Some(later) });
                to
            }
        };
        self.gradient_to[value] = Some(to);
    }

    /// Makes `dx` the gradient to `value`, after the gradient that later nodes gave has been added to it.
    fn sum_into(&mut self, value: usize, dx: usize) -> Option<GradientSum> {
        let later = self.gradient_to[value].replace(dx)?;
        Some(GradientSum { from: later, to: dx, begin: None })
    }

    fn length(&self, value: usize) -> usize {
        self.network.shape(value).size() * self.family.samples()
    }

    /// Another gradient to `value`.
    fn add(&mut self, value: usize) -> usize {
        self.lengths.push(self.length(value));
        self.lengths.len() - 1
    }
}
