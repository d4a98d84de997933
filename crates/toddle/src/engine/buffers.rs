//! The buffers of an engine: the one list that says what is allocated, and what for.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use toddle_kernels::dense::block::tree_scratch;
use toddle_kernels::update::norm;

use super::plan::NodePlan;
use super::{Family, Plan};
use crate::Float;
use crate::layer::Needs;

/// A buffer that an engine allocates, or several that are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buffer {
    /// The layer that it belongs to, or else what it is.
    pub name: String,
    /// What it is for.
    pub purpose: Purpose,
    /// The number of elements.
    pub length: usize,
    /// Bytes of an element.
    pub element: usize,
    /// How many such buffers there are: one for each worker, for instance.
    pub copies: usize,
}

impl Buffer {
    fn new<T>(purpose: Purpose, name: &str, length: usize, copies: usize) -> Self {
        Buffer { name: name.into(), purpose, length, element: size_of::<T>(), copies }
    }

    /// Bytes of all copies. Each begins on a cache line.
    pub fn bytes(&self) -> usize {
        const LINE: usize = 64;
        self.copies * (self.length * self.element).next_multiple_of(LINE)
    }
}

/// What a buffer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// The input and the layers' outputs, of one row or block. What lies in the place of an earlier value is not counted.
    Values,
    /// The gradients to them. What lies in the place of a value or of another gradient is not counted.
    Gradients,
    /// All inputs, or all outputs, of a block.
    Samples,
    /// A layer's input in one block, kept until the gradient is computed from the whole batch.
    KeptInputs,
    /// The gradient to that layer's output, likewise.
    KeptGradients,
    /// Gradients of some blocks, on their way up the tree.
    PartialSums,
    /// The gradient of the batch.
    Gradient,
    /// A layer's weights, in the order in which kernels read them.
    PackedWeights,
    /// Memory that a layer uses during one call.
    Scratch,
    /// The inputs of a row or block, where they have to be gathered.
    Inputs,
    /// The targets of a row or block, likewise.
    Targets,
    /// The targets of a block, sixteen samples side by side.
    TargetLanes,
    /// The blocks' statistics or gradient sums, for the layer that waits for them.
    Leaves,
    /// A layer's moments of the batch.
    Moments,
    /// A layer's gradient sums of the batch.
    GradientSums,
    /// Sums of the squares of the gradient, for its norm.
    SquareSums,
    /// The gradient of one of several layers with the same weights.
    PlaceGradient,
    /// The outputs of a batch, for the caller.
    Outputs,
    /// The gradients to the inputs of a batch, for the caller.
    InputGradients,
    /// Gradient sums of inference, which are zero.
    Zeros,
    /// What this rank and the others give one another.
    Ranks,
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Purpose::Values => "outputs of layers",
            Purpose::Gradients => "gradients to outputs",
            Purpose::Samples => "samples",
            Purpose::KeptInputs => "kept inputs",
            Purpose::KeptGradients => "kept gradients",
            Purpose::PartialSums => "partial sums of the gradient",
            Purpose::Gradient => "gradient",
            Purpose::PackedWeights => "packed weights",
            Purpose::Scratch => "scratch",
            Purpose::Inputs => "inputs",
            Purpose::Targets => "targets",
            Purpose::TargetLanes => "targets in lanes",
            Purpose::Leaves => "statistics of blocks",
            Purpose::Moments => "moments",
            Purpose::GradientSums => "gradient sums",
            Purpose::SquareSums => "sums of squares",
            Purpose::PlaceGradient => "gradient of a place",
            Purpose::Outputs => "outputs",
            Purpose::InputGradients => "gradients to inputs",
            Purpose::Zeros => "zeros",
            Purpose::Ranks => "exchange between ranks",
        })
    }
}

/// Every buffer of `plan`. Where each layer has a buffer of some purpose, each is listed, even one without elements.
pub(super) fn all<T: Float>(plan: &Plan) -> Vec<Buffer> {
    let Plan { frame, nodes, names, blocks, .. } = plan;
    let (workers, frames, own_blocks) = (plan.workers(), plan.frames(), plan.own_blocks().len());
    let each_layer = |purpose, length: fn(&Needs) -> usize| {
        let layers = nodes.iter().zip(names);
        layers.map(move |(node, name)| Buffer::new::<T>(purpose, name, length(&node.needs), 1))
    };
    let mut writers = vec!["input"; frame.values.len()];
    for (node, name) in frame.nodes.iter().zip(names).filter(|(node, _)| node.x != node.y) {
        writers[node.y] = name;
    }
    let values = frame.places.growth_by_values.iter().zip(writers);
    let mut all: Vec<Buffer> =
        values.map(|(&length, name)| Buffer::new::<T>(Purpose::Values, name, length, frames)).collect();
    all.push(Buffer::new::<T>(Purpose::Samples, "samples", frame.whole, frames));
    all.extend(each_layer(Purpose::PackedWeights, |needs| needs.packed));
    all.push(Buffer::new::<T>(Purpose::Scratch, "scratch", scratch(plan), workers));
    if !plan.trains() {
        return all;
    }
    all.push(Buffer::new::<T>(Purpose::Gradients, "gradients", frame.places.growth_by_gradients, frames));
    all.extend(frame.values.iter().zip(&frame.places.values).map(|(&length, place)| {
        let length = if place.is_some() { 0 } else { length };
        Buffer::new::<T>(Purpose::KeptInputs, "inputs", length, own_blocks)
    }));
    all.extend(nodes.iter().zip(&frame.nodes).zip(names).map(|((node, frame_of), name)| {
        let length = node.whole_batch().map_or(0, |_| frame.panels(frame_of.y));
        Buffer::new::<T>(Purpose::KeptGradients, name, length, own_blocks)
    }));
    all.extend(each_layer(Purpose::Moments, |needs| needs.moments));
    all.extend(each_layer(Purpose::GradientSums, |needs| needs.statistics));
    let statistics = nodes.iter().map(|node| node.needs.statistics).max().unwrap_or(0);
    let samples = plan.family.samples();
    let (inputs, outputs) = (plan.input * samples, plan.output * samples);
    let lanes = if plan.family == Family::Block { outputs } else { 0 };
    let gradient = if plan.descends() { 0 } else { plan.params() };
    let squares = norm::leaves(plan.params());
    let shared = nodes.iter().filter(|node| !node.sharers.is_empty());
    let place = shared.map(NodePlan::params_at_once).max().unwrap_or(0);
    let each_sample = |wanted: bool, elements: usize| if wanted { plan.batch * elements } else { 0 };
    let given = each_sample(plan.mode.is_open(), plan.output);
    let taken = each_sample(plan.mode.wants_inputs(), plan.input);
    all.extend([
        Buffer::new::<T>(
            Purpose::PartialSums,
            "gradients of blocks",
            plan.cuts.partials.last().copied().unwrap_or(0),
            1,
        ),
        Buffer::new::<T>(Purpose::Gradient, "gradient", gradient, 1),
        Buffer::new::<T>(Purpose::Leaves, "leaves", blocks * statistics, 1),
        Buffer::new::<T>(Purpose::Inputs, "inputs", inputs, workers),
        Buffer::new::<T>(Purpose::Targets, "targets", outputs, workers),
        Buffer::new::<T>(Purpose::TargetLanes, "targets", lanes, workers),
        Buffer::new::<f64>(Purpose::SquareSums, "squares", squares, 1),
        Buffer::new::<T>(Purpose::PlaceGradient, "gradient", place, workers),
        Buffer::new::<T>(Purpose::Outputs, "outputs", given, 1),
        Buffer::new::<T>(Purpose::InputGradients, "gradients", taken, 1),
        Buffer::new::<T>(Purpose::Zeros, "zeros", if plan.mode.infers() { statistics } else { 0 }, 1),
    ]);
    let between = plan.ranks.iter().flat_map(|ranks| ranks.buffers(plan));
    all.extend(between.map(|(name, length)| Buffer::new::<T>(Purpose::Ranks, name, length, 1)));
    all
}

/// Elements of scratch memory: the most that a layer, a gradient of the whole batch, or a loss asks for.
fn scratch(plan: &Plan) -> usize {
    let sums_batch = plan.trains() && plan.nodes.iter().any(|node| node.whole_batch().is_some());
    let tree = if sums_batch { tree_scratch(plan.blocks) } else { 0 };
    let judges = plan.family == Family::Block && plan.trains() && !plan.mode.is_open();
    let outputs = plan.outputs.iter().map(|output| output.shape.size()).filter(|_| judges);
    // The outputs, the targets and the gradient of one sample.
    let loss = 3 * outputs.max().unwrap_or(0);
    plan.nodes.iter().map(|node| node.needs.scratch).fold(tree.max(loss), usize::max)
}
