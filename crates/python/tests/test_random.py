"""Random calls: whatever comes, there is an answer or an error with a text. `TODDLE_CALLS` sets how many of them."""
import os

import numpy as np
import pytest

import toddle as td

pytest.importorskip("hypothesis")
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

CALLS = int(os.environ.get("TODDLE_CALLS", "400"))
ALLOWED = (ValueError, TypeError, RuntimeError, KeyError, OverflowError, MemoryError)
DTYPES = st.sampled_from(["f4", "f8", ">f8", "f2", "u1", "i1", "i4", "i8", "u8", "?", "c8", "O", "U3", "M8[s]"])
SHAPES = st.one_of(hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5), st.sampled_from([(3, 4), (5, 4), (3,), (5,), (3, 2), (5, 2)]))
SETTINGS = st.one_of(st.none(), st.booleans(), st.integers(-3, 2**70), st.floats(), st.text(max_size=4), st.lists(st.integers(-2, 9), max_size=5))


@st.composite
def arrays(draw):
    array = draw(hnp.arrays(draw(DTYPES), draw(SHAPES)))
    way = draw(st.sampled_from(["as it is", "fortran", "reversed", "strided", "list", "read-only"]))
    if way == "fortran":
        return np.asfortranarray(array)
    if way == "reversed" and array.ndim:
        return array[::-1]
    if way == "strided" and array.ndim:
        return array[::2]
    if way == "list":
        return array.tolist()
    if way == "read-only":
        array.flags.writeable = False
    return array


VALUES = st.one_of(arrays(), SETTINGS)
NETS = [
    td.Network(4, [td.Dense(3), td.BatchNorm(), td.Dropout(), td.Dense(2)]),
    td.Network(4, [td.Dense(1)], dtype="float64"),
    td.Network((1, 4, 5), [td.Conv2d(2, 3), td.ReLU(), td.Flatten(), td.Dense(2)]),
    td.Network([a := td.Input(4, "a"), b := td.Input(2, "b")], [td.Dense(2)(td.Concat()(a, b)), td.Dense(1)(a)]),
]
ENGINES = [net.engine(batch=4) for net in NETS]
KINDS = [kind for name in dir(td) if isinstance(kind := getattr(td, name), type) and getattr(kind, "_kind", None)]


def call(data):
    place = data.draw(st.integers(0, len(NETS) - 1))
    net, engine = NETS[place], ENGINES[place]
    x, y = data.draw(VALUES), data.draw(VALUES)
    fit = {"loss": data.draw(st.sampled_from(["cross_entropy", "mean_squared_error", "hinge", "none", 3])), "optimizer": data.draw(st.sampled_from(["adam", "sgd", td.SGD(1e30), 0]))}
    name = data.draw(st.sampled_from(["predict", "fit", "evaluate", "trace", "back", "weights", "forward", "backward", "update", "gradients", "kind", "network", "check", "dict"]))
    if name == "predict":
        net.predict(x)
    elif name == "fit":
        # All is drawn before a call, because an update of an earlier example may make the call an error.
        epochs, batch, threads = data.draw(st.tuples(st.integers(-1, 3), st.integers(-1, 5), st.sampled_from([None, 0, 1, 2])))
        net.copy().fit(x, y, **fit, epochs=epochs, batch=batch, threads=threads)
    elif name == "evaluate":
        net.evaluate(x, y, fit["loss"])
    elif name == "trace":
        net.trace(x)
    elif name == "back":
        net.trace(np.zeros((3, *net.input)) if place < 3 else x).backward(y)
    elif name == "weights":
        weight = data.draw(st.sampled_from(["dense1.weight", "dense1.bias", "x"]))
        net.copy().weights[weight] = x
    elif name == "forward":
        engine.forward(x)
    elif name == "backward":
        engine.backward(y)
    elif name == "update":
        engine.update(fit["optimizer"])
    elif name == "gradients":
        engine.gradients
    elif name == "kind":
        kind, values = data.draw(st.sampled_from(KINDS)), data.draw(st.lists(SETTINGS, max_size=2))
        kind(*values, **data.draw(st.dictionaries(st.sampled_from(["kernel", "rate", "stride", "padding", "nothing", "groups"]), SETTINGS, max_size=2)))
    elif name == "network":
        shape, layers = data.draw(SETTINGS), data.draw(st.lists(st.one_of(SETTINGS, st.sampled_from(["relu", "flatten", td.Dense(2), td.Conv2d(1, 2)])), max_size=3))
        td.Network(shape, layers)
    elif name == "check":
        steps = data.draw(st.integers(-1, 5))
        net.find_rate(x, y, steps=steps, **fit)
    else:
        net.predict({"a": x, "b": y})


@settings(max_examples=CALLS, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_random_calls(data):
    with np.errstate(all="ignore"):
        try:
            call(data)
        except ALLOWED as error:
            # Python's own MemoryError has no text: an array of objects may hold a range of billions.
            assert str(error) or type(error) is MemoryError


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="the system does not say how much memory a process has")
def test_fits_and_predicts_keep_no_memory(table, small):
    x, y = table
    net = small()

    def some(count):
        for _ in range(count):
            net.fit(x[:16], y[:16], loss="cross_entropy", optimizer="adam", batch=16, threads=1)
            net.predict(x[:16])

    some(200)
    before = resident()
    some(CALLS)
    assert resident() - before < 2 << 20
