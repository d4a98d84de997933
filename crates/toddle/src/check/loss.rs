//! Compares the gradient of a loss with central differences.

use alloc::string::ToString;

use super::difference::TOLERANCE;
use super::gradients::{Comparison, GradientRow, Gradients, Shift};
use crate::error::{BuildError, FitError};
use crate::{Loss, LossError, NetworkSpec, Shape};

/// Compares the gradient of a loss with central differences, in `f64`, on the engine that trains with it. The loss is one of
/// toddle's or a [`CustomLoss`](crate::custom::CustomLoss).
///
/// `y` are the outputs of one or more samples and `t` are their targets, one sample after the other. The gradient is compared
/// for the first sample alone, and for all samples as a batch. Outputs at which the loss has a kink have no derivative: choose
/// others. The largest relative error is 1e-7.
///
/// Cost: some steps for each output of a sample; for more than 24 outputs, along four random directions.
///
/// ```
/// use toddle::{Loss, Shape, check};
///
/// let (y, t) = ([0.5, -1.0, 0.25, 2.0], [0.0, 1.0, 1.0, 0.0]);
/// let report = check::loss(Loss::cross_entropy(), Shape::vector(2), &y, &t)?;
/// assert!(report.are_right(), "{report}");
/// # Ok::<(), toddle::FitError>(())
/// ```
///
/// # Errors
/// The loss cannot judge outputs of this shape, or `y` and `t` are not whole samples, or not as many.
pub fn loss(loss: impl Into<Loss>, output: Shape, y: &[f64], t: &[f64]) -> Result<Gradients, FitError> {
    let loss = loss.into();
    loss.check(output)?;
    let refused = |error: BuildError| LossError { loss: loss.to_string(), output, misfit: error.misfit };
    // The outputs of this network are its inputs plus a parameter that is 0, so the parameter's gradient is the loss's.
    let network = || NetworkSpec::new(output).add(Shift).build::<f64>(0).map_err(refused);
    network()?.samples(y, t)?;
    if y.is_empty() {
        return Err(FitError::Empty);
    }
    let (size, all) = (output.size(), y.len() / output.size());
    let mut report = Gradients::default();
    for samples in [1, all] {
        let [y, t] = [y, t].map(|numbers| numbers[..samples * size].to_vec());
        let rows = Comparison::new(network()?, &loss, y, t, samples).rows();
        report.rows.extend(rows.map(|(_, agreement)| GradientRow {
            layer: Some(loss.to_string()),
            of: "outputs".into(),
            samples,
            agreement,
            tolerance: TOLERANCE,
        }));
    }
    Ok(report)
}
