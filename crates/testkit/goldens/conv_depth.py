"""One convolution with two channels and three filters, forward and backward, by SciPy.

    python conv_depth.py > conv_depth.json

`post` takes the post's two shortcuts with the bias, which need more than one channel or filter to show; `exact` takes
neither: the bias is added once, and its derivative is the sum of the errors.
"""

import json

import numpy as np

from post import LEARNING_RATE, ConvolutionLayer
from shortcuts import ExactConvolutionLayer

INPUT, KERNEL, DEPTH = (5, 6, 2), (3, 2), 3


def record(kind, x, error):
    np.random.seed(1)
    layer = kind(INPUT, KERNEL, DEPTH)
    output = layer.forward(x)
    input_error = layer.backward(error, LEARNING_RATE)
    arrays = {"output": output, "input_error": input_error, "weights": layer.weights, "bias": layer.bias}
    return {name: array.flatten().tolist() for name, array in arrays.items()}


def main():
    np.random.seed(1)
    before = ConvolutionLayer(INPUT, KERNEL, DEPTH)
    x = np.random.rand(*INPUT) - 0.5
    error = np.random.rand(*before.output_shape) - 0.5
    print(json.dumps({
        "about": "Arrays are flat, in NumPy's order: images (row, column, channel), weights (row, column, channel, "
        "filter). The weights and bias are those of np.random.seed(1). output_error is given; weights and bias of "
        "`post` and `exact` are those after one step back at the learning rate.",
        "input_shape": INPUT,
        "kernel": KERNEL,
        "depth": DEPTH,
        "learning_rate": LEARNING_RATE,
        "weights": before.weights.flatten().tolist(),
        "bias": before.bias.tolist(),
        "input": x.flatten().tolist(),
        "output_error": error.flatten().tolist(),
        "post": record(ConvolutionLayer, x, error),
        "exact": record(ExactConvolutionLayer, x, error),
    }, indent=2))


if __name__ == "__main__":
    main()
