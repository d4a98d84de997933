//! The meaning of a network's outputs, and whether they are right.

use toddle_kernels::Run;
use toddle_kernels::argmax::block::ArgMax;
use toddle_lanes::Isa;

use super::Loss;
use crate::metrics::argmax;
use crate::{Float, NetworkOutput, Shape};

/// The meaning of a network's outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The class of the largest output.
    Class,
    /// Yes if the logit is above 0, otherwise no.
    YesOrNo,
    /// Any numbers. They are neither right nor wrong.
    Numbers,
}

impl Loss {
    /// Whether a network with these `outputs` that was trained with this loss answers with classes, which are right or wrong. Otherwise it
    /// answers with numbers. The first output decides.
    ///
    /// ```
    /// use toddle::{Dense, Loss, NetworkSpec, Shape};
    ///
    /// let network = NetworkSpec::new(Shape::vector(2)).add(Dense::new(1)).build::<f32>(0)?;
    /// assert!(Loss::binary_cross_entropy().tells_classes(network.outputs()));
    /// assert!(!Loss::MeanSquaredError.tells_classes(network.outputs()));
    /// # Ok::<(), toddle::BuildError>(())
    /// ```
    pub fn tells_classes(&self, outputs: &[NetworkOutput]) -> bool {
        Answer::of(outputs, self).counts()
    }
}

impl Answer {
    /// The meaning of the first of a network's `outputs`, in a training with `loss`.
    pub(crate) fn of(outputs: &[NetworkOutput], loss: &Loss) -> Self {
        match (outputs[0].loss(loss), outputs[0].shape) {
            (Loss::BinaryCrossEntropy { .. } | Loss::Focal { .. } | Loss::Dice { .. }, Shape::Vector(1)) => {
                Answer::YesOrNo
            }
            (Loss::Cosine | Loss::Triplet { .. }, _) | (_, Shape::Vector(1) | Shape::Image { .. }) => {
                Answer::Numbers
            }
            (_, Shape::Vector(_)) => Answer::Class,
        }
    }

    /// Whether answers are right or wrong.
    pub(crate) fn counts(self) -> bool {
        self != Answer::Numbers
    }

    /// Whether the outputs `y` are the right answer where the targets are `t`.
    pub(crate) fn is_right<T: Float>(self, y: &[T], t: &[T]) -> bool {
        match self {
            Answer::Class => argmax(y) == argmax(t),
            Answer::YesOrNo if t[0] > T::from_f64(0.5) => y[0] > T::ZERO,
            Answer::YesOrNo => y[0] <= T::ZERO,
            Answer::Numbers => false,
        }
    }

    /// The number of right answers among the first `samples` of a block, by [`is_right`](Self::is_right), in lanes.
    pub(crate) fn right_in_block<T: Float>(self, isa: Isa, y: &[T], t: &[T], samples: usize) -> usize {
        let right = |is_right: &dyn Fn(usize) -> bool| (0..samples).filter(|n| is_right(*n)).count();
        match self {
            Answer::Class => {
                let [ours, theirs] = [y, t].map(|x| ArgMax { x: x.as_chunks().0 }.on(isa));
                right(&|n| ours[n] == theirs[n])
            }
            Answer::YesOrNo => right(&|n| self.is_right(&y[n..=n], &t[n..=n])),
            Answer::Numbers => 0,
        }
    }
}
