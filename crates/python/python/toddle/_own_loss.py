"""A training with a loss that is a function of Python."""

from __future__ import annotations

import inspect
import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _arrays, _toddle
from ._settings import plain
from ._types import Array, Floats, LossFunction
from .history import Epoch, History

if TYPE_CHECKING:
    from .network import Network

# The settings that a training with a loss of one's own has.
TAKEN = ("loss", "optimizer", "schedule", "epochs", "batch", "clip", "shuffle", "seed", "threads")


def train(network: Network, x: Any, y: Any, settings: dict[str, Any], loss: LossFunction, watchers: Sequence[Callable[[Epoch], Any]]) -> History:
    """Trains with `loss(y, target)`, which returns the mean loss of a batch and the gradient of this mean to `y`.

    The order of the samples and the learning rates are those of a training with a loss of the library.
    """
    defaults = inspect.signature(type(network).fit).parameters
    for name in [name for name in settings if name not in TAKEN]:
        value = settings.pop(name)
        if value is not None and (defaults[name].default is None or plain(value) != plain(defaults[name].default)):
            raise ValueError(f"a loss of your own has no `{name}`\n  expected  {', '.join(TAKEN)}, callbacks, progress\n  got       {name}\n  try       a loss of toddle, or a loop with network.engine(…)")
    if plain(settings["schedule"], "schedule").get("kind") == "plateau":
        raise ValueError("a loss of your own has no schedule `plateau`\n  expected  a schedule that does not follow the loss\n  got       plateau\n  try       another schedule, or a callback that stops the training")
    inputs = _arrays.inputs(x, network._ports[0], network.dtype)
    if isinstance(y, Mapping):
        raise ValueError("a loss of your own gets one array of targets\n  expected  an array with a target for each sample\n  got       a dictionary\n  try       the targets of all outputs, side by side in one array")
    targets = _arrays.as_array(y, "targets")
    if targets.ndim == 0 or len(targets) != len(inputs) or len(inputs) == 0:
        others = len(targets) if targets.ndim else 0
        raise ValueError(f"there are {len(inputs)} inputs and {others} targets\n  expected  one target for each input, and one sample or more\n  got       {len(inputs)} and {others}\n  try       checking that both come from the same part of the data")
    optimizer, clip, threads, batch = settings["optimizer"], settings.pop("clip"), settings.pop("threads"), settings["batch"]
    settings["seed"] = network._seed if settings["seed"] is None else _arrays.whole(settings["seed"], "seed", 0)
    of = settings["epochs"] = _arrays.whole(settings["epochs"], "epochs", 0)
    # The library only computes the order and the rates here, so any of its losses can take the place of the function.
    kinds = {**settings, "loss": "mean_squared_error"}
    fit = _json({name: plain(value, name if name in {"loss", "optimizer", "schedule"} else None) for name, value in kinds.items()})
    engine = network.engine(batch, seed=settings["seed"], threads=threads)
    losses: list[float] = []
    epochs: list[Epoch] = []
    step = 0
    with network._core.alone(), _arrays.locked(inputs, targets):
        for number in range(of):
            start, total, rate = time.perf_counter(), 0.0, 0.0
            order = np.asarray(_toddle.order(fit, len(inputs), number))
            for first in range(0, len(order), batch):
                chosen = order[first : first + batch]
                out = engine.forward(inputs[chosen])
                value, gradient = _answer(loss(out, targets[chosen]), out, f"epoch {number + 1}, step {step + 1}")
                engine.backward(gradient)
                rate = _toddle.rate(fit, len(inputs), step)
                engine.update(optimizer, rate=rate, clip=clip)
                network._about = network._facts(inputs, None, None)
                step += 1
                total += value * len(chosen)
            losses.append(total / len(order))
            best = min(range(len(losses)), key=losses.__getitem__) == number
            epochs.append(Epoch(number + 1, of, step, rate, losses[-1], None, None, None, best, time.perf_counter() - start))
            if any([_arrays.is_true(watcher(epochs[-1])) for watcher in watchers]):
                break
    best_epoch = min(range(len(losses)), key=losses.__getitem__) + 1 if losses else None
    return History(losses, [None] * len(losses), [], best_epoch, epochs)


def _answer(answer: Any, out: Floats, where: str) -> tuple[float, Array]:
    """The loss and the gradient that the function returned, checked."""
    try:
        loss, gradient = answer
        value = float(loss)
    except (TypeError, ValueError):
        raise TypeError(f"the loss of your own returns another value\n  expected  a pair: the mean loss as a number, and the gradient to the outputs\n  got       {type(answer).__name__}\n  try       return loss, gradient") from None
    if not math.isfinite(value):
        raise ValueError(f"the loss of your own is {value}: {where}\n  expected  a finite number\n  got       {value}\n  try       a smaller learning rate")
    array = _arrays.as_array(gradient, "gradient of the loss")
    if array.shape != out.shape and not (array.size == out.size and array.shape[:1] == out.shape[:1]):
        raise ValueError(f"the gradient of the loss of your own has another shape\n  expected  the shape of the outputs, {out.shape}\n  got       {array.shape}\n  try       a gradient for each output of each sample")
    return value, array.reshape(out.shape)


def _json(value: dict[str, Any]) -> str:
    import json

    return json.dumps({name: part for name, part in value.items() if part is not None})
