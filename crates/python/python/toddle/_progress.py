"""The progress of a training: a bar of tqdm, or a line for each epoch."""

from __future__ import annotations

import sys
from typing import Any

from .history import Epoch


class Progress:
    """Shows nothing."""

    @staticmethod
    def of(wanted: bool | None) -> Progress:
        """The display for the argument `progress`. By default, only a terminal or a notebook gets one."""
        is_notebook = "ipykernel" in sys.modules
        if wanted is False or (wanted is None and not is_notebook and not sys.stderr.isatty()):
            return Progress()
        if not is_notebook and not sys.stderr.isatty():
            return Lines()
        try:
            from tqdm.auto import tqdm
        except ImportError:
            return Lines()
        return Bar(tqdm)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __call__(self, epoch: Epoch) -> None:
        pass


class Lines(Progress):
    """A line for each epoch, on standard error."""

    def __call__(self, epoch: Epoch) -> None:
        values = ", ".join(f"{name} {value:.4g}" for name, value in measured(epoch).items())
        print(f"epoch {epoch.number} of {epoch.of}: {values}, {epoch.seconds:.1f} s", file=sys.stderr, flush=True)


class Bar(Progress):
    """A bar that grows with each epoch."""

    def __init__(self, tqdm: Any) -> None:
        self._tqdm = tqdm
        self._bar: Any = None

    def __call__(self, epoch: Epoch) -> None:
        if self._bar is None:
            self._bar = self._tqdm(total=epoch.of, unit="epoch")
        self._bar.set_postfix({name: f"{value:.4g}" for name, value in measured(epoch).items()})
        self._bar.update()

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()


def measured(epoch: Epoch) -> dict[str, float]:
    """The losses and accuracies of an epoch."""
    values = {"loss": epoch.loss, "accuracy": epoch.accuracy, "validation": epoch.validation_loss, "validation accuracy": epoch.validation_accuracy}
    return {name: value for name, value in values.items() if value is not None}
