"""The workloads' numbers, which every program shares; bench/compare reads them too, so the standard library must do."""

WORKS = ["W1", "W2", "W3", "W4", "W5", "W6-one", "W6-batch", "W7", "W8", "W9"]


def network(work):
    """The workload whose network this one has."""
    return {"W6-one": "W4", "W6-batch": "W4", "W7": "W3"}.get(work, work)


def conv(inputs, outputs, size):
    return [(outputs, inputs, size, size), (outputs,)]


def dense(inputs, outputs):
    return [(inputs, outputs), (outputs,)]


def residual(inputs, outputs):
    """Two 3x3 convolutions, and a 1x1 on the way around where the image is halved; batch norm stands for their biases."""
    projection = [(outputs, inputs, 1, 1)] if inputs != outputs else []
    return [(outputs, inputs, 3, 3), (outputs, outputs, 3, 3), *projection]


# Inputs and outputs of W8's residual blocks.
BLOCKS = [(16, 16)] * 3 + [(16, 32)] + [(32, 32)] * 2 + [(32, 64)] + [(64, 64)] * 2

# Channels before each 3x3 convolution of W9's two blocks, which puts GROWTH more behind them.
DENSE_BLOCKS = [(16, 28, 40), (32, 44, 56)]
GROWTH = 12


def dense_block(channels):
    return [(GROWTH, inputs, 3, 3) for inputs in channels]


# The arrays that training begins with, as they lie in a weights file. Batch norm begins with scale 1 and shift 0.
ARRAYS = {
    "W1": conv(1, 1, 3) + conv(1, 1, 3) + dense(576, 100) + dense(100, 10),
    "W2": conv(1, 6, 5) + conv(6, 16, 5) + dense(400, 120) + dense(120, 84) + dense(84, 10),
    "W3": conv(1, 32, 3) + conv(32, 64, 3) + dense(1600, 10),
    "W4": conv(1, 32, 3) + conv(32, 64, 3) + dense(9216, 128) + dense(128, 10),
    "W5": dense(784, 256) + dense(256, 128) + dense(128, 10),
    "W8": [(16, 3, 3, 3)] + sum((residual(*block) for block in BLOCKS), []) + dense(64, 10),
    "W9": [(16, 1, 3, 3)] + dense_block(DENSE_BLOCKS[0]) + [(32, 52, 1, 1)] + dense_block(DENSE_BLOCKS[1]) + dense(68, 10),
}

# Channels, height and width of what the first dense layer gets.
FLATTENED = {"W1": (1, 24, 24), "W2": (16, 5, 5), "W3": (64, 5, 5), "W4": (64, 12, 12)}

# Samples to train on: whole batches, so that all are alike.
SAMPLES = {"W1": 2000, "W2": 59904, "W3": 59904, "W4": 59968, "W5": 59904, "W8": 6400, "W9": 6400}
BATCH = {"W1": 1, "W2": 128, "W3": 128, "W4": 64, "W5": 128, "W8": 128, "W9": 128}

# W1 and W2: SGD, W2 with momentum 0.9. W3, W5, W9: Adam. W4: Adadelta. W8: SGD with momentum 0.9.
RATE = {"W1": 0.1, "W2": 0.05, "W3": 1e-3, "W4": 1.0, "W5": 1e-3, "W8": 0.01, "W9": 1e-3}

# Steps whose losses are compared, and test images whose outputs are.
CHECKED_STEPS = {"W1": 200}
CHECKED_IMAGES = 16

# W7 looks at the test set four times an epoch.
STEPS_TO_TEST = 117
MOST_STEPS = 20000
