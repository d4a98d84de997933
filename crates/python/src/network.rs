//! A network: made, asked, looked into, saved.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};
use std::thread;

use numpy::PyArrayDyn;
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use toddle::checkpoint::{self, About};
use toddle::{FitError, GraphSpec, Loss, Machine, Mode, ParamLayout, Shape, escaped};

use crate::arrays::{Lent, Number, Paired, array, shaped};
use crate::error::{Error, Result};
use crate::graph::Graph;
use crate::settings::read;
use crate::training::{Curve, Job, OneTraining, Verification, Watch};

/// The most samples that are asked about before Ctrl-C is looked for.
const ASKED: usize = 1 << 12;

/// A network in one number type. Threads of Python share it.
pub(crate) struct Core<T> {
    network: RwLock<toddle::Network<T>>,
    /// How many threads wait to read the network.
    readers: AtomicUsize,
    /// The engine for single samples. It has one thread, which is the caller's, so a forked child can use it, too.
    asked: Mutex<Option<toddle::Engine<T>>>,
    /// Whether a training is under way, perhaps between two epochs.
    pub(crate) trains: AtomicBool,
}

/// A network in the number type that Python asked for.
pub(crate) enum Precise {
    F32(Core<f32>),
    F64(Core<f64>),
}

/// Computes with the [`Core`] of a network, whichever number type it has.
macro_rules! each {
    ($network:expr, $core:ident => $result:expr) => {
        match &$network.0 {
            $crate::network::Precise::F32($core) => $result,
            $crate::network::Precise::F64($core) => $result,
        }
    };
}
pub(crate) use each;

/// A network, in f32 or f64.
#[pyclass(frozen, module = "toddle._toddle")]
pub(crate) struct Network(pub(crate) Precise);

impl Network {
    /// The core, if it is of this number type.
    pub(crate) fn as_f32(&self) -> Option<&Core<f32>> {
        if let Precise::F32(core) = &self.0 { Some(core) } else { None }
    }

    /// The core, if it is of this number type.
    pub(crate) fn as_f64(&self) -> Option<&Core<f64>> {
        if let Precise::F64(core) = &self.0 { Some(core) } else { None }
    }

    /// The network in f32 that was made elsewhere.
    pub(crate) fn of_f32(network: toddle::Network<f32>) -> Network {
        Network(Precise::F32(Core::new(network)))
    }

    /// The bytes of a model file.
    pub(crate) fn bytes(&self, py: Python<'_>, about: &About) -> Vec<u8> {
        each!(self, core => core.read(py, |network| checkpoint::encode(network, about, None)))
    }

    fn build(spec: &GraphSpec, seed: u32, double: bool) -> Result<Network> {
        Ok(Network(match double {
            false => Precise::F32(Core::new(spec.build(seed)?)),
            true => Precise::F64(Core::new(spec.build(seed)?)),
        }))
    }
}

#[pymethods]
impl Network {
    /// The network of a specification as files hold it.
    #[new]
    fn new(spec: &str, seed: u32, double: bool) -> PyResult<Network> {
        Ok(Network::build(&read("Network", spec)?, seed, double)?)
    }

    /// The network of layers that were called on values.
    #[staticmethod]
    fn of_graph(graph: &str, seed: u32, double: bool) -> PyResult<Network> {
        Ok(Network::build(&read::<Graph>("Network", graph)?.spec()?, seed, double)?)
    }

    /// The network of the bytes of a model or a checkpoint, and what is known about it as JSON.
    #[staticmethod]
    fn decode(py: Python<'_>, bytes: &[u8]) -> PyResult<(Network, String)> {
        let decoded = py.detach(|| {
            Ok::<_, Error>(if checkpoint::precision(bytes)? == "f32" {
                let saved = checkpoint::decode(bytes)?;
                (Precise::F32(Core::new(saved.network)), saved.about)
            } else {
                let saved = checkpoint::decode(bytes)?;
                (Precise::F64(Core::new(saved.network)), saved.about)
            })
        });
        let (core, about) = decoded?;
        Ok((Network(core), serde_json::to_string(&about).map_err(Error::from)?))
    }

    /// The bytes of a model file.
    fn encode<'py>(&self, py: Python<'py>, about: &str) -> PyResult<Bound<'py, PyBytes>> {
        let about: About = read("Network.save", about)?;
        Ok(PyBytes::new(py, &self.bytes(py, &about)))
    }

    /// The specification as JSON.
    fn spec(&self, py: Python<'_>) -> PyResult<String> {
        each!(self, core => core.read(py, |network| serde_json::to_string(network.spec())))
            .map_err(|error| Error::from(error).into())
    }

    /// Whether it computes in float64.
    #[getter]
    fn double(&self) -> bool {
        matches!(self.0, Precise::F64(_))
    }

    /// The inputs: their names and shapes.
    fn inputs(&self, py: Python<'_>) -> Vec<(String, Vec<usize>)> {
        each!(self, core => core.read(py, |network| {
            network.inputs().iter().map(|input| (input.name.clone(), sides(input.shape))).collect()
        }))
    }

    /// The outputs: their names and shapes.
    fn outputs(&self, py: Python<'_>) -> Vec<(String, Vec<usize>)> {
        each!(self, core => core.read(py, |network| {
            network.outputs().iter().map(|output| (output.name.clone(), sides(output.shape))).collect()
        }))
    }

    /// The operations: name, kind, settings in words, the names of the values that it takes, shape, number of parameters.
    #[allow(clippy::type_complexity, reason = "a row of a table")]
    fn nodes(&self, py: Python<'_>) -> Vec<(String, String, String, Vec<String>, Vec<usize>, usize)> {
        each!(self, core => core.read(py, |network| {
            let row = |(n, node): (usize, &toddle::Node<_>)| {
                let words = node.layer().map_or_else(|| node.kind().to_owned(), |layer| layer.spec().to_string());
                let from = node.inputs().iter().map(|&value| network.value_name(value).to_owned()).collect();
                let own = node.layer().filter(|_| node.owner() == n);
                let parameters = own.map_or(0, |layer| layer.params().iter().map(|param| param.size()).sum());
                (node.name().to_owned(), node.kind().to_owned(), words, from, sides(node.output()), parameters)
            };
            network.nodes().iter().enumerate().map(row).collect()
        }))
    }

    /// The names and shapes of the parameters, or of the state that training changes without a gradient.
    fn parameters(&self, py: Python<'_>, state: bool) -> Vec<(String, Vec<usize>)> {
        each!(self, core => core.read(py, |network| {
            let layout = layout(network, state);
            layout.params().iter().map(|param| (param.name.clone(), param.shape.clone())).collect()
        }))
    }

    /// A copy of a parameter, or of a part of the state.
    fn parameter<'py>(&self, py: Python<'py>, name: &str, state: bool) -> PyResult<Bound<'py, PyAny>> {
        Ok(each!(self, core => core.parameter(py, name, state)?.into_any()))
    }

    /// Sets a parameter, or a part of the state.
    fn set_parameter(
        &self,
        py: Python<'_>,
        name: &str,
        value: &Bound<'_, PyAny>,
        state: bool,
    ) -> PyResult<()> {
        each!(self, core => core.set_parameter(py, name, value, state)?);
        Ok(())
    }

    /// SHA-256 of the weights as little-endian bytes, as the command prints it.
    fn digest(&self, py: Python<'_>) -> String {
        each!(self, core => core.read(py, |network| toddle_run::digest::sha256(network.weights())))
    }

    /// The outputs of the samples `x`, all outputs of a sample in one row if there are several.
    fn predict<'py>(&self, py: Python<'py>, x: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        Ok(each!(self, core => core.predict(py, x)?.into_any()))
    }

    /// Loss and accuracy on samples.
    fn evaluate(
        &self,
        py: Python<'_>,
        x: &Bound<'_, PyAny>,
        y: &Bound<'_, PyAny>,
        loss: &str,
    ) -> PyResult<(f64, Option<f64>)> {
        let loss: Loss = read("Network.evaluate", loss)?;
        Ok(each!(self, core => {
            let (x, y) = (Lent::new(x)?, Lent::new(y)?);
            let samples = core.paired(py, &x, &y)?;
            let mut watch = Watch::until(None);
            let evaluated =
                core.read(py, |network| network.evaluate_while(&loss, &samples, &mut || watch.goes_on()));
            match evaluated.map_err(Error::from)? {
                Some(evaluation) => (evaluation.loss, evaluation.accuracy),
                None => return Err(watch.interrupt()),
            }
        }))
    }

    /// Every value for the samples `x`, by name. With `dy`, a gradient to the outputs, also the gradients to every value, and those
    /// to the parameters.
    #[pyo3(signature = (x, dy=None))]
    fn trace<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'py, PyAny>,
        dy: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<[Bound<'py, PyDict>; 3]> {
        Ok(each!(self, core => core.trace(py, x, dy)?))
    }

    /// The right to train the network, which `with` takes and gives back.
    fn alone(this: Py<Self>) -> OneTraining {
        OneTraining(this)
    }

    /// Trains the network. Returns the losses and accuracies of the epochs, and those of the validation.
    fn fit<'py>(&self, py: Python<'py>, job: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyDict>> {
        Ok(each!(self, core => Job::new(core, job)?.train(py)?))
    }

    /// Looks for mistakes before a training. Returns whether it may go well, and the findings in words.
    fn check(&self, py: Python<'_>, job: &Bound<'_, PyDict>) -> PyResult<(bool, String)> {
        Ok(each!(self, core => Job::new(core, job)?.check(py)?))
    }

    /// Learning rates and the losses at each, and the rate at which the loss falls fastest.
    fn find_rate(
        &self,
        py: Python<'_>,
        job: &Bound<'_, PyDict>,
        low: f64,
        high: f64,
        steps: usize,
    ) -> PyResult<Curve> {
        Ok(each!(self, core => Job::new(core, job)?.find_rate(py, low, high, steps)?))
    }

    /// Trains in several ways that must give the same bits. Returns each way in words with the digest of its weights.
    fn verify(
        &self,
        py: Python<'_>,
        job: &Bound<'_, PyDict>,
        seed: u32,
        steps: u64,
    ) -> PyResult<Verification> {
        Ok(each!(self, core => Job::new(core, job)?.verify(py, seed, steps)?))
    }
}

impl<T: Number> Core<T> {
    fn new(network: toddle::Network<T>) -> Self {
        Core {
            network: RwLock::new(network),
            readers: AtomicUsize::new(0),
            asked: Mutex::new(None),
            trains: AtomicBool::new(false),
        }
    }

    /// Reads the network, while other threads of Python may run.
    pub(crate) fn read<R: Send>(
        &self,
        py: Python<'_>,
        read: impl FnOnce(&toddle::Network<T>) -> R + Send,
    ) -> R {
        py.detach(|| {
            self.readers.fetch_add(1, Ordering::Relaxed);
            let network = self.network.read().unwrap_or_else(PoisonError::into_inner);
            self.readers.fetch_sub(1, Ordering::Relaxed);
            read(&network)
        })
    }

    /// Lets threads read the network that wait for it, in a training that is not over.
    pub(crate) fn let_read(&self, py: Python<'_>) {
        py.detach(|| {
            while self.readers.load(Ordering::Relaxed) > 0 {
                thread::yield_now();
            }
        });
    }

    /// Changes the network, while other threads of Python may run.
    pub(crate) fn write<R: Send>(
        &self,
        py: Python<'_>,
        write: impl FnOnce(&mut toddle::Network<T>) -> R + Send,
    ) -> R {
        py.detach(|| write(&mut self.network.write().unwrap_or_else(PoisonError::into_inner)))
    }

    /// The samples `x` with their targets `y`.
    pub(crate) fn paired<'a>(
        &self,
        py: Python<'_>,
        x: &'a Lent<'_, T>,
        y: &'a Lent<'_, T>,
    ) -> Result<Paired<'a, T>> {
        let shapes = self.read(py, |network| (network.input(), network.output()));
        Paired::new(shapes, x, y)
    }

    fn predict<'py>(&self, py: Python<'py>, x: &Bound<'py, PyAny>) -> Result<Bound<'py, PyArrayDyn<T>>> {
        let x = Lent::<T>::new(x)?;
        let (input, output) = self.read(py, |network| (network.input(), network.output()));
        let samples = input.samples_of("inputs", x.shape())?;
        let elements = x.elements()?;
        if samples == 1 {
            let x = elements.numbers(0..input.size());
            let answer = self.read(py, |network| self.answer(network, &x))?;
            return array(py, &answer, 1, output);
        }
        if samples <= ASKED {
            let answers =
                self.read(py, |network| network.predict(&elements.numbers(0..samples * input.size())))?;
            return array(py, &answers, samples, output);
        }
        let mut answers = Vec::with_capacity(samples * output.size());
        for first in (0..samples).step_by(ASKED) {
            let range = first * input.size()..samples.min(first + ASKED) * input.size();
            answers.extend(self.read(py, |network| network.predict(&elements.numbers(range)))?);
            py.check_signals()?;
        }
        array(py, &answers, samples, output)
    }

    /// The output of one sample.
    fn answer(&self, network: &toddle::Network<T>, x: &[T]) -> Result<Vec<T>> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let engine = match &mut *asked {
            Some(engine) => engine,
            none => {
                let plan = network.plan(1, Mode::Infer, &Machine::detect()?.threads(1));
                none.insert(toddle::Engine::try_new(network, plan).map_err(|_| FitError::Memory)?)
            }
        };
        let mut y = vec![T::ZERO; network.output().size()];
        engine.forward(network, x, &mut y);
        Ok(y)
    }

    fn trace<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'py, PyAny>,
        dy: Option<&Bound<'py, PyAny>>,
    ) -> Result<[Bound<'py, PyDict>; 3]> {
        let x = Lent::<T>::new(x)?;
        let dy = dy.map(Lent::<T>::new).transpose()?;
        let (input, output) = self.read(py, |network| (network.input(), network.output()));
        let samples = input.samples_of("inputs", x.shape())?;
        if let Some(dy) = &dy {
            let gradients = output.samples_of("gradients to the outputs", dy.shape())?;
            if gradients != samples {
                return Err(FitError::Unpaired { inputs: samples, targets: gradients }.into());
            }
        }
        let x = x.elements()?.numbers(0..samples * input.size());
        let dy =
            dy.as_ref().map(Lent::elements).transpose()?.map(|dy| dy.numbers(0..samples * output.size()));
        type Named<T> = Vec<(String, Vec<T>)>;
        let looked = |network: &toddle::Network<T>| {
            let named = |(name, numbers): (&str, Vec<T>)| (name.to_owned(), numbers);
            let mut trace = network.trace(&x)?;
            let values: Named<T> = trace.values().map(named).collect();
            let shapes: Vec<Shape> = (0..values.len()).map(|value| network.shape(value)).collect();
            let (mut gradients, mut parameters) = (Named::new(), Vec::new());
            if let Some(dy) = &dy {
                let back = trace.backward(dy)?;
                gradients = back.values().map(named).collect();
                let params = network.layout().params().iter();
                parameters = params
                    .map(|param| {
                        (
                            param.name.clone(),
                            param.shape.clone(),
                            back.weights()[param.range.clone()].to_vec(),
                        )
                    })
                    .collect();
            }
            Ok::<_, Error>((values, gradients, parameters, shapes))
        };
        let (values, gradients, parameters, shapes) = self.read(py, looked)?;
        let dicts = [PyDict::new(py), PyDict::new(py), PyDict::new(py)];
        for (named, dict) in [values, gradients].into_iter().zip(&dicts) {
            for ((name, numbers), shape) in named.into_iter().zip(&shapes) {
                // Nothing is computed back to some values.
                if !numbers.is_empty() {
                    dict.set_item(name, array(py, &numbers, samples, *shape)?)?;
                }
            }
        }
        for (name, shape, numbers) in parameters {
            dicts[2].set_item(name, shaped(py, &numbers, &shape)?)?;
        }
        Ok(dicts)
    }

    fn parameter<'py>(&self, py: Python<'py>, name: &str, state: bool) -> Result<Bound<'py, PyArrayDyn<T>>> {
        let found = self.read(py, |network| {
            let param = layout(network, state).get(name)?;
            let numbers = if state { network.state() } else { network.weights() };
            Some((param.shape.clone(), numbers[param.range.clone()].to_vec()))
        });
        let (shape, numbers) = found.ok_or_else(|| self.unknown(py, name, state))?;
        shaped(py, &numbers, &shape)
    }

    fn set_parameter(&self, py: Python<'_>, name: &str, value: &Bound<'_, PyAny>, state: bool) -> Result<()> {
        let value = Lent::<T>::new(value)?;
        let shape =
            self.read(py, |network| layout(network, state).get(name).map(|param| param.shape.clone()));
        let shape = shape.ok_or_else(|| self.unknown(py, name, state))?;
        if value.shape() != shape {
            let (what, got) = (format!("`{name}` cannot have this value"), format!("{:?}", value.shape()));
            return Err(Error::refused(
                &what,
                &format!("an array of shape {shape:?}"),
                &got,
                "reshape or transpose",
            ));
        }
        let numbers = value.elements()?.numbers(0..shape.iter().product());
        self.write(py, |network| {
            let range = layout(network, state).get(name).map(|param| param.range.clone()).unwrap_or_default();
            let all = if state { network.state_mut() } else { network.weights_mut() };
            all[range].copy_from_slice(&numbers);
        });
        Ok(())
    }

    fn unknown(&self, py: Python<'_>, name: &str, state: bool) -> Error {
        let names = self.read(py, |network| {
            layout(network, state).params().iter().map(|param| param.name.clone()).collect::<Vec<_>>()
        });
        PyKeyError::new_err(format!("there is no `{}`: the names are {}", escaped(name), names.join(", ")))
            .into()
    }
}

fn layout<T: Number>(network: &toddle::Network<T>, state: bool) -> &ParamLayout {
    if state { network.state_layout() } else { network.layout() }
}

/// A shape as Python's tuples have it.
fn sides(shape: Shape) -> Vec<usize> {
    match shape {
        Shape::Vector(size) => vec![size],
        Shape::Image { channels, height, width } => vec![channels, height, width],
    }
}
