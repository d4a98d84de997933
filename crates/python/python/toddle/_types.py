"""The types of arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable, Union

import numpy as np
import numpy.typing as npt

from .history import Epoch

Array = npt.NDArray[Any]
# Lists, pandas' tables and tensors are arrays here, too.
Inputs = Union[npt.ArrayLike, Mapping[str, npt.ArrayLike], Any]
Targets = Union[npt.ArrayLike, Mapping[str, npt.ArrayLike], Any]
Floats = npt.NDArray[np.floating[Any]]
LossFunction = Callable[[Array, Array], "tuple[float, npt.ArrayLike]"]
Callback = Callable[[Epoch], Any]
