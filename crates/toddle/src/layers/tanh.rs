use std::fmt;

use serde::{Deserialize, Serialize};
use toddle_kernels::activation::flat;
use toddle_lanes::Float;

use crate::error::Misfit;
use crate::layer::{Backward, Forward, Layer};
use crate::{LayerSpec, Shape};

/// Hyperbolic tangent: squeezes every number into −1 to 1.
///
/// `y = tanh(x)`, at most 2 ulp from the true value, the same bits on every machine.
///
/// Any shape, which it keeps. It has no settings and takes any input. Backward: `dx = dy · (1 − y²)`. Cost: about fifteen
/// multiply-adds and a division a number forward, two operations back.
///
/// ```
/// use toddle::{NetworkSpec, Shape, Tanh};
///
/// let network = NetworkSpec::new(Shape::vector(3)).add(Tanh).build::<f64>(0)?;
/// assert_eq!(network.predict(&[-100.0, 0.0, 100.0])?, [-1.0, 0.0, 1.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// See the post's `tanh` and `tanh_prime`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tanh;

impl Tanh {
    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        Ok(Box::new(Frozen { shape: input }))
    }
}

impl fmt::Display for Tanh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tanh")
    }
}

#[derive(Debug)]
struct Frozen {
    shape: Shape,
}

impl<T: Float> Layer<T> for Frozen {
    fn spec(&self) -> LayerSpec {
        Tanh.into()
    }

    fn output(&self) -> Shape {
        self.shape
    }

    fn forward(&self, Forward { isa, x, y, .. }: Forward<'_, T>) {
        isa.run(flat::TanhForward { x, y });
    }

    fn backward(&self, Backward { isa, y, dy, dx, .. }: Backward<'_, T>) {
        if let Some(dx) = dx {
            isa.run(flat::TanhBackward { y, dy, dx });
        }
    }
}
