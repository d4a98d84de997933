"""Runs source for Keras, for toddle. The protocol is that of onnxruntime.py.

The file of a question is the length of the source as eight bytes, the source, and the weights. Keras has the channels of
an image last.
"""

import io
import json
import sys

import numpy as np
import keras


def answer(file: bytes, question: dict, x: np.ndarray) -> np.ndarray:
    keras.backend.clear_session()
    end = 8 + int.from_bytes(file[:8], "little")
    module: dict = {}
    exec(compile(file[8:end], "network.py", "exec"), module)
    network = module["load"](io.BytesIO(file[end:]))
    ports, begin = [], 0
    for shape in question["inputs"]:
        size = int(np.prod(shape))
        port = x[:, begin : begin + size].reshape(-1, *shape)
        ports.append(np.moveaxis(port, 1, -1) if len(shape) == 3 else port)
        begin += size
    outputs = network(ports if len(ports) > 1 else ports[0], training=False)
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    arrays = [keras.ops.convert_to_numpy(y) for y in outputs]
    arrays = [np.moveaxis(y, -1, 1) if y.ndim == 4 else y for y in arrays]
    return np.hstack([y.reshape(len(x), -1) for y in arrays])


def main() -> None:
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while line := source.readline():
        question = json.loads(line)
        file = source.read(question["file"])
        x = np.frombuffer(source.read(4 * question["numbers"]), "<f4").reshape(question["samples"], -1)
        said, y = {"by": f"keras {keras.__version__} ({keras.backend.backend()})"}, np.zeros(0, "<f4")
        try:
            y = answer(file, question, x).astype("<f4")
        except Exception as error:
            said["error"] = f"{type(error).__name__}: {error}"
        said["numbers"] = y.size
        sink.write(json.dumps(said).encode() + b"\n" + y.tobytes())
        sink.flush()


main()
