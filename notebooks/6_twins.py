# %% [markdown]
# # PyTorch and Keras twins
#
# The same network with the same weights gives the same numbers in toddle, PyTorch and Keras, up to the last digits. This notebook shows how
# to convert the weights. It runs without PyTorch and Keras, because their results are recorded below. If PyTorch is installed, the notebook
# computes its results again.

# %%
import numpy as np
import toddle as td


def numbers(*shape):
    """Numbers that every program can make."""
    return np.sin(np.arange(np.prod(shape)) * 0.7).reshape(shape).astype(np.float32)


x, y = numbers(8, 1, 6, 6), np.arange(8) % 3
# The weights in the order of PyTorch: a convolution has (filters, channels, rows, columns), a dense layer (outputs, inputs).
weights = {
    "conv1.weight": numbers(4, 1, 3, 3) * np.float32(0.5),
    "conv1.bias": numbers(4) * np.float32(0.1),
    "dense1.weight": numbers(3, 64) * np.float32(0.2),
    "dense1.bias": numbers(3) * np.float32(0.1),
}

# %% [markdown]
# ## toddle
#
# toddle's weights have the order of Keras: a convolution has (rows, columns, channels, filters), a dense layer (inputs, outputs).

# %%
net = td.Network((1, 6, 6), [td.Conv2d(4, 3), td.Tanh(), td.Flatten(), td.Dense(3)])
net.weights["conv1.weight"] = weights["conv1.weight"].transpose(2, 3, 1, 0)
net.weights["conv1.bias"] = weights["conv1.bias"]
net.weights["dense1.weight"] = weights["dense1.weight"].T
net.weights["dense1.bias"] = weights["dense1.bias"]
print(net.predict(x[:2]).round(5))

# %%
settings = {"loss": "cross_entropy", "optimizer": td.SGD(0.02, momentum=0.9), "batch": 8, "shuffle": False, "progress": False}
losses = net.fit(x, y, epochs=5, **settings).loss
print(np.round(losses, 5))

# %% [markdown]
# ## PyTorch
#
# The recorded numbers are from PyTorch 2.15.0. The code runs if PyTorch is installed.

# %%
said = {"outputs": [[-0.1411, -0.0392, 0.0979], [-0.1278, -0.0322, 0.0941]], "losses": [1.1140268, 1.1053857, 1.0938605, 1.0855190, 1.0831383]}

try:
    import torch
except ImportError:
    print("PyTorch is not installed: the recorded numbers stand for it")
else:
    twin = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.Tanh(), torch.nn.Flatten(), torch.nn.Linear(64, 3))
    with torch.no_grad():
        for parameter, weight in zip(twin.parameters(), weights.values()):
            parameter.copy_(torch.tensor(weight))
    said["outputs"] = twin(torch.tensor(x[:2])).detach().numpy()
    optimizer = torch.optim.SGD(twin.parameters(), lr=0.02, momentum=0.9)
    said["losses"] = []
    for _ in range(5):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(twin(torch.tensor(x)), torch.tensor(y))
        loss.backward()
        optimizer.step()
        said["losses"].append(loss.item())

np.testing.assert_allclose(losses, said["losses"], rtol=1e-5)

# %% [markdown]
# ## Keras
#
# Keras puts the channels last, so the image becomes `x.transpose(0, 2, 3, 1)`, and a `Permute` puts the channels first again before the
# flatten:
#
# ```python
# twin = keras.Sequential([
#     keras.Input((6, 6, 1)),
#     keras.layers.Conv2D(4, 3, activation="tanh"),
#     keras.layers.Permute((3, 1, 2)),
#     keras.layers.Flatten(),
#     keras.layers.Dense(3),
# ])
# twin.set_weights([net.weights[name] for name in ("conv1.weight", "conv1.bias", "dense1.weight", "dense1.bias")])
# twin.compile(keras.optimizers.SGD(0.02, momentum=0.9), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
# ```
#
# The recorded numbers are from Keras 3.15.1 with the backend PyTorch.

# %%
keras_said = [1.1140268, 1.1053858, 1.0938605, 1.0855191, 1.0831383]
np.testing.assert_allclose(losses, keras_said, rtol=1e-5)
print("toddle, PyTorch and Keras have the same losses to five digits")

# %% [markdown]
# ## Take a whole network with you
#
# `toddle export RUN --to pytorch` writes a readable module with its weights, and `--to onnx` writes a file for many programs. The other
# program checks each export at once, if it is installed. `toddle import` reads weights and networks of other programs.
