"""Initialisers: how the first weights are drawn.

This file is generated: crates/python/generate.py writes it from docs/experiment.schema.json.
"""

from __future__ import annotations

from ._settings import Init

__all__ = ["Post", "Zeros", "Constant", "Uniform", "Normal", "TruncatedNormal", "GlorotUniform", "GlorotNormal", "HeUniform", "HeNormal", "LecunUniform", "LecunNormal", "Orthogonal", "Torch", "Auto"]


class Post(Init):
    """As in the post: weights and biases are uniform from −0.5 to 0.5. They are drawn as NumPy draws them
    after `np.random.seed(seed)`.
    """

    _kind = "post"


class Zeros(Init):
    """All weights are 0. A network of several layers cannot learn from this start."""

    _kind = "zeros"


class Constant(Init):
    """All weights have the same value.

    Parameters
    ----------
    value : float
        The value of every weight.
    """

    _kind = "constant"
    value: float

    def __init__(self, value: float) -> None:
        super().__init__(value=value)


class Uniform(Init):
    """Uniform: all numbers from `low` to `high` are equally likely.

    Parameters
    ----------
    low : float
        The lowest number.
    high : float
        The highest number.
    """

    _kind = "uniform"
    low: float
    high: float

    def __init__(self, low: float, high: float) -> None:
        super().__init__(low=low, high=high)


class Normal(Init):
    """Normal distribution.

    Parameters
    ----------
    mean : float
        The mean.
    deviation : float
        The standard deviation.
    """

    _kind = "normal"
    mean: float
    deviation: float

    def __init__(self, mean: float, deviation: float) -> None:
        super().__init__(mean=mean, deviation=deviation)


class TruncatedNormal(Init):
    """Normal distribution, without the numbers that are more than two standard deviations from the mean.

    Parameters
    ----------
    mean : float
        The mean.
    deviation : float
        The standard deviation of the distribution before these numbers are left out.
    """

    _kind = "truncated_normal"
    mean: float
    deviation: float

    def __init__(self, mean: float, deviation: float) -> None:
        super().__init__(mean=mean, deviation=deviation)


class GlorotUniform(Init):
    """Glorot, uniform: the weights are within ±√(6 / (inputs + outputs)). For tanh and sigmoid."""

    _kind = "glorot_uniform"


class GlorotNormal(Init):
    """Glorot, normal: the standard deviation is √(2 / (inputs + outputs)). For tanh and sigmoid."""

    _kind = "glorot_normal"


class HeUniform(Init):
    """He, uniform: the weights are within ±√(6 / inputs). For ReLU."""

    _kind = "he_uniform"


class HeNormal(Init):
    """He, normal: the standard deviation is √(2 / inputs). For ReLU."""

    _kind = "he_normal"


class LecunUniform(Init):
    """LeCun, uniform: the weights are within ±√(3 / inputs). For SELU."""

    _kind = "lecun_uniform"


class LecunNormal(Init):
    """LeCun, normal: the standard deviation is √(1 / inputs). For SELU."""

    _kind = "lecun_normal"


class Orthogonal(Init):
    """Orthogonal: the rows of the weights, or the columns if they are fewer, are at right angles to one
    another. Each has the length `gain`.

    Parameters
    ----------
    gain : float
        The length of each row or column, usually 1.
    """

    _kind = "orthogonal"
    gain: float

    def __init__(self, gain: float) -> None:
        super().__init__(gain=gain)


class Torch(Init):
    """PyTorch's default for `Linear` and `Conv2d`: weights and biases uniform within ±√(1 / inputs)."""

    _kind = "torch"


class Auto(Init):
    """`he_uniform`, `glorot_uniform` or `lecun_uniform` for each layer. The activation that follows the
    layer decides.
    """

    _kind = "auto"
