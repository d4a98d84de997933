"""A training with a loss that is a function of Python."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _arrays, _toddle
from ._settings import plain
from ._types import LossFunction
from .history import Epoch, History

if TYPE_CHECKING:
    from .network import Network

# Settings that only the library's own losses have.
OF_THE_LIBRARY = {"accumulate": 1, "average": None, "monitor": "loss", "patience": None, "keep_best": False, "min_delta": 0.0}


def train(network: Network, x: Any, y: Any, settings: dict[str, Any], loss: LossFunction, unused: dict[str, Any], watchers: Sequence[Callable[[Epoch], Any]]) -> History:
    """Trains with `loss(y, target)`, which returns the mean loss of a batch and the gradient of this mean to `y`.

    The order of the samples and the learning rates are those of a training with a loss of the library.
    """
    given = [name for name, value in unused.items() if value is not None]
    given += [name for name, default in OF_THE_LIBRARY.items() if settings.pop(name) != default]
    if given:
        raise ValueError(f"a loss of your own has no `{given[0]}`\n  expected  loss, optimizer, schedule, epochs, batch, clip, shuffle, seed, threads, callbacks\n  got       {given[0]}\n  try       a loss of toddle, or a loop with network.engine(…)")
    if plain(settings["schedule"], "schedule").get("kind") == "plateau":
        raise ValueError("a loss of your own has no schedule `plateau`\n  expected  a schedule that does not follow the loss\n  got       plateau\n  try       another schedule, or a callback that stops the training")
    inputs = _arrays.joined(x, network._ports[0], network.dtype, "inputs")
    array = _arrays.as_array(y, "targets")
    if array.ndim == 0:
        raise ValueError("a loss of your own gets one array of targets\n  expected  an array with a target for each sample\n  got       a dictionary or nothing\n  try       the targets of all outputs, side by side in one array")
    if len(array) != len(inputs) or len(inputs) == 0:
        raise ValueError(f"there are {len(inputs)} inputs and {len(array)} targets\n  expected  one target for each input, and one sample or more\n  got       {len(inputs)} and {len(array)}\n  try       checking that both come from the same part of the data")
    optimizer, clip, threads = settings["optimizer"], settings.pop("clip"), settings.pop("threads")
    settings["seed"] = network._seed if settings["seed"] is None else settings["seed"]
    # The library only computes the order and the rates here, so any of its losses can take the place of the function.
    kinds = {**settings, "loss": "mean_squared_error"}
    fit = _json({name: plain(value, name if name in {"loss", "optimizer", "schedule"} else None) for name, value in kinds.items()})
    engine, batch, of = network.engine(settings["batch"], seed=settings["seed"], threads=threads), settings["batch"], settings["epochs"]
    losses: list[float] = []
    epochs: list[Epoch] = []
    step = 0
    with _arrays.Locked(inputs, array):
        for number in range(of):
            start, total, rate = time.perf_counter(), 0.0, 0.0
            order = np.asarray(_toddle.order(fit, len(inputs), number))
            for first in range(0, len(order), batch):
                chosen = order[first : first + batch]
                out = engine.forward(inputs[chosen])
                value, gradient = loss(out, array[chosen])
                engine.backward(gradient)
                rate = _toddle.rate(fit, len(inputs), step)
                engine.update(optimizer, rate=rate, clip=clip)
                step += 1
                total += float(value) * len(chosen)
            losses.append(total / len(order))
            best = min(range(len(losses)), key=losses.__getitem__) == number
            epochs.append(Epoch(number + 1, of, step, rate, losses[-1], None, None, None, best, time.perf_counter() - start))
            if any([_arrays.is_true(watcher(epochs[-1])) for watcher in watchers]):
                break
    best_epoch = min(range(len(losses)), key=losses.__getitem__) + 1 if losses else None
    return History(losses, [None] * len(losses), [], best_epoch, epochs)


def _json(value: dict[str, Any]) -> str:
    import json

    return json.dumps({name: part for name, part in value.items() if part is not None})
