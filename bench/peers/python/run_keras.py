"""Keras on TensorFlow: model.fit on arrays in memory, timed from its first to its last batch; images have channels last."""
import os

import common
import works

chosen = common.options("--xla")
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
os.environ["KERAS_BACKEND"] = "tensorflow"

import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(chosen.threads)
tf.config.threading.set_inter_op_parallelism_threads(chosen.threads)

import time

import keras
import numpy as np
from keras import layers as L
from keras import optimizers as O

keras.utils.set_random_seed(chosen.seed)
work, rate, batch = chosen.network, works.RATE[chosen.network], works.BATCH[chosen.network]
# Batches that fit() makes without coming back to Python.
TOGETHER = 39 if chosen.work == "W7" else 10


def dropout(rate):
    return L.Dropout(0 if chosen.check else rate)


def residual_network():
    def conv_norm(x, filters, size, stride=1):
        # "same" would pad a stride of two to the right alone.
        x = L.ZeroPadding2D(size // 2)(x) if size > 1 else x
        x = L.Conv2D(filters, size, stride, use_bias=False)(x)
        return L.BatchNormalization(epsilon=1e-5, momentum=0.9)(x)

    image = L.Input((32, 32, 3))
    x = L.ReLU()(conv_norm(image, 16, 3))
    for inputs, outputs in works.BLOCKS:
        stride = 1 if inputs == outputs else 2
        y = conv_norm(L.ReLU()(conv_norm(x, outputs, 3, stride)), outputs, 3)
        x = L.ReLU()(L.Add()([y, conv_norm(x, outputs, 1, stride) if stride > 1 else x]))
    return keras.Model(image, L.Dense(10)(L.GlobalAveragePooling2D()(x)))


def densely_connected_network():
    def norm_relu(x):
        return L.ReLU()(L.BatchNormalization(epsilon=1e-5, momentum=0.9)(x))

    def block(x, channels):
        for _ in channels:
            x = L.Concatenate()([x, L.Conv2D(works.GROWTH, 3, padding="same", use_bias=False)(norm_relu(x))])
        return x

    image = L.Input((28, 28, 1))
    x = block(L.MaxPooling2D(2)(L.Conv2D(16, 3, padding="same", use_bias=False)(image)), works.DENSE_BLOCKS[0])
    x = block(L.AveragePooling2D(2)(L.Conv2D(32, 1, use_bias=False)(norm_relu(x))), works.DENSE_BLOCKS[1])
    return keras.Model(image, L.Dense(10)(L.GlobalAveragePooling2D()(norm_relu(x))))


NETWORKS = {
    "W2": lambda: [L.Conv2D(6, 5, padding="same", activation="tanh"), L.AveragePooling2D(2),
                   L.Conv2D(16, 5, activation="tanh"), L.AveragePooling2D(2), L.Flatten(), L.Dense(120, "tanh"),
                   L.Dense(84, "tanh"), L.Dense(10)],
    "W3": lambda: [L.Conv2D(32, 3, activation="relu"), L.MaxPooling2D(2), L.Conv2D(64, 3, activation="relu"),
                   L.MaxPooling2D(2), L.Flatten(), dropout(0.5), L.Dense(10)],
    "W4": lambda: [L.Conv2D(32, 3, activation="relu"), L.Conv2D(64, 3, activation="relu"), L.MaxPooling2D(2),
                   dropout(0.25), L.Flatten(), L.Dense(128, "relu"), dropout(0.5), L.Dense(10)],
    "W5": lambda: [L.Flatten(), L.Dense(256, "relu"), L.Dense(128, "relu"), L.Dense(10)],
}
OPTIMIZERS = {
    "W2": lambda: O.SGD(rate, momentum=0.9),
    "W3": lambda: O.Adam(rate, epsilon=1e-8),
    "W4": lambda: O.Adadelta(rate, rho=0.9, epsilon=1e-6),
    "W5": lambda: O.Adam(rate, epsilon=1e-8),
    "W8": lambda: O.SGD(rate, momentum=0.9),
    "W9": lambda: O.Adam(rate, epsilon=1e-8),
}
if work == "W8":
    model = residual_network()
elif work == "W9":
    model = densely_connected_network()
else:
    model = keras.Sequential([L.Input((28, 28, 1)), *NETWORKS[work]()])


def begin():
    """The weights from the file, and an optimizer that has done nothing yet."""
    arrays = iter(common.channels_last(chosen, common.weights(chosen)))
    for layer in model.layers:
        if isinstance(layer, (L.Conv2D, L.Dense)):
            layer.set_weights([next(arrays) for _ in layer.weights])
    for variable in model.optimizer.variables:
        if variable is not model.optimizer.learning_rate:
            variable.assign(np.zeros(variable.shape, variable.dtype))


model.compile(OPTIMIZERS[work](), keras.losses.SparseCategoricalCrossentropy(from_logits=True),
              steps_per_execution=1 if chosen.check else TOGETHER, jit_compile=chosen.xla)
begin()
x, y = common.samples(chosen)
x = x.transpose(0, 2, 3, 1).copy()

if chosen.check:
    def step(first):
        model.reset_metrics()
        return model.train_on_batch(x[first:first + batch], y[first:first + batch])

    common.train(chosen, step, float)
    raise SystemExit


class Clock(keras.callbacks.Callback):
    """fit() is now and then idle at its end for as long as the training took, so an epoch's batches alone are timed."""

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds, self.loss = time.perf_counter() - self.start, logs["loss"]


def fit(samples, epochs=1):
    clock = Clock()
    model.fit(x[:samples], y[:samples], batch, epochs, shuffle=False, verbose=0, callbacks=[clock])
    return clock


if chosen.work != "W7":
    whole = len(x) // (batch * TOGETHER) * TOGETHER
    fit(batch * TOGETHER)
    executions, clock = 1, fit(batch * TOGETHER)
    while clock.seconds < chosen.seconds / 4 and 2 * executions * TOGETHER <= whole:
        executions *= 2
        clock = fit(executions * batch * TOGETHER)
    executions = round(executions * chosen.seconds / clock.seconds)
    executions = min(max(executions, 1), whole // TOGETHER)
    clock = fit(executions * batch * TOGETHER)
    common.report_training(chosen, clock.seconds / (executions * TOGETHER), float(clock.loss))
    raise SystemExit

x_test, y_test = common.mnist(chosen.data, "t10k")
x_test = x_test.transpose(0, 2, 3, 1)


def accuracy():
    return float((model.predict(x_test, 1000, verbose=0).argmax(1) == y_test).mean())


class Until99(keras.callbacks.Callback):
    seconds = steps = accuracy = 0

    def on_epoch_begin(self, epoch, logs=None):
        self.before = self.steps
        self.start = time.perf_counter()

    def on_train_batch_end(self, last, logs=None):
        self.steps = self.before + last + 1
        if self.steps % works.STEPS_TO_TEST == 0:
            self.seconds += time.perf_counter() - self.start
            self.accuracy = accuracy()
            self.model.stop_training = self.accuracy >= 0.99
            self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        if not self.model.stop_training:
            self.seconds += time.perf_counter() - self.start


fit(batch * TOGETHER)
accuracy()
begin()
until = Until99()
model.fit(x, y, batch, works.MOST_STEPS // (len(x) // batch), verbose=0, callbacks=[until])
if until.accuracy < 0.99:
    raise SystemExit(f"99 % were not reached in {until.steps} steps")
common.report(metric="seconds_to_99", value=until.seconds, steps=until.steps, accuracy=until.accuracy)
