"""Files that are written completely or not at all."""

from __future__ import annotations

import os
import tempfile


def check_place(path: str | os.PathLike[str]) -> None:
    """Checks that a file can be written to this place."""
    place = os.path.abspath(path)
    folder = os.path.dirname(place)
    if os.path.isdir(place):
        raise IsADirectoryError(f"`{path}` is a folder\n  expected  a place for a file\n  got       a folder\n  try       `{os.path.join(path, 'checkpoint.safetensors')}`")
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"`{path}` cannot be written\n  expected  a folder that is there\n  got       `{folder}`, which is not there\n  try       os.makedirs({folder!r})")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(f"`{path}` cannot be written\n  expected  a folder that you may write into\n  got       `{folder}`\n  try       another folder")


def write(path: str | os.PathLike[str], data: bytes) -> None:
    """Writes the file beside its place, and then moves it there."""
    check_place(path)
    folder, name = os.path.split(os.path.abspath(path))
    handle, beside = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(beside, 0o666 & ~_umask())
        os.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
