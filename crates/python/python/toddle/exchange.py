"""Export of networks to other programs, and import from other programs."""

from __future__ import annotations

import json
import os
import pathlib
import sys
import warnings
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from . import _toddle
from ._settings import plain

if TYPE_CHECKING:
    from .network import Network

__all__ = ["Check", "Exported", "import_model"]

Form = Literal["onnx", "pytorch", "keras", "c", "rust", "npz", "safetensors"]

# The form for each ending of a file.
ENDINGS = {".onnx": "onnx", ".c": "c", ".rs": "rust", ".npz": "npz", ".safetensors": "safetensors"}


class Check:
    """The check of an exported network by another program. It is true if the answers are those of toddle.

    Attributes
    ----------
    by : str or None
        The other program, with its version. None if the program is not installed.
    difference : float or None
        The largest difference of an output from that of toddle.
    relative : float or None
        The largest difference, divided by the largest output.
    bound : float or None
        The largest allowed `relative`. 0 if no bit may differ.
    text : str
        The result as a line of text, or what to install.
    """

    def __init__(self, text: str, is_right: bool, details: tuple[str, float, float, float] | None) -> None:
        self.text = text
        self.by: str | None = None
        self.difference: float | None = None
        self.relative: float | None = None
        self.bound: float | None = None
        if details is not None:
            self.by, self.difference, self.relative, self.bound = details
        self._is_right = is_right and details is not None

    def __bool__(self) -> bool:
        return self._is_right

    def __repr__(self) -> str:
        return self.text


class Exported(NamedTuple):
    """The files of a network that was exported.

    Attributes
    ----------
    files : list of Path
        The file of the network. For source of PyTorch and Keras, also the file of the weights.
    notes : list of str
        Notes about the files.
    check : Check or None
        The check by the other program, if there was one.
    """

    files: list[pathlib.Path]
    notes: list[str]
    check: Check | None


class Leaves:
    """The method `export` of a network."""

    _core: _toddle.Network
    _seed: int
    _about: dict[str, Any]

    def export(
        self,
        path: str | os.PathLike[str],
        to: Form | None = None,
        *,
        batch: int | None = None,
        preparation: bool = False,
        check: bool = False,
    ) -> Exported:
        """Writes the network for another program. A file that toddle has not written is never overwritten.

        Parameters
        ----------
        path : path
            The file. Functions in C and Rust have its name without the ending.
        to : str, optional
            The form. By default, the ending of the file decides it. A file that ends in .py needs this argument.

            - ``onnx``: a file for onnxruntime and many other programs.
            - ``pytorch``: source for PyTorch, and the weights beside it.
            - ``keras``: source for Keras, and the weights beside it.
            - ``c``: a file of C99 that needs nothing else, with the bits of toddle.
            - ``rust``: a file of Rust without `std`, with the bits of toddle.
            - ``npz``: the weights as arrays for NumPy.
            - ``safetensors``: the same arrays as safetensors.
        batch : int, optional
            The number of samples that an ONNX file takes at once. By default any number.
        preparation : bool, default False
            Whether an ONNX file takes bytes, and gives the probabilities of classes. The network must have been trained with bytes.
        check : bool, default False
            Whether the other program computes some answers, which are compared with those of toddle. The program is a package of the Python
            that runs, or of the Python that the variable `TODDLE_PYTHON` names; for C it is `cc`, and for Rust `rustc`.

        Returns
        -------
        Exported
            The files, the notes, and the check.

        Raises
        ------
        ValueError
            A layer has no counterpart in the other program, or the path has a file that toddle has not written.
        OSError
            A file cannot be written.

        Examples
        --------
        >>> import tempfile, toddle as td
        >>> folder = tempfile.mkdtemp()
        >>> net = td.Network(4, [td.Dense(3), td.Tanh()], seed=1)
        >>> files, notes, check = net.export(folder + "/small.onnx")
        >>> files[0].name
        'small.onnx'
        >>> td.import_model(folder + "/small.onnx").digest() == net.digest()
        True
        """
        name = os.fspath(path)
        form = to if to is not None else ENDINGS.get(os.path.splitext(name)[1].lower())
        if form is None:
            raise ValueError(
                f"the form of `{name}` is not known\n  expected  a form, or a file that ends in {', '.join(ENDINGS)}\n  got       neither\n  try       to=\"pytorch\", or to=\"keras\""
            )
        settings = json.dumps(plain({"to": form, "batch": batch, "preparation": preparation, "check": check}))
        about = json.dumps({**self._about, "seed": self._seed})
        python = None if "TODDLE_PYTHON" in os.environ else sys.executable or None
        files, notes, checked = _toddle.export(self._core, about, settings, path, python)
        return Exported(files, notes.splitlines(), Check(*checked) if check else None)


def import_model(path: str | os.PathLike[str], *, onto: Network | None = None) -> Network:
    """Reads the network in an ONNX file or in a file of Keras, or reads weights of another program into a network.

    The new network computes in float32. It can predict and train.

    Parameters
    ----------
    path : path
        An ONNX file; a .keras file of Keras 3; or weights as .npz, or as .safetensors, such as a `state_dict` of PyTorch. Weights of
        Keras alone are written by `numpy.savez("weights.npz", *network.get_weights())`.
    onto : Network, optional
        The network with the layers for the weights. It is not changed. ONNX files and .keras files have their own layers.

    Returns
    -------
    Network
        The network. If toddle wrote the ONNX file, the network has the same bits and the same classes.

    Raises
    ------
    ValueError
        The file has an operator or a layer that toddle does not have, or weights do not fit the layers. The text names the operator, the layer or the weights.

    Examples
    --------
    >>> import tempfile, toddle as td
    >>> path = tempfile.mkdtemp() + "/weights.npz"
    >>> net = td.Network(4, [td.Dense(3), td.Tanh()], seed=1)
    >>> _ = net.export(path)
    >>> other = td.Network(4, [td.Dense(3), td.Tanh()], seed=2)
    >>> td.import_model(path, onto=other).digest() == net.digest()
    True
    """
    from .network import Network

    os.stat(path)  # raises FileNotFoundError, as `load` does
    core, about, notes = _toddle.import_model(path, None if onto is None else onto._core)
    for note in notes:
        warnings.warn(note, stacklevel=2)
    if onto is not None:
        return Network._of(core, onto._seed, dict(onto._about))
    known: dict[str, Any] = json.loads(about or "{}")
    return Network._of(core, known.get("seed") or 0, known)
