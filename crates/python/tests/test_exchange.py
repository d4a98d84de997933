"""Networks for other programs, and networks from there."""
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import toddle as td

# Files that other programs wrote.
FOREIGN = Path(__file__).parents[2] / "exchange" / "tests" / "foreign"

FILES = {
    "onnx": ["net.onnx"],
    "pytorch": ["net.py", "net.pytorch.safetensors"],
    "keras": ["net.py", "net.keras.npz"],
    "c": ["net.c"],
    "rust": ["net.rs"],
    "npz": ["net.npz"],
    "safetensors": ["net.safetensors"],
}
LAYERS = [td.Conv2d(4, 3), td.BatchNorm(), td.ReLU(), td.MaxPool2d(2), td.Flatten(), td.Dense(3)]


@pytest.fixture(scope="module")
def trained():
    """A network that was trained on bytes with names of classes, and some samples."""
    random = np.random.default_rng(0)
    x = random.integers(0, 255, (40, 1, 9, 9), dtype=np.uint8)
    y = np.array(["cat", "dog", "owl"])[random.integers(0, 3, 40)]
    net = td.Network((1, 9, 9), LAYERS, seed=4)
    net.fit(x, y, loss="cross_entropy", optimizer="adam", epochs=2)
    return net, x


@pytest.mark.parametrize("to", FILES)
def test_every_form_is_written_and_written_again(trained, tmp_path, to):
    net, _ = trained
    file = tmp_path / FILES[to][0]
    for _ in range(2):
        exported = net.export(file, to=to)
        assert exported.files == [tmp_path / name for name in FILES[to]] and exported.check is None
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES[to])
    if to not in ("pytorch", "keras"):
        content = file.read_bytes()
        net.export(str(file))
        assert file.read_bytes() == content
    file.write_text("of another")
    with pytest.raises(ValueError, match="files of others are never overwritten"):
        net.export(file, to=to)
    assert file.read_text() == "of another"


@pytest.mark.parametrize("to", ["npz", "safetensors", "keras", "pytorch", "onnx"])
def test_what_leaves_comes_back_with_the_same_bits(trained, tmp_path, to):
    net, x = trained
    file = net.export(tmp_path / FILES[to][0], to=to).files[-1]
    if to == "onnx":
        back = td.import_model(file)
    else:
        blank = td.Network((1, 9, 9), LAYERS, seed=99)
        before = blank.digest()
        back = td.import_model(file, onto=blank)
        assert blank.digest() == before
    assert back.digest() == net.digest() and np.array_equal(back.predict(x), net.predict(x))
    assert to != "onnx" or back.classes == ["cat", "dog", "owl"]
    # It can be trained on.
    history = back.fit(x, [0, 1, 2, 1] * 10 if to != "onnx" else ["cat", "dog", "owl", "dog"] * 10, loss="cross_entropy", optimizer="adam", epochs=1)
    assert np.isfinite(history.loss[0]) and back.digest() != net.digest()


def test_onnxruntime_gives_the_same_outputs(trained, tmp_path):
    runtime = pytest.importorskip("onnxruntime")
    net, x = trained
    exported = net.export(tmp_path / "net.onnx", check=True)
    assert exported.check and exported.check.relative <= exported.check.bound == pytest.approx(1e-5) and "onnxruntime" in exported.check.by
    numbers = x.astype(np.float32) / np.float32(255)
    session = runtime.InferenceSession(str(exported.files[0]))
    (y,) = session.run(None, {session.get_inputs()[0].name: numbers})
    assert np.abs(y - net.predict(x)).max() <= 1e-5 * np.abs(y).max()
    net.export(tmp_path / "one.onnx", batch=1, preparation=True)
    session = runtime.InferenceSession(str(tmp_path / "one.onnx"))
    assert session.get_inputs()[0].shape == [1, 9, 9]
    (p,) = session.run(None, {session.get_inputs()[0].name: x[0]})
    assert p.sum() == pytest.approx(1) and p.argmax() == net.predict(x[:1]).argmax()


def test_numpy_checks_arrays(trained, tmp_path):
    check = trained[0].export(tmp_path / "net.npz", check=True).check
    assert check and check.difference == check.bound == 0 and check.by.startswith("numpy")
    assert np.array_equal(np.load(tmp_path / "net.npz")["dense1.weight"], trained[0].weights["dense1.weight"])


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
def test_c_computes_the_same_bits(trained, tmp_path):
    exported = trained[0].export(tmp_path / "net.c", check=True)
    assert exported.check and "multiply-adds" in exported.notes[0]
    built = subprocess.run(["cc", "-std=c99", "-O1", "-DNET_TEST", "-o", tmp_path / "test", tmp_path / "net.c", "-lm"])
    assert built.returncode == 0 and subprocess.run([tmp_path / "test"], capture_output=True).returncode == 0


def test_a_program_that_is_not_there_is_named(trained, tmp_path, monkeypatch):
    monkeypatch.setenv("TODDLE_PYTHON", "no-python-at-all")
    check = trained[0].export(tmp_path / "net.onnx", check=True).check
    assert not check and check.by is None and "pip install onnxruntime" in check.text
    assert (tmp_path / "net.onnx").exists()


def test_double_precision_is_rounded(tmp_path):
    net = td.Network(3, [td.Dense(2)], dtype="float64", seed=1)
    net.export(tmp_path / "net.onnx")
    back = td.import_model(tmp_path / "net.onnx")
    assert back.dtype == np.float32 and np.array_equal(back.weights["dense1.weight"], net.weights["dense1.weight"].astype(np.float32))


@pytest.mark.parametrize(("call", "text"), [
    (lambda net, folder: net.export(folder / "net.py"), 'to="pytorch"'),
    (lambda net, folder: net.export(folder / "net.onnx", to="tensorflow"), "expected  one of `onnx`.*\n  got       \"tensorflow\""),
    (lambda net, folder: net.export(folder / "net.onnx", batch=0), "nonzero"),
    (lambda net, folder: net.export(folder / "net.c", preparation=True), "expected  the form onnx"),
    (lambda net, folder: net.export(folder), "the form of"),
    (lambda net, folder: net.export(folder, to="c"), "got       a folder"),
    (lambda net, folder: td.Network((1, 9, 9), [td.Flatten(), td.Dense(3)]).export(folder / "net.onnx", preparation=True), "trained with bytes"),
    (lambda net, folder: td.import_model(net.export(folder / "net.npz").files[0]), "onto=network"),
    (lambda net, folder: td.import_model(net.export(folder / "net.onnx").files[0], onto=net), "leaving out onto"),
    (lambda net, folder: td.import_model(net.export(folder / "net.npz").files[0], onto=td.Network(4, [td.Dense(3)])), "the arrays cannot be read"),
    (lambda net, folder: td.load(net.export(folder / "net.onnx").files[0]), r"toddle\.import_model"),
])
def test_wrong_arguments_are_explained(trained, tmp_path, call, text):
    with pytest.raises(ValueError, match=text):
        call(trained[0], tmp_path)
    assert not (tmp_path / "net.c").exists()


def test_a_model_of_keras_answers_as_in_keras():
    recorded = json.loads((FOREIGN / "keras-mlp.json").read_text())
    net = td.import_model(FOREIGN / "keras-mlp.keras")
    y = net.predict(np.array(recorded["x"], np.float32).reshape(-1, 6))
    np.testing.assert_allclose(y.ravel(), recorded["y"], atol=1e-5)


def test_files_that_cannot_be_read_are_named(trained, tmp_path):
    with pytest.raises(FileNotFoundError):
        td.import_model(tmp_path / "nowhere.onnx")
    (tmp_path / "a.onnx").write_text("no model")
    with pytest.raises(ValueError, match="the ONNX file cannot be read"):
        td.import_model(tmp_path / "a.onnx")
    (tmp_path / "a.keras").write_text("PK")
    with pytest.raises(ValueError, match="the file of Keras cannot be read"):
        td.import_model(tmp_path / "a.keras")
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="is a file"):
        trained[0].export(tmp_path / "file" / "net.onnx")
