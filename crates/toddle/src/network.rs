//! Networks: layers one after the other, and their weights.

use serde::{Deserialize, Serialize};
use toddle_lanes::{Aligned, Float};

use crate::engine::Engine;
use crate::error::{BuildError, FitError, Misfit};
use crate::fit::{Fit, History};
use crate::layer::Layer;
use crate::plan::{Machine, Mode, Plan};
use crate::shape::MOST_NUMBERS;
use crate::{Init, LayerSpec, ParamLayout, Shape};

/// A network as data: the shape of a sample that goes in, and the layers that it passes.
///
/// ```
/// use toddle::{Conv2d, Dense, Flatten, NetworkSpec, Shape, Softmax, Tanh};
///
/// let spec = NetworkSpec::new(Shape::image(1, 28, 28))
///     .add(Conv2d::new(1, 3))
///     .add(Tanh)
///     .add(Flatten)
///     .add(Dense::new(10))
///     .add(Softmax::default());
/// let network = spec.build::<f64>(0)?;
/// assert_eq!(network.output(), Shape::vector(10));
/// # Ok::<(), toddle::BuildError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkSpec {
    /// The shape of a sample that goes in.
    pub input: Shape,
    /// The layers, from first to last.
    pub layers: Vec<LayerSpec>,
    /// What the weights begin with.
    #[serde(default)]
    pub init: Init,
}

impl NetworkSpec {
    /// No layers yet, for samples of this shape.
    pub fn new(input: Shape) -> Self {
        NetworkSpec { input, layers: Vec::new(), init: Init::default() }
    }

    /// Puts `layer` behind those that there are.
    #[must_use]
    #[allow(clippy::should_implement_trait, reason = "the post's name for it")]
    pub fn add(mut self, layer: impl Into<LayerSpec>) -> Self {
        self.layers.push(layer.into());
        self
    }

    /// Begins the weights with `init`.
    #[must_use]
    pub fn init(self, init: Init) -> Self {
        NetworkSpec { init, ..self }
    }

    /// The network, with weights that `seed` decides: `T` is `f32` or `f64`.
    ///
    /// If nothing else is wished for ([`init`](Self::init)), every parameter is drawn from the stream of
    /// `np.random.seed(seed)` as `rand(…) − 0.5`, layer after layer, weights before biases: the post's way. In `f32` they are
    /// those numbers, rounded.
    ///
    /// # Errors
    /// A layer does not fit what comes before it, there is none, all weights together are too many, or a setting of `init` is
    /// out of its range.
    pub fn build<T: Float>(&self, seed: u32) -> Result<Network<T>, BuildError> {
        let mut layers: Vec<Box<dyn Layer<T>>> = Vec::new();
        let mut names: Vec<String> = Vec::new();
        let mut layout = ParamLayout::default();
        let mut decls = Vec::new();
        let mut shape = self.input;
        if self.layers.is_empty() {
            return Err(BuildError {
                number: 1,
                name: "none".into(),
                after: "the input".into(),
                spec: "missing".into(),
                input: self.input,
                misfit: Misfit::new("a network has layers", "add(Dense::new(10)), say"),
            });
        }
        for (l, spec) in self.layers.iter().enumerate() {
            let of_its_kind = self.layers[..=l].iter().filter(|other| other.stem() == spec.stem()).count();
            let name = format!("{}{of_its_kind}", spec.stem());
            let refuse = |misfit| BuildError {
                number: l + 1,
                name: name.clone(),
                after: names.last().map_or("the input".into(), |before| format!("`{before}`")),
                spec: spec.to_string(),
                input: shape,
                misfit,
            };
            let layer = spec.build(shape).map_err(refuse)?;
            layer.output().check().map_err(refuse)?;
            let params = layer.params();
            if !params.is_empty() {
                self.init.check().map_err(refuse)?;
            }
            layout.push_layer(&name, &params);
            decls.extend(params);
            if layout.len() > MOST_NUMBERS {
                return Err(refuse(Misfit::new(
                    "with it the network has more weights than toddle can hold",
                    "smaller layers",
                )));
            }
            shape = layer.output();
            layers.push(layer);
            names.push(name);
        }
        let mut weights = Aligned::zeros(layout.len());
        self.init.draw(seed, &decls, &mut weights);
        Ok(Network { input: self.input, init: self.init, layers, names, layout, weights })
    }
}

/// A network that can be trained and asked: layers frozen to their shapes, and their weights.
///
/// Made by [`NetworkSpec::build`].
#[derive(Debug)]
pub struct Network<T> {
    input: Shape,
    init: Init,
    layers: Vec<Box<dyn Layer<T>>>,
    names: Vec<String>,
    layout: ParamLayout,
    weights: Aligned<T>,
}

impl<T: Float> Network<T> {
    /// The shape of a sample that goes in.
    pub fn input(&self) -> Shape {
        self.input
    }

    /// The shape of a sample that comes out.
    pub fn output(&self) -> Shape {
        self.layers.last().map_or(self.input, |layer| layer.output())
    }

    /// The layers, from first to last.
    pub fn layers(&self) -> &[Box<dyn Layer<T>>] {
        &self.layers
    }

    /// The layers' names: each kind's stem and number, such as `conv2`.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Where each parameter lies in [`weights`](Self::weights).
    pub fn layout(&self) -> &ParamLayout {
        &self.layout
    }

    /// All parameters, biases too, as [`layout`](Self::layout) has them.
    pub fn weights(&self) -> &[T] {
        &self.weights
    }

    /// All parameters, to be changed.
    pub fn weights_mut(&mut self) -> &mut [T] {
        &mut self.weights
    }

    /// The layers, and the weights to be changed.
    pub(crate) fn split_mut(&mut self) -> (&[Box<dyn Layer<T>>], &mut [T]) {
        (&self.layers, &mut self.weights)
    }

    /// The network as data.
    pub fn spec(&self) -> NetworkSpec {
        let layers = self.layers.iter().map(|layer| layer.spec()).collect();
        NetworkSpec { input: self.input, layers, init: self.init }
    }

    /// How the network would run batches of `batch` samples on `machine`: pure, and can be printed.
    pub fn plan(&self, batch: usize, mode: Mode, machine: &Machine) -> Plan {
        Plan::new(self, batch, mode, machine)
    }

    /// Trains the network: the samples `x`, one after the other, towards the targets `y`.
    ///
    /// # Errors
    /// The numbers are no whole samples, there are none, or a setting of `fit` is out of range.
    pub fn fit(&mut self, x: &[T], y: &[T], fit: &Fit) -> Result<History, FitError> {
        fit.run(self, x, y)
    }

    /// What the network says of the samples `x`, one after the other.
    ///
    /// A sample's outputs have the same bits whichever samples it is asked with.
    ///
    /// # Errors
    /// The numbers are no whole samples.
    pub fn predict(&self, x: &[T]) -> Result<Vec<T>, FitError> {
        let samples = whole_samples("inputs", "input", x.len(), self.input)?;
        // More samples than that at once gain nothing.
        let batch = samples.clamp(1, 1024);
        let mut y = vec![T::ZERO; samples * self.output().size()];
        Engine::new(self, self.plan(batch, Mode::Infer, &Machine::detect()?)).forward(self, x, &mut y);
        Ok(y)
    }
}

/// How many samples `numbers` are.
pub(crate) fn whole_samples(
    what: &'static str,
    what_one: &'static str,
    numbers: usize,
    shape: Shape,
) -> Result<usize, FitError> {
    let size = shape.size();
    if numbers.is_multiple_of(size) {
        Ok(numbers / size)
    } else {
        Err(FitError::Ragged { what, what_one, got: numbers, size, shape })
    }
}
