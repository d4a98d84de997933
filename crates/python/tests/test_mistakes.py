"""Mistakes that users have made, and what they may expect: arrays that share memory, limits, settings with typing errors, targets that are none."""
import time

import numpy as np
import pytest

import toddle as td


def test_samples_may_be_parts_of_one_array(small):
    x = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
    y = (x[:, 0] > 0).astype(int)
    for validation in [(x[30:], y[30:]), (x[:20], y[:20])]:
        small().fit(x[:30], y[:30], validation=validation, loss="cross_entropy", optimizer="sgd")
        assert x.flags.writeable and x[:30].flags.writeable
    x[0] = 1
    # The second array is locked while the first one is released.
    one, other = x[:20], x[10:]
    with td._arrays.Locked(one, x):
        with td._arrays.Locked(other):
            assert not other.flags.writeable
        assert not x.flags.writeable
    assert x.flags.writeable and one.flags.writeable and other.flags.writeable


def test_a_time_limit_ends_a_training(table, small):
    start = time.perf_counter()
    history = small().fit(*table, loss="cross_entropy", optimizer="sgd", epochs=10**6, time_limit=0.3)
    assert time.perf_counter() - start < 5 and 0 < len(history.loss) < 10**6


def test_a_trace_keeps_its_samples():
    net = td.Network(2, [td.Dense(1)], seed=1)
    x = np.ones((1, 2), np.float32)
    trace = net.trace(x)
    x[:] = 7
    assert trace.backward([[1.0]]).weights["dense1.weight"].ravel().tolist() == [1, 1]


def test_settings_that_nobody_knows_are_refused(table, small):
    with pytest.raises(ValueError, match="there is no setting `targt`"):
        td.data.open(csv="a.csv", targt="a")
    with pytest.raises(ValueError, match="there is no setting `rotat`"):
        td.Network((1, 8, 8), [td.Flatten(), td.Dense(2)]).fit(np.zeros((4, 1, 8, 8)), [0, 1, 0, 1], loss="cross_entropy", optimizer="sgd", augment={"rotat": 10})
    with pytest.raises(ValueError, match="there is no setting `elastic.foo`"):
        td.Augment(elastic={"foo": 1})
    with pytest.raises(ValueError, match="no schedule `plateau`"):
        small().fit(*table, loss=lambda y, t: (0.0, y * 0), optimizer="sgd", schedule=td.Plateau())


def test_targets_that_are_missing_are_refused(small):
    x = np.zeros((4, 4))
    for y in [["a", "b", None, "a"], np.array(["a", "b", np.nan, "a"], object)]:
        with pytest.raises(ValueError, match="none for sample 2"):
            small().fit(x, y, loss="cross_entropy", optimizer="sgd")
    with pytest.raises(ValueError, match="astype"):
        small().fit(np.zeros((6, 4)), np.array([0.0, 1, 0, 1, 0, 1]), loss="cross_entropy", optimizer="sgd")


def test_names_of_classes_may_be_called_after_the_output():
    x = td.Input(3, name="x")
    net = td.Network(x, td.Output(td.Dense(3)(x), "digit", loss="cross_entropy"))
    net.fit(np.zeros((12, 3)), {"digit": np.array(list("abc" * 4))}, loss="cross_entropy", optimizer="sgd")
    assert net.classes == ["a", "b", "c"]


def test_true_of_numpy_stops_a_training(table, small):
    history = small().fit(*table, loss="cross_entropy", optimizer="sgd", epochs=6, callbacks=lambda epoch: np.True_)
    assert len(history.loss) == 1


def test_a_loss_of_ones_own_reads_locked_arrays(table, small):
    x, y = table
    seen = []
    small().fit(x, np.eye(2, dtype=np.float32)[y], loss=lambda out, t: (seen.append(x.flags.writeable) or 0.0, out * 0), optimizer="sgd")
    assert seen and not any(seen) and x.flags.writeable
