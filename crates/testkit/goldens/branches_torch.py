"""A network that branches, forward, backward and five steps of SGD with momentum, by PyTorch.

    python branches_torch.py > branches_torch.json

It has two inputs, convolutions with PyTorch's padding modes, a gate for channels (squeeze and excitation), one layer at two
places, a value that three layers take, and two outputs with losses and weights of their own. `graph` is the network in toddle's words.
"""

import json

import torch
from torch import nn
from torch.nn import functional as F

SAMPLES, STEPS = 5, 5

GRAPH = {
    "inputs": [{"name": "image", "shape": [2, 6, 5]}, {"name": "row", "shape": 4}],
    "layers": [
        {"kind": "pad", "padding": 1, "mode": "reflect", "from": "image"},
        {"kind": "conv2d", "filters": 4, "kernel": 3, "name": "near"},
        {"kind": "pad", "padding": 2, "mode": "circular", "from": "image"},
        {"kind": "conv2d", "filters": 4, "kernel": 5, "name": "far"},
        {"kind": "pad", "padding": 1, "mode": "replicate", "from": "image"},
        {"kind": "conv2d", "filters": 3, "kernel": 3, "name": "third"},
        {"kind": "sum", "from": ["near", "far"]},
        {"kind": "tanh", "name": "maps"},
        {"kind": "global_avg_pool"},
        {"kind": "dense", "outputs": 4, "name": "gate"},
        {"kind": "sigmoid"},
        {"kind": "reshape", "shape": [4, 1, 1]},
        {"kind": "upsample", "scale": [6, 5], "name": "factors"},
        {"kind": "product", "from": ["maps", "factors"], "name": "gated"},
        {"kind": "concat", "from": ["gated", "third", "maps"]},
        {"kind": "softplus"},
        {"kind": "avg_pool2d", "window": [3, 5]},
        {"kind": "flatten"},
        {"kind": "dense", "outputs": 4, "name": "features"},
        {"kind": "dense", "outputs": 3, "name": "shared"},
        {"kind": "tanh", "name": "of_image"},
        {"kind": "shared", "with": "shared", "name": "again", "from": "row"},
        {"kind": "concat", "from": ["of_image", "again"], "name": "both"},
        {"kind": "dense", "outputs": 3, "name": "class"},
        {"kind": "dense", "outputs": 2, "name": "place", "from": "both"},
    ],
    "outputs": [
        {"name": "which", "from": "class", "loss": {"kind": "cross_entropy"}, "weight": 0.7},
        {"name": "where", "from": "place", "loss": {"kind": "mean_squared_error"}, "weight": 1.5},
    ],
}


class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        self.near = nn.Conv2d(2, 4, 3, padding=1, padding_mode="reflect")
        self.far = nn.Conv2d(2, 4, 5, padding=2, padding_mode="circular")
        self.third = nn.Conv2d(2, 3, 3, padding=1, padding_mode="replicate")
        self.gate = nn.Linear(4, 4)
        self.features = nn.Linear(11 * 2, 4)
        self.shared = nn.Linear(4, 3)
        self.which = nn.Linear(6, 3)
        self.where = nn.Linear(6, 2)

    def forward(self, image, row):
        maps = torch.tanh(self.near(image) + self.far(image))
        factors = torch.sigmoid(self.gate(maps.mean((2, 3))))
        gated = maps * factors[:, :, None, None]
        joined = F.softplus(torch.cat([gated, self.third(image), maps], 1))
        features = self.features(F.avg_pool2d(joined, (3, 5)).flatten(1))
        of_image = torch.tanh(self.shared(features))
        both = torch.cat([of_image, self.shared(row)], 1)
        return self.which(both), self.where(both)


def numbers(tensor):
    """As short as they can be: a number of `f32` is printed as one."""
    return [float(str(number)) for number in tensor.detach().numpy().flatten()]


def laid_out(tensors):
    """Parameters or their gradients in toddle's order: weights are (row, column, in, filter) or (in, out)."""
    orders = {1: (0,), 2: (1, 0), 4: (2, 3, 1, 0)}
    return [number for tensor in tensors for number in numbers(tensor.permute(orders[tensor.dim()]))]


def recorded(dtype):
    torch.manual_seed(11)
    network = Branches().to(torch.float64)
    image, row = torch.randn(SAMPLES, 2, 6, 5, dtype=torch.float64), torch.randn(SAMPLES, 4, dtype=torch.float64)
    classes, places = torch.randint(3, (SAMPLES,)), torch.randn(SAMPLES, 2, dtype=torch.float64)
    # The same numbers for both types.
    rounded = lambda tensor: tensor.float().to(dtype)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(parameter.float())
    network.to(dtype)
    image, row, places = rounded(image).requires_grad_(), rounded(row).requires_grad_(), rounded(places)
    x = torch.cat([image.flatten(1), row], 1)
    t = torch.cat([F.one_hot(classes, 3).to(dtype), places], 1)
    golden = {"x": numbers(x), "t": numbers(t), "start": laid_out(network.parameters())}

    def loss_of(which, where):
        return 0.7 * F.cross_entropy(which, classes) + 1.5 * F.mse_loss(where, places)

    outputs = network(image, row)
    for output in outputs:
        output.retain_grad()
    loss_of(*outputs).backward()
    joined = lambda tensors: numbers(torch.cat([tensor.flatten(1) for tensor in tensors], 1))
    golden |= {
        "y": joined(outputs),
        "dy": joined([output.grad for output in outputs]),
        "dx": joined([image.grad, row.grad]),
        "gradient": laid_out([parameter.grad for parameter in network.parameters()]),
    }

    optimizer = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9)
    golden["losses"] = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = loss_of(*network(image, row))
        loss.backward()
        optimizer.step()
        golden["losses"] += numbers(loss)
    return golden | {"end": laid_out(network.parameters())}


def main():
    torch.set_num_threads(1)
    golden = {"graph": GRAPH, "f32": recorded(torch.float32), "f64": recorded(torch.float64)}
    print(json.dumps(golden, separators=(",", ":")))


main()
