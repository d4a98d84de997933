"""Pictures of a network."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Literal

from . import _arrays, _toddle
from ._settings import plain

if TYPE_CHECKING:
    import numpy as np

    from ._types import Array, Inputs, Targets

__all__ = ["Picture", "film"]

What = Literal["filters", "maps", "saliency", "nudge", "excite", "neighbours", "map", "confusion", "calibration", "scatter", "histograms"]


class Picture:
    """A picture of a network. A notebook displays it.

    Attributes
    ----------
    svg : str
        The picture as SVG.
    png : bytes or None
        The picture as PNG. None for a chart, which is made of lines and text.
    """

    def __init__(self, svg: str, png: bytes | None = None) -> None:
        self.svg, self.png = svg, png

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the picture to a file whose name ends in .svg or .png. A file that toddle has not made is never overwritten.

        Examples
        --------
        >>> import tempfile, toddle as td
        >>> path = tempfile.mkdtemp() + "/filters.png"
        >>> td.Network((1, 8, 8), [td.Conv2d(4, 3)]).look("filters").save(path)
        """
        name = os.fspath(path)
        if not name.lower().endswith(".png"):
            _toddle.save_picture(path, self.svg.encode())
        elif self.png is not None:
            _toddle.save_picture(path, self.png)
        else:
            raise ValueError(f"a chart cannot be written to `{name}`\n  expected  a name that ends in .svg, since a chart has no pixels\n  got       .png\n  try       {name[:-4]}.svg")

    def _repr_svg_(self) -> str | None:
        return self.svg if self.png is None else None

    def _repr_png_(self) -> bytes | None:
        return self.png

    def __repr__(self) -> str:
        return f"<toddle.Picture, {'a chart as SVG' if self.png is None else 'PNG and SVG'}>"


class Looks:
    """The method `look` of a network."""

    _core: _toddle.Network
    _seed: int
    _about: dict[str, Any]
    _ports: tuple[list[tuple[str, list[int]]], list[tuple[str, list[int]]]]
    _dtype: np.dtype[Any]

    def look(
        self,
        what: What,
        x: Inputs | None = None,
        y: Targets | None = None,
        *,
        sample: int | None = None,
        layer: str | None = None,
        unit: int | None = None,
        target: str | int | None = None,
        train: Inputs | tuple[Inputs, Targets] | None = None,
    ) -> Picture:
        """Draws a picture of the network.

        Parameters
        ----------
        what : str
            What to draw:

            - ``filters``: the filters of the first convolution.
            - ``maps``: the feature maps of a sample.
            - ``saliency``: which inputs of a sample speak for its answer: gradient × input, integrated gradients, and occlusion.
            - ``nudge``: a small change of all pixels of a sample that turns its answer.
            - ``excite``: the pictures that excite units most.
            - ``neighbours``: the samples of `train` that are nearest to a sample, in the last hidden layer.
            - ``map``: all samples in a plane, by the outputs of the last hidden layer.
            - ``confusion``: the confusion matrix. It needs `y`.
            - ``calibration``: how often answers of some probability are right. It needs `y`.
            - ``scatter``: the answers of a regression against the targets. It needs `y`.
            - ``histograms``: the weights of each layer.
        x : array, optional
            Samples, as for `predict`. All pictures but ``filters``, ``histograms`` and ``excite`` need them. For ``excite``, they give
            the range of the inputs.
        y : array, optional
            The targets of the samples, as for `fit`. Numbers mean that the network answers with numbers, and not with classes.
        sample : int, default 0
            The index of the sample in `x`: for ``maps``, ``saliency``, ``nudge`` and ``neighbours``.
        layer : str, optional
            The layer to draw: for ``maps`` and ``excite``. By default all layers, or the classes.
        unit : int, optional
            The unit of the layer to draw: for ``excite``. By default all units.
        target : str or int, optional
            For ``saliency``, the name of the class whose score is explained; by default the answer of the network. For ``scatter``, the
            name of a target.
        train : array or tuple of (x, y), optional
            The samples among which ``neighbours`` are searched. By default those of `x`.

        Returns
        -------
        Picture
            The picture as `svg`, and as `png` if it is made of pixels. A notebook displays it.

        Raises
        ------
        ValueError
            The network or its samples do not fit the picture, or the picture does not use an option.

        Examples
        --------
        >>> import toddle as td
        >>> (x, y), _ = td.data.mnist()
        >>> net = td.Network((1, 28, 28), [td.Conv2d(4, 5), td.ReLU(), td.Flatten(), td.Dense(10)], seed=1)
        >>> net.look("saliency", x[:20], y[:20], sample=3)
        <toddle.Picture, PNG and SVG>
        >>> net.look("confusion", x[:20], y[:20])
        <toddle.Picture, a chart as SVG>
        """
        asked = {"what": what, "sample": sample, "layer": layer, "unit": unit, "target": target if target is None else str(target)}
        about = json.dumps({**self._about, "seed": self._seed})
        pair = None
        if train is not None:
            pair = self._samples(*train) if isinstance(train, tuple) and len(train) == 2 else self._samples(train, None)
        inputs, targets = (None, None) if x is None else self._samples(x, y)
        return Picture(*_toddle.look(self._core, about, json.dumps(plain(asked)), inputs, targets, pair))

    def _samples(self, x: Inputs, y: Targets | None) -> tuple[Array, Array | None]:
        """Samples and their targets as arrays that the engine takes."""
        inputs, outputs = self._ports
        array = _arrays.inputs(x, inputs, self._dtype)
        if y is None:
            return array, None
        targets, _ = _arrays.targets(y, outputs, self._dtype, self._about.get("classes") or None)
        return array, targets


def film(folder: str | os.PathLike[str]) -> Picture:
    """The film of a training by the command: the filters or the feature maps of the network at some epochs.

    Parameters
    ----------
    folder : path
        The folder of the run.
    """
    return Picture(*_toddle.film(folder))
