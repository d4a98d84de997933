"""Schedules: how the learning rate changes in a training.

This file is generated: crates/python/generate.py writes it from docs/experiment.schema.json.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ._settings import Schedule

__all__ = ["Constant", "CosineDecay", "CosineRestarts", "Cyclic", "ExponentialDecay", "MultiStepDecay", "OneCycle", "Plateau", "PolynomialDecay", "StepDecay", "Warmup"]


class Constant(Schedule):
    """The learning rate of the optimizer, from the first step to the last."""

    _kind = "constant"


class CosineDecay(Schedule):
    """The learning rate falls along half a cosine: slowly at first, then fast, and slowly at the end.

    Parameters
    ----------
    lowest : float, default 0.0
        The learning rate at the end.
    over : int | None
        The number of steps, or of epochs, until the end of the curve. Default: the whole training.
    per : Literal["step", "epoch"], default "step"
        What is counted: steps or epochs.
    """

    _kind = "cosine_decay"
    lowest: float
    over: int | None
    per: Literal["step", "epoch"]

    def __init__(self, *, lowest: float = 0.0, over: int | None = None, per: Literal["step", "epoch"] = "step") -> None:
        super().__init__(lowest=lowest, over=over, per=per)


class CosineRestarts(Schedule):
    """The learning rate falls along half a cosine, jumps back, and falls again (warm restarts).

    Parameters
    ----------
    period : int, default 10
        The number of epochs, or of steps, in the first period.
    growth : int, default 1
        Each period is this many times as long as the period before it.
    lowest : float, default 0.0
        The learning rate at the end of each period.
    per : Literal["step", "epoch"], default "epoch"
        What is counted: steps or epochs.
    """

    _kind = "cosine_restarts"
    period: int
    growth: int
    lowest: float
    per: Literal["step", "epoch"]

    def __init__(self, period: int = 10, *, growth: int = 1, lowest: float = 0.0, per: Literal["step", "epoch"] = "epoch") -> None:
        super().__init__(period=period, growth=growth, lowest=lowest, per=per)


class Cyclic(Schedule):
    """The learning rate rises and falls along straight lines, again and again.

    Parameters
    ----------
    factor : float, default 1.0
        With the mode `exp_range`, the height is multiplied by this factor in each step, or epoch.
    fall : int | None
        The number of steps, or of epochs, in which it falls. Default: as many as in which it rises.
    lowest : float, default 0.0
        The learning rate at the beginning and the end of each cycle.
    mode : Literal["triangular", "triangular2", "exp_range"], default "triangular"
        The height of the cycles.
    momentum : Sequence[float] | None
        The lowest and the highest momentum. The momentum falls while the learning rate rises. For the
        optimizers of Adam's family it is the first of `betas`. Default: the optimizer's momentum.
    per : Literal["step", "epoch"], default "step"
        What is counted: steps or epochs.
    rise : int, default 2000
        The number of steps, or of epochs, in which the learning rate rises.
    """

    _kind = "cyclic"
    factor: float
    fall: int | None
    lowest: float
    mode: Literal["triangular", "triangular2", "exp_range"]
    momentum: Sequence[float] | None
    per: Literal["step", "epoch"]
    rise: int

    def __init__(self, *, factor: float = 1.0, fall: int | None = None, lowest: float = 0.0, mode: Literal["triangular", "triangular2", "exp_range"] = "triangular", momentum: Sequence[float] | None = None, per: Literal["step", "epoch"] = "step", rise: int = 2000) -> None:
        super().__init__(factor=factor, fall=fall, lowest=lowest, mode=mode, momentum=momentum, per=per, rise=rise)


class ExponentialDecay(Schedule):
    """The learning rate is multiplied by a factor in every epoch.

    Parameters
    ----------
    factor : float, default 0.95
        The learning rate is multiplied by this factor in every epoch or step.
    per : Literal["step", "epoch"], default "epoch"
        What is counted: steps or epochs.
    """

    _kind = "exponential_decay"
    factor: float
    per: Literal["step", "epoch"]

    def __init__(self, factor: float = 0.95, *, per: Literal["step", "epoch"] = "epoch") -> None:
        super().__init__(factor=factor, per=per)


class MultiStepDecay(Schedule):
    """The learning rate is multiplied by a factor at each of some places in the training.

    Parameters
    ----------
    at : Sequence[float], default ()
        The numbers of epochs, or of steps, after which the learning rate is multiplied by the factor. A
        number that is there twice counts twice.
    factor : float, default 0.1
        The factor by which the learning rate is multiplied.
    per : Literal["step", "epoch"], default "epoch"
        What is counted: steps or epochs.
    """

    _kind = "multi_step_decay"
    at: Sequence[float]
    factor: float
    per: Literal["step", "epoch"]

    def __init__(self, *, at: Sequence[float] = (), factor: float = 0.1, per: Literal["step", "epoch"] = "epoch") -> None:
        super().__init__(at=at, factor=factor, per=per)


class OneCycle(Schedule):
    """The learning rate rises to the optimizer's learning rate in the first part of the training. In the
    rest it falls far below its first value.

    Parameters
    ----------
    anneal : Literal["cosine", "linear"], default "cosine"
        The curve along which the learning rate changes.
    end_divisor : float, default 10000.0
        The last learning rate is the first learning rate divided by this number.
    momentum : Sequence[float] | None
        The lowest and the highest momentum. The momentum falls while the learning rate rises. For the
        optimizers of Adam's family it is the first of `betas`. Default: the optimizer's momentum.
    rise : float, default 0.3
        The part of all steps in which the learning rate rises. At most 0.5 with three phases.
    start_divisor : float, default 25.0
        The first learning rate is the optimizer's learning rate divided by this number.
    three_phases : bool, default False
        Whether there are three phases. The learning rate rises, falls back to its first value in as many
        steps as it rose, and then falls to the end.
    """

    _kind = "one_cycle"
    anneal: Literal["cosine", "linear"]
    end_divisor: float
    momentum: Sequence[float] | None
    rise: float
    start_divisor: float
    three_phases: bool

    def __init__(self, *, anneal: Literal["cosine", "linear"] = "cosine", end_divisor: float = 10000.0, momentum: Sequence[float] | None = None, rise: float = 0.3, start_divisor: float = 25.0, three_phases: bool = False) -> None:
        super().__init__(anneal=anneal, end_divisor=end_divisor, momentum=momentum, rise=rise, start_divisor=start_divisor, three_phases=three_phases)


class Plateau(Schedule):
    """The learning rate falls by a factor if the validation loss has not become better for some epochs.

    Parameters
    ----------
    absolute : bool, default False
        Whether `threshold` is a difference instead of a part of the best value.
    better : Literal["lower", "higher"], default "lower"
        Whether lower or higher values are better.
    cooldown : int, default 0
        The number of epochs after a fall in which no epoch counts as worse.
    factor : float, default 0.1
        The factor by which the learning rate is multiplied.
    least_change : float, default 1e-08
        The smallest change of the learning rate. A smaller change is left out.
    lowest : float, default 0.0
        The lowest learning rate.
    patience : int, default 10
        The learning rate falls after more than this number of epochs without a better value.
    threshold : float, default 0.0001
        The smallest improvement that counts as better, as a part of the best value so far.
    """

    _kind = "plateau"
    absolute: bool
    better: Literal["lower", "higher"]
    cooldown: int
    factor: float
    least_change: float
    lowest: float
    patience: int
    threshold: float

    def __init__(self, *, absolute: bool = False, better: Literal["lower", "higher"] = "lower", cooldown: int = 0, factor: float = 0.1, least_change: float = 1e-08, lowest: float = 0.0, patience: int = 10, threshold: float = 0.0001) -> None:
        super().__init__(absolute=absolute, better=better, cooldown=cooldown, factor=factor, least_change=least_change, lowest=lowest, patience=patience, threshold=threshold)


class PolynomialDecay(Schedule):
    """The learning rate falls to zero, by default along a straight line.

    Parameters
    ----------
    over : int | None
        The number of steps, or of epochs, until the learning rate is zero. Default: the whole training.
    per : Literal["step", "epoch"], default "step"
        What is counted: steps or epochs.
    power : float, default 1.0
        The exponent of the curve: 1 is a straight line.
    """

    _kind = "polynomial_decay"
    over: int | None
    per: Literal["step", "epoch"]
    power: float

    def __init__(self, *, over: int | None = None, per: Literal["step", "epoch"] = "step", power: float = 1.0) -> None:
        super().__init__(over=over, per=per, power=power)


class StepDecay(Schedule):
    """The learning rate is multiplied by a factor every few epochs.

    Parameters
    ----------
    every : int, default 10
        The number of epochs, or of steps, from one change to the next.
    factor : float, default 0.1
        The factor by which the learning rate is multiplied.
    per : Literal["step", "epoch"], default "epoch"
        What is counted: steps or epochs.
    """

    _kind = "step_decay"
    every: int
    factor: float
    per: Literal["step", "epoch"]

    def __init__(self, every: int = 10, *, factor: float = 0.1, per: Literal["step", "epoch"] = "epoch") -> None:
        super().__init__(every=every, factor=factor, per=per)


class Warmup(Schedule):
    """The learning rate rises along a straight line; then another schedule begins.

    Parameters
    ----------
    over : int, default 100
        The number of steps, or of epochs, in which the learning rate rises.
    per : Literal["step", "epoch"], default "step"
        What is counted: steps or epochs.
    start : float, default 0.0
        The learning rate of the first step, as a part of the full learning rate.
    then : Schedule | str, default "constant"
        The schedule that follows.
    """

    _kind = "warmup"
    _nested = {"then": "schedule"}
    over: int
    per: Literal["step", "epoch"]
    start: float
    then: Schedule | str

    def __init__(self, over: int = 100, *, per: Literal["step", "epoch"] = "step", start: float = 0.0, then: Schedule | str = "constant") -> None:
        super().__init__(over=over, per=per, start=start, then=then)
