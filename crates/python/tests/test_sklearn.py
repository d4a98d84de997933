"""The estimators of scikit-learn."""
import pickle
import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn")
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import toddle as td
from toddle.sklearn import ToddleClassifier, ToddleRegressor


# Batches differ where a sample is there twice: scikit-learn expects the same of its own MLPClassifier.
BATCHES = "a weight of 2 in one batch is not a sample in two batches"
EXPECTED = {f"check_sample_weight_equivalence_on_{kind}_data": BATCHES for kind in ("dense", "sparse")}


@parametrize_with_checks([
    ToddleClassifier((16,), epochs=60, optimizer=td.Adam(0.01), random_state=0, threads=1),
    ToddleRegressor((16,), epochs=100, optimizer=td.Adam(0.01), random_state=0, threads=1),
], expected_failed_checks=lambda estimator: EXPECTED)
def test_scikit_learn_accepts_it(estimator, check):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check(estimator)


def test_pipelines_and_searches():
    x, y = load_iris(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), ToddleClassifier((8,), epochs=40, optimizer=td.Adam(0.01), random_state=0, threads=1))
    search = GridSearchCV(pipeline, {"toddleclassifier__hidden_layer_sizes": [(4,), (16, 8)]}, cv=3, n_jobs=2).fit(x, y)
    assert search.best_score_ > 0.8
    again = pickle.loads(pickle.dumps(search.best_estimator_))
    assert np.array_equal(again.predict_proba(x), search.best_estimator_.predict_proba(x))
    assert np.allclose(again.predict_proba(x).sum(axis=1), 1)


def test_partial_fit_and_warm_start():
    x, y = load_iris(return_X_y=True)
    online = ToddleClassifier((8,), random_state=0)
    online.partial_fit(x[:50], y[:50], classes=[0, 1, 2])
    first = online.loss_curve_[0]
    for _ in range(30):
        online.partial_fit(x, y)
    assert len(online.loss_curve_) == 31 and online.loss_curve_[-1] != first
    with pytest.raises(ValueError, match="does not know"):
        online.partial_fit(x[:2], [7, 8])
    warm = ToddleClassifier((8,), epochs=5, patience=None, warm_start=True, random_state=0).fit(x, y)
    assert len(warm.fit(x, y).loss_curve_) == 10
    assert len(clone(warm).fit(x, y).loss_curve_) == 5


def test_samples_of_weight_0_teach_nothing():
    x, y = load_iris(return_X_y=True)
    # Two of three labels are wrong, so a model that does not follow the weights learns the wrong class.
    wrong = np.where(np.arange(len(y)) % 3 != 0, (y + 1) % 3, y)
    weights = (wrong == y).astype(float)
    model = ToddleClassifier((16,), epochs=60, optimizer=td.Adam(0.01), random_state=0)
    assert model.fit(x, wrong, sample_weight=weights).score(x, y) > 0.95
    with pytest.raises(ValueError, match="weights"):
        td.Network(4, [td.Dense(3)]).fit(x, y, loss="cross_entropy", optimizer="adam", sample_weight=weights[:9], progress=False)


def test_layers_of_ones_own_and_images():
    x, y = load_diabetes(return_X_y=True)
    assert ToddleRegressor(layers=[td.Dense(8), td.Tanh()], epochs=3, random_state=0).fit(x, y).predict(x).shape == y.shape
    (digits, labels), _ = td.data.mnist()
    rows = digits[:300].reshape(300, -1) / 255
    net = ToddleClassifier(layers=[td.Conv2d(4, 3), "relu", td.MaxPool2d(2), td.Flatten()], input=(1, 28, 28), epochs=8, random_state=0)
    assert net.fit(rows, labels[:300]).score(rows, labels[:300]) > 0.8


def test_a_fit_that_fails_changes_nothing():
    x, y = np.random.default_rng(0).normal(size=(30, 3)), np.arange(30) % 3
    new = ToddleClassifier((4,), epochs=2, optimizer="no such optimizer", random_state=0)
    with pytest.raises(ValueError):
        new.fit(x, y)
    with pytest.raises(NotFittedError):
        new.predict(x)
    trained = ToddleClassifier((4,), epochs=2, random_state=0).fit(x, y)
    before = trained.predict_proba(x)
    for wrong in [(x[:, :2], y[:-1]), (x[:, :2], np.linspace(0, 1, 30))]:
        with pytest.raises(ValueError):
            trained.fit(*wrong)
        assert np.array_equal(trained.predict_proba(x), before) and trained.classes_.tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="partial_fit"):
        trained.partial_fit(x, y, classes=[0, 1, 2, 3])
    assert np.array_equal(trained.predict_proba(x), before)
    numbers = ToddleRegressor((4,), epochs=2, random_state=0).fit(x, y.astype(float))
    answers = numbers.predict(x)
    with pytest.raises(ValueError):
        numbers.fit(x[:, :2], np.full(30, np.nan))
    assert np.array_equal(numbers.predict(x), answers)
