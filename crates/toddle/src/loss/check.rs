//! What a loss cannot be trained with.

use thiserror::Error;

use super::{CrossEntropy, Loss};
use crate::error::Misfit;
use crate::{Float, Shape};

/// A loss that cannot judge a network: what it is, what it gets, why that fails and what to try.
///
/// ```
/// use toddle::{Loss, Shape};
///
/// let error = Loss::Huber { delta: -1.0 }.check::<f32>(Shape::vector(10)).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the loss cannot be trained with
///   it is     Huber { delta = -1 }
///   it gets   10  (numbers)
///   because   delta is no positive f32 number
///   try       delta = 1"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Error)]
#[error(
    "the loss cannot be trained with
  it is     {loss}
  it gets   {output}  ({})
  because   {}
  try       {}",
    output.legend(), misfit.because, misfit.remedy
)]
pub struct LossError {
    /// The loss as written.
    pub loss: String,
    /// The shape of the network's output.
    pub output: Shape,
    /// Why that fails and what to try.
    pub misfit: Misfit,
}

impl Loss {
    /// Whether this loss can judge outputs of shape `output` in numbers of type `T`.
    ///
    /// # Errors
    /// A setting is out of its range or, with class weights, not of the output's size; or the loss is one over classes and
    /// the output an image.
    pub fn check<T: Float>(&self, output: Shape) -> Result<(), LossError> {
        let found = match self {
            Loss::MeanSquaredError | Loss::MeanAbsoluteError | Loss::KlDivergence => Ok(()),
            Loss::Huber { delta } => positive::<T>("delta", *delta),
            Loss::CrossEntropy(loss) => classes(output).and_then(|classes| loss.check::<T>(classes)),
            Loss::BinaryCrossEntropy { positive_weight } => {
                positive::<T>("positive_weight", *positive_weight)
            }
            Loss::NegativeLogLikelihood | Loss::Hinge => classes(output).map(|_| ()),
        };
        found.map_err(|misfit| LossError { loss: self.to_string(), output, misfit })
    }
}

impl CrossEntropy {
    fn check<T: Float>(&self, classes: usize) -> Result<(), Misfit> {
        let CrossEntropy { label_smoothing, class_weights } = self;
        if !(0.0 <= *label_smoothing && T::from_f64(*label_smoothing) < T::ONE) {
            return Err(Misfit::new(
                "label_smoothing is not 0 or more and less than 1",
                "label_smoothing = 0.1",
            ));
        }
        if !(class_weights.is_empty() || class_weights.len() == classes) {
            return Err(Misfit::new(
                format!("there are {} class_weights for {classes} classes", class_weights.len()),
                format!("{classes} class_weights, or none"),
            ));
        }
        match class_weights.iter().position(|&w| !(w >= 0.0 && T::from_f64(w).is_finite())) {
            None => Ok(()),
            Some(class) => Err(Misfit::new(
                format!("class_weights has {} for class {class}", class_weights[class]),
                "finite weights, 0 or more",
            )),
        }
    }
}

/// How many classes outputs of this shape stand for.
fn classes(output: Shape) -> Result<usize, Misfit> {
    match output {
        Shape::Vector(classes) => Ok(classes),
        Shape::Image { .. } => Err(Misfit::new(
            "it takes one number for each class, not an image",
            "`flatten` as the last layer",
        )),
    }
}

/// Whether a setting is more than 0 and finite, in `T` too.
fn positive<T: Float>(setting: &str, value: f64) -> Result<(), Misfit> {
    let rounded = T::from_f64(value);
    if T::ZERO < rounded && rounded.is_finite() {
        Ok(())
    } else {
        Err(Misfit::new(format!("{setting} is no positive {} number", T::NAME), format!("{setting} = 1")))
    }
}
