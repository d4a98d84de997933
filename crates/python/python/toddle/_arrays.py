"""Conversion of lists, tables, tensors and arrays to the contiguous arrays that the engine takes. Only another type or order needs a copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from . import _toddle
from ._types import Array

Ports = Sequence[tuple[str, list[int]]]


def as_array(value: Any, what: str) -> Array:
    """NumPy's array of a list, a table of pandas or a tensor."""
    if type(value) is np.ndarray:
        return value
    if isinstance(value, np.ma.MaskedArray):
        if np.ma.is_masked(value):
            raise ValueError(refused(what, "a number for each element", f"{int(np.ma.getmaskarray(value).sum())} masked elements", "leaving out the samples that are masked"))
        value = value.data
    elif hasattr(value, "detach"):  # a tensor of PyTorch, perhaps with a gradient or on another device
        value = value.detach().cpu().numpy()
    elif hasattr(value, "to_numpy"):  # a table or a column of pandas
        value = value.to_numpy()
    try:
        return np.asarray(value)
    except ValueError as error:
        raise ValueError(refused(what, "rows of one length", str(error), "the same number of elements in each row")) from None


def refused(what: str, expected: str, got: str, remedy: str) -> str:
    return f"the {what} cannot be read\n  expected  {expected}\n  got       {got}\n  try       {remedy}"


def floats(value: Any, dtype: np.dtype[Any], what: str) -> Array:
    """The value as numbers of `dtype`."""
    array = as_array(value, what)
    if array.dtype == dtype and array.flags.c_contiguous and array.flags.aligned:
        return array
    if array.dtype.kind not in "fiubO":
        raise TypeError(refused(what, "numbers", f"an array of {array.dtype}", "converting it to float32"))
    try:
        with np.errstate(over="ignore"):
            return np.require(array, dtype, ["C", "ALIGNED", "ENSUREARRAY"])
    except (TypeError, ValueError) as error:
        raise ValueError(refused(what, "numbers", str(error), "leaving out what is no number, or converting it")) from None


def pixels(value: Any, dtype: np.dtype[Any], what: str) -> Array:
    """The value as numbers of `dtype`, or as bytes, which the engine divides by 255."""
    array = as_array(value, what)
    return np.ascontiguousarray(array) if array.dtype == np.uint8 else floats(array, dtype, what)


def whole(value: Any, what: str, least: int, most: int = 2**32 - 1) -> int:
    """The value as a whole number from `least` to `most`."""
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool) and least <= value <= most:
        return int(value)
    raise ValueError(f"{what} = {value!r} is out of range\n  expected  a whole number from {least} to {most}\n  got       {value!r}\n  try       {what} = {least}")


def inputs(value: Any, ports: Ports, dtype: np.dtype[Any], what: str = "inputs") -> Array:
    """The inputs of a network. Those of several ports are joined into one row, one port after the other, and their bytes are divided by 255."""
    if len(ports) == 1 and type(value) is np.ndarray:
        return pixels(value, dtype, what)
    parts = _parts(value, ports, what)
    if parts is None:
        return _scaled(value, dtype, what)
    if len(ports) == 1:
        return pixels(parts[0], dtype, what)
    return _joined([_scaled(part, dtype, f"{what} `{name}`") for part, (name, _) in zip(parts, ports)], ports, what)


def gradients(value: Any, ports: Ports, dtype: np.dtype[Any]) -> Array:
    """The gradients to the outputs of a network."""
    what = "gradients to the outputs"
    parts = _parts(value, ports, what)
    if parts is None:
        return floats(value, dtype, what)
    if len(ports) == 1:
        return floats(parts[0], dtype, what)
    return _joined([floats(part, dtype, f"{what} `{name}`") for part, (name, _) in zip(parts, ports)], ports, what)


def targets(value: Any, ports: Ports, dtype: np.dtype[Any], names: list[str] | None, what: str = "targets") -> tuple[Array, list[str] | None]:
    """Targets: numbers, class numbers, or names of classes. Returns the targets with the names of the classes, if there are names."""
    parts = _parts(value, ports, what)
    if parts is None:
        return floats(value, dtype, what), names
    if len(ports) == 1:
        return _targets_of_one(parts[0], ports[0][1], dtype, names, what)
    rows = [_targets_of_several(part, shape, dtype, f"{what} `{name}`") for part, (name, shape) in zip(parts, ports)]
    return _joined(rows, ports, what), names


def _parts(value: Any, ports: Ports, what: str) -> list[Any] | None:
    """The array of each port. None if one array has all ports side by side."""
    names = [name for name, _ in ports]
    if len(ports) > 1 and set(getattr(value, "columns", ())) == set(names):  # a table of pandas with a column for each port
        value = {name: value[name] for name in names}
    if not isinstance(value, Mapping):
        return [value] if len(ports) == 1 else None
    if set(value) != set(names):
        raise ValueError(refused(what, f"an array for each of {', '.join(names)}", ", ".join(map(str, value)), "the names of the network"))
    return [value[name] for name in names]


def _joined(parts: list[Array], ports: Ports, what: str) -> Array:
    """The arrays of several ports as one row for each sample."""
    rows = []
    for array, (name, shape) in zip(parts, ports):
        if list(array.shape[1:]) not in (shape, shape[1:] if shape[0] == 1 and len(shape) == 3 else shape):
            raise ValueError(refused(f"{what} `{name}`", f"samples of shape {tuple(shape)}", f"an array of shape {array.shape}", "reshape"))
        rows.append(array.reshape(len(array), -1))
    if len({len(row) for row in rows}) != 1:
        raise ValueError(refused(what, "as many samples for each name", str([len(row) for row in rows]), "the same samples"))
    return np.ascontiguousarray(np.concatenate(rows, axis=1))


def _scaled(value: Any, dtype: np.dtype[Any], what: str) -> Array:
    """The value as numbers of `dtype`. Bytes are divided by 255, as the engine divides them."""
    array = as_array(value, what)
    if array.dtype == np.uint8:
        return (array.astype(np.float32) / np.float32(255)).astype(dtype)
    return floats(array, dtype, what)


def _targets_of_one(value: Any, shape: list[int], dtype: np.dtype[Any], names: list[str] | None, what: str) -> tuple[Array, list[str] | None]:
    """The targets of a network with one output."""
    size = shape[0] if len(shape) == 1 else 0
    array, names = labels(value, size, names, what)
    if array.dtype == np.uint32 and size > 1:
        return array, names
    # Pictures as targets. In a mask, 1 is white in every type.
    if len(shape) == 3 and array.dtype == np.uint8 and array.size and int(array.max()) > 1:
        return pixels(array, dtype, what), names
    return floats(array, dtype, what), names


def _targets_of_several(value: Any, shape: list[int], dtype: np.dtype[Any], what: str) -> Array:
    """The targets of one of several outputs. Class numbers become rows with a single 1."""
    array = _without_objects(as_array(value, what), what)
    if array.dtype.kind in "OUS":
        raise ValueError(refused(what, "numbers, or classes as whole numbers", f"{array.ravel()[0]!r}", "numpy.unique(…, return_inverse=True)[1] for names of classes"))
    if len(shape) == 3:
        return _scaled(array, dtype, what) if array.size and int(array.max()) > 1 else floats(array, dtype, what)
    if array.ndim == 1 and shape[0] == 1:
        return floats(array.reshape(-1, 1), dtype, what)
    if array.ndim == 1 and array.dtype.kind in "iub":
        _check_classes(array, shape[0] - 1, f"classes from 0 to {shape[0] - 1}", "a last layer with an output for each class", what)
        return np.eye(shape[0], dtype=dtype)[array.astype(np.intp)]
    return floats(array, dtype, what)


def labels(value: Any, size: int, names: list[str] | None, what: str = "targets") -> tuple[Array, list[str] | None]:
    """Targets of one axis as class numbers, with the names of the classes, if the targets are names."""
    array = _without_objects(as_array(value, what), what)
    if array.dtype.kind in "OUS" and array.ndim == 1:
        words = array.astype(str)
        known = sorted(set(words.tolist())) if names is None else names
        places = {name: place for place, name in enumerate(known)}
        strange = [word for word in words.tolist() if word not in places]
        if strange:
            raise ValueError(refused(what, f"classes of the network: {', '.join(known)}", repr(strange[0]), "the classes of the training"))
        if len(known) > max(size, 2):
            raise ValueError(refused(what, f"at most {max(size, 2)} classes, since the network has {size} outputs", f"{len(known)} classes", "a last layer with an output for each class"))
        return np.array([places[word] for word in words.tolist()], dtype=np.uint32), known
    if size > 1 and array.ndim == 1 and array.dtype.kind in "iub":
        _check_classes(array, 2**32 - 1, f"classes from 0 to {size - 1}", "class numbers from 0 on", what)
        return np.require(array, np.uint32, ["C", "ALIGNED"]), names
    if size > 1 and array.ndim == 1 and len(array) != size:
        got = f"one {array.dtype} for each sample"
        raise ValueError(refused(what, f"classes as whole numbers or names, or {size} numbers for each sample", got, "targets.astype(int), if they are classes"))
    return array, names


def _without_objects(array: Array, what: str) -> Array:
    """An array of objects as one of numbers, if all of its objects are numbers."""
    if array.dtype.kind != "O":
        return array
    values = array.ravel().tolist()
    missing = next((place for place, value in enumerate(values) if _is_missing(value)), None)
    if missing is not None:
        sample = missing * len(array) // array.size if array.ndim else 0
        raise ValueError(refused(what, "a class or a number for each sample", f"none for sample {sample}", "leaving such samples out"))
    if not all(isinstance(value, (bool, int, float, np.bool_, np.number)) for value in values):
        return array
    plain = np.array(values).reshape(array.shape)
    return plain if plain.dtype.kind in "iub" else plain.astype(np.float64)


def _check_classes(array: Array, most: int, expected: str, remedy: str, what: str) -> None:
    """Checks that all class numbers are from 0 to `most`."""
    for wrong in (array.min(initial=0), array.max(initial=0)):
        if not 0 <= int(wrong) <= most:
            raise ValueError(refused(what, expected, str(int(wrong)), remedy))


def _is_missing(value: Any) -> bool:
    """Whether a value of a table is missing: None, NaN, or the missing values of pandas."""
    return value is None or isinstance(value, (float, np.floating)) and value != value or type(value).__name__ in ("NAType", "NaTType")


def are_classes(array: Array, shape: list[int]) -> bool:
    """Whether each row of some targets chooses a class: its elements are parts of 1, or one element has a value and all others have another."""
    if array.dtype == np.uint32 or len(shape) != 1 or shape[0] < 2 or len(array) == 0:
        return True
    rows = array.reshape(len(array), -1)[:, : shape[0]]
    shares = (rows >= 0).all(axis=1) & (np.abs(rows.sum(axis=1) - 1) < 1e-3)
    lows, highs = rows.min(axis=1, keepdims=True), rows.max(axis=1, keepdims=True)
    single = ((rows == highs).sum(axis=1) == 1) & ((rows == lows).sum(axis=1) == shape[0] - 1)
    alike = (lows == lows[0]) & (highs == highs[0])
    return bool((shares | single & alike[:, 0]).all())


def is_true(answer: Any) -> bool:
    """Whether a callback says True, of Python or of NumPy."""
    return isinstance(answer, (bool, np.bool_)) and bool(answer)


def locked(*arrays: Array) -> _toddle.Locked:
    """Keeps arrays from being written to by other threads, while the engine reads them. Memory of a tensor is not locked."""
    owners: list[Array] = []
    for array in arrays:
        chain: list[Array] = []
        memory: Any = array
        while isinstance(memory, np.ndarray):
            chain.append(memory)
            memory = memory.base
        if memory is None or _is_writeable(memory):
            # The owner of the memory must become writeable before a view of it can.
            owners += reversed(chain)
    return _toddle.Locked(owners)


def _is_writeable(memory: Any) -> bool:
    """Whether NumPy could make an array of this memory writeable again."""
    try:
        return not memoryview(memory).readonly
    except TypeError:
        return False
