//! A training that other threads of Python and Ctrl-C may interrupt between two steps.

use std::mem;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use numpy::PyReadonlyArray1;
use pyo3::exceptions::{PyKeyError, PyKeyboardInterrupt, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use sha2::{Digest, Sha256};
use toddle::checkpoint::{self, About};
use toddle::{Epoch, Evaluation, Fit, FitError, Network, Observer, Samples, Shape, StepReport, Trainer};
use toddle_data::{Augment, Augmented, Dataset};

use crate::arrays::{Elements, Lent, Number, Paired};
use crate::error::{Error, Result};
use crate::network::{self, Core, each};
use crate::settings;

/// How often Ctrl-C is looked for.
const LOOK: Duration = Duration::from_millis(25);

/// How long a training keeps the network to itself, before other threads may read it.
const TURN: Duration = Duration::from_millis(20);

/// Learning rates with the loss at each, and the best rate.
pub(crate) type Curve = (Vec<(f64, f64)>, Option<f64>);

/// Each way of a training in words, with the digest of its weights.
pub(crate) type Verification = Vec<(String, String)>;

/// What a training needs, as Python gives it.
pub(crate) struct Job<'a, 'py, T: Number> {
    core: &'a Core<T>,
    x: Lent<'py, T>,
    y: Lent<'py, T>,
    weights: Option<PyReadonlyArray1<'py, f64>>,
    validation: Option<(Lent<'py, T>, Lent<'py, T>)>,
    fit: Fit,
    augment: Option<Augment>,
    about: About,
    /// Called after each epoch. A true result stops the training.
    after: Option<Bound<'py, PyAny>>,
    /// Called with the bytes of a checkpoint after each epoch.
    keep: Option<Bound<'py, PyAny>>,
    /// The bytes of the checkpoint to continue from.
    resume: Option<Bound<'py, PyBytes>>,
}

impl<'a, 'py, T: Number> Job<'a, 'py, T> {
    pub(crate) fn new(core: &'a Core<T>, job: &Bound<'py, PyDict>) -> Result<Self> {
        let given = |name: &str| Ok::<_, PyErr>(job.get_item(name)?.filter(|value| !value.is_none()));
        let needed = |name: &str| given(name)?.ok_or_else(|| PyKeyError::new_err(name.to_owned()));
        let text = |name: &str| needed(name)?.extract::<String>();
        let validation = match (given("validation_x")?, given("validation_y")?) {
            (Some(x), Some(y)) => Some((Lent::new(&x)?, Lent::new(&y)?)),
            _ => None,
        };
        let threads = given("threads")?.map(|threads| threads.extract()).transpose()?;
        let augment = given("augment")?.map(|augment| augment.extract::<String>()).transpose()?;
        Ok(Job {
            core,
            x: Lent::new(&needed("x")?)?,
            y: Lent::new(&needed("y")?)?,
            weights: given("weights")?.map(|array| array.extract().map_err(PyErr::from)).transpose()?,
            validation,
            fit: settings::fit(&text("fit")?, threads)?,
            augment: augment.map(|augment| settings::augment(&augment)).transpose()?,
            about: settings::read("Network.save", &text("about")?)?,
            after: given("after")?,
            keep: given("keep")?,
            resume: given("resume")?.map(|bytes| bytes.cast_into()).transpose().map_err(PyErr::from)?,
        })
    }

    /// Trains the network.
    pub(crate) fn train(&self, py: Python<'py>) -> Result<Bound<'py, PyDict>> {
        let _alone = Alone::new(&self.core.trains)?;
        let (paired, validation) = (self.paired(py)?, self.validation(py)?);
        let images = self.images(py, &paired)?;
        let changed = match (&images, &self.augment) {
            (Some(images), Some(augment)) => {
                Some(Changed { inputs: Augmented::new(images, augment, self.fit.seed)?, targets: &paired })
            }
            _ => None,
        };
        let samples = changed.as_ref().map_or(&paired as &dyn Samples<T>, |changed| changed);
        let validation = validation.as_ref().map(|validation| validation as &dyn Samples<T>);
        let mut trainer = self.begin(py, samples.count())?;
        self.core.read(py, |network| {
            [Some(samples), validation]
                .into_iter()
                .flatten()
                .try_for_each(|some| network.check_class_numbers(some))
        })?;
        let end = self.fit.time_limit.and_then(|limit| Instant::now().checked_add(limit.duration()));
        let mut watch = Watch::until(end);
        let mut epoch_began = Instant::now();
        while !trainer.is_done() {
            let ended = self.turn(py, &mut trainer, samples, validation, &mut watch)?;
            if ended.is_some() || watch.stops() {
                self.checkpoint(py, &trainer)?;
            }
            if let Some(interrupt) = watch.interrupt.take() {
                return Err(interrupt.into());
            }
            if let Some(epoch) = ended {
                let epoch = self.epoch(py, &Epoch { took: epoch_began.elapsed(), ..epoch })?;
                epoch_began = Instant::now();
                let stops = self.after.as_ref().map_or(Ok(false), |after| after.call1((epoch,))?.is_truthy());
                match stops {
                    Ok(false) => {}
                    Ok(true) => break,
                    Err(raised) => {
                        self.core.write(py, |network| trainer.finish(network));
                        return Err(raised.into());
                    }
                }
            }
            if watch.stops() {
                break;
            }
            self.core.let_read(py);
        }
        self.core.write(py, |network| trainer.finish(network));
        let (history, state) = (PyDict::new(py), trainer.state());
        history.set_item("loss", &state.history.errors)?;
        history.set_item("accuracy", &state.history.accuracies)?;
        let pair = |evaluation: &Evaluation| (evaluation.loss, evaluation.accuracy);
        history.set_item("validation", state.history.validation.iter().map(pair).collect::<Vec<_>>())?;
        history.set_item("best", state.best.map(|(_, epoch)| epoch))?;
        Ok(history)
    }

    /// Trains for some steps, until the epoch or the turn is over. Returns the epoch that has ended.
    fn turn(
        &self,
        py: Python<'py>,
        trainer: &mut Trainer<T>,
        samples: &dyn Samples<T>,
        validation: Option<&dyn Samples<T>>,
        watch: &mut Watch,
    ) -> Result<Option<Epoch>> {
        self.core.write(py, |network| {
            let begin = Instant::now();
            loop {
                let flow = trainer.advance(network, samples, validation, watch)?;
                if flow.is_break() || begin.elapsed() >= TURN {
                    return Ok(watch.epoch.take());
                }
            }
        })
    }

    /// The samples, with their weights.
    fn paired(&self, py: Python<'py>) -> Result<Paired<'_, T>> {
        let weights =
            self.weights.as_ref().map(|weights| weights.as_slice().map_err(PyErr::from)).transpose()?;
        self.core.paired(py, &self.x, &self.y)?.weighted(weights)
    }

    /// The validation samples.
    fn validation(&self, py: Python<'py>) -> Result<Option<Paired<'_, T>>> {
        let paired = self.validation.as_ref().map(|(x, y)| self.core.paired(py, x, y)).transpose();
        paired.map_err(|error| error.of(py, "validation"))
    }

    /// Looks for mistakes before a training.
    pub(crate) fn check(&self, py: Python<'py>) -> Result<(bool, String)> {
        let paired = self.paired(py)?;
        let validation = self.validation(py)?.map_or(0, |validation| validation.count());
        let fit = &self.fit;
        let report =
            self.core.read(py, |network| toddle::check::training(network, fit, &paired, validation))?;
        Ok((report.is_good(), report.to_string()))
    }

    /// Finds the learning rate at which the loss falls fastest.
    pub(crate) fn find_rate(&self, py: Python<'py>, low: f64, high: f64, steps: usize) -> Result<Curve> {
        let _alone = Alone::new(&self.core.trains)?;
        let paired = self.paired(py)?;
        let fit = &self.fit;
        let mut watch = Watch::until(None);
        let curve = self
            .core
            .write(py, |network| toddle::find_rate(network, fit, &paired, low, high, steps, &mut watch))?;
        match watch.interrupt.take() {
            Some(interrupt) => Err(interrupt.into()),
            None => Ok((curve.points, curve.suggestion)),
        }
    }

    /// Trains a network like this one, with the weights of `seed`, in several ways that must give the same bits.
    pub(crate) fn verify(&self, py: Python<'py>, seed: u32, steps: u64) -> Result<Verification> {
        let paired = self.paired(py)?;
        let (fit, spec) = (&self.fit, self.core.read(py, |network| network.spec().clone()));
        let mut results = Vec::new();
        for way in toddle::verify::ways(steps, fit.seed) {
            let trained = py.detach(|| way.train::<T>(&spec, seed, fit, &paired, steps, || ()))?;
            let digest = Sha256::digest(&trained.weights).iter().map(|byte| format!("{byte:02x}")).collect();
            results.push((way.to_string(), digest));
            py.check_signals()?;
        }
        Ok(results)
    }

    /// The trainer before its first step, or as the checkpoint has it.
    fn begin(&self, py: Python<'py>, samples: usize) -> Result<Trainer<T>> {
        let fit = &self.fit;
        let Some(bytes) = &self.resume else {
            return Ok(self.core.read(py, |network| Trainer::new(network, fit, samples))?);
        };
        let bytes = bytes.as_bytes();
        self.core.write(py, |network| {
            let saved = checkpoint::decode::<T>(bytes)?;
            if saved.network.spec() != network.spec() {
                return Err(FitError::Resume { what: "the checkpoint is of another network".into() }.into());
            }
            let training = saved.training.ok_or_else(|| FitError::Resume {
                what: "the file is a model without its training, or of another dtype".into(),
            })?;
            let trainer = training.resume(&saved.network, fit, samples)?;
            *network = saved.network;
            Ok::<_, Error>(trainer)
        })
    }

    /// The inputs as a data set, if they are changed at random.
    fn images(&self, py: Python<'py>, paired: &Paired<'_, T>) -> Result<Option<Dataset>> {
        if self.augment.as_ref().is_none_or(|augment| *augment == Augment::default()) {
            return Ok(None);
        }
        let shape = match self.core.read(py, |network| network.input()) {
            Shape::Image { channels, height, width } => [channels, height, width],
            Shape::Vector(size) => [size, 1, 1],
        };
        let labels = vec![0; paired.count()];
        Ok(Some(match self.x.elements()? {
            Elements::Bytes(bytes) => Dataset::new("inputs", shape, bytes.to_vec(), labels, 1)?,
            _ => {
                let mut values = Vec::new();
                let mut sample = vec![T::ZERO; shape.iter().product()];
                for n in 0..paired.count() {
                    paired.input(0, n, &mut sample);
                    values.extend(sample.iter().map(|x| x.to_f64() as f32));
                }
                Dataset::new("inputs", shape, values, labels, 1)?
            }
        }))
    }

    fn checkpoint(&self, py: Python<'py>, trainer: &Trainer<T>) -> Result<()> {
        if let Some(keep) = &self.keep {
            let about = &self.about;
            let bytes = self.core.read(py, |network| checkpoint::encode(network, about, Some(trainer)));
            keep.call1((PyBytes::new(py, &bytes),))?;
        }
        Ok(())
    }

    fn epoch(&self, py: Python<'py>, epoch: &Epoch) -> Result<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        dict.set_item("number", epoch.number)?;
        dict.set_item("of", epoch.of)?;
        dict.set_item("steps", epoch.steps)?;
        dict.set_item("rate", epoch.rate)?;
        dict.set_item("loss", epoch.error)?;
        dict.set_item("accuracy", epoch.accuracy)?;
        dict.set_item("validation_loss", epoch.validation.map(|validation| validation.loss))?;
        dict.set_item("validation_accuracy", epoch.validation.and_then(|validation| validation.accuracy))?;
        dict.set_item("is_best", epoch.is_best)?;
        dict.set_item("seconds", epoch.took.as_secs_f64())?;
        Ok(dict)
    }
}

/// The right to train a network, between `__enter__` and `__exit__`.
#[pyclass(frozen, module = "toddle._toddle")]
pub(crate) struct OneTraining(pub(crate) Py<network::Network>);

#[pymethods]
impl OneTraining {
    fn __enter__(&self) -> PyResult<()> {
        mem::forget(Alone::new(each!(self.0.get(), core => &core.trains))?);
        Ok(())
    }

    #[pyo3(signature = (*_error))]
    fn __exit__(&self, _error: &Bound<'_, PyAny>) {
        drop(Alone(each!(self.0.get(), core => &core.trains)));
    }
}

/// The right to train a network, which one thread has at a time.
struct Alone<'a>(&'a AtomicBool);

impl<'a> Alone<'a> {
    fn new(trains: &'a AtomicBool) -> Result<Self> {
        if trains.swap(true, Ordering::AcqRel) {
            let text = "the network is being trained already\n  expected  one training at a time\n  try       another network for each thread";
            return Err(PyRuntimeError::new_err(text).into());
        }
        Ok(Alone(trains))
    }
}

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// Stops a training after each epoch, for Python, and after the step in which Ctrl-C came or the time was over.
pub(crate) struct Watch {
    looked: Instant,
    /// When the time limit of the training is over.
    end: Option<Instant>,
    interrupt: Option<PyErr>,
    epoch: Option<Epoch>,
}

impl Watch {
    pub(crate) fn until(end: Option<Instant>) -> Self {
        Watch { looked: Instant::now(), end, interrupt: None, epoch: None }
    }

    /// Whether Ctrl-C has come or the time is over.
    fn stops(&self) -> bool {
        self.interrupt.is_some() || self.end.is_some_and(|end| Instant::now() >= end)
    }

    /// Whether nothing stops the work. From time to time it looks for Ctrl-C.
    pub(crate) fn goes_on(&mut self) -> bool {
        if self.looked.elapsed() >= LOOK {
            self.looked = Instant::now();
            self.interrupt = Python::attach(|py| py.check_signals()).err();
        }
        !self.stops()
    }

    /// The exception of Ctrl-C.
    pub(crate) fn interrupt(self) -> PyErr {
        self.interrupt.unwrap_or_else(|| PyKeyboardInterrupt::new_err(()))
    }
}

impl<T> Observer<T> for Watch {
    fn step(
        &mut self,
        _report: &StepReport,
        _network: &Network<T>,
        _trainer: &Trainer<T>,
    ) -> ControlFlow<()> {
        if self.goes_on() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    fn epoch(&mut self, epoch: &Epoch, _network: &Network<T>, _trainer: &mut Trainer<T>) -> ControlFlow<()> {
        self.epoch = Some(*epoch);
        ControlFlow::Break(())
    }
}

/// Samples whose inputs differ in every epoch.
struct Changed<'a, T> {
    inputs: Augmented<'a>,
    targets: &'a Paired<'a, T>,
}

impl<T: Number> Samples<T> for Changed<'_, T> {
    fn count(&self) -> usize {
        self.targets.count()
    }

    fn input(&self, epoch: u32, n: usize, x: &mut [T]) {
        self.inputs.input(epoch, n, x);
    }

    fn target(&self, n: usize, t: &mut [T]) {
        self.targets.target(n, t);
    }

    fn weight(&self, n: usize) -> Option<f64> {
        self.targets.weight(n)
    }
}
