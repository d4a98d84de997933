"""Networks that branch, traces, and the engine."""
import numpy as np
import pytest

import toddle as td


def test_branches_are_the_same_network_as_in_a_file():
    image = td.Input((1, 8, 8))
    near, far = td.Conv2d(2, 3, padding="same", name="near")(image), td.Conv2d(2, 5, padding="same", name="far")(image)
    net = td.Network(image, td.Dense(3)(td.Flatten()(td.ReLU()(td.Concat()(near, far)))), seed=5)
    spec = net.spec()
    assert [layer["kind"] for layer in spec["layers"]] == ["conv2d", "conv2d", "concat", "relu", "flatten", "dense"]
    assert spec["layers"][2]["from"] == ["near", "far"]
    assert list(net.trace(np.zeros((1, 8, 8)))) == ["input", "near", "far", "concat1", "relu1", "flatten1", "dense1"]


def test_several_inputs_and_outputs():
    left, right = td.Input(3, "left"), td.Input(2, "right")
    both = td.Concat()(left, right)
    net = td.Network([left, right], [td.Output(td.Dense(4)(both), "kind", loss="cross_entropy"), td.Output(td.Dense(1)(both), "size", weight=0.5)])
    x = {"left": np.ones((6, 3)), "right": np.zeros((6, 2))}
    answers = net.predict(x)
    assert answers["kind"].shape == (6, 4) and answers["size"].shape == (6, 1)
    y = {"kind": [0, 1, 2, 3, 0, 1], "size": [1.0] * 6}
    history = net.fit(x, y, loss="mean_squared_error", optimizer="adam", epochs=3)
    assert history.loss[2] < history.loss[0]
    with pytest.raises(ValueError, match="left, right"):
        net.predict({"left": np.ones((6, 3))})
    with pytest.raises(ValueError, match="classes from 0 to 3"):
        net.fit(x, {**y, "kind": [9] * 6}, loss="mean_squared_error", optimizer="adam")


def test_a_layer_that_is_called_twice_shares_its_weights():
    a, b = td.Input(3, "a"), td.Input(3, "b")
    tower = td.Dense(2)
    net = td.Network([a, b], tower(a) + tower(b))
    assert net.parameters == 8
    x = np.arange(3.0)[None]
    assert np.array_equal(net.predict({"a": x, "b": x * 0}), net.predict({"a": x * 0, "b": x}))


def test_an_input_that_is_left_out_is_named():
    a, b = td.Input(3, "a"), td.Input(3, "b")
    with pytest.raises(ValueError, match="name='b'"):
        td.Network(a, td.Sum()(a, b))
    with pytest.raises(TypeError, match="predict"):
        td.Dense(3)(np.zeros(3))


def test_gradients_of_a_trace_are_central_differences():
    net = td.Network(3, [td.Dense(4), td.Tanh(), td.Dense(2)], dtype="float64", seed=1)
    random = np.random.default_rng(0)
    x, dy = random.normal(size=(5, 3)), random.normal(size=(5, 2))
    gradients = net.trace(x).backward(dy)
    weight, step = net.weights["dense1.weight"].copy(), 1e-6
    for place in [(0, 0), (2, 3)]:
        ends = []
        for side in (step, -step):
            moved = weight.copy()
            moved[place] += side
            net.weights["dense1.weight"] = moved
            ends.append((net.predict(x) * dy).sum())
        assert abs((ends[0] - ends[1]) / (2 * step) - gradients.weights["dense1.weight"][place]) < 1e-7
    assert gradients.inputs["input"].shape == x.shape


def test_the_engine_has_the_bits_of_fit(table, small):
    x, y = table
    fit, own, loop = small(dtype="float64"), small(dtype="float64"), small(dtype="float64")
    target = np.eye(2)[y]

    def mean_squared_error(y, target):
        return ((y - target) ** 2).mean(), 2 * (y - target) / y.size

    settings = {"optimizer": td.Adam(0.01), "epochs": 3, "batch": 32}
    history = fit.fit(x, target, loss="mean_squared_error", **settings)
    others = own.fit(x, target, loss=mean_squared_error, **settings)
    assert np.allclose(history.loss, others.loss, rtol=1e-12)
    assert np.allclose(fit.predict(x), own.predict(x), rtol=1e-9)
    engine = loop.engine(batch=120)
    engine.forward(x)
    dx = engine.backward(np.ones((120, 2)))
    assert dx.shape == x.shape and np.array_equal(engine.gradients["dense2.bias"], [120, 120])
    before = loop.digest()
    engine.update("adam")
    assert loop.digest() != before


def test_calls_in_a_wrong_order(small):
    engine = small().engine(batch=4)
    with pytest.raises(RuntimeError, match="forward"):
        engine.backward(np.zeros((4, 2)))
    with pytest.raises(RuntimeError, match="backward"):
        engine.update("adam")
    engine.forward(np.zeros((4, 4)))
    with pytest.raises(RuntimeError, match="backward"):
        engine.gradients
    with pytest.raises(ValueError):
        engine.backward(np.zeros((3, 2)))
    with pytest.raises(ValueError, match="1 to 4"):
        engine.forward(np.zeros((5, 4)))


def test_a_loss_of_ones_own_refuses_what_it_does_not_have(table, small):
    with pytest.raises(ValueError, match="patience"):
        small().fit(*table, loss=lambda y, t: (0.0, y), optimizer="adam", patience=3)
