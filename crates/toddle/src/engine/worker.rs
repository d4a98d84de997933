//! One thread's walk of one row or block: forward through some nodes, the loss, and back.

use std::ops::Range;

use toddle_kernels::Run;
use toddle_kernels::layout::{FromLanes, ToLanes, ToPanels};
use toddle_kernels::sum;
use toddle_kernels::update::tree;
use toddle_lanes::Aligned;

use super::batch::Batch;
use super::frame::{GradientSum, NodeBackward, NodeFrame};
use super::pass::Pass;
use super::plan::Plan;
use super::{Family, StepContext};
use crate::layer::{Call, Descend, Draw, Phase, Through, Training};
use crate::network::Node;
use crate::optim::{Optimizer, Sgd};
use crate::training::Answer;
use crate::{Float, Loss};

/// The memory of one thread.
#[derive(Debug)]
pub(crate) struct Worker<T> {
    pub scratch: Aligned<T>,
    /// Room for inputs and targets that have to be gathered.
    pub inputs: Aligned<T>,
    pub targets: Aligned<T>,
    pub target_lanes: Aligned<T>,
    /// How many samples of this step had the right answer.
    pub right: usize,
}

/// The values of one row or block, and the gradients to them.
#[derive(Debug)]
pub(crate) struct Frame<T> {
    pub values: Vec<Aligned<T>>,
    pub gradients: Vec<Aligned<T>>,
}

/// What one block keeps for the layers whose gradient is computed from the whole batch.
#[derive(Debug)]
pub(crate) struct Kept<T> {
    /// Their inputs, by value. Empty where the block has a frame of its own, which keeps them.
    pub values: Vec<Aligned<T>>,
    /// The gradients to their outputs, by node, in panels.
    pub panels: Vec<Aligned<T>>,
}

/// What all workers read while they walk.
#[derive(Debug)]
pub(crate) struct Walk<'a, T> {
    pub plan: &'a Plan,
    pub nodes: &'a [Node<T>],
    pub state: &'a [T],
    pub packed: &'a [Aligned<T>],
    /// The step, in training.
    pub step: Option<StepContext<'a>>,
    pub moments: &'a [Aligned<T>],
    pub gradient_sums: &'a [Aligned<T>],
}

/// One row or block of a batch in one pass, with the memory that the pass writes for it.
pub(crate) struct Block<'a, T> {
    /// Its samples of the batch.
    pub samples: Range<usize>,
    pub frame: &'a mut Frame<T>,
    pub kept: &'a mut Kept<T>,
    pub weights: Weights<'a, T>,
    /// The gradients of the nodes on the way back, which the pass adds to.
    pub gradient: &'a mut [T],
    /// Its leaf of statistics or gradient sums.
    pub leaf: &'a mut [T],
    pub losses: &'a mut [T],
}

/// All weights, and whether the walk changes them.
pub(crate) enum Weights<'a, T> {
    /// All blocks read the same weights.
    Read(&'a [T]),
    /// The batch is one sample: plain SGD updates the weights of each layer on the way back.
    Descend { weights: &'a mut [T], rate: f64 },
}

impl<T> Weights<'_, T> {
    fn read(&self) -> &[T] {
        match self {
            Weights::Read(weights) => weights,
            Weights::Descend { weights, .. } => weights,
        }
    }
}

impl<T: Float> Walk<'_, T> {
    /// The layer of node `n`, unless the node is a sum.
    pub fn call<'b>(&'b self, n: usize, weights: &'b [T]) -> Option<Call<'b, T>> {
        self.plan.call(n, self.nodes, weights, self.state, &self.packed[n])
    }

    fn phase(&self, n: usize, samples: &Range<usize>) -> Phase<'_, T> {
        self.step.map_or(Phase::Infer, |step| Phase::Train(self.training(n, samples, step)))
    }

    /// What node `n` can read about the step, for the row or block of `samples`.
    fn training(&self, n: usize, samples: &Range<usize>, step: StepContext<'_>) -> Training<'_, T> {
        Training {
            draw: Draw { seed: step.seed, step: step.number, sample: samples.start as u32, layer: n as u32 },
            samples: samples.len(),
            batch: self.plan.batch,
            moments: self.moments.get(n).map_or(&[], |moments| moments),
            gradient_sums: self.gradient_sums.get(n).map_or(&[], |sums| sums),
        }
    }
}

impl<T: Float> Frame<T> {
    /// Takes one sample, or up to sixteen, as the network's input.
    pub fn load(&mut self, plan: &Plan, samples: &[T]) {
        match plan.family {
            Family::Row => self.values[0].copy_from_slice(samples),
            Family::Block => {
                ToLanes { samples, block: self.values[0].as_chunks_mut().0 }.on(plan.isa);
            }
        }
    }

    /// Gives the network's output of these samples.
    pub fn unload(&self, plan: &Plan, samples: &mut [T]) {
        let y = &self.values[plan.frame.output()];
        match plan.family {
            Family::Row => samples.copy_from_slice(y),
            Family::Block => FromLanes { block: y.as_chunks().0, samples }.on(plan.isa),
        }
    }

    /// Exchanges buffers with the block's own: the values that the block keeps are written there.
    fn swap_kept(&mut self, kept: &mut Kept<T>) {
        for (value, kept) in self.values.iter_mut().zip(&mut kept.values) {
            if !kept.is_empty() {
                std::mem::swap(value, kept);
            }
        }
    }

    /// The buffers of a node on its way back.
    fn through(&mut self, node: &NodeFrame, back: &NodeBackward) -> Through<'_, T> {
        let (x, y) = (&self.values[node.x], &self.values[node.y]);
        let (dy, dx) = match back.dx {
            Some(dx) => {
                let [dy, dx] = self.gradients.get_disjoint_mut([back.dy, dx]).expect("two buffers");
                (&dy[..], Some(&mut dx[..x.len()]))
            }
            None => (&self.gradients[back.dy][..], None),
        };
        Through { x, y, dy: &dy[..y.len()], prologue: back.prologue, epilogue: back.epilogue, dx }
    }

    /// Adds gradients of `length` elements to a value that several nodes take.
    fn sum(&mut self, plan: &Plan, sum: GradientSum, length: usize) {
        let mut to = std::mem::take(&mut self.gradients[sum.to]);
        let (from, y) = (&self.gradients[sum.from][..length], &mut to[..length]);
        match sum.begin {
            Some(begin) => {
                let one = &self.gradients[begin][..length];
                sum::flat::Forward { one, other: from, relu: false, y }.on(plan.isa);
            }
            None => tree::Add { from, to: y }.on(plan.isa),
        }
        self.gradients[sum.to] = to;
    }
}

impl<T: Float> Worker<T> {
    /// Inference of a row or block, from its input to its output.
    pub fn infer(&mut self, walk: &Walk<'_, T>, weights: &[T], frame: &mut Frame<T>) {
        self.forward(walk, weights, 0..walk.nodes.len(), &(0..0), frame);
    }

    /// One pass of a row or block, in training.
    pub fn block(&mut self, walk: &Walk<'_, T>, pass: &Pass, batch: &dyn Batch<T>, mut block: Block<'_, T>) {
        let step = walk.step.expect("a pass is of a step");
        block.frame.swap_kept(block.kept);
        block.gradient.fill(T::ZERO);
        let samples = block.samples.clone();
        if pass.loads {
            let inputs = walk.plan.input.size() * samples.len();
            block.frame.load(walk.plan, batch.inputs(samples.clone(), &mut self.inputs[..inputs]));
        }
        self.forward(walk, block.weights.read(), pass.forward.clone(), &samples, block.frame);
        if let Some(call) = pass.statistics.and_then(|n| walk.call(n, block.weights.read())) {
            let x = pass.statistics.map_or(0, |n| walk.plan.frame.nodes[n].x);
            call.statistics(samples.len(), &block.frame.values[x], block.leaf);
        }
        if pass.loss {
            self.loss(walk.plan, step.loss, batch, &mut block);
        }
        for n in pass.backward.clone().rev() {
            let node = &walk.plan.frame.nodes[n];
            let Some(back) = &node.backward else { continue };
            if back.dx.is_some() || !walk.plan.nodes[n].params.is_empty() {
                self.layer_backward(walk, pass, n, back, step, &mut block);
            }
            for sum in &back.sums {
                block.frame.sum(walk.plan, *sum, walk.plan.frame.values[node.x]);
            }
        }
        if let Some(n) = pass.gradient_sums {
            let node = &walk.plan.frame.nodes[n];
            if let (Some(call), Some(back)) = (walk.call(n, block.weights.read()), &node.backward) {
                call.gradient_sums(&walk.moments[n], block.frame.through(node, back), block.leaf);
            }
        }
        block.frame.swap_kept(block.kept);
    }

    fn forward(
        &mut self,
        walk: &Walk<'_, T>,
        weights: &[T],
        nodes: Range<usize>,
        samples: &Range<usize>,
        frame: &mut Frame<T>,
    ) {
        for n in nodes {
            let node = &walk.plan.frame.nodes[n];
            // A view, or the epilogue of another node.
            if node.x == node.y {
                continue;
            }
            let mut y = std::mem::take(&mut frame.values[node.y]);
            let x = &frame.values[node.x][..];
            let epilogue = node.epilogue.map(|epilogue| epilogue.map(|other| &frame.values[other][..]));
            match walk.call(n, weights) {
                Some(call) => call.forward(walk.phase(n, samples), x, epilogue, &mut y, &mut self.scratch),
                None => {
                    let epilogue = epilogue.unwrap_or_default();
                    let (other, relu) = (epilogue.add.expect("a sum is of two"), epilogue.has_relu());
                    sum::flat::Forward { one: x, other, relu, y: &mut y }.on(walk.plan.isa);
                }
            }
            frame.values[node.y] = y;
        }
    }

    /// The losses of a block, and the gradient to the network's output.
    fn loss(&mut self, plan: &Plan, loss: &Loss, batch: &dyn Batch<T>, block: &mut Block<'_, T>) {
        let Plan { isa, output, .. } = *plan;
        let count = block.samples.len();
        let targets = batch.targets(block.samples.clone(), &mut self.targets[..output.size() * count]);
        let y = &block.frame.values[plan.frame.output()];
        let dy = &mut block.frame.gradients[0][..y.len()];
        let answer = Answer::of(loss, output);
        match plan.family {
            Family::Row => {
                block.losses[0] = loss.row(isa, y, targets, dy);
                self.right += usize::from(answer.is_right(y, targets));
            }
            Family::Block => {
                loss.block(isa, y, targets, &mut self.target_lanes, plan.batch, dy, block.losses);
                self.right += answer.right_in_block(isa, y, &self.target_lanes, count);
            }
        }
    }

    /// Backward of the layer of node `n`, and the update of its weights where the walk descends.
    fn layer_backward(
        &mut self,
        walk: &Walk<'_, T>,
        pass: &Pass,
        n: usize,
        back: &NodeBackward,
        step: StepContext<'_>,
        block: &mut Block<'_, T>,
    ) {
        let (isa, node) = (walk.plan.isa, &walk.plan.nodes[n]);
        let through = block.frame.through(&walk.plan.frame.nodes[n], back);
        if node.whole_batch().is_some() {
            let panels = block.kept.panels[n].as_chunks_mut().0.as_chunks_mut().0;
            ToPanels { block: through.dy.as_chunks().0, panels }.on(isa);
        }
        if let Weights::Descend { weights, rate } = &mut block.weights
            && node.needs.descends
            && let Some(layer) = walk.nodes[n].layer()
        {
            let (params, rate) = (&mut weights[node.params.clone()], T::from_f64(*rate));
            let Through { x, dy, dx, .. } = through;
            return layer.descend(Descend { isa, params, x, dy, dx, rate });
        }
        let at = node.gradient.start - pass.gradient.start;
        let grads = &mut block.gradient[at..][..node.gradient.len()];
        if let Some(call) = walk.call(n, block.weights.read()) {
            call.backward(walk.training(n, &block.samples, step), through, grads, &mut self.scratch);
        }
        if let Weights::Descend { weights, rate } = &mut block.weights {
            let plain = Optimizer::from(Sgd::new(*rate)).step(1, *rate);
            plain.update(isa, grads, &mut weights[node.params.clone()], &mut []);
        }
    }
}
