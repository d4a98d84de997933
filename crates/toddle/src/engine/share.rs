//! Which worker computes which blocks, and updates which parameters.

use alloc::vec::Vec;
use core::ops::Range;

use toddle_kernels::dense::block::ROWS_TOGETHER;
use toddle_kernels::update::tree::{Forest, Node};

use super::plan::{NodePlan, Plan};

/// The blocks of one worker.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    pub blocks: Range<usize>,
    /// How many joins of the tree follow each block: each adds the last partial sum to the one before.
    pub joins: Vec<usize>,
}

/// Where buffers are cut among the workers. Worker `w` has `cuts[w]..cuts[w + 1]`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cuts {
    pub workers: Vec<usize>,
    pub frames: Vec<usize>,
    /// The blocks of the batch, and what is kept of this rank's blocks.
    pub blocks: Vec<usize>,
    pub kept: Vec<usize>,
    pub samples: Vec<usize>,
    /// The losses, unless the caller gives the gradient to the outputs.
    pub losses: Vec<usize>,
    /// The outputs, and the gradients to the inputs, that the caller has.
    pub outputs: Vec<usize>,
    pub input_gradients: Vec<usize>,
    pub partials: Vec<usize>,
    pub params: Vec<usize>,
}

impl Plan {
    /// Deals out the blocks of this rank and the parameters to so many workers.
    pub(super) fn share(&mut self, workers: usize) {
        let own = self.own_blocks();
        let cut = |worker: usize| own.start + own.len() * worker / workers;
        let mut meeting = Forest::new(self.blocks);
        let mut partials = 0;
        self.cuts.partials.push(0);
        for worker in 0..workers {
            let blocks = cut(worker)..cut(worker + 1);
            // Where blocks wait for one another, a block has a partial sum of its own. Otherwise neighbours are joined at once.
            let (joins, nodes, most) = if self.keeps_blocks() {
                (vec![0; blocks.len()], blocks.clone().map(Node::leaf).collect(), blocks.len())
            } else {
                let (mut forest, mut most) = (Forest::new(self.blocks), 0);
                let mut push = |block| {
                    most = most.max(forest.nodes().len() + 1);
                    forest.push(Node::leaf(block))
                };
                let joins = blocks.clone().map(&mut push).collect();
                (joins, forest.nodes().to_vec(), most)
            };
            for (n, node) in nodes.into_iter().enumerate() {
                self.trees.push((partials + n, meeting.push(node)));
            }
            partials += most;
            self.cuts.partials.push(partials * self.partial);
            self.shares.push(Share { blocks, joins });
        }
        let samples = self.family.samples();
        self.cuts.workers = (0..=workers).collect();
        self.cuts.blocks = (0..=workers).map(cut).collect();
        self.cuts.kept = self.cuts.blocks.iter().map(|block| block - own.start).collect();
        self.cuts.frames =
            if self.keeps_blocks() { self.cuts.kept.clone() } else { self.cuts.workers.clone() };
        self.cuts.samples = self.cuts.blocks.iter().map(|block| (block * samples).min(self.batch)).collect();
        let is_open = self.mode.is_open();
        let each = |wanted: bool, elements: usize| {
            let elements = if wanted { elements } else { 0 };
            self.cuts.samples.iter().map(|sample| sample * elements).collect()
        };
        let (losses, outputs) = (each(!is_open, 1), each(is_open, self.output));
        let input_gradients = each(self.mode.wants_inputs(), self.input);
        (self.cuts.losses, self.cuts.outputs, self.cuts.input_gradients) = (losses, outputs, input_gradients);
        self.cuts.params = (0..=workers).map(|w| self.row_at(self.params() * w / workers)).collect();
    }

    /// Where the row that holds parameter `at` begins.
    fn row_at(&self, at: usize) -> usize {
        match self.nodes.iter().find(|node| node.params.contains(&at)) {
            Some(node) => at - node.whole_batch().map_or(0, |row| (at - node.params.start) % row),
            None => at,
        }
    }

    /// The parameters that worker `w` updates, range by range, each with its node.
    pub(crate) fn param_ranges(&self, w: usize) -> impl Iterator<Item = (usize, Range<usize>)> {
        let mine = self.cuts.params[w]..self.cuts.params[w + 1];
        let owners = self.nodes.iter().enumerate().filter(|(_, node)| !node.is_shared);
        owners.flat_map(move |(n, node)| {
            let (start, end) = (node.params.start.max(mine.start), node.params.end.min(mine.end));
            let at_once = node.params_at_once();
            (start..end).step_by(at_once).map(move |first| (n, first..end.min(first + at_once)))
        })
    }
}

impl NodePlan {
    /// How many parameters get their gradient, and are then updated, before the next ones. Of a gradient from the whole batch:
    /// so many whole rows as the caches of a core hold until the update.
    pub(super) fn params_at_once(&self) -> usize {
        const CACHED: usize = 8 << 10;
        match self.whole_batch() {
            Some(row) => CACHED.div_ceil(row).next_multiple_of(ROWS_TOGETHER) * row,
            None => self.params.len().max(1),
        }
    }
}
