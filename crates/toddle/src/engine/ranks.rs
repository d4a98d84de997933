//! What the ranks of a training give one another in a step.
//!
//! ```text
//! rank 0           rank 1           rank 2
//! blocks 0 to 2    blocks 3 to 4    blocks 5 to 7      forward and backward
//! (0+1)  2         3  4             5  (6+7)           the roots: sums of subtrees of the tree over all blocks
//!    └──────────────┼────────────────┘                 1. each rank gets its part of the elements of all roots,
//! first third      second third     last third            adds them as the tree does,
//!    └──────────────┼────────────────┘                 2. and gives the sums to all
//! ```
//!
//! So each addition is one of the tree, and ranks change no bit. Every rank then has the gradient of the batch, and updates all
//! weights. The losses go with the sums. A layer that needs statistics of the whole batch gets the leaves of all ranks before.
//!
//! A batch of one block is computed by every rank, and nothing is sent.

use alloc::vec::Vec;
use core::ops::Range;

use toddle_kernels::Run;
use toddle_kernels::update::tree::{self, Forest, Node};
use toddle_lanes::{Aligned, Shares};

use super::Engine;
use super::plan::Plan;
use super::update::LeftByBlocks;
use crate::layer::Gradient;
use crate::{Float, Network, Ranks};

/// What the plan of one of several ranks has besides.
#[derive(Clone, Debug)]
pub(crate) struct RankPlan {
    ranks: Ranks,
    /// Where the blocks of the batch are cut among the ranks.
    blocks: Vec<usize>,
    /// The roots of this rank.
    roots: Vec<Root>,
    /// The roots of all ranks in a list, from left to right: the place of each, and how many joins of the tree follow it.
    trees: Vec<(usize, usize)>,
    /// Each node's gradient among those that are summed over the ranks. Empty if it is not.
    pub gradients: Vec<Range<usize>>,
    /// Where these gradients are cut among the ranks, and, on this rank, among the workers.
    parts: Vec<usize>,
    shares: Vec<usize>,
    /// Where the part of this rank is cut among the workers.
    part_shares: Vec<usize>,
    /// Elements of the roots that this rank gives each rank, and gets from each.
    gives: Vec<usize>,
    takes: Vec<usize>,
    /// Elements of each rank's result: its part of the gradients, its losses and the number of its right answers.
    results: Vec<usize>,
    /// Elements of each rank's leaves, for each pass.
    leaves: Vec<Vec<usize>>,
}

/// The sum of some neighbouring blocks of a rank: a node of the tree over all blocks.
#[derive(Clone, Debug)]
struct Root {
    /// The blocks, counted from the first block of the rank.
    blocks: Range<usize>,
    /// The partial sums in the list of the plan.
    trees: Range<usize>,
}

/// The buffers of what the ranks give one another. Empty if there is one rank.
#[derive(Debug)]
pub(super) struct Between<T> {
    /// The roots of this rank, one after the other.
    roots: Aligned<T>,
    /// The same in the order of sending: the part of each rank of all roots. Empty if there is one root.
    sent: Aligned<T>,
    /// The part of this rank of the roots of all ranks.
    taken: Aligned<T>,
    /// What this rank gives all ranks: its results, and before them its leaves of statistics.
    result: Aligned<T>,
    /// The results of all ranks.
    pub results: Aligned<T>,
}

impl<T> Between<T> {
    /// From the buffers that [`RankPlan::buffers`] lists.
    pub fn new(buffers: Vec<Aligned<T>>) -> Self {
        let mut buffers = buffers.into_iter();
        let mut next = || buffers.next().unwrap_or_default();
        Between { roots: next(), sent: next(), taken: next(), result: next(), results: next() }
    }
}

impl RankPlan {
    /// The blocks of the ranks, for a plan that has not dealt them out to its workers. None if every rank computes all blocks.
    pub fn new(plan: &Plan, ranks: Option<&Ranks>) -> Option<RankPlan> {
        let ranks = ranks.filter(|ranks| ranks.size() > 1 && plan.blocks > 1)?.clone();
        let size = ranks.size();
        Some(RankPlan {
            ranks,
            blocks: (0..=size).map(|rank| plan.blocks * rank / size).collect(),
            roots: Vec::new(),
            trees: Vec::new(),
            gradients: Vec::new(),
            parts: Vec::new(),
            shares: Vec::new(),
            part_shares: Vec::new(),
            gives: Vec::new(),
            takes: Vec::new(),
            results: Vec::new(),
            leaves: Vec::new(),
        })
    }

    /// The blocks of this rank.
    pub fn blocks(&self) -> Range<usize> {
        self.blocks_of(self.ranks.rank())
    }

    fn blocks_of(&self, rank: usize) -> Range<usize> {
        self.blocks[rank]..self.blocks[rank + 1]
    }

    /// Plans what the ranks give one another. The workers of this rank have their blocks.
    pub fn meet(&mut self, plan: &Plan) {
        let (rank, size, workers) = (self.ranks.rank(), self.ranks.size(), plan.workers());
        let mut tree = Forest::new(plan.blocks);
        let mut counts = Vec::new();
        for rank in 0..size {
            let mut forest = Forest::new(plan.blocks);
            self.blocks_of(rank).for_each(|block| {
                forest.push(Node::leaf(block));
            });
            for node in forest.nodes() {
                self.trees.push((self.trees.len(), tree.push(*node)));
            }
            counts.push(forest.nodes().len());
        }
        let own = self.blocks();
        let mut forest = Forest::new(plan.blocks);
        let blocks = subtrees(own.clone().map(|block| forest.push(Node::leaf(block))));
        let trees = subtrees(plan.trees.iter().map(|(_, joins)| *joins));
        self.roots = blocks.into_iter().zip(trees).map(|(blocks, trees)| Root { blocks, trees }).collect();

        let mut end = 0;
        self.gradients = vec![0..0; plan.nodes.len()];
        let owners = plan.nodes.iter().enumerate().filter(|(_, node)| !node.is_shared && node.learns());
        for (n, node) in owners {
            for &place in node.sharers.iter().chain([&n]) {
                if plan.nodes[place].needs.gradient != Gradient::Sums {
                    self.gradients[place] = end..end + node.params.len();
                    end += node.params.len();
                }
            }
        }
        let cut = |length: usize, into: usize| (0..=into).map(move |n| length * n / into);
        self.parts = cut(end, size).collect();
        self.shares = cut(end, workers).map(|at| self.row_at(plan, at)).collect();
        let part = |rank: usize| self.parts[rank + 1] - self.parts[rank];
        self.part_shares = cut(part(rank), workers).collect();
        self.gives = (0..size).map(|to| counts[rank] * part(to)).collect();
        self.takes = (0..size).map(|from| counts[from] * part(rank)).collect();
        let samples = |rank: usize| {
            let blocks = self.blocks_of(rank);
            plan.samples(blocks).len()
        };
        self.results = (0..size).map(|rank| part(rank) + samples(rank) + 1).collect();
        let leaves = |leaf: usize| (0..size).map(|rank| self.blocks_of(rank).len() * leaf).collect();
        self.leaves = plan.passes.iter().map(|pass| leaves(pass.leaf)).collect();
    }

    /// Where the row begins that holds element `at` of the gradients.
    fn row_at(&self, plan: &Plan, at: usize) -> usize {
        let node = self.gradients.iter().position(|gradient| gradient.contains(&at));
        let row = node.and_then(|n| Some((n, plan.nodes[n].whole_batch()?)));
        row.map_or(at, |(n, row)| at - (at - self.gradients[n].start) % row)
    }

    /// The buffers of [`Between`]: their names and lengths.
    pub fn buffers(&self, plan: &Plan) -> [(&'static str, usize); 5] {
        let length = self.parts[self.ranks.size()];
        let own = length * self.roots.len();
        let leaves = self.leaves.iter().map(|leaves| leaves[self.ranks.rank()]).max().unwrap_or(0);
        [
            ("gradients of this rank", own),
            // One root is sent from where it is.
            ("gradients to send", if self.roots.len() > 1 { own } else { 0 }),
            ("gradients of all ranks", self.takes.iter().sum()),
            ("results of this rank", self.results[self.ranks.rank()].max(leaves)),
            ("results of all ranks", self.results.iter().sum()),
        ]
        .map(|(name, length)| (name, if plan.trains() { length } else { 0 }))
    }

    /// Sets `grads`, the gradients of node `n` from its parameter `first` on, from the results of all ranks.
    pub fn take<T: Copy>(&self, n: usize, first: usize, results: &[T], mut grads: &mut [T]) {
        let (mut at, mut begin) = (self.gradients[n].start + first, 0);
        for (part, elements) in self.parts.windows(2).zip(&self.results) {
            let (start, end) = (part[0], part[1]);
            if at < end {
                let (of_rank, behind) = grads.split_at_mut(grads.len().min(end - at));
                of_rank.copy_from_slice(&results[begin + at - start..][..of_rank.len()]);
                at += of_rank.len();
                grads = behind;
            }
            begin += elements;
        }
    }

    /// The gradients that worker `w` sums, some at a time: the node, its first parameter among them, and their place.
    fn ranges(&self, plan: &Plan, w: usize) -> impl Iterator<Item = (usize, usize, Range<usize>)> {
        let mine = self.shares[w]..self.shares[w + 1];
        self.gradients.iter().enumerate().flat_map(move |(n, gradient)| {
            let (start, end) = (gradient.start.max(mine.start), gradient.end.min(mine.end));
            let at_once = plan.nodes[n].params_at_once();
            let first = gradient.start;
            (start..end).step_by(at_once).map(move |at| (n, at - first, at..end.min(at + at_once)))
        })
    }
}

/// The parts of a list of partial sums that end as one sum each. `joins`: how many joins follow each of them.
fn subtrees(joins: impl Iterator<Item = usize>) -> Vec<Range<usize>> {
    let mut subtrees: Vec<Range<usize>> = Vec::new();
    for (n, joins) in joins.enumerate() {
        subtrees.push(n..n + 1);
        for _ in 0..joins {
            subtrees.pop();
            subtrees.last_mut().expect("a join is of two").end = n + 1;
        }
    }
    subtrees
}

impl<T: Float> Engine<T> {
    /// After the blocks of this rank, sums the gradients over all ranks, and sets the losses and the right answers of the others.
    pub(super) fn meet(&mut self, network: &Network<T>, losses: &mut [T]) {
        let Engine { plan, pool, workers, frames, kept, partials, gradient_sums, between, .. } = self;
        let plan = &*plan;
        let Some(ranks) = &plan.ranks else { return };
        let (rank, length) = (ranks.ranks.rank(), ranks.parts[ranks.ranks.size()]);
        let left =
            LeftByBlocks { nodes: &network.nodes, frames, kept, partials, gradient_sums, results: &[] };
        for (n, root) in ranks.roots.iter().enumerate() {
            let workers = Shares::new(workers, &plan.cuts.workers);
            let sums = Shares::new(&mut between.roots[n * length..][..length], &ranks.shares);
            pool.run(|w| {
                let (scratch, sums) = (&mut workers.take(w)[0].scratch, sums.take(w));
                for (n, first, range) in ranks.ranges(plan, w) {
                    let grads = &mut sums[range.start - ranks.shares[w]..range.end - ranks.shares[w]];
                    let over = (root.blocks.clone(), &plan.trees[root.trees.clone()]);
                    left.sum_over(plan, n, over, first, grads, scratch);
                }
            });
        }

        let Between { roots, sent, taken, result, results } = between;
        let given = if ranks.roots.len() > 1 {
            let mut at = 0;
            for part in ranks.parts.windows(2) {
                for root in 0..ranks.roots.len() {
                    let part = &roots[root * length + part[0]..root * length + part[1]];
                    sent[at..at + part.len()].copy_from_slice(part);
                    at += part.len();
                }
            }
            sent
        } else {
            roots
        };
        ranks.ranks.all_to_all(given, &ranks.gives, taken, &ranks.takes);

        let part = ranks.parts[rank + 1] - ranks.parts[rank];
        let (sums, others) = result[..ranks.results[rank]].split_at_mut(part);
        let sums = Shares::new(sums, &ranks.part_shares);
        pool.run(|w| {
            let (partials, first, sum) = (&taken[..], ranks.part_shares[w], sums.take(w));
            tree::Sum { partials, size: part, nodes: &ranks.trees, first, sum }.on(plan.isa);
        });
        let own = plan.samples(ranks.blocks());
        others[..own.len()].copy_from_slice(&losses[own]);
        let right: usize = workers.iter().map(|worker| worker.right).sum();
        others[others.len() - 1] = T::from_f64(right as f64);
        ranks.ranks.all_gather(&result[..ranks.results[rank]], &ranks.results, results);
        // The training ends with the error, and what it has computed is not used.
        if ranks.ranks.check().is_err() {
            return;
        }

        let (mut rest, mut all_right) = (&results[..], 0);
        for (other, &elements) in ranks.results.iter().enumerate() {
            let (of_rank, behind) = rest.split_at(elements);
            let samples = plan.samples(ranks.blocks_of(other));
            let of_samples = &of_rank[ranks.parts[other + 1] - ranks.parts[other]..];
            losses[samples.clone()].copy_from_slice(&of_samples[..samples.len()]);
            all_right += of_samples[samples.len()].to_f64() as usize;
            rest = behind;
        }
        self.right = all_right - right;
    }

    /// After pass `p`, gives the leaves of this rank to all.
    pub(super) fn share_leaves(&mut self, p: usize) {
        let Some(ranks) = self.plan.ranks.as_ref().filter(|_| self.plan.passes[p].leaf > 0) else { return };
        let (lengths, leaf) = (&ranks.leaves[p], self.plan.passes[p].leaf);
        let blocks = ranks.blocks();
        let own = &mut self.between.result[..lengths[ranks.ranks.rank()]];
        own.copy_from_slice(&self.leaves[blocks.start * leaf..blocks.end * leaf]);
        ranks.ranks.all_gather(own, lengths, &mut self.leaves[..self.plan.blocks * leaf]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subtrees_are_the_parts_that_end_as_one_sum() {
        // Of six blocks, a rank has the last five: block 1, blocks 2 and 3, and blocks 4 and 5.
        let mut forest = Forest::new(6);
        let joins = (1..6).map(|block| forest.push(Node::leaf(block)));
        assert_eq!(subtrees(joins), [0..1, 1..3, 3..5]);
        assert!(subtrees(core::iter::empty()).is_empty());
    }
}
