//! How long each layer takes, alone on one thread.

use alloc::vec::Vec;
use core::time::Duration;

use toddle_kernels::dense::block::{Leaf, tree_scratch};
use toddle_lanes::{Aligned, Stopwatch, peak};

use super::frame::{NodeBackward, NodeFrame};
use super::{Machine, Mode, Plan};
use crate::layer::{Call, Draw, Family, Gradient, GradientRows, Moments, Pack, Phase, Through, Training};
use crate::{Float, Network};

/// What a network's layers cost, measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Floating-point operations a second that one core does at most, measured: two for each multiply-add.
    pub peak: f64,
    /// The layers' times, node by node. None for a view of its input, and for the sum that ends a residual block.
    pub layers: Vec<Option<LayerTime>>,
}

/// Seconds that a layer takes for one sample. None for work that a neighbouring layer does, fused with its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerTime {
    /// Forward, in training. None for a relu that is fused with the layer before it.
    pub forward: Option<f64>,
    /// Backward: the gradients to its parameters, and to its input if a step needs it. None for a relu whose backward is fused
    /// with the layer before or behind it.
    pub backward: Option<f64>,
    /// Whether a step needs the gradient to the input.
    pub to_input: bool,
}

/// Times each layer of `network` on one thread, as a step of `batch` samples runs it: rows, or blocks of sixteen.
///
/// Every layer gets the same input again and again, so it is in the nearest cache that can hold it. In a step, the layer before
/// writes the input.
///
/// ```
/// use toddle::{Conv2d, Machine, NetworkSpec, Relu, Shape, profile};
///
/// let network = NetworkSpec::new(Shape::image(1, 8, 8)).add(Conv2d::new(4, 3)).add(Relu).build::<f32>(0)?;
/// let profile = profile(&network, 16, &Machine::detect()?);
/// let relu = profile.layers[1].expect("it is no view");
/// // On the way forward, the relu is fused with the convolution.
/// assert!(relu.forward.is_none() && relu.backward > Some(0.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn profile<T: Float>(network: &Network<T>, batch: usize, machine: &Machine) -> Profile {
    let plan = network.plan(batch, Mode::Gradient, &machine.threads(1));
    let peak = peak::FLOPS as f64 / seconds(|| peak::run::<T>(plan.isa));
    let layers = (0..network.nodes().len())
        .map(|n| {
            network.nodes()[n].layer().filter(|layer| !layer.is_view())?;
            let packed = packed(network, &plan, n);
            let call = plan.call(n, network.nodes(), network.weights(), network.state(), &packed)?;
            Some(Bench::new(call, &plan, n).times())
        })
        .collect();
    Profile { peak, layers }
}

/// The packed weights of node `n`.
fn packed<T: Float>(network: &Network<T>, plan: &Plan, n: usize) -> Aligned<T> {
    let mut packed = Aligned::zeros(plan.nodes[n].needs.packed);
    if let Some(layer) = network.nodes()[n].layer().filter(|_| !packed.is_empty()) {
        let params = &network.weights()[plan.nodes[n].params.clone()];
        layer.pack(Pack { isa: plan.isa, params, packed: &mut packed, trains: true });
    }
    packed
}

/// A layer with buffers of its own.
struct Bench<'a, T> {
    call: Call<'a, T>,
    plan: &'a Plan,
    n: usize,
    x: Aligned<T>,
    y: Aligned<T>,
    dy: Aligned<T>,
    dx: Aligned<T>,
    grads: Aligned<T>,
    scratch: Aligned<T>,
    moments: Aligned<T>,
    /// A block's statistics, and then its gradient sums.
    leaf: Aligned<T>,
    /// What stands for `dy` in the gradient of a whole batch.
    panels: Aligned<T>,
}

impl<'a, T: Float> Bench<'a, T> {
    fn new(call: Call<'a, T>, plan: &'a Plan, n: usize) -> Self {
        let (node, needs) = (&plan.frame.nodes[n], plan.nodes[n].needs);
        let (x, y) = (plan.frame.values[node.x], plan.frame.values[node.y]);
        let mut bench = Bench {
            call,
            plan,
            n,
            x: numbers(x),
            y: Aligned::zeros(y),
            dy: numbers(y),
            dx: Aligned::zeros(x),
            grads: Aligned::zeros(call.params.len()),
            scratch: Aligned::zeros(needs.scratch.max(tree_scratch(plan.blocks))),
            moments: Aligned::zeros(needs.moments),
            leaf: Aligned::zeros(needs.statistics),
            panels: numbers(plan.frame.panels(node.y)),
        };
        bench.statistics();
        bench.gradient_sums();
        bench
    }

    fn times(mut self) -> LayerTime {
        let samples = self.plan.family.samples() as f64;
        // Backward reads the output of forward, even if forward is not measured.
        self.forward();
        let forward = (!self.is_epilogue()).then(|| {
            seconds(|| {
                self.statistics();
                self.forward();
            })
        });
        let backward = (!self.has_fused_backward()).then(|| {
            seconds(|| {
                self.gradient_sums();
                self.backward();
            })
        });
        let whole_batch = match self.plan.nodes[self.n].needs.gradient {
            Gradient::WholeBatch { .. } => seconds(|| self.gradient_rows()) / self.plan.blocks as f64,
            Gradient::PerBlock | Gradient::Sums => 0.0,
        };
        LayerTime {
            forward: forward.map(|forward| forward / samples),
            backward: backward.map(|backward| (backward + whole_batch) / samples),
            to_input: self.way_back(self.n).is_some_and(|back| back.dx.is_some()),
        }
    }

    /// Whether the layer's forward is the epilogue of another node. No layer here is a view, so that its input and output share
    /// a buffer only then.
    fn is_epilogue(&self) -> bool {
        let node = &self.plan.frame.nodes[self.n];
        node.x == node.y
    }

    /// Whether a neighbour does the layer's backward.
    fn has_fused_backward(&self) -> bool {
        let before = self.n.checked_sub(1).and_then(|before| self.way_back(before));
        let behind = self.way_back(self.n + 1);
        before.is_some_and(|back| back.prologue.is_some())
            || behind.is_some_and(|back| back.epilogue.is_some())
    }

    fn way_back(&self, n: usize) -> Option<&'a NodeBackward> {
        self.plan.frame.nodes.get(n)?.backward.as_ref()
    }

    /// Statistics and moments of a batch of one block, for a layer that needs them.
    fn statistics(&mut self) {
        if self.moments.is_empty() {
            return;
        }
        let Call { layer, family, state, .. } = self.call;
        let (samples, mut state) = (family.samples(), state.to_vec());
        self.call.statistics(samples, &self.x, &mut self.leaf);
        let (leaves, moments) = (&self.leaf[..], &mut self.moments[..]);
        layer.moments(Moments { leaves, samples, family, state: &mut state, moments });
    }

    /// Gradient sums of a block, for a layer that needs them.
    fn gradient_sums(&mut self) {
        if !self.moments.is_empty() {
            let prologue = self.way_back(self.n).and_then(|back| back.prologue);
            let (x, y, dy) = (&self.x, &self.y, &self.dy);
            let through = Through { x, y, dy, prologue, epilogue: None, dx: None };
            self.call.gradient_sums(&self.moments, through, &mut self.leaf);
        }
    }

    fn forward(&mut self) {
        let phase = Phase::Train(training(self.call.family, self.n, &self.moments, &[]));
        let NodeFrame { epilogue, .. } = self.plan.frame.nodes[self.n];
        let epilogue = epilogue.map(|epilogue| epilogue.map(|_| &self.dy[..]));
        self.call.forward(phase, &self.x, epilogue, &mut self.y, &mut self.scratch);
    }

    fn backward(&mut self) {
        let training = training(self.call.family, self.n, &self.moments, &self.leaf);
        let back = self.way_back(self.n);
        let (prologue, epilogue) = (back.and_then(|back| back.prologue), back.and_then(|back| back.epilogue));
        let dx = back.and_then(|back| back.dx).map(|_| &mut self.dx[..]);
        let (x, y, dy) = (&self.x, &self.y, &self.dy);
        let through = Through { x, y, dy, prologue, epilogue, dx };
        self.call.backward(training, through, &mut self.grads, &mut self.scratch);
    }

    fn gradient_rows(&mut self) {
        let (x, dy) = (self.x.as_chunks().0, self.panels.as_chunks().0.as_chunks().0);
        let (grads, scratch) = (&mut self.grads[..], &mut self.scratch[..]);
        let (isa, blocks, leaf) = (self.call.isa, self.plan.blocks, &|_| Leaf { x, dy });
        self.call.layer.gradient_rows(GradientRows { isa, first: 0, grads, blocks, leaf, scratch });
    }
}

/// A batch of one row or block.
fn training<'a, T>(family: Family, n: usize, moments: &'a [T], gradient_sums: &'a [T]) -> Training<'a, T> {
    let draw = Draw { seed: 0, step: 0, sample: 0, layer: n as u32 };
    Training { draw, samples: family.samples(), batch: family.samples(), moments, gradient_sums }
}

/// Small numbers of both signs, none of them zero.
fn numbers<T: Float>(len: usize) -> Aligned<T> {
    let mut numbers = Aligned::zeros(len);
    for (i, x) in numbers.iter_mut().enumerate() {
        *x = T::from_f64((i * 37 % 101) as f64 / 101.0 - 0.45);
    }
    numbers
}

/// How long a measurement lasts, and each of the repeats of which the best counts: others may take the core's time.
const MEASURE: Duration = Duration::from_millis(60);
const REPEAT: Duration = Duration::from_millis(2);

/// Seconds that a call of `work` takes when nothing is in its way; 0 where there is no clock.
fn seconds(mut work: impl FnMut()) -> f64 {
    if !Stopwatch::RUNS {
        return 0.0;
    }
    let (begin, mut best) = (Stopwatch::start(), f64::INFINITY);
    while begin.elapsed() < MEASURE {
        let (repeat, mut calls) = (Stopwatch::start(), 0);
        while repeat.elapsed() < REPEAT {
            work();
            calls += 1;
        }
        best = best.min(repeat.elapsed().as_secs_f64() / f64::from(calls));
    }
    best
}
