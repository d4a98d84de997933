//! How a network runs on a machine: decided once, before the first sample.

use std::fmt;
use std::ops::Range;

use toddle_kernels::dense::block::{ROWS_TOGETHER, tree_scratch};
use toddle_kernels::update::tree::{Forest, Node};
use toddle_lanes::{Isa, IsaError, Pool};

use crate::frame::FramePlan;
use crate::layer::{Family, Gradient, Needs};
use crate::{Float, Network};

/// What a network runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    /// The form of its vectors.
    pub isa: Isa,
    /// Threads to use at most. Their number changes no bit of any result.
    pub threads: usize,
}

impl Machine {
    /// This machine: the form that `TODDLE_SIMD` names, or else the widest that the CPU has, and all its cores.
    ///
    /// # Errors
    /// `TODDLE_SIMD` names no form that this CPU has.
    pub fn detect() -> Result<Self, IsaError> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Machine { isa: Isa::from_env()?, threads })
    }

    /// The same machine, using so many threads at most.
    #[must_use]
    pub fn threads(self, threads: usize) -> Self {
        Machine { threads, ..self }
    }
}

/// What is wanted of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Its outputs.
    Infer,
    /// The gradient of its loss.
    Gradient,
    /// A step of plain SGD: the gradient need not be kept.
    Descend,
}

/// How a network runs batches of one size: which kernels, which thread does what, which memory.
///
/// A batch of one sample runs the row kernels; any other is trained in blocks of sixteen samples, padded at the end. That choice
/// follows from the batch size alone, so it is part of the recipe; everything else in a plan changes no bit. Answers have the
/// same bits either way, and a few of them run as rows, too.
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
    pub(crate) nodes: Vec<NodePlan>,
    /// What a row or block keeps from forward to backward, and what it needs on the way back.
    pub(crate) frame: FramePlan,
    pub(crate) passes: Vec<Pass>,
    pub(crate) blocks: usize,
    pub(crate) shares: Vec<Share>,
    /// Numbers in a slot: the parameters whose gradient is summed block by block.
    pub(crate) slot: usize,
    /// Which slots hold a node of the tree when all blocks are done, and how many joins follow it.
    pub(crate) trees: Vec<(usize, usize)>,
    pub(crate) cuts: Cuts,
    names: Vec<String>,
    number_bytes: usize,
}

/// One node's part in a plan.
#[derive(Clone, Debug)]
pub(crate) struct NodePlan {
    pub(crate) needs: Needs,
    /// Its parameters.
    pub(crate) params: Range<usize>,
    /// Its state.
    pub(crate) state: Range<usize>,
    /// Where its gradient lies in a slot; empty where there is no such buffer.
    pub(crate) gradient: Range<usize>,
}

impl NodePlan {
    /// The row length of a layer whose gradient takes the whole batch.
    pub(crate) fn whole_batch(&self) -> Option<usize> {
        match self.needs.gradient {
            Gradient::WholeBatch { row } => Some(row),
            Gradient::PerBlock | Gradient::Slopes => None,
        }
    }

    /// How many gradients are computed before their weights are moved: of a layer whose gradient takes the whole batch, so many
    /// whole rows as stay in the core's own caches meanwhile.
    pub(crate) fn gradients_together(&self) -> usize {
        const NUMBERS: usize = 8 << 10;
        match self.whole_batch() {
            Some(row) => NUMBERS.div_ceil(row).next_multiple_of(ROWS_TOGETHER) * row,
            None => self.params.len().max(1),
        }
    }
}

/// Nodes that all blocks walk, before anyone walks on.
///
/// A layer that needs statistics of the whole batch cuts the walk in two, on the way forward and on the way back.
#[derive(Clone, Debug)]
pub(crate) struct Pass {
    /// Whether the blocks are loaded first.
    pub(crate) loads: bool,
    /// Nodes to go forward through.
    pub(crate) forward: Range<usize>,
    /// The node behind them whose statistics are wanted then.
    pub(crate) statistics: Option<usize>,
    /// Whether the loss, and with it the way back, follows.
    pub(crate) turns: bool,
    /// Nodes to go backward through.
    pub(crate) backward: Range<usize>,
    /// The node before them whose slopes are wanted then.
    pub(crate) slopes: Option<usize>,
}

impl Pass {
    /// The passes over `nodes`, of which `cuts` need statistics.
    fn all(nodes: usize, cuts: &[usize]) -> Vec<Pass> {
        let mut passes = Vec::new();
        let still = Pass {
            loads: false,
            forward: 0..0,
            statistics: None,
            turns: false,
            backward: 0..0,
            slopes: None,
        };
        let mut done = 0;
        for &cut in cuts {
            passes.push(Pass { forward: done..cut, statistics: Some(cut), ..still.clone() });
            done = cut;
        }
        let behind = |cut: Option<&usize>| cut.map_or(0, |cut| cut + 1);
        let last = cuts.last();
        passes.push(Pass {
            forward: done..nodes,
            turns: true,
            backward: behind(last)..nodes,
            slopes: last.copied(),
            ..still.clone()
        });
        passes[0].loads = true;
        for (c, &cut) in cuts.iter().enumerate().rev() {
            let before = c.checked_sub(1).map(|c| &cuts[c]);
            let backward = behind(before)..cut + 1;
            passes.push(Pass { backward, slopes: before.copied(), ..still.clone() });
        }
        passes
    }
}

/// One worker's part in a plan.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    pub(crate) blocks: Range<usize>,
    /// How often the last two slots are joined after each of its blocks.
    pub(crate) joins: Vec<usize>,
}

/// Where buffers are cut among the workers: worker `w` has `cuts[w]..cuts[w + 1]`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cuts {
    pub(crate) workers: Vec<usize>,
    pub(crate) frames: Vec<usize>,
    pub(crate) blocks: Vec<usize>,
    pub(crate) samples: Vec<usize>,
    pub(crate) slots: Vec<usize>,
    pub(crate) params: Vec<usize>,
}

/// The most samples in a batch; a larger one is planned as this.
const MOST_SAMPLES: usize = 1 << 20;

/// So many samples a thread are answered one by one, which takes less time than a block of sixteen, most of whose lanes would be
/// empty, unless the network is tiny: `answers` of `bench/runs/2026-11-27-amd-epyc-family-26-model-2/scaling.json`.
const FEW: usize = 4;

impl Plan {
    pub(crate) fn new<T: Float>(network: &Network<T>, batch: usize, mode: Mode, machine: &Machine) -> Self {
        let batch = batch.clamp(1, MOST_SAMPLES);
        let threads = machine.threads.clamp(1, Pool::MOST);
        let few = mode == Mode::Infer && batch <= FEW * threads;
        let family = if batch == 1 || few { Family::Row } else { Family::Block };
        let blocks = batch.div_ceil(family.samples());
        let trains = mode != Mode::Infer;
        let nodes = network.nodes();
        let needs: Vec<Needs> = nodes
            .iter()
            .map(|node| node.layer().map_or(Needs::default(), |layer| layer.needs(family)))
            .collect();
        let cuts: Vec<usize> = (0..nodes.len()).filter(|&n| trains && needs[n].statistics > 0).collect();
        // Moving weights on the way back is for plain walks.
        let mode = if mode == Mode::Descend && !cuts.is_empty() { Mode::Gradient } else { mode };
        let mut slot = 0;
        let nodes = (needs.into_iter().enumerate())
            .map(|(n, needs)| {
                let params = network.layout().layer(n);
                let buffered = trains
                    && needs.gradient == Gradient::PerBlock
                    && !(mode == Mode::Descend && needs.descends);
                let gradient = slot..slot + if buffered { params.len() } else { 0 };
                slot = gradient.end;
                NodePlan { needs, params, state: network.state_layout().layer(n), gradient }
            })
            .collect();
        let mut plan = Plan {
            batch,
            mode,
            isa: machine.isa,
            family,
            nodes,
            frame: FramePlan::new(network, family, trains),
            passes: Pass::all(network.nodes().len(), &cuts),
            blocks,
            shares: Vec::new(),
            slot,
            trees: Vec::new(),
            cuts: Cuts::default(),
            names: network.nodes().iter().map(|node| node.name().to_string()).collect(),
            number_bytes: size_of::<T>(),
        };
        plan.share(threads.min(blocks));
        plan
    }

    /// Deals out blocks, and rows of weights, to so many workers.
    fn share(&mut self, workers: usize) {
        let mut meeting = Forest::new(self.blocks);
        let mut slots = 0;
        self.cuts.slots.push(0);
        for worker in 0..workers {
            let blocks = self.blocks * worker / workers..self.blocks * (worker + 1) / workers;
            // Where blocks wait for one another they come in any order, and each has a slot of its own.
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
                self.trees.push((slots + n, meeting.push(node)));
            }
            slots += most;
            self.cuts.slots.push(slots * self.slot);
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

    /// The beginning of the row of weights that parameter `at` lies in.
    fn row_at(&self, at: usize) -> usize {
        match self.nodes.iter().find(|node| node.params.contains(&at)) {
            Some(node) => at - node.whole_batch().map_or(0, |row| (at - node.params.start) % row),
            None => at,
        }
    }

    fn params(&self) -> usize {
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

    /// Whether every block has memory of its own for what comes out of each layer, since blocks wait for one another.
    pub(crate) fn keeps_blocks(&self) -> bool {
        self.passes.len() > 1
    }

    /// Whether a step moves weights on the way back.
    pub(crate) fn descends(&self) -> bool {
        self.mode == Mode::Descend && self.family == Family::Row
    }

    /// What worker `w` computes the gradient of, and moves, one after the other: parameters of a node.
    pub(crate) fn parts(&self, w: usize) -> impl Iterator<Item = (usize, Range<usize>)> {
        let mine = self.cuts.params[w]..self.cuts.params[w + 1];
        self.nodes.iter().enumerate().flat_map(move |(n, node)| {
            let (start, end) = (node.params.start.max(mine.start), node.params.end.min(mine.end));
            let together = node.gradients_together();
            (start..end).step_by(together).map(move |first| (n, first..end.min(first + together)))
        })
    }

    /// Numbers that each worker scribbles on.
    pub(crate) fn scratch(&self) -> usize {
        let sums_batch =
            self.mode != Mode::Infer && self.nodes.iter().any(|node| node.whole_batch().is_some());
        let tree = if sums_batch { tree_scratch(self.blocks) } else { 0 };
        self.nodes.iter().map(|node| node.needs.scratch).fold(tree, usize::max)
    }

    /// Bytes of the memory that an engine asks for, but for the optimizer's.
    pub fn bytes(&self) -> usize {
        let trains = self.mode != Mode::Infer;
        let in_blocks = self.family == Family::Block;
        let values: usize = self.frame.values.iter().sum();
        let slopes: usize = self.frame.slopes.iter().sum();
        let frames = self.cuts.frames.last().copied().unwrap_or(0);
        let packed: usize = self.nodes.iter().map(|node| node.needs.packed).sum();
        let slots = self.cuts.slots.last().copied().unwrap_or(0);
        let gradient = if trains && in_blocks { self.params() } else { 0 };
        let kept: usize = if trains && in_blocks {
            (self.nodes.iter().zip(&self.frame.nodes))
                .filter(|(node, _)| node.whole_batch().is_some())
                .map(|(_, frame)| self.frame.values[frame.x] + self.frame.panels(frame.y))
                .sum()
        } else {
            0
        };
        let output = self.frame.nodes.last().map_or(0, |node| self.frame.values[node.y]);
        let samples = if trains { self.frame.values[0] + 2 * output } else { 0 };
        let working = frames * (values + slopes) + self.workers() * (self.scratch() + samples);
        (working + packed + slots + gradient + self.blocks * kept) * self.number_bytes
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
        write!(f, "memory  {} KiB", self.bytes().div_ceil(1024))
    }
}
