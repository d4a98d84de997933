//! How a network runs on a machine. A plan is made once, before the first sample.

use std::fmt;
use std::ops::Range;

use toddle_kernels::dense::block::ROWS_TOGETHER;
use toddle_kernels::update::tree::{Forest, Node};
use toddle_lanes::{Isa, Pool};

use super::buffers::{self, Buffer, Purpose};
use super::frame::FramePlan;
use super::{Family, Machine};
use crate::layer::{Call, Gradient, Needs};
use crate::{Float, Network, Shape, network};

/// What an engine computes of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The outputs.
    Infer,
    /// The gradient of the loss.
    Gradient,
    /// A step of plain SGD. The gradient need not be kept.
    Descend,
}

/// How a network runs batches of one size: the kernels, the work of each thread, and the memory.
///
/// A batch of one sample runs the row kernels. A larger batch is trained in blocks of sixteen samples; the last block is padded.
/// Row kernels and block kernels differ in the bits of a training, so the choice depends on the batch size alone. Nothing else
/// in a plan changes a bit. Outputs have the same bits in both, and row kernels compute them for a few samples, too.
///
/// ```
/// use toddle::{Dense, Machine, Mode, NetworkSpec, Shape};
///
/// let network = NetworkSpec::new(Shape::vector(784)).add(Dense::new(10)).build::<f32>(0)?;
/// println!("{}", network.plan(128, Mode::Gradient, &Machine::detect()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Plan {
    pub(crate) batch: usize,
    pub(crate) mode: Mode,
    pub(crate) isa: Isa,
    pub(crate) family: Family,
    pub(crate) input: Shape,
    pub(crate) output: Shape,
    pub(crate) nodes: Vec<NodePlan>,
    /// The buffers of a row or block.
    pub(crate) frame: FramePlan,
    pub(crate) passes: Vec<Pass>,
    pub(crate) blocks: usize,
    pub(crate) shares: Vec<Share>,
    /// Elements of a partial sum: the parameters whose gradient is computed block by block.
    pub(crate) partial: usize,
    /// The partial sums that are there when all blocks are done, from left to right: the place of each, and how many joins of the
    /// tree follow it.
    pub(crate) trees: Vec<(usize, usize)>,
    pub(crate) cuts: Cuts,
    pub(crate) names: Vec<String>,
    buffers: Vec<Buffer>,
}

/// One node of a plan.
#[derive(Clone, Debug)]
pub(crate) struct NodePlan {
    pub needs: Needs,
    /// Its parameters.
    pub params: Range<usize>,
    /// Its state.
    pub state: Range<usize>,
    /// Its gradient in a partial sum. Empty unless it is computed block by block.
    pub gradient: Range<usize>,
}

impl NodePlan {
    /// Parameters in a row, if the gradient is computed from the whole batch.
    pub fn whole_batch(&self) -> Option<usize> {
        match self.needs.gradient {
            Gradient::WholeBatch { row } => Some(row),
            Gradient::PerBlock | Gradient::Sums => None,
        }
    }

    /// How many parameters get their gradient, and are then updated, before the next ones. Of a gradient from the whole batch:
    /// so many whole rows as the caches of a core hold until the update.
    fn params_at_once(&self) -> usize {
        const CACHED: usize = 8 << 10;
        match self.whole_batch() {
            Some(row) => CACHED.div_ceil(row).next_multiple_of(ROWS_TOGETHER) * row,
            None => self.params.len().max(1),
        }
    }
}

/// The nodes that all blocks walk through before any block goes on.
///
/// A layer that needs statistics of the whole batch ends a pass, both on the way forward and on the way back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pass {
    /// Whether the pass begins with the samples.
    pub loads: bool,
    /// The nodes on the way forward.
    pub forward: Range<usize>,
    /// The node behind them, whose statistics end the pass.
    pub statistics: Option<usize>,
    /// Whether the loss follows.
    pub loss: bool,
    /// The nodes on the way back.
    pub backward: Range<usize>,
    /// The node before them, whose gradient sums end the pass.
    pub gradient_sums: Option<usize>,
    /// The gradients of the nodes on the way back, in a partial sum.
    pub gradient: Range<usize>,
    /// Elements of a block's leaf of statistics or gradient sums.
    pub leaf: usize,
    /// Where all blocks' leaves are cut among the workers.
    pub leaf_cuts: Vec<usize>,
}

impl Pass {
    /// The passes over `nodes` nodes, of which those in `waiting` need statistics of the batch.
    fn all(nodes: usize, waiting: &[usize]) -> Vec<Pass> {
        let mut passes = Vec::new();
        let mut done = 0;
        for &node in waiting {
            passes.push(Pass { forward: done..node, statistics: Some(node), ..Pass::default() });
            done = node;
        }
        passes.push(Pass { forward: done..nodes, loss: true, ..Pass::default() });
        passes[0].loads = true;
        let mut end = nodes;
        for &node in waiting.iter().rev() {
            let last = passes.last_mut().expect("one has been pushed");
            (last.backward, last.gradient_sums) = (node + 1..end, Some(node));
            passes.push(Pass::default());
            end = node + 1;
        }
        passes.last_mut().expect("one has been pushed").backward = 0..end;
        passes
    }
}

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
    pub blocks: Vec<usize>,
    pub samples: Vec<usize>,
    pub partials: Vec<usize>,
    pub params: Vec<usize>,
}

/// The most samples in a batch. A larger batch is planned as this.
const MOST_SAMPLES: usize = 1 << 20;

/// Up to so many samples for each thread run as rows in inference. A block of them would be mostly padding, and slower unless the
/// network is tiny: `answers` of `bench/runs/2026-11-27-amd-epyc-family-26-model-2/scaling.json`.
const FEW: usize = 4;

impl<T: Float> Network<T> {
    /// How the network would run batches of `batch` samples on `machine`. Nothing is allocated for it yet, and it can be printed.
    pub fn plan(&self, batch: usize, mode: Mode, machine: &Machine) -> Plan {
        Plan::new(self, batch, mode, machine)
    }
}

impl Plan {
    fn new<T: Float>(network: &Network<T>, batch: usize, mode: Mode, machine: &Machine) -> Self {
        let batch = batch.clamp(1, MOST_SAMPLES);
        let threads = machine.threads.clamp(1, Pool::MOST);
        let few = mode == Mode::Infer && batch <= FEW * threads;
        let family = if batch == 1 || few { Family::Row } else { Family::Block };
        let blocks = batch.div_ceil(family.samples());
        let trains = mode != Mode::Infer;
        let needs: Vec<Needs> = (network.nodes().iter())
            .map(|node| node.layer().map_or(Needs::default(), |layer| layer.needs(family)))
            .collect();
        let waiting: Vec<usize> = (0..needs.len()).filter(|&n| trains && needs[n].statistics > 0).collect();
        // Weights are not updated on the way back where blocks wait for one another.
        let mode = if mode == Mode::Descend && !waiting.is_empty() { Mode::Gradient } else { mode };
        let mut partial = 0;
        let nodes = (needs.into_iter().enumerate())
            .map(|(n, needs)| {
                let params = network.layout().layer(n);
                let per_block = trains
                    && needs.gradient == Gradient::PerBlock
                    && !(mode == Mode::Descend && needs.descends);
                let gradient = partial..partial + if per_block { params.len() } else { 0 };
                partial = gradient.end;
                NodePlan { needs, params, state: network.state_layout().layer(n), gradient }
            })
            .collect();
        let mut plan = Plan {
            batch,
            mode,
            isa: machine.isa,
            family,
            input: network.input(),
            output: network.output(),
            nodes,
            frame: FramePlan::new(network, family, trains),
            passes: Pass::all(network.nodes().len(), &waiting),
            blocks,
            shares: Vec::new(),
            partial,
            trees: Vec::new(),
            cuts: Cuts::default(),
            names: network.nodes().iter().map(|node| node.name().to_string()).collect(),
            buffers: Vec::new(),
        };
        plan.share(threads.min(blocks));
        plan.cut_leaves();
        plan.buffers = buffers::all::<T>(&plan);
        plan
    }

    /// Deals out the blocks and the parameters to so many workers.
    fn share(&mut self, workers: usize) {
        let mut meeting = Forest::new(self.blocks);
        let mut partials = 0;
        self.cuts.partials.push(0);
        for worker in 0..workers {
            let blocks = self.blocks * worker / workers..self.blocks * (worker + 1) / workers;
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
        self.cuts.blocks = (0..=workers).map(|w| self.blocks * w / workers).collect();
        self.cuts.frames =
            if self.keeps_blocks() { self.cuts.blocks.clone() } else { self.cuts.workers.clone() };
        self.cuts.samples = self.cuts.blocks.iter().map(|block| (block * samples).min(self.batch)).collect();
        self.cuts.params = (0..=workers).map(|w| self.row_at(self.params() * w / workers)).collect();
    }

    /// What each pass leaves: where its gradients lie in a partial sum, and where the blocks' leaves are cut.
    fn cut_leaves(&mut self) {
        let Plan { passes, nodes, cuts, .. } = self;
        for pass in passes {
            let gradient = |node: &NodePlan| node.gradient.clone();
            pass.gradient = match &nodes[pass.backward.clone()] {
                [] => 0..0,
                [first, .., last] | [first @ last] => gradient(first).start..gradient(last).end,
            };
            let waits = pass.statistics.or(pass.gradient_sums);
            pass.leaf = waits.map_or(0, |node| nodes[node].needs.statistics);
            pass.leaf_cuts = cuts.blocks.iter().map(|block| block * pass.leaf).collect();
        }
    }

    /// Where the row that holds parameter `at` begins.
    fn row_at(&self, at: usize) -> usize {
        match self.nodes.iter().find(|node| node.params.contains(&at)) {
            Some(node) => at - node.whole_batch().map_or(0, |row| (at - node.params.start) % row),
            None => at,
        }
    }

    /// The number of parameters.
    pub(crate) fn params(&self) -> usize {
        self.nodes.last().map_or(0, |node| node.params.end)
    }

    /// The number of workers.
    pub fn workers(&self) -> usize {
        self.shares.len()
    }

    /// How samples lie in vectors.
    pub fn family(&self) -> Family {
        self.family
    }

    /// Samples in a batch.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// The buffers that an engine allocates.
    pub fn buffers(&self) -> &[Buffer] {
        &self.buffers
    }

    /// Bytes of all [`buffers`](Self::buffers). The optimizer's memory is not among them.
    pub fn bytes(&self) -> usize {
        self.buffers.iter().map(Buffer::bytes).sum()
    }

    /// The same bytes by what they are for, the most first.
    pub fn bytes_by_purpose(&self) -> Vec<(Purpose, usize)> {
        let of = |purpose| self.buffers.iter().filter(move |buffer| buffer.purpose == purpose);
        let bytes = |purpose| (purpose, of(purpose).map(Buffer::bytes).sum());
        let mut all: Vec<_> = Purpose::ALL.into_iter().map(bytes).filter(|(_, bytes)| *bytes > 0).collect();
        all.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
        all
    }

    /// Whether the plan is for training.
    pub(crate) fn trains(&self) -> bool {
        self.mode != Mode::Infer
    }

    /// Whether each block has a frame of its own, since blocks wait for one another. Otherwise each worker has one.
    pub(crate) fn keeps_blocks(&self) -> bool {
        self.passes.len() > 1
    }

    /// Whether a step updates the weights on the way back.
    pub(crate) fn descends(&self) -> bool {
        self.mode == Mode::Descend && self.family == Family::Row
    }

    /// The layer of node `n` of a network, with its parameters and state. None if the node is a sum.
    pub(crate) fn call<'a, T: Float>(
        &self,
        n: usize,
        nodes: &'a [network::Node<T>],
        weights: &'a [T],
        state: &'a [T],
        packed: &'a [T],
    ) -> Option<Call<'a, T>> {
        let NodePlan { params, state: own, .. } = &self.nodes[n];
        let (params, state) = (&weights[params.clone()], &state[own.clone()]);
        let Plan { isa, family, .. } = *self;
        Some(Call { layer: nodes[n].layer()?, isa, family, params, packed, state })
    }

    /// The number of frames.
    pub(crate) fn frames(&self) -> usize {
        self.cuts.frames.last().copied().unwrap_or(0)
    }

    /// The parameters that worker `w` updates, range by range, each with its node.
    pub(crate) fn param_ranges(&self, w: usize) -> impl Iterator<Item = (usize, Range<usize>)> {
        let mine = self.cuts.params[w]..self.cuts.params[w + 1];
        self.nodes.iter().enumerate().flat_map(move |(n, node)| {
            let (start, end) = (node.params.start.max(mine.start), node.params.end.min(mine.end));
            let at_once = node.params_at_once();
            (start..end).step_by(at_once).map(move |first| (n, first..end.min(first + at_once)))
        })
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.mode {
            Mode::Infer => "outputs",
            Mode::Gradient => "gradient",
            Mode::Descend => "step of SGD",
        };
        let how = match self.family {
            Family::Row => format!("rows: {}", self.blocks),
            Family::Block => format!("blocks of 16 samples: {}", self.blocks),
        };
        let threads = self.workers();
        writeln!(f, "{what} of a batch of {}; {how}; threads: {threads}; {}", self.batch, self.isa)?;
        writeln!(f, "{:<12} {:>12} {:>12} {:>12}", "layer", "parameters", "output", "packed")?;
        for ((node, frame), name) in self.nodes.iter().zip(&self.frame.nodes).zip(&self.names) {
            let (params, output, packed) = (node.params.len(), self.frame.values[frame.y], node.needs.packed);
            writeln!(f, "{name:<12} {params:>12} {output:>12} {packed:>12}")?;
        }
        write!(f, "memory: {} KiB", self.bytes().div_ceil(1024))?;
        for (n, (purpose, bytes)) in self.bytes_by_purpose().into_iter().enumerate() {
            let before = if n == 0 { "; " } else { ", " };
            write!(f, "{before}{purpose} {} KiB", bytes.div_ceil(1024))?;
        }
        Ok(())
    }
}
