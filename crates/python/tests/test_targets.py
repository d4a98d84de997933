"""What targets mean: bytes, masks, objects, names, classes of several outputs, and when there is an accuracy."""
import numpy as np
import pytest

import toddle as td

FIT = {"optimizer": td.SGD(0.1), "seed": 1}


def weights(net, x, y, **settings):
    net.fit(x, y, **{**FIT, **settings})
    return net.digest()


def same(make, x, ys, **settings):
    """Whether all targets give the same weights."""
    return len({weights(make(), x, y, **settings) for y in ys}) == 1


def two_outputs():
    value = td.Dense(4, name="hidden")(x := td.Input(3))
    return td.Network(x, [td.Output(td.Dense(3)(value), "kind", loss="cross_entropy"), td.Output(td.Dense(2)(value), "size")])


def test_bytes_are_numbers_where_the_target_is_no_picture():
    x, size = np.ones((6, 3), np.float32), np.array([[0, 9], [200, 3]] * 3)
    kinds = np.array([0, 1, 2, 0, 1, 2])
    given = [{"kind": kinds.astype(kind), "size": size.astype(kind)} for kind in (np.uint8, np.int64)]
    given.append({"kind": np.eye(3)[kinds], "size": size.astype(np.float64)})
    assert same(two_outputs, x, given, loss="mean_squared_error", epochs=2)
    one = lambda: td.Network(3, [td.Dense(2)])
    assert same(one, x, [size.astype(np.uint8), size.astype(np.float32), size.tolist()], loss="mean_squared_error")


def test_masks_mean_the_same_in_every_type():
    x = np.random.default_rng(0).random((4, 1, 5, 5)).astype(np.float32)
    mask = (x > 0.5).astype(np.uint8)
    make = lambda: td.Network((1, 5, 5), [td.Conv2d(1, 3, padding="same")])
    assert same(make, x, [mask, mask.astype(bool), mask.astype(np.float32), mask.astype(int)], loss="binary_cross_entropy")
    # Pictures of bytes are divided by 255.
    grey = (x * 255).astype(np.uint8)
    assert same(make, x, [grey, grey.astype(np.float32) / np.float32(255)], loss="mean_squared_error")


def test_bytes_of_several_inputs_are_divided_side_by_side_too():
    a, b = td.Input(3, "a"), td.Input(2, "b")
    net = td.Network([a, b], td.Dense(1)(td.Concat()(a, b)))
    x = np.random.default_rng(0).integers(0, 256, (4, 5), dtype=np.uint8)
    apart = net.predict({"a": x[:, :3], "b": x[:, 3:]})
    assert np.array_equal(net.predict(x), apart)
    assert np.array_equal(net.predict(x.astype(np.float32) / np.float32(255)), apart)


def test_objects_that_are_numbers_are_class_numbers():
    x, y = np.ones((12, 2), np.float32), np.arange(12)
    make = lambda: td.Network(2, [td.Dense(12)])
    objects = [y, list(y), np.array([np.int64(n) for n in y], object), np.array([int(n) for n in y], object)]
    assert same(make, x, objects, loss="cross_entropy")
    pair = lambda: td.Network(2, [td.Dense(2)])
    truths = y % 2 == 0
    assert same(pair, x, [truths, truths.astype(int), np.array(truths.tolist(), object), np.array(list(truths), object)], loss="cross_entropy")


def test_what_is_masked_is_refused():
    x = np.ma.masked_array(np.ones((4, 2)), mask=[[0, 0], [1, 0], [0, 0], [0, 0]])
    net = td.Network(2, [td.Dense(2)])
    with pytest.raises(ValueError, match="1 masked elements"):
        net.predict(x)
    assert net.predict(np.ma.masked_array(np.ones((4, 2)))).shape == (4, 2)


def test_class_numbers_out_of_range_say_which():
    net, x = td.Network(2, [td.Dense(3)]), np.ones((3, 2))
    with pytest.raises(ValueError, match="got       -1"):
        net.fit(x, [0, -1, 2], loss="cross_entropy", optimizer="sgd")
    several = two_outputs()
    for wrong in (-2, 3):
        with pytest.raises(ValueError, match=f"`kind` cannot be read\n.*\n  got       {wrong}"):
            several.fit(np.ones((3, 3)), {"kind": [0, wrong, 2], "size": np.zeros((3, 2))}, loss="mean_squared_error", optimizer="sgd")
    with pytest.raises(ValueError, match="return_inverse"):
        several.fit(np.ones((3, 3)), {"kind": ["a", "b", "c"], "size": np.zeros((3, 2))}, loss="mean_squared_error", optimizer="sgd")


def test_a_table_may_have_a_column_for_each_output():
    pandas = pytest.importorskip("pandas")
    value = td.Dense(4)(x := td.Input(3))
    make = lambda: td.Network(x, [td.Output(td.Dense(1)(value), "a"), td.Output(td.Dense(1)(value), "b")])
    table = pandas.DataFrame({"b": [1.0, 2.0, 3.0], "a": [0.0, 1.0, 0.0]})
    columns = {name: table[name] for name in "ab"}
    assert same(make, np.ones((3, 3)), [table, columns, {name: column.to_numpy() for name, column in columns.items()}], loss="mean_squared_error")


def test_only_classes_have_an_accuracy():
    random = np.random.default_rng(0)
    x, numbers = random.normal(size=(40, 3)).astype(np.float32), random.normal(size=(40, 2))
    labels = random.integers(0, 2, (40, 4))
    for y, loss in [(numbers, "mean_squared_error"), (labels, "binary_cross_entropy")]:
        net = td.Network(3, [td.Dense(y.shape[1])])
        seen = []
        history = net.fit(x, y, loss=loss, validation=(x, y), callbacks=seen.append, **FIT)
        assert history.accuracy == [None] and history.validation[0].accuracy is None
        assert seen[0].accuracy is None and seen[0].validation_accuracy is None
        assert net.evaluate(x, y).accuracy is None
        with pytest.raises(ValueError, match="no accuracy"):
            net.fit(x, y, loss=loss, monitor="accuracy", **FIT)
    kinds = random.integers(0, 4, 40)
    for y in [kinds, np.eye(4)[kinds], 2 * np.eye(4)[kinds] - 1, np.eye(4)[kinds] * 0.9 + 0.025]:
        net = td.Network(3, [td.Dense(4)])
        history = net.fit(x, y, loss="mean_squared_error", **FIT)
        assert history.accuracy[0] is not None and net.evaluate(x, y).accuracy is not None


def test_misaligned_arrays_are_copied():
    x = np.frombuffer(bytes(49), np.float32, count=12, offset=1).reshape(6, 2)
    assert not x.flags.aligned
    net = td.Network(2, [td.Dense(2)])
    assert net.predict(x).shape == (6, 2)
    labels = np.frombuffer(bytes(25), np.int32, count=6, offset=1)
    net.fit(x, labels, loss="cross_entropy", sample_weight=np.frombuffer(bytes(49), np.float64, count=6, offset=1) + 1, **FIT)
    fields = np.zeros(6, [("flag", "u1"), ("x", "f4", 2)])
    assert net.predict(fields["x"]).shape == (6, 2)
