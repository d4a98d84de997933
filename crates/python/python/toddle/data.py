"""Data sets as arrays."""

from __future__ import annotations

from typing import Any, NamedTuple

from . import _toddle
from ._settings import to_json
from ._types import Array

__all__ = ["Data", "mnist", "open"]


class Data(NamedTuple):
    """The parts of a data set: pairs of inputs and targets, the names of the classes, and notes of the reader."""

    train: tuple[Array, Array]
    validation: tuple[Array, Array] | None
    test: tuple[Array, Array] | None
    classes: list[str]
    notes: list[str]


def mnist() -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """MNIST, which is a part of the package: 60,000 digits to train on and 10,000 to test with.

    Returns
    -------
    (x, y), (x, y)
        Pixels of shape (samples, 28, 28) as uint8, and the digits.

    Examples
    --------
    >>> import toddle as td
    >>> (x, y), (xt, yt) = td.data.mnist()
    >>> x.shape, x.dtype, y[:5].tolist()
    ((60000, 28, 28), dtype('uint8'), [5, 0, 4, 1, 9])
    """
    return _toddle.mnist(True), _toddle.mnist(False)


def open(seed: int = 0, **settings: Any) -> Data:
    """Samples from a file, a folder or a named set. The settings are those of the section `[data]` of an experiment.

    Parameters
    ----------
    seed : int, default 0
        The seed by which samples for validation are held out.
    **settings
        The source, such as `csv="iris.csv"`, `images="pictures"`, `npz="digits.npz"` or `set="fashion-mnist"`, and how it is read.
        `python -m toddle help data` explains all of them.

    Examples
    --------
    >>> import toddle as td
    >>> data = td.data.open(inputs=[[0, 0], [0, 1], [1, 0], [1, 1]], targets=[[0], [1], [1], [0]])
    >>> data.train[0].shape, data.train[1].ravel().tolist()
    ((4, 2), [0.0, 1.0, 1.0, 0.0])
    """
    parts = _toddle.open_data(to_json(settings), seed)
    return Data(parts["train"], parts.get("validation"), parts.get("test"), parts["classes"], parts["notes"])
