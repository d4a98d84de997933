//! The check of a loss and the network that it judges.

use thiserror::Error;

use super::{CrossEntropy, Loss};
use crate::error::{FitError, Misfit};
use crate::{Shape, setting};

/// A loss that does not fit the output of the network.
///
/// ```
/// use toddle::{CrossEntropy, Loss, Shape};
///
/// let loss = Loss::from(CrossEntropy { class_weights: vec![1.0, 3.0], ..CrossEntropy::default() });
/// assert_eq!(
///     loss.check(Shape::vector(10)).unwrap_err().to_string(),
///     "the loss cannot judge the network
///   it is     cross-entropy { class_weights = [1, 3] }
///   it gets   10  (numbers)
///   because   there are 2 class_weights for 10 classes
///   try       10 class_weights, or none"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Error)]
#[error(
    "the loss cannot judge the network
  it is     {loss}
  it gets   {output}  ({})
  because   {}
  try       {}",
    output.legend(), misfit.because, misfit.remedy
)]
pub struct LossError {
    /// The loss, as written in files.
    pub loss: String,
    /// The shape of the network's output.
    pub output: Shape,
    /// Why the loss does not fit, and what to try.
    pub misfit: Misfit,
}

impl Loss {
    /// Checks that this loss can judge outputs of shape `output`.
    ///
    /// # Errors
    /// A setting is out of its range. Or [`LossError`]: the loss is one over classes and the output is an image, or
    /// there are not as many class weights as classes.
    pub fn check(&self, output: Shape) -> Result<(), FitError> {
        match self {
            Loss::Huber { delta } => setting::positive("delta", *delta, "1")?,
            Loss::BinaryCrossEntropy { positive_weight } => {
                setting::positive("positive_weight", *positive_weight, "1")?;
            }
            Loss::CrossEntropy(CrossEntropy { label_smoothing, class_weights }) => {
                setting::share("label_smoothing", *label_smoothing, "0.1")?;
                for weight in class_weights {
                    setting::not_negative("class_weights", *weight, "1 for each class, or none")?;
                }
            }
            _ => {}
        }
        let misfit = match (self, output) {
            (Loss::CrossEntropy(_) | Loss::NegativeLogLikelihood | Loss::Hinge, Shape::Image { .. }) => {
                Misfit::new("it takes one number for each class, not an image", "`flatten` as the last layer")
            }
            (Loss::CrossEntropy(CrossEntropy { class_weights, .. }), Shape::Vector(classes))
                if !(class_weights.is_empty() || class_weights.len() == classes) =>
            {
                Misfit::new(
                    format!("there are {} class_weights for {classes} classes", class_weights.len()),
                    format!("{classes} class_weights, or none"),
                )
            }
            _ => return Ok(()),
        };
        Err(LossError { loss: self.to_string(), output, misfit }.into())
    }
}
