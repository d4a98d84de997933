//! The walk of a batch's blocks through the network, forward and back, on all workers.

use toddle_kernels::Run;
use toddle_kernels::update::{reference, tree};
use toddle_lanes::Shares;

use super::batch::Batch;
use super::plan::Plan;
use super::share::Share;
use super::worker::{Block, Walk, Weights};
use super::{Engine, StepContext};
use crate::layer::Moments;
use crate::{Float, Network};

impl<T: Float> Engine<T> {
    /// Takes all blocks of a batch forward and back: sets their losses, and leaves what its gradient is summed from.
    pub(super) fn walk(
        &mut self,
        network: &mut Network<T>,
        batch: &dyn Batch<T>,
        step: StepContext<'_>,
        losses: &mut [T],
    ) {
        for p in 0..self.plan.passes.len() {
            self.pass(network, p, batch, step, losses);
            if let Some(node) = self.plan.passes[p].statistics {
                self.set_moments(network, node);
            }
            if let Some(node) = self.plan.passes[p].gradient_sums {
                self.set_gradient_sums(node);
            }
        }
    }

    /// Takes all blocks through pass `p`.
    fn pass(
        &mut self,
        network: &Network<T>,
        p: usize,
        batch: &dyn Batch<T>,
        step: StepContext<'_>,
        losses: &mut [T],
    ) {
        let Engine { plan, pool, workers, frames, packed, kept, partials, leaves, .. } = self;
        let Network { nodes, state, weights, .. } = network;
        let (moments, gradient_sums) = (&self.moments, &self.gradient_sums);
        let walk = Walk { plan, nodes, state, packed, step: Some(step), moments, gradient_sums };
        let pass = &plan.passes[p];
        let (together, partial) = (plan.family.samples(), plan.partial);
        let workers = Shares::new(workers, &plan.cuts.workers);
        let frames = Shares::new(frames, &plan.cuts.frames);
        let kept = Shares::new(kept, &plan.cuts.blocks);
        let partials = Shares::new(partials, &plan.cuts.partials);
        let losses = Shares::new(losses, &plan.cuts.samples);
        let leaves = Shares::new(leaves, &pass.leaf_cuts);
        pool.run(|w| {
            let worker = &mut workers.take(w)[0];
            let (frames, kept, partials) = (frames.take(w), kept.take(w), partials.take(w));
            let (losses, leaves) = (losses.take(w), leaves.take(w));
            // The trees of gradients that are there so far: a partial sum each.
            let mut trees = 0;
            let Share { blocks, joins } = &plan.shares[w];
            for turn in 0..blocks.len() {
                // Every other pass is backwards: the blocks that the last pass left in the caches come first.
                let n = if p.is_multiple_of(2) { turn } else { blocks.len() - 1 - turn };
                let block = blocks.start + n;
                let samples = block * together..((block + 1) * together).min(plan.batch);
                let (frame, tree) = if plan.keeps_blocks() { (n, n) } else { (0, trees) };
                let block = Block {
                    frame: &mut frames[frame],
                    kept: &mut kept[n],
                    weights: Weights::Read(weights),
                    gradient: &mut partials[tree * partial..][pass.gradient.clone()],
                    leaf: &mut leaves[n * pass.leaf..][..pass.leaf],
                    losses: &mut losses[n * together..][..samples.len()],
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
        let Engine { plan, workers, frames, packed, kept, partials, moments, gradient_sums, .. } = self;
        let Network { nodes, state, weights, .. } = network;
        let walk = Walk { plan, nodes, state, packed, step: Some(step), moments, gradient_sums };
        let block = Block {
            samples: 0..1,
            frame: &mut frames[0],
            kept: &mut kept[0],
            weights: Weights::Descend { weights, rate },
            gradient: partials,
            leaf: &mut [],
            losses,
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
