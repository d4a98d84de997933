//! Running a plan: forward, backward and step, for one sample and for batches on several threads.
//!
//! ```text
//! for each worker, for each of its blocks:         a block stays in its core's cache, first layer to last and back
//!     forward all layers; loss; backward all layers; per-block gradients into the tree
//! for each worker, for each of its weight rows:    the rest of the tree, dense gradients of the whole batch
//!     gradient, optimizer
//! ```
//!
//! A layer that needs statistics of the whole batch cuts the first loop in two, on the way there and on the way back.
//! Threads are used here alone, and everything is allocated in [`Engine::new`]: a step allocates nothing.

use std::ops::Range;

use toddle_kernels::Run;
use toddle_kernels::dense::block::Leaf;
use toddle_kernels::update::{flat, norm, reference, tree};
use toddle_lanes::{Aligned, Arena, Isa, Parts, Pool};

use crate::batch::Batch;
use crate::layer::{Gradient, GradientRows, Moments, Needs, Pack};
use crate::network::{Network, Node, Op};
use crate::optim::{Clip, Optimizer, Sgd, Step};
use crate::plan::{Machine, Mode, Pass, Plan, Share};
use crate::worker::{Frame, Kept, Walk, Worker};
use crate::{Float, Loss};

/// A plan with its memory and its threads, for one network.
///
/// ```
/// use toddle::{Dense, Engine, Lesson, Loss, Machine, Mode, NetworkSpec, Shape, Slices, Update};
///
/// let mut network = NetworkSpec::new(Shape::vector(2)).add(Dense::new(1)).build::<f64>(0)?;
/// let plan = network.plan(3, Mode::Descend, &Machine::detect()?);
/// let mut engine = Engine::new(&network, plan);
/// let batch = Slices { inputs: &[0.0, 1.0, 1.0, 0.0, 1.0, 1.0], targets: &[2.0, 3.0, 5.0], samples: 3 };
/// let mut losses = [0.0; 3];
/// for number in 0..500 {
///     let lesson = Lesson { seed: 0, number, loss: &Loss::MeanSquaredError };
///     engine.step(&mut network, &batch, lesson, Update::Descend { rate: 0.3 }, &mut losses).unwrap();
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
    /// Each layer's weights in the order that its kernels read.
    packed: Vec<Aligned<T>>,
    /// The stamp of the weights that are packed; zero before there are any.
    stamp: u64,
    /// What each block keeps for the layers whose gradient takes the whole batch.
    kept: Vec<Kept<T>>,
    /// Nodes of the gradient's tree.
    slots: Aligned<T>,
    /// The gradient of a batch.
    gradient: Aligned<T>,
    /// The blocks' leaves of statistics, or of slopes, of the layer that they wait for.
    leaves: Aligned<T>,
    /// Each layer's moments of the batch, and its slopes.
    moments: Vec<Aligned<T>>,
    slopes: Vec<Aligned<T>>,
    /// The gradient's squares, summed leaf by leaf.
    squares: Vec<f64>,
}

/// Which step of a training it is, and towards what.
#[derive(Clone, Copy, Debug)]
pub struct Lesson<'a> {
    /// The training's seed, from which random numbers come.
    pub seed: u64,
    /// The step's number, counted over the whole training.
    pub number: u32,
    /// What is to become small.
    pub loss: &'a Loss,
}

/// How a step moves the weights.
#[derive(Debug)]
pub enum Update<'a, T> {
    /// Plain SGD: `w −= rate · g`. With a plan of [`Mode::Descend`] for one sample, on the way back.
    Descend {
        /// The learning rate.
        rate: f64,
    },
    /// Any optimizer, for plans of [`Mode::Gradient`].
    Optimize {
        /// Its step.
        step: Step<T>,
        /// How the gradient is kept small before.
        clip: Option<Clip>,
        /// Its state, a buffer a slot, each as long as the weights.
        slots: &'a mut [Aligned<T>],
    },
}

/// Numbers that are infinite or not numbers: the training has lost its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotFinite {
    /// The loss of this sample of the batch.
    Loss {
        /// Which.
        sample: usize,
    },
    /// Weights, after they have been moved.
    Weights,
}

impl NotFinite {
    fn check<T: Float>(losses: &[T]) -> Result<(), NotFinite> {
        match losses.iter().position(|loss| !loss.is_finite()) {
            Some(sample) => Err(NotFinite::Loss { sample }),
            None => Ok(()),
        }
    }
}

impl<T: Float> Engine<T> {
    /// Memory and threads for `plan`, which is `network`'s.
    pub fn new(network: &Network<T>, plan: Plan) -> Self {
        let trains = plan.mode != Mode::Infer;
        let together = plan.family.samples();
        let (input, output) = (network.input().size() * together, network.output().size() * together);
        let frames = plan.cuts.frames.last().map_or(0, |&frames| frames);
        let most_statistics = plan.nodes.iter().map(|node| node.needs.statistics).max().unwrap_or(0);
        let arena = &mut Arena::with_room(plan.bytes());
        let frames = (0..frames).map(|_| Frame::new(&plan.frame, arena)).collect();
        let kept = (0..if trains { plan.blocks } else { 0 }).map(|_| Kept::new(&plan, arena)).collect();
        let slots = arena.zeros(plan.cuts.slots.last().map_or(0, |&end| end));
        let gradient = arena.zeros(if trains && !plan.descends() { network.layout().len() } else { 0 });
        let packed = plan.nodes.iter().map(|node| arena.zeros(node.needs.packed)).collect();
        let workers = (0..plan.workers())
            .map(|_| Worker::new(plan.scratch(), input, if trains { output } else { 0 }, arena))
            .collect();
        let leaves = arena.zeros(if trains { plan.blocks * most_statistics } else { 0 });
        let mut sized = |size: fn(&Needs) -> usize| {
            plan.nodes.iter().map(|node| arena.zeros(if trains { size(&node.needs) } else { 0 })).collect()
        };
        let (moments, slopes) = (sized(|needs| needs.moments), sized(|needs| needs.statistics));
        let squares = vec![0.0; if trains { norm::leaves(network.layout().len()) } else { 0 }];
        let pool = Pool::new(plan.workers());
        Engine {
            plan,
            pool,
            workers,
            frames,
            packed,
            stamp: 0,
            kept,
            slots,
            gradient,
            leaves,
            moments,
            slopes,
            squares,
        }
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Sets `outputs` to what the network says of any number of samples, `inputs`.
    ///
    /// # Panics
    /// There are not as many samples in `inputs` as in `outputs`, or the network is not the plan's.
    pub fn forward(&mut self, network: &Network<T>, inputs: &[T], outputs: &mut [T]) {
        let (input, output) = (network.input().size(), network.output().size());
        let samples = inputs.len() / input;
        assert_eq!(
            (inputs.len(), outputs.len()),
            (samples * input, samples * output),
            "as many outputs as inputs"
        );
        self.check(network);
        self.pack(network);
        let Engine { plan, pool, workers, frames, packed, .. } = self;
        let walk = Walk::new(plan, network, packed);
        let together = plan.family.samples();
        for (inputs, outputs) in
            inputs.chunks(plan.batch * input).zip(outputs.chunks_mut(plan.batch * output))
        {
            // The last batch may be short, and then some workers have less to do, or nothing.
            let mut cuts = [0; Pool::MOST + 1];
            let cuts = &mut cuts[..plan.cuts.samples.len()];
            for (cut, sample) in cuts.iter_mut().zip(&plan.cuts.samples) {
                *cut = (sample * output).min(outputs.len());
            }
            let worker_parts = Parts::new(workers, &plan.cuts.workers);
            let frame_parts = Parts::new(frames, &plan.cuts.workers);
            let output_parts = Parts::new(outputs, cuts);
            pool.run(|w| {
                let (worker, frame) = (&mut worker_parts.take(w)[0], &mut frame_parts.take(w)[0]);
                let mine = plan.cuts.samples[w] * input;
                let outputs = output_parts.take(w).chunks_mut(together * output);
                for (inputs, outputs) in
                    inputs[mine.min(inputs.len())..].chunks(together * input).zip(outputs)
                {
                    frame.load(plan, inputs);
                    worker.infer(&walk, frame);
                    frame.unload(&walk, outputs);
                }
            });
        }
    }

    /// One step: the losses of the plan's batch, in order, and the weights moved down the gradient of their mean.
    ///
    /// # Errors
    /// A loss or a weight is not finite any more. Where it is a loss, and the plan is not one that moves weights on the way
    /// back, the weights have not been moved.
    ///
    /// # Panics
    /// There are not as many losses as the plan's batch has samples, the update is not the plan's, or the network is not.
    pub fn step(
        &mut self,
        network: &mut Network<T>,
        batch: &dyn Batch<T>,
        lesson: Lesson<'_>,
        update: Update<'_, T>,
        losses: &mut [T],
    ) -> Result<(), NotFinite> {
        self.begin(network, losses);
        let finite = match update {
            Update::Descend { rate } if self.plan.descends() => {
                let Engine { plan, workers, frames, packed, slots, .. } = self;
                workers[0].descend(plan, network, packed, &mut frames[0], slots, batch, lesson, rate, losses);
                true
            }
            Update::Descend { rate } => {
                self.walk(network, batch, lesson, losses);
                NotFinite::check(losses)?;
                let step = Optimizer::from(Sgd::new(rate)).step(1, rate);
                self.sum_gradient(network, Some((step, &mut [])))
            }
            Update::Optimize { step, clip: None, slots } => {
                self.walk(network, batch, lesson, losses);
                NotFinite::check(losses)?;
                self.sum_gradient(network, Some((step, slots)))
            }
            Update::Optimize { step, clip: Some(clip), slots } => {
                self.walk(network, batch, lesson, losses);
                NotFinite::check(losses)?;
                self.sum_gradient(network, None);
                self.update(network, step, Some(clip), slots)
            }
        };
        NotFinite::check(losses)?;
        if finite { Ok(()) } else { Err(NotFinite::Weights) }
    }

    /// Moves the weights down the gradient that the engine holds, which [`gradient`](Self::gradient) set and whoever has it
    /// may have changed since: returns whether all weights are finite then.
    ///
    /// # Panics
    /// The slots are not the optimizer's, or the network is not the plan's.
    pub fn update(
        &mut self,
        network: &mut Network<T>,
        step: Step<T>,
        clip: Option<Clip>,
        slots: &mut [Aligned<T>],
    ) -> bool {
        let step = match clip {
            None => step,
            Some(Clip::Value { limit }) => {
                flat::Clamp { limit: T::from_f64(limit), x: &mut self.gradient }.on(self.plan.isa);
                step
            }
            Some(clip) => {
                norm::SquareSums { x: &self.gradient, sums: &mut self.squares }.on(self.plan.isa);
                step.scaled(clip.factor(norm::norm(&self.squares)))
            }
        };
        let mut finite = [true; Pool::MOST];
        let Engine { plan, pool, gradient, .. } = self;
        let Network { weights, .. } = network;
        let moved = Moved::new(plan, weights, slots, &mut finite);
        pool.run(|w| {
            let mine = &gradient[plan.cuts.params[w]..plan.cuts.params[w + 1]];
            moved.take(w).update(plan.isa, &step, 0..mine.len(), mine);
        });
        finite.iter().all(|finite| *finite)
    }

    /// The gradient that [`gradient`](Self::gradient) left, to be changed before [`update`](Self::update).
    pub fn gradient_mut(&mut self) -> &mut [T] {
        &mut self.gradient
    }

    /// The losses of the plan's batch, in order, and the gradient of their mean, laid out as the weights are.
    ///
    /// The network's weights stay; the state of its layers moves, as it does in a step.
    ///
    /// # Panics
    /// There are not as many losses as the plan's batch has samples, the plan is not of [`Mode::Gradient`], or the network
    /// is not its own.
    pub fn gradient(
        &mut self,
        network: &mut Network<T>,
        batch: &dyn Batch<T>,
        lesson: Lesson<'_>,
        losses: &mut [T],
    ) -> &[T] {
        assert_eq!(self.plan.mode, Mode::Gradient, "the plan keeps gradients");
        self.begin(network, losses);
        self.walk(network, batch, lesson, losses);
        self.sum_gradient(network, None);
        &self.gradient
    }

    /// How many samples of the batch of the last [`step`](Self::step) or [`gradient`](Self::gradient) were answered rightly, before
    /// any weight was moved; 0 where no answer is right or wrong: see [`Evaluation::accuracy`](crate::Evaluation::accuracy).
    pub fn right(&self) -> usize {
        self.workers.iter().map(|worker| worker.right).sum()
    }

    /// What node `n` made of the samples of the batch that was walked last, which is of one row or block.
    pub(crate) fn value_of_block(&self, n: usize) -> &[T] {
        let y = self.plan.frame.nodes[n].y;
        let kept = &self.kept[0].values[y];
        if kept.is_empty() { &self.frames[0].values[y] } else { kept }
    }

    /// The first node of `network` that makes something infinite or no number of the input `x`.
    pub(crate) fn first_not_finite(network: &Network<T>, machine: &Machine, x: &[T]) -> Option<String> {
        let mut engine = Engine::new(network, network.plan(1, Mode::Infer, machine));
        engine.forward(network, x, &mut vec![T::ZERO; network.output().size()]);
        let values = &engine.frames[0].values;
        let lost = |y: usize| values[y].iter().any(|y| !y.is_finite());
        (network.nodes().iter().zip(&engine.plan.frame.nodes))
            .find(|(_, frame)| lost(frame.y))
            .map(|(node, _)| node.name().to_string())
    }

    /// Asserts that the plan trains this network, packs its weights and begins to count right answers.
    fn begin(&mut self, network: &Network<T>, losses: &[T]) {
        assert_ne!(self.plan.mode, Mode::Infer, "the plan trains");
        assert_eq!(losses.len(), self.plan.batch, "there is room for a batch's losses");
        self.check(network);
        self.pack(network);
        self.workers.iter_mut().for_each(|worker| worker.right = 0);
    }

    /// Asserts that the network is the plan's.
    fn check(&self, network: &Network<T>) {
        let sizes = |(node, frame): (&Node<T>, &crate::frame::NodeFrame)| {
            node.output().size() * self.plan.family.samples() == self.plan.frame.values[frame.y]
        };
        let same = network.nodes().len() == self.plan.nodes.len()
            && network.nodes().iter().zip(&self.plan.frame.nodes).all(sizes);
        assert!(same, "the plan is this network's");
    }

    /// Packs the weights, unless they are those that are packed.
    fn pack(&mut self, network: &Network<T>) {
        if self.stamp == network.weights.stamp() {
            return;
        }
        self.stamp = network.weights.stamp();
        for ((node, plan), packed) in network.nodes().iter().zip(&self.plan.nodes).zip(&mut self.packed) {
            if let Some(layer) = node.layer().filter(|_| !packed.is_empty()) {
                let params = &network.weights()[plan.params.clone()];
                let trains = self.plan.mode != Mode::Infer;
                layer.pack(Pack { isa: self.plan.isa, params, packed, trains });
            }
        }
    }

    /// All blocks of a batch there and back: their losses, and the gradients of each in slots or kept.
    fn walk(&mut self, network: &mut Network<T>, batch: &dyn Batch<T>, lesson: Lesson<'_>, losses: &mut [T]) {
        for p in 0..self.plan.passes.len() {
            self.pass(network, p, batch, lesson, losses);
            let Pass { statistics, slopes, .. } = self.plan.passes[p];
            if let Some(node) = statistics {
                self.set_moments(network, node);
            }
            if let Some(node) = slopes {
                self.set_slopes(node);
            }
        }
    }

    /// One pass of all blocks.
    fn pass(
        &mut self,
        network: &Network<T>,
        p: usize,
        batch: &dyn Batch<T>,
        lesson: Lesson<'_>,
        losses: &mut [T],
    ) {
        let Engine { plan, pool, workers, frames, packed, kept, slots, leaves, moments, slopes, .. } = self;
        let pass = &plan.passes[p];
        let walk = Walk { lesson: Some(lesson), moments, slopes, ..Walk::new(plan, network, packed) };
        let leaf = pass.statistics.or(pass.slopes).map_or(0, |node| plan.nodes[node].needs.statistics);
        let mut leaf_cuts = [0; Pool::MOST + 1];
        let leaf_cuts = &mut leaf_cuts[..plan.cuts.blocks.len()];
        for (cut, block) in leaf_cuts.iter_mut().zip(&plan.cuts.blocks) {
            *cut = block * leaf;
        }
        let gradients = match pass.backward.len() {
            0 => 0..0,
            _ => {
                let (first, last) = (pass.backward.start, pass.backward.end - 1);
                plan.nodes[first].gradient.start..plan.nodes[last].gradient.end
            }
        };
        let together = plan.family.samples();
        let workers = Parts::new(workers, &plan.cuts.workers);
        let frames = Parts::new(frames, &plan.cuts.frames);
        let kept = Parts::new(kept, &plan.cuts.blocks);
        let slots = Parts::new(slots, &plan.cuts.slots);
        let losses = Parts::new(losses, &plan.cuts.samples);
        let leaves = Parts::new(leaves, leaf_cuts);
        pool.run(|w| {
            let worker = &mut workers.take(w)[0];
            let (frames, kept, slots) = (frames.take(w), kept.take(w), slots.take(w));
            let (losses, leaves) = (losses.take(w), leaves.take(w));
            let mut trees = 0;
            let Share { blocks, joins } = &plan.shares[w];
            for n in 0..joins.len() {
                // There and back: what the last pass left in the caches comes first in the next.
                let n = if p.is_multiple_of(2) { n } else { joins.len() - 1 - n };
                let block = blocks.start + n;
                let (frame, node) = if plan.keeps_blocks() { (n, n) } else { (0, trees) };
                let frame = &mut frames[frame];
                let samples = block * together..((block + 1) * together).min(plan.batch);
                let losses = &mut losses[n * together..][..samples.len()];
                let gradient = &mut slots[node * plan.slot..][gradients.clone()];
                gradient.fill(T::ZERO);
                let leaf = &mut leaves[n * leaf..][..leaf];
                worker.block(&walk, pass, batch, samples, frame, &mut kept[n], gradient, leaf, losses);
                trees += 1;
                for _ in 0..joins[n] {
                    trees -= 1;
                    let (left, right) = slots[(trees - 1) * plan.slot..].split_at_mut(plan.slot);
                    let (to, from) = (&mut left[gradients.clone()], &right[gradients.clone()]);
                    tree::Add { from, to }.on(plan.isa);
                }
            }
        });
    }

    /// A layer's moments of the batch, from its blocks' leaves.
    fn set_moments(&mut self, network: &mut Network<T>, n: usize) {
        let node = &self.plan.nodes[n];
        let leaves = &self.leaves[..self.plan.blocks * node.needs.statistics];
        let (samples, family, moments) = (self.plan.batch, self.plan.family, &mut self.moments[n]);
        let Network { nodes, state, .. } = network;
        if let Op::Layer(layer) = &nodes[n].op {
            let state = &mut state[node.state.clone()];
            layer.moments(Moments { leaves, samples, family, state, moments });
        }
    }

    /// A layer's slopes of the batch: the tree over its blocks' leaves.
    fn set_slopes(&mut self, n: usize) {
        let size = self.plan.nodes[n].needs.statistics;
        for (i, slope) in self.slopes[n].iter_mut().enumerate() {
            *slope = reference::tree_of(0..self.plan.blocks, &|block| self.leaves[block * size + i]);
        }
    }

    /// The gradient of the batch from what its blocks left, each worker a range of it, and the step where one is wanted:
    /// returns whether all weights are finite then.
    fn sum_gradient(&mut self, network: &mut Network<T>, step: Option<(Step<T>, &mut [Aligned<T>])>) -> bool {
        let mut finite = [true; Pool::MOST];
        let Engine { plan, pool, workers, frames, kept, slots, gradient, slopes, .. } = self;
        let Network { nodes, weights, .. } = network;
        let workers = Parts::new(workers, &plan.cuts.workers);
        let gradient = Parts::new(gradient, &plan.cuts.params);
        let step = step.map(|(step, slots)| (step, Moved::new(plan, weights, slots, &mut finite)));
        let (frames, kept, slots) = (&frames[..], &kept[..], &slots[..]);
        pool.run(|w| {
            let isa = plan.isa;
            let scratch = &mut workers.take(w)[0].scratch[..];
            let gradient = gradient.take(w);
            let mut moved = step.as_ref().map(|(step, moved)| (step, moved.take(w)));
            for (n, part) in plan.parts(w) {
                let here = part.start - plan.cuts.params[w]..part.end - plan.cuts.params[w];
                let grads = &mut gradient[here.clone()];
                let of = &plan.nodes[n];
                let first = part.start - of.params.start;
                match (of.needs.gradient, nodes[n].layer()) {
                    (Gradient::WholeBatch { .. }, Some(layer)) => {
                        let x = plan.frame.nodes[n].x;
                        let leaf = |block: usize| {
                            let kept = &kept[block];
                            let values =
                                if plan.keeps_blocks() { &frames[block].values } else { &kept.values };
                            Leaf {
                                x: values[x].as_chunks().0,
                                dy: kept.slopes[n].as_chunks().0.as_chunks().0,
                            }
                        };
                        let (blocks, leaf, scratch) = (plan.blocks, &leaf, &mut *scratch);
                        layer.gradient_rows(GradientRows { isa, first, grads, blocks, leaf, scratch });
                    }
                    (Gradient::Slopes, _) => grads.copy_from_slice(&slopes[n][first..][..grads.len()]),
                    _ => {
                        let first = of.gradient.start + first;
                        tree::Sum { slots, slot: plan.slot, nodes: &plan.trees, first, sum: grads }.on(isa);
                    }
                }
                if let Some((step, moved)) = &mut moved {
                    moved.update(isa, step, here.clone(), &gradient[here]);
                }
            }
        });
        finite.iter().all(|finite| *finite)
    }
}

/// What a step moves, cut among the workers.
struct Moved<'a, T> {
    weights: Parts<'a, T>,
    slots: [Option<Parts<'a, T>>; Optimizer::MOST_SLOTS],
    /// Whether each worker's weights are finite.
    finite: Parts<'a, bool>,
}

impl<'a, T: Float> Moved<'a, T> {
    fn new(
        plan: &'a Plan,
        weights: &'a mut [T],
        slots: &'a mut [Aligned<T>],
        finite: &'a mut [bool],
    ) -> Self {
        let mut slots = slots.iter_mut();
        Moved {
            weights: Parts::new(weights, &plan.cuts.params),
            slots: std::array::from_fn(|_| slots.next().map(|slot| Parts::new(slot, &plan.cuts.params))),
            finite: Parts::new(finite, &plan.cuts.workers),
        }
    }

    /// What worker `w` moves.
    fn take(&self, w: usize) -> Mine<'_, T> {
        let mut slots: [&mut [T]; Optimizer::MOST_SLOTS] = Default::default();
        let mut count = 0;
        for (mine, slot) in slots.iter_mut().zip(self.slots.iter().flatten()) {
            *mine = slot.take(w);
            count += 1;
        }
        Mine { weights: self.weights.take(w), slots, count, finite: &mut self.finite.take(w)[0] }
    }
}

/// What a step moves, of one worker.
struct Mine<'a, T> {
    weights: &'a mut [T],
    slots: [&'a mut [T]; Optimizer::MOST_SLOTS],
    /// How many slots there are.
    count: usize,
    finite: &'a mut bool,
}

impl<T: Float> Mine<'_, T> {
    /// Moves some weights down their gradient.
    fn update(&mut self, isa: Isa, step: &Step<T>, here: Range<usize>, gradient: &[T]) {
        let mut slots: [&mut [T]; Optimizer::MOST_SLOTS] = Default::default();
        for (here_of, slot) in slots.iter_mut().zip(&mut self.slots[..self.count]) {
            *here_of = &mut slot[here.clone()];
        }
        *self.finite &= step.update(isa, gradient, &mut self.weights[here], &mut slots[..self.count]);
    }
}
