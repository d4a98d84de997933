"""What the post's three shortcuts cost: the numbers of docs/the-post.md.

    python shortcuts.py > shortcuts.json

A gradient is judged by central differences of the loss: its relative error |g - c| / |c|, and its cosine with c, which is 1
where it points the right way. `c` costs two runs of the network per number.
"""

import json

import numpy as np
from scipy import signal

import post

H = 1e-5


class ExactConvolutionLayer(post.ConvolutionLayer):
    """The bias is added once, and its derivative is the sum of the errors."""

    # How often the forward adds the bias, and what the sum of the errors is multiplied by: the shortcuts set these.
    added, times = 1, 1

    def forward(self, x):
        self.input = x
        output = np.zeros(self.output_shape) + self.added * self.bias
        for k in range(self.depth):
            for d in range(self.channels):
                output[:, :, k] += signal.correlate2d(x[:, :, d], self.weights[:, :, d, k], "valid")
        return output

    def backward(self, error, learning_rate):
        before = self.bias.copy()
        input_error = super().backward(error, learning_rate)
        self.dbias = self.times * error.sum(axis=(0, 1))
        self.bias = before - learning_rate * self.dbias
        return input_error


class ExactSoftmaxLayer:
    """Softmax with its whole Jacobian, diag(s) - s sᵀ."""

    def forward(self, x):
        self.output = post.softmax(x)
        return self.output

    def backward(self, error, learning_rate):
        return self.output * (error - np.sum(error * self.output))


def post_softmax():
    return post.ActivationLayer(post.softmax, post.softmax_prime)


def arrays(layers):
    return [array for layer in post.weighted(layers) for array in (layer.weights, layer.bias)]


def backward(layers, x, y):
    """The gradient that the layers' backward computes, one array for each of `arrays`; nothing is updated."""
    error = post.mse_prime(y, post.predict(layers, x))
    for layer in reversed(layers):
        error = layer.backward(error, 0.0)
    return [array for layer in post.weighted(layers) for array in (layer.dweights, layer.dbias)]


def central(layers, array, x, y, places):
    """The loss's derivative by `array.flat[place]` for each of `places`, by central differences."""
    def loss(value):
        array.flat[place] = value
        return post.mse(y, post.predict(layers, x))

    derivatives = []
    for place in places:
        value = array.flat[place]
        derivatives.append((loss(value + H) - loss(value - H)) / (2 * H))
        array.flat[place] = value
    return np.array(derivatives)


def judge(gradient, truth):
    gradient, truth = np.ravel(gradient), np.ravel(truth)
    norms = np.linalg.norm(gradient) * np.linalg.norm(truth)
    return {
        "relative_error": float(np.linalg.norm(gradient - truth) / np.linalg.norm(truth)),
        "cosine": float(gradient @ truth / norms),
    }


def small_network():
    """Two channels, three filters: each shortcut alone, and all of them."""
    channels, depth = 2, 3

    def judged(added, times, softmax):
        np.random.seed(0)
        conv = ExactConvolutionLayer((6, 7, channels), (3, 2), depth)
        conv.added, conv.times = added, times
        layers = [conv, post.ActivationLayer(post.tanh, post.tanh_prime), post.FlattenLayer()]
        layers += [post.FCLayer(4 * 6 * depth, 5), softmax()]
        x, y = np.random.rand(6, 7, channels), np.eye(5)[2]
        names = ["conv.weight", "conv.bias", "dense.weight", "dense.bias"]
        gradients = backward(layers, x, y)
        truths = [central(layers, array, x, y, range(array.size)) for array in arrays(layers)]
        return {name: judge(*pair) for name, *pair in zip(names, gradients, truths)}

    exact, short = ExactSoftmaxLayer, post_softmax
    return {
        "none": judged(1, 1, exact),
        "bias added once per channel, its gradient the sum": judged(channels, 1, exact),
        "bias added once per channel, its gradient channels times the sum": judged(channels, channels, exact),
        "bias added once, its gradient depth times the sum": judged(1, depth, exact),
        "bias added once per channel, its gradient depth times the sum": judged(channels, depth, exact),
        "diagonal softmax": judged(1, 1, short),
        "all three, as the post": judged(channels, depth, short),
    }


def post_network(x, y):
    """The post's own network at its initial weights: there one channel and one filter leave only the softmax."""
    short = post.network(2, "softmax")
    exact = short[:-1] + [ExactSoftmaxLayer()]
    names = ["conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias"]
    names += ["dense1.weight", "dense1.bias", "dense2.weight", "dense2.bias"]

    # The exact backward earns its trust on the first image; after that it is the truth for all the others.
    checked, some = {}, np.random.default_rng(0)
    for name, array, gradient in zip(names, arrays(exact), backward(exact, x[0], y[0])):
        places = np.sort(some.choice(array.size, min(array.size, 200), replace=False))
        checked[name] = judge(np.ravel(gradient)[places], central(exact, array, x[0], y[0], places))["relative_error"]

    def whole(layers, sample):
        return np.concatenate([np.ravel(array) for array in backward(layers, *sample)])

    pairs = [(whole(short, sample), whole(exact, sample)) for sample in zip(x[:100], y[:100])]
    cosines = [judge(*pair)["cosine"] for pair in pairs]
    errors = [judge(*pair)["relative_error"] for pair in pairs]
    first = zip(names, backward(short, x[0], y[0]), backward(exact, x[0], y[0]))
    return {
        "relative_error_of_exact_backward_to_central_differences": checked,
        "diagonal_softmax_first_image": {name: judge(*pair) for name, *pair in first},
        "diagonal_softmax_all_weights_first_100_images": {
            "relative_error": {"min": min(errors), "median": float(np.median(errors)), "max": max(errors)},
            "cosine": {"min": min(cosines), "median": float(np.median(cosines)), "max": max(cosines)},
        },
        "diagonal_softmax_all_weights_mean_of_first_100_images": judge(*np.mean(pairs, axis=0)),
    }


def training(x, y, x_test, y_test):
    """Error of the last epoch, and test accuracy after it, with the diagonal and with the whole Jacobian."""
    runs = []
    for convolutions in (2, 1):
        for jacobian in ("diagonal", "full"):
            layers = post.network(convolutions, "softmax")
            if jacobian == "full":
                layers[-1] = ExactSoftmaxLayer()
            for epoch, error in enumerate(post.fit(layers, x, y, 100), 1):
                if epoch in (1, 10, 30, 100):
                    accuracy = post.accuracy(layers, x_test, y_test)
                    run = {"convolutions": convolutions, "jacobian": jacobian, "epoch": epoch}
                    runs.append(run | {"error": error, "test_accuracy": accuracy})
    return runs


def main():
    x, y = post.mnist("train")
    x, y = x[: post.SAMPLES], y[: post.SAMPLES]
    print(json.dumps({
        "about": "Relative error and cosine of gradients against central differences in f64 with h = 1e-5; "
        "training as in post.json, with softmax's diagonal as the post has it and with its whole Jacobian.",
        "small_network": small_network(),
        "post_network": post_network(x, y),
        "training": training(x, y, *post.mnist("t10k")),
    }, indent=2))


if __name__ == "__main__":
    main()
