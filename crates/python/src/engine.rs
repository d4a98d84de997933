//! Forward, backward and update, one at a time: for losses and loops of the user's own.

use std::mem;
use std::process;
use std::sync::{Mutex, PoisonError};

use numpy::PyArrayDyn;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use toddle::{Clip, FitError, Machine, Mode, Optimizer};
use toddle_lanes::Aligned;

use crate::arrays::{Lent, Number, array, shaped};
use crate::error::{Error, Result};
use crate::network::{Core, Network};
use crate::settings::read;

/// Forward, backward and update of a network, one at a time.
#[pyclass(frozen, module = "toddle._toddle")]
pub(crate) struct Engine {
    network: Py<Network>,
    work: Precise,
}

enum Precise {
    F32(Mutex<Work<f32>>),
    F64(Mutex<Work<f64>>),
}

/// The most engines that are kept, each for another size of the batch.
const MOST_ENGINES: usize = 4;

/// Engines for batches of different sizes, and the state of the optimizer that they share.
struct Work<T: Number> {
    /// The process that made the engines. A child that was forked has none of their threads.
    process: u32,
    threads: usize,
    most: usize,
    seed: u64,
    /// The engines, that of the last batch at the end.
    engines: Vec<toddle::Engine<T>>,
    /// What was done with the last batch.
    stage: Stage,
    /// The number of updates so far.
    steps: u64,
    kinds: &'static [&'static str],
    slots: Vec<Aligned<T>>,
}

/// What was done with the last batch.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Stage {
    Nothing,
    Forward,
    Backward,
}

/// Computes with the work of an engine and the core of its network, whichever number type they have.
macro_rules! each {
    ($engine:expr, $core:ident, $work:ident => $result:expr) => {{
        let network = $engine.network.get();
        match (&$engine.work, network.as_f32(), network.as_f64()) {
            (Precise::F32($work), Some($core), _) => $result,
            (Precise::F64($work), _, Some($core)) => $result,
            _ => return Err(PyRuntimeError::new_err("the engine is of another network")),
        }
    }};
}

#[pymethods]
impl Engine {
    #[new]
    #[pyo3(signature = (network, batch, seed, threads=None))]
    fn new(network: Py<Network>, batch: usize, seed: u64, threads: Option<usize>) -> PyResult<Engine> {
        let machine = Machine::detect().map_err(Error::from)?;
        if batch == 0 || threads == Some(0) {
            return Err(PyValueError::new_err(
                "batch and threads are out of range\n  expected  1 or more\n  got       0\n  try       batch = 64",
            ));
        }
        let threads = threads.unwrap_or(machine.threads);
        let work = match network.get().as_f64().is_some() {
            false => Precise::F32(Mutex::new(Work::new(threads, batch, seed))),
            true => Precise::F64(Mutex::new(Work::new(threads, batch, seed))),
        };
        Ok(Engine { network, work })
    }

    /// The outputs of a batch, as a training computes them.
    fn forward<'py>(&self, py: Python<'py>, x: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        Ok(each!(self, core, work => forward(py, core, work, x)?.into_any()))
    }

    /// Takes a gradient to the outputs back through the network. Returns the gradient to the inputs.
    fn backward<'py>(&self, py: Python<'py>, dy: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        Ok(each!(self, core, work => backward(py, core, work, dy)?.into_any()))
    }

    /// The gradient to each parameter, by name.
    fn gradients<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        Ok(each!(self, core, work => gradients(py, core, work)?))
    }

    /// One step of an optimizer.
    #[pyo3(signature = (optimizer, rate=None, clip=None))]
    fn update(&self, py: Python<'_>, optimizer: &str, rate: Option<f64>, clip: Option<&str>) -> PyResult<()> {
        let optimizer: Optimizer = read("Engine.update", optimizer)?;
        optimizer.check().map_err(Error::from)?;
        let clip: Option<Clip> = clip.map(|clip| read("Engine.update", clip)).transpose()?;
        let rate = rate.unwrap_or(optimizer.rate());
        each!(self, core, work => update(py, core, work, &optimizer, rate, clip)?);
        Ok(())
    }
}

impl<T: Number> Work<T> {
    fn new(threads: usize, most: usize, seed: u64) -> Self {
        let (engines, kinds, slots) = (Vec::new(), &[][..], Vec::new());
        Work {
            process: process::id(),
            threads,
            most,
            seed,
            engines,
            stage: Stage::Nothing,
            steps: 0,
            kinds,
            slots,
        }
    }

    /// Forgets engines of another process. They cannot be dropped, because their threads would be waited for.
    fn forget_foreign(&mut self) {
        if self.process != process::id() {
            mem::forget(mem::take(&mut self.engines));
            (self.process, self.stage) = (process::id(), Stage::Nothing);
        }
    }

    /// Makes sure that there is an engine for so many samples, and that it is the last one.
    fn turn_to(&mut self, network: &toddle::Network<T>, samples: usize) -> Result<()> {
        self.forget_foreign();
        let of_this_size = |engine: &toddle::Engine<T>| engine.plan().batch() == samples;
        let engine = match self.engines.iter().position(of_this_size) {
            Some(at) => self.engines.remove(at),
            None => {
                let machine = Machine::detect()?.threads(self.threads);
                let plan = network.plan(samples, Mode::Open { input_gradient: true }, &machine);
                if plan.batch() != samples {
                    return Err(FitError::Memory.into());
                }
                if self.engines.len() == MOST_ENGINES {
                    self.engines.remove(0);
                }
                toddle::Engine::try_new(network, plan).map_err(|_| FitError::Memory)?
            }
        };
        self.engines.push(engine);
        Ok(())
    }

    /// The engine of the last batch, if enough was done with it.
    fn engine(&mut self, least: Stage, call: &str, before: &str) -> Result<&mut toddle::Engine<T>> {
        self.forget_foreign();
        let is_ready = self.stage >= least;
        self.engines.last_mut().filter(|_| is_ready).ok_or_else(|| {
            let text = format!("Engine.{call} comes too early\n  expected  a call of Engine.{before} before it\n  got       none since the last update\n  try       engine.{before}(…)");
            PyRuntimeError::new_err(text).into()
        })
    }
}

impl<T: Number> Drop for Work<T> {
    fn drop(&mut self) {
        self.forget_foreign();
    }
}

fn forward<'py, T: Number>(
    py: Python<'py>,
    core: &Core<T>,
    work: &Mutex<Work<T>>,
    x: &Bound<'py, PyAny>,
) -> Result<Bound<'py, PyArrayDyn<T>>> {
    let x = Lent::<T>::new(x)?;
    let (input, output) = core.read(py, |network| (network.input(), network.output()));
    let samples = input.samples_of("inputs", x.shape())?;
    let x = x.elements()?.numbers(0..samples * input.size());
    let y = core.write(py, |network| {
        let work = &mut *work.lock().unwrap_or_else(PoisonError::into_inner);
        if samples == 0 || samples > work.most {
            let expected = format!("1 to {}, the batch of the engine", work.most);
            return Err(Error::refused(
                "the batch has another size",
                &expected,
                &samples.to_string(),
                "a batch of the network's engine",
            ));
        }
        work.turn_to(network, samples)?;
        work.stage = Stage::Forward;
        let (seed, number) = (work.seed, work.steps as u32);
        let engine = work.engines.last_mut().expect("the engine of this batch");
        Ok(engine.outputs(network, &x, seed, number).to_vec())
    })?;
    array(py, &y, samples, output)
}

fn backward<'py, T: Number>(
    py: Python<'py>,
    core: &Core<T>,
    work: &Mutex<Work<T>>,
    dy: &Bound<'py, PyAny>,
) -> Result<Bound<'py, PyArrayDyn<T>>> {
    let dy = Lent::<T>::new(dy)?;
    let (input, output) = core.read(py, |network| (network.input(), network.output()));
    let samples = output.samples_of("gradients to the outputs", dy.shape())?;
    let dy = dy.elements()?.numbers(0..samples * output.size());
    let dx = core.read(py, |network| {
        let work = &mut *work.lock().unwrap_or_else(PoisonError::into_inner);
        let engine = work.engine(Stage::Forward, "backward", "forward")?;
        let batch = engine.plan().batch();
        if batch != samples {
            return Err(FitError::Unpaired { inputs: batch, targets: samples }.into());
        }
        engine.backward(network, &dy);
        let dx = engine.input_gradient().to_vec();
        work.stage = Stage::Backward;
        Ok::<_, Error>(dx)
    })?;
    array(py, &dx, samples, input)
}

fn gradients<'py, T: Number>(
    py: Python<'py>,
    core: &Core<T>,
    work: &Mutex<Work<T>>,
) -> Result<Bound<'py, PyDict>> {
    let gradients = core.read(py, |network| {
        let work = &mut *work.lock().unwrap_or_else(PoisonError::into_inner);
        let gradient = work.engine(Stage::Backward, "gradients", "backward")?.gradient_mut();
        let params = network.layout().params().iter();
        Ok::<_, Error>(
            params
                .map(|param| {
                    (param.name.clone(), param.shape.clone(), gradient[param.range.clone()].to_vec())
                })
                .collect::<Vec<_>>(),
        )
    })?;
    let dict = PyDict::new(py);
    for (name, shape, numbers) in gradients {
        dict.set_item(name, shaped(py, &numbers, &shape)?)?;
    }
    Ok(dict)
}

fn update<T: Number>(
    py: Python<'_>,
    core: &Core<T>,
    work: &Mutex<Work<T>>,
    optimizer: &Optimizer,
    rate: f64,
    clip: Option<Clip>,
) -> Result<()> {
    core.write(py, |network| {
        let work = &mut *work.lock().unwrap_or_else(PoisonError::into_inner);
        work.engine(Stage::Backward, "update", "backward")?;
        if work.kinds != optimizer.slots()
            || work.slots.iter().any(|slot| slot.len() != network.layout().len())
        {
            let slot = |_| Aligned::try_zeros(network.layout().len()).map_err(|_| FitError::Memory);
            work.slots = optimizer.slots().iter().map(slot).collect::<std::result::Result<_, _>>()?;
            work.kinds = optimizer.slots();
        }
        work.steps += 1;
        work.stage = Stage::Nothing;
        let Work { engines, slots, steps, .. } = work;
        let engine = engines.last_mut().expect("the engine of the last batch");
        if engine.update(network, &[optimizer.step(*steps, rate)], clip, slots) {
            return Ok(());
        }
        Err(FitError::NotFinite { what: "a weight".into(), epoch: 1, step: *steps }.into())
    })
}
