"""The settings of a training.

This file is generated: crates/python/generate.py writes it from docs/experiment.schema.json.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from ._settings import Clip, Loss, Optimizer, Schedule, checked_arguments

if TYPE_CHECKING:
    from ._types import Callback, Floats, Inputs, LossFunction, Targets
    from .augment import Augment
    from .history import History

__all__ = ["FitSettings", "Trains"]


class Trains:
    """The method `fit` of a network, with an argument for each setting of a training."""

    def _fit(self, x: Inputs, y: Targets, settings: dict[str, Any]) -> History:
        raise NotImplementedError

    def fit(
        self,
        x: Inputs,
        y: Targets,
        *,
        loss: Loss | str | LossFunction,
        optimizer: Optimizer | str,
        accumulate: int = 1,
        average: float | None = None,
        batch: int = 32,
        class_weights: Literal["balanced"] | Sequence[float] | None = None,
        clip: Clip | str | None = None,
        cutmix: float | None = None,
        decay: Literal["all", "weights"] = "all",
        epochs: int = 1,
        freeze: Sequence[str] = (),
        keep_best: bool = False,
        min_delta: float = 0.0,
        mixup: float | None = None,
        monitor: Literal["loss", "accuracy"] = "loss",
        patience: int | None = None,
        rates: Mapping[str, float] | None = None,
        sampling: Literal["each", "balanced", "weights"] = "each",
        schedule: Schedule | str = "constant",
        shuffle: bool = True,
        stop_at: Mapping[str, float] | None = None,
        time_limit: float | str | None = None,
        sample_weight: Floats | Sequence[float] | None = None,
        validation: tuple[Inputs, Targets] | None = None,
        augment: Augment | None = None,
        seed: int | None = None,
        threads: int | None = None,
        callbacks: Callback | Sequence[Callback] = (),
        progress: bool | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        resume: str | os.PathLike[str] | None = None,
    ) -> History:
        """Trains the network. Ctrl-C stops after the current step, and the network keeps the weights of this
        step.

        Parameters
        ----------
        x : array or dict of arrays
            The inputs, one sample after the other. Bytes (uint8) are divided by 255.
        y : array
            The targets: numbers, one-hot rows, class numbers, or names of classes.
        loss : Loss | str | LossFunction
            A measure of how far the outputs are from the targets. Training makes it small.
        optimizer : Optimizer | str
            How a step changes the weights.
        accumulate : int, default 1
            The number of batches whose gradients are averaged for one step. A batch counts in proportion to
            its number of samples.
        average : float | None
            The decay of an average of the weights. Each step keeps this part of the average, and takes the
            rest from the new weights. The average is validated and saved instead of the weights. Default: no
            average.
        batch : int, default 32
            The number of samples in a batch. A step uses one batch, unless `accumulate` says otherwise.
        class_weights : Literal["balanced"] | Sequence[float] | None
            The weight of each class in the loss: a list, or `balanced`, which gives all classes the same
            weight in sum. Default: all samples count the same.
        clip : Clip | str | None
            How large gradients are made smaller. Default: not at all.
        cutmix : float | None
            CutMix, for images: a rectangle of each sample comes from another one. The value is the α of the
            distribution Beta(α, α) of the shares; usually 1. Default: no CutMix.
        decay : Literal["all", "weights"], default "all"
            The parameters to which the optimizer applies its `weight_decay` and `l1`.
        epochs : int, default 1
            The number of passes over all training samples.
        freeze : Sequence[str], default ()
            The layers and parameters that the training does not change. A pattern such as `conv*` stands for
            several. A frozen batch norm also keeps its running statistics, and normalises by them.
        keep_best : bool, default False
            Whether the training ends with the weights of its best epoch instead of its last epoch.
        min_delta : float, default 0.0
            The smallest improvement of the monitored value that counts as better.
        mixup : float | None
            Mixup: each sample is blended with another one. The value is the α of the distribution Beta(α, α)
            of the shares; usually 0.2. Default: no mixup.
        monitor : Literal["loss", "accuracy"], default "loss"
            The measure by which epochs are compared to find the best one.
        patience : int | None
            Early stopping: the training stops after more than this number of epochs without a better value.
            Default: no early stopping.
        rates : Mapping[str, float] | None
            Factors of the learning rate for layers and parameters, by name or pattern. The others have the
            factor 1.
        sampling : Literal["each", "balanced", "weights"], default "each"
            How the samples of an epoch are chosen.
        schedule : Schedule | str, default "constant"
            How the learning rate changes during the training.
        shuffle : bool, default True
            Whether every epoch takes the samples in another order.
        stop_at : Mapping[str, float] | None
            A goal, after which the training stops. Default: none.
        time_limit : float | str | None
            The time after which the training stops at the end of a step: seconds, or a text such as `10 min`.
            A training that is resumed has this time again. Default: no limit.
        sample_weight : array, default None
            A factor of the loss and of the gradient of each sample, 0 or more. By default all are 1.
        validation : tuple of (x, y), default None
            Samples with which the network is measured after each epoch.
        augment : Augment, default None
            Random changes to the inputs, which are drawn anew in every epoch.
        seed : int, default that of the network
            The seed of dropout, of augmentation and of the order of the samples.
        threads : int, default all cores
            The most threads. Their number changes no bit of the result.
        callbacks : function or list of functions
            Called with an `Epoch` after each epoch. The training stops if one of them returns True.
        progress : bool, default None
            Whether a line or a bar shows the progress. By default, if the output is a terminal or a notebook.
        checkpoint : path, default None
            The file of a checkpoint, which is written after each epoch, and when Ctrl-C stops the training.
        resume : path, default None
            The file of a checkpoint, from which the training continues with the same bits.

        Returns
        -------
        History
            The losses and the accuracies of all epochs.

        Raises
        ------
        ValueError
            A shape, a target or a setting is not right. The text says what was expected and what to try.
        KeyboardInterrupt
            Ctrl-C was pressed.
        """
        settings = {**locals()}
        for name in ("self", "x", "y"):
            del settings[name]
        return self._fit(x, y, settings)

    fit = checked_arguments(fit, "Network.fit")


class FitSettings(TypedDict, total=False):
    """The settings of a training, by name: those of `Network.fit`."""

    loss: Loss | str | LossFunction
    optimizer: Optimizer | str
    accumulate: int
    average: float | None
    batch: int
    class_weights: Literal["balanced"] | Sequence[float] | None
    clip: Clip | str | None
    cutmix: float | None
    decay: Literal["all", "weights"]
    epochs: int
    freeze: Sequence[str]
    keep_best: bool
    min_delta: float
    mixup: float | None
    monitor: Literal["loss", "accuracy"]
    patience: int | None
    rates: Mapping[str, float] | None
    sampling: Literal["each", "balanced", "weights"]
    schedule: Schedule | str
    shuffle: bool
    stop_at: Mapping[str, float] | None
    time_limit: float | str | None
    sample_weight: Floats | Sequence[float] | None
    seed: int | None
    threads: int | None
