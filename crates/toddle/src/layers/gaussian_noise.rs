use alloc::boxed::Box;
use core::fmt;

use serde::{Deserialize, Serialize};
use toddle_kernels::Run;
use toddle_kernels::noise::{block, row};

use super::{lanes, lanes_mut};
use crate::error::Misfit;
use crate::layer::{Backward, Family, Forward, Layer, Phase};
use crate::{Float, LayerSpec, Shape};

/// Gaussian noise: adds normal random numbers to the elements during training.
///
/// In training, `y = x + σ·n`, where each `n` is a normal random number with mean 0 and standard deviation 1. In
/// inference, `y = x`.
///
/// Keeps any shape.
///
/// Settings: `deviation`, which must be given: `σ`, 0 or more.
///
/// The numbers depend only on the seed of the training, the layer, the step, the place of the sample in its batch and
/// the place of the element in the sample, as the masks of [`Dropout`](crate::Dropout) do. Backward: `dx = dy`. Cost:
/// ten rounds of Philox for two elements, and a logarithm, a square root and eleven multiply-adds for each element.
///
/// Errors, from `build`: `deviation` is negative or not finite.
///
/// ```
/// use toddle::{GaussianNoise, NetworkSpec, Shape};
///
/// let network = NetworkSpec::new(Shape::vector(3)).add(GaussianNoise::new(0.1)).build::<f64>(0)?;
/// assert_eq!(network.predict(&[1.0, 2.0, 3.0])?, [1.0, 2.0, 3.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// See C. M. Bishop, *Training with Noise is Equivalent to Tikhonov Regularization*, 1995; Keras' `GaussianNoise`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GaussianNoise {
    /// The standard deviation of the numbers that are added.
    #[cfg_attr(feature = "schema", schemars(example = 0.1, range(min = 0)))]
    pub deviation: f64,
}

impl GaussianNoise {
    /// Noise with this standard deviation.
    pub fn new(deviation: f64) -> Self {
        GaussianNoise { deviation }
    }

    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        if self.deviation >= 0.0 && T::from_f64(self.deviation).is_finite() {
            return Ok(Box::new(BuiltNoise { deviation: self.deviation, shape: input }));
        }
        let because = format!("deviation = {} is not a finite number, 0 or more", self.deviation);
        Err(Misfit::new(because, "deviation = 0.1"))
    }
}

impl fmt::Display for GaussianNoise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "gaussian_noise {{ deviation = {} }}", self.deviation)
    }
}

#[derive(Debug)]
struct BuiltNoise {
    deviation: f64,
    shape: Shape,
}

impl<T: Float> Layer<T> for BuiltNoise {
    fn spec(&self) -> LayerSpec {
        GaussianNoise { deviation: self.deviation }.into()
    }

    fn output(&self) -> Shape {
        self.shape
    }

    fn is_view_in_inference(&self) -> bool {
        true
    }

    fn forward(&self, Forward { isa, family, phase, x, y, .. }: Forward<'_, T>) {
        let Phase::Train(training) = phase else { return y.copy_from_slice(x) };
        let (draw, deviation) = (training.draw, self.deviation);
        match family {
            Family::Row => row::Forward { draw, deviation, x, y }.on(isa),
            Family::Block => block::Forward { draw, deviation, x: lanes(x), y: lanes_mut(y) }.on(isa),
        }
    }

    fn backward(&self, Backward { dy, dx, .. }: Backward<'_, T>) {
        if let Some(dx) = dx {
            dx.copy_from_slice(dy);
        }
    }
}
