//! One thread's walk of one row or block: forward through some nodes, the loss, and back.

use std::ops::Range;

use toddle_kernels::Run;
use toddle_kernels::layout::{FromLanes, ToLanes, ToPanels};
use toddle_kernels::sum;
use toddle_kernels::update::tree;
use toddle_lanes::{Aligned, Arena};

use crate::batch::Batch;
use crate::engine::Lesson;
use crate::evaluation::Answer;
use crate::frame::{FramePlan, NodeFrame, Sum, Turn};
use crate::layer::{Backward, Descend, Draw, Family, Forward, Phase, Slopes, Statistics, Training};
use crate::network::{Network, Op};
use crate::optim::{Optimizer, Sgd};
use crate::plan::{Pass, Plan};
use crate::{Float, Loss};

/// One thread's memory.
#[derive(Debug)]
pub(crate) struct Worker<T> {
    pub(crate) scratch: Aligned<T>,
    /// Room for samples that do not lie in memory as they are.
    inputs: Aligned<T>,
    targets: Aligned<T>,
    /// The targets of a block in lanes.
    target_lanes: Aligned<T>,
    /// Samples of this step that were answered rightly.
    pub(crate) right: usize,
}

/// What one row or block needs on its way.
#[derive(Debug)]
pub(crate) struct Frame<T> {
    pub(crate) values: Vec<Aligned<T>>,
    slopes: Vec<Aligned<T>>,
}

/// What one block leaves for the layers whose gradient takes the whole batch.
#[derive(Debug)]
pub(crate) struct Kept<T> {
    /// Their inputs; empty where the block has a frame of its own, which keeps them.
    pub(crate) values: Vec<Aligned<T>>,
    /// The gradients to their outputs, in panels.
    pub(crate) slopes: Vec<Aligned<T>>,
}

/// What all workers read while blocks are walked.
pub(crate) struct Walk<'a, T> {
    pub(crate) plan: &'a Plan,
    pub(crate) network: &'a Network<T>,
    pub(crate) packed: &'a [Aligned<T>],
    /// What is learnt, in training.
    pub(crate) lesson: Option<Lesson<'a>>,
    pub(crate) moments: &'a [Aligned<T>],
    pub(crate) slopes: &'a [Aligned<T>],
}

impl<'a, T: Float> Walk<'a, T> {
    pub(crate) fn new(plan: &'a Plan, network: &'a Network<T>, packed: &'a [Aligned<T>]) -> Self {
        Walk { plan, network, packed, lesson: None, moments: &[], slopes: &[] }
    }

    fn training(&self, n: usize, samples: &Range<usize>, lesson: Lesson<'_>) -> Training<'a, T> {
        let of = |all: &'a [Aligned<T>]| all.get(n).map_or(&[][..], |numbers| numbers);
        training(self.plan, n, samples, lesson, of(self.moments), of(self.slopes))
    }
}

/// What node `n` may want to know of the row or block of these samples.
fn training<'a, T>(
    plan: &Plan,
    n: usize,
    samples: &Range<usize>,
    lesson: Lesson<'_>,
    moments: &'a [T],
    slopes: &'a [T],
) -> Training<'a, T> {
    let draw = Draw { seed: lesson.seed, step: lesson.number, sample: samples.start as u32, layer: n as u32 };
    Training { draw, samples: samples.len(), batch: plan.batch, moments, slopes }
}

impl<T: Float> Kept<T> {
    pub(crate) fn new(plan: &Plan, arena: &mut Arena) -> Self {
        let frame = &plan.frame;
        let mut kept = Kept {
            values: frame.values.iter().map(|_| Aligned::default()).collect(),
            slopes: frame.nodes.iter().map(|_| Aligned::default()).collect(),
        };
        for (n, (node, of)) in frame.nodes.iter().zip(&plan.nodes).enumerate() {
            if of.whole_batch().is_some() {
                kept.slopes[n] = arena.zeros(frame.panels(node.y));
                if !plan.keeps_blocks() && kept.values[node.x].is_empty() {
                    kept.values[node.x] = arena.zeros(frame.values[node.x]);
                }
            }
        }
        kept
    }
}

impl<T: Float> Frame<T> {
    pub(crate) fn new(plan: &FramePlan, arena: &mut Arena) -> Self {
        let mut zeros = |sizes: &[usize]| sizes.iter().map(|&size| arena.zeros(size)).collect();
        Frame { values: zeros(&plan.values), slopes: zeros(&plan.slopes) }
    }

    /// Takes in one sample, or up to sixteen.
    pub(crate) fn load(&mut self, plan: &Plan, samples: &[T]) {
        match plan.family {
            Family::Row => self.values[0].copy_from_slice(samples),
            Family::Block => {
                ToLanes { samples, block: self.values[0].as_chunks_mut().0 }.on(plan.isa);
            }
        }
    }

    /// Gives out what has become of them.
    pub(crate) fn unload(&self, walk: &Walk<'_, T>, samples: &mut [T]) {
        let y = &self.values[output(walk.plan)];
        match walk.plan.family {
            Family::Row => samples.copy_from_slice(y),
            Family::Block => FromLanes { block: y.as_chunks().0, samples }.on(walk.plan.isa),
        }
    }

    /// Puts the buffers that this block is to keep where its values are written, or takes them back.
    fn swap_kept(&mut self, kept: &mut Kept<T>) {
        for (value, kept) in self.values.iter_mut().zip(&mut kept.values) {
            if !kept.is_empty() {
                std::mem::swap(value, kept);
            }
        }
    }

    /// Adds up gradients to a value that goes to several nodes.
    fn sum(&mut self, plan: &Plan, sum: Sum, size: usize) {
        let mut to = std::mem::take(&mut self.slopes[sum.to]);
        let (from, y) = (&self.slopes[sum.from][..size], &mut to[..size]);
        match sum.begin {
            Some(begin) => {
                let one = &self.slopes[begin][..size];
                sum::flat::Forward { one, other: from, relu: false, y }.on(plan.isa);
            }
            None => tree::Add { from, to: y }.on(plan.isa),
        }
        self.slopes[sum.to] = to;
    }
}

/// The buffer of the network's output.
fn output(plan: &Plan) -> usize {
    plan.frame.nodes.last().map_or(0, |node| node.y)
}

/// What a layer's backward works on.
struct Lent<'a, T> {
    x: &'a [T],
    y: &'a [T],
    dy: &'a [T],
    dx: Option<&'a mut [T]>,
}

impl<T: Float> Frame<T> {
    fn lend(&mut self, node: &NodeFrame, turn: &Turn) -> Lent<'_, T> {
        let (x, y) = (&self.values[node.x], &self.values[node.y]);
        let (dy, dx) = match turn.dx {
            Some(dx) => {
                let [dy, dx] = self.slopes.get_disjoint_mut([turn.dy, dx]).expect("two buffers");
                (&dy[..], Some(&mut dx[..x.len()]))
            }
            None => (&self.slopes[turn.dy][..], None),
        };
        Lent { x, y, dy: &dy[..y.len()], dx }
    }
}

impl<T: Float> Worker<T> {
    pub(crate) fn new(scratch: usize, inputs: usize, targets: usize, arena: &mut Arena) -> Self {
        let mut zeros = |len| arena.zeros(len);
        Worker {
            scratch: zeros(scratch),
            inputs: zeros(if targets > 0 { inputs } else { 0 }),
            targets: zeros(targets),
            target_lanes: zeros(targets),
            right: 0,
        }
    }

    /// Forward of a row or block, for its answer.
    pub(crate) fn infer(&mut self, walk: &Walk<'_, T>, frame: &mut Frame<T>) {
        self.forward(walk, 0..walk.plan.nodes.len(), frame, |_| Phase::Infer);
    }

    /// One pass of a row or block: `leaf` is its leaf of what the batch waits for, `gradient` that of the gradient.
    pub(crate) fn block(
        &mut self,
        walk: &Walk<'_, T>,
        pass: &Pass,
        batch: &dyn Batch<T>,
        samples: Range<usize>,
        frame: &mut Frame<T>,
        kept: &mut Kept<T>,
        gradient: &mut [T],
        leaf: &mut [T],
        losses: &mut [T],
    ) {
        let Plan { isa, family, ref nodes, .. } = *walk.plan;
        let lesson = walk.lesson.expect("a pass is of a step");
        frame.swap_kept(kept);
        if pass.loads {
            let inputs = walk.network.input().size() * samples.len();
            frame.load(walk.plan, batch.inputs(samples.clone(), &mut self.inputs[..inputs]));
        }
        self.forward(walk, pass.forward.clone(), frame, |n| Phase::Train(walk.training(n, &samples, lesson)));
        if let Some((n, layer)) = pass.statistics.and_then(|n| Some((n, walk.network.nodes()[n].layer()?))) {
            let x = &frame.values[walk.plan.frame.nodes[n].x];
            layer.statistics(Statistics { isa, family, samples: samples.len(), x, leaf });
        }
        if pass.turns {
            self.loss(walk, lesson.loss, batch, samples.clone(), frame, losses);
        }
        let first = nodes.get(pass.backward.start).map_or(0, |node| node.gradient.start);
        for n in pass.backward.clone().rev() {
            let of = &nodes[n];
            let node = &walk.plan.frame.nodes[n];
            let Some(turn) = &node.turn else { continue };
            if let Op::Layer(layer) = &walk.network.nodes()[n].op
                && !layer.is_view()
            {
                let Lent { x, y, dy, dx } = frame.lend(node, turn);
                if of.whole_batch().is_some() {
                    let panels = kept.slopes[n].as_chunks_mut().0.as_chunks_mut().0;
                    ToPanels { block: dy.as_chunks().0, panels }.on(isa);
                }
                let grads = &mut gradient[of.gradient.start - first..of.gradient.end - first];
                let (params, packed) = (&walk.network.weights()[of.params.clone()], &walk.packed[n][..]);
                let (training, scratch) = (walk.training(n, &samples, lesson), &mut self.scratch[..]);
                layer.backward(Backward {
                    isa,
                    family,
                    params,
                    packed,
                    training,
                    x,
                    y,
                    dy,
                    relu: turn.relu,
                    relu_before: turn.relu_before,
                    dx,
                    grads,
                    scratch,
                });
            }
            for sum in &turn.sums {
                frame.sum(walk.plan, *sum, walk.plan.frame.values[node.x]);
            }
        }
        if let Some(n) = pass.slopes {
            let node = &walk.plan.frame.nodes[n];
            if let (Some(layer), Some(turn)) = (walk.network.nodes()[n].layer(), &node.turn) {
                let Lent { x, dy, .. } = frame.lend(node, turn);
                let params = &walk.network.weights()[nodes[n].params.clone()];
                let (moments, relu) = (&walk.moments[n][..], turn.relu);
                layer.slopes(Slopes { isa, family, params, moments, x, dy, relu, leaf });
            }
        }
        frame.swap_kept(kept);
    }

    fn forward<'a>(
        &mut self,
        walk: &Walk<'a, T>,
        nodes: Range<usize>,
        frame: &mut Frame<T>,
        phase: impl Fn(usize) -> Phase<'a, T>,
    ) where
        T: 'a,
    {
        let Plan { isa, family, .. } = *walk.plan;
        for n in nodes {
            let (of, node) = (&walk.plan.nodes[n], &walk.plan.frame.nodes[n]);
            match &walk.network.nodes()[n].op {
                _ if node.x == node.y => {}
                Op::Layer(layer) => {
                    let mut y_taken = std::mem::take(&mut frame.values[node.y]);
                    let (x, y) = (&frame.values[node.x][..], &mut y_taken[..]);
                    let other = node.other.map(|other| &frame.values[other][..]);
                    let params = &walk.network.weights()[of.params.clone()];
                    let state = &walk.network.state()[of.state.clone()];
                    let packed = &walk.packed[n][..];
                    let (phase, relu, scratch) = (phase(n), node.relu, &mut self.scratch[..]);
                    layer.forward(Forward {
                        isa,
                        family,
                        params,
                        packed,
                        state,
                        phase,
                        x,
                        other,
                        relu,
                        y,
                        scratch,
                    });
                    frame.values[node.y] = y_taken;
                }
                Op::Add { .. } => {
                    let mut y = std::mem::take(&mut frame.values[node.y]);
                    let other = &frame.values[node.other.expect("a sum is of two")];
                    sum::flat::Forward { one: &frame.values[node.x], other, relu: node.relu, y: &mut y }
                        .on(isa);
                    frame.values[node.y] = y;
                }
            }
        }
    }

    fn loss(
        &mut self,
        walk: &Walk<'_, T>,
        loss: &Loss,
        batch: &dyn Batch<T>,
        samples: Range<usize>,
        frame: &mut Frame<T>,
        losses: &mut [T],
    ) {
        let isa = walk.plan.isa;
        let (shape, count) = (walk.network.output(), samples.len());
        let targets = batch.targets(samples, &mut self.targets[..shape.size() * count]);
        let y = &frame.values[output(walk.plan)];
        let dy = &mut frame.slopes[0][..y.len()];
        let answer = Answer::of(loss, shape);
        match walk.plan.family {
            Family::Row => {
                losses[0] = loss.row(isa, y, targets, dy);
                self.right += usize::from(answer.is_right(y, targets));
            }
            Family::Block => {
                loss.block(isa, y, targets, &mut self.target_lanes, walk.plan.batch, dy, losses);
                self.right += answer.right_in_block(isa, y, &self.target_lanes, count);
            }
        }
    }

    /// One step of plain SGD for one sample, each layer's weights moved on the way back.
    pub(crate) fn descend(
        &mut self,
        plan: &Plan,
        network: &mut Network<T>,
        packed: &[Aligned<T>],
        frame: &mut Frame<T>,
        gradient: &mut [T],
        batch: &dyn Batch<T>,
        lesson: Lesson<'_>,
        rate: f64,
        losses: &mut [T],
    ) {
        let Plan { isa, family, .. } = *plan;
        let walk = Walk { lesson: Some(lesson), ..Walk::new(plan, network, packed) };
        frame.load(plan, batch.inputs(0..1, &mut self.inputs));
        self.forward(&walk, 0..plan.nodes.len(), frame, |n| Phase::Train(walk.training(n, &(0..1), lesson)));
        self.loss(&walk, lesson.loss, batch, 0..1, frame, losses);
        for (n, (of, node)) in plan.nodes.iter().zip(&plan.frame.nodes).enumerate().rev() {
            let Some(turn) = &node.turn else { continue };
            let Network { nodes, weights, .. } = &mut *network;
            if let Op::Layer(layer) = &nodes[n].op
                && !layer.is_view()
            {
                let Lent { x, y, dy, dx } = frame.lend(node, turn);
                let params = &mut weights[of.params.clone()];
                if of.needs.descends {
                    layer.descend(Descend { isa, params, x, dy, dx, rate: T::from_f64(rate) });
                } else {
                    let grads = &mut gradient[of.gradient.clone()];
                    grads.fill(T::ZERO);
                    let scratch = &mut self.scratch[..];
                    let training = training(plan, n, &(0..1), lesson, &[], &[]);
                    let (packed, params) = (&packed[n][..], &*params);
                    layer.backward(Backward {
                        isa,
                        family,
                        params,
                        packed,
                        training,
                        x,
                        y,
                        dy,
                        relu: turn.relu,
                        relu_before: turn.relu_before,
                        dx,
                        grads,
                        scratch,
                    });
                    let plain = Optimizer::from(Sgd::new(rate)).step(1, rate);
                    plain.update(isa, grads, &mut weights[of.params.clone()], &mut []);
                }
            }
            for sum in &turn.sums {
                frame.sum(plan, *sum, plan.frame.values[node.x]);
            }
        }
    }
}
