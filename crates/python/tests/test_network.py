"""Networks: made, trained, asked, saved."""
import pickle

import numpy as np
import pytest

import toddle as td

FIT = {"loss": "cross_entropy", "optimizer": td.Adam(1e-2), "epochs": 2, "batch": 16}


def test_the_six_lines(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (x, y), (xt, yt) = td.data.mnist()
    x, y, xt, yt = x[:2000], y[:2000], xt[:500], yt[:500]
    net = td.Network((1, 28, 28), [td.Conv2d(8, 3), td.ReLU(), td.MaxPool2d(2), td.Flatten(), td.Dense(10)], seed=0)
    history = net.fit(x, y, loss="cross_entropy", optimizer=td.Adam(1e-3), epochs=3, batch=64, validation=(xt, yt))
    assert len(history) == 3 and history.loss[2] < history.loss[0]
    assert net.predict(xt[:5]).shape == (5, 10)
    assert net.evaluate(xt, yt) == history.validation[-1]
    assert net.evaluate(xt, yt).accuracy > 0.8
    assert net.trace(xt[:1])["conv1"].shape == (1, 8, 26, 26)
    net.save("digits.safetensors")
    loaded = td.load("digits.safetensors")
    assert loaded.digest() == net.digest()
    assert np.array_equal(loaded.predict(xt), net.predict(xt))
    assert loaded.evaluate(xt, yt) == net.evaluate(xt, yt)


def test_bits_do_not_depend_on_threads(table, small):
    digests = set()
    for threads in (1, 2, 3):
        net = small()
        net.fit(*table, threads=threads, **FIT)
        digests.add(net.digest())
    assert len(digests) == 1


def test_wrong_shapes_name_layer_got_and_expected():
    with pytest.raises(ValueError, match=r"layer 1 `conv1` cannot follow the input"):
        td.Network((1, 3, 3), [td.Conv2d(16, 5)])
    with pytest.raises(ValueError, match=r"expected  samples of shape 4 along the first axis"):
        td.Network(4, [td.Dense(2)]).predict(np.zeros((3, 5)))


@pytest.mark.parametrize(("make", "meant"), [
    (lambda: td.Conv2d(8, kernel_size=3), "kernel = …"),
    (lambda: td.Conv2d(8, 3, strides=2), "stride = …"),
    (lambda: td.Adam(learning_rate=1), "rate = …"),
    (lambda: td.Adam(lr=1), "rate = …"),
])
def test_arguments_of_others_are_suggested(make, meant):
    with pytest.raises(TypeError, match=meant):
        make()


def test_names_of_others_are_suggested():
    with pytest.raises(AttributeError, match=r"toddle\.Dense"):
        td.Linear
    with pytest.raises(AttributeError, match=r"toddle\.ReLU"):
        td.Relu
    with pytest.raises(AttributeError):
        td.nothing_like_that


def test_settings_are_checked_at_once():
    with pytest.raises(ValueError, match="Conv2d: `filters` cannot have this value"):
        td.Conv2d("many", 3)
    with pytest.raises(ValueError, match="rate = -1 is out of range"):
        td.Adam(-1)
    with pytest.raises(AttributeError, match="do not change"):
        td.Dense(3).outputs = 4


def test_settings_show_and_compare():
    assert repr(td.Conv2d(8, 3, stride=2)) == "Conv2d(filters=8, kernel=3, stride=2)"
    assert td.Adam(0.1) == td.Adam(0.1) != td.Adam(0.2)
    assert pickle.loads(pickle.dumps(td.Adam(0.1))) == td.Adam(0.1)


def test_weights_are_read_and_set(small):
    net = small()
    weight = net.weights["dense1.weight"]
    assert weight.shape == (4, 8)
    with pytest.raises(ValueError, match="read-only"):
        weight[0, 0] = 1
    net.weights["dense1.weight"] = weight * 2
    assert np.array_equal(net.weights["dense1.weight"], weight * 2)
    with pytest.raises(ValueError, match=r"expected  an array of shape \[4, 8\]"):
        net.weights["dense1.weight"] = weight.T
    with pytest.raises(KeyError, match=r"dense1\.weight, dense1\.bias"):
        net.weights["dense3"]


def test_one_sample_has_the_bits_of_many(table, small):
    net, (x, y) = small(), table
    for _ in range(2):
        assert np.array_equal(np.concatenate([net.predict(x[n : n + 1]) for n in range(20)]), net.predict(x)[:20])
        net.fit(x, y, **FIT)


def test_pickle_and_copy(table, small):
    net = small()
    net.fit(*table, **FIT)
    for other in (pickle.loads(pickle.dumps(net)), net.copy()):
        assert other.digest() == net.digest()
        other.weights["dense2.bias"] = [9, 9]
        assert other.digest() != net.digest()


def test_a_checkpoint_continues_with_the_same_bits(tmp_path, table, small):
    whole = small()
    whole.fit(*table, **{**FIT, "epochs": 4})
    first = small()
    file = tmp_path / "checkpoint.safetensors"
    first.fit(*table, **{**FIT, "epochs": 4}, checkpoint=file, callbacks=lambda epoch: epoch.number == 2)
    second = small()
    history = second.fit(*table, **{**FIT, "epochs": 4}, resume=file)
    assert second.digest() == whole.digest() != first.digest()
    assert len(history) == 4 and len(history.epochs) == 2


def test_names_of_classes(tmp_path, table, small):
    x, y = table
    words = np.array(["no", "yes"])[y]
    net, numbers = small(), small()
    net.fit(x, words, **FIT)
    numbers.fit(x, y, **FIT)
    assert net.digest() == numbers.digest() and net.classes == ["no", "yes"]
    net.save(tmp_path / "words.safetensors")
    loaded = td.load(tmp_path / "words.safetensors")
    assert loaded.classes == ["no", "yes"] and loaded.evaluate(x, words) == net.evaluate(x, y)
    with pytest.raises(ValueError, match="'maybe'"):
        net.evaluate(x, ["maybe"] * len(x))


def test_check_rate_and_verify(table, small):
    net = small()
    before = net.digest()
    assert net.check(*table, loss="cross_entropy", optimizer="adam")
    curve = net.find_rate(*table, loss="cross_entropy", optimizer="sgd", steps=60)
    assert len(curve.points) > 10
    ways = net.verify(*table, loss="cross_entropy", optimizer="adam", steps=6)
    assert len(ways) > 4 and len({digest for _, digest in ways}) == 1
    assert net.digest() == before


def test_augmented_inputs_differ(digits):
    def digest(**settings):
        net = td.Network((1, 28, 28), [td.Flatten(), td.Dense(10)])
        net.fit(*digits, **FIT, **settings)
        return net.digest()

    assert digest() == digest(augment=td.Augment()) != digest(augment=td.Augment(shift=2))


def test_history_and_pictures(digits, table, small):
    pytest.importorskip("pandas")
    pytest.importorskip("matplotlib").use("Agg")
    net = small()
    history = net.fit(*table, validation=table, **FIT)
    assert list(history.to_pandas().columns) == ["loss", "accuracy", "validation_loss", "validation_accuracy"]
    assert len(history.plot().lines) == 2
    assert "<svg" in history._repr_html_() and "dense1" in net._repr_html_()
    assert "<rect" in net.trace(table[0][:1])._repr_html_()


def test_progress_in_a_log(table, small, capsys):
    small().fit(*table, **FIT, progress=True)
    assert "epoch 2 of 2: loss" in capsys.readouterr().err


def test_data_of_a_file(tmp_path):
    file = tmp_path / "points.csv"
    rows = [f"{n},{n * 2},{'even' if n % 2 == 0 else 'odd'}" for n in range(40)]
    file.write_text("\n".join(["a,b,kind", *rows]) + "\n")
    data = td.data.open(csv=file, target="kind")
    assert data.classes == ["even", "odd"] and data.train[0].shape[1] == 2
    with pytest.raises(FileNotFoundError, match="try"):
        td.data.open(csv=tmp_path / "nothing.csv", target="kind")
