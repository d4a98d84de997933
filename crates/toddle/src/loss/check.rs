//! The check of a loss and the network that it judges.

use alloc::string::{String, ToString};

use thiserror::Error;

use super::{CrossEntropy, Loss, PositiveWeight};
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
    /// A setting is out of its range. Or [`LossError`]: there are not as many weights as classes or outputs, the loss is hinge
    /// and the output is an image, the loss is triplet and the outputs are not three equal parts, or a loss of the program's
    /// own refuses the output.
    pub fn check(&self, output: Shape) -> Result<(), FitError> {
        match self {
            Loss::Huber { delta } => setting::positive("delta", *delta, "1")?,
            Loss::SmoothL1 { beta } => setting::positive("beta", *beta, "1, or mean absolute error")?,
            Loss::Quantile { quantile } => setting::inner_share("quantile", *quantile, "0.5")?,
            Loss::Triplet { margin } | Loss::Hinge { margin } => setting::positive("margin", *margin, "1")?,
            Loss::BinaryCrossEntropy { positive_weight } => {
                for weight in positive_weight.as_slice() {
                    setting::positive("positive_weight", *weight, "1")?;
                }
            }
            Loss::Focal { gamma, alpha } => {
                setting::not_negative("gamma", *gamma, "2")?;
                if let Some(alpha) = alpha {
                    setting::inner_share("alpha", *alpha, "0.25, or none")?;
                }
            }
            Loss::Dice { smooth } => setting::positive("smooth", *smooth, "1")?,
            Loss::CrossEntropy(CrossEntropy { label_smoothing, class_weights }) => {
                setting::share("label_smoothing", *label_smoothing, "0.1")?;
                for weight in class_weights {
                    setting::not_negative("class_weights", *weight, "1 for each class, or none")?;
                }
            }
            _ => {}
        }
        let channels = output.channels();
        let misfit = match self {
            Loss::Hinge { .. } if matches!(output, Shape::Image { .. }) => {
                Misfit::new("it takes one number for each class, not an image", "`flatten` as the last layer")
            }
            Loss::Triplet { .. } if !output.size().is_multiple_of(3) => Misfit::new(
                "its outputs are an anchor and two others, one after the other and of the same size",
                "a number of outputs that is a multiple of 3",
            ),
            Loss::CrossEntropy(CrossEntropy { class_weights, .. })
                if !(class_weights.is_empty() || class_weights.len() == channels) =>
            {
                Misfit::new(
                    format!("there are {} class_weights for {channels} classes", class_weights.len()),
                    format!("{channels} class_weights, or none"),
                )
            }
            Loss::BinaryCrossEntropy { positive_weight: PositiveWeight::Each(weights) }
                if weights.len() != channels =>
            {
                let what = if matches!(output, Shape::Image { .. }) { "channels" } else { "outputs" };
                Misfit::new(
                    format!("there are {} positive weights for {channels} {what}", weights.len()),
                    format!("{channels} positive weights, or one number for all"),
                )
            }
            Loss::Custom(own) => match own.check(output) {
                Ok(()) => return Ok(()),
                Err(misfit) => misfit,
            },
            _ => return Ok(()),
        };
        Err(LossError { loss: self.to_string(), output, misfit }.into())
    }
}
