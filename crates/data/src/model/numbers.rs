//! A network in the type of number that its file has, with an engine for one sample.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use toddle::{Engine, Float, LayerSpec, Machine, Mode, Network, Shape};

use crate::budget::Budget;
use crate::error::DataError;

/// A network of either precision.
#[derive(Debug)]
pub(super) enum Numbers {
    F32(Asked<f32>),
    F64(Asked<f64>),
}

/// A network that is asked about one sample after the other, or about a few together: its engines are made once.
pub(super) struct Asked<T: Float> {
    pub network: Network<T>,
    engine: Mutex<Engine<T>>,
    /// The engine for a few samples, which the first of them make.
    few: Mutex<Option<Engine<T>>>,
}

/// The samples that the engine for a few computes together.
const TOGETHER: usize = 64;

impl<T: Float> Asked<T> {
    pub fn new(name: &str, network: Network<T>) -> Result<Asked<T>, DataError> {
        let machine = Machine::detect().map_err(|fault| DataError::Ask(fault.into()))?.threads(1);
        let plan = network.plan(1, Mode::Infer, &machine);
        Budget::ask(name, plan.bytes() as u64, || "a sample on its way through the layers".to_owned())?;
        let engine = Engine::new(&network, plan);
        Ok(Asked { network, engine: Mutex::new(engine), few: Mutex::new(None) })
    }

    /// The outputs of a few samples, sample after sample.
    fn outputs_of_few(&self, name: &str, inputs: &[T]) -> Result<Vec<T>, DataError> {
        let samples = inputs.len() / self.network.input().size();
        let mut outputs = vec![T::ZERO; samples * self.network.output().size()];
        let mut few = self.few.lock().unwrap_or_else(PoisonError::into_inner);
        if few.is_none() {
            let machine = Machine::detect().map_err(|fault| DataError::Ask(fault.into()))?.threads(1);
            let plan = self.network.plan(TOGETHER, Mode::Infer, &machine);
            Budget::ask(name, plan.bytes() as u64, || "samples on their way through the layers".to_owned())?;
            *few = Some(Engine::new(&self.network, plan));
        }
        if let Some(engine) = &mut *few {
            engine.forward(&self.network, inputs, &mut outputs);
        }
        Ok(outputs)
    }

    fn output(&self, input: &[T]) -> Vec<T> {
        let mut output = vec![T::ZERO; self.network.output().size()];
        let mut engine = self.engine.lock().unwrap_or_else(PoisonError::into_inner);
        engine.forward(&self.network, input, &mut output);
        output
    }
}

impl<T: Float> fmt::Debug for Asked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asked").field("spec", self.network.spec()).finish_non_exhaustive()
    }
}

impl Numbers {
    pub fn output_of_one(&self, input: &[f32]) -> Vec<f64> {
        match self {
            Numbers::F32(one) => one.output(input).into_iter().map(f64::from).collect(),
            Numbers::F64(one) => one.output(&input.iter().map(|&x| f64::from(x)).collect::<Vec<_>>()),
        }
    }

    /// The outputs of a few samples, sample after sample.
    pub fn outputs_of_few(&self, name: &str, inputs: &[f32]) -> Result<Vec<f64>, DataError> {
        match self {
            Numbers::F32(one) => Ok(one.outputs_of_few(name, inputs)?.into_iter().map(f64::from).collect()),
            Numbers::F64(one) => {
                let inputs: Vec<f64> = inputs.iter().map(|&x| f64::from(x)).collect();
                one.outputs_of_few(name, &inputs)
            }
        }
    }

    /// The memory that so many samples take on their way through the layers.
    pub fn bytes_of_batch(&self, batch: usize) -> Result<usize, DataError> {
        let machine = Machine::detect().map_err(|fault| DataError::Ask(fault.into()))?;
        let plan = match self {
            Numbers::F32(one) => one.network.plan(batch, Mode::Infer, &machine),
            Numbers::F64(one) => one.network.plan(batch, Mode::Infer, &machine),
        };
        Ok(plan.bytes())
    }

    pub fn input(&self) -> Shape {
        match self {
            Numbers::F32(one) => one.network.input(),
            Numbers::F64(one) => one.network.input(),
        }
    }

    pub fn output(&self) -> Shape {
        match self {
            Numbers::F32(one) => one.network.output(),
            Numbers::F64(one) => one.network.output(),
        }
    }

    /// The shape of each output of the network.
    pub fn output_shapes(&self) -> Vec<Shape> {
        match self {
            Numbers::F32(one) => one.network.outputs().iter().map(|output| output.shape).collect(),
            Numbers::F64(one) => one.network.outputs().iter().map(|output| output.shape).collect(),
        }
    }

    /// A name for each element of the answer.
    pub fn output_names(&self) -> Vec<String> {
        match self {
            Numbers::F32(one) => output_names(&one.network),
            Numbers::F64(one) => output_names(&one.network),
        }
    }

    /// The layer that computes the outputs. None where several values are joined.
    pub fn last_layer(&self) -> Option<LayerSpec> {
        match self {
            Numbers::F32(one) => last_layer(&one.network),
            Numbers::F64(one) => last_layer(&one.network),
        }
    }
}

/// The layer that computes the outputs of a network with one output: the last one that changes elements in an answer. None if the
/// network has several outputs, or joins several values.
///
/// ```
/// use toddle::{Dense, Dropout, NetworkSpec, Shape, Softmax};
/// let network = NetworkSpec::new(Shape::vector(2)).add(Dense::new(3)).add(Softmax::default()).add(Dropout::new(0.1));
/// assert!(toddle_data::last_layer(&network.build::<f32>(0)?).is_some_and(|layer| layer.kind() == "softmax"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn last_layer<T: Float>(network: &Network<T>) -> Option<LayerSpec> {
    let [output] = network.outputs() else { return None };
    let mut value = output.value;
    loop {
        let node = &network.nodes()[value.checked_sub(network.inputs().len())?];
        let spec = node.layer()?.spec();
        let keeps_elements = matches!(
            spec,
            LayerSpec::Dropout(_)
                | LayerSpec::Flatten
                | LayerSpec::GaussianNoise(_)
                | LayerSpec::Reshape(_)
                | LayerSpec::SpatialDropout(_)
        );
        if !keeps_elements {
            return Some(spec);
        }
        [value] = node.inputs()[..].try_into().ok()?;
    }
}

fn output_names<T: Float>(network: &Network<T>) -> Vec<String> {
    let names = network.outputs().iter().flat_map(|output| match output.shape.size() {
        1 => vec![output.name.clone()],
        size => (0..size).map(|place| format!("{} {place}", output.name)).collect(),
    });
    names.collect()
}
