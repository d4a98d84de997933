//! The values of one row or block, the gradients to them, and what is done with them between two layers.

use toddle_kernels::update::tree;
use toddle_kernels::{Run, product, sum};
use toddle_lanes::Aligned;

use super::frame::{FramePlan, NodeBackward, NodeFrame};
use super::gradients::{GradientSum, Part};
use super::plan::Plan;
use crate::Float;
use crate::layer::Through;
use crate::network::Op;

/// The values of one row or block, and the gradients to them.
#[derive(Debug)]
pub(crate) struct Frame<T> {
    /// The memory of the values.
    pub values: Vec<Aligned<T>>,
    pub gradients: Vec<Aligned<T>>,
}

/// What one block keeps for the layers whose gradient is computed from the whole batch.
#[derive(Debug)]
pub(crate) struct Kept<T> {
    /// Their inputs, by value. Empty where the block has a frame of its own, which keeps them.
    pub values: Vec<Aligned<T>>,
    /// The gradients to their outputs, by node, in panels.
    pub panels: Vec<Aligned<T>>,
}

impl<T: Float> Frame<T> {
    /// The elements of a value.
    pub fn value(&self, frame: &FramePlan, value: usize) -> &[T] {
        &self.values[frame.places[value]][..frame.values[value]]
    }

    /// Exchanges buffers with the block's own: the values that the block keeps are written there.
    pub fn swap_kept(&mut self, kept: &mut Kept<T>) {
        for (value, kept) in self.values.iter_mut().zip(&mut kept.values) {
            if !kept.is_empty() {
                std::mem::swap(value, kept);
            }
        }
    }

    /// The buffers of a node on its way back.
    pub fn through(&mut self, node: &NodeFrame, back: &NodeBackward) -> Through<'_, T> {
        let (x, y) = (&self.values[node.x], &self.values[node.y]);
        let (dy, dx) = match back.dx {
            Some(dx) => {
                let [dy, dx] = self.gradients.get_disjoint_mut([back.dy, dx]).expect("two buffers");
                (&dy[..], Some(&mut dx[..x.len()]))
            }
            None => (&self.gradients[back.dy][..], None),
        };
        Through { x, y, dy: &dy[..y.len()], prologue: back.prologue, epilogue: back.epilogue, dx }
    }

    /// Adds gradients of `length` elements to a value that several nodes take.
    pub fn sum(&mut self, plan: &Plan, sum: GradientSum, length: usize) {
        let mut to = std::mem::take(&mut self.gradients[sum.to]);
        let (from, y) = (&self.gradients[sum.from][..length], &mut to[..length]);
        match sum.begin {
            Some(begin) => {
                let one = &self.gradients[begin][..length];
                sum::flat::Forward { one, other: from, relu: false, y }.on(plan.isa);
            }
            None => tree::Add { from, to: y }.on(plan.isa),
        }
        self.gradients[sum.to] = to;
    }

    /// Sets `y`, the output of a node that joins several values.
    pub fn join(&self, plan: &Plan, op: &Op<T>, node: &NodeFrame, y: &mut [T]) {
        let (isa, value) = (plan.isa, |value: usize| self.value(&plan.frame, value));
        let x = value(node.x);
        match op {
            Op::Concat => {
                let mut rest = y;
                for value in node.inputs().map(value) {
                    let (part, behind) = rest.split_at_mut(value.len());
                    part.copy_from_slice(value);
                    rest = behind;
                }
            }
            Op::Product => {
                product::flat::Multiply { one: x, other: value(node.others[0]), y }.on(isa);
                for &by in &node.others[1..] {
                    product::flat::Times { by: value(by), y }.on(isa);
                }
            }
            Op::Sum | Op::Layer(_) => {
                let relu = node.epilogue.is_some_and(|epilogue| epilogue.has_relu());
                sum::flat::Forward { one: x, other: value(node.others[0]), relu, y }.on(isa);
                for &from in &node.others[1..] {
                    tree::Add { from: value(from), to: y }.on(isa);
                }
            }
        }
    }

    /// Sets the gradient to one input of a concatenation or a product.
    pub fn part(&mut self, plan: &Plan, op: &Op<T>, node: &NodeFrame, dy: usize, part: &Part) {
        let Part { place, ref range, dx, sum } = *part;
        let (isa, mut buffer) = (plan.isa, std::mem::take(&mut self.gradients[dx]));
        let (dy, to) = (&self.gradients[dy], &mut buffer[..range.len()]);
        if matches!(op, Op::Product) {
            let mut others = node.inputs().enumerate().filter(|(other, _)| *other != place);
            let mut next = || others.next().map(|(_, value)| &self.values[value][..]);
            if let Some(other) = next() {
                product::flat::Multiply { one: &dy[..range.len()], other, y: to }.on(isa);
            }
            while let Some(by) = next() {
                product::flat::Times { by, y: to }.on(isa);
            }
        } else {
            to.copy_from_slice(&dy[range.clone()]);
        }
        self.gradients[dx] = buffer;
        if let Some(sum) = sum {
            self.sum(plan, sum, range.len());
        }
    }
}
