use std::fmt;

use serde::{Deserialize, Serialize};
use toddle_kernels::Run;
use toddle_kernels::softmax::{Jacobian, block, row};

use super::{lanes, lanes_mut};
use crate::error::Misfit;
use crate::layer::{Backward, Family, Forward, Layer};
use crate::{Float, LayerSpec, Shape};

/// Softmax: turns numbers into probabilities. All are positive, and their sum is 1.
///
/// `y[i] = exp(x[i] − m) / Σ j exp(x[j] − m)` with `m = max x`. Because of `m`, large inputs do not overflow.
///
/// Per sample: `x` n, `y` n.
///
/// Settings: `jacobian`, [`Full`](Jacobian::Full) by default.
///
/// Backward, full: `dx[i] = y[i] · (dy[i] − Σ j y[j]·dy[j])`. Diagonal: `dx[i] = (y[i] − y[i]²) · dy[i]`, the post's
/// shortcut. The shortcut leaves out how each probability depends on the other inputs; `docs/the-post.md` shows what
/// the shortcut costs. Cost: one exponential and one division an element.
///
/// Errors, from `build`: the input is an image.
///
/// ```
/// use toddle::{NetworkSpec, Shape, Softmax};
///
/// let network = NetworkSpec::new(Shape::vector(2)).add(Softmax::default()).build::<f64>(0)?;
/// assert_eq!(network.predict(&[1000.0, 1000.0])?, [0.5, 0.5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// See the post's `softmax` and `softmax_prime`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Softmax {
    /// Which derivatives the backward pass uses.
    #[cfg_attr(feature = "schema", schemars(example = &"diagonal"))]
    #[cfg_attr(feature = "schema", schemars(example = &"diagonal"))]
    #[serde(with = "Written")]
    pub jacobian: Jacobian,
}

/// A [`Jacobian`] as written in files.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Jacobian", rename_all = "snake_case")]
enum Written {
    /// All derivatives: the exact gradient.
    Full,
    /// Only the diagonal of the Jacobian: the shortcut of the post, which is not exact.
    Diagonal,
}

impl Softmax {
    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        match input {
            Shape::Vector(size) => Ok(Box::new(BuiltSoftmax { spec: *self, size })),
            Shape::Image { .. } => Err(Misfit::new("it takes a vector, not an image", "`flatten` before it")),
        }
    }
}

impl fmt::Display for Softmax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.jacobian {
            Jacobian::Full => f.write_str("softmax"),
            Jacobian::Diagonal => f.write_str("softmax { jacobian = diagonal }"),
        }
    }
}

#[derive(Debug)]
struct BuiltSoftmax {
    spec: Softmax,
    size: usize,
}

impl<T: Float> Layer<T> for BuiltSoftmax {
    fn spec(&self) -> LayerSpec {
        self.spec.into()
    }

    fn output(&self) -> Shape {
        Shape::vector(self.size)
    }

    fn forward(&self, Forward { isa, family, x, y, .. }: Forward<'_, T>) {
        match family {
            Family::Row => row::Forward { x, y }.on(isa),
            Family::Block => block::Forward { x: lanes(x), y: lanes_mut(y) }.on(isa),
        }
    }

    fn backward(&self, Backward { isa, family, y, dy, dx, .. }: Backward<'_, T>) {
        let Some(dx) = dx else { return };
        let jacobian = self.spec.jacobian;
        match family {
            Family::Row => row::Backward { jacobian, y, dy, dx }.on(isa),
            Family::Block => {
                block::Backward { jacobian, y: lanes(y), dy: lanes(dy), dx: lanes_mut(dx) }.on(isa);
            }
        }
    }
}
