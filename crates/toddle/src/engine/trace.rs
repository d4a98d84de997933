//! Everything inside a network: each value, and the gradient to each value.

use alloc::vec::Vec;

use super::{Engine, Machine, Mode};
use crate::error::FitError;
use crate::network::whole_samples;
use crate::{Float, Network};

/// Every value of a network for some samples: made by [`Network::trace`].
#[derive(Debug)]
pub struct Trace<'n, T> {
    network: &'n Network<T>,
    engine: Engine<T>,
}

/// The gradients to every value, to the weights and to the inputs: made by [`Trace::backward`].
#[derive(Debug)]
pub struct TraceGradients<'t, T> {
    network: &'t Network<T>,
    engine: &'t Engine<T>,
}

impl<T: Float> Network<T> {
    /// Computes every value of the network for the samples `x`, as in inference, and keeps them.
    ///
    /// The outputs have the bits of [`predict`](Self::predict). Batch norm uses its running statistics, and dropout drops
    /// nothing.
    ///
    /// ```
    /// use toddle::{Dense, NetworkSpec, Relu, Shape};
    ///
    /// let spec = NetworkSpec::new(Shape::vector(2)).add(Dense::new(3)).add(Relu).add(Dense::new(1));
    /// let network = spec.build::<f64>(0)?;
    /// let mut trace = network.trace(&[1.0, 2.0])?;
    /// assert_eq!(trace.output(), network.predict(&[1.0, 2.0])?);
    /// assert_eq!(trace.value("relu1").unwrap().len(), 3);
    ///
    /// // What the output depends on: the gradient to the input.
    /// let gradients = trace.backward(&[1.0])?;
    /// assert_eq!(gradients.input().len(), 2);
    /// assert_eq!(gradients.value("dense1").unwrap().len(), 3);
    /// assert_eq!(gradients.weights().len(), network.weights().len());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The length of `x` is not that of whole samples, there are none, an embedding gets a number that is not that of a class,
    /// or there is not enough memory for their values.
    pub fn trace(&self, x: &[T]) -> Result<Trace<'_, T>, FitError> {
        let samples = self.check_inputs(x)?;
        if samples == 0 {
            let (size, shape) = (self.input().size(), self.input());
            return Err(FitError::Ragged { what: "inputs", what_one: "input", got: 0, size, shape });
        }
        let plan = self.plan(samples, Mode::Trace, &Machine::detect()?);
        if plan.batch() != samples {
            return Err(FitError::Memory);
        }
        let mut engine = Engine::try_new(self, plan).map_err(|_| FitError::Memory)?;
        T::trace(&mut engine, self, x);
        Ok(Trace { network: self, engine })
    }
}

impl<T: Float> Trace<'_, T> {
    /// The number of samples.
    pub fn samples(&self) -> usize {
        self.engine.plan.batch
    }

    /// The value of an input or a node by its name, sample after sample. None if nothing has the name.
    pub fn value(&self, name: &str) -> Option<Vec<T>> {
        let value = place(self.network, name)?;
        let (plan, size) = (&self.engine.plan.frame, self.network.shape(value).size());
        Some(self.engine.gather(size, |frame| Some(frame.all(plan).value(plan.value_of[value]))))
    }

    /// Every value with its name, in the order in which they are computed: the inputs, then the nodes.
    pub fn values(&self) -> impl Iterator<Item = (&str, Vec<T>)> {
        names(self.network).map(|name| (name, self.value(name).unwrap_or_default()))
    }

    /// The outputs, sample after sample.
    pub fn output(&self) -> &[T] {
        &self.engine.outputs
    }

    /// The gradients that follow from `dy`, the gradient to the [outputs](Self::output). It may be called again with another
    /// `dy`.
    ///
    /// # Errors
    /// `dy` is not as long as the outputs.
    pub fn backward(&mut self, dy: &[T]) -> Result<TraceGradients<'_, T>, FitError> {
        let shape = self.network.output();
        let gradients = whole_samples("gradients to the outputs", "gradient", dy.len(), shape)?;
        if gradients != self.samples() {
            return Err(FitError::Unpaired { inputs: self.samples(), targets: gradients });
        }
        self.engine.backward(self.network, dy);
        Ok(TraceGradients { network: self.network, engine: &self.engine })
    }
}

impl<'t, T: Float> TraceGradients<'t, T> {
    /// The gradient to the weights, the sum over all samples. It is laid out as [`Network::weights`] are.
    pub fn weights(&self) -> &'t [T] {
        &self.engine.gradient
    }

    /// The gradient to the inputs, sample after sample.
    pub fn input(&self) -> &'t [T] {
        &self.engine.input_gradients
    }

    /// The gradient to the value of an input or a node by its name, sample after sample. None if nothing has the name.
    pub fn value(&self, name: &str) -> Option<Vec<T>> {
        let value = place(self.network, name)?;
        let (plan, size) = (&self.engine.plan.frame, self.network.shape(value).size());
        Some(self.engine.gather(size, |frame| Some(frame.all(plan).gradient(plan.gradient_to[value]?))))
    }

    /// The gradient to every value with the value's name, in the order in which the values are computed.
    pub fn values(&self) -> impl Iterator<Item = (&'t str, Vec<T>)> {
        names(self.network).map(|name| (name, self.value(name).unwrap_or_default()))
    }
}

/// The names of all values.
fn names<T: Float>(network: &Network<T>) -> impl Iterator<Item = &str> {
    let inputs = network.inputs().iter().map(|input| &input.name[..]);
    inputs.chain(network.nodes().iter().map(|node| node.name()))
}

/// The value of this name.
fn place<T: Float>(network: &Network<T>, name: &str) -> Option<usize> {
    names(network).position(|other| other == name)
}
