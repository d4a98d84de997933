"""PyTorch, eager or compiled."""
import torch
import torch.nn.functional as F
from torch import nn

import common
import works

chosen = common.options("--channels-last", "--compile", "--fused", "--freeze")
torch.set_num_threads(chosen.threads)
torch.manual_seed(chosen.seed)
torch.set_default_dtype(torch.float64 if chosen.f64 else torch.float32)


def dropout(rate):
    return nn.Dropout(0 if chosen.check else rate)


def bare_conv(inputs, outputs, size, stride=1):
    """A convolution before batch norm, and it."""
    return [nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False), nn.BatchNorm2d(outputs)]


class Residual(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        stride = 1 if inputs == outputs else 2
        body = [*bare_conv(inputs, outputs, 3, stride), nn.ReLU(), *bare_conv(outputs, outputs, 3)]
        self.body = nn.Sequential(*body)
        self.around = nn.Sequential(*bare_conv(inputs, outputs, 1, stride) if stride > 1 else [])

    def forward(self, x):
        return F.relu(self.body(x) + self.around(x))


class DenseBlock(nn.Module):
    """Each convolution takes all feature maps of the block so far."""

    def __init__(self, channels):
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(nn.BatchNorm2d(inputs), nn.ReLU(), nn.Conv2d(inputs, works.GROWTH, 3, padding=1, bias=False))
            for inputs in channels
        )

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, layer(x)], 1)
        return x


NETWORKS = {
    "W1": lambda: [nn.Conv2d(1, 1, 3), nn.Tanh(), nn.Conv2d(1, 1, 3), nn.Tanh(), nn.Flatten(),
                   nn.Linear(576, 100), nn.Tanh(), nn.Linear(100, 10), nn.Softmax(1)],
    "W2": lambda: [nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(),
                   nn.AvgPool2d(2), nn.Flatten(), nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(),
                   nn.Linear(84, 10)],
    "W3": lambda: [nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(),
                   nn.MaxPool2d(2), nn.Flatten(), dropout(0.5), nn.Linear(1600, 10)],
    "W4": lambda: [nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), dropout(0.25),
                   nn.Flatten(), nn.Linear(9216, 128), nn.ReLU(), dropout(0.5), nn.Linear(128, 10)],
    "W5": lambda: [nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10)],
    "W8": lambda: [*bare_conv(3, 16, 3), nn.ReLU(), *(Residual(*block) for block in works.BLOCKS),
                   nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)],
    "W9": lambda: [nn.Conv2d(1, 16, 3, padding=1, bias=False), nn.MaxPool2d(2), DenseBlock(works.DENSE_BLOCKS[0]),
                   nn.BatchNorm2d(52), nn.ReLU(), nn.Conv2d(52, 32, 1, bias=False), nn.AvgPool2d(2),
                   DenseBlock(works.DENSE_BLOCKS[1]), nn.BatchNorm2d(68), nn.ReLU(), nn.AdaptiveAvgPool2d(1),
                   nn.Flatten(), nn.Linear(68, 10)],
}
rate, fused = works.RATE[chosen.network], {"fused": True} if chosen.fused else {}
OPTIMIZERS = {
    "W1": lambda weights: torch.optim.SGD(weights, rate, **fused),
    "W2": lambda weights: torch.optim.SGD(weights, rate, momentum=0.9, **fused),
    "W3": lambda weights: torch.optim.Adam(weights, rate, **fused),
    "W4": lambda weights: torch.optim.Adadelta(weights, rate, rho=0.9, eps=1e-6),
    "W5": lambda weights: torch.optim.Adam(weights, rate, **fused),
    "W8": lambda weights: torch.optim.SGD(weights, rate, momentum=0.9, **fused),
    "W9": lambda weights: torch.optim.Adam(weights, rate, **fused),
}


def load(net):
    arrays = iter([torch.from_numpy(array) for array in common.weights(chosen)])
    with torch.no_grad():
        for layer in net.modules():
            if isinstance(layer, nn.Conv2d):
                layer.weight.copy_(next(arrays))
            elif isinstance(layer, nn.Linear):
                layer.weight.copy_(next(arrays).T)
            if isinstance(layer, (nn.Conv2d, nn.Linear)) and layer.bias is not None:
                layer.bias.copy_(next(arrays))


def tensor(images):
    x = torch.from_numpy(images)
    return x.contiguous(memory_format=torch.channels_last) if chosen.channels_last else x


net = nn.Sequential(*NETWORKS[chosen.network]())
load(net)
if chosen.channels_last:
    net = net.to(memory_format=torch.channels_last)
model = torch.compile(net) if chosen.compile else net

if chosen.work.startswith("W6"):
    net.eval()
    x = tensor(common.mnist(chosen.data, "t10k")[0])
    with torch.inference_mode():
        if chosen.freeze:
            model = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(net, x[:256])))
        common.infer(chosen, lambda first, count: model(x[first:first + count]).numpy())
    raise SystemExit

x, y = common.samples(chosen)
x, y = tensor(x), torch.from_numpy(y)
if chosen.network == "W1":
    y = F.one_hot(y, 10).to(x.dtype)
loss_of = F.mse_loss if chosen.network == "W1" else F.cross_entropy
optimizer = OPTIMIZERS[chosen.network](net.parameters())
batch = works.BATCH[chosen.network]


def step(x, y):
    optimizer.zero_grad(set_to_none=True)
    loss = loss_of(model(x), y)
    loss.backward()
    optimizer.step()
    return loss


if chosen.work != "W7":
    common.train(chosen, lambda first: step(x[first:first + batch], y[first:first + batch]), lambda loss: loss.item())
    raise SystemExit

x_test, y_test = common.mnist(chosen.data, "t10k")
x_test, y_test = tensor(x_test), torch.from_numpy(y_test)


def accuracy():
    net.eval()
    with torch.inference_mode():
        right = sum((net(x_test[i:i + 1000]).argmax(1) == y_test[i:i + 1000]).sum().item() for i in range(0, 10000, 1000))
    net.train()
    return right / 10000


def steps_of_epoch():
    for indices in torch.randperm(len(x)).split(batch):
        step(x[indices], y[indices])
        yield


common.reach_99(steps_of_epoch, accuracy)
