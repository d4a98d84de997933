"""Losses: how far the outputs of a network are from the targets.

This file is generated: crates/python/generate.py writes it from docs/experiment.schema.json.
"""

from __future__ import annotations

from collections.abc import Sequence

from ._settings import Loss

__all__ = ["MeanSquaredError", "MeanAbsoluteError", "Huber", "CrossEntropy", "NegativeLogLikelihood", "BinaryCrossEntropy", "KLDivergence", "Hinge"]


class MeanSquaredError(Loss):
    """Mean squared error, for numbers. Large errors count most. It is the post's `mse` and `mse_prime`."""

    _kind = "mean_squared_error"


class MeanAbsoluteError(Loss):
    """Mean absolute error, for numbers with outliers. The best constant answer is the median of the targets,
    and not their mean.
    """

    _kind = "mean_absolute_error"


class Huber(Loss):
    """Huber loss, for numbers with outliers: half the squared error up to `delta`, and a straight line
    above.

    Parameters
    ----------
    delta : float, default 1.0
        `δ`: the error at which the line begins.
    """

    _kind = "huber"
    delta: float

    def __init__(self, delta: float = 1.0) -> None:
        super().__init__(delta=delta)


class CrossEntropy(Loss):
    """Cross-entropy, for one class of several. The network ends without a softmax: the loss has it inside.

    Parameters
    ----------
    class_weights : Sequence[float], default ()
        `w`: the weight of each class, one number for each class. Without it, every class has the weight
        1.
    label_smoothing : float, default 0.0
        `ε`: the part of each target that is spread evenly over all classes.
    """

    _kind = "cross_entropy"
    class_weights: Sequence[float]
    label_smoothing: float

    def __init__(self, *, class_weights: Sequence[float] = (), label_smoothing: float = 0.0) -> None:
        super().__init__(class_weights=class_weights, label_smoothing=label_smoothing)


class NegativeLogLikelihood(Loss):
    """Negative log-likelihood, for one class of several: cross-entropy for networks whose last layer is
    `log_softmax`.
    """

    _kind = "negative_log_likelihood"


class BinaryCrossEntropy(Loss):
    """Binary cross-entropy, for outputs that each answer yes or no. The network ends without a sigmoid: the
    loss has it inside.

    Parameters
    ----------
    positive_weight : float, default 1.0
        `p`: the weight of a yes, where a no has the weight 1. A weight above 1 helps if yes is rare.
    """

    _kind = "binary_cross_entropy"
    positive_weight: float

    def __init__(self, positive_weight: float = 1.0) -> None:
        super().__init__(positive_weight=positive_weight)


class KLDivergence(Loss):
    """Kullback–Leibler divergence, for targets that are probabilities. It is 0 if the network answers with
    the same probabilities. The last layer is `log_softmax`.
    """

    _kind = "kl_divergence"


class Hinge(Loss):
    """Multi-class hinge, for one class of several. It is 0 if the output of the right class is larger than
    every other output by at least 1.
    """

    _kind = "hinge"
