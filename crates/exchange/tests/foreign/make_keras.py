"""Records what Keras answers for networks with their channels last, and their weights as NumPy numbers them.

    pip install keras jax
    KERAS_BACKEND=jax python make_keras.py

`keras.json` has each network by its name: the arrays of `numpy.savez("weights.npz", *network.get_weights())`, two samples
with the channels first, and the outputs.
"""

import json
from pathlib import Path

import keras
import numpy as np
from keras import layers

HERE = Path(__file__).parent
SAMPLES = 2


def vectors() -> keras.Model:
    """Layers with a weight for each element stand between a flatten and dense layers, one of which keeps the size."""
    x = keras.Input((2, 3, 4))
    y = layers.Flatten()(x)
    for layer in (
        layers.BatchNormalization(),
        layers.PReLU(),
        layers.LayerNormalization(),
        layers.Dense(24),
        layers.BatchNormalization(),
        layers.Dense(24),
        layers.Dense(3),
        layers.Softmax(),
    ):
        y = layer(y)
    return keras.Model(x, y)


def decoder() -> keras.Model:
    """The outputs of a dense layer become an image."""
    x = keras.Input((3, 2, 4))
    y = layers.Conv2D(3, 2, padding="same")(x)
    y = layers.Dense(5, activation="tanh")(layers.Flatten()(y))
    y = layers.Dense(24)(y)
    y = layers.Reshape((2, 3, 4))(layers.PReLU()(y))
    return keras.Model(x, layers.Conv2DTranspose(2, 2)(y))


def branches() -> keras.Model:
    """Two flattened images in a concatenation."""
    x = keras.Input((2, 3, 2))
    a = layers.Flatten()(layers.Conv2D(3, 2)(x))
    b = layers.Flatten()(x)
    return keras.Model(x, layers.Dense(4)(layers.Concatenate()([a, b])))


def sequence() -> keras.Model:
    """A convolution over a sequence."""
    x = keras.Input((8, 3))
    y = layers.Conv1D(4, 3, activation="relu")(x)
    return keras.Model(x, layers.Dense(2)(layers.Flatten()(y)))


def images() -> keras.Model:
    """Norms and slopes over an image."""
    x = keras.Input((2, 3, 4))
    y = layers.LayerNormalization(axis=[1, 2, 3])(x)
    y = layers.PReLU(shared_axes=[1, 2])(y)
    return keras.Model(x, layers.GlobalAveragePooling2D()(y))


def recorded(network: keras.Model) -> dict:
    """The network with random weights, and its answers."""
    random = np.random.default_rng(1)
    network.set_weights([random.uniform(0.1, 0.9, w.shape).round(3).astype("float32") for w in network.get_weights()])
    x = random.uniform(-1, 1, (SAMPLES, *network.input_shape[1:])).round(3).astype("float32")
    y = keras.ops.convert_to_numpy(network(x, training=False))
    x, y = (np.moveaxis(values, -1, 1) if values.ndim > 2 else values for values in (x, y))
    weights = [{"dims": list(w.shape), "values": w.round(3).flatten().tolist()} for w in network.get_weights()]
    return {"weights": [{**w, "values": [round(v, 3) for v in w["values"]]} for w in weights],
            "x": [round(v, 3) for v in x.flatten().tolist()], "y": y.flatten().tolist()}


networks = {make.__name__: recorded(make()) for make in (vectors, decoder, branches, sequence, images)}
(HERE / "keras.json").write_text(json.dumps(networks) + "\n")
