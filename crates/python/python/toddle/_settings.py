"""Settings: the common base of the generated classes of layers, losses, optimizers and so on.

A class holds settings only. The library reads them as JSON, in the form that files have, and its errors are raised.
"""

from __future__ import annotations

import functools
import inspect
import json
import math
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar, Union, cast

from . import _toddle

if TYPE_CHECKING:
    from .graph import Value

Size = Union[int, Sequence[int]]
Shape = Union[int, Sequence[int]]
Padding = Union[Literal["valid", "same"], Size]


def plain(value: Any, family: str | None = None) -> Any:
    """The value in the form of JSON. The name of a kind of `family` becomes the kind with its defaults."""
    if isinstance(value, Settings):
        return value.settings()
    if isinstance(value, str):
        return value if family is None else {"kind": value}
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"a setting cannot be {value}\n  expected  a finite number\n  got       {value}\n  try       checking where the number comes from")
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, type) and issubclass(value, Settings):
        raise TypeError(f"a setting cannot be the class {value.__name__}\n  expected  an object of the class\n  got       the class\n  try       {value.__name__}()")
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if hasattr(value, "tolist"):  # NumPy's numbers and arrays
        return plain(value.tolist())
    if isinstance(value, Sequence):
        return [plain(part, family) for part in value]
    raise TypeError(f"a setting cannot be {type(value).__name__}\n  expected  a number, a text, a list, or settings of toddle\n  got       {value!r}")


def plain_shape(value: Any) -> Any:
    """A shape in the form of JSON. A shape with one side is its length."""
    sides = plain(value)
    return sides[0] if isinstance(sides, list) and len(sides) == 1 else sides


def to_json(value: Any, family: str | None = None) -> str:
    return json.dumps(plain(value, family))


def unknown_argument(place: str, word: str, known: Sequence[str]) -> TypeError:
    """The error for an argument that does not exist, with the argument that is probably meant."""
    meant = _toddle.meant(word, list(known))
    remedy = f"{meant} = …" if meant else "leaving it out"
    return TypeError(f"{place} has no argument `{word}`\n  expected  {', '.join(known) or 'none'}\n  got       {word}\n  try       {remedy}")


Function = TypeVar("Function", bound=Callable[..., Any])


def checked_arguments(function: Function, place: str) -> Function:
    """The method with a helpful error for arguments that do not exist."""
    code = function.__code__
    known = code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]

    @functools.wraps(function)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        for word in kwargs:
            if word not in known:
                raise unknown_argument(place, word, known)
        return function(self, *args, **kwargs)

    return cast(Function, call)


class Settings:
    """Settings of one kind. They cannot be changed: another value needs a new object."""

    _family: ClassVar[str] = ""
    _kind: ClassVar[str | None] = None
    _nested: ClassVar[Mapping[str, str]] = {}

    def __init__(self, **settings: Any) -> None:
        # NumPy's numbers and arrays become those of Python, which can be compared.
        self.__dict__.update({name: value.tolist() if hasattr(value, "tolist") else value for name, value in settings.items()})
        _toddle.check(self._family, type(self).__name__, json.dumps(self.settings()))

    def __init_subclass__(cls) -> None:
        # The bases of the families take any settings.
        if "__init__" in cls.__dict__ and not cls.__init__.__code__.co_flags & inspect.CO_VARKEYWORDS:
            cls.__init__ = checked_arguments(cls.__init__, cls.__name__)  # type: ignore[method-assign]

    def settings(self) -> dict[str, Any]:
        """The settings as files hold them."""
        own = {} if self._kind is None else {"kind": self._kind}
        given = {name: plain(value, self._nested.get(name)) for name, value in self.__dict__.items() if value is not None}
        return {**own, **given}

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"the settings of {type(self).__name__} do not change: make a new one with {name} = {value!r}")

    def __repr__(self) -> str:
        arguments = inspect.signature(type(self).__init__).parameters
        shown = (f"{name}={value!r}" for name, value in self.__dict__.items() if name not in arguments or arguments[name].default != value)
        return f"{type(self).__name__}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(repr(self))


class Layer(Settings):
    """A layer of a network. Called on a value, such as a `toddle.Input`, it returns its output as a value."""

    _family = "layer"

    def __init__(self, *, name: str | None = None, **settings: Any) -> None:
        super().__init__(**settings)
        self.__dict__["name"] = name

    def settings(self) -> dict[str, Any]:
        settings = super().settings()
        settings.pop("name", None)
        return settings

    def placed(self) -> dict[str, Any]:
        """The settings with the name, as a layer of a network has them."""
        name = self.__dict__.get("name")
        return self.settings() if name is None else {**self.settings(), "name": name}

    def __call__(self, *values: Value | Sequence[Value]) -> Value:
        from .graph import Value, flat

        return Value(self, flat(values))


class Loss(Settings):
    """How far the outputs of a network are from the targets."""

    _family = "loss"


class Optimizer(Settings):
    """How a step moves the weights."""

    _family = "optimizer"


class Schedule(Settings):
    """How the learning rate changes in a training."""

    _family = "schedule"


class Init(Settings):
    """How the first weights are drawn."""

    _family = "init"


class Clip(Settings):
    """How gradients are kept small."""

    _family = "clip"
