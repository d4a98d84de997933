"""L-BFGS on a small network by PyTorch: the losses and the last weights, with a line search and without.

    python lbfgs_torch.py > lbfgs_torch.json
"""

import json

import torch

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)

SAMPLES, STEPS = 40, 12
X = torch.rand(SAMPLES, 3) * 4 - 2
T = torch.stack([torch.sin(X[:, 0]) * X[:, 1], torch.cos(X[:, 2])], dim=1)
START = [torch.randn(3, 8) / 2, torch.randn(8) / 8, torch.randn(8, 2) / 3, torch.randn(2) / 8]


def trained(steps, **settings):
    """The weights in toddle's order, and the loss with them, after so many steps."""
    parameters = [parameter.clone().requires_grad_() for parameter in START]
    w1, b1, w2, b2 = parameters
    optimizer = torch.optim.LBFGS(parameters, max_iter=steps, max_eval=1000, **settings)

    def loss():
        y = torch.tanh(X @ w1 + b1) @ w2 + b2
        return ((y - T) ** 2).mean()

    def closure():
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    if steps > 0:
        optimizer.step(closure)
    return torch.cat([parameter.detach().flatten() for parameter in parameters]), loss().item()


CASES = [
    {"lr": 1, "history_size": 10, "line_search_fn": "strong_wolfe"},
    {"lr": 1, "history_size": 3, "line_search_fn": "strong_wolfe"},
    {"lr": 5, "history_size": 5, "line_search_fn": "strong_wolfe"},
    {"lr": 0.3, "history_size": 4, "line_search_fn": None},
]

print(json.dumps({
    "torch": torch.__version__.split("+")[0],
    "inputs": X.flatten().tolist(),
    "targets": T.flatten().tolist(),
    "start": torch.cat([parameter.flatten() for parameter in START]).tolist(),
    "runs": [
        {
            "rate": case["lr"],
            "history": case["history_size"],
            "line_search": case["line_search_fn"] is not None,
            "losses": [trained(steps, **case)[1] for steps in range(STEPS + 1)],
            "weights": trained(STEPS, **case)[0].tolist(),
        }
        for case in CASES
    ],
}))
