"""Writes the ONNX files of this folder, with PyTorch's two exporters and skl2onnx, and what onnxruntime makes of them.

    pip install torch onnx onnxscript onnxruntime skl2onnx scikit-learn
    python make.py

`python make.py sequence text` writes those files of PyTorch alone.

Each file NAME.onnx has the answers in NAME.json: the inputs of two samples, and the outputs.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from sklearn.neural_network import MLPClassifier, MLPRegressor
from skl2onnx import to_onnx
from torch import nn

HERE = Path(__file__).parent
SAMPLES = 2


class Residual(nn.Module):
    """Two convolutions with norms around an input that is added."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.way = nn.Identity() if stride == 1 else nn.Conv2d(inputs, outputs, 1, stride)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(y)) + self.way(x))


class View(nn.Module):
    """Flattens by the number of samples, as many old programs do."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.view(x.size(0), -1)


class Unet(nn.Module):
    """A small image goes down, and up again beside a copy of itself."""

    def __init__(self) -> None:
        super().__init__()
        self.down1, self.down2 = nn.Conv2d(1, 3, 3, padding=1), nn.Conv2d(3, 5, 3, padding=1)
        self.up = nn.ConvTranspose2d(5, 3, 2, stride=2)
        self.end = nn.Conv2d(6, 1, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        a = torch.relu(self.down1(x))
        b = torch.relu(self.down2(nn.functional.max_pool2d(a, 2)))
        return torch.sigmoid(self.end(torch.cat([self.up(b), a], 1)))


class Scaled(nn.Module):
    """The pixels are prepared in the graph."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(2 * 3 * 4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        mean = torch.tensor([0.1, 0.2]).reshape(1, 2, 1, 1)
        return torch.softmax(self.dense(torch.flatten((x * 0.5 - mean) / 0.3, 1)), 1)


class Resized(nn.Module):
    """Images of other sizes, and norms of each sample. Nothing in it is drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.channels, self.sample = nn.InstanceNorm2d(2, affine=True), nn.LayerNorm([2, 17, 13])
        self.groups = nn.GroupNorm(1, 2)
        self.groups.weight.data, self.groups.bias.data = torch.tensor([0.5, 2.0]), torch.tensor([0.25, -1.0])
        self.channels.bias.data = torch.tensor([0.5, 1.5])
        self.sample.weight.data = torch.linspace(0.5, 1.5, 2 * 17 * 13).reshape(2, 17, 13)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = nn.functional.pad(x, (1, 0, 2, 1), mode="reflect")
        x = nn.functional.relu6(4 * self.channels(x))
        x = nn.functional.max_pool2d(x, 2, ceil_mode=True)
        x = nn.functional.interpolate(x, scale_factor=2, mode="bilinear")
        x = nn.functional.interpolate(x, scale_factor=2)
        return torch.softmax(self.sample(self.groups(x)[:, :, 1:-2, 3:]), 1)


class Twice(nn.Module):
    """Takes the sums of a layer with a bias, and without one. Nothing in it is drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.linspace(-1, 1, 6).reshape(3, 2))
        self.bias = nn.Parameter(torch.tensor([0.5, -2.0]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        sums = x @ self.weight
        return torch.cat([sums + self.bias, sums], 1)


class Sequence(nn.Module):
    """Steps with their channels last, as programs for texts have them."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.norm = nn.Conv1d(3, 6, 5, 2, 2), nn.BatchNorm1d(6)
        self.second, self.end = nn.Conv1d(6, 4, 3, padding="same", groups=2), nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = nn.functional.max_pool1d(torch.relu(self.norm(self.first(x.transpose(1, 2)))), 2)
        x = nn.functional.avg_pool1d(self.second(nn.functional.pad(x, (1, 0))), 3, padding=1)
        return self.end(torch.cat([x.mean(2), x[:, :, -1]], 1))


class Text(nn.Module):
    """The greatest answers of windows of two and three words."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(20, 6)
        self.pairs, self.triples, self.end = nn.Conv1d(6, 4, 2), nn.Conv1d(6, 4, 3), nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.words(x).transpose(1, 2)
        most = [torch.relu(windows(x)).amax(2) for windows in (self.pairs, self.triples)]
        return torch.log_softmax(self.end(torch.cat(most, 1)), 1)


def networks() -> dict[str, tuple[nn.Module, tuple[int, ...]]]:
    lenet = nn.Sequential(
        nn.Conv2d(1, 3, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(3, 4, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(36, 10), nn.Tanh(), nn.Linear(10, 4), nn.LogSoftmax(1),
    )
    resnet = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), Residual(4, 4, 1), Residual(4, 6, 2), Residual(6, 8, 2),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5),
    )
    mobilenet = nn.Sequential(
        nn.Conv2d(1, 4, 3, 2, 1), nn.Hardswish(), nn.Conv2d(4, 4, 3, padding=1, groups=4), nn.BatchNorm2d(4), nn.SiLU(),
        nn.Conv2d(4, 6, 1), nn.LeakyReLU(0.1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(6, 3),
    )
    autoencoder = nn.Sequential(
        nn.Linear(12, 6), nn.ELU(), nn.Linear(6, 2), nn.Linear(2, 6), nn.PReLU(), nn.Linear(6, 12), nn.Sigmoid(),
    )
    old = nn.Sequential(nn.Conv2d(2, 3, 3), nn.SELU(), nn.MaxPool2d(2, 1), View(), nn.Linear(3 * 3 * 4, 4), nn.Mish())
    return {
        "lenet": (lenet, (1, 20, 20)),
        "resnet": (resnet, (3, 8, 8)),
        "mobilenet": (mobilenet, (1, 9, 9)),
        "autoencoder": (autoencoder, (12,)),
        "unet": (Unet(), (1, 6, 8)),
        "scaled": (Scaled(), (2, 3, 4)),
        "view": (old, (2, 6, 7)),
        "resized": (Resized(), (2, 6, 7)),
        "twice": (Twice(), (3,)),
        "sequence": (Sequence(), (24, 3)),
        "text": (Text(), (9,)),
    }


def samples(network: nn.Module, count: int, shape: tuple[int, ...]) -> torch.Tensor:
    """Random inputs."""
    return torch.randint(20, (count, *shape)) if isinstance(network, Text) else torch.rand(count, *shape)


def settle(network: nn.Module, shape: tuple[int, ...]) -> None:
    """Lets norms see some samples, so that their means are no zeros."""
    network.train()
    with torch.no_grad():
        for _ in range(3):
            network(samples(network, 8, shape))
    network.eval()


def record(name: str, shape: tuple[int, ...]) -> None:
    """Writes the answers about two samples."""
    random = np.random.default_rng(1)
    session = onnxruntime.InferenceSession(HERE / f"{name}.onnx", providers=["CPUExecutionProvider"])
    if "int64" in session.get_inputs()[0].type:
        x = random.integers(0, 20, (SAMPLES, *shape))
    else:
        x = random.uniform(-1, 1, (SAMPLES, *shape)).astype(np.float32)
    outputs = [output.name for output in session.get_outputs() if "float" in output.type]
    y = session.run(outputs, {session.get_inputs()[0].name: x})
    y = np.hstack([part.reshape(SAMPLES, -1) for part in y])
    recorded = {"x": x.ravel().tolist(), "y": y.ravel().tolist()}
    (HERE / f"{name}.json").write_text(json.dumps(recorded))


def main() -> None:
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    asked = sys.argv[1:]
    for name, (network, shape) in networks().items():
        if asked and name not in asked:
            continue
        settle(network, shape)
        sample = samples(network, SAMPLES, shape)
        free = {"input": {0: "batch"}, "output": {0: "batch"}}
        names = {"input_names": ["input"], "output_names": ["output"]}
        script = f"torchscript-{name}"
        torch.onnx.export(
            network, (sample,), HERE / f"{script}.onnx", dynamo=False, opset_version=17, dynamic_axes=free, **names
        )
        record(script, shape)
        dynamo = f"dynamo-{name}"
        batch = ({0: torch.export.Dim("batch")},)
        program = torch.onnx.export(network, (sample,), dynamo=True, dynamic_shapes=batch, verbose=False, **names)
        model = program.model_proto
        # What the exporter says of places in the source is long, and of no use here.
        for node in model.graph.node:
            del node.metadata_props[:]
            node.doc_string = ""
        del model.graph.value_info[:]
        onnx.save(model, HERE / f"{dynamo}.onnx")
        record(dynamo, shape)
    if asked:
        return
    random = np.random.default_rng(2)
    x = random.normal(size=(60, 4)).astype(np.float32)
    options = {"hidden_layer_sizes": (5, 4), "max_iter": 30, "random_state": 0}
    classes = MLPClassifier(activation="tanh", **options).fit(x, (x[:, 0] > 0) + 2 * (x[:, 1] > 0))
    model = to_onnx(classes, x[:1], options={"zipmap": False}, target_opset=17)
    onnx.save(model, HERE / "sklearn-classes.onnx")
    record("sklearn-classes", (4,))
    words = MLPClassifier(**options).fit(x, np.array(["low", "middle", "high"])[np.digitize(x[:, 0], [-0.5, 0.5])])
    yes = MLPClassifier(**options).fit(x, x[:, 0] > x[:, 1])
    for name, classes in {"sklearn-words": words, "sklearn-yes": yes}.items():
        onnx.save(to_onnx(classes, x[:1], options={"zipmap": False}, target_opset=17), HERE / f"{name}.onnx")
        record(name, (4,))
    numbers = MLPRegressor(**options).fit(x, x[:, 0] ** 2)
    onnx.save(to_onnx(numbers, x[:1], target_opset=17), HERE / "sklearn-numbers.onnx")
    record("sklearn-numbers", (4,))


main()
