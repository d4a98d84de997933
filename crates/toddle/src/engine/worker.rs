//! One thread's walk of one row or block: forward through some nodes, the loss, and back.

use core::ops::Range;

use toddle_kernels::Run;
use toddle_kernels::layout::ToPanels;
use toddle_lanes::Aligned;

use super::batch::Batch;
use super::frame::NodeBackward;
use super::pass::Pass;
use super::plan::Plan;
use super::step::Draws;
use super::values::{Frame, Kept, join};
use crate::layer::{Call, Descend, Draw, Phase, Through, Training};
use crate::network::Node;
use crate::optim::{Optimizer, Sgd};
use crate::{Float, Loss};

/// The memory of one thread.
#[derive(Debug)]
pub(crate) struct Worker<T> {
    pub scratch: Aligned<T>,
    /// Room for inputs and targets that have to be gathered.
    pub inputs: Aligned<T>,
    pub targets: Aligned<T>,
    pub target_lanes: Aligned<T>,
    /// Room for the gradient of one of several layers with the same weights.
    pub place: Aligned<T>,
    /// How many samples of this step had the right answer.
    pub right: usize,
}

/// What all workers read while they walk.
#[derive(Debug)]
pub(crate) struct Walk<'a, T> {
    pub plan: &'a Plan,
    pub nodes: &'a [Node<T>],
    pub state: &'a [T],
    pub packed: &'a [Aligned<T>],
    /// Where the random numbers of the step come from, in training.
    pub draws: Option<Draws>,
    /// The loss of the step, unless the caller gives the gradient to the outputs.
    pub loss: Option<&'a Loss>,
    /// The caller's gradient to the outputs of the batch.
    pub given: &'a [T],
    pub moments: &'a [Aligned<T>],
    pub gradient_sums: &'a [Aligned<T>],
    /// Gradient sums of inference.
    pub zeros: &'a [T],
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
    /// The outputs of its samples, for the caller.
    pub outputs: &'a mut [T],
    /// The gradients to the inputs of its samples, for the caller.
    pub input_gradients: &'a mut [T],
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
    /// The layer of node `n`, unless the node joins several values.
    pub fn call<'b>(&'b self, n: usize, weights: &'b [T]) -> Option<Call<'b, T>> {
        self.plan.call(n, self.nodes, weights, self.state, &self.packed[n])
    }

    fn phase(&self, n: usize, samples: &Range<usize>) -> Phase<'_, T> {
        if self.plan.mode.infers() { Phase::Infer } else { Phase::Train(self.training(n, samples)) }
    }

    /// What node `n` can read about the step, for the row or block of `samples`.
    fn training(&self, n: usize, samples: &Range<usize>) -> Training<'_, T> {
        let Draws { seed, number } = self.draws.unwrap_or_default();
        let gradient_sums = self.gradient_sums.get(n).map_or(&[][..], |sums| sums);
        Training {
            draw: Draw { seed, step: number, sample: samples.start as u32, layer: n as u32 },
            samples: samples.len(),
            batch: self.plan.batch,
            moments: self.moments.get(n).map_or(&[], |moments| moments),
            gradient_sums: if self.plan.mode.infers() {
                &self.zeros[..gradient_sums.len()]
            } else {
                gradient_sums
            },
        }
    }
}

impl<T: Float> Worker<T> {
    /// Inference of a row or block, from its input to its output.
    pub fn infer(&mut self, walk: &Walk<'_, T>, weights: &[T], frame: &mut Frame<T>) {
        self.forward(walk, weights, 0..walk.nodes.len(), &(0..0), frame);
    }

    /// One pass of a row or block, in training.
    pub fn block(&mut self, walk: &Walk<'_, T>, pass: &Pass, batch: &dyn Batch<T>, mut block: Block<'_, T>) {
        let plan = walk.plan;
        block.frame.swap_kept(block.kept);
        block.gradient.fill(T::ZERO);
        let samples = block.samples.clone();
        if pass.loads {
            let inputs = plan.input * samples.len();
            block.frame.load(plan, batch.inputs(samples.clone(), &mut self.inputs[..inputs]));
        }
        self.forward(walk, block.weights.read(), pass.forward.clone(), &samples, block.frame);
        if let Some(call) = pass.statistics.and_then(|n| walk.call(n, block.weights.read())) {
            let x = pass.statistics.map_or(0, |n| plan.frame.nodes[n].x);
            call.statistics(samples.len(), block.frame.all(&plan.frame).value(x), block.leaf);
        }
        if pass.gives_outputs {
            block.frame.unload(plan, block.outputs);
        }
        if pass.takes_gradient {
            block
                .frame
                .load_gradient(plan, &walk.given[samples.start * plan.output..samples.end * plan.output]);
        }
        if let Some(loss) = walk.loss.filter(|_| pass.loss) {
            self.loss(plan, loss, batch, &mut block);
        }
        for n in pass.backward.clone().rev() {
            let node = &plan.frame.nodes[n];
            let Some(back) = &node.backward else { continue };
            if back.dx.is_some() || plan.nodes[n].learns() {
                self.layer_backward(walk, pass, n, back, &mut block);
            }
            for part in &back.parts {
                block.frame.part(plan, &walk.nodes[n].op, node, back.dy, part);
            }
            for sum in &back.sums {
                block.frame.sum(plan, *sum);
            }
        }
        if let Some(n) = pass.gradient_sums {
            let node = &plan.frame.nodes[n];
            if let (Some(call), Some(back)) = (walk.call(n, block.weights.read()), &node.backward) {
                call.gradient_sums(
                    &walk.moments[n],
                    block.frame.through(&plan.frame, node, back),
                    block.leaf,
                );
            }
        }
        if pass.gives_input_gradients {
            block.frame.unload_gradient(plan, block.input_gradients);
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
            let (y, values) = frame.write_value(&walk.plan.frame, node.y);
            match walk.call(n, weights) {
                Some(call) => {
                    let epilogue = node.epilogue.map(|epilogue| epilogue.map(|other| values.value(other)));
                    call.forward(
                        walk.phase(n, samples),
                        values.value(node.x),
                        epilogue,
                        y,
                        &mut self.scratch,
                    );
                }
                None => join(walk.plan, &walk.nodes[n].op, node, values, y),
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
        block: &mut Block<'_, T>,
    ) {
        let (isa, node) = (walk.plan.isa, &walk.plan.nodes[n]);
        let through = block.frame.through(&walk.plan.frame, &walk.plan.frame.nodes[n], back);
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
            call.backward(walk.training(n, &block.samples), through, grads, &mut self.scratch);
        }
        if let Weights::Descend { weights, rate } = &mut block.weights {
            let plain = Optimizer::from(Sgd::new(*rate)).step(1, *rate);
            plain.update(isa, grads, &mut weights[node.params.clone()], &mut []);
        }
    }
}
