"""Arrays of every type and layout that people have."""
import threading

import numpy as np
import pytest

import toddle as td

FIT = {"loss": "cross_entropy", "optimizer": "adam", "epochs": 2, "batch": 16}


def variants(x):
    """The same numbers in other forms."""
    wide = np.zeros((len(x), x.shape[1] * 2), x.dtype)
    wide[:, ::2] = x
    return {
        "float64": x.astype(np.float64),
        "fortran": np.asfortranarray(x),
        "strided": wide[:, ::2],
        "reversed": np.ascontiguousarray(x[::-1])[::-1],
        "swapped bytes": x.astype(x.dtype.newbyteorder()),
        "list": x.tolist(),
        "objects": x.astype(object),
        "read-only": np.frombuffer(x.tobytes(), x.dtype).reshape(x.shape),
    }


def test_every_form_gives_the_same_bits(table, small):
    x, y = table
    net = small()
    net.fit(x, y, **FIT)
    answers = net.predict(x)
    for name, form in variants(x).items():
        assert np.array_equal(net.predict(form), answers), name
        other = small()
        other.fit(form, y, **FIT)
        assert other.digest() == net.digest(), name


def test_pandas_and_torch(table, small):
    x, y = table
    answers = small().predict(x)
    pandas = pytest.importorskip("pandas")
    assert np.array_equal(small().predict(pandas.DataFrame(x)), answers)
    net, other = small(), small()
    net.fit(pandas.DataFrame(x), pandas.Series(np.array(["a", "b"])[y]), **FIT)
    other.fit(x, y, **FIT)
    assert net.digest() == other.digest()
    torch = pytest.importorskip("torch")
    tensor = torch.tensor(x, requires_grad=True)
    assert np.array_equal(small().predict(tensor), answers)


def test_every_form_of_targets(table, small):
    x, y = table
    digests = set()
    for form in (y, y.tolist(), y.astype(bool), y.astype(np.int8), y.astype(np.uint8), np.eye(2)[y], np.eye(2, dtype=np.uint8)[y], np.array(["a", "b"])[y]):
        net = small()
        net.fit(x, form, **FIT)
        digests.add(net.digest())
    assert len(digests) == 1


def test_bytes_are_pixels(digits):
    x, y = digits
    net = td.Network((1, 28, 28), [td.Flatten(), td.Dense(10)])
    pixels = x.astype(np.float32) / np.float32(255)
    assert np.array_equal(net.predict(x), net.predict(pixels))
    assert np.array_equal(net.predict(x), net.predict(x[:, None]))
    assert np.array_equal(net.predict(x[::-1]), net.predict(x)[::-1])


def test_a_mapped_file_is_not_read_into_memory(tmp_path, table, small):
    x, y = table
    np.save(tmp_path / "x.npy", x)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    net, other = small(), small()
    net.fit(mapped, y, **FIT)
    other.fit(x, y, **FIT)
    assert net.digest() == other.digest()
    from toddle import _arrays

    assert np.shares_memory(_arrays.floats(mapped, np.dtype(np.float32), "inputs"), mapped)


@pytest.mark.parametrize("bad", [
    [[1, 2], [3]], np.zeros((3, 4), complex), np.array([["a", "b", "c", "d"]]), np.zeros(4), np.zeros((2, 4, 1)), np.zeros(()), None, "text",
    np.zeros((2, 3)), {"left": np.zeros((2, 4))}, object(), np.array([["2020-01-01"] * 4], "datetime64[D]"),
])
def test_bad_inputs_are_refused(bad, small):
    with pytest.raises((ValueError, TypeError)):
        small().predict(bad)
    with pytest.raises((ValueError, TypeError)):
        small().fit(bad, [0, 1], **FIT)


@pytest.mark.parametrize("bad", [[0, 1], [0, 1, 2], [0, 1, -1], ["a", "b", "c"], [[0, 1]], [[0, 1, 0]] * 3, None, [0.5, 0.5, 0.5]])
def test_bad_targets_are_refused(bad, small):
    with pytest.raises((ValueError, TypeError)):
        small().fit(np.zeros((3, 4)), bad, **FIT)


def test_what_is_not_finite_is_an_error_of_training(small):
    with pytest.raises(ValueError, match="infinite or NaN"):
        small().fit([[np.nan] * 4] * 4, [0, 1, 0, 1], **FIT)
    assert np.isnan(small().predict([[np.nan] * 4])).all()


def test_no_samples(small):
    assert small().predict(np.zeros((0, 4))).shape == (0, 2)
    with pytest.raises(ValueError, match="no samples"):
        small().fit(np.zeros((0, 4)), np.zeros(0, int), **FIT)


def test_an_array_cannot_be_changed_while_it_trains(table, small):
    x, y = (part.copy() for part in table)
    y = y.astype(np.uint32)
    refused = []

    def change(epoch):
        for array in (x, y, x[:5]):
            try:
                array[0] = 7
            except ValueError:
                refused.append(epoch.number)

    net, other = small(), small()
    net.fit(x, y, **FIT, callbacks=change)
    other.fit(*table, **FIT)
    assert refused == [1, 1, 1, 2, 2, 2] and net.digest() == other.digest()
    x[0] = 7
    assert x.flags.writeable and y.flags.writeable


def test_arrays_shared_by_threads_are_writeable_afterwards(table, small):
    x, y = (part.copy() for part in table)
    threads = [threading.Thread(target=lambda: small().fit(x, y, **{**FIT, "epochs": 20})) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert x.flags.writeable
