"""JAX: one compiled training step, or with --scan (W1) one compiled epoch; images have channels last."""
import os

import common
import works

chosen = common.options("--scan")
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:chosen.threads])  # XLA takes all CPUs that it sees

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

jax.config.update("jax_enable_x64", chosen.f64)
work, rate = chosen.network, works.RATE[chosen.network]


def conv(x, w, stride=1, padding="VALID"):
    return lax.conv_general_dilated(x, w, (stride, stride), padding, dimension_numbers=("NHWC", "HWIO", "NHWC"))


def pool(x, start, combine):
    return lax.reduce_window(x, np.array(start, x.dtype), combine, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def max_pool(x):
    return pool(x, -np.inf, lax.max)


def avg_pool(x):
    return pool(x, 0, lax.add) / 4


def flat(x):
    return x.reshape(x.shape[0], -1)


def dropout(x, rate, key):
    if chosen.check:
        return x
    return jnp.where(jax.random.bernoulli(key, 1 - rate, x.shape), x / (1 - rate), 0)


def batch_norm(x, scale, shift):
    """As in training; returns the batch's moments too, of which running ones are kept."""
    mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
    return (x - mean) * lax.rsqrt(variance + 1e-5) * scale + shift, (mean, variance)


def residual_network(arrays, x):
    """W8: returns the outputs, and the batch's moments of every batch norm."""
    arrays, moments = iter(arrays), []

    def conv_norm(x, stride=1):
        w, scale, shift = next(arrays), next(arrays), next(arrays)
        size = w.shape[0] // 2
        x, m = batch_norm(conv(x, w, stride, [(size, size)] * 2), scale, shift)
        moments.append(m)
        return x

    x = jax.nn.relu(conv_norm(x))
    for inputs, outputs in works.BLOCKS:
        stride = 1 if inputs == outputs else 2
        y = conv_norm(jax.nn.relu(conv_norm(x, stride)))
        x = jax.nn.relu(y + (conv_norm(x, stride) if stride > 1 else x))
    return x.mean((1, 2)) @ next(arrays) + next(arrays), moments


def network(arrays, x, key):
    tanh, relu = jnp.tanh, jax.nn.relu
    layers = list(zip(arrays[::2], arrays[1::2]))

    def convolved(l, x, **more):
        return conv(x, layers[l][0], **more) + layers[l][1]

    def dense(l, x):
        return x @ layers[l][0] + layers[l][1]

    if work == "W1":
        x = tanh(convolved(1, tanh(convolved(0, x))))
        return jax.nn.softmax(dense(3, tanh(dense(2, flat(x)))))
    if work == "W2":
        x = avg_pool(tanh(convolved(0, x, padding="SAME")))
        x = avg_pool(tanh(convolved(1, x)))
        return dense(4, tanh(dense(3, tanh(dense(2, flat(x))))))
    if work == "W3":
        x = max_pool(relu(convolved(1, max_pool(relu(convolved(0, x))))))
        return dense(2, dropout(flat(x), 0.5, key))
    if work == "W4":
        first, second = jax.random.split(key)
        x = dropout(max_pool(relu(convolved(1, relu(convolved(0, x))))), 0.25, first)
        return dense(3, dropout(relu(dense(2, flat(x))), 0.5, second))
    return dense(2, relu(dense(1, relu(dense(0, flat(x))))))


def loss_of(arrays, x, y, key):
    outputs, moments = residual_network(arrays, x) if work == "W8" else (network(arrays, x, key), [])
    if work == "W1":
        return jnp.mean((outputs - y) ** 2), moments
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(outputs), y[:, None], 1)), moments


each = jax.tree.map


def update(arrays, slots, gradient):
    if work == "W1":
        return each(lambda w, g: w - rate * g, arrays, gradient), slots
    if work in ("W2", "W8"):
        slots = each(lambda m, g: 0.9 * m + g, slots, gradient)
        return each(lambda w, m: w - rate * m, arrays, slots), slots
    if work == "W4":  # Adadelta
        square = each(lambda v, g: 0.9 * v + 0.1 * g * g, slots[0], gradient)
        move = each(lambda v, u, g: jnp.sqrt(u + 1e-6) / jnp.sqrt(v + 1e-6) * g, square, slots[1], gradient)
        moved = each(lambda u, s: 0.9 * u + 0.1 * s * s, slots[1], move)
        return each(lambda w, s: w - rate * s, arrays, move), (square, moved)
    t, mean, square = slots  # Adam
    t = t + 1
    mean = each(lambda m, g: 0.9 * m + 0.1 * g, mean, gradient)
    square = each(lambda v, g: 0.999 * v + 0.001 * g * g, square, gradient)
    of_mean, of_square = 1 - 0.9 ** t, 1 - 0.999 ** t
    move = each(lambda m, v: rate * (m / of_mean) / (jnp.sqrt(v / of_square) + 1e-8), mean, square)
    return each(lambda w, s: w - s, arrays, move), (t, mean, square)


def step(state, x, y):
    arrays, slots, running, key = state
    key, dropped = jax.random.split(key)
    (loss, moments), gradient = jax.value_and_grad(loss_of, has_aux=True)(arrays, x, y, dropped)
    arrays, slots = update(arrays, slots, gradient)
    return (arrays, slots, each(lambda r, m: 0.9 * r + 0.1 * m, running, moments), key), loss


def beginning():
    """Weights, with scale and shift behind each of W8's convolutions; the optimizer's slots; running moments; a key."""
    arrays, running = [], []
    for array in common.channels_last(chosen, common.weights(chosen)):
        arrays.append(jnp.asarray(array))
        if work == "W8" and array.ndim == 4:
            channels, number = array.shape[-1], array.dtype
            arrays += [jnp.ones(channels, number), jnp.zeros(channels, number)]
            running.append((jnp.zeros(channels, number), jnp.ones(channels, number)))

    def zeros():
        return each(jnp.zeros_like, arrays)

    if work == "W1":
        slots = ()
    elif work in ("W2", "W8"):
        slots = zeros()
    elif work == "W4":
        slots = zeros(), zeros()
    else:
        slots = jnp.zeros((), arrays[0].dtype), zeros(), zeros()
    return arrays, slots, running, jax.random.key(chosen.seed)


x, y = common.samples(chosen)
x, batch, state = x.transpose(0, 2, 3, 1).copy(), works.BATCH[work], beginning()

if work != "W1":
    train = jax.jit(step, donate_argnums=0)

    def one(first):
        global state
        state, loss = train(state, x[first:first + batch], y[first:first + batch])
        return loss

    common.train(chosen, one, float)
    raise SystemExit

x, y = jnp.asarray(x), jnp.asarray(np.eye(10, dtype=x.dtype)[y])

if not chosen.scan:
    @jax.jit
    def train(state, first):
        return step(state, lax.dynamic_slice_in_dim(x, first, 1), lax.dynamic_slice_in_dim(y, first, 1))

    def one(first):
        global state
        state, loss = train(state, first)
        return loss

    common.train(chosen, one, float)
    raise SystemExit


@jax.jit
def epoch(state):
    return lax.scan(lambda state, xy: step(state, xy[0][None], xy[1][None]), state, (x, y))


def run(epochs):
    global state
    for _ in range(epochs):
        state, losses = epoch(state)
    return float(losses[-1])


if chosen.check:
    common.report(losses=epoch(state)[1][:works.CHECKED_STEPS["W1"]].tolist())
else:
    seconds, loss = common.pace(run, chosen.seconds)
    common.report_training(chosen, seconds / len(x), loss)
