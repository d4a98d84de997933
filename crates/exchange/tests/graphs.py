"""Small graphs as other programs write them, with what onnxruntime answers.

Each graph is a line of ONNX' own text. Its first value is the input, and the others are constants. The lines of `READ`
have a form in toddle, and those of `REFUSED` have none. What is written is as in `nodes.py`: a line of JSON, the model,
the input, and the outputs sample by sample.
"""

import json
import sys

import numpy as np
import onnx
import onnx.parser
import onnxruntime

SAMPLES = 3

READ = """
13 (float[N,3,10] x, float[4,3,4] w, float[4] b) => (float y) { y = Conv<auto_pad = "SAME_UPPER", strides = [2]>(x, w, b) }
11 (float[N,3,10] x, float[4,3,4] w) => (float y) { y = Conv<auto_pad = "SAME_LOWER">(x, w) }
17 (float[N,3,10] x, float[6,1,3] w) => (float y) { y = Conv<group = 3, dilations = [2], pads = [1, 2]>(x, w) }
17 (float[N,3,9] x) => (float y) { y = MaxPool<kernel_shape = [3], strides = [2], pads = [1, 1], ceil_mode = 1>(x) }
11 (float[N,3,9] x) => (float y) { y = AveragePool<kernel_shape = [3], pads = [1, 1], count_include_pad = 1>(x) }
19 (float[N,3,9] x) => (float y) { y = AveragePool<kernel_shape = [4], auto_pad = "SAME_UPPER", strides = [3]>(x) }
17 (float[N,3,6] x, float[3,4,3] w) => (float y) { y = ConvTranspose<strides = [2], pads = [1, 1], output_padding = [1]>(x, w) }
17 (float[N,3,6] x, float[3] s, float[3] b, float[3] m, float[3] v) => (float y) { y = BatchNormalization<epsilon = 0.01>(x, s, b, m, v) }
17 (float[N,3,6] x, float[3] s, float[3] b) => (float y) { y = InstanceNormalization(x, s, b) }
21 (float[N,4,5] x, float[4] s, float[4] b) => (float y) { y = GroupNormalization<num_groups = 2>(x, s, b) }
17 (float[N,3,5] x, float[3,5] s) => (float y) { y = LayerNormalization<axis = -2>(x, s) }
13 (float[N,2,5] x) => (float y) { p = Constant<value_ints = [0, 0, 2, 0, 0, 1]>() y = Pad<mode = "reflect">(x, p) }
18 (float[N,2,5] x, float v) => (float y) { p = Constant<value_ints = [2, 1]>() a = Constant<value_ints = [-1]>() y = Pad(x, p, v, a) }
10 (float[N,2,5] x) => (float y) { y = Pad<pads = [0, 0, 1, 0, 0, 2], value = 2.0>(x) }
11 (float[N,2,5] x) => (float y) { r = Constant<value_floats = [0.0]>() s = Constant<value_floats = [1.0, 1.0, 3.0]>() y = Resize<mode = "linear">(x, r, s) }
13 (float[N,2,5] x) => (float y) { s = Constant<value_ints = [3, 2, 10]>() y = Resize<coordinate_transformation_mode = "asymmetric", nearest_mode = "floor">(x, , , s) }
9 (float[N,2,5,4] x) => (float y) { s = Constant<value = float[4] {1, 1, 2, 3}>() y = Upsample(x, s) }
17 (float[N,2,8] x) => (float y) { b = Constant<value_ints = [1]>() e = Constant<value_ints = [-1]>() a = Constant<value_ints = [-1]>() y = Slice(x, b, e, a) }
17 (float[N,3,5] x) => (float y) { i = Constant<value_int = -1>() y = Gather<axis = 2>(x, i) }
17 (float[N,3,5,4] x) => (float y) { i = Constant<value_ints = [1]>() y = Gather<axis = 2>(x, i) }
13 (float[N,3,5] x) => (float y) { y = Softmax<axis = -2>(x) }
11 (float[N,3,5] x) => (float y) { y = Softmax(x) }
11 (float[N,3,5] x) => (float y) { y = ReduceMax<axes = [-1], keepdims = 0>(x) }
18 (float[N,3,5] x) => (float y) { a = Constant<value_ints = [2]>() m = ReduceMean(x, a) t = Tanh(m) y = Mul(x, t) }
17 (float[N,3,5] x, float[4,3,3] w, float[4,1] s, float[4,1] b) => (float y) { c = Conv(x, w) d = Mul(c, s) e = Sub(d, b) r = LeakyRelu(e) y = Flatten(r) }
17 (float[N,3,5] x, float[3] s) => (float y) { t = Tanh(x) p = Constant<value_ints = [-1, 3, 5]>() r = Reshape(t, p) d = Sub(r, x) y = Neg(d) }
17 (float[N,6] x, float[2,1,3] w) => (float y) { a = Constant<value_ints = [1]>() u = Unsqueeze(x, a) c = Conv(u, w) y = Flatten(c) }
17 (float[N,6] x, float[6,4] w, float[4] b) => (float y) { a = Constant<value_ints = [1]>() u = Unsqueeze(x, a) m = MatMul(u, w) n = Add(m, b) y = Squeeze(n, a) }
17 (float[N,6] x) => (float y) { a = Constant<value_ints = [1]>() u = Unsqueeze(x, a) t = Tanh(u) c = Concat<axis = 1>(u, t) y = GlobalAveragePool(c) }
17 (float[N,12] x, float[2,4,2] w) => (float y) { s = Constant<value_ints = [0, 4, 3]>() r = Reshape(x, s) q = Relu(r) y = Conv(q, w) }
17 (float[N,2,5,6] x, float[4,2,3] w) => (float y) { s = Constant<value_ints = [0, 0, -1]>() r = Reshape(x, s) y = Conv(r, w) }
17 (float[N,2,5,6] x) => (float y) { s = Constant<value_ints = [0, 5, 12, 1, 1]>() y = Reshape(x, s) }
15 (float[N,12,5] x, float[4,5,3] w, float[4] b, float[4,2] d) => (float y) { t = Transpose<perm = [0, 2, 1]>(x) c = Conv(t, w) u = Transpose<perm = [0, 2, 1]>(c) v = Add(u, b) r = Relu(v) m = ReduceMean<axes = [1], keepdims = 0>(r) y = MatMul(m, d) }
15 (float[N,12,5] x, float[4,5,3] w, float[40,2] d) => (float y) { t = Transpose<perm = [0, 2, 1]>(x) c = Conv(t, w) u = Transpose<perm = [0, 2, 1]>(c) s = Constant<value_ints = [-1, 40]>() r = Reshape(u, s) y = MatMul(r, d) }
15 (float[N,12,5] x, float[4,5,3] w, float[4] p) => (float y) { t = Transpose<perm = [0, 2, 1]>(x) c = Conv(t, w) u = Transpose<perm = [0, 2, 1]>(c) y = PRelu(u, p) }
15 (float[N,12,5] x, float[4,5,1,3] w, float[4,2] d) => (float y) { a = Constant<value_ints = [1]>() b = Constant<value_ints = [2]>() u = Unsqueeze(x, a) t = Transpose<perm = [0, 3, 1, 2]>(u) c = Conv(t, w) s = Squeeze(c, b) g = GlobalMaxPool(s) q = Squeeze(g, b) y = MatMul(q, d) }
15 (float[N,8,6,3] x, float[4,3,3,3] w) => (float y) { t = Transpose<perm = [0, 3, 1, 2]>(x) c = Conv<pads = [1, 1, 1, 1]>(t, w) u = Transpose<perm = [0, 2, 3, 1]>(c) k = Concat<axis = 3>(u, x) y = ReduceMean<axes = [1, 2], keepdims = 0>(k) }
17 (float[N,7,5] x, float[5,4] d, float[4] b, float[28,3] e) => (float y) { m = MatMul(x, d) n = Add(m, b) r = Relu(n) f = Flatten(r) y = Gemm(f, e) }
17 (float[N,4] x, float[5,4] w, float[1] b) => (float y) { y = Gemm<transB = 1, alpha = 0.5, beta = 2.0>(x, w, b) }
17 (float[N,6] x, float[6] c, float[1,6] k) => (float y) { p = Mul(c, k) y = Add(x, p) }
12 (float[N,4] x, float m) => (float y) { z = Constant<value_float = 0.0>() y = Clip(x, z, m) }
17 (int64[N,7] x, float[9,5] t, float[4,5,3] w, float[4,2] d) => (float y) { e = Gather(t, x) c = Transpose<perm = [0, 2, 1]>(e) k = Conv(c, w) g = GlobalMaxPool(k) f = Flatten(g) y = Gemm(f, d) }
17 (int32[N] x, float[9,5] t, float[5,2] d) => (float y) { e = Gather(t, x) y = MatMul(e, d) }
17 (int64[N,7] x, float[7,2] d) => (float y) { f = Cast<to = 1>(x) y = MatMul(f, d) }
17 (float[N,7] x, float[9,5] t) => (float y) { i = Cast<to = 7>(x) e = Gather(t, i) y = ReduceMean<axes = [1], keepdims = 0>(e) }
"""

REFUSED = """
17 (float[N,3,10] x, float[4,3,2,2] w) => (float y) { y = Conv(x, w) }
17 (float[N,3,10] x, float[4,3,3] w) => (float y) { y = Conv<pads = [-1, 0]>(x, w) }
17 (float[N,3,6] x, float[3,4,3] w) => (float y) { y = ConvTranspose<strides = [2], output_shape = [12]>(x, w) }
17 (float[N,3,6] x, float[3] s, float[3] b, float[3] m, float[3] v) => (float y) { y = BatchNormalization<training_mode = 1>(x, s, b, m, v) }
17 (float[N,3,5] x, float[5] s) => (float y) { y = LayerNormalization(x, s) }
13 (float[N,3,5] x) => (float y) { y = Softmax<axis = 0>(x) }
11 (float[N,3,5,4] x) => (float y) { y = Softmax<axis = 2>(x) }
13 (float[N,2,5] x) => (float y) { p = Constant<value_ints = [0, 1, 2, 0, 0, 1]>() y = Pad(x, p) }
13 (float[N,2,5] x) => (float y) { s = Constant<value_floats = [1.0, 1.0, 1.5]>() y = Resize<mode = "linear">(x, , s) }
13 (float[N,2,5] x) => (float y) { s = Constant<value_floats = [1.0, 1.0, 2.0]>() y = Resize<mode = "linear", coordinate_transformation_mode = "asymmetric">(x, , s) }
17 (float[N,4,8] x) => (float y) { b = Constant<value_ints = [1]>() e = Constant<value_ints = [3]>() y = Slice(x, b, e, b) }
17 (float[N,3,5] x) => (float y) { i = Constant<value_int = 9>() y = Gather<axis = 2>(x, i) }
17 (float[N,3,5] x) => (float y) { y = ReduceMean<axes = [0]>(x) }
17 (float[N,3,5] x, float[3,5] c) => (float y) { y = Add(x, c) }
17 (float[N,6] x, float[1,1,6] c) => (float y) { y = Add(x, c) }
17 (float[N,12] x) => (float y) { s = Constant<value_ints = [-1, 6]>() y = Reshape(x, s) }
17 (float[N,12] x) => (float y) { s = Constant<value_ints = [0, 3, 4]>() y = Reshape<allowzero = 1>(x, s) }
17 (float[N,4,5] x, float[2,4,2] w) => (float y) { s = Constant<value_ints = [0, 2, 2, 5]>() q = Constant<value_ints = [0, 4, 5]>() r = Reshape(x, s) t = Transpose<perm = [0, 2, 1, 3]>(r) u = Reshape(t, q) y = Conv(u, w) }
17 (float[N,6] x) => (float y) { a = Constant<value_ints = [2]>() u = Unsqueeze(x, a) s = Softmax<axis = 2>(u) y = Squeeze(s, a) }
17 (float[N,4] x, float[4,5] w, float[3,1] b) => (float y) { y = Gemm(x, w, b) }
12 (float[N,4] x) => (float y) { m = Constant<value_float = -1.0>() y = Clip(x, m) }
17 (float[N,4] x) => (float y) { y = HardSigmoid(x) }
17 (int64[N,7] x, float[9,5] t) => (float y) { o = Constant<value_int = 1>() i = Add(x, o) e = Gather(t, i) y = Flatten(e) }
17 (float[N,7] x, float[9,5] t) => (float y) { r = Relu(x) i = Cast<to = 7>(r) e = Gather(t, i) y = Flatten(e) }
17 (float[N,7] x, float[7,2] d) => (float y) { i = Cast<to = 7>(x) f = Cast<to = 1>(i) y = MatMul(f, d) }
17 (float[N,3,L] x) => (float y) { y = Relu(x) }
"""


def numbers(random: np.random.Generator, port: onnx.ValueInfoProto) -> np.ndarray:
    """Numbers for an input or a constant. Class numbers are below 9."""
    kind = port.type.tensor_type
    dims = [dim.dim_value or SAMPLES for dim in kind.shape.dim]
    whole = {onnx.TensorProto.INT64: np.int64, onnx.TensorProto.INT32: np.int32}.get(kind.elem_type)
    return random.integers(0, 9, dims).astype(whole) if whole else random.uniform(0.2, 1, dims).astype("<f4")


def of_classes(text: str) -> bool:
    """Whether the floats of the input are class numbers."""
    return "Cast<to = 7>(x)" in text


random = np.random.default_rng(0)
for lines, is_read in (READ, True), (REFUSED, False):
    for text in lines.strip().splitlines():
        opset, graph = text.split(" ", 1)
        model = onnx.parser.parse_model(f'<ir_version: 8, opset_import: ["": {opset}]> graph {graph}')
        model.graph.output[0].type.tensor_type.ClearField("shape")
        port, *constants = list(model.graph.input)
        for constant in constants:
            model.graph.initializer.append(onnx.numpy_helper.from_array(numbers(random, constant), constant.name))
            model.graph.input.remove(constant)
        x, y = numbers(random, port), np.zeros(0)
        if port.type.tensor_type.elem_type == onnx.TensorProto.FLOAT:
            x = (random.integers(0, 9, x.shape) if of_classes(text) else 4 * x - 2).astype("<f4")
        file = model.SerializeToString()
        if is_read:
            options = onnxruntime.SessionOptions()
            options.log_severity_level = 3
            session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
            (y,) = session.run(None, {port.name: x})
        operators = sorted({node.op_type for node in model.graph.node})
        said = {"name": text, "operators": operators, "ports": [port.name, model.graph.output[0].name]}
        said |= {"file": len(file), "x": x.size, "y": y.size, "read": is_read}
        sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + file + x.astype("<f4").tobytes() + y.astype("<f4").tobytes())
