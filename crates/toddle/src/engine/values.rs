//! The values of one row or block, the gradients to them, and what is done with them between two layers.

use alloc::vec::Vec;

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
    /// The values and the gradients, each at its place in the plan.
    pub memory: Aligned<T>,
    /// The values that the block keeps: they are exchanged with its own.
    pub kept: Vec<Aligned<T>>,
    /// All inputs, or all outputs, of a block one after the other.
    pub whole: Aligned<T>,
}

/// What one block keeps for the layers whose gradient is computed from the whole batch.
#[derive(Debug)]
pub(crate) struct Kept<T> {
    /// Their inputs, by value. Empty where the block has a frame of its own, which keeps them.
    pub values: Vec<Aligned<T>>,
    /// The gradients to their outputs, by node, in panels.
    pub panels: Vec<Aligned<T>>,
}

/// The values and gradients of a frame, except for one that is being written.
#[derive(Clone, Copy)]
pub(crate) struct Others<'a, T> {
    plan: &'a FramePlan,
    /// The memory before and behind what is being written, and where the second part begins.
    before: &'a [T],
    behind: (usize, &'a [T]),
    /// The kept values before and behind the one that is being written, if it is one of them.
    kept: [&'a [Aligned<T>]; 2],
}

impl<'a, T> Others<'a, T> {
    pub fn value(&self, value: usize) -> &'a [T] {
        let [before, behind] = self.kept;
        match self.plan.places.values[value] {
            Some(place) => self.memory(place, self.plan.values[value]),
            None if value < before.len() => &before[value],
            None => &behind[value - before.len() - 1],
        }
    }

    pub fn gradient(&self, gradient: usize) -> &'a [T] {
        self.memory(self.plan.places.gradients[gradient], self.plan.gradients[gradient])
    }

    fn memory(&self, place: usize, length: usize) -> &'a [T] {
        match place.checked_sub(self.behind.0) {
            Some(place) => &self.behind.1[place..][..length],
            None => &self.before[place..][..length],
        }
    }
}

impl<T: Float> Frame<T> {
    /// All values and gradients, to read.
    pub fn all<'a>(&'a self, plan: &'a FramePlan) -> Others<'a, T> {
        Others { plan, before: &self.memory, behind: (self.memory.len(), &[]), kept: [&self.kept, &[]] }
    }

    /// A value to write, and the others to read.
    pub fn write_value<'a>(&'a mut self, plan: &'a FramePlan, value: usize) -> (&'a mut [T], Others<'a, T>) {
        let Some(place) = plan.places.values[value] else {
            let (before, rest) = self.kept.split_at_mut(value);
            let (own, behind) = rest.split_first_mut().expect("the block keeps this value");
            let (memory, end) = (&self.memory, (self.memory.len(), &[][..]));
            return (own, Others { plan, before: memory, behind: end, kept: [before, behind] });
        };
        self.write(plan, place, plan.values[value])
    }

    /// A gradient to write, and all else to read.
    pub fn write_gradient<'a>(
        &'a mut self,
        plan: &'a FramePlan,
        gradient: usize,
    ) -> (&'a mut [T], Others<'a, T>) {
        self.write(plan, plan.places.gradients[gradient], plan.gradients[gradient])
    }

    fn write<'a>(
        &'a mut self,
        plan: &'a FramePlan,
        place: usize,
        length: usize,
    ) -> (&'a mut [T], Others<'a, T>) {
        let (before, rest) = self.memory.split_at_mut(place);
        let (own, behind) = rest.split_at_mut(length);
        (own, Others { plan, before, behind: (place + length, behind), kept: [&self.kept, &[]] })
    }

    /// Exchanges the kept values with the block's own.
    pub fn swap_kept(&mut self, kept: &mut Kept<T>) {
        core::mem::swap(&mut self.kept, &mut kept.values);
    }

    /// What a node reads and writes on its way back.
    pub fn through<'a>(
        &'a mut self,
        plan: &'a FramePlan,
        node: &NodeFrame,
        back: &NodeBackward,
    ) -> Through<'a, T> {
        let (dx, others) = match back.dx {
            Some(dx) => {
                let (dx, others) = self.write_gradient(plan, dx);
                (Some(dx), others)
            }
            None => (None, self.all(plan)),
        };
        let (x, y) = (others.value(node.x), others.value(node.y));
        Through { x, y, dy: others.gradient(back.dy), prologue: back.prologue, epilogue: back.epilogue, dx }
    }

    /// Adds gradients to a value that several nodes take.
    pub fn sum(&mut self, plan: &Plan, sum: GradientSum) {
        let (to, others) = self.write_gradient(&plan.frame, sum.to);
        let from = others.gradient(sum.from);
        match sum.begin {
            Some(begin) => {
                let one = others.gradient(begin);
                sum::flat::Forward { one, other: from, relu: false, y: to }.on(plan.isa);
            }
            None => tree::Add { from, to }.on(plan.isa),
        }
    }

    /// Sets the gradient to one input of a concatenation or a product.
    pub fn part(&mut self, plan: &Plan, op: &Op<T>, node: &NodeFrame, dy: usize, part: &Part) {
        let Part { place, ref range, dx, sum } = *part;
        let (isa, (to, own)) = (plan.isa, self.write_gradient(&plan.frame, dx));
        let dy = own.gradient(dy);
        if matches!(op, Op::Product) {
            let others = node.inputs().enumerate().filter(|(other, _)| *other != place);
            let mut others = others.map(|(_, value)| own.value(value));
            if let Some(other) = others.next() {
                product::flat::Multiply { one: dy, other, y: to }.on(isa);
            }
            for by in others {
                product::flat::Times { by, y: to }.on(isa);
            }
        } else {
            to.copy_from_slice(&dy[range.clone()]);
        }
        if let Some(sum) = sum {
            self.sum(plan, sum);
        }
    }
}

/// Sets `y`, the output of a node that joins several values.
pub(super) fn join<T: Float>(plan: &Plan, op: &Op<T>, node: &NodeFrame, values: Others<'_, T>, y: &mut [T]) {
    let (isa, value) = (plan.isa, |value: usize| values.value(value));
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
