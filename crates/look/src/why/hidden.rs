//! Samples as the last hidden layer sees them.

use toddle::{Float, LayerSpec, Network};

use crate::cut;
use crate::error::LookError;

/// The part of a network that leads to its last hidden layer.
///
/// The last hidden layer is the value that the last dense layer takes. The dense layer only weighs its elements, so samples
/// that are near to each other there get alike answers.
///
/// ```
/// use toddle::{Dense, NetworkSpec, Shape, Tanh};
/// use toddle_look::why::Hidden;
///
/// let spec = NetworkSpec::new(Shape::vector(4)).add(Dense::new(3)).add(Tanh).add(Dense::new(2));
/// let hidden = Hidden::of(&spec.build::<f32>(0)?)?;
/// assert_eq!((hidden.name(), hidden.width()), ("tanh1", 3));
/// assert_eq!(hidden.values(&[1.0; 8])?.len(), 6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Hidden<T> {
    name: String,
    part: Network<T>,
}

/// A sample that is near to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    /// Its place among the samples.
    pub sample: usize,
    /// The Euclidean distance.
    pub distance: f64,
}

impl<T: Float> Hidden<T> {
    /// The part of `network` that leads to its last hidden layer.
    ///
    /// # Errors
    /// The network has no dense layer behind another layer, has several inputs, or the layer is inside a residual block.
    pub fn of(network: &Network<T>) -> Result<Self, LookError> {
        let is_dense = |layer: LayerSpec| matches!(layer, LayerSpec::Dense(_));
        let last =
            network.nodes().iter().rfind(|node| node.layer().is_some_and(|layer| is_dense(layer.spec())));
        let value = last.map(|node| node.inputs()[0]).filter(|&value| value >= network.inputs().len());
        let Some(value) = value else {
            return Err(LookError::refused(
                "the network has no last hidden layer",
                "a dense layer behind another layer",
                if last.is_some() { "a dense layer behind the input" } else { "no dense layer" },
                "a network with a hidden layer",
            ));
        };
        let name = network.value_name(value).to_owned();
        Ok(Hidden { part: cut(network, &name)?, name })
    }

    /// The name of the layer.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number of elements of a sample in the layer.
    pub fn width(&self) -> usize {
        self.part.output().size()
    }

    /// The elements of the samples `x`, sample after sample.
    ///
    /// # Errors
    /// `x` is not a whole number of samples.
    pub fn values(&self, x: &[T]) -> Result<Vec<f64>, LookError> {
        Ok(self.part.predict(x)?.into_iter().map(|y| y.to_f64()).collect())
    }
}

/// The `count` samples that are nearest to `of`, the nearest first. `values` are samples of as many elements, one after the
/// other.
///
/// ```
/// use toddle_look::why::nearest;
///
/// let near = nearest(&[0.0, 0.0, 3.0, 4.0, 1.0, 0.0], &[0.0, 0.0], 2);
/// assert_eq!(near.iter().map(|near| near.sample).collect::<Vec<_>>(), [0, 2]);
/// ```
pub fn nearest(values: &[f64], of: &[f64], count: usize) -> Vec<Neighbour> {
    let squared = |one: &[f64]| one.iter().zip(of).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
    let samples = values.chunks_exact(of.len().max(1)).enumerate();
    let mut all: Vec<Neighbour> =
        samples.map(|(sample, one)| Neighbour { sample, distance: squared(one).sqrt() }).collect();
    let order =
        |a: &Neighbour, b: &Neighbour| a.distance.total_cmp(&b.distance).then(a.sample.cmp(&b.sample));
    if count < all.len() && count > 0 {
        all.select_nth_unstable_by(count - 1, order);
    }
    all.truncate(count);
    all.sort_by(order);
    all
}
