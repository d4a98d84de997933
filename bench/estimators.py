#!/usr/bin/env python3
"""Measures ToddleClassifier beside scikit-learn's MLPClassifier, in turn, and what Python costs: a training of LeNet-5, and a call.

Run it with a Python that has the release wheel of toddle and scikit-learn, for example after `pip install ./crates/python[sklearn]`:
`OMP_NUM_THREADS=2 python bench/estimators.py bench/runs/DAY-CPU/estimators.json`.
Both estimators train the same network with the same optimizer for the same epochs. All times are stored, with the median of
the ratios of the rounds.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
import warnings

import numpy as np
import sklearn
import toddle as td
from sklearn.datasets import make_classification
from sklearn.neural_network import MLPClassifier
from toddle.sklearn import ToddleClassifier

# The threads of both programs, and the rounds.
THREADS = int(os.environ.get("OMP_NUM_THREADS", "2"))
ROOT = pathlib.Path(__file__).resolve().parents[1]


def estimators(hidden, batch, epochs):
    """Both estimators with one optimizer, batch size and number of epochs, and without early stopping."""
    mlp = MLPClassifier(hidden, batch_size=batch, max_iter=epochs, n_iter_no_change=epochs + 1, alpha=0.0, random_state=0)
    net = ToddleClassifier(hidden, batch=batch, epochs=epochs, patience=None, threads=THREADS, random_state=0)
    return {"MLPClassifier": mlp, "ToddleClassifier": net}


def in_turn(name, x, y, hidden, batch, epochs, rounds):
    """The times of both estimators, in rounds in which each has its turn."""
    times = {}
    for _ in range(rounds):
        for kind, estimator in estimators(hidden, batch, epochs).items():
            start = time.perf_counter()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                estimator.fit(x, y)
            times.setdefault(kind, []).append(time.perf_counter() - start)
            times.setdefault(f"{kind} accuracy", []).append(estimator.score(x, y))
            # The threads of NumPy's BLAS spin for a while after a product of matrices, and would slow down the next program.
            time.sleep(1)
    ratios = [theirs / ours for theirs, ours in zip(times["MLPClassifier"], times["ToddleClassifier"])]
    print(f"{name}: toddle is {statistics.median(ratios):.1f} × as fast")
    return {"workload": name, "batch": batch, "epochs": epochs, "seconds": times, "ratio": statistics.median(ratios)}


def lenet5(rounds):
    """Seconds of two epochs of LeNet-5 by the command and by `fit`, in rounds in which each has its turn. Both validate after an epoch."""
    with open(ROOT / "experiments" / "lenet5.toml", "rb") as file:
        experiment = tomllib.load(file)
    train = {**experiment["train"], "epochs": 2, "threads": THREADS}
    data = td.data.open(**experiment["data"])
    network = {**experiment["network"], "input": [1, 28, 28]}
    results = {"command": [], "fit": []}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "toddle", "train", ROOT / "experiments" / "lenet5.toml", "--out", f"{folder}/run", "--json",
                       "--quiet", "--set", "train.epochs=2", "--threads", str(THREADS)]
            outcome = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        results["command"].append(outcome["seconds"])
        net = td.Network.from_spec(network, seed=0)
        start = time.perf_counter()
        net.fit(*data.train, **train, validation=data.validation)
        results["fit"].append(time.perf_counter() - start)
        assert net.digest() == outcome["weights_sha256"]
    ratios = [fit / command for fit, command in zip(results["fit"], results["command"])]
    print(f"LeNet-5: fit takes {statistics.median(ratios):.3f} of the command's time")
    return {"workload": "LeNet-5, 2 epochs", "seconds": results, "ratio": statistics.median(ratios)}


def calls():
    """Microseconds of one `predict` of one sample: through the package, and of the compiled call below it."""
    net = td.Network(20, [td.Dense(100), td.ReLU(), td.Dense(2)])
    x = np.zeros((1, 20), np.float32)
    results = {}
    for name, call in {"predict": net.predict, "the compiled call": net._core.predict}.items():
        runs = []
        for _ in range(15):
            start = time.perf_counter()
            for _ in range(2000):
                call(x)
            runs.append((time.perf_counter() - start) / 2000 * 1e6)
        results[name] = runs
    text = "import time; start = time.perf_counter(); import toddle; print(time.perf_counter() - start)"
    imports = [float(subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True).stdout) * 1e3 for _ in range(7)]
    return {"workload": "calls", "microseconds": results, "import_ms": imports}


def main():
    rounds = int(os.environ.get("ROUNDS", "5"))
    table = make_classification(10_000, 20, n_informative=12, random_state=0)
    (pixels, digits), _ = td.data.mnist()
    images = pixels[:20_000].reshape(20_000, -1).astype(np.float32) / 255
    measures = [
        in_turn("table of 10,000 × 20", table[0].astype(np.float32), table[1], (100,), 32, 5, rounds),
        in_turn("20,000 images of MNIST", images, digits[:20_000], (100,), 32, 2, rounds),
        lenet5(rounds),
        calls(),
    ]
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    cpu = next((line.partition(": ")[2] for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown").strip()
    run = {
        "command": f"OMP_NUM_THREADS={os.environ.get('OMP_NUM_THREADS', 'unset')} python bench/estimators.py",
        "machine": {"cores": os.cpu_count(), "cpu": cpu},
        "commit": commit,
        "versions": {"toddle": td.__version__, "scikit-learn": sklearn.__version__, "numpy": np.__version__},
        "note": os.environ.get("NOTE", ""),
        "measures": measures,
    }
    place = pathlib.Path(sys.argv[1])
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(run, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
