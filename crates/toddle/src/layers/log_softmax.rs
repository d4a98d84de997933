use alloc::boxed::Box;
use core::fmt;

use serde::{Deserialize, Serialize};
use toddle_kernels::Run;
use toddle_kernels::log_softmax::{block, row};

use super::{SoftmaxAxis, lanes, lanes_mut};
use crate::error::Misfit;
use crate::layer::{Backward, Family, Forward, Layer};
use crate::{Float, LayerSpec, Shape};

/// Log-softmax: the logarithms of the probabilities that [`Softmax`](crate::Softmax) gives.
///
/// `y[i] = x[i] − m − ln Σ j exp(x[j] − m)` with `m = max x`: 0 or less. The logarithm keeps its digits even if
/// the probability itself would be rounded to 0 or to 1.
///
/// Per sample: `x` n, `y` n. Along channels: `x` c×h×w, `y` c×h×w, and the sums are over the channels of each place.
///
/// Settings: `axis`, [`Elements`](SoftmaxAxis::Elements) by default.
///
/// Backward: `dx[i] = dy[i] − exp(y[i]) · Σ j dy[j]`. Cost: one exponential an element forward, and one backward.
///
/// Errors, from `build`: the input is an image, and `axis` is not [`Channels`](SoftmaxAxis::Channels).
///
/// ```
/// use toddle::{LogSoftmax, NetworkSpec, Shape};
///
/// let network = NetworkSpec::new(Shape::vector(2)).add(LogSoftmax::default()).build::<f64>(0)?;
/// assert_eq!(network.predict(&[0.0, 1000.0])?, [-1000.0, 0.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// See PyTorch's `LogSoftmax`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct LogSoftmax {
    /// The elements whose probabilities sum to 1.
    #[cfg_attr(feature = "schema", schemars(example = &"channels", extend("default" = "elements")))]
    #[serde(skip_serializing_if = "SoftmaxAxis::is_elements")]
    pub axis: SoftmaxAxis,
}

impl LogSoftmax {
    /// A log-softmax over the channels of each place of an image.
    pub fn channels() -> Self {
        LogSoftmax { axis: SoftmaxAxis::Channels }
    }

    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        Ok(Box::new(BuiltLogSoftmax { spec: *self, places: self.axis.places(input)?, shape: input }))
    }
}

impl fmt::Display for LogSoftmax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.axis {
            SoftmaxAxis::Elements => "log_softmax",
            SoftmaxAxis::Channels => "log_softmax { axis = channels }",
        })
    }
}

#[derive(Debug)]
struct BuiltLogSoftmax {
    spec: LogSoftmax,
    places: usize,
    shape: Shape,
}

impl<T: Float> Layer<T> for BuiltLogSoftmax {
    fn spec(&self) -> LayerSpec {
        self.spec.into()
    }

    fn output(&self) -> Shape {
        self.shape
    }

    fn forward(&self, Forward { isa, family, x, y, .. }: Forward<'_, T>) {
        let places = self.places;
        match family {
            Family::Row => row::Forward { places, x, y }.on(isa),
            Family::Block => block::Forward { places, x: lanes(x), y: lanes_mut(y) }.on(isa),
        }
    }

    fn backward(&self, Backward { isa, family, y, dy, dx, .. }: Backward<'_, T>) {
        let (places, Some(dx)) = (self.places, dx) else { return };
        match family {
            Family::Row => row::Backward { places, y, dy, dx }.on(isa),
            Family::Block => {
                block::Backward { places, y: lanes(y), dy: lanes(dy), dx: lanes_mut(dx) }.on(isa);
            }
        }
    }
}
