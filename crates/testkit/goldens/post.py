"""The post's networks in NumPy and SciPy: an independent oracle, written from the post's formulas.

    python post.py train --convolutions 2 --output softmax    trains one network, prints one run of post.json
    python post.py start > start.json                         records how each network begins
"""

import argparse
import gzip
import hashlib
import json
import struct
import sys
import time
from pathlib import Path

import numpy as np
from scipy import signal

MNIST = Path(__file__).resolve().parents[3] / "data" / "mnist"
NETWORKS = [(2, "softmax"), (2, "tanh"), (1, "softmax"), (1, "tanh")]
LEARNING_RATE = 0.1
SAMPLES = 2000


# --- Layers: `forward` keeps its input, `backward` takes the error of the output and returns that of the input ---------


class ConvolutionLayer:
    def __init__(self, input_shape, kernel_shape, depth):
        height, width, channels = input_shape
        rows, cols = kernel_shape
        self.input_shape, self.channels, self.depth = input_shape, channels, depth
        self.output_shape = (height - rows + 1, width - cols + 1, depth)
        self.weights = np.random.rand(rows, cols, channels, depth) - 0.5
        self.bias = np.random.rand(depth) - 0.5

    def forward(self, x):
        self.input = x
        output = np.zeros(self.output_shape)
        for k in range(self.depth):
            for d in range(self.channels):
                # The post's shortcut: the bias is added once per input channel.
                output[:, :, k] += signal.correlate2d(x[:, :, d], self.weights[:, :, d, k], "valid") + self.bias[k]
        return output

    def backward(self, error, learning_rate):
        input_error = np.zeros(self.input_shape)
        self.dweights = np.zeros(self.weights.shape)
        self.dbias = np.zeros(self.depth)
        for k in range(self.depth):
            for d in range(self.channels):
                input_error[:, :, d] += signal.convolve2d(error[:, :, k], self.weights[:, :, d, k], "full")
                self.dweights[:, :, d, k] = signal.correlate2d(self.input[:, :, d], error[:, :, k], "valid")
            # The post's shortcut: the sum is multiplied by the number of filters.
            self.dbias[k] = self.depth * np.sum(error[:, :, k])
        self.weights -= learning_rate * self.dweights
        self.bias -= learning_rate * self.dbias
        return input_error


class FCLayer:
    def __init__(self, inputs, outputs):
        self.weights = np.random.rand(inputs, outputs) - 0.5
        self.bias = np.random.rand(1, outputs) - 0.5

    def forward(self, x):
        self.input = x
        return x @ self.weights + self.bias

    def backward(self, error, learning_rate):
        input_error = error @ self.weights.T
        self.dweights = self.input.T @ error
        self.dbias = error
        self.weights -= learning_rate * self.dweights
        self.bias -= learning_rate * self.dbias
        return input_error


class FlattenLayer:
    def forward(self, x):
        self.input_shape = x.shape
        return x.flatten().reshape(1, -1)

    def backward(self, error, learning_rate):
        return error.reshape(self.input_shape)


class ActivationLayer:
    def __init__(self, activation, activation_prime):
        self.activation, self.activation_prime = activation, activation_prime

    def forward(self, x):
        self.input = x
        return self.activation(x)

    def backward(self, error, learning_rate):
        return self.activation_prime(self.input) * error


# --- Functions, each with its derivative -------------------------------------------------------------------------------


def tanh(x):
    return np.tanh(x)


def tanh_prime(x):
    return 1 - np.tanh(x) ** 2


def softmax(x):
    e = np.exp(x)
    return e / np.sum(e, axis=1)


def softmax_prime(x):
    """The post's shortcut: of the Jacobian, only the diagonal."""
    s = softmax(x).reshape(-1, 1)
    return np.diagonal(np.diagflat(s) - np.dot(s, s.T))


def mse(expected, output):
    return np.mean(np.power(expected - output, 2))


def mse_prime(expected, output):
    return 2 * (output - expected) / expected.size


ACTIVATIONS = {"tanh": (tanh, tanh_prime), "softmax": (softmax, softmax_prime)}


# --- Data and networks -------------------------------------------------------------------------------------------------


def idx(path):
    data = gzip.decompress(path.read_bytes())
    dimensions = struct.unpack(">" + "I" * data[3], data[4 : 4 + 4 * data[3]])
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(dimensions)


def mnist(part, folder=MNIST):
    """Images as float32, divided in float32, and labels one-hot. `part` is `train` or `t10k`."""
    images = idx(folder / f"{part}-images-idx3-ubyte.gz").astype(np.float32).reshape(-1, 28, 28, 1) / 255
    labels = np.eye(10, dtype=np.float32)[idx(folder / f"{part}-labels-idx1-ubyte.gz")]
    return images, labels


def network(convolutions, output, seed=0):
    np.random.seed(seed)
    layers, size = [], 28
    for _ in range(convolutions):
        layers += [ConvolutionLayer((size, size, 1), (3, 3), 1), ActivationLayer(tanh, tanh_prime)]
        size -= 2
    layers += [FlattenLayer(), FCLayer(size * size, 100), ActivationLayer(tanh, tanh_prime), FCLayer(100, 10)]
    return layers + [ActivationLayer(*ACTIVATIONS[output])]


def weighted(layers):
    return [layer for layer in layers if hasattr(layer, "weights")]


def predict(layers, x):
    for layer in layers:
        x = layer.forward(x)
    return x


def step(layers, x, expected):
    """Trains on one sample and returns its error before the update."""
    output = predict(layers, x)
    error = mse_prime(expected, output)
    for layer in reversed(layers):
        error = layer.backward(error, LEARNING_RATE)
    return float(mse(expected, output))


def fit(layers, x, y, epochs):
    """Trains one sample at a time, in file order; yields the mean error of each epoch."""
    for _ in range(epochs):
        yield sum(step(layers, *sample) for sample in zip(x, y)) / len(x)


def accuracy(layers, x, y):
    return float(np.mean([np.argmax(predict(layers, a)) == np.argmax(b) for a, b in zip(x, y)]))


# --- Commands ----------------------------------------------------------------------------------------------------------


def train(options):
    x, y = mnist("train", options.data)
    layers = network(options.convolutions, options.output)
    if options.nudge:
        weighted(layers)[0].weights[0, 0, 0, 0] *= 1 + options.nudge
    errors, start = [], time.time()
    for error in fit(layers, x[:SAMPLES], y[:SAMPLES], options.epochs):
        errors.append(error)
        print(f"epoch {len(errors)}/{options.epochs}  error={error!r}  {time.time() - start:.1f} s", file=sys.stderr)
    x, y = mnist("t10k", options.data)
    return {
        "convolutions": options.convolutions,
        "output": options.output,
        "errors": errors,
        "test_accuracy": accuracy(layers, x, y),
        "predictions_first_3_test": [predict(layers, image)[0].tolist() for image in x[:3]],
    }


def start(options):
    def draws(seed):
        np.random.seed(seed)
        return {"seed": seed, "rand": np.random.rand(8).tolist()}

    def initial(convolutions):
        # Per layer weights, then bias: the order of the draws.
        arrays = [array for layer in weighted(network(convolutions, "tanh")) for array in (layer.weights, layer.bias)]
        return {
            "convolutions": convolutions,
            "seed": 0,
            "sha256": hashlib.sha256(b"".join(array.astype("<f8").tobytes() for array in arrays)).hexdigest(),
            "arrays": [{"shape": list(a.shape), "first": a.flatten()[:8].tolist()} for a in arrays],
        }

    def first_errors(convolutions, output):
        layers = network(convolutions, output)
        errors = [step(layers, *sample) for sample in zip(x[:20], y[:20])]
        return {"convolutions": convolutions, "output": output, "errors": errors}

    x, y = mnist("train", options.data)
    return {
        "about": "How the post's networks begin. draws: np.random.rand after np.random.seed(seed). initial_weights: "
        "every weight and bias in the order of its draw, hashed as little-endian f64, with the first values of each "
        "array. first_errors: mean squared error of each of the first 20 training samples, before its own update.",
        "draws": [draws(seed) for seed in (0, 1, 42, 2**32 - 1)],
        "initial_weights": [initial(convolutions) for convolutions in (2, 1)],
        "first_errors": [first_errors(*kind) for kind in NETWORKS],
    }


def main():
    parser = argparse.ArgumentParser(description="The post's networks in NumPy and SciPy.")
    parser.add_argument("--data", type=Path, default=MNIST, help="folder of the four MNIST files, gzip")
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("train", help="train one network, print its run")
    command.add_argument("--convolutions", type=int, choices=(1, 2), default=2)
    command.add_argument("--output", choices=("softmax", "tanh"), default="softmax")
    command.add_argument("--epochs", type=int, default=100)
    command.add_argument("--nudge", type=float, default=0.0, help="scale the first weight by 1 + NUDGE before training")
    command.set_defaults(run=train)
    commands.add_parser("start", help="record initial weights and first errors").set_defaults(run=start)
    options = parser.parse_args()
    print(json.dumps(options.run(options), indent=2))


if __name__ == "__main__":
    main()
