use alloc::boxed::Box;
use core::fmt;

use serde::{Deserialize, Serialize};
use toddle_kernels::Run;
use toddle_kernels::dropout::{block, row};

use super::{lanes, lanes_mut};
use crate::error::Misfit;
use crate::layer::{Backward, Draw, Family, Forward, Layer, Phase};
use crate::{Float, LayerSpec, Shape};

/// Dropout: sets elements to zero at random during training, so that the network does not depend on a single element.
///
/// In training, `y = 0` with probability `rate`, otherwise `y = x / (1 − rate)`, so that the mean stays the same. In
/// inference, `y = x`.
///
/// Keeps any shape.
///
/// Settings: `rate`, 0.5 by default, at least 0 and less than 1.
///
/// Which elements are dropped depends only on the seed of the training, the layer, the step, the place of the sample
/// in its batch and the place of the element in the sample. So a training gives the same bits with any number of
/// threads, and when it is resumed. Backward draws the same mask again: `dx = 0` where `y` was dropped, otherwise
/// `dx = dy / (1 − rate)`. Cost: ten rounds of Philox for four elements, forward and backward.
///
/// Errors, from `build`: the rate is not in its range.
///
/// ```
/// use toddle::{Dropout, NetworkSpec, Shape};
///
/// let network = NetworkSpec::new(Shape::vector(3)).add(Dropout::new(0.5)).build::<f64>(0)?;
/// assert_eq!(network.predict(&[1.0, 2.0, 3.0])?, [1.0, 2.0, 3.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// See Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, *Dropout: A Simple Way to Prevent Neural Networks from
/// Overfitting*, 2014.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Dropout {
    /// The probability that an element is set to zero.
    #[cfg_attr(feature = "schema", schemars(example = 0.25, range(min = 0), extend("exclusiveMaximum" = 1)))]
    pub rate: f64,
}

impl Default for Dropout {
    fn default() -> Self {
        Dropout { rate: 0.5 }
    }
}

impl Dropout {
    /// Dropout with this probability.
    pub fn new(rate: f64) -> Self {
        Dropout { rate }
    }

    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        check_rate(self.rate)?;
        Ok(Box::new(BuiltDropout { spec: (*self).into(), rate: self.rate, together: 1, shape: input }))
    }
}

impl fmt::Display for Dropout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "dropout {{ rate = {} }}", self.rate)
    }
}

/// Checks the probability that something is dropped.
pub(super) fn check_rate(rate: f64) -> Result<(), Misfit> {
    if (0.0..1.0).contains(&rate) {
        return Ok(());
    }
    Err(Misfit::new("its rate is not a number from 0 to less than 1", "rate = 0.5"))
}

/// Dropout of elements or of channels.
#[derive(Debug)]
pub(super) struct BuiltDropout {
    pub spec: LayerSpec,
    pub rate: f64,
    /// The number of neighbouring elements that are dropped together.
    pub together: usize,
    pub shape: Shape,
}

impl BuiltDropout {
    fn apply<T: Float>(&self, isa: toddle_lanes::Isa, family: Family, draw: Draw, x: &[T], y: &mut [T]) {
        let BuiltDropout { rate, together, .. } = *self;
        match family {
            Family::Row => row::Apply { draw, rate, together, x, y }.on(isa),
            Family::Block => block::Apply { draw, rate, together, x: lanes(x), y: lanes_mut(y) }.on(isa),
        }
    }
}

impl<T: Float> Layer<T> for BuiltDropout {
    fn spec(&self) -> LayerSpec {
        self.spec.clone()
    }

    fn output(&self) -> Shape {
        self.shape
    }

    fn is_view_in_inference(&self) -> bool {
        true
    }

    fn forward(&self, Forward { isa, family, phase, x, y, .. }: Forward<'_, T>) {
        match phase {
            Phase::Train(training) => self.apply(isa, family, training.draw, x, y),
            Phase::Infer => y.copy_from_slice(x),
        }
    }

    fn backward(&self, Backward { isa, family, training, dy, dx, .. }: Backward<'_, T>) {
        if let Some(dx) = dx {
            self.apply(isa, family, training.draw, dy, dx);
        }
    }
}
