"""Which programs run which workload, in which variants."""
from typing import NamedTuple

import works

from . import PYTHON_PEERS, ROOT

# A workload in a number format: what is compared in one row of the table.
CASES = [("W1", "f32"), ("W1", "f64")] + [(work, "f32") for work in works.WORKS[1:]]

# A second thread helps nobody there.
ONE_THREAD = ("W1", "W6-one")

# The names of the peers, and of those the workloads, with the switches that are worth trying.
CONVOLUTIONAL = ["", "--channels-last", "--compile"]
INFERENCE = ["", "--channels-last", "--compile", "--freeze"]
FAST = ("W3", "W4", "W6-one", "W6-batch", "W7", "W8")
ALL = {work: [""] for work in works.WORKS if work not in ("W7", "W9")}
PEERS = {
    "toddle": {work: ["", "--fast"] if work in FAST else [""] for work in works.WORKS},
    "torch": {
        "W1": ["", "--compile"],
        "W2": CONVOLUTIONAL,
        "W3": CONVOLUTIONAL,
        "W4": CONVOLUTIONAL,
        "W5": ["", "--fused", "--compile"],
        "W6-one": INFERENCE,
        "W6-batch": INFERENCE,
        "W7": [""],
        "W8": CONVOLUTIONAL,
        "W9": CONVOLUTIONAL,
    },
    "keras": {work: [""] for work in ("W2", "W3", "W4", "W5", "W7", "W8", "W9")},
    "jax": {"W1": ["--scan"], "W2": [""], "W3": [""], "W4": [""], "W5": [""], "W8": [""]},
    "burn": ALL,
    "candle": ALL,
    "onnxruntime": {"W6-one": [""], "W6-batch": [""]},
    "numpy": {"W1": [""]},
}
TITLES = {"toddle": "toddle", "torch": "PyTorch", "keras": "Keras", "jax": "JAX", "burn": "burn", "candle": "candle",
          "onnxruntime": "ONNX Runtime", "numpy": "NumPy"}

# Tells glibc's malloc to keep freed memory, which spares page faults.
KEEP = {"MALLOC_MMAP_THRESHOLD_": 1 << 30, "MALLOC_TRIM_THRESHOLD_": 4 << 30, "MALLOC_TOP_PAD_": 256 << 20}


class Program(NamedTuple):
    """A peer's program in one variant, for one workload."""

    peer: str
    work: str
    number: str
    switch: str
    keeps: bool

    @property
    def variant(self):
        return " ".join(filter(None, [self.switch.removeprefix("--"), "kept memory" if self.keeps else ""])) or "plain"

    @property
    def threads(self):
        return 1 if self.work in ONE_THREAD else 2

    def command(self, scratch, *more):
        """The command line, without what holds for all programs."""
        if self.peer == "toddle":
            start = [ROOT / "target/release/toddle-bench", "work"]
        elif self.peer in ("burn", "candle"):
            start = [scratch.target / "release" / f"peer-{self.peer}"]
        else:
            start = [scratch.python, PYTHON_PEERS / f"run_{self.peer}.py"]
        threads = [] if self.peer in ("burn", "candle") else ["--threads", self.threads]
        number = ["--f64"] if self.number == "f64" else []
        switches = [self.switch] if self.switch else []
        return [str(word) for word in [*start, self.work, *number, *threads, *switches, "--data", scratch.data, *more]]

    def environment(self, scratch):
        threads = dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"], self.threads)
        return scratch.environment({**threads, **(KEEP if self.keeps else {})})


def programs(work, number, peers, keeping):
    """The programs of one case, toddle first."""
    found = []
    for peer in (peer for peer in PEERS if peer in peers):
        if peer == "numpy" and number == "f32":
            continue
        for switch in PEERS[peer].get(work, []):
            keeps = keeping if peer != "toddle" else [False]
            found += [Program(peer, work, number, switch, keep) for keep in keeps]
    return found
