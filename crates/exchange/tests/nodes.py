"""The node tests in the package onnx, for the operators that toddle reads.

A network has its weights in the file, and a node test has them as inputs. So all inputs but the first become
initializers. Each test is a line of JSON, the model, the first input, and the outputs sample by sample.
"""

import json
import sys
import warnings

import numpy as np
import onnx
from onnx.backend.test.case.node import collect_testcases

OPERATORS = set(
    "Add AveragePool BatchNormalization Cast Clip Concat Constant Conv ConvTranspose Div Dropout Elu Flatten Gather Gelu "
    "Gemm GlobalAveragePool GlobalMaxPool GroupNormalization HardSigmoid HardSwish Identity InstanceNormalization "
    "LayerNormalization LeakyRelu LogSoftmax MatMul MaxPool Mish Mul Neg PRelu Pad ReduceMax ReduceMean Relu Reshape Resize Selu Shape "
    "Sigmoid Slice Softmax Softplus Softsign Squeeze Sub Sum Tanh Transpose Unsqueeze Upsample".split()
)


def constants(model: onnx.ModelProto, inputs: list) -> onnx.ModelProto:
    """The model with all inputs but the first as initializers."""
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    given = list(changed.graph.input)
    for info, value in list(zip(given, inputs))[1:]:
        if isinstance(value, np.ndarray):
            changed.graph.initializer.append(onnx.numpy_helper.from_array(value, info.name))
            changed.graph.input.remove(info)
    return changed


def rows(array, samples: int):
    """The elements of each sample. None: the array has not as many samples."""
    fits = isinstance(array, np.ndarray) and array.ndim > 0 and len(array) == samples
    return array.reshape(samples, -1).astype("<f4") if fits else None


warnings.simplefilter("ignore")
for case in collect_testcases(None):
    inputs, outputs = case.data_sets[0]
    arrays = [value for value in inputs if isinstance(value, np.ndarray)]
    operators = {node.op_type for node in case.model.graph.node}
    if not operators <= OPERATORS or len(arrays) != len(inputs) or not inputs or arrays[0].dtype != np.float32:
        continue
    model = constants(case.model, inputs).SerializeToString()
    x = arrays[0].astype("<f4")
    floats = [y for y in outputs if isinstance(y, np.ndarray) and y.dtype == np.float32]
    parts = [rows(y, len(x) if x.ndim else 0) for y in floats]
    y = np.hstack(parts) if parts and all(part is not None for part in parts) else np.zeros(0, "<f4")
    graph = case.model.graph
    said = {"name": case.name, "operators": sorted(operators), "ports": [info.name for info in [*graph.input, *graph.output]]}
    said |= {"file": len(model), "x": x.size, "y": y.size}
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + model + x.tobytes() + y.tobytes())
