use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::error::Misfit;
use crate::layer::Layer;
use crate::{Float, LayerSpec, Shape};

/// Residual block: layers, and a shortcut around them. The outputs of both are added.
///
/// `y = layers(x) + projection(x)`. If the projection has no layers, `projection(x)` is `x`.
///
/// Takes any input that the first layers take. The outputs of the layers and of the projection must have the same
/// shape.
///
/// Settings: `layers`, which must be given; `projection`, no layers by default. If the block changes the shape, a 1×1
/// convolution as the projection gives the right number of channels, and its stride gives the right size.
///
/// The layers may be of any kind, also residual blocks. The names of their parameters contain the name of the block
/// and the name of the layer, as in `residual1.conv2.weight` and `residual1.projection.conv1.weight`. Backward: both
/// the layers and the projection get `dy`, and `dx` is the sum of their input gradients. Cost: one addition an
/// element, forward and backward.
///
/// Errors, from `build`: the two outputs have different shapes, a layer does not fit, or residual blocks are nested
/// too deeply.
///
/// ```
/// use toddle::{BatchNorm, Conv2d, NetworkSpec, Residual, Shape, Tanh};
///
/// let block = Residual::new().add(Conv2d::new(4, 1)).add(BatchNorm::default()).add(Tanh).add(Conv2d::new(4, 1));
/// let network = NetworkSpec::new(Shape::image(4, 8, 8)).add(block).build::<f32>(0)?;
/// assert_eq!(network.output(), Shape::image(4, 8, 8));
/// # Ok::<(), toddle::BuildError>(())
/// ```
///
/// See He, Zhang, Ren and Sun, *Deep Residual Learning for Image Recognition*, 2015.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Residual {
    /// The layers, from first to last.
    #[cfg_attr(feature = "schema", schemars(example = serde_json::json!([{ "kind": "dense", "outputs": 64 }, "relu"])))]
    pub layers: Vec<LayerSpec>,
    /// The layers on the shortcut, if the block changes the shape. Usually this is a 1×1 convolution with the same
    /// stride. Without them, the input itself is added.
    #[cfg_attr(feature = "schema", schemars(example = serde_json::json!([{ "kind": "dense", "outputs": 64 }])))]
    #[serde(default)]
    pub projection: Vec<LayerSpec>,
}

impl Residual {
    /// A block without layers.
    pub fn new() -> Self {
        Residual::default()
    }

    /// Adds `layer` after the block's layers.
    #[must_use]
    #[allow(clippy::should_implement_trait, reason = "the name that networks have for it")]
    pub fn add(mut self, layer: impl Into<LayerSpec>) -> Self {
        self.layers.push(layer.into());
        self
    }

    /// Adds `layer` after the layers of the projection.
    #[must_use]
    pub fn project(mut self, layer: impl Into<LayerSpec>) -> Self {
        self.projection.push(layer.into());
        self
    }

    /// Always an error: a block is several layers, and the network builds each of them.
    pub(crate) fn build<T: Float>(&self, _: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        Err(Misfit::new("it is several layers, and only a network can build it", "`NetworkSpec::build`"))
    }
}

impl fmt::Display for Residual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list =
            |layers: &[LayerSpec]| layers.iter().map(LayerSpec::to_string).collect::<Vec<_>>().join(", ");
        write!(f, "residual {{ layers = [{}]", list(&self.layers))?;
        if !self.projection.is_empty() {
            write!(f, ", projection = [{}]", list(&self.projection))?;
        }
        f.write_str(" }")
    }
}
