//! How long each layer takes, alone on one thread.

use std::time::{Duration, Instant};

use toddle_kernels::dense::block::{Leaf, tree_scratch};
use toddle_lanes::{Aligned, peak};

use crate::frame::{NodeFrame, Turn};
use crate::layer::{
    Backward, Draw, Family, Forward, Gradient, GradientRows, Layer, Moments, Pack, Phase, Slopes, Statistics,
    Training,
};
use crate::plan::{Machine, Mode, Plan};
use crate::{Float, Network};

/// What a network's layers cost, measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Floating-point operations a second that one core does at most, measured: two for each multiply-add.
    pub peak: f64,
    /// The layers' times, node by node; none for a view of its input and for the sum that ends a residual block.
    pub layers: Vec<Option<LayerTime>>,
}

/// Seconds that a layer takes for one sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerTime {
    /// Forward, in training; none for a relu that is done in passing by what is before it.
    pub forward: Option<f64>,
    /// Backward: the gradients to its parameters, and that to its input where a step wants one; none for a relu that the layer
    /// before or behind it goes back through in passing.
    pub backward: Option<f64>,
    /// Whether the gradient to the input is among them.
    pub to_input: bool,
}

/// Times each layer of `network` on one thread, as a step of `batch` samples runs it: rows, or blocks of sixteen.
///
/// Every layer gets the same numbers again and again, so they are as near to the core as its caches hold them; in a step
/// they come from the layer before.
///
/// ```
/// use toddle::{Conv2d, Machine, NetworkSpec, Relu, Shape, profile};
///
/// let network = NetworkSpec::new(Shape::image(1, 8, 8)).add(Conv2d::new(4, 3)).add(Relu).build::<f32>(0)?;
/// let profile = profile(&network, 16, &Machine::detect()?);
/// let relu = profile.layers[1].expect("it is no view");
/// // Forward, the convolution does it in passing.
/// assert!(relu.forward.is_none() && relu.backward > Some(0.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn profile<T: Float>(network: &Network<T>, batch: usize, machine: &Machine) -> Profile {
    let plan = network.plan(batch, Mode::Gradient, &machine.threads(1));
    let peak = peak::FLOPS as f64 / seconds(|| peak::run::<T>(plan.isa));
    let layers = (0..network.nodes().len())
        .map(|n| {
            let layer = network.nodes()[n].layer().filter(|layer| !layer.is_view())?;
            Some(Bench::new(network, &plan, n, layer).times())
        })
        .collect();
    Profile { peak, layers }
}

/// A layer with all that is lent to it.
struct Bench<'a, T> {
    network: &'a Network<T>,
    plan: &'a Plan,
    n: usize,
    layer: &'a dyn Layer<T>,
    x: Aligned<T>,
    y: Aligned<T>,
    dy: Aligned<T>,
    dx: Aligned<T>,
    packed: Aligned<T>,
    grads: Aligned<T>,
    scratch: Aligned<T>,
    moments: Aligned<T>,
    slopes: Aligned<T>,
    /// What stands for `dy` in the gradient of a whole batch.
    panels: Aligned<T>,
}

impl<'a, T: Float> Bench<'a, T> {
    fn new(network: &'a Network<T>, plan: &'a Plan, n: usize, layer: &'a dyn Layer<T>) -> Self {
        let (node, needs) = (&plan.frame.nodes[n], plan.nodes[n].needs);
        let (x, y) = (plan.frame.values[node.x], plan.frame.values[node.y]);
        let mut packed = Aligned::zeros(needs.packed);
        let params = &network.weights()[plan.nodes[n].params.clone()];
        if !packed.is_empty() {
            layer.pack(Pack { isa: plan.isa, params, packed: &mut packed, trains: true });
        }
        let mut bench = Bench {
            network,
            plan,
            n,
            layer,
            x: numbers(x),
            y: Aligned::zeros(y),
            dy: numbers(y),
            dx: Aligned::zeros(x),
            packed,
            grads: Aligned::zeros(params.len()),
            scratch: Aligned::zeros(needs.scratch.max(tree_scratch(plan.blocks))),
            moments: Aligned::zeros(needs.moments),
            slopes: Aligned::zeros(needs.statistics),
            panels: numbers(plan.frame.panels(node.y)),
        };
        bench.statistics();
        bench.slopes();
        bench
    }

    fn times(mut self) -> LayerTime {
        let samples = self.plan.family.samples() as f64;
        // It makes what backward reads, even where no time is its own.
        self.forward();
        let forward = (!self.is_done_in_passing()).then(|| {
            seconds(|| {
                self.statistics();
                self.forward();
            })
        });
        let backward = (!self.is_turned_in_passing()).then(|| {
            seconds(|| {
                self.slopes();
                self.backward();
            })
        });
        let whole_batch = match self.plan.nodes[self.n].needs.gradient {
            Gradient::WholeBatch { .. } => seconds(|| self.gradient_rows()) / self.plan.blocks as f64,
            Gradient::PerBlock | Gradient::Slopes => 0.0,
        };
        LayerTime {
            forward: forward.map(|forward| forward / samples),
            backward: backward.map(|backward| (backward + whole_batch) / samples),
            to_input: self.wants_dx(),
        }
    }

    fn wants_dx(&self) -> bool {
        self.turn(self.n).is_some_and(|turn| turn.dx.is_some())
    }

    /// As no layer here is a view, its input and output share a buffer only then.
    fn is_done_in_passing(&self) -> bool {
        let node = &self.plan.frame.nodes[self.n];
        node.x == node.y
    }

    fn turn(&self, n: usize) -> Option<&'a Turn> {
        self.plan.frame.nodes.get(n)?.turn.as_ref()
    }

    fn is_turned_in_passing(&self) -> bool {
        let before = self.n.checked_sub(1).and_then(|before| self.turn(before));
        before.is_some_and(|turn| turn.relu) || self.turn(self.n + 1).is_some_and(|turn| turn.relu_before)
    }

    fn params(&self) -> &'a [T] {
        &self.network.weights()[self.plan.nodes[self.n].params.clone()]
    }

    fn state(&self) -> &'a [T] {
        &self.network.state()[self.plan.nodes[self.n].state.clone()]
    }

    /// What a batch of one block says of itself, for layers that ask.
    fn statistics(&mut self) {
        if self.moments.is_empty() {
            return;
        }
        let Plan { isa, family, .. } = *self.plan;
        let samples = family.samples();
        let (mut state, leaf) = (self.state().to_vec(), &mut self.slopes[..]);
        self.layer.statistics(Statistics { isa, family, samples, x: &self.x, leaf });
        let (leaves, moments) = (&self.slopes[..], &mut self.moments[..]);
        self.layer.moments(Moments { leaves, samples, family, state: &mut state, moments });
    }

    fn slopes(&mut self) {
        if !self.moments.is_empty() {
            let Plan { isa, family, .. } = *self.plan;
            let (params, relu) = (self.params(), self.turns_relu());
            let (moments, x, dy, leaf) = (&self.moments[..], &self.x[..], &self.dy[..], &mut self.slopes[..]);
            self.layer.slopes(Slopes { isa, family, params, moments, x, dy, relu, leaf });
        }
    }

    /// Whether it turns a relu in passing.
    fn turns_relu(&self) -> bool {
        self.turn(self.n).is_some_and(|turn| turn.relu)
    }

    fn forward(&mut self) {
        let Plan { isa, family, .. } = *self.plan;
        let (params, state) = (self.params(), self.state());
        let phase = Phase::Train(training(family, self.n, &self.moments, &[]));
        let NodeFrame { other, relu, .. } = self.plan.frame.nodes[self.n];
        let other = other.map(|_| &self.dy[..]);
        let (packed, x, y, scratch) = (&self.packed[..], &self.x[..], &mut self.y[..], &mut self.scratch[..]);
        self.layer.forward(Forward { isa, family, params, packed, state, phase, x, other, relu, y, scratch });
    }

    fn backward(&mut self) {
        let Plan { isa, family, .. } = *self.plan;
        let (params, wanted, relu) = (self.params(), self.wants_dx(), self.turns_relu());
        let relu_before = self.turn(self.n).is_some_and(|turn| turn.relu_before);
        let training = training(family, self.n, &self.moments, &self.slopes);
        let (packed, x, y, dy) = (&self.packed[..], &self.x[..], &self.y[..], &self.dy[..]);
        let dx = wanted.then_some(&mut self.dx[..]);
        let (grads, scratch) = (&mut self.grads[..], &mut self.scratch[..]);
        self.layer.backward(Backward {
            isa,
            family,
            params,
            packed,
            training,
            x,
            y,
            dy,
            relu,
            relu_before,
            dx,
            grads,
            scratch,
        });
    }

    fn gradient_rows(&mut self) {
        let (x, dy) = (self.x.as_chunks().0, self.panels.as_chunks().0.as_chunks().0);
        let (grads, scratch) = (&mut self.grads[..], &mut self.scratch[..]);
        let (isa, blocks, leaf) = (self.plan.isa, self.plan.blocks, &|_| Leaf { x, dy });
        self.layer.gradient_rows(GradientRows { isa, first: 0, grads, blocks, leaf, scratch });
    }
}

/// A batch of one row or block.
fn training<'a, T>(family: Family, n: usize, moments: &'a [T], slopes: &'a [T]) -> Training<'a, T> {
    let draw = Draw { seed: 0, step: 0, sample: 0, layer: n as u32 };
    Training { draw, samples: family.samples(), batch: family.samples(), moments, slopes }
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

/// Seconds that a call of `work` takes when nothing is in its way.
fn seconds(mut work: impl FnMut()) -> f64 {
    let (begin, mut best) = (Instant::now(), f64::INFINITY);
    while begin.elapsed() < MEASURE {
        let (repeat, mut calls) = (Instant::now(), 0);
        while repeat.elapsed() < REPEAT {
            work();
            calls += 1;
        }
        best = best.min(repeat.elapsed().as_secs_f64() / f64::from(calls));
    }
    best
}
