"""Runs ONNX files with onnxruntime, for toddle.

A question on standard input is a line of JSON, the file and the inputs. The answer on standard output is a line of JSON
and the outputs. All numbers are 32-bit floats, one sample after the other.
"""

import json
import sys

import numpy as np
import onnxruntime

try:
    import onnx
except ImportError:
    onnx = None


def answer(file: bytes, question: dict, x: np.ndarray) -> np.ndarray:
    if onnx is not None:
        onnx.checker.check_model(onnx.load_from_string(file), full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    ports, begin = {}, 0
    for port, shape in zip(session.get_inputs(), question["inputs"], strict=True):
        end = begin + int(np.prod(shape))
        ports[port.name] = x[:, begin:end].reshape(-1, *shape)
        begin = end
    batch = question["batch"] or len(x)
    rows = []
    for first in range(0, len(x), batch):
        part = {name: values[first : first + batch] for name, values in ports.items()}
        outputs = session.run(question["outputs"], part)
        rows.append(np.hstack([y.reshape(len(y), -1) for y in outputs]))
    return np.vstack(rows)


def main() -> None:
    by = f"onnxruntime {onnxruntime.__version__}"
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while line := source.readline():
        question = json.loads(line)
        file = source.read(question["file"])
        x = np.frombuffer(source.read(4 * question["numbers"]), "<f4").reshape(question["samples"], -1)
        said, y = {"by": by}, np.zeros(0, "<f4")
        try:
            y = answer(file, question, x).astype("<f4")
        except Exception as error:
            said["error"] = str(error)
        said["numbers"] = y.size
        sink.write(json.dumps(said).encode() + b"\n" + y.tobytes())
        sink.flush()


main()
