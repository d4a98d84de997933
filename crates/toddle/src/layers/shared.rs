use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::error::Misfit;
use crate::layer::Layer;
use crate::{Float, Shape};

/// Shared layer: another layer of the network once more, with the same weights.
///
/// `y = layer(x)`, where `layer` is the layer called `with`.
///
/// Takes any input for which the other layer has weights of the same shapes. Settings: `with`, which must be given.
///
/// Both places read the same parameters and the same state. The gradient to the parameters is the sum of the gradients
/// of all places, the last place's first. The initialiser is that of the first place. Cost: that of the other layer.
///
/// Errors, from `build`: no layer before it has the name, the layer with this name is several layers or has other
/// weights for this input.
///
/// ```
/// use toddle::{Dense, GraphSpec, Shape};
///
/// let mut graph = GraphSpec::new();
/// let (left, right) = (graph.input("left", Shape::vector(3)), graph.input("right", Shape::vector(3)));
/// let left = graph.add(Dense::new(2), left);
/// let right = graph.share(left, right);
/// graph.concat([left, right]);
/// let network = graph.build::<f64>(0)?;
/// assert_eq!(network.weights().len(), 3 * 2 + 2);
/// let y = network.predict(&[1.0, 2.0, 3.0, 1.0, 2.0, 3.0])?;
/// assert_eq!(y[..2], y[2..]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// See Bromley et al., *Signature Verification using a "Siamese" Time Delay Neural Network*, 1993.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Shared {
    /// The name of the layer whose weights it uses.
    #[cfg_attr(feature = "schema", schemars(example = &"dense1"))]
    pub with: String,
}

impl Shared {
    /// Always an error: only a network knows the other layer.
    pub(crate) fn build<T: Float>(&self, _: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        Err(Misfit::new("it is another layer of a network once more", "`GraphSpec::build`"))
    }
}

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "shared {{ with = {} }}", self.with)
    }
}
