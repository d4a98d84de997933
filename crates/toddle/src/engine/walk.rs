//! The walk of a batch's blocks through the network, forward and back, on all workers.

use core::ops::Range;

use toddle_kernels::Run;
use toddle_kernels::update::{reference, tree};
use toddle_lanes::Shares;

use super::batch::Batch;
use super::plan::Plan;
use super::share::Share;
use super::step::Draws;
use super::worker::{Block, Walk, Weights};
use super::{Engine, StepContext};
use crate::layer::Moments;
use crate::{Float, Loss, Network};

/// What a walk over the blocks is told.
#[derive(Clone, Copy)]
pub(super) struct Told<'a, T> {
    pub batch: &'a dyn Batch<T>,
    pub draws: Draws,
    /// The loss, unless the caller gives the gradient to the outputs.
    pub loss: Option<&'a Loss>,
    /// The caller's gradient to the outputs.
    pub given: &'a [T],
}

impl<T: Float> Engine<T> {
    /// Takes all blocks of a batch forward and back: sets their losses, and leaves what its gradient is summed from.
    pub(super) fn walk(
        &mut self,
        network: &mut Network<T>,
        batch: &dyn Batch<T>,
        step: StepContext<'_>,
        losses: &mut [T],
    ) {
        let told = Told { batch, draws: step.draws(), loss: Some(step.loss), given: &[] };
        self.walk_forward(network, told, losses);
        self.walk_back(network, told, losses);
        self.meet(network, losses);
    }

    /// Runs the passes on the way forward. The last of them may be the first on the way back.
    pub(super) fn walk_forward(&mut self, network: &mut Network<T>, told: Told<'_, T>, losses: &mut [T]) {
        for p in 0..self.passes_forward() {
            self.pass(network, p, told, losses);
            if let Some(node) = self.plan.passes[p].statistics {
                self.set_moments(network, node);
            }
        }
    }

    /// Runs the passes that are on the way back alone.
    pub(super) fn walk_back(&mut self, network: &Network<T>, told: Told<'_, T>, losses: &mut [T]) {
        let forward = self.passes_forward();
        let done = self.plan.passes[forward - 1].gradient_sums;
        done.into_iter().for_each(|node| self.set_gradient_sums(node));
        for p in forward..self.plan.passes.len() {
            self.pass(network, p, told, losses);
            if let Some(node) = self.plan.passes[p].gradient_sums {
                self.set_gradient_sums(node);
            }
        }
    }

    /// How many passes go forward. They come first.
    fn passes_forward(&self) -> usize {
        let last = self.plan.passes.iter().position(|pass| pass.loss || pass.gives_outputs);
        last.map_or(0, |last| last + 1)
    }

    /// Takes all blocks through pass `p`.
    pub(super) fn pass(&mut self, network: &Network<T>, p: usize, told: Told<'_, T>, losses: &mut [T]) {
        let Engine { plan, pool, workers, frames, packed, kept, partials, leaves, zeros, .. } = self;
        let Network { nodes, state, weights, .. } = network;
        let (moments, gradient_sums) = (&self.moments, &self.gradient_sums);
        let Told { batch, draws, loss, given } = told;
        let draws = Some(draws);
        let walk = Walk { plan, nodes, state, packed, draws, loss, given, moments, gradient_sums, zeros };
        let pass = &plan.passes[p];
        let (together, partial) = (plan.family.samples(), plan.partial);
        let workers = Shares::new(workers, &plan.cuts.workers);
        let frames = Shares::new(frames, &plan.cuts.frames);
        let kept = Shares::new(kept, &plan.cuts.kept);
        let partials = Shares::new(partials, &plan.cuts.partials);
        let losses = Shares::new(losses, &plan.cuts.losses);
        let leaves = Shares::new(leaves, &pass.leaf_cuts);
        let outputs = Shares::new(&mut self.outputs, &plan.cuts.outputs);
        let input_gradients = Shares::new(&mut self.input_gradients, &plan.cuts.input_gradients);
        pool.run(|w| {
            let worker = &mut workers.take(w)[0];
            let (frames, kept, partials) = (frames.take(w), kept.take(w), partials.take(w));
            let (losses, leaves) = (losses.take(w), leaves.take(w));
            let (outputs, input_gradients) = (outputs.take(w), input_gradients.take(w));
            // The trees of gradients that are there so far: a partial sum each.
            let mut trees = 0;
            let Share { blocks, joins } = &plan.shares[w];
            for turn in 0..blocks.len() {
                // Every other pass is backwards: the blocks that the last pass left in the caches come first.
                let n = if p.is_multiple_of(2) { turn } else { blocks.len() - 1 - turn };
                let block = blocks.start + n;
                let samples = block * together..((block + 1) * together).min(plan.batch);
                let (frame, tree) = if plan.keeps_blocks() { (n, n) } else { (0, trees) };
                let own = n * together..n * together + samples.len();
                let of_samples = |elements: usize| own.start * elements..own.end * elements;
                let block = Block {
                    frame: &mut frames[frame],
                    kept: &mut kept[n],
                    weights: Weights::Read(weights),
                    gradient: &mut partials[tree * partial..][pass.gradient.clone()],
                    leaf: &mut leaves[n * pass.leaf..][..pass.leaf],
                    losses: part(losses, own.clone()),
                    outputs: part(outputs, of_samples(plan.output)),
                    input_gradients: part(input_gradients, of_samples(plan.input)),
                    samples,
                };
                worker.block(&walk, pass, batch, block);
                trees += 1;
                for _ in 0..joins[n] {
                    trees -= 1;
                    let (left, right) = partials[(trees - 1) * partial..].split_at_mut(partial);
                    let (to, from) = (&mut left[pass.gradient.clone()], &right[pass.gradient.clone()]);
                    tree::Add { from, to }.on(plan.isa);
                }
            }
        });
        self.share_leaves(p);
    }

    /// A step of plain SGD for one sample, which updates the weights of each layer on the way back.
    pub(super) fn descend(
        &mut self,
        network: &mut Network<T>,
        batch: &dyn Batch<T>,
        step: StepContext<'_>,
        rate: f64,
        losses: &mut [T],
    ) {
        let Engine { plan, workers, frames, packed, kept, partials, moments, gradient_sums, zeros, .. } =
            self;
        let Network { nodes, state, weights, .. } = network;
        let (draws, loss, given) = (Some(step.draws()), Some(step.loss), &[][..]);
        let walk = Walk { plan, nodes, state, packed, draws, loss, given, moments, gradient_sums, zeros };
        let block = Block {
            samples: 0..1,
            frame: &mut frames[0],
            kept: &mut kept[0],
            weights: Weights::Descend { weights, rate },
            gradient: partials,
            leaf: &mut [],
            losses,
            outputs: &mut [],
            input_gradients: &mut [],
        };
        workers[0].block(&walk, &plan.passes[0], batch, block);
    }

    /// Sets a layer's moments of the batch, from its blocks' leaves, and updates the layer's state.
    fn set_moments(&mut self, network: &mut Network<T>, n: usize) {
        let Plan { batch: samples, family, blocks, ref nodes, .. } = self.plan;
        let leaves = &self.leaves[..blocks * nodes[n].needs.statistics];
        let (state, moments) = (&mut network.state[nodes[n].state.clone()], &mut self.moments[n][..]);
        if let Some(layer) = network.nodes[n].layer() {
            layer.moments(Moments { leaves, samples, family, state, moments });
        }
    }

    /// Sets a layer's gradient sums of the batch: the tree over its blocks' leaves.
    fn set_gradient_sums(&mut self, n: usize) {
        let size = self.plan.nodes[n].needs.statistics;
        for (i, sum) in self.gradient_sums[n].iter_mut().enumerate() {
            *sum = reference::tree_of(0..self.plan.blocks, &|block| self.leaves[block * size + i]);
        }
    }
}

/// A part of a list, or of a list that is not there.
fn part<T>(list: &mut [T], range: Range<usize>) -> &mut [T] {
    if list.is_empty() { list } else { &mut list[range] }
}
