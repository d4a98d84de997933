"""Files that are written completely or not at all."""

from __future__ import annotations

import os
import tempfile


def write(path: str | os.PathLike[str], data: bytes) -> None:
    """Writes the file beside its place, and then moves it there."""
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
