"""Runs modules of PyTorch, for toddle. The protocol is that of onnxruntime.py.

The file of a question is the length of the source as eight bytes, the source, and the weights.
"""

import json
import sys

import numpy as np
import torch
import safetensors.torch


def answer(file: bytes, question: dict, x: np.ndarray) -> np.ndarray:
    end = 8 + int.from_bytes(file[:8], "little")
    module: dict = {}
    exec(compile(file[8:end], "network.py", "exec"), module)
    network = module["Network"]()
    network.load_state_dict(safetensors.torch.load(file[end:]))
    network.eval()
    ports, begin = [], 0
    for shape in question["inputs"]:
        size = int(np.prod(shape))
        ports.append(torch.tensor(x[:, begin : begin + size].reshape(-1, *shape)))
        begin += size
    with torch.no_grad():
        outputs = network(*ports)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    return np.hstack([y.numpy().reshape(len(x), -1) for y in outputs])


def main() -> None:
    torch.set_num_threads(1)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while line := source.readline():
        question = json.loads(line)
        file = source.read(question["file"])
        x = np.frombuffer(source.read(4 * question["numbers"]), "<f4").reshape(question["samples"], -1)
        said, y = {"by": f"torch {torch.__version__}"}, np.zeros(0, "<f4")
        try:
            y = answer(file, question, x).astype("<f4")
        except Exception as error:
            said["error"] = f"{type(error).__name__}: {error}"
        said["numbers"] = y.size
        sink.write(json.dumps(said).encode() + b"\n" + y.tobytes())
        sink.flush()


main()
