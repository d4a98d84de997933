//! Training with a gradient that the program computes.

use alloc::vec::Vec;

use toddle_lanes::Aligned;

use super::trainer::no_room;
use crate::engine::{Engine, Machine, Mode};
use crate::error::FitError;
use crate::network::whole_samples;
use crate::optim::{Clip, Optimizer};
use crate::{Float, Network};

/// A training whose loss is in the program and not in the library: the program computes the gradient to the outputs.
///
/// A step is three calls. [`outputs`](Self::outputs) computes the outputs of a batch, [`backward`](Self::backward) takes the program's
/// gradient back through the network, and [`update`](Self::update) changes the weights. The gradient to the inputs comes from
/// `backward`, so that one network can train another network that computes its inputs.
///
/// A batch may have any number of samples. An [`Engine`] is made for the first batch, and again whenever the number of samples
/// changes. Other steps allocate nothing.
///
/// ```
/// use toddle::{Adam, Dense, NetworkSpec, OpenTraining, Shape, Tanh};
///
/// // A network learns the sine. The loss is the logarithm of the hyperbolic cosine of the difference.
/// let spec = NetworkSpec::new(Shape::vector(1)).add(Dense::new(16)).add(Tanh).add(Dense::new(1));
/// let mut training = OpenTraining::new(spec.build::<f64>(0)?, Adam::new(0.01))?;
/// let x: Vec<f64> = (0..48).map(|n| f64::from(n) / 8.0 - 3.0).collect();
/// for _ in 0..1000 {
///     let y = training.outputs(&x)?;
///     let dy: Vec<f64> = y.iter().zip(&x).map(|(y, x)| (y - x.sin()).tanh() / 48.0).collect();
///     training.backward(&dy)?;
///     training.update()?;
/// }
/// let y = training.network().predict(&[0.5])?;
/// assert!((y[0] - 0.5f64.sin()).abs() < 0.05, "{y:?}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct OpenTraining<T> {
    network: Network<T>,
    machine: Machine,
    optimizer: Optimizer,
    rate: f64,
    clip: Option<Clip>,
    seed: u64,
    /// The slots of the optimizer.
    slots: Vec<Aligned<T>>,
    /// The engine of the last batch.
    engine: Option<Engine<T>>,
    /// How often the outputs were computed, from which the masks of dropout follow.
    draws: u32,
    updates: u64,
}

impl<T: Float> OpenTraining<T> {
    /// The training of `network` by `optimizer`, on all threads, from seed 0 and without clipping.
    ///
    /// # Errors
    /// A setting of the optimizer is out of its range, or there is not enough memory for its state.
    pub fn new(network: Network<T>, optimizer: impl Into<Optimizer>) -> Result<Self, FitError> {
        let optimizer = optimizer.into();
        optimizer.check()?;
        let slot = |_: &&str| Aligned::try_zeros(network.layout().len()).map_err(no_room);
        Ok(OpenTraining {
            slots: optimizer.slots().iter().map(slot).collect::<Result<_, _>>()?,
            machine: Machine::detect()?,
            network,
            rate: optimizer.rate(),
            optimizer,
            clip: None,
            seed: 0,
            engine: None,
            draws: 0,
            updates: 0,
        })
    }

    /// Sets the seed of dropout.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        OpenTraining { seed, ..self }
    }

    /// Sets how the gradient is clipped before an update.
    #[must_use]
    pub fn clip(self, clip: Clip) -> Self {
        OpenTraining { clip: Some(clip), ..self }
    }

    /// Sets the instruction set and the number of threads.
    #[must_use]
    pub fn machine(self, machine: Machine) -> Self {
        OpenTraining { machine, engine: None, ..self }
    }

    /// Sets the learning rate of the updates that follow. Before, it is the optimizer's.
    pub fn set_rate(&mut self, rate: f64) {
        self.rate = rate;
    }

    /// The network.
    pub fn network(&self) -> &Network<T> {
        &self.network
    }

    /// The network, when the training is over.
    pub fn into_network(self) -> Network<T> {
        self.network
    }

    /// Computes the outputs of the samples `x` as a training does, sample after sample. Batch norm takes the statistics of the
    /// batch and updates its state. Dropout draws a new mask.
    ///
    /// # Errors
    /// The elements of `x` do not make whole samples, there are none, or there is not enough memory for so many.
    pub fn outputs(&mut self, x: &[T]) -> Result<&[T], FitError> {
        let samples = whole_samples("inputs", "input", x.len(), self.network.input())?;
        if samples == 0 {
            return Err(FitError::Empty);
        }
        if self.samples() != samples {
            // The memory of the last batch is free before the next one asks for some.
            self.engine = None;
            let plan = self.network.plan(samples, Mode::Open { input_gradient: true }, &self.machine);
            if plan.batch() != samples {
                return Err(FitError::Memory);
            }
            self.engine = Some(Engine::try_new(&self.network, plan).map_err(no_room)?);
        }
        let engine = self.engine.as_mut().ok_or(FitError::Empty)?;
        let draw = self.draws;
        self.draws = draw.wrapping_add(1);
        Ok(engine.outputs(&mut self.network, x, self.seed, draw))
    }

    /// The samples of the last batch.
    fn samples(&self) -> usize {
        self.engine.as_ref().map_or(0, |engine| engine.plan().batch())
    }

    /// Takes `dy`, the gradient to the last [`outputs`](Self::outputs), back through the network. Returns the gradient to the
    /// inputs, sample after sample.
    ///
    /// The gradient to the weights is the sum over the samples: if the loss is a mean, `dy` is that of the mean.
    ///
    /// # Errors
    /// `dy` is not as long as the outputs.
    pub fn backward(&mut self, dy: &[T]) -> Result<&[T], FitError> {
        let gradients =
            whole_samples("gradients to the outputs", "gradient", dy.len(), self.network.output())?;
        let samples = self.samples();
        match &mut self.engine {
            Some(engine) if samples == gradients => {
                engine.backward(&self.network, dy);
                Ok(engine.input_gradient())
            }
            _ => Err(FitError::Unpaired { inputs: samples, targets: gradients }),
        }
    }

    /// Updates the weights with the gradient of the last [`backward`](Self::backward).
    ///
    /// # Errors
    /// There was no `backward`, or a weight has become infinite or NaN.
    pub fn update(&mut self) -> Result<(), FitError> {
        let engine = self.engine.as_mut().ok_or(FitError::Empty)?;
        self.updates += 1;
        let step = self.optimizer.step(self.updates, self.rate);
        match engine.update(&mut self.network, &[step], self.clip, &mut self.slots) {
            true => Ok(()),
            false => Err(FitError::NotFinite { what: "a weight".into(), epoch: 1, step: self.updates }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Adam, BatchNorm, Dense, Dropout, Fit, Loss, NetworkSpec, Sgd, Shape, Tanh};

    const SAMPLES: usize = 32;

    fn samples() -> (Vec<f32>, Vec<f32>) {
        let x: Vec<f32> = (0..2 * SAMPLES).map(|i| (i * i % 11) as f32 / 11.0).collect();
        let y = x.chunks(2).map(|x| x[0] * x[1]).collect();
        (x, y)
    }

    fn network() -> Network<f32> {
        let spec = NetworkSpec::new(Shape::vector(2)).add(Dense::new(20)).add(BatchNorm::default()).add(Tanh);
        spec.add(Dropout::new(0.25)).add(Dense::new(1)).build(3).unwrap()
    }

    #[test]
    fn the_gradient_of_a_loss_gives_the_bits_of_a_training_with_this_loss() {
        let ((x, t), seed) = (samples(), 7);
        for threads in [1, 2, 3] {
            let machine = Machine::detect().unwrap().threads(threads);
            let (adam, clip) = (Adam::new(0.01).weight_decay(0.01), Clip::Norm { limit: 0.1 });
            let fit = Fit::new(Loss::MeanSquaredError, adam).epochs(5).batch(8);
            let fit = Fit { clip: Some(clip), seed, machine: Some(machine), ..fit };
            let mut expected = network();
            expected.fit(&x, &t, &fit).unwrap();

            let training = OpenTraining::new(network(), adam).unwrap();
            let mut training = training.clip(clip).seed(seed).machine(machine);
            for (x, t) in (0..5).flat_map(|_| x.chunks(16).zip(t.chunks(8))) {
                let y = training.outputs(x).unwrap();
                let dy: Vec<f32> = y.iter().zip(t).map(|(y, t)| 2.0 * (y - t) / 8.0).collect();
                training.backward(&dy).unwrap();
                training.update().unwrap();
            }
            assert_eq!(training.network().weights(), expected.weights());
            assert_eq!(training.network().state(), expected.state());
        }
    }

    #[test]
    fn batches_of_other_sizes_may_follow() {
        let (x, _) = samples();
        let spec = NetworkSpec::new(Shape::vector(2)).add(Dense::new(3));
        let mut training = OpenTraining::new(spec.build::<f32>(0).unwrap(), Sgd::new(0.1)).unwrap();
        for count in [SAMPLES, 1, 17, SAMPLES] {
            let expected = training.network().predict(&x[..2 * count]).unwrap();
            assert_eq!(training.outputs(&x[..2 * count]).unwrap(), expected);
            let weight = |i: usize| training.network().weights()[i * 3];
            let to_inputs = [0, 1].map(weight);
            let dy: Vec<f32> = (0..3 * count).map(|o| if o % 3 == 0 { 1.0 } else { 0.0 }).collect();
            assert_eq!(training.backward(&dy).unwrap(), to_inputs.repeat(count));
            training.update().unwrap();
        }
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let (x, _) = samples();
        assert!(matches!(OpenTraining::new(network(), Adam::new(-1.0)), Err(FitError::Setting { .. })));
        let mut training = OpenTraining::new(network(), Sgd::new(1e30)).unwrap();
        assert_eq!(training.update(), Err(FitError::Empty));
        assert!(matches!(training.outputs(&x[..3]), Err(FitError::Ragged { .. })));
        assert_eq!(training.outputs(&[]), Err(FitError::Empty));
        assert_eq!(training.backward(&[1.0]), Err(FitError::Unpaired { inputs: 0, targets: 1 }));
        training.set_rate(0.0);
        training.outputs(&x).unwrap();
        training.backward(&[1.0; 32]).unwrap();
        training.update().unwrap();
        assert_eq!(training.network().weights(), network().weights());
        training.set_rate(1e30);
        assert_eq!(training.backward(&[1.0; 31]), Err(FitError::Unpaired { inputs: 32, targets: 31 }));
        training.backward(&[1e30; 32]).unwrap();
        assert!(matches!(training.update(), Err(FitError::NotFinite { step: 2, .. })));
    }
}
