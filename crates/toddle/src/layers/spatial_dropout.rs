use alloc::boxed::Box;
use core::fmt;

use serde::{Deserialize, Serialize};

use super::dropout::{BuiltDropout, check_rate};
use crate::error::Misfit;
use crate::layer::Layer;
use crate::{Float, Shape};

/// Spatial dropout: sets whole channels of an image to zero at random during training.
///
/// In training, all elements of a channel are `y = 0` with probability `rate`, otherwise `y = x / (1 − rate)`. In
/// inference, `y = x`. Neighbouring elements of a channel are similar. So if only some of them were dropped, as
/// [`Dropout`](crate::Dropout) does, the others would still tell the next layer about them.
///
/// Takes an image, and keeps its shape.
///
/// Settings: `rate`, 0.5 by default, at least 0 and less than 1.
///
/// Which channels are dropped depends on the same things as in [`Dropout`](crate::Dropout), with the channel in place
/// of the element. Backward: `dx = 0` where `y` was dropped, otherwise `dx = dy / (1 − rate)`. Cost: one multiplication
/// an element, and ten rounds of Philox for four channels, forward and backward.
///
/// Errors, from `build`: the input is not an image, or the rate is not in its range.
///
/// ```
/// use toddle::{NetworkSpec, Shape, SpatialDropout};
///
/// let network = NetworkSpec::new(Shape::image(2, 1, 2)).add(SpatialDropout::new(0.5)).build::<f64>(0)?;
/// assert_eq!(network.predict(&[1.0, 2.0, 3.0, 4.0])?, [1.0, 2.0, 3.0, 4.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// See J. Tompson et al., *Efficient Object Localization Using Convolutional Networks*, 2014; PyTorch's `Dropout2d`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct SpatialDropout {
    /// The probability that a channel is set to zero.
    #[cfg_attr(feature = "schema", schemars(example = 0.25, range(min = 0), extend("exclusiveMaximum" = 1)))]
    pub rate: f64,
}

impl Default for SpatialDropout {
    fn default() -> Self {
        SpatialDropout { rate: 0.5 }
    }
}

impl SpatialDropout {
    /// Spatial dropout with this probability.
    pub fn new(rate: f64) -> Self {
        SpatialDropout { rate }
    }

    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        let Shape::Image { height, width, .. } = input else {
            return Err(Misfit::new("it drops the channels of an image", "`dropout`, which drops elements"));
        };
        check_rate(self.rate)?;
        let together = height * width;
        Ok(Box::new(BuiltDropout { spec: (*self).into(), rate: self.rate, together, shape: input }))
    }
}

impl fmt::Display for SpatialDropout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "spatial_dropout {{ rate = {} }}", self.rate)
    }
}
