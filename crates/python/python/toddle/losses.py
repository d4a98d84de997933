"""Losses: how far the outputs of a network are from the targets.

This file is generated: crates/python/generate.py writes it from docs/experiment.schema.json.
"""

from __future__ import annotations

from collections.abc import Sequence

from ._settings import Loss

__all__ = ["MeanSquaredError", "MeanAbsoluteError", "Huber", "SmoothL1", "LogCosh", "Quantile", "Poisson", "Cosine", "Triplet", "CrossEntropy", "NegativeLogLikelihood", "BinaryCrossEntropy", "Focal", "Dice", "KLDivergence", "Hinge"]


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


class SmoothL1(Loss):
    """Smooth L1 loss, for numbers with outliers: Huber loss divided by its `delta`, so that the slope of the
    line is 1.

    Parameters
    ----------
    beta : float, default 1.0
        `β`: the error at which the line begins.
    """

    _kind = "smooth_l1"
    beta: float

    def __init__(self, beta: float = 1.0) -> None:
        super().__init__(beta=beta)


class LogCosh(Loss):
    """Log-cosh, for numbers with outliers: about half the square of a small error, and the absolute value of
    a large error minus ln 2. It is smooth everywhere.
    """

    _kind = "log_cosh"


class Quantile(Loss):
    """Quantile loss, for a quantile of the targets: with `quantile` 0.9, answers that are too small cost
    nine times as much as answers that are too large. The best constant answer is this quantile of the
    targets.

    Parameters
    ----------
    quantile : float, default 0.5
        `q`: the part of the targets that lies below the best answer.
    """

    _kind = "quantile"
    quantile: float

    def __init__(self, quantile: float = 0.5) -> None:
        super().__init__(quantile=quantile)


class Poisson(Loss):
    """Poisson loss, for counts: the negative log-likelihood of a Poisson distribution, without the terms
    that depend on the targets alone. Without `log_input`, the outputs are the rates: `Σ o (y[o] −
    t[o]·ln(y[o] + 10⁻⁸)) / n`.

    Parameters
    ----------
    log_input : bool, default True
        Whether the outputs are the logarithms of the rates. If not, they are the rates, which are above
        0.
    """

    _kind = "poisson"
    log_input: bool

    def __init__(self, log_input: bool = True) -> None:
        super().__init__(log_input=log_input)


class Cosine(Loss):
    """Cosine loss, for outputs whose direction counts and not their length: 0 if outputs and targets have
    the same direction, and 2 if they have opposite directions.
    """

    _kind = "cosine"


class Triplet(Loss):
    """Triplet loss, for embeddings. The outputs have three equal parts: those of an anchor, of a similar
    sample, and of a different sample. The loss is 0 if the anchor is nearer to the similar sample than to
    the different one by at least `margin`. The targets are not used, but there is one for each output.

    Parameters
    ----------
    margin : float, default 1.0
        The smallest difference between the two distances at which the loss is 0.
    """

    _kind = "triplet"
    margin: float

    def __init__(self, margin: float = 1.0) -> None:
        super().__init__(margin=margin)


class CrossEntropy(Loss):
    """Cross-entropy, for one class of several, or for one class at each pixel of an image. The network ends
    without a softmax: the loss has it inside.

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
    positive_weight : float | Sequence[float], default 1.0
        `p`: the weight of a yes, where a no has the weight 1. A weight above 1 helps if yes is rare. It
        is one number for all outputs, or a list with one for each output, or for each channel of an
        image. Each is above 0.
    """

    _kind = "binary_cross_entropy"
    positive_weight: float | Sequence[float]

    def __init__(self, positive_weight: float | Sequence[float] = 1.0) -> None:
        super().__init__(positive_weight=positive_weight)


class Focal(Loss):
    """Focal loss, for outputs that each answer yes or no, if most answers are easy: binary cross-entropy in
    which certain right answers count less. The network ends without a sigmoid: the loss has it inside.

    Parameters
    ----------
    alpha : float | None
        `α`: the weight of a yes, where a no has the weight `1 − α`. Default: both have the weight 1.
    gamma : float, default 2.0
        `γ`: how fast answers that are right lose their weight. With 0, all answers count the same.
    """

    _kind = "focal"
    alpha: float | None
    gamma: float

    def __init__(self, *, alpha: float | None = None, gamma: float = 2.0) -> None:
        super().__init__(alpha=alpha, gamma=gamma)


class Dice(Loss):
    """Dice loss, for a mask that is mostly 0: 1 minus twice the overlap of the answer and the mask, divided
    by the sum of both. All outputs of a sample are one mask. The network ends without a sigmoid: the loss
    has it inside.

    Parameters
    ----------
    smooth : float, default 1.0
        `s`: a number that is added to both sums, so that nothing is divided by 0.
    """

    _kind = "dice"
    smooth: float

    def __init__(self, smooth: float = 1.0) -> None:
        super().__init__(smooth=smooth)


class KLDivergence(Loss):
    """Kullback–Leibler divergence, for targets that are probabilities. It is 0 if the network answers with
    the same probabilities. The last layer is `log_softmax`.
    """

    _kind = "kl_divergence"


class Hinge(Loss):
    """Multi-class hinge, for one class of several. It is 0 if the output of the right class is larger than
    every other output by at least `margin`.

    Parameters
    ----------
    margin : float, default 1.0
        The smallest lead over another output at which this output adds nothing to the loss.
    """

    _kind = "hinge"
    margin: float

    def __init__(self, margin: float = 1.0) -> None:
        super().__init__(margin=margin)
