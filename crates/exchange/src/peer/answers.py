"""Answers questions of toddle. A script for another program follows, with its function `answer`.

A question on standard input is a line of JSON, the file and the inputs. The answer on standard output is a line of JSON
and the outputs. All numbers are 32-bit floats, one sample after the other.
"""

import json
import sys

import numpy as np


def ports(question: dict, x: np.ndarray) -> list:
    """The inputs of the network, each in its shape."""
    arrays, begin = [], 0
    for shape in question["inputs"]:
        end = begin + int(np.prod(shape))
        arrays.append(x[:, begin:end].reshape(-1, *shape))
        begin = end
    return arrays


def module_of(file: bytes) -> tuple[dict, bytes]:
    """A module and its weights. The file is the length of the source as eight bytes, the source, and the weights."""
    end = 8 + int.from_bytes(file[:8], "little")
    module: dict = {}
    exec(compile(file[8:end], "network.py", "exec"), module)
    return module, file[end:]


def serve(by: str, answer) -> None:
    """Answers until there are no more questions."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while line := source.readline():
        question = json.loads(line)
        file = source.read(question["file"])
        x = np.frombuffer(source.read(4 * question["numbers"]), "<f4").reshape(question["samples"], -1)
        said, y = {"by": by}, np.zeros(0, "<f4")
        try:
            y = answer(file, question, x).astype("<f4")
        except Exception as error:
            said["error"] = f"{type(error).__name__}: {error}"
        said["numbers"] = y.size
        sink.write(json.dumps(said).encode() + b"\n" + y.tobytes())
        sink.flush()


