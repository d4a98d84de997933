"""Dense layers, batch norm in one and two dimensions, embeddings, and softmax over channels, forward and backward, by PyTorch.

    python layers_torch.py > layers_torch.json

Parameters, inputs and output gradients are drawn: `2 · rand − 1` of RandomState(1) for the weights and then the biases, of
RandomState(2) for the input, of RandomState(3) for the output gradient, of RandomState(4) for the input of a second step. The
input of an embedding is `⌊classes · rand⌋` of RandomState(2). They are what toddle's tests draw too, so only what PyTorch makes
of them is recorded.
"""

import json

import numpy as np
import torch

# Samples, inputs, outputs, whether there is a bias.
DENSE = [(1, 1, 1, True), (1, 7, 3, True), (1, 20, 33, True), (5, 4, 6, True), (16, 17, 10, True), (1, 9, 5, False),
         (7, 6, 18, False)]

# Samples, steps, classes, features.
EMBEDDINGS = [(1, 1, 5, 3), (1, 7, 4, 6), (11, 5, 9, 2)]

# Samples and the shape of one.
SOFTMAXES = [(1, [3, 2, 4]), (5, [4, 3, 7])]

# Samples, the shape of one, settings as toddle spells them. PyTorch wants more than one number of each channel.
NORMS = [
    (3, [3], {}),
    (16, [5], {}),
    (11, [17], {"epsilon": 0.1, "momentum": 0.3}),
    (1, [2, 3, 4], {}),
    (1, [3, 5, 7], {"epsilon": 0.01, "momentum": 1.0}),
    (16, [3, 2, 2], {}),
    (13, [2, 1, 5], {"epsilon": 0.1, "momentum": 0.25}),
]


def draw(seed, shape, dtype):
    return torch.tensor(2 * np.random.RandomState(seed).rand(*shape) - 1, dtype=dtype)


def numbers(array):
    """As short as they can be: a number of `f32` is printed as one."""
    return [float(str(a)) for a in array.detach().numpy().flatten()]


def dense(samples, inputs, outputs, bias, dtype):
    layer = torch.nn.Linear(inputs, outputs, bias, dtype=dtype)
    params = draw(1, (inputs * outputs + (outputs if bias else 0),), dtype)
    with torch.no_grad():
        # toddle's weights are (input, output), PyTorch's (output, input).
        layer.weight.copy_(params[: inputs * outputs].reshape(inputs, outputs).T)
        if bias:
            layer.bias.copy_(params[inputs * outputs :])
    x = draw(2, (samples, inputs), dtype).requires_grad_()
    y = layer(x)
    y.backward(draw(3, (samples, outputs), dtype))
    db = layer.bias.grad if bias else torch.zeros(0)
    found = {"y": y, "dx": x.grad, "dw": layer.weight.grad.T, "db": db}
    return {name: numbers(array) for name, array in found.items()}


def embedding(samples, steps, classes, features, dtype):
    layer = torch.nn.Embedding(classes, features, dtype=dtype)
    with torch.no_grad():
        layer.weight.copy_(draw(1, (classes, features), dtype))
    x = torch.tensor(np.floor(classes * np.random.RandomState(2).rand(samples, steps)), dtype=torch.long)
    # toddle's features are channels: they come before the steps.
    y = layer(x).transpose(1, 2)
    y.backward(draw(3, (samples, features, steps), dtype))
    found = {"y": y, "dx": torch.zeros(samples * steps), "dw": layer.weight.grad, "db": torch.zeros(0)}
    return {name: numbers(array) for name, array in found.items()}


def softmax(function, samples, shape, dtype):
    x = draw(2, (samples, *shape), dtype).requires_grad_()
    y = function(x, dim=1)
    y.backward(draw(3, (samples, *shape), dtype))
    found = {"y": y, "dx": x.grad, "dw": torch.zeros(0), "db": torch.zeros(0)}
    return {name: numbers(array) for name, array in found.items()}


def norm(samples, shape, settings, dtype):
    kind = torch.nn.BatchNorm1d if len(shape) == 1 else torch.nn.BatchNorm2d
    channels = shape[0]
    layer = kind(channels, settings.get("epsilon", 1e-5), settings.get("momentum", 0.1), dtype=dtype)
    params = draw(1, (2 * channels,), dtype)
    with torch.no_grad():
        layer.weight.copy_(params[:channels])
        layer.bias.copy_(params[channels:])
    x = draw(2, (samples, *shape), dtype).requires_grad_()
    y = layer(x)
    y.backward(draw(3, (samples, *shape), dtype))
    layer(draw(4, (samples, *shape), dtype))
    layer.eval()
    answers = layer(x)
    found = {"y": y, "dx": x.grad, "dw": layer.weight.grad, "db": layer.bias.grad,
             "mean": layer.running_mean, "variance": layer.running_var, "answers": answers}
    return {name: numbers(array) for name, array in found.items()}


def main():
    torch.set_num_threads(1)
    types = {"f32": torch.float32, "f64": torch.float64}
    records = []
    for samples, inputs, outputs, bias in DENSE:
        layer = {"kind": "dense", "outputs": outputs} | ({} if bias else {"bias": False})
        record = {"layer": layer, "input": inputs, "samples": samples}
        records.append(record | {name: dense(samples, inputs, outputs, bias, dtype) for name, dtype in types.items()})
    for samples, steps, classes, features in EMBEDDINGS:
        layer = {"kind": "embedding", "classes": classes, "features": features}
        record = {"layer": layer, "input": steps, "samples": samples}
        of = {name: embedding(samples, steps, classes, features, dtype) for name, dtype in types.items()}
        records.append(record | of)
    for samples, shape in SOFTMAXES:
        for kind, function in [("softmax", torch.softmax), ("log_softmax", torch.log_softmax)]:
            record = {"layer": {"kind": kind, "axis": "channels"}, "input": shape, "samples": samples}
            of = {name: softmax(function, samples, shape, dtype) for name, dtype in types.items()}
            records.append(record | of)
    for samples, shape, settings in NORMS:
        input = shape[0] if len(shape) == 1 else shape
        record = {"layer": {"kind": "batch_norm"} | settings, "input": input, "samples": samples}
        records.append(record | {name: norm(samples, shape, settings, dtype) for name, dtype in types.items()})
    print("[\n" + ",\n".join(json.dumps(record, separators=(",", ":")) for record in records) + "\n]")


if __name__ == "__main__":
    main()
