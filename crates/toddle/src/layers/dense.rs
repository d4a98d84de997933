use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};
use toddle_kernels::Run;
use toddle_kernels::dense::{block, row};

use super::window::{is_true, yes};
use super::{lanes, lanes_mut};
use crate::error::Misfit;
use crate::layer::{Backward, Descend, Family, Forward, Gradient, GradientRows, Layer, Needs};
use crate::network::shape::MOST_NUMBERS;
use crate::{Float, LayerSpec, ParamDecl, Shape};

/// Fully connected layer: every output is a weighted sum of all inputs.
///
/// `y[o] = b[o] + Σ i  x[i] · w[i,o]`
///
/// Per sample: `x` i, `w` i×o, `b` o, `y` o.
///
/// Settings: `outputs`, which must be given; `bias`, true by default. Without biases, `b` is 0 and there is no `db`.
///
/// Backward: `db += dy`, `dw[i,o] += x[i] · dy[o]`, `dx[i] = Σ o  dy[o] · w[i,o]`. Cost: `2·i·o` FLOP forward, twice
/// as much backward. With batches of one sample and plain SGD, the update of the weights is fused with the
/// computation of `dx`, and there is no gradient buffer.
///
/// Errors, from `build`: the input is an image (add [`Flatten`](crate::Flatten) before the layer), or `outputs` is 0.
///
/// ```
/// use toddle::{Dense, NetworkSpec, Shape};
///
/// let network = NetworkSpec::new(Shape::vector(784)).add(Dense::new(100)).build::<f32>(0)?;
/// assert_eq!(network.output(), Shape::vector(100));
/// assert_eq!(network.layout().len(), 784 * 100 + 100);
///
/// let without = NetworkSpec::new(Shape::vector(784)).add(Dense::new(100).bias(false)).build::<f32>(0)?;
/// assert_eq!(without.layout().len(), 784 * 100);
/// # Ok::<(), toddle::BuildError>(())
/// ```
///
/// See the post's `FCLayer`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Dense {
    /// The number of outputs. In the last layer: the number of classes, or of values to predict.
    #[cfg_attr(feature = "schema", schemars(example = 100, range(min = 1)))]
    pub outputs: usize,
    /// Whether each output adds a bias.
    #[cfg_attr(feature = "schema", schemars(example = false, extend("default" = true)))]
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub bias: bool,
}

impl Dense {
    /// A layer with this number of outputs.
    pub fn new(outputs: usize) -> Self {
        Dense { outputs, bias: true }
    }

    /// Sets whether a bias is added for each output.
    #[must_use]
    pub fn bias(self, bias: bool) -> Self {
        Dense { bias, ..self }
    }

    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        let Shape::Vector(inputs) = input else {
            return Err(Misfit::new("it takes a vector, not an image", "`flatten` before it"));
        };
        if self.outputs == 0 {
            return Err(Misfit::new("it has no outputs", "outputs = 1 or more"));
        }
        if inputs.checked_mul(self.outputs).is_none_or(|n| n > MOST_NUMBERS) {
            return Err(Misfit::new("it would have more weights than toddle supports", "fewer outputs"));
        }
        Ok(Box::new(BuiltDense { inputs, outputs: self.outputs, bias: self.bias }))
    }
}

impl fmt::Display for Dense {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bias = if self.bias { "" } else { ", bias = false" };
        write!(f, "dense {{ outputs = {}{bias} }}", self.outputs)
    }
}

#[derive(Debug)]
struct BuiltDense {
    inputs: usize,
    outputs: usize,
    bias: bool,
}

impl BuiltDense {
    fn weights(&self) -> usize {
        self.inputs * self.outputs
    }
}

impl<T: Float> Layer<T> for BuiltDense {
    fn spec(&self) -> LayerSpec {
        Dense { outputs: self.outputs, bias: self.bias }.into()
    }

    fn output(&self) -> Shape {
        Shape::vector(self.outputs)
    }

    fn params(&self) -> Vec<ParamDecl> {
        let (inputs, outputs) = (self.inputs, self.outputs);
        let bias = self.bias.then(|| ParamDecl::new("bias", &[outputs]).fans(inputs, outputs));
        [ParamDecl::new("weight", &[inputs, outputs])].into_iter().chain(bias).collect()
    }

    fn needs(&self, family: Family) -> Needs {
        match family {
            Family::Row => Needs { descends: true, ..Needs::default() },
            Family::Block => {
                Needs { gradient: Gradient::WholeBatch { row: self.outputs }, ..Needs::default() }
            }
        }
    }

    fn forward(&self, Forward { isa, family, params, x, y, .. }: Forward<'_, T>) {
        let (w, b) = params.split_at(self.weights());
        let b = self.bias.then_some(b);
        match family {
            Family::Row => row::Forward { x, w, b, y }.on(isa),
            Family::Block => block::Forward { x: lanes(x), w, b, y: lanes_mut(y) }.on(isa),
        }
    }

    fn backward(&self, io: Backward<'_, T>) {
        let Backward { isa, family, params, x, dy, dx, grads, .. } = io;
        let w = &params[..self.weights()];
        match family {
            Family::Row => {
                let (dw, db) = grads.split_at_mut(self.weights());
                row::BackwardWeights { x, dy, dw, db }.on(isa);
                if let Some(dx) = dx {
                    row::BackwardInput { w, dy, dx }.on(isa);
                }
            }
            Family::Block => {
                if let Some(dx) = dx {
                    block::BackwardInput { w, dy: lanes(dy), dx: lanes_mut(dx) }.on(isa);
                }
            }
        }
    }

    fn gradient_rows(&self, io: GradientRows<'_, T>) {
        let GradientRows { isa, first, grads, blocks, leaf, scratch } = io;
        let rows = first / self.outputs..(first + grads.len()) / self.outputs;
        let (inputs, outputs) = (self.inputs, self.outputs);
        block::BackwardWeights { inputs, outputs, blocks, leaf, rows, dw: grads, scratch }.on(isa);
    }

    fn descend(&self, Descend { isa, params, x, dy, dx, rate }: Descend<'_, T>) {
        let (w, b) = params.split_at_mut(self.weights());
        row::Descend { x, w, b, dy, dx, rate }.on(isa);
    }
}
