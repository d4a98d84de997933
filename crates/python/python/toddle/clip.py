"""Clips: how gradients are kept small.

This file is generated: crates/python/generate.py writes it from docs/experiment.schema.json.
"""

from __future__ import annotations

from ._settings import Clip

__all__ = ["Norm", "Value"]


class Norm(Clip):
    """The gradients of all weights are multiplied by one factor, so that their norm is at most `limit`. The
    norm is the root of the sum of their squares.

    Parameters
    ----------
    limit : float
        The largest norm.
    """

    _kind = "norm"
    limit: float

    def __init__(self, limit: float) -> None:
        super().__init__(limit=limit)


class Value(Clip):
    """Each element of the gradient is limited to the range from `−limit` to `limit`.

    Parameters
    ----------
    limit : float
        The largest absolute value.
    """

    _kind = "value"
    limit: float

    def __init__(self, limit: float) -> None:
        super().__init__(limit=limit)
