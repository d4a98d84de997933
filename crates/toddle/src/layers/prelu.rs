use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};
use toddle_kernels::Run;
use toddle_kernels::prelu::{block, row};

use super::activation::finite;
use super::{lanes, lanes_mut};
use crate::error::Misfit;
use crate::layer::{Backward, Family, Forward, Layer};
use crate::{Float, LayerSpec, ParamDecl, Shape};

/// PReLU: a leaky ReLU whose factor for negative elements is learned.
///
/// `y = x` for `x > 0`, `w[c]·x` elsewhere: any number.
///
/// Keeps any shape. `w` has one element, or one for each channel of an image, or one for each element of a vector.
///
/// Settings: `per_channel`, off by default, which is one slope for all channels; `initial`, 0.25 by default, the
/// slopes at the start.
///
/// Backward: `dx = dy` for `x > 0`, `w[c]·dy` elsewhere; `dw[c] += Σ x·dy` over the elements of the channel that are
/// not above zero. Cost: one multiplication an element forward, two backward.
///
/// Errors, from `build`: `initial` is not finite.
///
/// ```
/// use toddle::{NetworkSpec, Prelu, Shape};
///
/// let prelu = Prelu { per_channel: true, ..Prelu::default() };
/// let network = NetworkSpec::new(Shape::image(3, 8, 8)).add(prelu).build::<f32>(0)?;
/// assert_eq!(network.layout().get("prelu1.slope").unwrap().shape, [3]);
/// # Ok::<(), toddle::BuildError>(())
/// ```
///
/// See K. He, X. Zhang, S. Ren, J. Sun, *Delving Deep into Rectifiers*, 2015.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Prelu {
    /// Whether each channel learns a factor of its own. Otherwise all channels share one factor.
    #[cfg_attr(feature = "schema", schemars(example = true))]
    pub per_channel: bool,
    /// The factor at the start of the training.
    #[cfg_attr(feature = "schema", schemars(example = 0.1))]
    pub initial: f64,
}

impl Default for Prelu {
    fn default() -> Self {
        Prelu { per_channel: false, initial: 0.25 }
    }
}

impl Prelu {
    /// The number of slopes.
    fn slopes(&self, input: Shape) -> usize {
        match input {
            _ if !self.per_channel => 1,
            Shape::Image { channels, .. } => channels,
            Shape::Vector(size) => size,
        }
    }

    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        finite::<T>("initial", self.initial, "initial = 0.25")?;
        Ok(Box::new(BuiltPrelu { spec: *self, shape: input }))
    }
}

impl fmt::Display for Prelu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "prelu {{ per_channel = {}, initial = {} }}", self.per_channel, self.initial)
    }
}

#[derive(Debug)]
struct BuiltPrelu {
    spec: Prelu,
    shape: Shape,
}

impl<T: Float> Layer<T> for BuiltPrelu {
    fn spec(&self) -> LayerSpec {
        self.spec.into()
    }

    fn output(&self) -> Shape {
        self.shape
    }

    fn params(&self) -> Vec<ParamDecl> {
        vec![ParamDecl::new("slope", &[self.spec.slopes(self.shape)]).constant(self.spec.initial)]
    }

    fn forward(&self, Forward { isa, family, params: w, x, y, .. }: Forward<'_, T>) {
        match family {
            Family::Row => row::Forward { x, w, y }.on(isa),
            Family::Block => block::Forward { x: lanes(x), w, y: lanes_mut(y) }.on(isa),
        }
    }

    fn backward(&self, io: Backward<'_, T>) {
        let Backward { isa, family, params: w, x, dy, dx, grads: dw, .. } = io;
        match family {
            Family::Row => {
                row::BackwardWeights { x, dy, dw }.on(isa);
                if let Some(dx) = dx {
                    row::BackwardInput { x, w, dy, dx }.on(isa);
                }
            }
            Family::Block => {
                block::BackwardWeights { x: lanes(x), dy: lanes(dy), dw }.on(isa);
                if let Some(dx) = dx {
                    block::BackwardInput { x: lanes(x), w, dy: lanes(dy), dx: lanes_mut(dx) }.on(isa);
                }
            }
        }
    }
}
