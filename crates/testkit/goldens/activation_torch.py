"""Activations and their slopes, log-softmax and PReLU, by PyTorch in float64.

    pip install torch==2.15.0
    python activation_torch.py > activation_torch.json     # seconds

`x` are numbers that an f32 holds: about zero, about the kinks, in the tails and far out. Each activation has `y` and, as `dx`,
its slope there. Log-softmax and PReLU come with the gradient `dy` that was sent back.
"""

import json

import torch
from torch.nn import functional as F

torch.manual_seed(0)

ACTIVATIONS = {
    "clipped_relu": F.relu6,
    "clipped_relu_3": lambda x: F.hardtanh(x, 0.0, 3.0),
    "elu": F.elu,
    "elu_alpha_0.3": lambda x: F.elu(x, alpha=0.3),
    "gelu": F.gelu,
    "gelu_approximate": lambda x: F.gelu(x, approximate="tanh"),
    # Its own backward takes 1/6 for a float32.
    "hard_sigmoid": lambda x: F.relu6(x + 3) / 6,
    "hard_swish": F.hardswish,
    "leaky_relu": F.leaky_relu,
    "leaky_relu_slope_-1.5": lambda x: F.leaky_relu(x, -1.5),
    "mish": F.mish,
    "relu": F.relu,
    "selu": F.selu,
    "sigmoid": F.sigmoid,
    "silu": F.silu,
    # From its own threshold, 20, on it would drop digits that an f64 holds.
    "softplus": lambda x: F.softplus(x, threshold=500),
    "softplus_beta_2.5": lambda x: F.softplus(x, 2.5, threshold=500),
    "softsign": F.softsign,
    "tanh": F.tanh,
}


def points():
    near = [0.0, -0.0] + [sign * 10.0**-k for k in (1, 2, 4, 8, 20, 35) for sign in (1, -1)]
    kinks = [sign * (3 + step) for step in (-(2.0**-20), 0, 2.0**-20) for sign in (1, -1)]
    far = [sign * x for x in (15, 19, 21, 35, 50, 80, 90, 100, 300, 700, 1000, 1e5, 1e10) for sign in (1, -1)]
    spread = torch.linspace(-12, 12, 129).tolist() + (8 * torch.rand(32) - 4).tolist()
    return torch.tensor(sorted(near + kinks + far + spread), dtype=torch.float32).double()


def both(f, dy, *inputs):
    """f of the inputs, and the gradients to them."""
    inputs = [x.clone().requires_grad_() for x in inputs]
    y = f(*inputs)
    y.backward(torch.ones_like(y) if dy is None else dy)
    return [y.detach()] + [x.grad for x in inputs]


def flat(**arrays):
    return {name: array.flatten().tolist() for name, array in arrays.items()}


def activation(f, x):
    y, dx = both(f, None, x)
    return flat(y=y, dx=dx)


def log_softmax():
    x, dy = torch.randn(6, 7), torch.randn(6, 7)
    x[1] *= 100
    x[2] += 1000
    x, dy = x.double(), dy.double()
    y, dx = both(lambda x: F.log_softmax(x, dim=1), dy, x)
    return {"size": 7, **flat(x=x, dy=dy, y=y, dx=dx)}


def prelu(slopes):
    x, dy = torch.randn(2, 3, 4, 5).double(), torch.randn(2, 3, 4, 5).double()
    w = torch.tensor([0.25, -0.5, 1.5][:slopes], dtype=torch.float64)
    y, dx, dw = both(F.prelu, dy, x, w)
    return {"shape": [3, 4, 5], **flat(x=x, w=w, dy=dy, y=y, dx=dx, dw=dw)}


x = points()
print(json.dumps({
    "about": "Made by activation_torch.py with PyTorch " + torch.__version__.split("+")[0] + ".",
    "x": x.tolist(),
    "activations": {name: activation(f, x) for name, f in ACTIVATIONS.items()},
    "log_softmax": log_softmax(),
    "prelu": prelu(1),
    "prelu_per_channel": prelu(3),
}))
