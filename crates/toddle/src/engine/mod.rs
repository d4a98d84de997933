//! Running a network: inference, and training steps, for one sample and for batches on several threads.
//!
//! ```text
//! each worker, for each of its blocks:             a block stays in the caches of its core
//!     forward all layers; loss; backward all layers; gradients of the block into the tree
//! each worker, for each range of its parameters:   the rest of the tree, or the gradient of the whole batch
//!     gradient; optimizer
//! ```
//!
//! A layer that needs statistics of the whole batch cuts the first loop in two, on the way forward and on the way back.
//! No other module uses threads. [`Engine::new`] allocates everything, and a step allocates nothing.
//!
//! To read a step from top to bottom: this file, `worker.rs` (one block), `update.rs` (the parameters). What they follow is
//! decided in `plan.rs` (work), `frame.rs` (buffers of a block), `fusion.rs` (layers in one) and `buffers.rs` (all memory).

mod batch;
mod buffers;
mod frame;
mod fusion;
mod machine;
mod plan;
mod predict;
mod profile;
mod step;
mod update;
mod worker;

pub use self::batch::{Batch, Slices};
pub use self::buffers::{Buffer, Purpose};
pub use self::machine::Machine;
pub use self::plan::{Mode, Plan};
pub use self::profile::{LayerTime, Profile, profile};
pub use self::step::{NotFinite, StepContext, Update};

use toddle_kernels::Run;
use toddle_kernels::update::{flat, norm, reference, tree};
use toddle_lanes::{Aligned, Arena, Parts, Pool};

use self::plan::Share;
use self::update::{LeftByBlocks, Updated, walk_params};
use self::worker::{Block, Frame, Kept, Walk, Weights, Worker};
use crate::Float;
use crate::layer::{Family, Moments, Pack};
use crate::network::{Network, Node};
use crate::optim::{Clip, Optimizer, Sgd, Step};

/// A plan with its memory and its threads, for one network.
///
/// ```
/// use toddle::{Dense, Engine, Loss, Machine, Mode, NetworkSpec, Shape, Slices, StepContext, Update};
///
/// let mut network = NetworkSpec::new(Shape::vector(2)).add(Dense::new(1)).build::<f64>(0)?;
/// let plan = network.plan(3, Mode::Descend, &Machine::detect()?);
/// let mut engine = Engine::new(&network, plan);
/// let batch = Slices { inputs: &[0.0, 1.0, 1.0, 0.0, 1.0, 1.0], targets: &[2.0, 3.0, 5.0], samples: 3 };
/// let mut losses = [0.0; 3];
/// for number in 0..500 {
///     let step = StepContext { seed: 0, number, loss: &Loss::MeanSquaredError };
///     engine.step(&mut network, &batch, step, Update::Descend { rate: 0.3 }, &mut losses).unwrap();
/// }
/// assert!(losses.iter().all(|loss| *loss < 1e-9));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Engine<T> {
    plan: Plan,
    pool: Pool,
    workers: Vec<Worker<T>>,
    /// One for each worker, or for each block where blocks wait for one another.
    frames: Vec<Frame<T>>,
    /// One for each block, in training.
    kept: Vec<Kept<T>>,
    /// Each node's weights, in the order in which kernels read them.
    packed: Vec<Aligned<T>>,
    /// The stamp of the weights that are packed. Zero before the first.
    stamp: u64,
    /// Gradients of blocks, and of nodes of the tree over them.
    partials: Aligned<T>,
    /// The gradient of the batch.
    gradient: Aligned<T>,
    /// The blocks' leaves of statistics or gradient sums, for the layer that waits for them.
    leaves: Aligned<T>,
    /// Each node's moments and gradient sums of the batch.
    moments: Vec<Aligned<T>>,
    gradient_sums: Vec<Aligned<T>>,
    /// The squares of the gradient, summed leaf by leaf.
    square_sums: Aligned<f64>,
}

/// All buffers of some purpose, in the order of the plan's list.
fn buffers<T: Float>(plan: &Plan, purpose: Purpose, arena: &mut Arena) -> Vec<Aligned<T>> {
    let listed = plan.buffers().iter().filter(|buffer| buffer.purpose == purpose);
    listed.map(|buffer| arena.zeros(buffer.length)).collect()
}

/// The only buffer of some purpose. Empty if the plan needs none.
fn buffer<T: Float>(plan: &Plan, purpose: Purpose, arena: &mut Arena) -> Aligned<T> {
    buffers(plan, purpose, arena).pop().unwrap_or_default()
}

impl<T: Float> Engine<T> {
    /// Memory and threads for `plan`, which is a plan of `network`.
    pub fn new(network: &Network<T>, plan: Plan) -> Self {
        let arena = &mut Arena::with_room(plan.bytes());
        let frame = |arena: &mut _| Frame {
            values: buffers(&plan, Purpose::Values, arena),
            gradients: buffers(&plan, Purpose::Gradients, arena),
        };
        let kept = |arena: &mut _| Kept {
            values: buffers(&plan, Purpose::KeptInputs, arena),
            panels: buffers(&plan, Purpose::KeptGradients, arena),
        };
        let worker = |arena: &mut _| Worker {
            scratch: buffer(&plan, Purpose::Scratch, arena),
            inputs: buffer(&plan, Purpose::Inputs, arena),
            targets: buffer(&plan, Purpose::Targets, arena),
            target_lanes: buffer(&plan, Purpose::TargetLanes, arena),
            right: 0,
        };
        let engine = Engine {
            frames: (0..plan.frames()).map(|_| frame(arena)).collect(),
            kept: (0..if plan.trains() { plan.blocks } else { 0 }).map(|_| kept(arena)).collect(),
            partials: buffer(&plan, Purpose::PartialSums, arena),
            gradient: buffer(&plan, Purpose::Gradient, arena),
            packed: buffers(&plan, Purpose::PackedWeights, arena),
            workers: (0..plan.workers()).map(|_| worker(arena)).collect(),
            leaves: buffer(&plan, Purpose::Leaves, arena),
            moments: buffers(&plan, Purpose::Moments, arena),
            gradient_sums: buffers(&plan, Purpose::GradientSums, arena),
            square_sums: buffer(&plan, Purpose::SquareSums, arena),
            stamp: 0,
            pool: Pool::new(plan.workers()),
            plan,
        };
        engine.check(network);
        engine
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Sets `outputs` to the network's outputs of the samples `inputs`, any number of them.
    ///
    /// # Panics
    /// There are not as many samples in `inputs` as in `outputs`, or the plan is not of this network.
    pub fn forward(&mut self, network: &Network<T>, inputs: &[T], outputs: &mut [T]) {
        let (input, output) = (network.input().size(), network.output().size());
        let samples = inputs.len() / input;
        let lengths = (inputs.len(), outputs.len());
        assert_eq!(lengths, (samples * input, samples * output), "as many outputs as inputs");
        self.check(network);
        self.pack(network);
        let batch = self.plan.batch;
        for (inputs, outputs) in inputs.chunks(batch * input).zip(outputs.chunks_mut(batch * output)) {
            self.forward_batch(network, inputs, outputs);
        }
    }

    /// Sets `outputs` to the outputs of a batch, which may be short. Then some workers have less to do, or nothing.
    fn forward_batch(&mut self, network: &Network<T>, inputs: &[T], outputs: &mut [T]) {
        let Engine { plan, pool, workers, frames, packed, .. } = self;
        let (input, output) = (plan.input.size(), plan.output.size());
        let mut cuts = [0; Pool::MOST + 1];
        let cuts = &mut cuts[..plan.cuts.samples.len()];
        for (cut, sample) in cuts.iter_mut().zip(&plan.cuts.samples) {
            *cut = (sample * output).min(outputs.len());
        }
        let Network { nodes, state, weights, .. } = network;
        let walk = Walk { plan, nodes, state, packed, step: None, moments: &[], gradient_sums: &[] };
        let workers = Parts::new(workers, &plan.cuts.workers);
        let frames = Parts::new(frames, &plan.cuts.workers);
        let outputs = Parts::new(outputs, cuts);
        pool.run(|w| {
            let (worker, frame) = (&mut workers.take(w)[0], &mut frames.take(w)[0]);
            let together = plan.family.samples();
            let mine = &inputs[(plan.cuts.samples[w] * input).min(inputs.len())..];
            let blocks = mine.chunks(together * input).zip(outputs.take(w).chunks_mut(together * output));
            for (inputs, outputs) in blocks {
                frame.load(plan, inputs);
                worker.infer(&walk, weights, frame);
                frame.unload(plan, outputs);
            }
        });
    }

    /// One step: sets the losses of the plan's batch, in order, and updates the weights with the gradient of their mean.
    ///
    /// # Errors
    /// A loss or a weight is not finite. If it is a loss, the weights have not been updated, unless the plan updates them on the
    /// way back.
    ///
    /// # Panics
    /// There are not as many losses as the plan's batch has samples, or the plan is not of this update or network.
    pub fn step(
        &mut self,
        network: &mut Network<T>,
        batch: &dyn Batch<T>,
        step: StepContext<'_>,
        update: Update<'_, T>,
        losses: &mut [T],
    ) -> Result<(), NotFinite> {
        self.begin(network, losses);
        let (optimizer, clip, slots): (_, _, &mut [Aligned<T>]) = match update {
            Update::Descend { rate } if self.plan.descends() => {
                self.descend(network, batch, step, rate, losses);
                return NotFinite::check(losses);
            }
            Update::Descend { rate } => (Optimizer::from(Sgd::new(rate)).step(1, rate), None, &mut []),
            Update::Optimize { step, clip, slots } => (step, clip, slots),
        };
        self.walk(network, batch, step, losses);
        NotFinite::check(losses)?;
        let finite = if clip.is_some() {
            self.sum_gradient(network, None);
            self.update(network, optimizer, clip, slots)
        } else {
            self.sum_gradient(network, Some((optimizer, slots)))
        };
        if finite { Ok(()) } else { Err(NotFinite::Weights) }
    }

    /// Sets the losses of the plan's batch, in order, and returns the gradient of their mean, laid out as the weights are.
    ///
    /// The weights do not change. The state of the layers changes as in a step.
    ///
    /// # Panics
    /// There are not as many losses as the plan's batch has samples, or the plan is not of [`Mode::Gradient`] or of this network.
    pub fn gradient(
        &mut self,
        network: &mut Network<T>,
        batch: &dyn Batch<T>,
        step: StepContext<'_>,
        losses: &mut [T],
    ) -> &[T] {
        assert_eq!(self.plan.mode, Mode::Gradient, "the plan keeps gradients");
        self.begin(network, losses);
        self.walk(network, batch, step, losses);
        self.sum_gradient(network, None);
        &self.gradient
    }

    /// The gradient that [`gradient`](Self::gradient) set, to be changed before [`update`](Self::update).
    pub fn gradient_mut(&mut self) -> &mut [T] {
        &mut self.gradient
    }

    /// Updates the weights with the gradient that [`gradient`](Self::gradient) set and that the caller may have changed.
    /// Returns whether all weights are finite after the update.
    ///
    /// # Panics
    /// The slots are not of this optimizer, or the plan is not of this network.
    pub fn update(
        &mut self,
        network: &mut Network<T>,
        step: Step<T>,
        clip: Option<Clip>,
        slots: &mut [Aligned<T>],
    ) -> bool {
        let Engine { plan, pool, workers, gradient, square_sums, .. } = self;
        let step = match clip {
            None => step,
            Some(Clip::Value { limit }) => {
                flat::Clamp { limit: T::from_f64(limit), x: gradient }.on(plan.isa);
                step
            }
            Some(clip) => {
                norm::SquareSums { x: gradient, sums: square_sums }.on(plan.isa);
                step.scaled(clip.factor(norm::norm(square_sums)))
            }
        };
        let updated = Updated::new(plan, step, &mut network.weights, slots);
        walk_params(plan, pool, workers, gradient, None, Some(&updated));
        updated.finite()
    }

    /// How many samples of the last [`step`](Self::step) or [`gradient`](Self::gradient) had the right answer before the update.
    /// 0 where no answer is right or wrong: see [`Evaluation::accuracy`](crate::Evaluation::accuracy).
    pub fn right(&self) -> usize {
        self.workers.iter().map(|worker| worker.right).sum()
    }

    /// The output of node `n`, of the last batch, which was one row or block.
    pub(crate) fn value_of_block(&self, n: usize) -> &[T] {
        let y = self.plan.frame.nodes[n].y;
        let kept = &self.kept[0].values[y];
        if kept.is_empty() { &self.frames[0].values[y] } else { kept }
    }

    /// The first node of `network` whose output of `x` is not finite.
    pub(crate) fn first_not_finite(network: &Network<T>, machine: &Machine, x: &[T]) -> Option<String> {
        let mut engine = Engine::new(network, network.plan(1, Mode::Infer, machine));
        engine.forward(network, x, &mut vec![T::ZERO; network.output().size()]);
        let values = &engine.frames[0].values;
        let is_lost = |y: usize| values[y].iter().any(|y| !y.is_finite());
        (network.nodes().iter().zip(&engine.plan.frame.nodes))
            .find(|(_, frame)| is_lost(frame.y))
            .map(|(node, _)| node.name().to_string())
    }

    /// Asserts that the plan trains this network, packs the weights and sets the count of right answers to 0.
    fn begin(&mut self, network: &Network<T>, losses: &[T]) {
        assert!(self.plan.trains(), "the plan trains");
        assert_eq!(losses.len(), self.plan.batch, "there is room for a batch's losses");
        self.check(network);
        self.pack(network);
        self.workers.iter_mut().for_each(|worker| worker.right = 0);
    }

    /// Asserts that the plan is of this network.
    fn check(&self, network: &Network<T>) {
        let sizes = |(node, frame): (&Node<T>, &frame::NodeFrame)| {
            node.output().size() * self.plan.family.samples() == self.plan.frame.values[frame.y]
        };
        let same = network.nodes().len() == self.plan.nodes.len()
            && network.nodes().iter().zip(&self.plan.frame.nodes).all(sizes);
        assert!(same, "the plan is this network's");
    }

    /// Packs the weights, unless they have not changed since they were packed.
    fn pack(&mut self, network: &Network<T>) {
        if self.stamp == network.weights.stamp() {
            return;
        }
        self.stamp = network.weights.stamp();
        let (isa, trains) = (self.plan.isa, self.plan.trains());
        for ((node, plan), packed) in network.nodes().iter().zip(&self.plan.nodes).zip(&mut self.packed) {
            if let Some(layer) = node.layer().filter(|_| !packed.is_empty()) {
                let params = &network.weights()[plan.params.clone()];
                layer.pack(Pack { isa, params, packed, trains });
            }
        }
    }

    /// Takes all blocks of a batch forward and back: sets their losses, and leaves what its gradient is summed from.
    fn walk(
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
        let workers = Parts::new(workers, &plan.cuts.workers);
        let frames = Parts::new(frames, &plan.cuts.frames);
        let kept = Parts::new(kept, &plan.cuts.blocks);
        let partials = Parts::new(partials, &plan.cuts.partials);
        let losses = Parts::new(losses, &plan.cuts.samples);
        let leaves = Parts::new(leaves, &pass.leaf_cuts);
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
    fn descend(
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

    /// Sets the gradient of the batch, and updates the weights if there is a step: returns whether all weights are finite then.
    fn sum_gradient(&mut self, network: &mut Network<T>, step: Option<(Step<T>, &mut [Aligned<T>])>) -> bool {
        let Engine { plan, pool, workers, frames, kept, partials, gradient, gradient_sums, .. } = self;
        let Network { nodes, weights, .. } = network;
        let left = LeftByBlocks { nodes, frames, kept, partials, gradient_sums };
        let updated = step.map(|(step, slots)| Updated::new(plan, step, weights, slots));
        walk_params(plan, pool, workers, gradient, Some(left), updated.as_ref());
        updated.is_none_or(|updated| updated.finite())
    }
}
