//! The evaluation of a network on samples.

use alloc::vec::Vec;
use core::ops::Range;

use serde::{Deserialize, Serialize};

use super::samples::Samples;
use crate::engine::{Engine, Machine, Mode};
use crate::error::FitError;
use crate::loss::Answer;
use crate::network::judge_sample;
use crate::{Float, Loss, Network, Ranks};

/// The result of a network on samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The mean loss.
    #[serde(with = "crate::checkpoint::exact")]
    pub loss: f64,
    /// The part of the samples with a right answer. A vector of outputs is right if its largest element is at the
    /// same place as the largest element of the target. A single output under binary cross-entropy, focal or Dice loss
    /// is right if the logit is above 0 and the target is above ½, or if neither is. None for other single outputs, for
    /// images, and under cosine and triplet loss: these answers are neither right nor wrong. Of several outputs of a
    /// network, it is that of the first.
    #[serde(with = "crate::checkpoint::exact")]
    pub accuracy: Option<f64>,
}

/// The largest number of samples that are evaluated together. More samples are not faster.
pub(super) const EVALUATED: usize = 256;

impl<T: Float> Network<T> {
    /// The loss and the accuracy of the network on `samples`.
    ///
    /// ```
    /// use toddle::{Dense, Loss, NetworkSpec, Shape};
    ///
    /// let mut network = NetworkSpec::new(Shape::vector(1)).add(Dense::new(1)).build::<f64>(0)?;
    /// network.weights_mut().copy_from_slice(&[2.0, 0.0]);
    /// let samples = network.samples(&[1.0, 2.0], &[2.0, 5.0])?;
    /// assert_eq!(network.evaluate(&Loss::MeanSquaredError, &samples)?.loss, 0.5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// There are no samples, the loss does not fit the outputs, or there is not enough memory.
    pub fn evaluate(&self, loss: &Loss, samples: &dyn Samples<T>) -> Result<Evaluation, FitError> {
        Ok(self.evaluate_while(loss, samples, &mut || true)?.expect("nothing stops the evaluation"))
    }

    /// [`evaluate`](Self::evaluate), which asks `goes_on` before each 256 samples. None if the answer was no.
    ///
    /// # Errors
    /// As for [`evaluate`](Self::evaluate).
    pub fn evaluate_while(
        &self,
        loss: &Loss,
        samples: &dyn Samples<T>,
        goes_on: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Evaluation>, FitError> {
        for output in self.outputs() {
            output.loss(loss).check(output.shape)?;
        }
        if samples.count() == 0 {
            return Err(FitError::Empty);
        }
        let plan = self.plan(EVALUATED.min(samples.count()), Mode::Infer, &Machine::detect()?);
        let mut engine = Engine::try_new(self, plan).map_err(|_| FitError::Memory)?;
        Ok(T::evaluate(&mut engine, self, loss, samples, None, goes_on))
    }
}

/// Evaluates `network` on `samples`: each of several ranks some of them. The plan of `engine` must be for this network and for
/// inference. None if `goes_on` says no.
///
/// `number.rs` compiles it for each number type, as `T::evaluate`.
pub(crate) fn evaluate<T: Float>(
    engine: &mut Engine<T>,
    network: &Network<T>,
    loss: &Loss,
    samples: &dyn Samples<T>,
    ranks: Option<&Ranks>,
    goes_on: &mut dyn FnMut() -> bool,
) -> Option<Evaluation> {
    let count = samples.count();
    let (rank, size) = ranks.map_or((0, 1), |ranks| (ranks.rank(), ranks.size()));
    let cut = |rank: usize| count * rank / size;
    let mut sum = 0.0;
    let right = if ranks.is_none() {
        judge(engine, network, loss, samples, 0..count, |loss| sum += loss, goes_on)?
    } else {
        let mut own = Vec::with_capacity(count / size + 2);
        let right =
            judge(engine, network, loss, samples, cut(rank)..cut(rank + 1), |loss| own.push(loss), goes_on)?;
        own.push(right as f64);
        let lengths: Vec<usize> = (0..size).map(|rank| cut(rank + 1) - cut(rank) + 1).collect();
        let mut all = vec![0.0; count + size];
        ranks.inspect(|ranks| ranks.all_gather(&own, &lengths, &mut all));
        // The losses are added in the order of the samples.
        let mut rest = &all[..];
        let mut right = 0;
        for length in lengths {
            let (of_rank, behind) = rest.split_at(length);
            of_rank[..length - 1].iter().for_each(|loss| sum += loss);
            right += of_rank[length - 1] as usize;
            rest = behind;
        }
        right
    };
    let answer = Answer::of(network.outputs(), loss);
    let accuracy = answer.counts().then_some(right as f64 / count as f64);
    Some(Evaluation { loss: sum / count as f64, accuracy })
}

/// Hands the losses of some of the samples to `note`, in order, and returns the number of right answers. None if `goes_on` says no.
fn judge<T: Float>(
    engine: &mut Engine<T>,
    network: &Network<T>,
    loss: &Loss,
    samples: &dyn Samples<T>,
    some: Range<usize>,
    mut note: impl FnMut(f64),
    goes_on: &mut dyn FnMut() -> bool,
) -> Option<usize> {
    let (input, output) = (network.input().size(), network.output().size());
    let outputs = network.outputs();
    let answer = Answer::of(outputs, loss);
    let first = outputs[0].range.clone();
    let batch = engine.plan().batch();
    let (mut x, mut y) = (vec![T::ZERO; batch * input], vec![T::ZERO; batch * output]);
    let (mut t, mut dy) = (vec![T::ZERO; output], vec![T::ZERO; output]);
    let mut right = 0;
    for begin in some.clone().step_by(batch) {
        if !goes_on() {
            return None;
        }
        let here = batch.min(some.end - begin);
        let (x, y) = (&mut x[..here * input], &mut y[..here * output]);
        for (n, x) in x.chunks_exact_mut(input).enumerate() {
            samples.input(0, begin + n, x);
        }
        engine.forward(network, x, y);
        for (n, y) in y.chunks_exact(output).enumerate() {
            samples.target(begin + n, &mut t);
            note(judge_sample(outputs, loss, engine.plan().isa, y, &t, &mut dy).to_f64());
            right += usize::from(answer.is_right(&y[first.clone()], &t[first.clone()]));
        }
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Dense, Fit, FitError, Flatten, LayerSpec, Monitor, NetworkSpec, Reshape, Sgd, Shape, Trainer,
    };

    /// The evaluation of a network with one layer.
    fn evaluation(layer: impl Into<LayerSpec>, loss: Loss, x: &[f64], t: &[f64]) -> Evaluation {
        let mut network = NetworkSpec::new(Shape::vector(2)).add(layer).build::<f64>(0).unwrap();
        if let [first, second, bias] = network.weights_mut() {
            (*first, *second, *bias) = (1.0, 1.0, 0.0);
        }
        let samples = crate::InMemory::new(x, 2, t, network.output().size());
        let fit = Fit::new(loss, Sgd::new(0.1));
        Trainer::new(&network, &fit, samples.count()).unwrap().evaluate(&mut network, &samples)
    }

    #[test]
    fn of_several_outputs_the_largest_counts() {
        let x = [0.2, 0.1, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8];
        let t = [1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0];
        for loss in [Loss::MeanSquaredError, Loss::cross_entropy(), Loss::binary_cross_entropy()] {
            assert_eq!(evaluation(Flatten, loss, &x, &t).accuracy, Some(0.75));
        }
    }

    #[test]
    fn a_single_logit_is_right_on_its_side_of_zero() {
        // The logits −1, 2, 3, 0 and 1.
        let x = [-1.0, 0.0, 1.0, 1.0, 3.0, 0.0, 2.0, -2.0, 0.0, 1.0];
        let accuracy = |t: &[f64]| evaluation(Dense::new(1), Loss::binary_cross_entropy(), &x, t).accuracy;
        assert_eq!(accuracy(&[0.0, 1.0, 1.0, 0.0, 1.0]), Some(1.0));
        assert_eq!(accuracy(&[1.0, 1.0, 0.0, 1.0, 1.0]), Some(0.4));
        let focal = Loss::Focal { gamma: 2.0, alpha: None };
        assert_eq!(evaluation(Dense::new(1), focal, &x, &[1.0, 1.0, 1.0, 0.0, 1.0]).accuracy, Some(0.8));
        let none = evaluation(Dense::new(1), Loss::binary_cross_entropy(), &[f64::NAN, 0.0], &[0.0]);
        assert_eq!(none.accuracy, Some(0.0));
    }

    #[test]
    fn numbers_and_images_have_no_accuracy() {
        let (x, one) = ([1.0, 2.0], evaluation(Dense::new(1), Loss::MeanSquaredError, &[1.0, 2.0], &[1.0]));
        assert_eq!((one.loss, one.accuracy), (4.0, None));
        let image = Reshape::new(Shape::image(1, 1, 2));
        assert_eq!(evaluation(image, Loss::MeanSquaredError, &x, &x).accuracy, None);
        assert_eq!(evaluation(Flatten, Loss::Cosine, &x, &x).accuracy, None);
        assert_eq!(evaluation(Dense::new(3), Loss::Triplet { margin: 1.0 }, &x, &[0.0; 3]).accuracy, None);
    }

    #[test]
    fn an_evaluation_can_be_stopped() {
        let network = NetworkSpec::new(Shape::vector(1)).add(Dense::new(1)).build::<f32>(0).unwrap();
        let (x, t) = (vec![1.0; 2 * EVALUATED + 1], vec![2.0; 2 * EVALUATED + 1]);
        let samples = network.samples(&x, &t).unwrap();
        let evaluated = |most: usize| {
            let mut asked = 0;
            let mut goes_on = || {
                asked += 1;
                asked <= most
            };
            network.evaluate_while(&Loss::MeanSquaredError, &samples, &mut goes_on).unwrap()
        };
        assert_eq!(evaluated(2), None);
        assert_eq!(evaluated(3), Some(network.evaluate(&Loss::MeanSquaredError, &samples).unwrap()));
    }

    #[test]
    fn what_is_not_there_is_not_monitored() {
        let network = NetworkSpec::new(Shape::vector(2)).add(Dense::new(1)).build::<f32>(0).unwrap();
        let trainer = |loss| {
            let fit = Fit::new(loss, Sgd::new(0.1)).monitor(Monitor::Accuracy);
            Trainer::new(&network, &fit, 1).map(|_| ())
        };
        assert!(trainer(Loss::binary_cross_entropy()).is_ok());
        let refused = trainer(Loss::MeanSquaredError).unwrap_err();
        assert!(matches!(refused, FitError::Setting { setting: "monitor", .. }), "{refused}");
    }
}
