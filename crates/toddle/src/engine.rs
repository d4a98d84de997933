//! Running a plan: forward, backward and step, for one sample and for batches on several threads.
//!
//! ```text
//! for each worker, for each of its blocks:         a block stays in its core's cache, first layer to last and back
//!     forward all layers; loss; backward all layers; per-block gradients into the tree
//! for each worker, for each of its weight rows:    the rest of the tree, dense gradients of the whole batch
//!     gradient, optimizer
//! ```
//!
//! Threads are used here alone, and everything is allocated in [`Engine::new`]: a step allocates nothing.

use std::ops::Range;

use toddle_kernels::dense::block::{Leaf, tree_scratch};
use toddle_kernels::layout::{from_lanes, to_lanes};
use toddle_kernels::update::tree;
use toddle_lanes::{Aligned, Float, LANES, Parts, Pool};

use crate::layer::{Backward, Descend, Family, Forward, GradientRows, Layer, Pack};
use crate::plan::{LayerPlan, Mode, Plan};
use crate::{Loss, Network, Sgd};

/// A plan with its memory and its threads, for one network.
///
/// ```
/// use toddle::{Dense, Engine, Loss, Machine, Mode, NetworkSpec, Sgd, Shape};
///
/// let mut network = NetworkSpec::new(Shape::vector(2)).add(Dense::new(1)).build::<f64>(0)?;
/// let plan = network.plan(3, Mode::Descend, &Machine::detect()?);
/// let mut engine = Engine::new(&network, plan);
/// let (x, y) = ([0.0, 1.0, 1.0, 0.0, 1.0, 1.0], [2.0, 3.0, 5.0]);
/// let mut losses = [0.0; 3];
/// for _ in 0..500 {
///     engine.step(&mut network, &x, &y, &Loss::MeanSquaredError, &Sgd::new(0.3), &mut losses);
/// }
/// assert!(losses.iter().all(|loss| *loss < 1e-9));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Engine<T> {
    plan: Plan,
    pool: Pool,
    workers: Vec<Worker<T>>,
    /// Each layer's weights in the order that its block kernels read.
    packed: Vec<Aligned<T>>,
    /// What each block keeps for each layer whose gradient takes the whole batch.
    kept: Vec<Vec<Kept<T>>>,
    /// Nodes of the gradient's tree.
    slots: Aligned<T>,
    /// The gradient of a batch in blocks.
    gradient: Aligned<T>,
}

/// One thread's memory: what one row or block needs on its way.
#[derive(Debug)]
struct Worker<T> {
    /// The network's input, then what comes out of each layer.
    activations: Vec<Aligned<T>>,
    /// Gradients to the output and to the input of a layer, by turns.
    slopes: [Aligned<T>; 2],
    targets: Aligned<T>,
    scratch: Aligned<T>,
}

/// A layer's input and the gradient to its output, of one block.
#[derive(Clone, Debug, Default)]
struct Kept<T> {
    x: Aligned<T>,
    /// Sample by sample.
    dy: Aligned<T>,
}

/// What all workers read while blocks are walked.
struct Walk<'a, T> {
    plan: &'a Plan,
    layers: &'a [Box<dyn Layer<T>>],
    weights: &'a [T],
    packed: &'a [Aligned<T>],
}

impl<T: Float> Engine<T> {
    /// Memory and threads for `plan`, which is `network`'s.
    pub fn new(network: &Network<T>, plan: Plan) -> Self {
        let trains = plan.mode != Mode::Infer;
        let widest = plan.activations.iter().copied().max().unwrap_or(0);
        let output = plan.activations.last().copied().unwrap_or(0);
        let in_blocks = plan.family == Family::Block;
        let tree = if in_blocks && trains { tree_scratch(plan.blocks) } else { 0 };
        let scratch = plan.layers.iter().map(|layer| layer.needs.scratch).chain([tree]).max().unwrap_or(0);
        let slope = || Aligned::zeros(if trains { widest } else { 0 });
        let worker = |_| Worker {
            activations: plan.activations.iter().map(|&size| Aligned::zeros(size)).collect(),
            slopes: [slope(), slope()],
            targets: Aligned::zeros(if trains { output } else { 0 }),
            scratch: Aligned::zeros(scratch),
        };
        let keep = |l: usize, layer: &LayerPlan| match layer.whole_batch() {
            Some(_) => {
                Kept { x: Aligned::zeros(plan.activations[l]), dy: Aligned::zeros(plan.activations[l + 1]) }
            }
            None => Kept::default(),
        };
        let kept = |_| plan.layers.iter().enumerate().map(|(l, layer)| keep(l, layer)).collect();
        Engine {
            pool: Pool::new(plan.workers()),
            workers: (0..plan.workers()).map(worker).collect(),
            packed: plan.layers.iter().map(|layer| Aligned::zeros(layer.needs.packed)).collect(),
            kept: (0..if trains && in_blocks { plan.blocks } else { 0 }).map(kept).collect(),
            slots: Aligned::zeros(plan.cuts.slots.last().map_or(0, |&end| end)),
            gradient: Aligned::zeros(if trains && in_blocks { network.layout().len() } else { 0 }),
            plan,
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
        self.pack(network.layers(), network.weights());
        let Engine { plan, pool, workers, packed, .. } = self;
        let walk = Walk { plan, layers: network.layers(), weights: network.weights(), packed };
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
            let (worker_parts, output_parts) =
                (Parts::new(workers, &plan.cuts.workers), Parts::new(outputs, cuts));
            pool.run(|w| {
                let worker = &mut worker_parts.take(w)[0];
                let mine = plan.cuts.samples[w] * input;
                let outputs = output_parts.take(w).chunks_mut(together * output);
                for (inputs, outputs) in
                    inputs[mine.min(inputs.len())..].chunks(together * input).zip(outputs)
                {
                    worker.load(plan.family, inputs);
                    worker.forward(&walk);
                    worker.unload(plan.family, outputs);
                }
            });
        }
    }

    /// One step: the losses of the plan's batch, in order, and the weights moved down its gradient.
    ///
    /// # Panics
    /// There are not as many samples as the plan says, or the network is not the plan's.
    pub fn step(
        &mut self,
        network: &mut Network<T>,
        inputs: &[T],
        targets: &[T],
        loss: &Loss,
        optimizer: &Sgd,
        losses: &mut [T],
    ) {
        self.check(network, inputs, targets, losses);
        let (layers, weights) = network.split_mut();
        match self.plan.family {
            Family::Row => {
                losses[0] = self.row_loss(layers, weights, inputs, targets, loss);
                self.row_backward(layers, weights, Some(optimizer));
            }
            Family::Block => {
                self.walk_blocks(layers, weights, inputs, targets, loss, losses);
                self.sum_gradient(layers, Some((weights, optimizer)));
            }
        }
    }

    /// The losses of the plan's batch, in order, and the gradient of their mean, laid out as the weights are.
    ///
    /// # Panics
    /// There are not as many samples as the plan says, the plan is not of [`Mode::Gradient`], or the network is not its own.
    pub fn gradient(
        &mut self,
        network: &mut Network<T>,
        inputs: &[T],
        targets: &[T],
        loss: &Loss,
        losses: &mut [T],
    ) -> &[T] {
        assert_eq!(self.plan.mode, Mode::Gradient, "the plan keeps gradients");
        self.check(network, inputs, targets, losses);
        let (layers, weights) = network.split_mut();
        match self.plan.family {
            Family::Row => {
                losses[0] = self.row_loss(layers, weights, inputs, targets, loss);
                self.slots.fill(T::ZERO);
                self.row_backward(layers, weights, None);
                &self.slots
            }
            Family::Block => {
                self.walk_blocks(layers, weights, inputs, targets, loss, losses);
                self.sum_gradient(layers, None);
                &self.gradient
            }
        }
    }

    /// Asserts that the network is the plan's, and that a whole batch is there.
    fn check(&self, network: &Network<T>, inputs: &[T], targets: &[T], losses: &[T]) {
        let Plan { batch, family, mode, .. } = self.plan;
        assert_ne!(mode, Mode::Infer, "the plan trains");
        let outputs = network.layers().iter().map(|layer| layer.output());
        let sizes =
            std::iter::once(network.input()).chain(outputs).map(|shape| shape.size() * family.samples());
        assert!(sizes.eq(self.plan.activations.iter().copied()), "the plan is this network's");
        assert_eq!(inputs.len(), batch * network.input().size(), "the inputs are a batch");
        assert_eq!(targets.len(), batch * network.output().size(), "the targets are a batch");
        assert_eq!(losses.len(), batch, "there is room for a batch's losses");
    }

    fn pack(&mut self, layers: &[Box<dyn Layer<T>>], weights: &[T]) {
        for ((layer, plan), packed) in layers.iter().zip(&self.plan.layers).zip(&mut self.packed) {
            if !packed.is_empty() {
                layer.pack(Pack { isa: self.plan.isa, params: &weights[plan.params.clone()], packed });
            }
        }
    }

    /// Forward for one sample, its loss, and the loss's gradient.
    fn row_loss(&mut self, layers: &[Box<dyn Layer<T>>], weights: &[T], x: &[T], t: &[T], loss: &Loss) -> T {
        let walk = Walk { plan: &self.plan, layers, weights, packed: &self.packed };
        let worker = &mut self.workers[0];
        worker.load(Family::Row, x);
        worker.forward(&walk);
        let y = worker.activations.last().expect("the input is there");
        loss.row(self.plan.isa, y, t, &mut worker.slopes[0][..t.len()])
    }

    /// Backward for one sample, layer by layer, each layer's step behind it where there is an optimizer.
    fn row_backward(&mut self, layers: &[Box<dyn Layer<T>>], weights: &mut [T], optimizer: Option<&Sgd>) {
        let Engine { plan, workers, slots, .. } = self;
        let isa = plan.isa;
        for (l, (layer, of)) in layers.iter().zip(&plan.layers).enumerate().rev() {
            let Some(Turn { x, y, dy, dx, scratch }) = workers[0].turn(of, l) else { break };
            let params = &mut weights[of.params.clone()];
            match optimizer {
                Some(sgd) if plan.descends(l) => {
                    layer.descend(Descend { isa, params, x, dy, dx, rate: T::from_f64(sgd.rate) });
                }
                _ => {
                    let grads = &mut slots[of.gradient.clone()];
                    let family = Family::Row;
                    let io = Backward { isa, family, params, packed: &[], x, y, dy, dx, grads, scratch };
                    layer.backward(io);
                    if let Some(sgd) = optimizer {
                        sgd.update(isa, &slots[of.gradient.clone()], params);
                        slots[of.gradient.clone()].fill(T::ZERO);
                    }
                }
            }
            workers[0].slopes.swap(0, 1);
        }
    }

    /// All blocks of a batch there and back: their losses, and the gradients of each in slots or kept.
    fn walk_blocks(
        &mut self,
        layers: &[Box<dyn Layer<T>>],
        weights: &[T],
        inputs: &[T],
        targets: &[T],
        loss: &Loss,
        losses: &mut [T],
    ) {
        self.pack(layers, weights);
        let Engine { plan, pool, workers, packed, kept, slots, .. } = self;
        let (input, output) = (inputs.len() / plan.batch, targets.len() / plan.batch);
        let walk = Walk { plan, layers, weights, packed };
        let workers = Parts::new(workers, &plan.cuts.workers);
        let kept = Parts::new(kept, &plan.cuts.blocks);
        let slots = Parts::new(slots, &plan.cuts.slots);
        let losses = Parts::new(losses, &plan.cuts.samples);
        pool.run(|w| {
            let worker = &mut workers.take(w)[0];
            let (kept, slots, losses) = (kept.take(w), slots.take(w), losses.take(w));
            let mut nodes = 0;
            let blocks = plan.shares[w].blocks.clone();
            for (((block, joins), kept), losses) in
                blocks.zip(&plan.shares[w].joins).zip(kept).zip(losses.chunks_mut(LANES))
            {
                let samples = block * LANES..block * LANES + losses.len();
                worker.swap_kept(kept);
                worker.load(Family::Block, &inputs[scale(&samples, input)]);
                worker.forward(&walk);
                worker.loss(&walk, loss, &targets[scale(&samples, output)], losses);
                let leaf = &mut slots[nodes * plan.slot..][..plan.slot];
                leaf.fill(T::ZERO);
                worker.backward(&walk, leaf, kept);
                worker.swap_kept(kept);
                nodes += 1;
                for _ in 0..*joins {
                    nodes -= 1;
                    let (to, from) =
                        slots[(nodes - 1) * plan.slot..][..2 * plan.slot].split_at_mut(plan.slot);
                    plan.isa.run(tree::Add { from, to });
                }
            }
        });
    }

    /// The gradient of the batch from what its blocks left, each worker a range of it, and the step where one is wanted.
    fn sum_gradient(&mut self, layers: &[Box<dyn Layer<T>>], step: Option<(&mut [T], &Sgd)>) {
        let Engine { plan, pool, workers, kept, slots, gradient, .. } = self;
        let isa = plan.isa;
        let workers = Parts::new(workers, &plan.cuts.workers);
        let gradient = Parts::new(gradient, &plan.cuts.params);
        let step = step.map(|(weights, optimizer)| (Parts::new(weights, &plan.cuts.params), optimizer));
        let (kept, slots): (&[Vec<Kept<T>>], &[T]) = (kept, slots);
        pool.run(|w| {
            let scratch = &mut workers.take(w)[0].scratch[..];
            let mine = plan.cuts.params[w]..plan.cuts.params[w + 1];
            let gradient = gradient.take(w);
            for (l, of) in plan.layers.iter().enumerate() {
                let part = of.params.start.max(mine.start)..of.params.end.min(mine.end);
                if part.is_empty() {
                    continue;
                }
                let grads = &mut gradient[part.start - mine.start..part.end - mine.start];
                let first = part.start - of.params.start;
                if of.whole_batch().is_some() {
                    let leaf = |block: usize| {
                        let Kept { x, dy } = &kept[block][l];
                        Leaf { x: x.as_chunks().0, dy }
                    };
                    let blocks = plan.blocks;
                    layers[l].gradient_rows(GradientRows { isa, first, grads, blocks, leaf: &leaf, scratch });
                } else {
                    let first = of.gradient.start + first;
                    isa.run(tree::Sum { slots, slot: plan.slot, nodes: &plan.nodes, first, sum: grads });
                }
            }
            if let Some((weights, optimizer)) = &step {
                optimizer.update(isa, gradient, weights.take(w));
            }
        });
    }
}

/// What a layer's backward works on.
struct Turn<'a, T> {
    x: &'a [T],
    y: &'a [T],
    dy: &'a [T],
    dx: Option<&'a mut [T]>,
    scratch: &'a mut [T],
}

impl<T: Float> Worker<T> {
    /// Takes in one sample, or up to sixteen.
    fn load(&mut self, family: Family, samples: &[T]) {
        match family {
            Family::Row => self.activations[0].copy_from_slice(samples),
            Family::Block => to_lanes(samples, self.activations[0].as_chunks_mut().0),
        }
    }

    /// Gives out what has become of them.
    fn unload(&self, family: Family, samples: &mut [T]) {
        let y = self.activations.last().expect("the input is there");
        match family {
            Family::Row => samples.copy_from_slice(y),
            Family::Block => from_lanes(y.as_chunks().0, samples),
        }
    }

    fn forward(&mut self, walk: &Walk<'_, T>) {
        let Plan { isa, family, .. } = *walk.plan;
        for (l, (layer, of)) in walk.layers.iter().zip(&walk.plan.layers).enumerate() {
            let (before, after) = self.activations.split_at_mut(l + 1);
            let (x, y) = (&before[l], &mut after[0]);
            let (params, packed) = (&walk.weights[of.params.clone()], &walk.packed[l]);
            layer.forward(Forward { isa, family, params, packed, x, y, scratch: &mut self.scratch });
        }
    }

    fn loss(&mut self, walk: &Walk<'_, T>, loss: &Loss, targets: &[T], losses: &mut [T]) {
        let y = self.activations.last().expect("the input is there");
        let dy = &mut self.slopes[0][..y.len()];
        loss.block(walk.plan.isa, y, targets, &mut self.targets, walk.plan.batch, dy, losses);
    }

    /// Backward of a block: adds to `leaf` the gradients that are summed block by block, keeps what the others need.
    fn backward(&mut self, walk: &Walk<'_, T>, leaf: &mut [T], kept: &mut [Kept<T>]) {
        let Plan { isa, family, .. } = *walk.plan;
        for (l, (layer, of)) in walk.layers.iter().zip(&walk.plan.layers).enumerate().rev() {
            let Some(Turn { x, y, dy, dx, scratch }) = self.turn(of, l) else { break };
            if of.whole_batch().is_some() {
                from_lanes(dy.as_chunks().0, &mut kept[l].dy);
            }
            let (params, packed) = (&walk.weights[of.params.clone()], &walk.packed[l]);
            let grads = &mut leaf[of.gradient.clone()];
            layer.backward(Backward { isa, family, params, packed, x, y, dy, dx, grads, scratch });
            self.slopes.swap(0, 1);
        }
    }

    /// What layer `l`'s backward works on, or `None` where there is nothing to learn from there on.
    fn turn(&mut self, of: &LayerPlan, l: usize) -> Option<Turn<'_, T>> {
        if of.params.is_empty() && !of.wants_dx {
            return None;
        }
        let (x, y) = (&self.activations[l], &self.activations[l + 1]);
        let [dy, dx] = &mut self.slopes;
        let dx = of.wants_dx.then(|| &mut dx[..x.len()]);
        Some(Turn { x, y, dy: &dy[..y.len()], dx, scratch: &mut self.scratch })
    }

    /// Puts the buffers that this block is to keep where its activations are written, or takes them back.
    fn swap_kept(&mut self, kept: &mut [Kept<T>]) {
        for (activation, kept) in self.activations.iter_mut().zip(kept) {
            if !kept.x.is_empty() {
                std::mem::swap(activation, &mut kept.x);
            }
        }
    }
}

/// Where `samples` lie in a buffer of `size` numbers each.
fn scale(samples: &Range<usize>, size: usize) -> Range<usize> {
    samples.start * size..samples.end * size
}
