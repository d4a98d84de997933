"""Upsampling, padding and cropping of images, forward and backward, by PyTorch.

    python resample_torch.py > resample_torch.json

Inputs and output gradients are drawn as in `layers_torch.py`.
"""

import torch
from layers_torch import draw, numbers
from norm_torch import print_records
from torch.nn import functional as F

# Samples, the shape of one, settings as toddle spells them.
LAYERS = [
    (1, [2, 3, 4], {"kind": "upsample", "scale": 2}),
    (3, [1, 4, 3], {"kind": "upsample", "scale": [3, 1]}),
    (1, [2, 3, 4], {"kind": "upsample", "scale": 2, "mode": "bilinear"}),
    (3, [1, 4, 3], {"kind": "upsample", "scale": [3, 5], "mode": "bilinear"}),
    (1, [2, 1, 1], {"kind": "upsample", "scale": [3, 2], "mode": "bilinear"}),
    (1, [2, 3, 4], {"kind": "upsample", "scale": 2, "mode": "bilinear", "align_corners": True}),
    (3, [1, 4, 3], {"kind": "upsample", "scale": [3, 5], "mode": "bilinear", "align_corners": True}),
    (1, [2, 1, 1], {"kind": "upsample", "scale": [1, 2], "mode": "bilinear", "align_corners": True}),
    (1, [2, 3, 4], {"kind": "pad", "padding": 1}),
    (3, [2, 3, 4], {"kind": "pad", "padding": [1, 0, 4, 2]}),
    (1, [2, 3, 4], {"kind": "pad", "padding": [1, 0, 4, 2], "mode": "constant", "value": -1.5}),
    (1, [2, 3, 4], {"kind": "pad", "padding": [2, 1, 0, 3], "mode": "reflect"}),
    (3, [1, 5, 2], {"kind": "pad", "padding": 1, "mode": "reflect"}),
    (1, [2, 3, 4], {"kind": "pad", "padding": [2, 7, 0, 3], "mode": "replicate"}),
    (1, [2, 3, 4], {"kind": "pad", "padding": [3, 1, 4, 0], "mode": "circular"}),
    (3, [1, 5, 2], {"kind": "pad", "padding": 2, "mode": "circular"}),
    (1, [2, 3, 4], {"kind": "crop", "sides": 1}),
    (3, [2, 3, 4], {"kind": "crop", "sides": [0, 1, 2, 0]}),
]


def apply(x, kind, scale=1, padding=0, sides=0, mode="nearest", value=0.0, align_corners=None):
    if kind == "upsample":
        scale = (scale, scale) if isinstance(scale, int) else tuple(scale)
        if mode == "bilinear":
            align_corners = bool(align_corners)
        return F.interpolate(x, scale_factor=scale, mode=mode, align_corners=align_corners)
    sign, around = (1, padding) if kind == "pad" else (-1, sides)
    top, bottom, left, right = [sign * side for side in ([around] * 4 if isinstance(around, int) else around)]
    mode = "constant" if mode == "nearest" else mode
    return F.pad(x, (left, right, top, bottom), mode, value if mode == "constant" else None)


def resample(samples, shape, settings, dtype):
    x = draw(2, (samples, *shape), dtype).requires_grad_()
    y = apply(x, **settings)
    y.backward(draw(3, y.shape, dtype))
    found = {"y": y, "dx": x.grad, "dw": torch.empty(0), "db": torch.empty(0)}
    return {name: numbers(array) for name, array in found.items()}


if __name__ == "__main__":
    print_records(LAYERS, resample)
