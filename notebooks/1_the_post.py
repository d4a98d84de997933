# %% [markdown]
# # The post with NumPy, and beside it toddle
#
# *A journey through Neural Networks, part 1: Baby Steps* trains a small network in NumPy, with every derivative written by hand. This
# notebook has the post's network twice: once in NumPy, and once in toddle. Both networks begin with the weights of `np.random.seed(0)`, and
# learn from the same images, one at a time. Their losses are the same to the twelve digits that are printed.

# %%
import numpy as np
import toddle as td

(x, y), _ = td.data.mnist()
x, y = x[:200] / 255, np.eye(10)[y[:200]]
RATE, EPOCHS = 0.1, 3

# %% [markdown]
# ## NumPy
#
# A layer has two methods. `forward` computes the output. `backward` takes the gradient to the output, changes the weights, and returns the
# gradient to the input. The convolution slides one 3×3 window over the image.

# %%
np.random.seed(0)


class Convolution:
    def __init__(self):
        self.w = np.random.rand(3, 3) - 0.5
        self.b = np.random.rand(1) - 0.5

    def forward(self, x):
        self.windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3))
        return (self.windows * self.w).sum(axis=(2, 3)) + self.b

    def backward(self, dy):
        self.w -= RATE * (self.windows * dy[:, :, None, None]).sum(axis=(0, 1))
        self.b -= RATE * dy.sum()


class Dense:
    def __init__(self, inputs, outputs):
        self.w = np.random.rand(inputs, outputs) - 0.5
        self.b = np.random.rand(outputs) - 0.5

    def forward(self, x):
        self.x = x
        return x @ self.w + self.b

    def backward(self, dy):
        dx = self.w @ dy
        self.w -= RATE * np.outer(self.x, dy)
        self.b -= RATE * dy
        return dx


class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, dy):
        return dy * (1 - self.y**2)


class Softmax:
    def forward(self, x):
        powers = np.exp(x - x.max())
        self.y = powers / powers.sum()
        return self.y

    def backward(self, dy):
        return dy * self.y * (1 - self.y)  # the post's shortcut: only the diagonal of the Jacobian


convolution, tanh1, dense1, tanh2, dense2, softmax = Convolution(), Tanh(), Dense(26 * 26, 100), Tanh(), Dense(100, 10), Softmax()
by_hand = []
for epoch in range(EPOCHS):
    total = 0.0
    for image, target in zip(x, y):
        hidden = tanh1.forward(convolution.forward(image)).ravel()
        answer = softmax.forward(dense2.forward(tanh2.forward(dense1.forward(hidden))))
        total += ((answer - target) ** 2).mean()
        dy = 2 * (answer - target) / 10
        back = dense1.backward(tanh2.backward(dense2.backward(softmax.backward(dy))))
        convolution.backward(tanh1.backward(back.reshape(26, 26)))
    by_hand.append(float(total) / len(x))
by_hand

# %% [markdown]
# ## toddle
#
# `init="post"` draws the weights as the post does, and `dtype="float64"` computes in NumPy's precision.

# %%
net = td.Network(
    (1, 28, 28),
    [td.Conv2d(1, 3), td.Tanh(), td.Flatten(), td.Dense(100), td.Tanh(), td.Dense(10), td.Softmax(jacobian="diagonal")],
    seed=0,
    init="post",
    dtype="float64",
)
history = net.fit(x, y, loss="mean_squared_error", optimizer=td.SGD(RATE), epochs=EPOCHS, batch=1, shuffle=False, progress=False)
for epoch, (numpy, toddle) in enumerate(zip(by_hand, history.loss), 1):
    print(f"epoch {epoch}  NumPy {numpy:.12f}  toddle {toddle:.12f}")
assert np.allclose(by_hand, history.loss, rtol=1e-9)

# %% [markdown]
# The weights are equal, too, except for rounding in the last digits, because NumPy and toddle add the same numbers in different orders.

# %%
print(f"the largest difference of a weight: {np.abs(net.weights['dense1.weight'] - dense1.w).max():.1e}")
assert np.abs(net.weights["dense1.weight"] - dense1.w).max() < 1e-9
