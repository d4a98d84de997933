"""Poolings of one sample, forward and backward, by PyTorch, in double precision.

    python pool_torch.py > pool_torch.json

JSON has no NaN: it is written as null. Of several NaN in a window PyTorch gives the gradient to the last, toddle to the
first; so no window here sees more than one.
"""

import json
import math

import torch
from torch.nn import functional as F

# Window, stride and padding, of rows and of columns, and the shape of the image.
SLIDING = [
    ((2, 2), (2, 2), (0, 0), (2, 4, 6)),
    ((2, 2), (2, 2), (0, 0), (3, 7, 5)),
    ((3, 3), (2, 2), (0, 0), (2, 8, 9)),
    ((3, 3), (2, 2), (1, 1), (2, 7, 7)),
    ((2, 3), (1, 1), (1, 1), (1, 5, 6)),
    ((2, 1), (4, 3), (0, 0), (1, 11, 10)),
    ((5, 4), (1, 1), (0, 0), (3, 5, 4)),
    ((4, 4), (3, 2), (2, 1), (1, 5, 9)),
]


# Window, stride, padding and dilation, and the shape of the image, with windows that may end after the padding.
CEILED = [
    ((2, 2), (2, 2), (0, 0), (1, 1), (2, 5, 7)),
    ((3, 2), (2, 3), (1, 1), (1, 1), (2, 6, 8)),
    ((3, 3), (4, 2), (1, 0), (1, 1), (1, 7, 6)),
    ((2, 2), (3, 3), (1, 1), (1, 1), (1, 6, 5)),
    ((3, 3), (2, 2), (1, 1), (2, 1), (1, 8, 9)),
]
# Without them.
DILATED = [
    ((2, 2), (1, 1), (0, 0), (2, 3), (2, 6, 7)),
    ((3, 2), (2, 4), (1, 1), (2, 2), (1, 9, 8)),
    ((2, 3), (5, 1), (0, 1), (3, 2), (2, 8, 6)),
]
# The size of the output, and the shape of the image.
ADAPTIVE = [((1, 1), (2, 3, 4)), ((3, 2), (2, 7, 5)), ((4, 7), (1, 5, 18)), ((5, 4), (1, 2, 3)), ((2, 3), (1, 6, 9))]


def record(kind, settings, x, pool):
    x = x.clone().requires_grad_()
    y = pool(x[None])[0]
    dy = torch.rand(y.shape, dtype=torch.float64) - 0.5
    y.backward(dy)
    numbers = lambda t: [None if math.isnan(v) else v for v in t.flatten().tolist()]
    return {
        "kind": kind,
        "settings": settings,
        "input": list(x.shape),
        "x": numbers(x),
        "dy": numbers(dy),
        "y": numbers(y),
        "dx": numbers(x.grad),
    }


def main():
    torch.manual_seed(0)
    records = []
    for window, stride, padding, shape in SLIDING:
        sides = [padding[0], padding[0], padding[1], padding[1]]
        settings = {"window": window, "stride": stride, "padding": sides}
        distinct = torch.rand(shape, dtype=torch.float64) - 0.5
        ties = torch.randint(0, 3, shape).double()
        lone_nan = distinct.clone()
        lone_nan[0, shape[1] // 2, shape[2] // 2] = math.nan
        for x in [distinct, ties, torch.full(shape, -2.5, dtype=torch.float64), lone_nan]:
            pool = lambda x: F.max_pool2d(x, window, stride, padding)
            records.append(record("max", settings, x, pool))
        for count in [True, False]:
            pool = lambda x: F.avg_pool2d(x, window, stride, padding, count_include_pad=count)
            records.append(record("average", settings | {"count_padding": count}, distinct, pool))
    for (ceil_mode, poolings) in [(True, CEILED), (False, DILATED)]:
        for window, stride, padding, dilation, shape in poolings:
            sides = [padding[0], padding[0], padding[1], padding[1]]
            settings = {"window": window, "stride": stride, "padding": sides, "ceil_mode": ceil_mode}
            for x in [torch.rand(shape, dtype=torch.float64) - 0.5, torch.randint(0, 3, shape).double()]:
                pool = lambda x: F.max_pool2d(x, window, stride, padding, dilation, ceil_mode)
                records.append(record("max", settings | {"dilation": dilation}, x, pool))
            for count in [True, False] if dilation == (1, 1) else []:
                pool = lambda x: F.avg_pool2d(x, window, stride, padding, ceil_mode, count)
                records.append(record("average", settings | {"count_padding": count}, x, pool))
    for output, shape in ADAPTIVE:
        x = torch.randint(0, 9, shape).double() / 7
        records.append(record("adaptive_average", {"output": output}, x, lambda x: F.adaptive_avg_pool2d(x, output)))
        records.append(record("adaptive_max", {"output": output}, x, lambda x: F.adaptive_max_pool2d(x, output)))
    for shape in [(1, 1, 1), (3, 5, 7)]:
        x = torch.randint(0, 9, shape).double() / 7
        records.append(record("global_average", {}, x, lambda x: F.adaptive_avg_pool2d(x, 1).flatten(1)))
        records.append(record("global_max", {}, x, lambda x: F.adaptive_max_pool2d(x, 1).flatten(1)))
    # One pooling a line.
    print("[\n" + ",\n".join(json.dumps(each) for each in records) + "\n]")


if __name__ == "__main__":
    main()
