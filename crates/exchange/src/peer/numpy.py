"""Reads arrays with NumPy, for toddle.

The word in the first argument is the form of the file on standard input: npz or safetensors. The answer on standard
output is a line of JSON, which has the name and the shape of each array, and the elements as 32-bit floats.
"""

import io
import json
import sys

import numpy as np

file = sys.stdin.buffer.read()
if sys.argv[1] == "npz":
    arrays = dict(np.load(io.BytesIO(file)))
else:
    from safetensors.numpy import load

    arrays = load(file)
said = {"by": f"numpy {np.__version__}", "arrays": [[name, list(array.shape)] for name, array in arrays.items()]}
sys.stdout.buffer.write(json.dumps(said).encode() + b"\n")
for array in arrays.values():
    sys.stdout.buffer.write(array.astype("<f4").tobytes())
