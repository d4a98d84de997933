//! How a network runs on a machine: decided once, before the first sample.

use std::fmt;
use std::ops::Range;

use toddle_kernels::update::tree::{Forest, Node};
use toddle_lanes::{Float, Isa, IsaError, Pool};

use crate::Network;
use crate::layer::{Family, Gradient, Needs};

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
/// A batch of one sample runs the row kernels; any other runs in blocks of sixteen samples, padded at the end. That choice
/// follows from the batch size alone, so it is part of the recipe; everything else in a plan changes no bit.
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
    pub(crate) layers: Vec<LayerPlan>,
    /// Numbers in what comes out of each layer, for one row or block; the network's input comes first.
    pub(crate) activations: Vec<usize>,
    pub(crate) blocks: usize,
    pub(crate) shares: Vec<Share>,
    /// Numbers in a slot: the parameters whose gradient is summed block by block.
    pub(crate) slot: usize,
    /// Which slots hold a node of the tree when all blocks are done, and how many joins follow it.
    pub(crate) nodes: Vec<(usize, usize)>,
    pub(crate) cuts: Cuts,
    names: Vec<String>,
    number_bytes: usize,
}

/// One layer's part in a plan.
#[derive(Clone, Debug)]
pub(crate) struct LayerPlan {
    pub(crate) needs: Needs,
    /// Its parameters.
    pub(crate) params: Range<usize>,
    /// Where its gradient lies in a slot, or in rows in the gradient; empty where there is no such buffer.
    pub(crate) gradient: Range<usize>,
    /// Whether anyone before it has parameters to learn.
    pub(crate) wants_dx: bool,
}

impl LayerPlan {
    /// The row length of a layer whose gradient takes the whole batch.
    pub(crate) fn whole_batch(&self) -> Option<usize> {
        match self.needs.gradient {
            Gradient::WholeBatch { row } => Some(row),
            Gradient::PerBlock => None,
        }
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
    pub(crate) blocks: Vec<usize>,
    pub(crate) samples: Vec<usize>,
    pub(crate) slots: Vec<usize>,
    pub(crate) params: Vec<usize>,
}

/// The most samples in a batch; a larger one is planned as this.
const MOST_SAMPLES: usize = 1 << 20;

impl Plan {
    pub(crate) fn new<T: Float>(network: &Network<T>, batch: usize, mode: Mode, machine: &Machine) -> Self {
        let batch = batch.clamp(1, MOST_SAMPLES);
        let family = if batch == 1 { Family::Row } else { Family::Block };
        let blocks = batch.div_ceil(family.samples());
        let mut slot = 0;
        let mut learns = false;
        let layers: Vec<LayerPlan> = (network.layers().iter().enumerate())
            .map(|(l, layer)| {
                let needs = layer.needs(family);
                let params = network.layout().layer(l);
                let buffered = match mode {
                    Mode::Infer => false,
                    Mode::Gradient => needs.gradient == Gradient::PerBlock,
                    Mode::Descend => needs.gradient == Gradient::PerBlock && !needs.descends,
                };
                let gradient = slot..slot + if buffered { params.len() } else { 0 };
                slot = gradient.end;
                let wants_dx = learns;
                learns |= !params.is_empty();
                LayerPlan { needs, params, gradient, wants_dx }
            })
            .collect();
        let sizes =
            std::iter::once(network.input()).chain(network.layers().iter().map(|layer| layer.output()));
        let mut plan = Plan {
            batch,
            mode,
            isa: machine.isa,
            family,
            activations: sizes.map(|shape| shape.size() * family.samples()).collect(),
            layers,
            blocks,
            shares: Vec::new(),
            slot,
            nodes: Vec::new(),
            cuts: Cuts::default(),
            names: network.names().to_vec(),
            number_bytes: size_of::<T>(),
        };
        plan.share(machine.threads.clamp(1, blocks.min(Pool::MOST)));
        plan
    }

    /// Deals out blocks, and rows of weights, to so many workers.
    fn share(&mut self, workers: usize) {
        let mut meeting = Forest::new(self.blocks);
        let mut slots = 0;
        self.cuts.slots.push(0);
        for worker in 0..workers {
            let blocks = self.blocks * worker / workers..self.blocks * (worker + 1) / workers;
            let mut forest = Forest::new(self.blocks);
            let mut most = 0;
            let joins = (blocks.clone())
                .map(|block| {
                    let before = forest.nodes().len();
                    most = most.max(before + 1);
                    forest.push(Node::leaf(block))
                })
                .collect();
            for (n, node) in forest.nodes().iter().enumerate() {
                self.nodes.push((slots + n, meeting.push(*node)));
            }
            slots += most;
            self.cuts.slots.push(slots * self.slot);
            self.shares.push(Share { blocks, joins });
        }
        let samples = self.family.samples();
        self.cuts.workers = (0..=workers).collect();
        self.cuts.blocks = (0..=workers).map(|w| self.blocks * w / workers).collect();
        self.cuts.samples = self.cuts.blocks.iter().map(|block| (block * samples).min(self.batch)).collect();
        self.cuts.params = (0..=workers).map(|w| self.row_at(self.params() * w / workers)).collect();
    }

    /// The beginning of the row of weights that parameter `at` lies in.
    fn row_at(&self, at: usize) -> usize {
        match self.layers.iter().find(|layer| layer.params.contains(&at)) {
            Some(layer) => at - layer.whole_batch().map_or(0, |row| (at - layer.params.start) % row),
            None => at,
        }
    }

    fn params(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.params.end)
    }

    /// The number of workers.
    pub fn workers(&self) -> usize {
        self.shares.len()
    }

    /// How samples lie in vectors.
    pub fn family(&self) -> Family {
        self.family
    }

    /// Whether layer `l` moves its weights in its backward pass.
    pub(crate) fn descends(&self, l: usize) -> bool {
        self.mode == Mode::Descend && self.layers[l].needs.descends
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
            Family::Row => "one row".to_string(),
            Family::Block => format!("blocks of 16 samples: {}", self.blocks),
        };
        let threads = self.workers();
        writeln!(f, "{what} of a batch of {}; {how}; threads: {threads}; {}", self.batch, self.isa)?;
        writeln!(f, "{:<12} {:>12} {:>12} {:>12}", "layer", "parameters", "output", "packed")?;
        for (l, layer) in self.layers.iter().enumerate() {
            let (params, output, packed) = (layer.params.len(), self.activations[l + 1], layer.needs.packed);
            writeln!(f, "{:<12} {params:>12} {output:>12} {packed:>12}", self.names[l])?;
        }
        let activations: usize = self.activations.iter().sum();
        let kib = (activations * self.workers() * self.number_bytes).div_ceil(1024);
        write!(f, "activations  {kib} KiB, {} KiB a thread", kib / threads)
    }
}
