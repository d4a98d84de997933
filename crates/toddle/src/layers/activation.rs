use alloc::boxed::Box;
use core::fmt;

use serde::{Deserialize, Serialize};
use toddle_kernels::Run;
use toddle_kernels::activation::{Activation, flat};

use crate::error::Misfit;
use crate::layer::{Backward, Forward, Layer};
use crate::{Float, LayerSpec, Shape};

/// Clipped ReLU: a [`Relu`](crate::Relu) with a largest value. With 6, it is ReLU6.
///
/// `y = min(max(x, 0), m)`: 0 to `m`.
///
/// Keeps any shape. Settings: `max`, 6 by default: `m`.
///
/// Backward: `dx = dy` for `0 < x < m`, 0 elsewhere. Cost: two operations an element forward, four backward.
///
/// Errors, from `build`: `max` is not a finite number above 0.
///
/// ```
/// use toddle::{ClippedRelu, NetworkSpec, Shape};
///
/// let network = NetworkSpec::new(Shape::vector(3)).add(ClippedRelu::default()).build::<f64>(0)?;
/// assert_eq!(network.predict(&[-1.0, 2.0, 7.0])?, [0.0, 2.0, 6.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// See A. Krizhevsky, *Convolutional Deep Belief Networks on CIFAR-10*, 2010; PyTorch's `ReLU6`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ClippedRelu {
    /// The largest value of the output.
    #[cfg_attr(feature = "schema", schemars(example = 1.0, extend("exclusiveMinimum" = 0)))]
    pub max: f64,
}

impl Default for ClippedRelu {
    fn default() -> Self {
        ClippedRelu { max: 6.0 }
    }
}

impl ClippedRelu {
    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        positive::<T>("max", self.max, "max = 6")?;
        build((*self).into(), Activation::ClippedRelu { most: self.max }, input)
    }
}

impl fmt::Display for ClippedRelu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "clipped_relu {{ max = {} }}", self.max)
    }
}

/// ELU: leaves positive elements as they are. Negative elements follow an exponential curve that approaches −`alpha`.
///
/// `y = x` for `x > 0`, `α·(eˣ − 1)` elsewhere: above `−α`, without an upper bound.
///
/// Keeps any shape. Settings: `alpha`, 1 by default.
///
/// Backward: `dx = dy` for `x > 0`, `α·eˣ·dy` elsewhere. Cost: one exponential an element forward, and one backward.
///
/// Errors, from `build`: `alpha` is not finite.
///
/// ```
/// use toddle::{Elu, NetworkSpec, Shape};
///
/// let network = NetworkSpec::new(Shape::vector(3)).add(Elu { alpha: 2.0 }).build::<f64>(0)?;
/// assert_eq!(network.predict(&[-100.0, 0.0, 3.0])?, [-2.0, 0.0, 3.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// See D.-A. Clevert, T. Unterthiner, S. Hochreiter, *Fast and Accurate Deep Network Learning by Exponential Linear Units*,
/// 2015.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Elu {
    /// The limit of the output for very negative elements is minus this number.
    #[cfg_attr(feature = "schema", schemars(example = 0.5))]
    pub alpha: f64,
}

impl Default for Elu {
    fn default() -> Self {
        Elu { alpha: 1.0 }
    }
}

impl Elu {
    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        finite::<T>("alpha", self.alpha, "alpha = 1")?;
        build((*self).into(), Activation::Elu { alpha: self.alpha }, input)
    }
}

impl fmt::Display for Elu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "elu {{ alpha = {} }}", self.alpha)
    }
}

/// GELU: each element times the probability that a normal random number is below it.
///
/// `y = x·Φ(x)` with `Φ(x) = (1 + erf(x/√2))/2`: above −0.17, without an upper bound. The approximation is
/// `y = x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))/2`.
///
/// Keeps any shape. Settings: `approximate`, off by default.
///
/// Backward: `dx = (Φ(x) + x·e^(−x²/2)/√(2π))·dy`, or the derivative of the approximation times `dy`. Cost: forward
/// one error function an element, backward one error function and one exponential. The approximation takes one
/// hyperbolic tangent forward, and one backward.
///
/// ```
/// use toddle::{Gelu, NetworkSpec, Shape};
///
/// let network = NetworkSpec::new(Shape::vector(3)).add(Gelu::default()).build::<f64>(0)?;
/// assert_eq!(network.predict(&[-100.0, 0.0, 100.0])?, [0.0, 0.0, 100.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// See D. Hendrycks, K. Gimpel, *Gaussian Error Linear Units (GELUs)*, 2016.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Gelu {
    /// Whether to compute the approximation with the hyperbolic tangent, which is faster.
    #[cfg_attr(feature = "schema", schemars(example = true))]
    pub approximate: bool,
}

impl Gelu {
    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        let activation = if self.approximate { Activation::GeluTanh } else { Activation::Gelu };
        build((*self).into(), activation, input)
    }
}

impl fmt::Display for Gelu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.approximate { "gelu { approximate = true }" } else { "gelu" })
    }
}

/// Leaky ReLU: leaves positive elements as they are, and multiplies negative elements by a small factor.
///
/// `y = x` for `x > 0`, `slope·x` elsewhere: any number.
///
/// Keeps any shape. Settings: `slope`, 0.01 by default.
///
/// Backward: `dx = dy` for `x > 0`, `slope·dy` elsewhere. Cost: one multiplication an element forward, and one
/// backward.
///
/// Errors, from `build`: `slope` is not finite.
///
/// ```
/// use toddle::{LeakyRelu, NetworkSpec, Shape};
///
/// let network = NetworkSpec::new(Shape::vector(2)).add(LeakyRelu { slope: 0.25 }).build::<f64>(0)?;
/// assert_eq!(network.predict(&[-4.0, 4.0])?, [-1.0, 4.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// See A. L. Maas, A. Y. Hannun, A. Y. Ng, *Rectifier Nonlinearities Improve Neural Network Acoustic Models*, 2013.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct LeakyRelu {
    /// The factor for negative elements.
    #[cfg_attr(feature = "schema", schemars(example = 0.1))]
    pub slope: f64,
}

impl Default for LeakyRelu {
    fn default() -> Self {
        LeakyRelu { slope: 0.01 }
    }
}

impl LeakyRelu {
    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        finite::<T>("slope", self.slope, "slope = 0.01")?;
        build((*self).into(), Activation::LeakyRelu { slope: self.slope }, input)
    }
}

impl fmt::Display for LeakyRelu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "leaky_relu {{ slope = {} }}", self.slope)
    }
}

/// Softplus: a smooth form of [`Relu`](crate::Relu).
///
/// `y = ln(1 + e^βx)/β`: above 0. No input overflows.
///
/// Keeps any shape. Settings: `beta`, 1 by default: with a larger number, the function is closer to a ReLU.
///
/// Backward: `dx = dy/(1 + e^−βx)`. Cost: forward an exponential, a logarithm and a division an element, backward an
/// exponential and a division.
///
/// Errors, from `build`: `beta` is not a finite number above 0.
///
/// ```
/// use toddle::{NetworkSpec, Shape, Softplus};
///
/// let network = NetworkSpec::new(Shape::vector(2)).add(Softplus::default()).build::<f64>(0)?;
/// assert_eq!(network.predict(&[0.0, 1000.0])?, [std::f64::consts::LN_2, 1000.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// See C. Dugas, Y. Bengio, F. Bélisle, C. Nadeau, R. Garcia, *Incorporating Second-Order Functional Knowledge for Better
/// Option Pricing*, 2000.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Softplus {
    /// How fast the function becomes a straight line on both sides of 0.
    #[cfg_attr(feature = "schema", schemars(example = 2.0, extend("exclusiveMinimum" = 0)))]
    pub beta: f64,
}

impl Default for Softplus {
    fn default() -> Self {
        Softplus { beta: 1.0 }
    }
}

impl Softplus {
    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        positive::<T>("beta", self.beta, "beta = 1")?;
        build((*self).into(), Activation::Softplus { beta: self.beta }, input)
    }
}

impl fmt::Display for Softplus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Softplus::default() {
            return f.write_str("softplus");
        }
        write!(f, "softplus {{ beta = {} }}", self.beta)
    }
}

/// Checks that a setting is finite and above zero as a `T`.
fn positive<T: Float>(setting: &str, value: f64, remedy: &str) -> Result<(), Misfit> {
    finite::<T>(setting, value, remedy)?;
    if T::from_f64(value) > T::ZERO {
        return Ok(());
    }
    Err(Misfit::new(format!("{setting} = {value} is not above 0"), remedy))
}

/// Checks that a setting is finite as a `T`.
pub(super) fn finite<T: Float>(setting: &str, value: f64, remedy: &str) -> Result<(), Misfit> {
    if T::from_f64(value).is_finite() {
        Ok(())
    } else {
        Err(Misfit::new(format!("{setting} = {value} is not a finite {}", T::NAME), remedy))
    }
}

/// The layer `spec`, which applies `activation` to each element.
pub(crate) fn build<T: Float>(
    spec: LayerSpec,
    activation: Activation,
    shape: Shape,
) -> Result<Box<dyn Layer<T>>, Misfit> {
    Ok(Box::new(BuiltActivation { spec, activation, shape }))
}

#[derive(Debug)]
struct BuiltActivation {
    spec: LayerSpec,
    activation: Activation,
    shape: Shape,
}

impl<T: Float> Layer<T> for BuiltActivation {
    fn spec(&self) -> LayerSpec {
        self.spec.clone()
    }

    fn output(&self) -> Shape {
        self.shape
    }

    fn forward(&self, Forward { isa, x, y, .. }: Forward<'_, T>) {
        flat::Forward { activation: self.activation, x, y }.on(isa);
    }

    fn backward(&self, Backward { isa, x, y, dy, dx, .. }: Backward<'_, T>) {
        if let Some(dx) = dx {
            flat::Backward { activation: self.activation, x, y, dy, dx }.on(isa);
        }
    }
}
