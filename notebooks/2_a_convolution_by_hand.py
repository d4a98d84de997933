# %% [markdown]
# # A convolution by hand
#
# A convolution slides a small window of weights over an image. This notebook computes a convolution by hand, forward and backward, and
# compares each number with toddle's.

# %%
import numpy as np
import toddle as td

random = np.random.default_rng(1)
image = random.integers(0, 4, size=(5, 5)).astype(float)
image

# %% [markdown]
# ## Forward
#
# The output at a place is the sum of the products of the window with the part of the image under it, plus the bias:
# `y[r, c] = b + Σ w[i, j] · x[r + i, c + j]`.

# %%
net = td.Network((1, 5, 5), [td.Conv2d(1, 3)], dtype="float64", seed=3)
w, b = net.weights["conv1.weight"][:, :, 0, 0], net.weights["conv1.bias"][0]
y = np.array([[b + (w * image[r : r + 3, c : c + 3]).sum() for c in range(3)] for r in range(3)])
print(y.round(3))
assert np.allclose(y, net.predict(image[None])[0, 0])

# %% [markdown]
# ## Backward
#
# The loss is any function of the output. `dy` is its gradient to the output, here chosen at random. Each weight is used at nine places of
# the output, so its gradient is a sum of nine products. This sum is a convolution again: the window `dy` slides over the image.

# %%
dy = random.normal(size=(3, 3))
dw = np.array([[(dy * image[i : i + 3, j : j + 3]).sum() for j in range(3)] for i in range(3)])
db = dy.sum()
gradients = net.trace(image[None]).backward(dy[None, None])
print(dw.round(3))
assert np.allclose(dw, gradients.weights["conv1.weight"][:, :, 0, 0]) and np.isclose(db, gradients.weights["conv1.bias"][0])

# %% [markdown]
# A pixel is used wherever the window covers it. The gradient to the image is a convolution, too: the window, turned around, slides over
# `dy` with a border of zeros.

# %%
border = np.pad(dy, 2)
turned = w[::-1, ::-1]
dx = np.array([[(turned * border[r : r + 3, c : c + 3]).sum() for c in range(5)] for r in range(5)])
print(dx.round(3))
assert np.allclose(dx, gradients.inputs["input"][0, 0])

# %% [markdown]
# ## A check without derivatives
#
# A gradient says how much the loss changes if a number changes a little. So a gradient can be measured: change one pixel up and down, and
# divide the difference of the losses by the difference of the pixel.

# %%
def loss(image):
    return (net.predict(image[None])[0, 0] * dy).sum()


step = np.zeros((5, 5))
step[2, 2] = 1e-6
measured = (loss(image + step) - loss(image - step)) / 2e-6
print(f"measured {measured:.6f}, computed {dx[2, 2]:.6f}")
assert abs(measured - dx[2, 2]) < 1e-7
