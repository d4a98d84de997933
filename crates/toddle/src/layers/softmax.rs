use alloc::boxed::Box;
use core::fmt;

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
/// Per sample: `x` n, `y` n. Along channels: `x` c×h×w, `y` c×h×w, and the sums are over the channels of each place.
///
/// Settings: `jacobian`, [`Full`](Jacobian::Full) by default; `axis`, [`Elements`](SoftmaxAxis::Elements) by default.
///
/// Backward, full: `dx[i] = y[i] · (dy[i] − Σ j y[j]·dy[j])`. Diagonal: `dx[i] = (y[i] − y[i]²) · dy[i]`, the post's
/// shortcut. The shortcut leaves out how each probability depends on the other inputs; `docs/the-post.md` shows what
/// the shortcut costs. Cost: one exponential and one division an element.
///
/// Errors, from `build`: the input is an image, and `axis` is not [`Channels`](SoftmaxAxis::Channels).
///
/// ```
/// use toddle::{NetworkSpec, Shape, Softmax};
///
/// let network = NetworkSpec::new(Shape::vector(2)).add(Softmax::default()).build::<f64>(0)?;
/// assert_eq!(network.predict(&[1000.0, 1000.0])?, [0.5, 0.5]);
///
/// // Two classes for each of three places.
/// let pixels = NetworkSpec::new(Shape::image(2, 1, 3)).add(Softmax::channels()).build::<f64>(0)?;
/// assert_eq!(pixels.predict(&[0.0, 1.0, 900.0, 0.0, 1.0, 0.0])?, [0.5, 0.5, 1.0, 0.5, 0.5, 0.0]);
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
    /// The elements whose probabilities sum to 1.
    #[cfg_attr(feature = "schema", schemars(example = &"channels", extend("default" = "elements")))]
    #[serde(skip_serializing_if = "SoftmaxAxis::is_elements")]
    pub axis: SoftmaxAxis,
}

/// The elements over which a softmax sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SoftmaxAxis {
    /// All elements of a vector.
    #[default]
    Elements,
    /// The channels of an image, at each place by itself. A vector has one place.
    Channels,
}

impl SoftmaxAxis {
    pub(super) fn is_elements(&self) -> bool {
        *self == SoftmaxAxis::Elements
    }

    /// The number of places of `input`, each with a softmax of its own.
    pub(super) fn places(self, input: Shape) -> Result<usize, Misfit> {
        match (self, input) {
            (_, Shape::Vector(_)) => Ok(1),
            (SoftmaxAxis::Channels, Shape::Image { height, width, .. }) => Ok(height * width),
            (SoftmaxAxis::Elements, Shape::Image { .. }) => Err(Misfit::new(
                "it takes a vector, not an image",
                "`flatten` before it, or axis = \"channels\" for a softmax at each place",
            )),
        }
    }
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
    /// A softmax over the channels of each place of an image.
    pub fn channels() -> Self {
        Softmax { axis: SoftmaxAxis::Channels, ..Softmax::default() }
    }

    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        Ok(Box::new(BuiltSoftmax { spec: *self, places: self.axis.places(input)?, shape: input }))
    }
}

impl fmt::Display for Softmax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.jacobian, self.axis) {
            (Jacobian::Full, SoftmaxAxis::Elements) => "softmax",
            (Jacobian::Diagonal, SoftmaxAxis::Elements) => "softmax { jacobian = diagonal }",
            (Jacobian::Full, SoftmaxAxis::Channels) => "softmax { axis = channels }",
            (Jacobian::Diagonal, SoftmaxAxis::Channels) => "softmax { jacobian = diagonal, axis = channels }",
        })
    }
}

#[derive(Debug)]
struct BuiltSoftmax {
    spec: Softmax,
    places: usize,
    shape: Shape,
}

impl<T: Float> Layer<T> for BuiltSoftmax {
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
        let Some(dx) = dx else { return };
        let (places, jacobian) = (self.places, self.spec.jacobian);
        match family {
            Family::Row => row::Backward { places, jacobian, y, dy, dx }.on(isa),
            Family::Block => {
                let (y, dy, dx) = (lanes(y), lanes(dy), lanes_mut(dx));
                block::Backward { places, jacobian, y, dy, dx }.on(isa);
            }
        }
    }
}
