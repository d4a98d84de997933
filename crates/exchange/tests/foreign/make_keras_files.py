"""Makes files of Keras, and records what Keras answers.

    pip install keras torch
    KERAS_BACKEND=torch python make_keras_files.py

A network `name` gives `keras-name.keras`, and `keras-name.json` with two samples and the outputs. Both have the channels
first. The values of several inputs or outputs follow one another in each sample. The script also makes the small files
with which fuzzing begins.
"""

import io
import json
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
from keras import layers

HERE = Path(__file__).parent
CORPUS = HERE.parents[3] / "fuzz" / "corpus" / "keras"
SAMPLES = 2


def mlp() -> keras.Model:
    """Dense layers with functions and layers as activations."""
    return keras.Sequential(
        [
            keras.Input((6,), name="flower"),
            layers.Rescaling([0.5, 1, 2, 1, 1, 0.1], offset=-0.25),
            layers.Dense(8, activation="gelu", name="wide"),
            layers.LayerNormalization(),
            layers.Dropout(0.2),
            layers.Dense(5, activation=layers.LeakyReLU(negative_slope=0.1), use_bias=False),
            layers.BatchNormalization(center=False),
            layers.PReLU(),
            layers.Dense(3, activation="softmax"),
        ]
    )


def lenet() -> keras.Model:
    """Layers with a weight for each element between a flattened image and a dense layer."""
    return keras.Sequential(
        [
            keras.Input((9, 8, 1)),
            layers.Conv2D(3, (3, 2), padding="same", activation="tanh"),
            layers.AveragePooling2D(2, padding="same"),
            layers.Conv2D(4, 2, strides=(2, 1)),
            layers.Activation("sigmoid", name="curve"),
            layers.MaxPooling2D((2, 1), strides=1),
            layers.Flatten(),
            layers.BatchNormalization(scale=False),
            layers.Dense(4),
            layers.ELU(0.5),
            layers.Dense(3, activation="log_softmax"),
        ]
    )


def mobile() -> keras.Model:
    """Windows for each channel by itself, and norms."""
    return keras.Sequential(
        [
            keras.Input((8, 7, 3)),
            layers.ZeroPadding2D(((0, 1), (1, 2))),
            layers.Conv2D(4, 3, strides=2, use_bias=False),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(max_value=6),
            layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same", activation="hard_silu"),
            layers.GroupNormalization(4),
            layers.SeparableConv2D(5, 2, depth_multiplier=2, activation="relu6"),
            layers.BatchNormalization(center=False, scale=False),
            layers.Conv2D(6, 2, padding="same", dilation_rate=2, groups=1),
            layers.PReLU(shared_axes=[1, 2]),
            layers.GlobalAveragePooling2D(),
            layers.Dense(2),
        ]
    )


def unet() -> keras.Model:
    """An image that becomes smaller and larger again."""
    x = keras.Input((4, 8, 1), name="scan")
    a = layers.Conv2D(3, 3, padding="same", activation="relu", name="down1")(x)
    b = layers.Conv2D(4, 3, padding="same", activation="relu")(layers.MaxPooling2D()(a))
    c = layers.Conv2D(5, 3, padding="same", activation="swish")(layers.MaxPooling2D()(b))
    d = layers.Conv2DTranspose(4, 3, strides=2, padding="same", name="up1")(c)
    d = layers.Conv2D(4, 3, padding="same", activation="mish")(layers.Concatenate()([d, b]))
    e = layers.Concatenate(axis=-1)([layers.UpSampling2D(2, interpolation="bilinear")(d), a])
    e = layers.Conv2DTranspose(3, 2, activation="softsign")(e)
    e = layers.Cropping2D(((1, 0), (0, 1)))(e)
    e = layers.Conv2DTranspose(2, (4, 1), strides=(2, 3), padding="valid")(e)
    return keras.Model(x, layers.Softmax()(e))


def resnet() -> keras.Model:
    """Sums and products, and a model in the model."""
    x = keras.Input((6, 6, 2))
    y = layers.Conv2D(4, 3, padding="same")(x)
    z = layers.Conv2D(4, 3, strides=2, padding="same", activation="relu")(layers.BatchNormalization()(y))
    z = layers.GaussianNoise(0.1)(layers.Conv2D(4, 3, padding="same")(z))
    y = layers.Activation("relu")(layers.Add()([z, layers.Conv2D(4, 1, strides=2)(y)]))
    gate = layers.Dense(4, activation="sigmoid")(layers.LayerNormalization(axis=[1, 2, 3])(y))
    y = layers.Multiply()([y, gate])
    y = layers.GlobalMaxPooling2D(keepdims=True)(y)
    head = keras.Sequential([layers.Flatten(), layers.Dense(5, activation="selu"), layers.Dense(3)])
    return keras.Model(x, head(y))


def autoencoder() -> keras.Model:
    """Two models in a model, of which one makes an image of a vector."""
    encoder = keras.Sequential(
        [
            keras.Input((4, 6, 3)),
            layers.Conv2D(4, 3, strides=2, padding="same", activation="relu"),
            layers.Flatten(),
            layers.Dense(5, activation="softplus", name="code"),
        ],
        name="encoder",
    )
    code = keras.Input((5,))
    y = layers.Dense(24, activation="relu")(code)
    y = layers.Reshape((2, -1, 4))(y)
    y = layers.Conv2DTranspose(3, 4, strides=2, padding="same", activation="sigmoid")(y)
    decoder = keras.Model(code, y, name="decoder")
    x = keras.Input((4, 6, 3))
    return keras.Model(x, decoder(encoder(x)))


def text() -> keras.Model:
    """Words as class numbers."""
    words = keras.Input((9,), dtype="int32")
    x = layers.Embedding(20, 6)(words)
    x = layers.SpatialDropout1D(0.1)(x)
    a = layers.Conv1D(4, 3, padding="causal", dilation_rate=2, activation="relu")(x)
    a = layers.MaxPooling1D(2)(a)
    b = layers.Conv1D(4, 2, strides=2, padding="same")(layers.ZeroPadding1D((0, 1))(x))
    b = layers.Cropping1D((1, 0))(b)
    c = layers.Concatenate()([layers.Dense(3, activation="tanh")(a), b])
    c = layers.SeparableConv1D(4, 2, padding="same")(layers.LayerNormalization(axis=[1, 2])(c))
    c = layers.Conv1DTranspose(3, 3, strides=2)(layers.UpSampling1D(2)(c))
    c = layers.AveragePooling1D(3, strides=2, padding="same")(c)
    d = layers.Concatenate()([layers.Flatten()(c), layers.GlobalMaxPooling1D()(x)])
    return keras.Model(words, layers.Dense(2)(d))


def several() -> keras.Model:
    """Two inputs and two outputs, and layers that are called twice."""
    left, right = keras.Input((4, 4, 2), name="left"), keras.Input((4, 4, 2), name="right")
    tower = keras.Sequential([keras.Input((4, 4, 2)), layers.Conv2D(3, 2), layers.Flatten()], name="tower")
    dense = layers.Dense(4, activation="relu", name="both")
    a, b = dense(tower(left)), dense(tower(right))
    first = layers.Dense(2, name="first")(layers.Add()([a, b]))
    image = layers.Conv2DTranspose(2, 2, name="second")(layers.Reshape((2, 2, 1))(a))
    return keras.Model([right, left], [first, image])


def channels_first(values: np.ndarray) -> np.ndarray:
    """The elements of each sample in the order of toddle."""
    values = np.moveaxis(values, -1, 1) if values.ndim > 2 else values
    return values.reshape(SAMPLES, -1)


def listed(values) -> list:
    return values if isinstance(values, list) else [values]


for make in (mlp, lenet, mobile, unet, resnet, autoencoder, text, several):
    keras.utils.clear_session()
    network = make()
    random = np.random.default_rng(1)
    network(  # a model in a model is built when it is called
        [np.zeros((1, *x.shape[1:]), "float32") for x in network.inputs] if len(network.inputs) > 1
        else np.zeros((1, *network.inputs[0].shape[1:]), "float32")
    )
    network.set_weights([random.uniform(0.1, 0.9, w.shape).astype("float32") - (0.4 if w.ndim > 1 else 0)
                         for w in network.get_weights()])
    if make == mlp:
        network.compile("adam", "mse")
    x = [random.integers(0, 20, (SAMPLES, *x.shape[1:])) if x.dtype == "int32" else
         random.uniform(-1, 1, (SAMPLES, *x.shape[1:])) for x in network.inputs]
    x = [values.astype("float32").round(3) for values in x]
    y = listed(network(x if len(x) > 1 else x[0], training=False))
    y = [keras.ops.convert_to_numpy(values) for values in y]
    network.save(HERE / f"keras-{make.__name__}.keras")
    both = [np.concatenate([channels_first(v) for v in values], 1).flatten().tolist() for values in (x, y)]
    both[0] = [round(value, 3) for value in both[0]]
    (HERE / f"keras-{make.__name__}.json").write_text(json.dumps(dict(zip("xy", both))))


def repacked(source: Path, target: Path) -> None:
    """The file with weights in a newer form of HDF5, in packed pieces."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        new.writestr("metadata.json", old.read("metadata.json"))
        new.writestr("config.json", old.read("config.json"))
        weights = io.BytesIO()
        with h5py.File(io.BytesIO(old.read("model.weights.h5"))) as a, h5py.File(weights, "w", libver=("v110", "v110")) as b:
            # Many equal numbers, so that the packed pieces are not longer than the numbers.
            def put(name: str, node: h5py.Dataset | h5py.Group) -> None:
                if isinstance(node, h5py.Dataset):
                    ones = np.ones(node.shape, "float32")
                    b.create_dataset(name, data=ones, chunks=True, compression="gzip", shuffle=True)

            a.visititems(put)
        new.writestr("model.weights.h5", weights.getvalue())


keras.utils.clear_session()
CORPUS.mkdir(parents=True, exist_ok=True)
keras.Sequential([keras.Input((3,)), layers.Dense(2, activation="tanh")]).save(CORPUS / "dense.keras")
x = keras.Input((3, 4, 2))
y = layers.Flatten()(layers.Conv2D(2, 2)(x))
y = layers.Add()([layers.Dense(2)(y), layers.GlobalAveragePooling2D()(x)])
keras.Model(x, y).save(CORPUS / "functional.keras")
repacked(CORPUS / "dense.keras", CORPUS / "packed.keras")
