//! Training without a loss: the caller computes the gradient to the outputs.

use alloc::vec::Vec;

use toddle_kernels::Run;
use toddle_kernels::layout::FromLanes;

use super::batch::Slices;
use super::step::Draws;
use super::values::Frame;
use super::walk::Told;
use super::{Engine, Family, Mode};
use crate::{Float, Network};

/// Training without a loss, with a plan of [`Mode::Open`]: first [`outputs`](Self::outputs), then the caller computes the gradient to
/// them, then [`backward`](Self::backward) and [`update`](Self::update).
///
/// With the gradient that a [`Loss`](crate::Loss) has, the weights get the same bits as in a step with this loss.
///
/// ```
/// use toddle::{Dense, Engine, Machine, Mode, NetworkSpec, Optimizer, Sgd, Shape};
///
/// let mut network = NetworkSpec::new(Shape::vector(2)).add(Dense::new(1)).build::<f64>(0)?;
/// let plan = network.plan(3, Mode::Open { input_gradient: true }, &Machine::detect()?);
/// let mut engine = Engine::new(&network, plan);
/// let (x, t) = ([0.0, 1.0, 1.0, 0.0, 1.0, 1.0], [2.0, 3.0, 5.0]);
/// let optimizer = Optimizer::from(Sgd::new(0.3));
/// for number in 0..500 {
///     let y = engine.outputs(&mut network, &x, 0, number);
///     // A loss of one's own: the logarithm of the hyperbolic cosine of the difference, the mean over the samples.
///     let dy: Vec<f64> = y.iter().zip(&t).map(|(y, t): (&f64, &f64)| (y - t).tanh() / 3.0).collect();
///     engine.backward(&network, &dy);
///     engine.update(&mut network, &[optimizer.step(u64::from(number) + 1, 0.3)], None, &mut []);
/// }
/// let y = network.predict(&x)?;
/// assert!(y.iter().zip(t).all(|(y, t)| (y - t).abs() < 0.1), "{y:?}");
/// assert_eq!(engine.input_gradient().len(), x.len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl<T: Float> Engine<T> {
    /// Computes the outputs of the plan's batch as a training does, sample after sample. Batch norm takes the statistics of the batch,
    /// and updates its state. Dropout draws its mask for step `number` of the training with seed `seed`.
    ///
    /// # Panics
    /// The plan is not of [`Mode::Open`] or of this network, or `inputs` are not the batch's.
    pub fn outputs(&mut self, network: &mut Network<T>, inputs: &[T], seed: u64, number: u32) -> &[T] {
        T::outputs(self, network, inputs, seed, number);
        &self.outputs
    }

    /// [`outputs`](Self::outputs), compiled for each number type in `number.rs`.
    pub(crate) fn outputs_inner(&mut self, network: &mut Network<T>, inputs: &[T], seed: u64, number: u32) {
        assert!(matches!(self.plan.mode, Mode::Open { .. }), "the plan is open");
        self.begin_open(network, inputs);
        self.take_moments(network, |node| node.is_frozen);
        self.draws = Draws { seed, number };
        let batch = Slices { inputs, targets: &[], samples: self.plan.batch };
        let told = Told { batch: &batch, draws: self.draws, loss: None, given: &[] };
        self.walk_forward(network, told, &mut []);
    }

    /// Takes `dy`, the gradient to the outputs that [`outputs`](Self::outputs) has computed, back through the network. Returns the
    /// gradient to the weights, laid out as these are. [`update`](Self::update) takes it from the engine.
    ///
    /// The gradient is the sum over the samples: if the loss is a mean, `dy` is that of the mean.
    ///
    /// # Panics
    /// The plan is not of [`Mode::Open`] or of this network, or `dy` is not as long as the outputs.
    pub fn backward(&mut self, network: &Network<T>, dy: &[T]) -> &[T] {
        T::backward(self, network, dy);
        &self.gradient
    }

    /// [`backward`](Self::backward), compiled for each number type in `number.rs`.
    pub(crate) fn backward_inner(&mut self, network: &Network<T>, dy: &[T]) {
        assert!(self.plan.mode.is_open(), "the plan is open");
        assert_eq!(dy.len(), self.outputs.len(), "a gradient for each output");
        self.check(network);
        let nothing = Slices { inputs: &[], targets: &[], samples: self.plan.batch };
        let told = Told { batch: &nothing, draws: self.draws, loss: None, given: dy };
        self.walk_back(network, told, &mut []);
        self.sum_gradient(network);
    }

    /// The gradient to the inputs that [`backward`](Self::backward) has computed, sample after sample. Empty unless the plan asks for
    /// it.
    pub fn input_gradient(&self) -> &[T] {
        &self.input_gradients
    }

    /// Computes every value of a batch as inference does, for a plan of [`Mode::Trace`].
    /// `number.rs` compiles it for each number type, as `T::trace`.
    pub(crate) fn infer_open(&mut self, network: &Network<T>, inputs: &[T]) {
        self.begin_open(network, inputs);
        self.take_moments(network, |_| true);
        let batch = Slices { inputs, targets: &[], samples: self.plan.batch };
        let told = Told { batch: &batch, draws: Draws::default(), loss: None, given: &[] };
        self.pass(network, 0, told, &mut []);
    }

    fn begin_open(&mut self, network: &Network<T>, inputs: &[T]) {
        assert_eq!(inputs.len(), self.plan.batch * self.plan.input, "as many inputs as the batch has");
        self.check(network);
        self.pack(network);
    }

    /// A value or gradient of each row or block, sample after sample. `size` is the number of elements of a sample.
    pub(super) fn gather<'s>(&'s self, size: usize, of: impl Fn(&'s Frame<T>) -> Option<&'s [T]>) -> Vec<T> {
        let (isa, together) = (self.plan.isa, self.plan.family.samples());
        let mut samples = vec![T::ZERO; self.plan.batch * size];
        for (samples, frame) in samples.chunks_mut(together * size).zip(&self.frames) {
            let Some(elements) = of(frame) else { continue };
            match self.plan.family {
                Family::Row => samples.copy_from_slice(elements),
                Family::Block => FromLanes { block: elements.as_chunks().0, samples }.on(isa),
            }
        }
        samples
    }
}
