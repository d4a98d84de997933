//! The walk over the parameters that ends a step: the gradient of the batch is summed, and the weights are updated.
//!
//! Each worker has a range of the parameters, and takes some of them at a time: they are still in the core's caches when the
//! optimizer reads them.

use core::ops::Range;
use core::sync::atomic::{AtomicBool, Ordering};

use toddle_kernels::Run;
use toddle_kernels::dense::block::Leaf;
use toddle_kernels::update::tree;
use toddle_lanes::{Aligned, Isa, Pool, Shares};

use super::values::{Frame, Kept};
use super::worker::Worker;
use super::{Engine, Plan};
use crate::Float;
use crate::layer::{Gradient, GradientRows};
use crate::network::{Network, Node};
use crate::optim::{Optimizer, Step};

impl<T: Float> Engine<T> {
    /// Sets the gradient of the batch.
    pub(super) fn sum_gradient(&mut self, network: &Network<T>) {
        let Engine { plan, pool, workers, frames, kept, partials, gradient, gradient_sums, between, .. } =
            self;
        let (nodes, results) = (&network.nodes[..], &between.results[..]);
        let left = LeftByBlocks { nodes, frames, kept, partials, gradient_sums, results };
        walk_params(plan, pool, workers, gradient, Some(left), None);
    }

    /// Sets the gradient of the batch, and updates each weight as soon as its gradient is there. Returns whether all weights are
    /// finite then.
    pub(super) fn descend_gradient(
        &mut self,
        network: &mut Network<T>,
        steps: &[Step<T>],
        slots: &mut [Aligned<T>],
    ) -> bool {
        let Engine { plan, pool, workers, frames, kept, partials, gradient, gradient_sums, between, .. } =
            self;
        let Network { nodes, weights, .. } = network;
        let results = &between.results[..];
        let left = LeftByBlocks { nodes, frames, kept, partials, gradient_sums, results };
        let updated = Updated::new(plan, steps, 1.0, weights, slots);
        walk_params(plan, pool, workers, gradient, Some(left), Some(&updated));
        updated.finite()
    }
}

/// Sums the gradient, if there is something to sum it from, and updates the weights, if they are to be updated.
pub(super) fn walk_params<T: Float>(
    plan: &Plan,
    pool: &mut Pool,
    workers: &mut [Worker<T>],
    gradient: &mut [T],
    left: Option<LeftByBlocks<'_, T>>,
    updated: Option<&Updated<'_, T>>,
) {
    let workers = Shares::new(workers, &plan.cuts.workers);
    let gradient = Shares::new(gradient, &plan.cuts.params);
    pool.run(|w| {
        let Worker { scratch, place, .. } = &mut workers.take(w)[0];
        let gradient = gradient.take(w);
        let mut updated = updated.map(|updated| updated.take(w));
        let begin = plan.cuts.params[w];
        for (n, params) in plan.param_ranges(w) {
            let mine = params.start - begin..params.end - begin;
            // Gradients that are used at once take the place of those before, which is in the core's caches.
            let at_once = left.is_some() && updated.is_some();
            let grads = &mut gradient[if at_once { 0..mine.len() } else { mine }];
            if let Some(left) = left.as_ref().filter(|_| !plan.nodes[n].is_frozen) {
                let first = params.start - plan.nodes[n].params.start;
                left.sum_places(plan, n, first, grads, [scratch, place]);
            }
            for (part, group) in plan.groups.within(params.clone()) {
                let grads = &mut grads[part.start - params.start..part.end - params.start];
                match (group, &mut updated) {
                    (None, _) => grads.fill(T::ZERO),
                    (Some(group), Some(updated)) => {
                        updated.step(plan.isa, group, part.start - begin..part.end - begin, grads);
                    }
                    (Some(_), None) => {}
                }
            }
        }
    });
}

/// What the blocks of a batch left for its gradient.
pub(super) struct LeftByBlocks<'a, T> {
    pub nodes: &'a [Node<T>],
    pub frames: &'a [Frame<T>],
    pub kept: &'a [Kept<T>],
    pub partials: &'a [T],
    pub gradient_sums: &'a [Aligned<T>],
    /// The results of all ranks, if there are several: their gradients are sums already.
    pub results: &'a [T],
}

impl<T: Float> LeftByBlocks<'_, T> {
    /// Sets `grads`, the gradients of the parameters of node `n` from its parameter `first` on: the sum over all places that use
    /// the parameters, the last place first.
    fn sum_places(
        &self,
        plan: &Plan,
        n: usize,
        first: usize,
        grads: &mut [T],
        [scratch, place]: [&mut [T]; 2],
    ) {
        let Some((&last, others)) = plan.nodes[n].sharers.split_first() else {
            return self.sum(plan, n, first, grads, scratch);
        };
        self.sum(plan, last, first, grads, scratch);
        let from = &mut place[..grads.len()];
        for &node in others.iter().chain([&n]) {
            self.sum(plan, node, first, from, scratch);
            tree::Add { from, to: grads }.on(plan.isa);
        }
    }

    /// Sets `grads`, the gradients of node `n` from its parameter `first` on.
    fn sum(&self, plan: &Plan, n: usize, first: usize, grads: &mut [T], scratch: &mut [T]) {
        match &plan.ranks {
            Some(ranks) if plan.nodes[n].needs.gradient != Gradient::Sums => {
                ranks.take(n, first, self.results, grads);
            }
            _ => self.sum_over(plan, n, (0..plan.blocks, &plan.trees), first, grads, scratch),
        }
    }

    /// [`sum`](Self::sum) over some blocks, counted from the first block of this rank, and over their partial sums: each with its place
    /// and the number of joins after it.
    pub fn sum_over(
        &self,
        plan: &Plan,
        n: usize,
        (blocks, trees): (Range<usize>, &[(usize, usize)]),
        first: usize,
        grads: &mut [T],
        scratch: &mut [T],
    ) {
        let (isa, node) = (plan.isa, &plan.nodes[n]);
        match (node.needs.gradient, self.nodes[n].layer()) {
            (Gradient::WholeBatch { .. }, Some(layer)) => {
                let x = plan.frame.nodes[n].x;
                let leaf = |block: usize| {
                    let block = blocks.start + block;
                    let kept = &self.kept[block];
                    let x = match plan.keeps_blocks() {
                        true => self.frames[block].all(&plan.frame).value(x),
                        false => &kept.values[x],
                    };
                    Leaf { x: x.as_chunks().0, dy: kept.panels[n].as_chunks().0.as_chunks().0 }
                };
                let (blocks, leaf) = (blocks.len(), &leaf);
                layer.gradient_rows(GradientRows { isa, first, grads, blocks, leaf, scratch });
            }
            (Gradient::Sums, _) => grads.copy_from_slice(&self.gradient_sums[n][first..][..grads.len()]),
            _ => {
                let (partials, size, nodes) = (self.partials, plan.partial, trees);
                tree::Sum { partials, size, nodes, first: node.gradient.start + first, sum: grads }.on(isa);
            }
        }
    }
}

/// What an optimizer's step changes, cut among the workers.
pub(super) struct Updated<'a, T> {
    /// The step of each group.
    steps: &'a [Step<T>],
    /// The factor of the gradient.
    scale: f64,
    weights: Shares<'a, T>,
    slots: [Option<Shares<'a, T>>; Optimizer::MOST_SLOTS],
    finite: AtomicBool,
}

impl<'a, T: Float> Updated<'a, T> {
    pub fn new(
        plan: &'a Plan,
        steps: &'a [Step<T>],
        scale: f64,
        weights: &'a mut [T],
        slots: &'a mut [Aligned<T>],
    ) -> Self {
        assert_eq!(steps.len(), plan.groups.groups().len(), "a step for each group");
        let cuts = &plan.cuts.params;
        let mut slots = slots.iter_mut();
        Updated {
            steps,
            scale,
            weights: Shares::new(weights, cuts),
            slots: core::array::from_fn(|_| slots.next().map(|slot| Shares::new(slot, cuts))),
            finite: AtomicBool::new(true),
        }
    }

    /// Whether all weights that were updated are finite.
    pub fn finite(&self) -> bool {
        self.finite.load(Ordering::Relaxed)
    }

    /// What worker `w` updates.
    fn take(&self, w: usize) -> UpdatedByOne<'_, T> {
        let slots = self.slots.each_ref().map(|slot| slot.as_ref().map(|slot| slot.take(w)));
        UpdatedByOne { all: self, weights: self.weights.take(w), slots }
    }
}

/// What one worker updates.
struct UpdatedByOne<'a, T> {
    all: &'a Updated<'a, T>,
    weights: &'a mut [T],
    slots: [Option<&'a mut [T]>; Optimizer::MOST_SLOTS],
}

impl<T: Float> UpdatedByOne<'_, T> {
    /// Updates a range of the worker's weights, which are of one group, with their gradients.
    fn step(&mut self, isa: Isa, group: usize, mine: Range<usize>, grads: &[T]) {
        let mut slots: [&mut [T]; Optimizer::MOST_SLOTS] = Default::default();
        let mut count = 0;
        for slot in self.slots.iter_mut().flatten() {
            slots[count] = &mut slot[mine.clone()];
            count += 1;
        }
        let step = self.all.steps[group].scaled(self.all.scale);
        if !step.update(isa, grads, &mut self.weights[mine], &mut slots[..count]) {
            self.all.finite.store(false, Ordering::Relaxed);
        }
    }
}
