"""Small neural networks on a CPU, with the same bits every time.

>>> import toddle as td
>>> net = td.Network(2, [td.Dense(8), td.Tanh(), td.Dense(1)], seed=1)
>>> x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
>>> history = net.fit(x, y, loss="mean_squared_error", optimizer=td.Adam(0.05), epochs=200, batch=4)
>>> (net.predict(x).ravel() > 0.5).tolist()
[False, True, True, False]
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from . import _toddle

if TYPE_CHECKING:
    from . import clip as clip
    from . import data as data
    from . import init as init
    from . import sklearn as sklearn
    from ._settings import Clip as Clip
    from ._settings import Init as Init
    from ._settings import Layer as Layer
    from ._settings import Loss as Loss
    from ._settings import Optimizer as Optimizer
    from ._settings import Schedule as Schedule
    from .augment import Augment as Augment
    from .engine import Engine as Engine
    from .exchange import *
    from .graph import *
    from .history import *
    from .layers import *
    from .look import *
    from .losses import *
    from .network import *
    from .optimizers import *
    from .schedules import *
    from .trace import *

__version__: str = _toddle.__version__

# The modules whose names are names of the package. They are imported when a name is asked for first.
_PARTS = ("layers", "losses", "optimizers", "schedules", "network", "graph", "history", "trace", "engine", "augment", "look", "exchange")
_FAMILIES = ("Layer", "Loss", "Optimizer", "Schedule", "Init", "Clip")
_MODULES = ("data", "init", "clip", "sklearn")


def _names() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in _PARTS:
        module = importlib.import_module(f".{part}", __name__)
        found.update({name: getattr(module, name) for name in module.__all__})
    settings = importlib.import_module("._settings", __name__)
    return {**found, **{name: getattr(settings, name) for name in _FAMILIES}}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f".{name}", __name__)
    if name.startswith("_"):
        raise AttributeError(f"module 'toddle' has no attribute {name!r}")
    found = _names()
    if name in found:
        globals().update(found)
        return found[name]
    kinds = {getattr(value, "_kind", None) or key: key for key, value in found.items()}
    meant = kinds.get(_toddle.meant(name, list(kinds)) or "")
    remedy = f"toddle.{meant}" if meant else "dir(toddle)"
    raise AttributeError(f"module 'toddle' has no attribute {name!r}\n  try       {remedy}")


def __dir__() -> list[str]:
    return sorted({*_names(), *_MODULES, "__version__"})
