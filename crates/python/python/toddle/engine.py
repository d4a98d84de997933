"""Forward, backward and update, one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _arrays, _toddle
from ._settings import Clip, Optimizer, to_json
from ._types import Floats, Inputs

if TYPE_CHECKING:
    from .network import Network

__all__ = ["Engine"]


class Engine:
    """Forward, backward and update of a network: for losses and loops of your own. `Network.engine` makes an engine.

    The state of the optimizer is kept from update to update. With the gradient of a built-in loss, the weights get the same bits
    as in `fit`.

    Examples
    --------
    >>> import numpy as np, toddle as td
    >>> net = td.Network(2, [td.Dense(1)], dtype="float64")
    >>> x, t = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([[2.0], [3.0], [5.0]])
    >>> engine = net.engine(batch=3)
    >>> for step in range(500):
    ...     y = engine.forward(x)
    ...     dx = engine.backward(np.tanh(y - t) / 3)
    ...     engine.update(td.SGD(0.3))
    >>> bool(np.abs(net.predict(x) - t).max() < 0.1)
    True
    """

    def __init__(self, network: Network, batch: int, *, seed: int, threads: int | None = None) -> None:
        self._network = network
        batch, seed = _arrays.whole(batch, "batch", 1), _arrays.whole(seed, "seed", 0)
        threads = None if threads is None else _arrays.whole(threads, "threads", 1)
        self._engine = _toddle.Engine(network._core, batch, seed, threads)

    def forward(self, x: Inputs) -> Floats:
        """The outputs of a batch, as a training computes them: dropout drops, and batch norm takes the statistics of the batch."""
        network = self._network
        return self._engine.forward(_arrays.inputs(x, network._ports[0], network.dtype))

    def backward(self, dy: Any) -> Floats:
        """Computes the backward pass from `dy`, the gradient to the outputs of the last batch. Returns the gradient to the inputs."""
        network = self._network
        return self._engine.backward(_arrays.gradients(dy, network._ports[1], network.dtype))

    @property
    def gradients(self) -> dict[str, Floats]:
        """The gradient to each parameter by name: the sum over the samples of the last batch."""
        return self._engine.gradients()

    def update(self, optimizer: Optimizer | str, *, rate: float | None = None, clip: Clip | str | None = None) -> None:
        """One step of the optimizer with the gradients of the last batch.

        Parameters
        ----------
        optimizer : Optimizer or str
            How the step moves the weights.
        rate : float, default that of the optimizer
            The learning rate of this step.
        clip : Clip or str, default None
            How large gradients are made smaller.
        """
        self._engine.update(to_json(optimizer, "optimizer"), rate, None if clip is None else to_json(clip, "clip"))
