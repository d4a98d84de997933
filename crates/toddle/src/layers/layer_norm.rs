use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};
use toddle_kernels::group_norm::Geometry;

use super::{group_norm, write_changed};
use crate::error::Misfit;
use crate::layer::Layer;
use crate::{Float, Shape};

/// Layer normalisation: gives all elements of a sample together the mean 0 and the variance 1. Then it scales and shifts
/// each element by two learned weights.
///
/// `y[i] = γ[i]·(x[i] − μ)/√(σ² + ε) + β[i]`. `μ` and `σ²` are the mean and the (biased) variance of all elements of
/// the sample.
///
/// Per sample: `x` of any shape with two elements or more; `γ`, `β` and `y` as `x`.
///
/// Settings: `affine`, true by default: whether there are `γ` and `β`. `epsilon`, 10⁻⁵ by default.
///
/// Parameters, if affine: `weight` (`γ`, 1 at first) and `bias` (`β`, 0 at first).
///
/// Training and inference: the same. A sample does not depend on the other samples of its batch.
///
/// Backward, over the `N` elements of the sample, with `x̂ = (x − μ)/√(σ² + ε)`: `dγ[i] = dy[i]·x̂[i]`, `dβ[i] = dy[i]`,
/// `dx = 1/√(σ² + ε) · (γ·dy − Σ γ·dy/N − x̂·Σ γ·dy·x̂/N)`. Cost: three passes over the elements forward, four backward.
///
/// Errors, from `build`: the input is a single element, or a setting is out of its range.
///
/// ```
/// use toddle::{LayerNorm, NetworkSpec, Shape};
///
/// let network = NetworkSpec::new(Shape::vector(2)).add(LayerNorm::default()).build::<f64>(0)?;
/// let y = network.predict(&[300.0, 700.0])?;
/// assert!((y[0] + 1.0).abs() < 1e-9 && (y[1] - 1.0).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// See Ba, Kiros and Hinton, *Layer Normalization*, 2016; PyTorch's `LayerNorm` over the whole shape of a sample. With
/// [`GroupNorm::new(1)`](crate::GroupNorm), the pixels of a channel share their weights.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct LayerNorm {
    /// Whether each element is scaled and shifted by two learned weights.
    #[cfg_attr(feature = "schema", schemars(example = false))]
    pub affine: bool,
    /// A small number added to the variance, so that nothing is divided by 0.
    #[cfg_attr(feature = "schema", schemars(example = 1e-3, extend("exclusiveMinimum" = 0)))]
    pub epsilon: f64,
}

impl Default for LayerNorm {
    fn default() -> Self {
        LayerNorm { affine: true, epsilon: 1e-5 }
    }
}

impl LayerNorm {
    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        if input.size() == 1 {
            let because = "a sample is one element, and one element has no variance";
            return Err(Misfit::new(because, "no `layer_norm`"));
        }
        let g = Geometry { groups: 1, channels: input.size(), plane: 1, epsilon: self.epsilon };
        let weights = match input {
            _ if !self.affine => Vec::new(),
            Shape::Image { channels, height, width } => vec![channels, height, width],
            Shape::Vector(size) => vec![size],
        };
        group_norm::build((*self).into(), weights, g, input)
    }
}

impl fmt::Display for LayerNorm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let default = LayerNorm::default();
        let affine = (self.affine != default.affine).then(|| "affine = false".into());
        let epsilon = (self.epsilon != default.epsilon).then(|| format!("epsilon = {:e}", self.epsilon));
        write_changed(f, "layer_norm", [affine, epsilon])
    }
}
