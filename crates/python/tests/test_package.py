"""The package itself: generated files, types, documentation, time to import."""
import doctest
import importlib
import inspect
import pathlib
import pkgutil
import subprocess
import sys

import pytest

import toddle
import toddle as td

HERE = pathlib.Path(__file__).resolve().parents[1]
MODULES = [module.name for module in pkgutil.iter_modules(toddle.__path__) if module.name not in {"__main__", "_toddle"}]


def test_generated_files_are_up_to_date():
    done = subprocess.run([sys.executable, HERE / "generate.py", "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["", *MODULES])
def test_doctests(name):
    module = importlib.import_module(f"toddle.{name}" if name else "toddle")
    result = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert result.failed == 0


def test_public_things_have_documentation():
    for name in dir(td):
        thing = getattr(td, name)
        if not inspect.ismodule(thing) and callable(thing):
            assert inspect.getdoc(thing), name


@pytest.mark.parametrize("name", [name for name in dir(td) if inspect.isclass(getattr(td, name)) and getattr(getattr(td, name), "_kind", None)])
def test_every_kind_is_made_with_its_defaults(name):
    """Each class, with a value for each argument that must be given, is read by the library."""
    kind = getattr(td, name)
    arguments = list(inspect.signature(kind.__init__).parameters.values())[1:]
    needed = [a.name for a in arguments if a.default is a.empty and a.kind is a.POSITIONAL_OR_KEYWORD]
    made = kind(**{name: ["tanh"] if name == "layers" else 2 for name in needed})
    assert made.settings()["kind"] == kind._kind


def test_types():
    pytest.importorskip("mypy")
    done = subprocess.run([sys.executable, "-m", "mypy"], cwd=HERE, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    done = subprocess.run([sys.executable, "-m", "mypy.stubtest", "toddle._toddle"], cwd=HERE / "tests", capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_importing_takes_little_time():
    """Less than 50 ms of the processor, which other programs do not change."""
    text = "import time; start = time.process_time(); import toddle; print(time.process_time() - start)"
    times = [float(subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True).stdout) for _ in range(5)]
    assert min(times) < 0.05, times
