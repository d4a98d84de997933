//! Why a network answers as it does.
//!
//! | question | answer |
//! |---|---|
//! | which part of the picture matters | [`Why::occlusion`]: the score with each part covered |
//! | which inputs speak for and against | [`Why::gradient_times_input`], [`Why::integrated_gradients`] |
//! | which small change turns the answer | [`Why::nudge`] |
//! | what does a unit look for | [`excite`]: the picture that excites the unit most |
//! | which samples are alike to the network | [`Hidden`]: the last hidden layer, and [`nearest`] in it |
//! | how do the samples lie there | [`plane`](fn@plane): a map of two dimensions |
//!
//! Everything is computed from the network alone, without random choices that change from call to call.

mod excite;
mod gradients;
mod hidden;
mod nudge;
mod occlusion;
mod plane;
#[cfg(test)]
mod tests;

use toddle::{Float, LayerSpec, Network, Shape};

pub use self::excite::{Excite, Excited, excite};
pub(crate) use self::gradients::by_pixel;
pub use self::gradients::{Attribution, STEPS};
pub use self::hidden::{Hidden, Neighbour, nearest};
pub use self::nudge::{Nudge, Nudged};
pub use self::occlusion::{Covered, Occlusion};
pub use self::plane::{Plane, plane};
use crate::cut;
use crate::error::LookError;

/// A network that is asked about its scores.
///
/// A **score** is an output of the network before the softmax, the log softmax or the sigmoid at its end. The score of a
/// class does not depend on the scores of the other classes, as its probability does. A network without such an end has
/// its outputs as scores. A network of one output has one score: above 0 it speaks for the second class, and below 0 for
/// the first.
///
/// ```
/// use toddle::{Dense, NetworkSpec, Shape, Softmax};
/// use toddle_look::why::Why;
///
/// let spec = NetworkSpec::new(Shape::vector(2)).add(Dense::new(2)).add(Softmax::default());
/// let mut network = spec.build::<f64>(0)?;
/// network.weights_mut().copy_from_slice(&[1.0, -1.0, 3.0, 0.0, 0.0, 0.0]);
/// let why = Why::new(&network)?;
/// assert_eq!(why.scores(&[2.0, 1.0])?, [5.0, -2.0]);
/// assert_eq!(why.gradient_times_input(&[2.0, 1.0], 0)?.parts, [2.0, 3.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Why<T> {
    network: Network<T>,
}

impl<T: Float> Why<T> {
    /// Makes the part of `network` that computes its scores.
    ///
    /// # Errors
    /// The network has several inputs or several outputs, or its output is inside a residual block.
    pub fn new(network: &Network<T>) -> Result<Self, LookError> {
        let ([_], [output]) = (network.inputs(), network.outputs()) else {
            return Err(LookError::refused(
                "the network cannot be asked why",
                "one input and one output",
                format!("{} inputs and {} outputs", network.inputs().len(), network.outputs().len()),
                "a network with one of each",
            ));
        };
        // The first value is the input.
        let before_end = output.value.checked_sub(1).and_then(|n| {
            let node = &network.nodes()[n];
            let is_end = node.layer().is_some_and(|layer| is_end(&layer.spec()));
            Some(node.inputs()[0]).filter(|&value| is_end && value > 0)
        });
        let scores = network.value_name(before_end.unwrap_or(output.value));
        Ok(Why { network: cut(network, scores)? })
    }

    /// The part of the network that computes the scores.
    pub fn network(&self) -> &Network<T> {
        &self.network
    }

    /// The scores of one sample.
    ///
    /// # Errors
    /// `x` is not one sample.
    pub fn scores(&self, x: &[T]) -> Result<Vec<f64>, LookError> {
        self.check(x, 0)?;
        Ok(self.network.predict(x)?.into_iter().map(|y| y.to_f64()).collect())
    }

    /// Score `output` of each of the samples `x`.
    fn score_of_each(&self, x: &[T], output: usize) -> Result<Vec<f64>, LookError> {
        let size = self.network.output().size();
        Ok(self.network.predict(x)?.chunks_exact(size).map(|y| y[output].to_f64()).collect())
    }

    /// The gradient to the samples `x` that follows from the same gradient `dy` to the scores of each sample.
    fn gradient(&self, x: &[T], dy: &[T]) -> Result<Vec<T>, LookError> {
        let mut trace = self.network.trace(x)?;
        let dy = dy.repeat(trace.samples());
        Ok(trace.backward(&dy)?.input().to_vec())
    }

    /// The gradient to the scores whose only element that is not 0 is element `output`, which is 1.
    fn only(&self, output: usize) -> Vec<T> {
        (0..self.network.output().size()).map(|o| if o == output { T::ONE } else { T::ZERO }).collect()
    }

    /// Checks that `x` is one sample, and that there is a score `output`.
    fn check(&self, x: &[T], output: usize) -> Result<(), LookError> {
        let (input, scores) = (self.network.input(), self.network.output().size());
        if x.len() != input.size() {
            let (expected, got) = (format!("one sample of shape {input}"), format!("{} elements", x.len()));
            return Err(LookError::refused("this is not one sample", expected, got, "one sample"));
        }
        if output >= scores {
            let expected = format!("0 to {}: the network has {scores} scores", scores - 1);
            return Err(LookError::refused("there is no such score", expected, output, "another score"));
        }
        Ok(())
    }

    /// Channels, height and width of a sample.
    fn picture(&self) -> Result<[usize; 3], LookError> {
        match self.network.input() {
            Shape::Image { channels, height, width } => Ok([channels, height, width]),
            shape @ Shape::Vector(_) => Err(LookError::refused(
                "the samples are no pictures, of which a part can be covered",
                "a network whose input has channels, rows and columns",
                format!("an input of shape {shape}"),
                "gradient × input or integrated gradients, which rows of a table have too",
            )),
        }
    }
}

/// Whether a layer at the end turns scores into probabilities.
fn is_end(layer: &LayerSpec) -> bool {
    matches!(
        layer,
        LayerSpec::Softmax(_) | LayerSpec::LogSoftmax(_) | LayerSpec::Sigmoid | LayerSpec::HardSigmoid
    )
}

/// The numbers in the type of a network.
fn numbers<T: Float>(numbers: impl IntoIterator<Item = f64>) -> Vec<T> {
    numbers.into_iter().map(T::from_f64).collect()
}
