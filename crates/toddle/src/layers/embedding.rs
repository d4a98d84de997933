use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};
use toddle_kernels::Run;
use toddle_kernels::embedding::{block, row};

use super::{lanes, lanes_mut, sequence};
use crate::error::Misfit;
use crate::layer::{Backward, Family, Forward, Layer};
use crate::network::shape::MOST_NUMBERS;
use crate::{Float, LayerSpec, ParamDecl, Shape};

/// Embedding: each class number becomes a vector of learned features, its row in a table.
///
/// `y[f,t] = w[k,f]` for the class number `k = x[t]` of step `t`.
///
/// Per sample: `x` 1, `y` f; or `x` of `t` steps, `y` f×1×t, a sequence of `t` steps with `f` channels. The steps are a
/// vector or a sequence of one channel. `w` k×f.
///
/// Settings: `classes`, the number of rows, and `features`, both of which must be given. The weights begin as normal
/// random numbers with mean 0 and deviation 1, with every initialiser.
///
/// The inputs are whole numbers from 0 to `classes − 1`, stored as floats. `fit`, `predict` and `trace` refuse other
/// numbers in the inputs of the network. Elsewhere, the nearest class counts; NaN counts as class 0.
///
/// Backward: `dw[k,f] += Σ t dy[f,t]` over the steps of class `k`; `dx = 0`. Cost: one copy for each element of the
/// output forward, and one addition backward; a step of the optimizer moves the whole table.
///
/// Errors, from `build`: the input is not a vector or a sequence of one channel; a setting is 0; or the classes are more
/// than 2²⁴, the whole numbers that an `f32` holds.
///
/// ```
/// use toddle::{Embedding, GlobalAvgPool, NetworkSpec, Shape};
///
/// // Texts of four words out of a hundred.
/// let spec = NetworkSpec::new(Shape::vector(4)).add(Embedding::new(100, 8));
/// let network = spec.clone().build::<f32>(0)?;
/// assert_eq!(network.output(), Shape::image(8, 1, 4));
/// assert_eq!(network.layout().get("embedding1.weight").unwrap().shape, [100, 8]);
///
/// let error = network.predict(&[0.0, 1.0, 2.5, 3.0]).unwrap_err();
/// assert!(error.to_string().contains("a whole number from 0 to 99"));
/// assert_eq!(spec.add(GlobalAvgPool).build::<f32>(0)?.output(), Shape::vector(8));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// See Y. Bengio et al., *A Neural Probabilistic Language Model*, 2003; PyTorch's `Embedding`, whose output has the
/// features last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Embedding {
    /// The number of classes, such as the words of a vocabulary. Inputs are class numbers from 0 on.
    #[cfg_attr(feature = "schema", schemars(example = 1000, range(min = 1)))]
    pub classes: usize,
    /// The number of features of a class, which is the number of channels of the output.
    #[cfg_attr(feature = "schema", schemars(example = 32, range(min = 1)))]
    pub features: usize,
}

/// The most classes. An `f32` holds every whole number up to this one.
const MOST_CLASSES: usize = 1 << 24;

impl Embedding {
    /// A table of so many classes with so many features.
    pub fn new(classes: usize, features: usize) -> Self {
        Embedding { classes, features }
    }

    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        let Embedding { classes, features } = *self;
        let steps = match input {
            Shape::Vector(steps) => steps,
            Shape::Image { channels: 1, .. } => sequence::steps(input)?,
            Shape::Image { .. } => {
                return Err(Misfit::new("it takes class numbers, one for each step", "one channel"));
            }
        };
        if classes == 0 || features == 0 {
            return Err(Misfit::new("its table has no elements", "classes and features of 1 or more"));
        }
        if classes > MOST_CLASSES {
            let because = format!("an `f32` does not hold every class number below {classes}");
            return Err(Misfit::new(because, format!("classes = {MOST_CLASSES} or less")));
        }
        if classes.checked_mul(features).is_none_or(|n| n > MOST_NUMBERS) {
            return Err(Misfit::new("it would have more weights than toddle supports", "fewer features"));
        }
        let output = match input {
            Shape::Vector(1) => Shape::vector(features),
            _ => Shape::image(features, 1, steps),
        };
        output.check()?;
        Ok(Box::new(BuiltEmbedding { spec: *self, output }))
    }
}

impl fmt::Display for Embedding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "embedding {{ classes = {}, features = {} }}", self.classes, self.features)
    }
}

#[derive(Debug)]
struct BuiltEmbedding {
    spec: Embedding,
    output: Shape,
}

impl<T: Float> Layer<T> for BuiltEmbedding {
    fn spec(&self) -> LayerSpec {
        self.spec.into()
    }

    fn output(&self) -> Shape {
        self.output
    }

    fn params(&self) -> Vec<ParamDecl> {
        vec![ParamDecl::new("weight", &[self.spec.classes, self.spec.features]).normal(1.0)]
    }

    fn forward(&self, Forward { isa, family, params: w, x, y, .. }: Forward<'_, T>) {
        let features = self.spec.features;
        match family {
            Family::Row => row::Forward { features, x, w, y }.on(isa),
            Family::Block => block::Forward { features, x: lanes(x), w, y: lanes_mut(y) }.on(isa),
        }
    }

    fn backward(&self, io: Backward<'_, T>) {
        let Backward { isa, family, training, x, dy, dx, grads: dw, .. } = io;
        let (features, samples) = (self.spec.features, training.samples);
        if let Some(dx) = dx {
            dx.fill(T::ZERO);
        }
        match family {
            Family::Row => row::BackwardWeights { features, x, dy, dw }.on(isa),
            Family::Block => {
                block::BackwardWeights { features, samples, x: lanes(x), dy: lanes(dy), dw }.on(isa);
            }
        }
    }
}
