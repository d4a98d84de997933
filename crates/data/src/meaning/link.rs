//! How the outputs of a network become the numbers that were learned, as the loss of the training has it.

use serde::{Deserialize, Serialize};
use toddle::{Loss, NetworkSpec, Shape, Softmax};
use toddle_lanes::math;

use crate::error::DataError;

/// How an output of a network becomes the numbers that were learned.
///
/// Many losses take other outputs than the targets: binary cross-entropy takes logits, and its targets are probabilities. An answer
/// has to be in the unit of the targets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// The outputs are the numbers.
    #[default]
    Identity,
    /// The outputs are logits. A sigmoid makes each of them the probability of a yes.
    Sigmoid,
    /// The outputs are logarithms: of rates, or of the probabilities of classes.
    Exponential,
    /// The outputs are logits of classes. A softmax makes probabilities of them.
    Softmax,
}

impl Link {
    /// The link of a training with this loss.
    ///
    /// ```
    /// use toddle::Loss;
    /// use toddle_data::Link;
    /// assert_eq!(Link::of(&Loss::binary_cross_entropy()), Link::Sigmoid);
    /// assert_eq!(Link::of(&Loss::Poisson { log_input: true }), Link::Exponential);
    /// assert_eq!(Link::of(&Loss::MeanSquaredError), Link::Identity);
    /// ```
    pub fn of(loss: &Loss) -> Link {
        match loss {
            Loss::BinaryCrossEntropy { .. } | Loss::Focal { .. } | Loss::Dice { .. } => Link::Sigmoid,
            Loss::Poisson { log_input: true } | Loss::NegativeLogLikelihood | Loss::KlDivergence => {
                Link::Exponential
            }
            Loss::CrossEntropy(_) => Link::Softmax,
            _ => Link::Identity,
        }
    }

    /// Replaces the outputs of one sample, which have this shape, by the numbers that they mean.
    pub(crate) fn apply(self, outputs: &mut [f64], shape: Shape) -> Result<(), DataError> {
        match self {
            Link::Identity => {}
            Link::Sigmoid => outputs.iter_mut().for_each(|y| *y = math::sigmoid(*y)),
            Link::Exponential => outputs.iter_mut().for_each(|y| *y = math::exp(*y)),
            Link::Softmax => outputs.copy_from_slice(&softmax(outputs, shape)?),
        }
        Ok(())
    }

    /// What the outputs are, and what makes numbers of them.
    pub fn in_words(self) -> Option<&'static str> {
        match self {
            Link::Identity => None,
            Link::Sigmoid => Some("the network's outputs are logits: a sigmoid makes them probabilities"),
            Link::Exponential => {
                Some("the network's outputs are logarithms: the exponential function makes numbers of them")
            }
            Link::Softmax => Some("the network's outputs are logits: softmax makes them probabilities"),
        }
    }
}

/// Softmax over the channels of each sample of `shape`: toddle's own, which has the same bits on every machine.
pub(crate) fn softmax(logits: &[f64], shape: Shape) -> Result<Vec<f64>, DataError> {
    let softmax = NetworkSpec::new(shape).add(Softmax::channels());
    let softmax = softmax.build::<f64>(0).map_err(|fault| {
        DataError::refused(
            "the classes of the network",
            "as many classes as softmax takes",
            fault.to_string(),
            "another model",
        )
    })?;
    softmax.predict(logits).map_err(DataError::Ask)
}
