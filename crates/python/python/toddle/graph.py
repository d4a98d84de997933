"""Networks that branch: inputs, and layers that are called on values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._settings import Layer, Loss, Shape, plain, plain_shape

__all__ = ["Input", "Output", "Value"]


class Value:
    """An input, or the output of a layer, in the description of a network."""

    def __init__(self, layer: Layer | None, values: Sequence[Value]) -> None:
        self.layer, self.values = layer, list(values)

    def __add__(self, other: Value) -> Value:
        from .layers import Sum

        return Sum()(self, other)

    def __mul__(self, other: Value) -> Value:
        from .layers import Product

        return Product()(self, other)

    def __repr__(self) -> str:
        return f"<value of {self.layer!r}>"


class Input(Value):
    """An input of a network. The first layers are called on it.

    Parameters
    ----------
    shape : int or tuple of int
        The shape of a sample: the length of a vector, or channels, height and width.
    name : str, default "input"
        The name of the input. Several inputs need different names.

    Examples
    --------
    >>> import toddle as td
    >>> image = td.Input((1, 8, 8))
    >>> a, b = td.Conv2d(2, 3, padding="same")(image), td.Conv2d(2, 5, padding="same")(image)
    >>> digit = td.Dense(10)(td.Flatten()(td.Concat()(a, b)))
    >>> td.Network(image, digit).output
    (10,)
    """

    def __init__(self, shape: Shape, name: str = "input") -> None:
        super().__init__(None, [])
        self.shape, self.name = shape, name

    def __repr__(self) -> str:
        return f"Input({self.shape!r}, name={self.name!r})"


class Output:
    """An output of a network that has several, with its part of the loss.

    Parameters
    ----------
    value : Value
        The value that is the output.
    name : str
        The name of the output.
    weight : float, default 1
        The factor of its loss in the loss of a sample.
    loss : Loss or str, default that of the training
        Its loss.
    """

    def __init__(self, value: Value, name: str, *, weight: float = 1.0, loss: Loss | str | None = None) -> None:
        self.value, self.name, self.weight, self.loss = value, name, weight, loss


def flat(values: Sequence[Value | Sequence[Value]]) -> list[Value]:
    """The values that a layer is called on, one by one or in a list."""
    taken: list[Value] = []
    for value in values:
        if isinstance(value, Value):
            taken.append(value)
        elif isinstance(value, (list, tuple)):
            taken += flat(value)
        else:
            raise TypeError(f"a layer is called on values\n  expected  toddle.Input(…), or the result of another layer\n  got       {type(value).__name__}\n  try       network.predict(…) for arrays")
    if not taken:
        raise TypeError("a layer is called on values\n  expected  one value or more\n  got       none\n  try       layer(toddle.Input(…))")
    return taken


def described(inputs: Value | Sequence[Value], outputs: Any, init: Any) -> dict[str, Any]:
    """The network between inputs and outputs. The layers are in the order in which they must run."""
    first = flat([inputs])
    for value in first:
        if not isinstance(value, Input):
            raise TypeError(f"a network begins with inputs\n  expected  toddle.Input(…)\n  got       {value!r}\n  try       the inputs that the layers were called on")
    given = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    ends = [output if isinstance(output, Output) else Output(output, f"output{n + 1}" if len(given) > 1 else "output") for n, output in enumerate(given)]
    places = {id(value): place for place, value in enumerate(first)}
    layers: list[dict[str, Any]] = []
    made: dict[int, int] = {}
    for end in ends:
        waiting = flat([end.value])
        while waiting:
            value = waiting[-1]
            missing = [before for before in value.values if id(before) not in places]
            if id(value) in places:
                waiting.pop()
            elif missing:
                waiting += reversed(missing)
            elif value.layer is None:
                raise ValueError(f"an input is missing\n  expected  all inputs in the first argument of Network\n  got       {value!r}, which a layer takes\n  try       Network([…, {value!r}], …)")
            else:
                layer = value.layer
                again = made.get(id(layer))
                places[id(value)] = place = len(first) + len(layers)
                name = None if again is not None else layer.__dict__.get("name")
                layers.append({"layer": layer.settings(), "from": [places[id(before)] for before in value.values], "shares": again, "name": name})
                made.setdefault(id(layer), place)
    return {
        "inputs": [{"name": value.name, "shape": plain_shape(value.shape)} for value in first if isinstance(value, Input)],
        "layers": layers,
        "outputs": [{"name": end.name, "value": places[id(end.value)], "weight": plain(end.weight), "loss": plain(end.loss, "loss")} for end in ends],
        "init": plain(init, "init"),
    }
