"""Networks as estimators of scikit-learn: for pipelines, cross-validation and searches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets, unique_labels
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, check_random_state, validate_data

from ._settings import Init, Layer, Optimizer, Schedule, Shape
from ._types import Array
from .layers import Dense, Reshape
from .network import Network
from .optimizers import Adam

__all__ = ["ToddleClassifier", "ToddleRegressor"]


class _Estimator(BaseEstimator):  # type: ignore[misc, unused-ignore]
    """The common part of the classifier and the regressor. scikit-learn requires that `__init__` only stores its arguments."""

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        *,
        activation: str = "relu",
        layers: Sequence[Layer | str] | None = None,
        input: Shape | None = None,
        optimizer: Optimizer | str | None = None,
        schedule: Schedule | str = "constant",
        init: Init | str = "auto",
        epochs: int = 200,
        batch: int = 32,
        alpha: float = 0.0,
        shuffle: bool = True,
        tol: float = 1e-4,
        patience: int | None = 10,
        warm_start: bool = False,
        random_state: Any = None,
        threads: int | None = None,
        dtype: str = "float32",
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.layers = layers
        self.input = input
        self.optimizer = optimizer
        self.schedule = schedule
        self.init = init
        self.epochs = epochs
        self.batch = batch
        self.alpha = alpha
        self.shuffle = shuffle
        self.tol = tol
        self.patience = patience
        self.warm_start = warm_start
        self.random_state = random_state
        self.threads = threads
        self.dtype = dtype

    def _network(self, features: int, outputs: int) -> Network:
        """A new network for so many features and outputs."""
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        if self.layers is not None:
            body = list(self.layers)
        else:
            sizes = [self.hidden_layer_sizes] if isinstance(self.hidden_layer_sizes, (int, np.integer)) else list(self.hidden_layer_sizes)
            body = [layer for size in sizes for layer in (Dense(int(size)), self.activation)]
        before: list[Layer | str] = [] if self.input is None else [Reshape(self.input)]
        return Network(features, [*before, *body, Dense(outputs)], seed=seed, init=self.init, dtype=self.dtype)

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """If a fit fails, the estimator is as it was before."""
        before = dict(self.__dict__)
        try:
            yield
        except Exception:
            self.__dict__.clear()
            self.__dict__.update(before)
            raise

    def _train(self, x: Array, y: Array, weights: Any, outputs: int, loss: str, epochs: int, anew: bool) -> None:
        """Trains a new network, or the network of the last training."""
        if anew:
            self.network_ = self._network(x.shape[1], outputs)
            self.loss_curve_: list[float] = []
            self.n_iter_ = 0
        optimizer = Adam(1e-3, weight_decay=self.alpha) if self.optimizer is None else self.optimizer
        # Each call may have other samples, so each call has its own order.
        history = self.network_.fit(
            x, y, sample_weight=None if weights is None else _check_sample_weight(weights, x, dtype=np.float64, ensure_non_negative=True),
            loss=loss, optimizer=optimizer, schedule=self.schedule, epochs=epochs, batch=min(self.batch, len(x)), shuffle=self.shuffle,
            seed=self.network_._seed + self.n_iter_, min_delta=self.tol, patience=self.patience, threads=self.threads, progress=False,
        )
        self.loss_curve_ += history.loss
        self.n_iter_ += len(history)
        self.loss_ = self.loss_curve_[-1] if self.loss_curve_ else float("nan")

    def _checked(self, x: Any) -> Array:
        """The samples of a prediction, checked."""
        check_is_fitted(self)
        array: Array = validate_data(self, x, reset=False, dtype=[np.float64, np.float32])
        return array

    def _is_new(self) -> bool:
        return not (self.warm_start and hasattr(self, "network_"))

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "network_")


class ToddleClassifier(ClassifierMixin, _Estimator):  # type: ignore[misc, unused-ignore]
    """A network that chooses one class of several, as an estimator of scikit-learn.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default (100,)
        The numbers of outputs of the hidden dense layers, as in `MLPClassifier`.
    activation : str, default "relu"
        The kind of the activation after each hidden layer.
    layers : list of layers, default None
        Replaces the hidden layers. The last dense layer, with an output for each class, is added.
    input : int or tuple of int, default None
        The shape of a sample, if rows are images: channels, height and width.
    optimizer : Optimizer or str, default Adam(1e-3, weight_decay=alpha)
        How a step moves the weights.
    schedule, init, batch, shuffle, threads, dtype
        As in `Network` and `Network.fit`.
    epochs : int, default 200
        The largest number of epochs.
    alpha : float, default 0
        The factor of the L2 penalty of the default optimizer.
    tol, patience : float, int
        The training stops after more than `patience` epochs whose loss is not better by `tol`.
    warm_start : bool, default False
        Whether another `fit` continues with the weights of the last one.
    random_state : int, RandomState or None
        The seed.

    Attributes
    ----------
    classes_ : array
        The classes.
    network_ : Network
        The trained network.
    loss_curve_ : list of float
        The mean loss of each epoch.
    loss_ : float
        The mean loss of the last epoch.
    n_iter_ : int
        The number of epochs.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from toddle.sklearn import ToddleClassifier
    >>> x, y = load_iris(return_X_y=True)
    >>> ToddleClassifier((16,), epochs=100, random_state=0).fit(x, y).score(x, y) > 0.9
    True
    """

    classes_: Array

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> ToddleClassifier:
        """Trains on the samples `X` with their classes `y`. `sample_weight` is a factor of the loss of each sample."""
        with self._whole():
            anew = self._is_new()
            x, y = validate_data(self, X, y, reset=anew, dtype=[np.float64, np.float32])
            check_classification_targets(y)
            classes = unique_labels(y)
            if not anew and not set(classes.tolist()) <= set(self.classes_.tolist()):
                raise ValueError(f"warm_start needs the classes of the first fit: expected {self.classes_}, got {classes}")
            if anew:
                self.classes_ = classes
            self._fit_classes(x, y, sample_weight, self.epochs, anew)
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> ToddleClassifier:
        """Trains for one epoch on some samples. The first call must name all `classes`, unless `y` has all of them.

        The optimizer begins anew in each call: momentum and the averages of Adam are not kept between calls.
        """
        with self._whole():
            first = not hasattr(self, "network_")
            x, y = validate_data(self, X, y, reset=first, dtype=[np.float64, np.float32])
            check_classification_targets(y)
            if first:
                self.classes_ = unique_labels(y) if classes is None else unique_labels(classes)
            elif classes is not None and not np.array_equal(self.classes_, unique_labels(classes)):
                raise ValueError(f"`classes={classes}` are not those of the last call of partial_fit: {self.classes_}")
            strange = set(np.unique(y).tolist()) - set(self.classes_.tolist())
            if strange:
                raise ValueError(f"partial_fit got classes that it does not know: {sorted(strange)}; expected {self.classes_}")
            self._fit_classes(x, y, sample_weight, 1, first)
        return self

    def _fit_classes(self, x: Array, y: Array, weights: Any, epochs: int, anew: bool) -> None:
        places = np.searchsorted(self.classes_, y)
        if len(self.classes_) < 2:
            # With only one class there is nothing to learn: the answer is always this class.
            self._train(x, places.astype(np.float32), weights, 1, "binary_cross_entropy", 0, anew)
        else:
            self._train(x, places, weights, len(self.classes_), "cross_entropy", epochs, anew)

    def predict_proba(self, X: Any) -> Array:
        """The probability of each class for each sample."""
        x = self._checked(X)
        if len(self.classes_) < 2:
            return np.ones((len(x), 1))
        logits = np.asarray(self.network_.predict(x), dtype=np.float64)
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        proba: Array = powers / powers.sum(axis=1, keepdims=True)
        return proba

    def predict_log_proba(self, X: Any) -> Array:
        """The logarithm of the probability of each class for each sample."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.predict_proba(X)))

    def predict(self, X: Any) -> Array:
        """The most likely class of each sample."""
        places = np.argmax(self.predict_proba(X), axis=1)
        chosen: Array = self.classes_[places]
        return chosen


class ToddleRegressor(RegressorMixin, _Estimator):  # type: ignore[misc, unused-ignore]
    """A network that answers with numbers, as an estimator of scikit-learn. It has the parameters of `ToddleClassifier`.

    Examples
    --------
    >>> import numpy as np
    >>> from toddle.sklearn import ToddleRegressor
    >>> x = np.linspace(-1, 1, 200).reshape(-1, 1)
    >>> ToddleRegressor((32,), random_state=0).fit(x, x.ravel() ** 2).score(x, x.ravel() ** 2) > 0.9
    True
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> ToddleRegressor:
        """Trains on the samples `X` with their numbers `y`. `sample_weight` is a factor of the loss of each sample."""
        anew = self._is_new()
        return self._fit_numbers(X, y, sample_weight, self.epochs, anew, anew)

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> ToddleRegressor:
        """Trains for one epoch on some samples."""
        first = not hasattr(self, "network_")
        return self._fit_numbers(X, y, sample_weight, 1, first, first)

    def _fit_numbers(self, X: Any, y: Any, weights: Any, epochs: int, anew: bool, reset: bool) -> ToddleRegressor:
        with self._whole():
            x, y = validate_data(self, X, y, reset=reset, dtype=[np.float64, np.float32], multi_output=True, y_numeric=True)
            self._flat = y.ndim == 1
            rows = y.reshape(len(y), -1).astype(self.dtype)
            self._train(x, rows, weights, rows.shape[1], "mean_squared_error", epochs, anew)
        return self

    def predict(self, X: Any) -> Array:
        """The predicted numbers of each sample."""
        x = self._checked(X)
        answers = np.asarray(self.network_.predict(x), dtype=np.float64)
        return answers.ravel() if self._flat else answers

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
