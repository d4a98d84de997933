use std::fmt;

use serde::{Deserialize, Serialize};
use toddle_lanes::Float;

use crate::error::Misfit;
use crate::layer::{Backward, Forward, Layer};
use crate::{LayerSpec, Shape};

/// Makes an image a row of numbers, so that dense layers can follow.
///
/// `y[(c·h + iy)·w + ix] = x[c,iy,ix]`: channel after channel, row after row.
///
/// Per sample: `x` c×h×w, `y` c·h·w. Backward: `dx = dy`, reshaped. Cost: nothing, where a plan
/// lets output and input share their memory. It has no settings and takes any input.
///
/// ```
/// use toddle::{Flatten, NetworkSpec, Shape};
///
/// let network = NetworkSpec::new(Shape::image(2, 5, 6)).add(Flatten).build::<f32>(0)?;
/// assert_eq!(network.output(), Shape::vector(60));
/// # Ok::<(), toddle::BuildError>(())
/// ```
///
/// See the post's `FlattenLayer`, whose channels come last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flatten;

impl Flatten {
    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        Ok(Box::new(Frozen { size: input.size() }))
    }
}

impl fmt::Display for Flatten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("flatten")
    }
}

#[derive(Debug)]
struct Frozen {
    size: usize,
}

impl<T: Float> Layer<T> for Frozen {
    fn spec(&self) -> LayerSpec {
        Flatten.into()
    }

    fn output(&self) -> Shape {
        Shape::vector(self.size)
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
