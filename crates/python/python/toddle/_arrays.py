"""Conversion of lists, tables, tensors and arrays to the contiguous arrays that the engine takes. Only another type or order needs a copy."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ._types import Array


def as_array(value: Any, what: str) -> Array:
    """NumPy's array of a list, a table of pandas or a tensor."""
    if type(value) is not np.ndarray:
        if hasattr(value, "detach"):  # a tensor of PyTorch, perhaps with a gradient or on another device
            value = value.detach().cpu().numpy()
        elif hasattr(value, "to_numpy"):  # a table or a column of pandas
            value = value.to_numpy()
        try:
            value = np.asarray(value)
        except ValueError as error:
            raise ValueError(refused(what, "rows of one length", str(error), "the same number of elements in each row")) from None
    return value  # type: ignore[no-any-return]


def refused(what: str, expected: str, got: str, remedy: str) -> str:
    return f"the {what} cannot be read\n  expected  {expected}\n  got       {got}\n  try       {remedy}"


def numbers(value: Any, dtype: np.dtype[Any], what: str) -> Array:
    """The value as numbers of `dtype`. Bytes stay bytes."""
    array = as_array(value, what)
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)
    return floats(array, dtype, what)


def floats(array: Array, dtype: np.dtype[Any], what: str) -> Array:
    """The array as numbers of `dtype`."""
    if array.dtype == dtype and array.flags.c_contiguous and array.dtype.isnative:
        return array
    if array.dtype.kind not in "fiubO":
        raise TypeError(refused(what, "numbers", f"an array of {array.dtype}", "converting it to float32"))
    try:
        with np.errstate(over="ignore"):
            return np.ascontiguousarray(array, dtype=dtype).reshape(array.shape)
    except (TypeError, ValueError) as error:
        raise ValueError(refused(what, "numbers", str(error), "leaving out what is no number, or converting it")) from None


def joined(value: Any, ports: Sequence[tuple[str, list[int]]], dtype: np.dtype[Any], what: str) -> Array:
    """The inputs or targets of a network with one port or several. The arrays of several ports are joined into one row, one port after the other."""
    if not isinstance(value, Mapping):
        return numbers(value, dtype, what) if len(ports) == 1 else floats(as_array(value, what), dtype, what)
    names = [name for name, _ in ports]
    if set(value) != set(names):
        got = ", ".join(map(str, value))
        raise ValueError(refused(what, f"an array for each of {', '.join(names)}", got, "the names of the network"))
    if len(ports) == 1:
        return numbers(value[names[0]], dtype, what)
    rows = []
    for name, shape in ports:
        array = numbers(value[name], dtype, f"{what} `{name}`")
        if array.dtype == np.uint8:
            array = array.astype(dtype) / dtype.type(255)
        if list(array.shape[1:]) not in (shape, shape[1:] if shape[0] == 1 and len(shape) == 3 else shape):
            raise ValueError(refused(f"{what} `{name}`", f"samples of shape {tuple(shape)}", f"an array of shape {array.shape}", "reshape"))
        rows.append(array.reshape(len(array), -1))
    if len({len(row) for row in rows}) != 1:
        raise ValueError(refused(what, "as many samples for each name", str([len(row) for row in rows]), "the same samples"))
    return np.ascontiguousarray(np.concatenate(rows, axis=1))


class Locked:
    """Keeps arrays from being written to by other threads, while the engine reads them."""

    # How often each array is locked now, whether it was writeable before, and the array itself.
    _held: dict[int, list[Any]] = {}
    _lock = threading.Lock()

    def __init__(self, *arrays: Array | None) -> None:
        self._owners: list[Array] = []
        for array in arrays:
            chain: list[Array] = []
            while isinstance(array, np.ndarray):
                chain.append(array)
                array = array.base
            if array is None or is_writeable(array):
                self._owners += chain

    def __enter__(self) -> None:
        with self._lock:
            for owner in self._owners:
                held = self._held.setdefault(id(owner), [0, owner.flags.writeable, owner])
                held[0] += 1
                owner.flags.writeable = False

    def __exit__(self, *_: object) -> None:
        with self._lock:
            for owner in self._owners:
                self._held[id(owner)][0] -= 1
            # The owner of the memory must be writeable before a view of it can be: a view waits while somebody else locks the owner.
            free = [owner for count, _, owner in self._held.values() if count == 0]
            for owner in sorted(free, key=_depth):
                if id(owner.base) not in self._held and self._held.pop(id(owner))[1]:
                    owner.flags.writeable = True


def _depth(array: Any) -> int:
    """How many arrays lie between a view and the memory."""
    return 1 + _depth(array.base) if isinstance(array, np.ndarray) else 0


def is_true(answer: Any) -> bool:
    """Whether a callback says True, of Python or of NumPy."""
    return isinstance(answer, (bool, np.bool_)) and bool(answer)


def is_writeable(memory: Any) -> bool:
    """Whether NumPy could make an array of this memory writeable again. Memory of a tensor is not locked, for example."""
    try:
        return not memoryview(memory).readonly
    except TypeError:
        return False


def labels(value: Any, size: int, names: list[str] | None) -> tuple[Array, list[str] | None]:
    """Targets of one axis as class numbers, with the names of the classes, if the targets are names."""
    array = as_array(value, "targets")
    missing = [place for place, x in enumerate(array.tolist()) if _is_missing(x)] if array.dtype.kind == "O" and array.ndim == 1 else []
    if missing:
        raise ValueError(refused("targets", "a class or a number for each sample", f"none for sample {missing[0]}", "leaving such samples out"))
    if array.dtype.kind in "OUS" and array.ndim == 1 and not all(isinstance(x, (int, float)) for x in array.tolist()):
        words = array.astype(str)
        known = sorted(set(words.tolist())) if names is None else names
        places = {name: place for place, name in enumerate(known)}
        strange = [word for word in words.tolist() if word not in places]
        if strange:
            raise ValueError(refused("targets", f"classes of the network: {', '.join(known)}", repr(strange[0]), "the classes of the training"))
        if len(known) > max(size, 2):
            raise ValueError(refused("targets", f"at most {max(size, 2)} classes, since the network has {size} outputs", f"{len(known)} classes", "a last layer with an output for each class"))
        return np.array([places[word] for word in words.tolist()], dtype=np.uint32), known
    if size > 1 and array.ndim == 1 and array.dtype.kind in "iub":
        if array.size and (int(array.min()) < 0 or int(array.max()) >= 2**32):
            raise ValueError(refused("targets", f"classes from 0 to {size - 1}", str(int(array.min())), "class numbers from 0 on"))
        return np.ascontiguousarray(array, dtype=np.uint32), names
    if size > 1 and array.ndim == 1 and len(array) != size:
        got = f"one {array.dtype} for each sample"
        raise ValueError(refused("targets", f"classes as whole numbers or names, or {size} numbers for each sample", got, "targets.astype(int), if they are classes"))
    return array, names


def _is_missing(value: Any) -> bool:
    """Whether a value of a table is missing: None, NaN, or the missing values of pandas."""
    return value is None or isinstance(value, float) and value != value or type(value).__name__ in ("NAType", "NaTType")


def targets(value: Any, ports: Sequence[tuple[str, list[int]]], dtype: np.dtype[Any], names: list[str] | None) -> tuple[Array, list[str] | None]:
    """Targets: numbers, class numbers, or names of classes. Returns the targets with the names of the classes, if there are names."""
    if isinstance(value, Mapping) and list(value) == [name for name, _ in ports] and len(ports) == 1:
        value = value[ports[0][0]]
    if isinstance(value, Mapping) or len(ports) > 1:
        if isinstance(value, Mapping):
            value = {name: one_hot(value.get(name), shape) if name in value else None for name, shape in ports} | {
                name: part for name, part in value.items() if name not in dict(ports)
            }
        return joined(value, ports, dtype, "targets"), names
    (_, shape), = ports
    size = shape[0] if len(shape) == 1 else 0
    array, names = labels(value, size, names)
    if array.dtype == np.uint32 and size > 1:
        return array, names
    if array.dtype == np.uint8 and len(shape) == 3:  # pictures as targets
        return np.ascontiguousarray(array), names
    return floats(array, dtype, "targets"), names


def one_hot(value: Any, shape: list[int]) -> Any:
    """Targets for one of several outputs: class numbers become rows with a single 1."""
    array = as_array(value, "targets")
    if array.ndim == 1 and len(shape) == 1 and shape[0] == 1:
        return array.reshape(-1, 1)
    if array.ndim == 1 and array.dtype.kind in "iub" and len(shape) == 1:
        if array.size and not 0 <= int(array.min()) <= int(array.max()) < shape[0]:
            raise ValueError(refused("targets", f"classes from 0 to {shape[0] - 1}", str(int(array.max())), "a last layer with an output for each class"))
        return np.eye(shape[0], dtype=np.float32)[array.astype(np.intp)]
    return array
