"""ONNX Runtime: W4's network, made as an ONNX graph from the same weights."""
import onnx
import onnxruntime
from onnx import helper, numpy_helper

import common

chosen = common.options()


def model():
    arrays = common.weights(chosen)
    names = ["conv1", "bias1", "conv2", "bias2", "dense1", "bias3", "dense2", "bias4"]
    node = helper.make_node
    nodes = [
        node("Conv", ["x", "conv1", "bias1"], ["a"]),
        node("Relu", ["a"], ["b"]),
        node("Conv", ["b", "conv2", "bias2"], ["c"]),
        node("Relu", ["c"], ["d"]),
        node("MaxPool", ["d"], ["e"], kernel_shape=[2, 2], strides=[2, 2]),
        node("Flatten", ["e"], ["f"]),
        node("Gemm", ["f", "dense1", "bias3"], ["g"]),
        node("Relu", ["g"], ["h"]),
        node("Gemm", ["h", "dense2", "bias4"], ["y"]),
    ]
    x = helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["n", 1, 28, 28])
    y = helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, ["n", 10])
    constants = [numpy_helper.from_array(array, name) for array, name in zip(arrays, names)]
    graph = helper.make_graph(nodes, "W4", [x], [y], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


settings = onnxruntime.SessionOptions()
settings.intra_op_num_threads, settings.inter_op_num_threads = chosen.threads, 1
session = onnxruntime.InferenceSession(model().SerializeToString(), settings, providers=["CPUExecutionProvider"])
x = common.mnist(chosen.data, "t10k")[0]
common.infer(chosen, lambda first, count: session.run(None, {"x": x[first:first + count]})[0])
