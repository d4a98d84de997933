"""A training in Python has the bits of the same training by the command."""
import json
import pathlib
import subprocess
import sys

import pytest

import toddle as td

tomllib = pytest.importorskip("tomllib")
EXPERIMENTS = pathlib.Path(__file__).resolve().parents[3] / "experiments"
FEW = ["data.first=300", "train.epochs=2"]
CASES = [
    ("xor", ["train.epochs=50"]),
    ("mnist-mlp", FEW),
    ("mnist-mlp", [*FEW, "augment.shift=2", "augment.rotate=10"]),
    ("lenet5", FEW),
    ("keras-convnet", [*FEW, "network.layers=[{kind=\"conv2d\",filters=4,kernel=3},\"relu\",{kind=\"max_pool2d\",window=2},\"flatten\",{kind=\"dropout\"},{kind=\"dense\",outputs=10}]"]),
    ("inception-small", ["data.first=100", "train.epochs=1"]),
]


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_same_bits(name, settings, tmp_path):
    out = tmp_path / "run"
    command = [sys.executable, "-m", "toddle", "train", EXPERIMENTS / f"{name}.toml", "--out", out, "--json", "--quiet"]
    for setting in settings:
        command += ["--set", setting]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with open(out / "experiment.toml", "rb") as file:
        experiment = tomllib.load(file)
    data = td.data.open(seed=experiment["seed"], **experiment["data"])
    x, y = data.train
    network = experiment["network"]
    network.setdefault("input", list(x.shape[1:]) if x.ndim == 4 else x.shape[1])
    dtype = {"f32": "float32", "f64": "float64"}[experiment["precision"]]
    net = td.Network.from_spec(network, seed=experiment["seed"], dtype=dtype)
    train = {key: value for key, value in experiment["train"].items() if key != "checkpoint_every"}
    augment = {key: value for key, value in experiment.get("augment", {}).items()}
    history = net.fit(x, y, **train, validation=data.validation, augment=td.Augment(**augment) if augment else None)
    outcome = json.loads(done.stdout)
    assert net.digest() == outcome["weights_sha256"]
    assert outcome["loss"] is None or abs(history.loss[-1] - outcome["loss"]) < 1e-12
    assert td.load(out).digest() == net.digest()
