# %% [markdown]
# # Look inside a network
#
# `trace` returns every value of a network, and the gradients to all values. This notebook trains a small network on digits and looks at
# what it has learned.

# %%
import numpy as np
import toddle as td

(x, y), (xt, yt) = td.data.mnist()
x, y = x[:4000], y[:4000]
net = td.Network(
    (1, 28, 28),
    [td.Conv2d(4, 5), td.ReLU(), td.MaxPool2d(2), td.Flatten(), td.Dense(10)],
    seed=0,
)
net

# %%
history = net.fit(x, y, loss="cross_entropy", optimizer=td.Adam(0.003), epochs=3, batch=32, validation=(xt[:1000], yt[:1000]), progress=False)
history

# %% [markdown]
# ## Values
#
# A trace is a dictionary of arrays. In a notebook, it shows the feature maps of its first sample.

# %%
trace = net.trace(xt[:1])
{name: value.shape for name, value in trace.items()}

# %%
print("the network says", int(trace["dense1"].argmax()), "and the digit is", yt[0])

# %% [markdown]
# ## Which pixels matter
#
# The gradient of the largest output with respect to the pixels shows the pixels whose change matters most. This gradient is called
# *saliency*.

# %%
dy = np.zeros((1, 10))
dy[0, trace["dense1"].argmax()] = 1
saliency = np.abs(trace.backward(dy).inputs["input"][0, 0])
rows = [int(row) for row in saliency.sum(axis=1).argsort()[::-1][:5]]
print("the five rows that matter most:", sorted(rows))

# %% [markdown]
# `look` draws such explanations. Orange pixels speak for the answer, and blue pixels speak against it.

# %%
net.look("saliency", xt, yt)

# %% [markdown]
# ## Filters
#
# The weights of the convolution are four windows of 5×5.

# %%
weights = net.weights["conv1.weight"]
print(weights.shape)
print(weights[:, :, 0, 0].round(2))

# %%
net.look("filters")
