"""Every value inside a network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from . import _arrays
from ._types import Array, Floats

if TYPE_CHECKING:
    from .network import Network

__all__ = ["Gradients", "Trace"]


class Gradients(NamedTuple):
    """The gradients to every value, `inputs`, and to every parameter, `weights`, by name."""

    inputs: dict[str, Array]
    weights: dict[str, Array]


class Trace(Mapping[str, Floats]):
    """The values of a network for some samples, by name, in the order in which they are computed."""

    def __init__(self, network: Network, x: Array) -> None:
        # The caller may write other samples into the array before `backward`.
        self._network, self._x = network, np.array(x)
        self._values, _, _ = network._core.trace(x)

    def backward(self, dy: Any) -> Gradients:
        """The gradients that follow from `dy`, the gradient to the outputs, with the weights that the network has now.

        Parameters
        ----------
        dy : array
            A gradient for each output of each sample.
        """
        gradient = _arrays.gradients(dy, self._network._ports[1], self._network.dtype)
        _, inputs, weights = self._network._core.trace(self._x, gradient)
        return Gradients(inputs, weights)

    def __getitem__(self, name: str) -> Floats:
        if name not in self._values:
            raise KeyError(f"there is no value `{name}`: the names are {', '.join(self._values)}")
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return "<toddle.Trace " + ", ".join(f"{name}: {value.shape}" for name, value in self._values.items()) + ">"

    def _repr_html_(self) -> str:
        from ._html import trace

        return trace({name: np.asarray(value[0]) for name, value in self._values.items()})
