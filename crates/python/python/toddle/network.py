"""Networks: build, train, predict, look inside, save."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _arrays, _toddle
from ._files import check_place, write
from ._fit import FitSettings, Trains
from ._settings import Init, Layer, Loss, Shape, checked_arguments, plain, plain_shape, to_json, unknown_argument
from ._types import Array, Floats, Inputs, Targets
from .graph import Input, Output, Value, described
from .exchange import Leaves
from .history import Epoch, Evaluation, History, RateCurve
from .look import Looks
from .trace import Trace

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .engine import Engine

__all__ = ["Network", "Weights", "load"]

# The endings of files of other programs, which `import_model` reads.
OTHERS = (".onnx", ".npz", ".keras", ".h5")

# The key of a model file with the loss of the training.
LOSS = "loss_settings"

# How a model file says that bytes were divided by 255.
BYTES = {"divisor": 255.0}


class Weights(MutableMapping[str, Floats]):
    """The parameters of a network by name. Reading an item returns a read-only copy. Setting an item changes the network.

    Examples
    --------
    >>> import toddle as td
    >>> net = td.Network(2, [td.Dense(1)])
    >>> net.weights["dense1.weight"] = [[2.0], [3.0]]
    >>> net.weights["dense1.bias"] = [0.5]
    >>> float(net.predict([[10.0, 1.0]])[0, 0])
    23.5
    """

    def __init__(self, core: _toddle.Network, state: bool) -> None:
        self._core, self._state = core, state

    def __getitem__(self, name: str) -> Floats:
        array = self._core.parameter(name, self._state)
        array.flags.writeable = False
        return array

    def __setitem__(self, name: str, value: Any) -> None:
        dtype = np.dtype(np.float64 if self._core.double else np.float32)
        array = _arrays.floats(value, dtype, f"weight `{name}`")
        self._core.set_parameter(name, array, self._state)

    def __delitem__(self, name: str) -> None:
        raise TypeError(f"`{name}` is a part of the network and cannot be removed")

    def __iter__(self) -> Iterator[str]:
        return iter(name for name, _ in self._core.parameters(self._state))

    def __len__(self) -> int:
        return len(self._core.parameters(self._state))

    def __repr__(self) -> str:
        return "{" + ", ".join(f"{name}: {tuple(shape)}" for name, shape in self._core.parameters(self._state)) + "}"


class Network(Trains, Looks, Leaves):
    """A neural network, with the methods that train it, predict with it and look inside.

    Parameters
    ----------
    input : int or tuple of int, or Input or list of Input
        The shape of a sample: the length of a vector, or channels, height and width. For a network that branches: its inputs.
    layers : list of layers, or Value, Output or list of them
        The layers from first to last. For a network that branches: its outputs.
    seed : int, default 0
        The seed of the first weights. `fit` uses it, too.
    init : Init or str, default "auto"
        How the first weights are drawn.
    dtype : str or dtype, default "float32"
        The number type of all computations: float32, or float64.

    Raises
    ------
    ValueError
        A layer cannot take the output of the layer before it. The text names the layer, the shape that it gets, and what to try.

    Examples
    --------
    >>> import toddle as td
    >>> net = td.Network((1, 28, 28), [td.Conv2d(8, 3), td.ReLU(), td.MaxPool2d(2), td.Flatten(), td.Dense(10)])
    >>> net.output
    (10,)
    >>> net.parameters
    13610
    """

    def __init__(
        self,
        input: Shape | Value | Sequence[Value],
        layers: Sequence[Layer | str] | Value | Output | Sequence[Value | Output],
        *,
        seed: int = 0,
        init: Init | str = "auto",
        dtype: Any = "float32",
    ) -> None:
        double, seed = precision(dtype), _arrays.whole(seed, "seed", 0)
        if isinstance(input, Value) or (isinstance(input, (list, tuple)) and any(isinstance(part, Value) for part in input)):
            core = _toddle.Network.of_graph(json.dumps(described(input, layers, init)), seed, double)
        else:
            placed = [layer.placed() if isinstance(layer, Layer) else {"kind": layer} for layer in listed(layers)]
            core = _toddle.Network(json.dumps({"input": plain_shape(input), "layers": placed, "init": plain(init, "init")}), seed, double)
        self._set(core, seed, {})

    __init__ = checked_arguments(__init__, "Network")

    def _set(self, core: _toddle.Network, seed: int, about: dict[str, Any]) -> None:
        self._core, self._seed, self._about = core, seed, about
        self._ports = (core.inputs(), core.outputs())
        self._dtype: np.dtype[Any] = np.dtype(np.float64 if core.double else np.float32)

    @classmethod
    def _decoded(cls, data: bytes) -> Network:
        core, about = _toddle.Network.decode(data)
        known: dict[str, Any] = json.loads(about)
        return cls._of(core, known.get("seed") or 0, known)

    @classmethod
    def _of(cls, core: _toddle.Network, seed: int, about: dict[str, Any]) -> Network:
        network = cls.__new__(cls)
        network._set(core, seed, about)
        return network

    @classmethod
    def from_spec(cls, spec: Mapping[str, Any], *, seed: int = 0, dtype: Any = "float32") -> Network:
        """A new network from a description: the result of `spec`, or the section `[network]` of an experiment with its input.

        Examples
        --------
        >>> import toddle as td
        >>> td.Network.from_spec({"input": 2, "layers": [{"kind": "dense", "outputs": 3}, "tanh"]}, seed=7)
        <toddle.Network (2,) → (3,), 9 parameters, float32>
        """
        families = {"layers": "layer", "init": "init"}
        described = {name: plain_shape(value) if name == "input" else plain(value, families.get(name)) for name, value in spec.items()}
        seed = _arrays.whole(seed, "seed", 0)
        return cls._of(_toddle.Network(json.dumps({"init": {"kind": "auto"}, **described}), seed, precision(dtype)), seed, {})

    @property
    def dtype(self) -> np.dtype[Any]:
        """The number type of all computations."""
        return self._dtype

    @property
    def input(self) -> Any:
        """The shape of a sample. If there are several inputs, the shape of each by name."""
        return shapes(self._ports[0])

    @property
    def output(self) -> Any:
        """The shape of an answer. If there are several outputs, the shape of each by name."""
        return shapes(self._ports[1])

    @property
    def classes(self) -> list[str]:
        """The names of the classes, if the targets of the training were names."""
        return list(self._about.get("classes", []))

    @property
    def parameters(self) -> int:
        """The number of weights, with biases."""
        return sum(int(np.prod(shape)) for _, shape in self._core.parameters(False))

    @property
    def weights(self) -> Weights:
        """The parameters by name. They can be read and set."""
        return Weights(self._core, False)

    @weights.setter
    def weights(self, values: Mapping[str, Any]) -> None:
        self.weights.update(values)

    @property
    def state(self) -> Weights:
        """The arrays that training changes without a gradient, such as running means, by name."""
        return Weights(self._core, True)

    def digest(self) -> str:
        """SHA-256 of the weights, as the command prints it. Two trainings with the same digest have the same bits."""
        return self._core.digest()

    def spec(self) -> dict[str, Any]:
        """The network in the form of files: inputs, layers and initialiser."""
        spec: dict[str, Any] = json.loads(self._core.spec())
        return spec

    def _job(self, place: str, x: Inputs, y: Targets, settings: dict[str, Any], classes: list[str] | None = None) -> dict[str, Any]:
        """The arguments of a training for the engine, as arrays and JSON. `classes` are the names of a checkpoint."""
        known = [*FitSettings.__annotations__, "sample_weight", "validation"]
        for word in settings:
            if word not in known:
                raise unknown_argument(place, word, known)
        inputs, outputs = self._ports
        targets, names = _arrays.targets(y, outputs, self._dtype, self.classes or classes or None)
        job: dict[str, Any] = {"x": _arrays.inputs(x, inputs, self._dtype), "y": targets}
        weights = settings.pop("sample_weight", None)
        if weights is not None:
            job["weights"] = sample_weights(weights)
        validation = settings.pop("validation", None)
        if validation is not None:
            if not isinstance(validation, (tuple, list)) or len(validation) != 2:
                raise TypeError(f"validation cannot have this value\n  expected  a pair (x, y)\n  got       {type(validation).__name__}\n  try       validation=(x, y)")
            job["validation_x"] = finite(_arrays.inputs(validation[0], inputs, self._dtype, "validation inputs"), "validation inputs")
            validated, _ = _arrays.targets(validation[1], outputs, self._dtype, names, "validation targets")
            job["validation_y"] = finite(validated, "validation targets")
        tells_classes = _arrays.are_classes(targets, outputs[0][1])
        if not tells_classes and (settings.get("monitor") == "accuracy" or "accuracy" in (settings.get("stop_at") or {})):
            raise ValueError("the training has no accuracy\n  expected  targets that choose a class: class numbers, names, or rows with a single 1\n  got       rows of numbers\n  try       monitor=\"loss\"")
        job["tells_classes"] = tells_classes
        threads = settings.pop("threads", None)
        job["threads"] = None if threads is None else _arrays.whole(threads, "threads", 1)
        seed = settings.pop("seed", None)
        settings["seed"] = self._seed if seed is None else _arrays.whole(seed, "seed", 0, 2**63 - 1)
        families = {"loss": "loss", "optimizer": "optimizer", "schedule": "schedule", "clip": "clip"}
        job["fit"] = json.dumps({name: plain(value, families.get(name)) for name, value in settings.items() if value is not None})
        job["about"] = self._facts(job["x"], names, plain(settings.get("loss"), "loss"))
        return job

    def _facts(self, x: Array, classes: list[str] | None, loss: Any) -> dict[str, Any]:
        """What is known about the network after a training on `x`."""
        about: dict[str, Any] = {**self._about, "seed": self._seed, "classes": classes or []}
        if x.dtype == np.uint8:
            about["scaling"] = BYTES
        elif about.get("scaling") == BYTES:
            del about["scaling"]
        about["summary"] = {**about.get("summary", {}), LOSS: loss}
        if loss is None:
            del about["summary"][LOSS]
        return about

    def _fit(self, x: Inputs, y: Targets, settings: dict[str, Any]) -> History:
        from ._progress import Progress

        callbacks = settings.pop("callbacks")
        callbacks = [] if callbacks is None else [callbacks] if callable(callbacks) else list(callbacks)
        progress, loss = Progress.of(settings.pop("progress")), settings["loss"]
        if callable(loss) and not isinstance(loss, (Loss, type)):
            from ._own_loss import train

            return train(self, x, y, settings, loss, [*callbacks, progress])
        augment, checkpoint, resume = (settings.pop(name) for name in ("augment", "checkpoint", "resume"))
        saved, classes = None, None
        if resume is not None:
            with open(resume, "rb") as file:
                saved = file.read()
            classes = json.loads(_toddle.Network.decode(saved)[1]).get("classes")
        job = self._job("Network.fit", x, y, settings, classes)
        about, tells_classes = job["about"], job["tells_classes"]
        if saved is not None:
            job["resume"] = saved
        if augment is not None:
            job["augment"] = to_json(augment)
        if checkpoint is not None:
            check_place(checkpoint)
            job["keep"] = lambda data: write(checkpoint, data)
        epochs: list[Epoch] = []

        def after(values: dict[str, Any]) -> bool:
            self._about = about
            epoch = Epoch(**values)
            epochs.append(epoch if tells_classes else epoch._replace(accuracy=None, validation_accuracy=None))
            progress(epochs[-1])
            return any([_arrays.is_true(callback(epochs[-1])) for callback in callbacks])

        job["after"] = after
        arrays = (job[name] for name in ("x", "y", "weights", "validation_x", "validation_y") if name in job)
        with progress, _arrays.locked(*arrays):
            try:
                history = self._core.fit({**job, "about": json.dumps(about)})
            except KeyboardInterrupt:
                # The network keeps the weights of the last step.
                self._about = about
                raise
        self._about = about
        if not tells_classes:
            history["accuracy"] = [None for _ in history["accuracy"]]
            history["validation"] = [(loss, None) for loss, _ in history["validation"]]
        return History(**history, epochs=epochs)

    def predict(self, x: Inputs) -> Any:
        """The outputs for the samples `x`.

        Parameters
        ----------
        x : array or dict of arrays
            The inputs, one sample after the other. Bytes (uint8) are divided by 255.

        Returns
        -------
        array
            A row or an image for each sample. If the network has several outputs, a dictionary of arrays.

        Examples
        --------
        >>> import toddle as td
        >>> td.Network(2, [td.Dense(3)]).predict([[0.0, 1.0], [1.0, 0.0]]).shape
        (2, 3)
        """
        inputs, outputs = self._ports
        y = self._core.predict(_arrays.inputs(x, inputs, self._dtype))
        return y if len(outputs) == 1 else divided(y, outputs)

    def evaluate(self, x: Inputs, y: Targets, loss: Loss | str | None = None) -> Evaluation:
        """Measures the mean loss, and the part of the samples with a right answer.

        Parameters
        ----------
        x, y : array
            Inputs and targets, as for `fit`.
        loss : Loss or str, default that of the training
            The loss.

        Examples
        --------
        >>> import toddle as td
        >>> net = td.Network(1, [td.Dense(1)], init="zeros")
        >>> net.evaluate([[1.0], [2.0]], [2.0, 4.0], loss="mean_squared_error")
        Evaluation(loss=10.0, accuracy=None)
        """
        settings = plain(loss, "loss") or self._about.get("summary", {}).get(LOSS)
        if settings is None:
            raise ValueError("evaluate needs a loss\n  expected  the loss of a training, or an argument\n  got       neither\n  try       loss=\"cross_entropy\"")
        inputs, outputs = self._ports
        targets, _ = _arrays.targets(y, outputs, self._dtype, self.classes or None)
        array = _arrays.inputs(x, inputs, self._dtype)
        if len(array) == 0:
            raise ValueError("there are no samples to evaluate\n  expected  one sample or more\n  got       none\n  try       checking where the samples come from")
        evaluation = Evaluation(*self._core.evaluate(array, targets, json.dumps(settings)))
        if evaluation.loss != evaluation.loss:
            finite(array, "inputs")
            finite(targets, "targets")
            raise ValueError("the mean loss is NaN\n  expected  outputs that are numbers\n  got       NaN for a sample or more\n  try       numpy.isfinite(…) on network.predict(x) and on network.weights")
        return evaluation if _arrays.are_classes(targets, outputs[0][1]) else evaluation._replace(accuracy=None)

    def trace(self, x: Inputs) -> Trace:
        """Every value inside the network for the samples `x`, by name.

        Examples
        --------
        >>> import toddle as td
        >>> trace = td.Network(2, [td.Dense(3), td.ReLU(), td.Dense(1)]).trace([[1.0, 2.0]])
        >>> list(trace), trace["relu1"].shape
        (['input', 'dense1', 'relu1', 'dense2'], (1, 3))
        >>> trace.backward([[1.0]]).inputs["dense1"].shape
        (1, 3)
        """
        return Trace(self, _arrays.inputs(x, self._ports[0], self._dtype))

    def engine(self, batch: int = 32, *, seed: int | None = None, threads: int | None = None) -> Engine:
        """Forward, backward and update, one at a time: for losses and loops of your own.

        Parameters
        ----------
        batch : int, default 32
            The most samples of a batch.
        seed : int, default that of the network
            The seed of dropout.
        threads : int, default all cores
            The most threads. Their number changes no bit.
        """
        from .engine import Engine

        return Engine(self, batch, seed=self._seed if seed is None else seed, threads=threads)

    def check(self, x: Inputs, y: Targets, *, validation: tuple[Inputs, Targets] | None = None, **settings: Unpack[FitSettings]) -> Report:
        """Looks for mistakes before a training with these settings: in the data, the loss, the first weights, the gradients and the rate.

        Returns
        -------
        Report
            True if nothing is wrong. Its text has a line for each finding.
        """
        job = self._job("Network.check", x, y, {**settings, "validation": validation})
        return Report(*self._core.check({**job, "about": json.dumps(job["about"])}))

    def find_rate(self, x: Inputs, y: Targets, low: float = 1e-6, high: float = 1.0, steps: int = 100, **settings: Unpack[FitSettings]) -> RateCurve:
        """Trains with a rising learning rate, and finds the rate at which the loss falls fastest. The weights stay as they are.

        Parameters
        ----------
        x, y : array
            Inputs and targets, as for `fit`.
        low, high : float
            The first rate and the last.
        steps : int, default 100
            The number of steps.
        **settings
            The settings of `fit`.
        """
        job = self._job("Network.find_rate", x, y, {**settings})
        return RateCurve(*self._core.find_rate({**job, "about": json.dumps(job["about"])}, low, high, _arrays.whole(steps, "steps", 2)))

    def verify(self, x: Inputs, y: Targets, *, steps: int = 20, **settings: Unpack[FitSettings]) -> list[tuple[str, str]]:
        """Trains a network like this one on several numbers of threads and instruction sets, and with stops.

        Returns
        -------
        list of (way, digest)
            The digests of the weights. They must all be the same.
        """
        job = self._job("Network.verify", x, y, {**settings})
        return self._core.verify({**job, "about": json.dumps(job["about"])}, self._seed, _arrays.whole(steps, "steps", 1))

    def summary(self) -> str:
        """A table of the layers: names, settings, shapes, numbers of parameters.

        Examples
        --------
        >>> import toddle as td
        >>> print(td.Network(4, [td.Dense(3), td.Tanh()]).summary())
        dense1  dense { outputs = 3 }  3  15
        tanh1   tanh                   3  0
        15 parameters, float32
        """
        rows = [(name, words, "×".join(map(str, shape)), str(count)) for name, _, words, _, shape, count in self._core.nodes()]
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        lines = ["  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[3]]) for row in rows]
        return "\n".join([*lines, f"{self.parameters:,} parameters, {self._dtype}"])

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the network to a safetensors file, which `load`, the command and every reader of safetensors can open."""
        write(path, self._core.encode(json.dumps({**self._about, "seed": self._seed})))

    def copy(self) -> Network:
        """A network with the same layers and weights, which is independent of this one."""
        return Network._decoded(self._core.encode(json.dumps({**self._about, "seed": self._seed})))

    def __reduce__(self) -> tuple[Any, ...]:
        return Network._decoded, (self._core.encode(json.dumps({**self._about, "seed": self._seed})),)

    def __call__(self, x: Inputs) -> Any:
        return self.predict(x)

    def __repr__(self) -> str:
        return f"<toddle.Network {self.input} → {self.output}, {self.parameters:,} parameters, {self._dtype}>"

    def _repr_html_(self) -> str:
        from ._html import network

        return network(self._core.nodes(), self.parameters, str(self._dtype))


class Report:
    """The findings of `Network.check`. It is true if nothing is wrong."""

    def __init__(self, is_good: bool, text: str) -> None:
        self.is_good, self.text = is_good, text

    def __bool__(self) -> bool:
        return self.is_good

    def __repr__(self) -> str:
        return self.text


def load(path: str | os.PathLike[str]) -> Network:
    """Reads the network in a file of `Network.save` or of the command, or in the folder of a run.

    Examples
    --------
    >>> import tempfile, toddle as td
    >>> path = tempfile.mkdtemp() + "/small.safetensors"
    >>> td.Network(2, [td.Dense(1)], seed=7).save(path)
    >>> td.load(path)
    <toddle.Network (2,) → (1,), 3 parameters, float32>
    """
    file = os.path.join(path, "model.safetensors") if os.path.isdir(path) else path
    with open(file, "rb") as model:
        data = model.read()
    ending = os.path.splitext(file)[1].lower()
    if ending in OTHERS:
        raise ValueError(f"`{os.fspath(path)}` is no file of toddle\n  expected  a .safetensors file, or the folder of a run\n  got       a file that ends in {ending}\n  try       toddle.import_model({os.fspath(path)!r})")
    return Network._decoded(data)


def listed(layers: Any) -> list[Layer | str]:
    """The layers of a network without branches."""
    if isinstance(layers, Iterable) and not isinstance(layers, str):
        taken = list(layers)
        strange = next((layer for layer in taken if not isinstance(layer, (Layer, str))), None)
        if strange is None:
            return taken
        raise TypeError(f"a network is made of layers\n  expected  layers such as toddle.Dense(10), in a flat list\n  got       {strange!r} in the list\n  try       toddle.Input for a network that branches")
    raise TypeError(f"a network is made of layers\n  expected  a list of layers, such as [toddle.Dense(10)]\n  got       {layers!r}\n  try       [{layers!r}], or toddle.Input for a network that branches")


def sample_weights(value: Any) -> Array:
    """A weight for each sample, in one axis."""
    array = _arrays.floats(value, np.dtype(np.float64), "sample weights")
    if array.ndim != 1 and array.shape[1:] != (1,):
        raise ValueError(_arrays.refused("sample weights", "one weight for each sample", f"an array of shape {array.shape}", "weights.ravel(), if there is one for each sample"))
    return array.reshape(-1)


def finite(array: Array, what: str) -> Array:
    """The array, which must have samples, and only numbers that are finite."""
    if len(array) == 0:
        raise ValueError(_arrays.refused(what, "one sample or more", "none", "leaving the argument out"))
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        place = tuple(int(index) for index in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(_arrays.refused(what, "finite numbers", f"{array[place]} in sample {place[0]}", "leaving such samples out"))
    return array


def precision(dtype: Any) -> bool:
    """Whether the number type is float64."""
    try:
        known = {np.dtype(np.float32): False, np.dtype(np.float64): True}.get(np.dtype(dtype))
    except TypeError:
        known = None
    if known is None:
        raise ValueError(f"dtype = {dtype!r} is not a number type of networks\n  expected  float32, or float64\n  got       {dtype!r}\n  try       dtype=\"float32\"")
    return known


def shapes(ports: Sequence[tuple[str, list[int]]]) -> Any:
    return tuple(ports[0][1]) if len(ports) == 1 else {name: tuple(shape) for name, shape in ports}


def divided(rows: Array, ports: Sequence[tuple[str, list[int]]]) -> dict[str, Array]:
    """The outputs of a network with several outputs, from rows that have all of them."""
    parts, first = {}, 0
    for name, shape in ports:
        size = int(np.prod(shape))
        parts[name] = rows[:, first : first + size].reshape(len(rows), *shape)
        first += size
    return parts
