"""Five steps of AdamW by PyTorch with parameter groups, a frozen batch norm, weighted samples and a clipped norm.

    python groups_torch.py > groups_torch.json
"""

import json

import torch
from torch import nn

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)

network = nn.Sequential(
    nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2)
)
first, norm, second, third = network[0], network[1], network[3], network[5]
with torch.no_grad():
    norm.weight.uniform_(0.5, 1.5)
    norm.bias.uniform_(-0.5, 0.5)
    norm.running_mean.uniform_(-0.5, 0.5)
    norm.running_var.uniform_(0.5, 1.5)
x, t, weights = torch.randn(6, 3), torch.randn(6, 2), torch.tensor([1.0, 0.5, 2.0, 0.0, 1.0, 3.0])


def flat():
    """All parameters in toddle's order: weights as (inputs, outputs)."""
    parts = []
    for layer in (first, norm, second, third):
        parts += [layer.weight.T if layer.weight.dim() == 2 else layer.weight, layer.bias]
    return [number for part in parts for number in part.detach().reshape(-1).tolist()]


start, state = flat(), norm.running_mean.tolist() + norm.running_var.tolist()
frozen = [norm.weight, norm.bias, third.bias]
for parameter in frozen:
    parameter.requires_grad = False
# In training mode, PyTorch would normalise by the batch and update the running statistics.
norm.eval()
groups = [
    {"params": [first.weight], "lr": 0.02 * 0.25},
    {"params": [first.bias], "lr": 0.02 * 0.25, "weight_decay": 0.0},
    {"params": [second.weight, third.weight]},
    {"params": [second.bias], "weight_decay": 0.0},
]
optimizer = torch.optim.AdamW(groups, lr=0.02, weight_decay=0.3)
trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
losses = []
for _ in range(5):
    optimizer.zero_grad()
    # The mean over the samples, and not over their weights.
    loss = (weights * ((network(x) - t) ** 2).mean(1)).mean()
    loss.backward()
    nn.utils.clip_grad_norm_(trained, 0.5)
    optimizer.step()
    losses.append(loss.item())

golden = {"x": x.reshape(-1).tolist(), "t": t.reshape(-1).tolist(), "weights": weights.tolist(), "start": start,
          "state": state, "losses": losses, "end": flat(), "end_state": norm.running_mean.tolist() + norm.running_var.tolist()}
print(json.dumps(golden))
