"""The searches of the folder `searches`: each runs with its library, and all give the results of one process."""

import ast
import importlib.util
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "searches"


def run(library):
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
    command = [sys.executable, f"with_{library}.py"]
    said = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=300)
    assert said.returncode == 0, said.stderr
    text, _, value = said.stdout.strip().splitlines()[-1].rpartition("} ")
    return ast.literal_eval(text + "}"), float(value)


@pytest.fixture(scope="module")
def accuracy():
    spec = importlib.util.spec_from_file_location("trial", FOLDER / "trial.py")
    trial = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(trial)
    return trial.accuracy


@pytest.mark.parametrize("library", ["joblib", "dask", "ray"])
def test_a_grid_has_the_results_of_one_process(library, accuracy):
    best, value = run(library)
    results = {point: accuracy(*point) for point in product([1e-3, 1e-2], [8, 32])}
    assert value == max(results.values())
    assert results[best["rate"], best["units"]] == value


def test_optuna_has_the_results_of_one_process(accuracy):
    best, value = run("optuna")
    assert value == accuracy(best["rate"], best["units"])
