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
    with td._arrays.locked(one, x):
        with td._arrays.locked(other):
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


def test_a_fit_that_fails_leaves_no_names(small):
    net = small()
    with pytest.raises(ValueError):
        net.fit(np.zeros((4, 4)), ["a", "b", "a", "b"], loss="cross_entropy", optimizer="sgd", epochs=1, freeze=["nothing"])
    assert net.classes == []
    net.fit(np.zeros((4, 4)), ["c", "d", "c", "d"], loss="cross_entropy", optimizer="sgd")
    assert net.classes == ["c", "d"]


def test_weights_of_samples_count_everywhere(table, small):
    x, y = table
    weights = np.where(y == 0, 0.0, 1.0)
    net = small()
    rate = {"loss": "cross_entropy", "optimizer": "sgd", "steps": 20}
    assert net.find_rate(x, y, **rate).points != net.find_rate(x, y, sample_weight=weights, **rate).points
    job = {"loss": "cross_entropy", "optimizer": "sgd", "steps": 3}
    assert net.verify(x, y, **job)[0][1] != net.verify(x, y, sample_weight=weights, **job)[0][1]
    with pytest.raises(ValueError, match="one weight for each sample"):
        net.fit(x, y, loss="cross_entropy", optimizer="sgd", sample_weight=np.ones((len(y) // 10, 10)))
    with pytest.raises(TypeError, match="has no argument `checkpoint`"):
        net.find_rate(x, y, checkpoint="a", **rate)


def test_validation_is_checked(table, small):
    x, y = table
    strange = x.copy()
    strange[3, 1] = np.nan
    for validation, words in [
        ((x[:0], y[:0]), "validation inputs cannot be read\n  expected  one sample or more"),
        ((strange, y), "nan in sample 3"),
        ((x[:, :2], y), "validation: "),
        ((x, y + 5), "validation: "),
    ]:
        with pytest.raises(ValueError, match=words):
            small().fit(x, y, loss="cross_entropy", optimizer="sgd", validation=validation)


def test_evaluation_of_nothing_and_of_nan(table, small):
    x, y = table
    with pytest.raises(ValueError, match="no samples to evaluate"):
        small().evaluate(x[:0], y[:0], loss="cross_entropy")
    strange = x.copy()
    strange[7] = np.nan
    with pytest.raises(ValueError, match="nan in sample 7"):
        small().evaluate(strange, y, loss="cross_entropy")


def test_a_training_that_is_resumed_keeps_names_and_its_history(small, tmp_path):
    x, words = np.random.default_rng(0).normal(size=(20, 4)), np.array(["yes", "no"] * 10)
    fit = {"loss": "cross_entropy", "optimizer": "adam", "batch": 5}
    small().fit(x, words, epochs=2, checkpoint=tmp_path / "c", **fit)
    net = small()
    history = net.fit(x, words, epochs=5, resume=tmp_path / "c", validation=(x, words), **fit)
    assert net.classes == ["no", "yes"]
    assert [evaluation is None for evaluation in history.validation] == [True, True, False, False, False]
    assert len(history.columns()["validation_loss"]) == 5 and "<svg" in history._repr_html_()
    pandas = pytest.importorskip("pandas")
    assert history.to_pandas()["validation_loss"].notna().tolist() == [False, False, True, True, True] and pandas
    # Without targets as names, those of the checkpoint stay.
    other = small()
    other.fit(x, np.arange(20) % 2, epochs=3, resume=tmp_path / "c", **fit)
    assert other.classes == ["no", "yes"]


def test_old_facts_do_not_outlive_their_training(digits, tmp_path):
    x, y = digits
    net = td.Network((1, 28, 28), [td.Flatten(), td.Dense(10)])
    net.fit(x, y, loss="cross_entropy", optimizer="sgd")
    assert net._about["scaling"] == {"divisor": 255.0}
    net.fit(x.astype(np.float32) / 255, y, loss="cross_entropy", optimizer="sgd")
    assert "scaling" not in net._about
    net.save(tmp_path / "a.safetensors")
    assert td.load(tmp_path / "a.safetensors").predict(x[:1].astype(np.float32) / 255).shape == (1, 10)


def test_changes_that_do_nothing_round_nothing():
    x = np.random.default_rng(0).random((8, 1, 6, 6))
    digests = set()
    for augment in (None, td.Augment()):
        net = td.Network((1, 6, 6), [td.Flatten(), td.Dense(2)], dtype="float64", seed=1)
        net.fit(x, np.arange(8) % 2, loss="cross_entropy", optimizer="sgd", augment=augment)
        digests.add(net.digest())
    assert len(digests) == 1


def test_shapes_and_lists_may_be_of_numpy_or_generators():
    net = td.Network(4, (td.Dense(n) for n in (3, 2)), seed=np.int64(3))
    assert td.Network(net.input, [td.Dense(2)]).input == (4,) and net.output == (2,)
    x = td.Input(net.input)
    assert td.Network(x, td.Dense(1)(x)).input == (4,)
    rate = td.SGD(np.float32(0.5))
    assert rate == td.SGD(0.5) and hash(rate) == hash(td.SGD(0.5)) and repr(rate) == repr(td.SGD(0.5))
    assert td.Conv2d(np.int64(2), np.array([3, 3])) == td.Conv2d(2, [3, 3])


def test_errors_name_the_setting_and_what_was_expected(table, small):
    x, y = table
    fit = {"loss": "cross_entropy", "optimizer": "sgd"}
    for wrong, words in [
        ({"epochs": 1.5}, "Network.fit: `epochs` cannot have this value\n  expected  a whole number, 0 or more\n  got       1.5"),
        ({"batch": "all"}, '`batch` cannot have this value\n  expected  a whole number, 0 or more\n  got       "all"'),
        ({"shuffle": "yes"}, '`shuffle` cannot have this value\n  expected  True or False'),
        ({"min_delta": float("nan")}, "a setting cannot be nan\n  expected  a finite number"),
        ({"threads": -1}, "threads = -1 is out of range"),
        ({"seed": -1}, "seed = -1 is out of range"),
        ({"optimizer": "adamm"}, "adamm"),
    ]:
        with pytest.raises(ValueError, match=words):
            small().fit(x, y, **{**fit, **wrong})
    for make in (lambda: small(seed=-1), lambda: small().engine(-1), lambda: small().engine(2, threads=0), lambda: small().verify(x, y, steps=0, **fit)):
        with pytest.raises(ValueError, match="out of range"):
            make()
    with pytest.raises(ValueError, match="`rate` cannot have this value\n  expected  a number"):
        td.SGD("fast")
    with pytest.raises(TypeError, match="in the list"):
        td.Network(2, [td.Dense(2), [td.Dense(1)]])
    assert len(small().fit(x, y, callbacks=None, **fit)) == 1


def test_the_place_of_a_checkpoint_is_checked_first(table, small, tmp_path):
    net = small()
    before = net.digest()
    for place, kind in [(tmp_path / "none" / "c", FileNotFoundError), (tmp_path, IsADirectoryError)]:
        with pytest.raises(kind, match="try"):
            net.fit(*table, loss="cross_entropy", optimizer="sgd", checkpoint=place)
    assert net.digest() == before


def test_an_engine_keeps_few_buffers():
    net = td.Network(200, [td.Dense(400), td.Dense(1)])
    engine = net.engine(batch=200)
    def memory():
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * 4096
    for samples in range(1, 20):
        engine.forward(np.zeros((samples, 200)))
    before = memory()
    for samples in range(20, 200):
        engine.backward(np.zeros((samples, 1)) + engine.forward(np.zeros((samples, 200))) * 0)
        engine.update("sgd")
    assert memory() - before < 60e6
