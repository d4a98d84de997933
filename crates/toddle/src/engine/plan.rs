//! How a network runs on a machine. A plan is made once, before the first sample.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;

use toddle_lanes::{Isa, Pool};

use super::buffers::{self, Buffer};
use super::frame::FramePlan;
use super::pass::Pass;
use super::places::Places;
use super::ranks::RankPlan;
use super::share::{Cuts, Share};
use super::{Family, Groups, Machine};
use crate::layer::{Call, Gradient, Needs};
use crate::{Float, Network, NetworkOutput, Ranks, network};

/// What an engine computes of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The outputs.
    Infer,
    /// The gradient of the loss.
    Gradient,
    /// A step of plain SGD. The gradient need not be kept.
    Descend,
    /// The outputs of a batch, and then the gradient that follows from the caller's gradient to the outputs: see
    /// [`Engine::outputs`](crate::Engine::outputs).
    Open {
        /// Whether the gradient to the inputs is computed, too.
        input_gradient: bool,
    },
    /// Every value and the gradient to every value, as in inference: see [`Network::trace`]. Nothing is fused.
    Trace,
}

impl Mode {
    /// Whether layers do what they do in inference.
    pub(crate) fn infers(self) -> bool {
        matches!(self, Mode::Infer | Mode::Trace)
    }

    /// Whether the caller gives the gradient to the outputs.
    pub(crate) fn is_open(self) -> bool {
        matches!(self, Mode::Open { .. } | Mode::Trace)
    }

    /// Whether the gradient to the inputs is computed.
    pub(crate) fn wants_inputs(self) -> bool {
        matches!(self, Mode::Open { input_gradient: true } | Mode::Trace)
    }
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
    /// Elements of a sample's input and output.
    pub(crate) input: usize,
    pub(crate) output: usize,
    pub(crate) outputs: Vec<NetworkOutput>,
    pub(crate) nodes: Vec<NodePlan>,
    /// Which parameters a step changes, and how.
    pub(crate) groups: Groups,
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
    /// What the ranks share, if there are several and the batch has several blocks.
    pub(crate) ranks: Option<RankPlan>,
    pub(crate) names: Vec<String>,
    buffers: Vec<Buffer>,
}

/// One node of a plan.
#[derive(Clone, Debug)]
pub(crate) struct NodePlan {
    pub needs: Needs,
    /// Nodes that use its parameters, too, from the last to the first.
    pub sharers: Vec<usize>,
    /// Whether it uses the parameters of another node.
    pub is_shared: bool,
    /// Whether a step changes neither its parameters nor its state.
    pub is_frozen: bool,
    /// Its parameters.
    pub params: Range<usize>,
    /// Its state.
    pub state: Range<usize>,
    /// Its gradient in a partial sum. Empty unless it is computed block by block.
    pub gradient: Range<usize>,
}

impl NodePlan {
    /// Whether a step changes its parameters.
    pub fn learns(&self) -> bool {
        !self.params.is_empty() && !self.is_frozen
    }

    /// Parameters in a row, if the gradient is computed from the whole batch.
    pub fn whole_batch(&self) -> Option<usize> {
        match self.needs.gradient {
            Gradient::WholeBatch { row } => Some(row),
            Gradient::PerBlock | Gradient::Sums => None,
        }
    }
}

/// The most samples in a batch. A larger batch is planned as this.
const MOST_SAMPLES: usize = 1 << 20;

/// Up to so many samples for each thread run as rows in inference. A block of them would be mostly padding, and slower unless the
/// network is tiny: `answers` of `bench/runs/2026-11-27-amd-epyc-family-26-model-2/scaling.json`.
const FEW: usize = 4;

impl<T: Float> Network<T> {
    /// How the network would run batches of `batch` samples on `machine`. Nothing is allocated for it yet, and it can be printed.
    pub fn plan(&self, batch: usize, mode: Mode, machine: &Machine) -> Plan {
        self.plan_in_groups(batch, mode, machine, &Groups::one(self))
    }

    /// [`plan`](Self::plan) for training in which a step treats groups of parameters differently.
    ///
    /// A frozen layer does in training what it does in inference: batch norm takes its running statistics, and keeps them. Gradients
    /// of frozen parameters are 0. Nothing is computed on the way back through layers before which everything is frozen.
    ///
    /// With [`Mode::Descend`] the parameters must be one group.
    pub fn plan_in_groups(&self, batch: usize, mode: Mode, machine: &Machine, groups: &Groups) -> Plan {
        self.plan_of_rank(batch, mode, machine, groups, None)
    }

    /// [`plan_in_groups`](Self::plan_in_groups) for one of the ranks of a training.
    pub(crate) fn plan_of_rank(
        &self,
        batch: usize,
        mode: Mode,
        machine: &Machine,
        groups: &Groups,
        ranks: Option<&Ranks>,
    ) -> Plan {
        T::plan(self, batch, mode, machine, groups, mode == Mode::Trace, ranks)
    }

    /// [`plan`](Self::plan), with memory of its own for each value.
    pub(crate) fn plan_that_keeps(&self, batch: usize, mode: Mode, machine: &Machine) -> Plan {
        T::plan(self, batch, mode, machine, &Groups::one(self), true, None)
    }
}

impl Plan {
    /// `number.rs` compiles it for each number type, as `T::plan`.
    pub(crate) fn new<T: Float>(
        network: &Network<T>,
        batch: usize,
        mode: Mode,
        machine: &Machine,
        groups: &Groups,
        keeps: bool,
        ranks: Option<&Ranks>,
    ) -> Self {
        let batch = batch.clamp(1, MOST_SAMPLES);
        let threads = machine.threads.clamp(1, Pool::MOST);
        let few = mode == Mode::Infer && batch <= FEW * threads;
        let family = if batch == 1 || few { Family::Row } else { Family::Block };
        let blocks = batch.div_ceil(family.samples());
        let trains = mode != Mode::Infer;
        let needs: Vec<Needs> = (network.nodes().iter())
            .map(|node| node.layer().map_or(Needs::default(), |layer| layer.needs(family)))
            .collect();
        let waits = |n: usize| trains && needs[n].statistics > 0 && !groups.is_frozen(n);
        let waiting: Vec<usize> = (0..needs.len()).filter(|&n| waits(n)).collect();
        // Weights are not updated on the way back where blocks wait for one another, and where another layer reads them later.
        let waits = !waiting.is_empty() || network.shares();
        let mode = if mode == Mode::Descend && waits { Mode::Gradient } else { mode };
        // Of each node, the others that use its parameters, from the last to the first.
        let mut sharers = vec![Vec::new(); needs.len()];
        for (n, node) in network.nodes().iter().enumerate().rev().filter(|(n, node)| node.owner != *n) {
            sharers[node.owner].push(n);
        }
        let frame = FramePlan::new(network, family, mode, groups);
        let mut partial = 0;
        let nodes = (needs.into_iter().enumerate())
            .map(|(n, mut needs)| {
                let params = network.layout().layer(n);
                let is_frozen = groups.is_frozen(n);
                // A layer adds to its gradient where it computes the gradient to its input, even if nothing reads the sum.
                let passes_back = || frame.nodes[n].backward.as_ref().is_some_and(|back| back.dx.is_some());
                if is_frozen && (needs.gradient != Gradient::PerBlock || !passes_back()) {
                    needs.gradient = Gradient::Sums;
                }
                let per_block = trains
                    && needs.gradient == Gradient::PerBlock
                    && !(mode == Mode::Descend && needs.descends);
                let gradient = partial..partial + if per_block { params.len() } else { 0 };
                partial = gradient.end;
                let sharers = core::mem::take(&mut sharers[n]);
                let is_shared = network.nodes()[n].owner != n;
                NodePlan {
                    needs,
                    sharers,
                    is_shared,
                    is_frozen,
                    params,
                    state: network.state_layout().layer(n),
                    gradient,
                }
            })
            .collect();
        let mut plan = Plan {
            batch,
            mode,
            isa: machine.isa,
            family,
            input: network.input().size(),
            output: network.output().size(),
            outputs: network.outputs().to_vec(),
            nodes,
            groups: groups.clone(),
            frame,
            passes: Pass::all(network.nodes().len(), &waiting, mode),
            blocks,
            shares: Vec::new(),
            partial,
            trees: Vec::new(),
            cuts: Cuts::default(),
            ranks: None,
            names: network.nodes().iter().map(|node| node.name().to_string()).collect(),
            buffers: Vec::new(),
        };
        plan.ranks = RankPlan::new(&plan, ranks);
        plan.share(threads.min(plan.own_blocks().len()).max(1));
        let Plan { passes, nodes, cuts, .. } = &mut plan;
        passes.iter_mut().for_each(|pass| pass.cut(nodes, &cuts.blocks));
        if let Some(mut ranks) = plan.ranks.take() {
            ranks.meet(&plan);
            plan.ranks = Some(ranks);
        }
        plan.frame.places = Places::new(&plan, network.nodes(), keeps);
        plan.buffers = buffers::all::<T>(&plan);
        plan
    }

    /// Whether each block keeps each value outside of the frame, until the gradient of the whole batch is computed.
    pub(super) fn kept_values(&self) -> Vec<bool> {
        let mut kept = vec![false; self.frame.values.len()];
        for (node, frame) in self.nodes.iter().zip(&self.frame.nodes) {
            kept[frame.x] |= self.trains() && node.whole_batch().is_some() && !self.keeps_blocks();
        }
        kept
    }

    /// The blocks that this rank computes: all, unless there are several ranks.
    pub(crate) fn own_blocks(&self) -> Range<usize> {
        self.ranks.as_ref().map_or(0..self.blocks, RankPlan::blocks)
    }

    /// The samples of neighbouring blocks.
    pub(crate) fn samples(&self, blocks: Range<usize>) -> Range<usize> {
        let first = |block: usize| (block * self.family.samples()).min(self.batch);
        first(blocks.start)..first(blocks.end)
    }

    /// The number of parameters.
    pub(crate) fn params(&self) -> usize {
        self.nodes.iter().map(|node| node.params.end).max().unwrap_or(0)
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

    /// The layer of node `n` of a network, with its parameters and state. None if the node joins several values.
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
}
