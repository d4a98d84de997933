"""Convolutions and transposed convolutions of awkward settings, forward and backward, by PyTorch.

    python conv_torch.py > conv_torch.json

Parameters, input and output gradient are drawn: `2 · rand − 1` of RandomState(1) for the weights and then the biases, of
RandomState(2) for the input, of RandomState(3) for the output gradient. They are what toddle's tests draw too, so only what
PyTorch makes of them is recorded.
"""

import json

import numpy as np
import torch

# Settings as toddle spells them, and the shape of one sample: channels, rows, columns.
CONVOLUTIONS = [
    ([2, 6, 7], {"filters": 3, "kernel": 3}),
    ([1, 5, 18], {"filters": 2, "kernel": [2, 3], "padding": "same"}),
    ([2, 7, 6], {"filters": 2, "kernel": 4, "stride": 2, "padding": 2}),
    ([3, 5, 5], {"filters": 2, "kernel": 2, "stride": 3, "bias": False}),
    ([2, 9, 8], {"filters": 2, "kernel": 3, "stride": [2, 1], "dilation": [2, 3], "padding": [1, 1, 3, 3]}),
    ([4, 5, 6], {"filters": 6, "kernel": 3, "groups": 2, "padding": "same"}),
    ([3, 6, 5], {"filters": 3, "kernel": [3, 2], "groups": 3, "stride": 2, "padding": [1, 0, 4, 5]}),
    ([5, 3, 4], {"filters": 4, "kernel": 1, "stride": [1, 2]}),
]
# Of sequences: settings with one number, and the shape as an image of one row.
ONE_DIMENSIONAL = [
    ([2, 1, 9], {"filters": 3, "kernel": 4}),
    ([4, 1, 12], {"filters": 6, "kernel": 3, "stride": 2, "padding": 1, "groups": 2}),
    ([3, 1, 10], {"filters": 2, "kernel": 3, "dilation": 3, "padding": [6, 0], "bias": False}),
    ([2, 1, 7], {"filters": 2, "kernel": 5, "padding": "same"}),
]
TRANSPOSED = [
    ([2, 4, 5], {"filters": 3, "kernel": 3}),
    ([3, 3, 4], {"filters": 2, "kernel": 3, "stride": 2, "padding": 1, "output_padding": 1}),
    ([2, 3, 3], {"filters": 2, "kernel": 2, "stride": [3, 2], "bias": False}),
    ([4, 3, 5], {"filters": 6, "kernel": [2, 3], "groups": 2, "stride": [1, 2], "padding": [1, 1, 0, 0]}),
    ([2, 4, 4], {"filters": 2, "kernel": 3, "dilation": [2, 3], "stride": 2, "output_padding": [0, 2]}),
    ([3, 4, 6], {"filters": 3, "kernel": 3, "groups": 3, "padding": 2}),
]


def pair(setting):
    return tuple(setting) if isinstance(setting, list) else (setting, setting)


def draw(seed, shape):
    return 2 * np.random.RandomState(seed).rand(*shape) - 1


def tensor(array, dtype):
    return torch.tensor(array, dtype=dtype, requires_grad=True)


def outcome(transposed, shape, settings, dtype):
    """y, dx, dw and db. Weights are drawn and recorded as (row, column, in a group, filter), of the convolution that a
    transposed one turns round: there, in is out."""
    kernel, stride, dilation = (pair(settings.get(name, 1)) for name in ("kernel", "stride", "dilation"))
    groups, filters, padding = settings.get("groups", 1), settings["filters"], settings.get("padding", 0)
    ins, outs = (filters, shape[0]) if transposed else (shape[0], filters)
    size = (*kernel, ins // groups, outs)
    count = int(np.prod(size))
    biases = filters if settings.get("bias", True) else 0
    params = draw(1, (count + biases,))
    # PyTorch's weights are (filter, in a group, row, column).
    w = tensor(params[:count].reshape(size).transpose(3, 2, 0, 1).copy(), dtype)
    b = tensor(params[count:], dtype) if biases else None
    x = tensor(draw(2, (1, *shape)), dtype)
    if transposed:
        top, bottom, left, right = padding if isinstance(padding, list) else [padding] * 4
        assert top == bottom and left == right, "PyTorch cuts off the same at both ends"
        y = torch.nn.functional.conv_transpose2d(
            x, w, b, stride, (top, left), pair(settings.get("output_padding", 0)), groups, dilation)
    else:
        if isinstance(padding, int):
            padding = [padding] * 4
        if padding == "same":
            y = torch.nn.functional.conv2d(x, w, b, stride, "same", dilation, groups)
        else:
            top, bottom, left, right = padding
            padded = torch.nn.functional.pad(x, (left, right, top, bottom))
            y = torch.nn.functional.conv2d(padded, w, b, stride, 0, dilation, groups)
    y.backward(torch.tensor(draw(3, tuple(y.shape)), dtype=dtype))
    dw = w.grad.permute(2, 3, 1, 0)
    found = {"y": y, "dx": x.grad, "dw": dw, "db": b.grad if biases else torch.zeros(0)}
    return {"output": list(y.shape[1:])} | {name: numbers(array) for name, array in found.items()}


def numbers(array):
    """As short as they can be: a number of `f32` is printed as one."""
    return [float(str(a)) for a in array.detach().numpy().flatten()]


def outcome_1d(shape, settings, dtype):
    """The same of a sequence. Weights are drawn and recorded as (step, in a group, filter)."""
    stride, dilation, groups = (settings.get(name, 1) for name in ("stride", "dilation", "groups"))
    filters, padding = settings["filters"], settings.get("padding", 0)
    size = (settings["kernel"], shape[0] // groups, filters)
    count = int(np.prod(size))
    biases = filters if settings.get("bias", True) else 0
    params = draw(1, (count + biases,))
    w = tensor(params[:count].reshape(size).transpose(2, 1, 0).copy(), dtype)
    b = tensor(params[count:], dtype) if biases else None
    x = tensor(draw(2, (1, shape[0], shape[2])), dtype)
    if padding == "same":
        y = torch.nn.functional.conv1d(x, w, b, stride, "same", dilation, groups)
    else:
        ends = padding if isinstance(padding, list) else [padding] * 2
        y = torch.nn.functional.conv1d(torch.nn.functional.pad(x, ends), w, b, stride, 0, dilation, groups)
    y.backward(torch.tensor(draw(3, tuple(y.shape)), dtype=dtype))
    found = {"y": y, "dx": x.grad, "dw": w.grad.permute(2, 1, 0), "db": b.grad if biases else torch.zeros(0)}
    return {"output": [filters, 1, y.shape[2]]} | {name: numbers(array) for name, array in found.items()}


def main():
    torch.set_num_threads(1)
    cases = [("conv2d", *case) for case in CONVOLUTIONS] + [("conv1d", *case) for case in ONE_DIMENSIONAL]
    cases += [("conv_transpose2d", *case) for case in TRANSPOSED]
    print("[")
    for n, (kind, shape, settings) in enumerate(cases):
        record = {"layer": {"kind": kind} | settings, "input": shape}
        for name, dtype in [("f32", torch.float32), ("f64", torch.float64)]:
            if kind == "conv1d":
                record[name] = outcome_1d(shape, settings, dtype)
            else:
                record[name] = outcome(kind == "conv_transpose2d", shape, settings, dtype)
        print(json.dumps(record, separators=(",", ":")), end="\n" if n + 1 == len(cases) else ",\n")
    print("]")


if __name__ == "__main__":
    main()
