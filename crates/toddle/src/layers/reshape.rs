use alloc::boxed::Box;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::error::Misfit;
use crate::layer::{Backward, Forward, Layer};
use crate::{Float, LayerSpec, Shape};

/// Gives the elements of a sample another shape. For example, a vector becomes an image.
///
/// `y[i] = x[i]`, in the order of memory: channel after channel, row after row.
///
/// Per sample: `x` of any shape, `y` of shape `shape`, with the same number of elements.
///
/// Settings: `shape`, which must be given.
///
/// Backward: `dx = dy`, in the input's shape. Cost: a copy.
///
/// Errors, from `build`: the input has more or fewer elements than `shape`.
///
/// ```
/// use toddle::{Dense, NetworkSpec, Reshape, Shape};
///
/// let spec = NetworkSpec::new(Shape::vector(10)).add(Dense::new(4 * 7 * 7)).add(Reshape::new(Shape::image(4, 7, 7)));
/// assert_eq!(spec.build::<f32>(0)?.output(), Shape::image(4, 7, 7));
/// # Ok::<(), toddle::BuildError>(())
/// ```
///
/// See [`Flatten`](crate::Flatten), which makes a vector of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Reshape {
    /// The shape of the output: `[channels, height, width]`, or the length of a vector. It has as many elements as
    /// the input.
    #[cfg_attr(feature = "schema", schemars(example = Shape::image(4, 7, 7)))]
    pub shape: Shape,
}

impl Reshape {
    /// A layer with outputs of shape `shape`, which has as many elements as the input.
    pub fn new(shape: Shape) -> Self {
        Reshape { shape }
    }

    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        if self.shape.size() == input.size() {
            return Ok(Box::new(BuiltReshape { spec: *self }));
        }
        let few = if self.shape.size() < input.size() { "fewer" } else { "more" };
        Err(Misfit::new(
            format!("its shape has {few} elements than the {} that it gets", input.size()),
            format!("a shape of {} elements", input.size()),
        ))
    }
}

impl fmt::Display for Reshape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "reshape {{ shape = {} }}", self.shape)
    }
}

#[derive(Debug)]
struct BuiltReshape {
    spec: Reshape,
}

impl<T: Float> Layer<T> for BuiltReshape {
    fn spec(&self) -> LayerSpec {
        self.spec.into()
    }

    fn output(&self) -> Shape {
        self.spec.shape
    }

    fn is_view(&self) -> bool {
        true
    }

    fn forward(&self, Forward { x, y, .. }: Forward<'_, T>) {
        y.copy_from_slice(x);
    }

    fn backward(&self, Backward { dy, dx, .. }: Backward<'_, T>) {
        if let Some(dx) = dx {
            dx.copy_from_slice(dy);
        }
    }
}
