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
//! To read a step from top to bottom: [`Engine::step`] here, `walk.rs` (all blocks), `worker.rs` (one block), `loss.rs` (its loss) and
//! `update.rs` (the parameters). They follow a plan, which is made before:
//!
//! | file | what it plans |
//! |---|---|
//! | `plan.rs` | all of it |
//! | `share.rs` | the work of each worker |
//! | `pass.rs` | where blocks wait for one another |
//! | `groups.rs` | parameters that are updated alike |
//! | `frame.rs` | the values of a block and their gradients |
//! | `places.rs` | where the values of inference lie |
//! | `gradients.rs` | the buffers of the gradients of a block |
//! | `fusion.rs` | layers that are computed together |
//! | `ranks.rs` | what the ranks of a training give one another |
//! | `buffers.rs` | all memory |

mod batch;
mod buffers;
mod frame;
mod fusion;
mod gradients;
mod groups;
mod loss;
mod machine;
mod memory;
mod open;
mod pass;
mod places;
mod plan;
mod ports;
mod predict;
mod print;
mod profile;
mod ranks;
mod share;
mod step;
mod trace;
mod update;
mod values;
mod walk;
mod worker;

pub use self::batch::{Batch, Slices};
pub use self::buffers::{Buffer, Purpose};
pub use self::groups::{Group, Groups};
pub use self::machine::Machine;
pub use self::plan::{Mode, Plan};
pub use self::profile::{LayerTime, Profile, profile};
pub use self::step::{NotFinite, StepContext, Update};
pub use self::trace::{Trace, TraceGradients};

use alloc::vec::Vec;

use toddle_kernels::Run;
use toddle_kernels::update::{flat, norm};
use toddle_lanes::{Aligned, Pool};

use self::plan::NodePlan;
use self::ranks::Between;
use self::step::Draws;
use self::update::{Updated, walk_params};
use self::values::{Frame, Kept};
use self::worker::Worker;
use crate::Float;
use crate::layer::{Family, Pack};
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
    /// The outputs of the batch and the gradients to its inputs, for the caller.
    outputs: Aligned<T>,
    input_gradients: Aligned<T>,
    /// Gradient sums of inference.
    zeros: Aligned<T>,
    /// What the ranks give one another, if there are several.
    between: Between<T>,
    /// The right answers of the other ranks.
    right: usize,
    /// Where the random numbers of the outputs came from.
    draws: Draws,
}

impl<T: Float> Engine<T> {
    /// The threads that it runs on: as many as the plan has workers, or fewer where the system started no more.
    pub fn threads(&self) -> usize {
        self.pool.threads()
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
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
        let plain;
        let (steps, clip, slots): (&[Step<T>], _, &mut [Aligned<T>]) = match update {
            Update::Descend { rate } if self.plan.descends() => {
                self.descend(network, batch, step, rate, losses);
                return NotFinite::check(losses);
            }
            Update::Descend { rate } => {
                plain = [Optimizer::from(Sgd::new(rate)).step(1, rate)];
                (&plain, None, &mut [])
            }
            Update::Optimize { steps, clip, slots } => (steps, clip, slots),
        };
        self.walk(network, batch, step, losses);
        NotFinite::check(losses)?;
        let finite = if clip.is_some() {
            self.sum_gradient(network);
            self.update(network, steps, clip, slots)
        } else {
            self.descend_gradient(network, steps, slots)
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
        self.sum_gradient(network);
        &self.gradient
    }

    /// The gradient that [`gradient`](Self::gradient) set, to be changed before [`update`](Self::update).
    pub fn gradient_mut(&mut self) -> &mut [T] {
        &mut self.gradient
    }

    /// Updates the weights with the gradient that [`gradient`](Self::gradient) set and that the caller may have changed. `steps` has
    /// a step for each of the plan's [`Groups`], which is one step unless the plan was made with groups.
    /// Returns whether all weights are finite after the update.
    ///
    /// # Panics
    /// The slots are not of this optimizer, there are not as many steps as groups, or the plan is not of this network.
    pub fn update(
        &mut self,
        network: &mut Network<T>,
        steps: &[Step<T>],
        clip: Option<Clip>,
        slots: &mut [Aligned<T>],
    ) -> bool {
        let Engine { plan, pool, workers, gradient, square_sums, .. } = self;
        let scale = match clip {
            None => 1.0,
            Some(Clip::Value { limit }) => {
                flat::Clamp { limit: T::from_f64(limit), x: gradient }.on(plan.isa);
                1.0
            }
            Some(clip) => {
                norm::SquareSums { x: gradient, sums: square_sums }.on(plan.isa);
                clip.factor(norm::norm(square_sums))
            }
        };
        let updated = Updated::new(plan, steps, scale, &mut network.weights, slots);
        walk_params(plan, pool, workers, gradient, None, Some(&updated));
        updated.finite()
    }

    /// How many samples of the last [`step`](Self::step) or [`gradient`](Self::gradient) had the right answer before the update.
    /// 0 where no answer is right or wrong: see [`Evaluation::accuracy`](crate::Evaluation::accuracy).
    pub fn right(&self) -> usize {
        self.workers.iter().map(|worker| worker.right).sum::<usize>() + self.right
    }

    /// The output of node `n`, of the last batch, which was one row or block. For a plan that [keeps](Network::plan_that_keeps)
    /// the values.
    pub(crate) fn value_of_block(&self, n: usize) -> &[T] {
        let y = self.plan.frame.nodes[n].y;
        let kept = &self.kept[0].values[y];
        if kept.is_empty() { self.frames[0].all(&self.plan.frame).value(y) } else { kept }
    }

    /// Asserts that the plan trains this network, packs the weights and sets the count of right answers to 0.
    fn begin(&mut self, network: &Network<T>, losses: &[T]) {
        assert!(self.plan.trains() && !self.plan.mode.is_open(), "the plan is of steps with a loss");
        assert_eq!(losses.len(), self.plan.batch, "there is room for a batch's losses");
        self.check(network);
        self.pack(network);
        self.take_moments(network, |node| node.is_frozen);
        self.workers.iter_mut().for_each(|worker| worker.right = 0);
        self.right = 0;
    }

    /// Sets the moments of some nodes to those of their state.
    fn take_moments(&mut self, network: &Network<T>, which: impl Fn(&NodePlan) -> bool) {
        for (n, (node, moments)) in self.plan.nodes.iter().zip(&mut self.moments).enumerate() {
            if let Some(layer) = network.nodes[n].layer().filter(|_| which(node) && node.needs.moments > 0) {
                layer.moments_of_state(&network.state[node.state.clone()], moments);
            }
        }
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
}
