"""What bench/compare is made of."""
import pathlib
import sys

BENCH = pathlib.Path(__file__).resolve().parent.parent
ROOT = BENCH.parent
PYTHON_PEERS = BENCH / "peers" / "python"
RUST_PEERS = BENCH / "peers" / "rust"
sys.path.insert(0, str(PYTHON_PEERS))
