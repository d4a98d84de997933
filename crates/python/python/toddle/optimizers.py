"""Optimizers: how a step moves the weights.

This file is generated: crates/python/generate.py writes it from docs/experiment.schema.json.
"""

from __future__ import annotations

from collections.abc import Sequence

from ._settings import Optimizer

__all__ = ["Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "Lion", "Nadam", "RAdam", "RMSprop", "SGD"]


class Adadelta(Optimizer):
    """Adadelta: each weight has a learning rate of its own, from the sizes of its steps and gradients so
    far.

    Parameters
    ----------
    rate : float, default 1.0
        The learning rate: a factor for every step.
    decay : float, default 0.9
        The part of their old values that the means of the squares keep in a step.
    epsilon : float, default 1e-06
        A small number added to the divisor, so that nothing is divided by 0. It sets the size of the
        first steps.
    l1 : float, default 0.0
        The factor of the L1 penalty, which is the sum of the absolute values of the weights. Its gradient
        is added to the gradient.
    weight_decay : float, default 0.0
        The factor of the L2 penalty, which is half the sum of the squares of the weights. Its gradient is
        added to the gradient.
    """

    _kind = "adadelta"
    rate: float
    decay: float
    epsilon: float
    l1: float
    weight_decay: float

    def __init__(self, rate: float = 1.0, *, decay: float = 0.9, epsilon: float = 1e-06, l1: float = 0.0, weight_decay: float = 0.0) -> None:
        super().__init__(rate=rate, decay=decay, epsilon=epsilon, l1=l1, weight_decay=weight_decay)


class Adagrad(Optimizer):
    """Adagrad: each gradient is divided by the root of the sum of all its squares so far.

    Parameters
    ----------
    rate : float, default 0.01
        The learning rate: how far a step moves the weights.
    epsilon : float, default 1e-10
        A small number added to the divisor, so that nothing is divided by 0.
    initial_accumulator : float, default 0.0
        The number with which the sum of the squares of the gradients begins. A larger one makes the first
        steps shorter.
    l1 : float, default 0.0
        The factor of the L1 penalty, which is the sum of the absolute values of the weights. Its gradient
        is added to the gradient.
    rate_decay : float, default 0.0
        How fast the learning rate falls: it is divided by `1 + rate_decay · (step − 1)`.
    weight_decay : float, default 0.0
        The factor of the L2 penalty, which is half the sum of the squares of the weights. Its gradient is
        added to the gradient.
    """

    _kind = "adagrad"
    rate: float
    epsilon: float
    initial_accumulator: float
    l1: float
    rate_decay: float
    weight_decay: float

    def __init__(self, rate: float = 0.01, *, epsilon: float = 1e-10, initial_accumulator: float = 0.0, l1: float = 0.0, rate_decay: float = 0.0, weight_decay: float = 0.0) -> None:
        super().__init__(rate=rate, epsilon=epsilon, initial_accumulator=initial_accumulator, l1=l1, rate_decay=rate_decay, weight_decay=weight_decay)


class Adam(Optimizer):
    """Adam: each weight has a learning rate of its own, from the means of its gradients and of their
    squares.

    Parameters
    ----------
    rate : float, default 0.001
        The learning rate: how far a step moves the weights.
    amsgrad : bool, default False
        Whether to divide by the largest mean square so far instead of the mean square, so that no step
        becomes longer because gradients become small (AMSGrad).
    betas : Sequence[float], default (0.9, 0.999)
        Two decay factors: the parts of their old values that the mean of the gradients and the mean of
        their squares keep in a step. Each is 0 or more and less than 1.
    epsilon : float, default 1e-08
        A small number added to the divisor, so that nothing is divided by 0.
    l1 : float, default 0.0
        The factor of the L1 penalty, which is the sum of the absolute values of the weights. Its gradient
        is added to the gradient.
    weight_decay : float, default 0.0
        The factor of the L2 penalty, which is half the sum of the squares of the weights. Its gradient is
        added to the gradient, and Adam scales the sum for each weight. `adamw` shrinks all weights by the
        same factor instead.
    """

    _kind = "adam"
    rate: float
    amsgrad: bool
    betas: Sequence[float]
    epsilon: float
    l1: float
    weight_decay: float

    def __init__(self, rate: float = 0.001, *, amsgrad: bool = False, betas: Sequence[float] = (0.9, 0.999), epsilon: float = 1e-08, l1: float = 0.0, weight_decay: float = 0.0) -> None:
        super().__init__(rate=rate, amsgrad=amsgrad, betas=betas, epsilon=epsilon, l1=l1, weight_decay=weight_decay)


class AdamW(Optimizer):
    """`adam` with decoupled weight decay: the decay is not a part of the gradient.

    Parameters
    ----------
    rate : float, default 0.001
        The learning rate: how far a step moves the weights.
    amsgrad : bool, default False
        Whether to divide by the largest mean square so far instead of the mean square, so that no step
        becomes longer because gradients become small (AMSGrad).
    betas : Sequence[float], default (0.9, 0.999)
        Two decay factors: the parts of their old values that the mean of the gradients and the mean of
        their squares keep in a step. Each is 0 or more and less than 1.
    epsilon : float, default 1e-08
        A small number added to the divisor, so that nothing is divided by 0.
    l1 : float, default 0.0
        The factor of the L1 penalty, which is the sum of the absolute values of the weights. Its gradient
        is added to the gradient.
    weight_decay : float, default 0.01
        The weight decay: each step multiplies the weights by `1 − rate · weight_decay`, apart from the
        gradient.
    """

    _kind = "adamw"
    rate: float
    amsgrad: bool
    betas: Sequence[float]
    epsilon: float
    l1: float
    weight_decay: float

    def __init__(self, rate: float = 0.001, *, amsgrad: bool = False, betas: Sequence[float] = (0.9, 0.999), epsilon: float = 1e-08, l1: float = 0.0, weight_decay: float = 0.01) -> None:
        super().__init__(rate=rate, amsgrad=amsgrad, betas=betas, epsilon=epsilon, l1=l1, weight_decay=weight_decay)


class Adamax(Optimizer):
    """Adamax: `adam` with the largest gradient of the last steps in place of the mean of the squares.

    Parameters
    ----------
    rate : float, default 0.002
        The learning rate: how far a step moves the weights.
    betas : Sequence[float], default (0.9, 0.999)
        Two decay factors: the parts of their old values that the mean of the gradients and the largest
        gradient keep in a step. Each is 0 or more and less than 1.
    epsilon : float, default 1e-08
        A small number added to the divisor, so that nothing is divided by 0.
    l1 : float, default 0.0
        The factor of the L1 penalty, which is the sum of the absolute values of the weights. Its gradient
        is added to the gradient.
    weight_decay : float, default 0.0
        The factor of the L2 penalty, which is half the sum of the squares of the weights. Its gradient is
        added to the gradient.
    """

    _kind = "adamax"
    rate: float
    betas: Sequence[float]
    epsilon: float
    l1: float
    weight_decay: float

    def __init__(self, rate: float = 0.002, *, betas: Sequence[float] = (0.9, 0.999), epsilon: float = 1e-08, l1: float = 0.0, weight_decay: float = 0.0) -> None:
        super().__init__(rate=rate, betas=betas, epsilon=epsilon, l1=l1, weight_decay=weight_decay)


class Lion(Optimizer):
    """Lion: every weight moves by the same distance. The sign of the mean of its gradients gives the
    direction.

    Parameters
    ----------
    rate : float, default 0.0001
        The learning rate: how far a step moves the weights.
    betas : Sequence[float], default (0.9, 0.99)
        Two decay factors: the parts of the old mean in the mean that gives the direction of the step, and
        in the mean that is stored. Each is 0 or more and less than 1.
    l1 : float, default 0.0
        The factor of the L1 penalty, which is the sum of the absolute values of the weights. Its gradient
        is added to the gradient.
    weight_decay : float, default 0.0
        The weight decay: each step multiplies the weights by `1 − rate · weight_decay`, apart from the
        gradient.
    """

    _kind = "lion"
    rate: float
    betas: Sequence[float]
    l1: float
    weight_decay: float

    def __init__(self, rate: float = 0.0001, *, betas: Sequence[float] = (0.9, 0.99), l1: float = 0.0, weight_decay: float = 0.0) -> None:
        super().__init__(rate=rate, betas=betas, l1=l1, weight_decay=weight_decay)


class Nadam(Optimizer):
    """`adam` with Nesterov's momentum: the mean of the gradients goes one step ahead.

    Parameters
    ----------
    rate : float, default 0.002
        The learning rate: how far a step moves the weights.
    betas : Sequence[float], default (0.9, 0.999)
        Two decay factors: the parts of their old values that the mean of the gradients and the mean of
        their squares keep in a step. Each is 0 or more and less than 1.
    decoupled : bool, default False
        Whether the weight decay is decoupled: each step multiplies the weights by `1 − rate ·
        weight_decay`, apart from the gradient.
    epsilon : float, default 1e-08
        A small number added to the divisor, so that nothing is divided by 0.
    l1 : float, default 0.0
        The factor of the L1 penalty, which is the sum of the absolute values of the weights. Its gradient
        is added to the gradient.
    momentum_decay : float, default 0.004
        How fast the momentum rises to the first of `betas`.
    weight_decay : float, default 0.0
        The factor of the L2 penalty, which is half the sum of the squares of the weights. Its gradient is
        added to the gradient.
    """

    _kind = "nadam"
    rate: float
    betas: Sequence[float]
    decoupled: bool
    epsilon: float
    l1: float
    momentum_decay: float
    weight_decay: float

    def __init__(self, rate: float = 0.002, *, betas: Sequence[float] = (0.9, 0.999), decoupled: bool = False, epsilon: float = 1e-08, l1: float = 0.0, momentum_decay: float = 0.004, weight_decay: float = 0.0) -> None:
        super().__init__(rate=rate, betas=betas, decoupled=decoupled, epsilon=epsilon, l1=l1, momentum_decay=momentum_decay, weight_decay=weight_decay)


class RAdam(Optimizer):
    """RAdam: `adam` with other first steps, in which the mean of the squares is still inaccurate and is not
    used.

    Parameters
    ----------
    rate : float, default 0.001
        The learning rate: how far a step moves the weights.
    betas : Sequence[float], default (0.9, 0.999)
        Two decay factors: the parts of their old values that the mean of the gradients and the mean of
        their squares keep in a step. Each is 0 or more and less than 1.
    decoupled : bool, default False
        Whether the weight decay is decoupled: each step multiplies the weights by `1 − rate ·
        weight_decay`, apart from the gradient.
    epsilon : float, default 1e-08
        A small number added to the divisor, so that nothing is divided by 0.
    l1 : float, default 0.0
        The factor of the L1 penalty, which is the sum of the absolute values of the weights. Its gradient
        is added to the gradient.
    weight_decay : float, default 0.0
        The factor of the L2 penalty, which is half the sum of the squares of the weights. Its gradient is
        added to the gradient.
    """

    _kind = "radam"
    rate: float
    betas: Sequence[float]
    decoupled: bool
    epsilon: float
    l1: float
    weight_decay: float

    def __init__(self, rate: float = 0.001, *, betas: Sequence[float] = (0.9, 0.999), decoupled: bool = False, epsilon: float = 1e-08, l1: float = 0.0, weight_decay: float = 0.0) -> None:
        super().__init__(rate=rate, betas=betas, decoupled=decoupled, epsilon=epsilon, l1=l1, weight_decay=weight_decay)


class RMSprop(Optimizer):
    """RMSprop: each gradient is divided by the root of the mean of its squares.

    Parameters
    ----------
    rate : float, default 0.01
        The learning rate: how far a step moves the weights.
    centered : bool, default False
        Whether gradients are divided by the root of their variance, instead of the root of the mean of
        their squares.
    decay : float, default 0.99
        The part of their old values that the means keep in a step.
    epsilon : float, default 1e-08
        A small number added to the divisor, so that nothing is divided by 0.
    l1 : float, default 0.0
        The factor of the L1 penalty, which is the sum of the absolute values of the weights. Its gradient
        is added to the gradient.
    momentum : float, default 0.0
        The part of the last step that is added to this one.
    weight_decay : float, default 0.0
        The factor of the L2 penalty, which is half the sum of the squares of the weights. Its gradient is
        added to the gradient.
    """

    _kind = "rmsprop"
    rate: float
    centered: bool
    decay: float
    epsilon: float
    l1: float
    momentum: float
    weight_decay: float

    def __init__(self, rate: float = 0.01, *, centered: bool = False, decay: float = 0.99, epsilon: float = 1e-08, l1: float = 0.0, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
        super().__init__(rate=rate, centered=centered, decay=decay, epsilon=epsilon, l1=l1, momentum=momentum, weight_decay=weight_decay)


class SGD(Optimizer):
    """Stochastic gradient descent, with or without momentum: every weight moves against its gradient.

    Parameters
    ----------
    rate : float, default 0.001
        The learning rate: how far a step moves the weights.
    dampening : float, default 0.0
        The part of the gradient that does not go into the momentum. It needs a `momentum`. The first step
        takes the whole gradient.
    l1 : float, default 0.0
        The factor of the L1 penalty, which is the sum of the absolute values of the weights. Its gradient
        is added to the gradient.
    momentum : float, default 0.0
        The part of the last step that is added to this one. Usually 0.9.
    nesterov : bool, default False
        Whether to use Nesterov's momentum, which looks one step ahead. It needs a `momentum`.
    weight_decay : float, default 0.0
        The factor of the L2 penalty, which is half the sum of the squares of the weights. Its gradient is
        added to the gradient.
    """

    _kind = "sgd"
    rate: float
    dampening: float
    l1: float
    momentum: float
    nesterov: bool
    weight_decay: float

    def __init__(self, rate: float = 0.001, *, dampening: float = 0.0, l1: float = 0.0, momentum: float = 0.0, nesterov: bool = False, weight_decay: float = 0.0) -> None:
        super().__init__(rate=rate, dampening=dampening, l1=l1, momentum=momentum, nesterov=nesterov, weight_decay=weight_decay)
