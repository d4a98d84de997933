"""Group norm, layer norm, and batch norm without learned factors, forward and backward, by PyTorch.

    python norm_torch.py > norm_torch.json

Parameters, inputs and output gradients are drawn as in `layers_torch.py`.
"""

import json

import torch
from layers_torch import draw, numbers

# Samples, the shape of one, settings as toddle spells them.
NORMS = [
    (1, [6], {"kind": "group_norm", "groups": 2}),
    (5, [6], {"kind": "group_norm", "groups": 3, "affine": False, "epsilon": 0.1}),
    (1, [3, 4, 5], {"kind": "group_norm", "groups": 3}),
    (7, [6, 2, 3], {"kind": "group_norm", "groups": 2, "epsilon": 0.01}),
    (16, [4, 3, 3], {"kind": "group_norm", "groups": 1, "affine": False}),
    (1, [17], {"kind": "layer_norm"}),
    (9, [5], {"kind": "layer_norm", "epsilon": 0.1}),
    (16, [2, 3, 4], {"kind": "layer_norm"}),
    (1, [3, 5, 7], {"kind": "layer_norm", "affine": False}),
    (13, [5], {"kind": "batch_norm", "affine": False}),
    (16, [3, 2, 4], {"kind": "batch_norm", "affine": False, "epsilon": 0.1, "momentum": 0.25}),
]


def module(shape, kind, groups=1, affine=True, epsilon=1e-5, momentum=0.1):
    if kind == "group_norm":
        return torch.nn.GroupNorm(groups, shape[0], epsilon, affine)
    if kind == "layer_norm":
        return torch.nn.LayerNorm(shape, epsilon, affine)
    batch_norm = torch.nn.BatchNorm1d if len(shape) == 1 else torch.nn.BatchNorm2d
    return batch_norm(shape[0], epsilon, momentum, affine)


def norm(samples, shape, settings, dtype):
    layer = module(shape, **settings).to(dtype)
    weights = list(layer.parameters())
    params = draw(1, (sum(w.numel() for w in weights),), dtype)
    with torch.no_grad():
        for w, drawn in zip(weights, params.chunk(2)):
            w.copy_(drawn.reshape(w.shape))
    x = draw(2, (samples, *shape), dtype).requires_grad_()
    y = layer(x)
    y.backward(draw(3, (samples, *shape), dtype))
    gradients = [w.grad for w in weights] or [torch.empty(0)] * 2
    found = {"y": y, "dx": x.grad, "dw": gradients[0], "db": gradients[1]}
    if settings["kind"] == "batch_norm":
        layer(draw(4, (samples, *shape), dtype))
        layer.eval()
        found |= {"mean": layer.running_mean, "variance": layer.running_var, "answers": layer(x)}
    return {name: numbers(array) for name, array in found.items()}


def print_records(cases, compute):
    """Prints what `compute` finds in both precisions, for cases `(samples, shape, layer)`."""
    torch.set_num_threads(1)
    types = {"f32": torch.float32, "f64": torch.float64}
    records = []
    for samples, shape, layer in cases:
        record = {"layer": layer, "input": shape[0] if len(shape) == 1 else shape, "samples": samples}
        records.append(record | {name: compute(samples, shape, layer, dtype) for name, dtype in types.items()})
    print("[\n" + ",\n".join(json.dumps(record, separators=(",", ":")) for record in records) + "\n]")


if __name__ == "__main__":
    print_records(NORMS, norm)
