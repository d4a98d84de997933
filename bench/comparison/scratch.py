"""The place outside the tree where peers are installed and built, and their data lies."""
import array
import gzip
import hashlib
import json
import math
import os
import pathlib
import platform
import random
import subprocess
import sys
import tomllib

import works

from . import BENCH, ROOT, RUST_PEERS

SEEDS = 3

# Prints the versions of those packages among its arguments that are there.
VERSIONS = """
import importlib.metadata, json, sys
print(json.dumps({name: d.version for name in sys.argv[1:] for d in importlib.metadata.distributions(name=name)}))
"""


class Scratch:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder).resolve()
        self.python = self.folder / "python/bin/python"
        self.target = self.folder / "target"
        self.data = self.folder / "data"
        self.runs = self.folder / "runs"

    def environment(self, more):
        """This process's environment without OpenBLAS' settings, which may be for another CPU, and with `more`."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}
        ours = {"TORCHINDUCTOR_CACHE_DIR": self.folder / "inductor", "JAX_PLATFORMS": "cpu"}
        return {**inherited, **{name: str(value) for name, value in {**ours, **more}.items()}}

    def prepare(self, peers):
        self.data.mkdir(parents=True, exist_ok=True)
        self.runs.mkdir(exist_ok=True)
        self.install()
        cargo(ROOT, {}, "-p", "toddle-bench")
        built = [package for peer in ("burn", "candle") if peer in peers for package in ("-p", f"peer-{peer}")]
        if built:
            native = {"CARGO_TARGET_DIR": str(self.target), "RUSTFLAGS": "-C target-cpu=native"}
            cargo(RUST_PEERS, native, *built)
        self.write_digits()
        for work in works.ARRAYS:
            for seed in range(SEEDS):
                write_weights(self.data / f"{work}-{seed}.f32", work, seed)

    def install(self):
        """What requirements.txt says, unless that is what is there."""
        requirements = BENCH / "peers/requirements.txt"
        wanted, done = hashlib.sha256(requirements.read_bytes()).hexdigest(), self.folder / "installed"
        if done.exists() and done.read_text() == wanted:
            return
        subprocess.run([sys.executable, "-m", "venv", self.folder / "python"], check=True)
        subprocess.run([self.python, "-m", "pip", "install", "--quiet", "-r", requirements], check=True)
        done.write_text(wanted)

    def versions(self):
        """What is compared: what the environment holds of requirements.txt, and what the Rust peers' manifests pin."""
        names = [pin.split("==")[0] for pin in (BENCH / "peers/requirements.txt").read_text().split()]
        asked = subprocess.run([self.python, "-c", VERSIONS, *names], capture_output=True, text=True, check=True)
        found = json.loads(asked.stdout)
        for peer, package in (("burn", "burn"), ("candle", "candle-core")):
            manifest = tomllib.loads((RUST_PEERS / peer / "Cargo.toml").read_text())
            dependency = manifest["dependencies"][package]
            found[package] = (dependency if isinstance(dependency, str) else dependency["version"]).removeprefix("=")
        return {"python": platform.python_version(), **found}

    def write_digits(self):
        for packed in (ROOT / "data/mnist").glob("*-ubyte.gz"):
            (self.data / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))


def write_weights(file, work, seed):
    """Uniform numbers within 1/sqrt(inputs of an output), as PyTorch begins."""
    draw, numbers, bound = random.Random(f"{work} {seed}"), array.array("f"), 0.0
    for shape in works.ARRAYS[work]:
        if len(shape) > 1:
            bound = (shape[0] if len(shape) == 2 else math.prod(shape[1:])) ** -0.5
        numbers.extend(draw.uniform(-bound, bound) for _ in range(math.prod(shape)))
    file.write_bytes(numbers.tobytes())


def cargo(folder, environment, *packages):
    command = ["cargo", "build", "--release", "--locked", "--quiet", *packages]
    subprocess.run(command, cwd=folder, env={**os.environ, **environment}, check=True)
