"""NumPy and SciPy: the post's classes, one sample at a time in f64, but for softmax, whose whole Jacobian is taken as by
all others. OPENBLAS_NUM_THREADS sets the threads."""
import numpy as np
from scipy import signal

import common
import works

chosen = common.options()
chosen.f64 = True


class Conv:
    def __init__(self, weights, bias):
        self.weights, self.bias = weights, bias  # rows, columns, channels, filters

    def forward(self, x):
        self.x = x
        rows, columns, channels, filters = self.weights.shape
        y = np.zeros((x.shape[0] - rows + 1, x.shape[1] - columns + 1, filters))
        for k in range(filters):
            for d in range(channels):
                y[:, :, k] += signal.correlate2d(x[:, :, d], self.weights[:, :, d, k], "valid") + self.bias[k]
        return y

    def backward(self, error, rate):
        input_error = np.zeros(self.x.shape)
        weights_error = np.zeros(self.weights.shape)
        bias_error = np.zeros(self.bias.shape)
        for k in range(self.weights.shape[3]):
            for d in range(self.weights.shape[2]):
                input_error[:, :, d] += signal.convolve2d(error[:, :, k], self.weights[:, :, d, k], "full")
                weights_error[:, :, d, k] = signal.correlate2d(self.x[:, :, d], error[:, :, k], "valid")
            bias_error[k] = np.sum(error[:, :, k])
        self.weights -= rate * weights_error
        self.bias -= rate * bias_error
        return input_error


class Dense:
    def __init__(self, weights, bias):
        self.weights, self.bias = weights, bias[None]

    def forward(self, x):
        self.x = x
        return x @ self.weights + self.bias

    def backward(self, error, rate):
        input_error, weights_error = error @ self.weights.T, self.x.T @ error
        self.weights -= rate * weights_error
        self.bias -= rate * error
        return input_error


class Flatten:
    def forward(self, x):
        self.shape = x.shape
        return x.flatten().reshape(1, -1)

    def backward(self, error, rate):
        return error.reshape(self.shape)


class Tanh:
    def forward(self, x):
        self.x = x
        return np.tanh(x)

    def backward(self, error, rate):
        return (1 - np.tanh(self.x) ** 2) * error


class Softmax:
    def forward(self, x):
        e = np.exp(x)
        self.y = e / np.sum(e, axis=1)
        return self.y

    def backward(self, error, rate):
        s = self.y.reshape(-1, 1)
        return error @ (np.diagflat(s) - np.dot(s, s.T))


arrays = common.channels_last(chosen, common.weights(chosen))
conv1, conv2, dense1, dense2 = zip(arrays[::2], arrays[1::2])
layers = [Conv(*conv1), Tanh(), Conv(*conv2), Tanh(), Flatten(), Dense(*dense1), Tanh(), Dense(*dense2), Softmax()]
x, y = common.samples(chosen)
x, y = x.transpose(0, 2, 3, 1), np.eye(10)[y]


def step(i):
    output = x[i]
    for layer in layers:
        output = layer.forward(output)
    error = 2 * (output - y[i]) / y[i].size
    for layer in reversed(layers):
        error = layer.backward(error, works.RATE["W1"])
    return np.mean(np.power(y[i] - output, 2))


common.train(chosen, step, float)
