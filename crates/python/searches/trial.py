"""A trial of a search: a small network is trained with some settings, and its accuracy on the validation samples is the result."""

import toddle as td


def accuracy(rate: float, units: int, seed: int = 0) -> float:
    """Trains on 2,000 digits, and measures on 500 others. The result depends on the arguments alone, wherever it is computed."""
    (x, y), _ = td.data.mnist()
    layers = [td.Flatten(), td.Dense(units), td.ReLU(), td.Dense(10)]
    net = td.Network((1, 28, 28), layers, seed=seed)
    net.fit(x[:2000], y[:2000], loss="cross_entropy", optimizer=td.Adam(rate), epochs=3, batch=32, seed=seed, threads=1)
    return net.evaluate(x[2000:2500], y[2000:2500]).accuracy
