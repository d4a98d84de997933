import numpy as np
import pytest

import toddle as td


@pytest.fixture
def digits():
    """A few digits, and their numbers."""
    (x, y), _ = td.data.mnist()
    return x[:200], y[:200]


@pytest.fixture
def table():
    """Points of two classes that a line divides."""
    random = np.random.default_rng(0)
    x = random.normal(size=(120, 4)).astype(np.float32)
    return x, (x @ [1.0, -2.0, 0.5, 0.0] > 0).astype(int)


@pytest.fixture
def small():
    """A new network for the table, which is the same each time."""
    return lambda **settings: td.Network(4, [td.Dense(8), td.Tanh(), td.Dense(2)], **{"seed": 3, **settings})
