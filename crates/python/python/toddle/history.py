"""The results of a training: epochs, and their history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

__all__ = ["Epoch", "Evaluation", "History", "RateCurve"]


class Epoch(NamedTuple):
    """The result of one epoch. The loss and the accuracy of each training sample are measured before its step."""

    number: int
    of: int
    steps: int
    rate: float
    loss: float
    accuracy: float | None
    validation_loss: float | None
    validation_accuracy: float | None
    is_best: bool
    seconds: float


class Evaluation(NamedTuple):
    """The mean loss, and the part of the samples with a right answer. The accuracy is None if answers are neither right nor wrong."""

    loss: float
    accuracy: float | None


class RateCurve(NamedTuple):
    """Learning rates with the smoothed loss at each, and the rate at which the loss falls fastest."""

    points: list[tuple[float, float]]
    suggestion: float | None


class History:
    """The losses and the accuracies of a training, epoch by epoch.

    Attributes
    ----------
    loss : list of float
        The mean loss of each epoch, each sample measured before its step.
    accuracy : list of float or None
        The part of the samples with a right answer.
    validation : list of Evaluation or None
        The result of each epoch on the validation samples. None for an epoch without validation. Empty if no epoch has one.
    best : int or None
        The best epoch, counted from 1.
    epochs : list of Epoch
        All results of the epochs of this call of `fit`.
    """

    def __init__(
        self,
        loss: list[float],
        accuracy: list[float | None],
        validation: Sequence[tuple[float, float | None]],
        best: int | None,
        epochs: list[Epoch],
    ) -> None:
        self.loss, self.accuracy, self.best, self.epochs = loss, accuracy, best, epochs
        # A training that was resumed may have had no validation in its first epochs.
        without = len(loss) - len(validation) if validation else 0
        self.validation = [None] * without + [Evaluation(*evaluation) for evaluation in validation]

    def columns(self) -> dict[str, list[Any]]:
        """The curves by name. A curve that no epoch has is left out."""
        curves: dict[str, list[Any]] = {
            "loss": self.loss,
            "accuracy": self.accuracy,
            "validation_loss": [evaluation and evaluation.loss for evaluation in self.validation],
            "validation_accuracy": [evaluation and evaluation.accuracy for evaluation in self.validation],
        }
        return {name: curve for name, curve in curves.items() if curve and any(value is not None for value in curve)}

    def to_pandas(self) -> Any:
        """A table of pandas with a row for each epoch."""
        import pandas

        columns = self.columns()
        return pandas.DataFrame(columns, index=pandas.RangeIndex(1, len(self.loss) + 1, name="epoch"))

    def plot(self, ax: Any = None) -> Any:
        """Draws the losses with matplotlib. Returns the axes."""
        if ax is None:
            import matplotlib.pyplot

            _, ax = matplotlib.pyplot.subplots()
        for name, curve in self.columns().items():
            if name.endswith("loss"):
                ax.plot(range(1, len(curve) + 1), [float("nan") if value is None else value for value in curve], label=name.replace("_", " "))
        ax.set_xlabel("epoch")
        ax.set_ylabel("loss")
        ax.legend()
        return ax

    def __len__(self) -> int:
        return len(self.loss)

    def __repr__(self) -> str:
        last = ", ".join(f"{name}={curve[-1]:.4g}" for name, curve in self.columns().items() if curve[-1] is not None)
        return f"<toddle.History of {len(self)} epochs: {last}>"

    def _repr_html_(self) -> str:
        from ._html import history

        return history(self.columns())
